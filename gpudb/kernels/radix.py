"""Radix sort on all workers: digits of 8 bits, the least significant first.

    words, rows  --count_digits-->  how many of each digit in each worker's piece
                 --deal_digits-->   words and rows in the order of the digit, stable

Each pass reads 12 bytes a row in the order of memory and writes them at 256 places.
Knuth, The Art of Computer Programming, volume 3, section 5.2.5.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from typing import TypeVar

import numpy as np

from gpudb.devices.device import Device, Morsel, Primitives, check_cancel
from gpudb.errors import DeviceMemoryError
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.fixed import FixedKernels, Pair
from gpudb.kernels.held import Relation
from gpudb.kernels.leading import order_by_lead
from gpudb.kernels.shared_builds import Indexes, SharedIndexes
from gpudb.records import dataclass

T = TypeVar("T")
DIGIT_BITS = 8
# Fewer rows are sorted before the workers have begun.
LEAST_ROWS = 1 << 15
MOST_ROWS = (1 << 31) - 1
# Rows between two looks at `cancel`.
BLOCK_ROWS = 1 << 15


def stable_order(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return the row numbers in the order of `parts`, int64[rows], the most significant first.

    Equal rows keep their order: int32 or int64[rows].
    """
    if len(parts) == 1:
        return np.argsort(parts[0], kind="stable")
    return np.lexsort(parts[::-1])


def workers_of(
    fixed: FixedKernels, device: Device, cancel: threading.Event, notes: list[str]
) -> Workers:
    """Return the workers of the host beside `device`, which helps where it can.

    They note what the device had too little memory for.
    """
    memory, primitives = device.memory, device.primitives
    if memory is None or primitives is None:
        return Workers(fixed, cancel)
    indexes = SharedIndexes(fixed, device, memory, primitives, notes)
    return Workers(fixed, cancel, primitives, indexes, notes)


@dataclass(frozen=True)
class Workers:
    """All workers of a device, each with a piece of the rows; and what another does for them.

    That are the `primitives` of a GPU, and what makes indexes there.
    """

    fixed: FixedKernels
    cancel: threading.Event
    primitives: Primitives | None = None
    shared_indexes: Indexes | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def indexes(self) -> Indexes:
        """What makes the indexes of builds."""
        return self.fixed if self.shared_indexes is None else self.shared_indexes

    def order(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the row numbers in the order of `parts`, as `stable_order` does."""
        if not LEAST_ROWS <= len(parts[0]) <= MOST_ROWS:
            return stable_order(parts)
        if self.primitives is not None:
            try:
                return self.primitives.order(parts)
            except DeviceMemoryError as error:
                self.notes.append(f"rows were sorted by the cpu: {error.message}")
        limits = [(int(part.min()), int(part.max())) for part in parts]
        rows = order_by_lead(self, parts, limits)
        if rows is not None:
            return rows
        rows = BUFFERS.made(len(parts[0]), lambda at: np.arange(at.start, at.stop), np.int32)
        pairs = zip(reversed(parts), reversed(limits), strict=True)
        for place, (part, (least, greatest)) in enumerate(pairs):
            # Wraps: the digits are those of unsigned numbers.
            words = np.subtract(part, np.int64(least), out=BUFFERS.empty(len(part)))
            if place:
                words = self.taken(words, rows)
            shifts = range(0, (greatest - least).bit_length(), DIGIT_BITS)
            _, rows = self.sort_digits((words, rows), shifts)
        return rows

    def sort_digits(self, source: Pair, shifts: Iterable[int]) -> Pair:
        """Return words and rows in the order of the digits that begin at these bits, in memory
        that may be that of `source`; the last is the most significant one."""
        words, rows = source
        target = BUFFERS.empty(len(words)), BUFFERS.empty(len(rows), np.int32)
        for shift in shifts:
            if self._deal(source, shift, target):
                source, target = target, source
        return source

    def take(self, relation: Relation, rows: np.ndarray) -> Relation:
        """Return the relation's rows at `rows`."""
        if len(rows) < LEAST_ROWS:
            return relation.take(rows)

        def take(array: np.ndarray) -> np.ndarray:
            return self.taken(array, rows)

        return Relation(len(rows), {id: c.mapped(take) for id, c in relation.columns.items()})

    def taken(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return values[rows]."""
        taken = BUFFERS.empty(len(rows), values.dtype)

        def take(morsel: Morsel) -> None:
            for first, end in self.blocks(morsel):
                # Every row is there; "raise" would copy the piece once more.
                np.take(values, rows[first:end], out=taken[first:end], mode="clip")

        self.run(len(rows), take)
        return taken

    def _deal(self, source: Pair, shift: int, target: Pair) -> bool:
        """Move words and rows in the order of a digit; return False if all have the same one."""
        count, pieces = len(source[0]), self.fixed.device.workers
        counts = np.zeros((pieces, 1 << DIGIT_BITS), np.int64)
        self.run(count, lambda m: self.fixed.count_digits(m, source[0], shift, counts[m.order]))
        if counts.sum(axis=0).max() == count:
            return False
        in_order = counts.T.ravel()  # of each digit, piece by piece
        begins = (np.cumsum(in_order) - in_order).reshape(-1, pieces)
        places = np.ascontiguousarray(begins.T)
        self.run(count, lambda m: self.fixed.deal_digits(m, source, shift, places[m.order], target))
        return True

    def run(
        self, rows: int, step: Callable[[Morsel], None], starts: np.ndarray | None = None
    ) -> None:
        """Cut rows into a piece for each worker, and take `step` for each.

        With `starts`, pieces begin at some of those rows, which ascend.
        """
        pieces = self.fixed.device.workers
        cuts = [rows * place // pieces for place in range(pieces + 1)]
        if starts is not None:
            behind = np.append(starts, rows)
            cuts = [0, *(int(behind[np.searchsorted(starts, cut)]) for cut in cuts[1:])]
        morsels = [Morsel(n, n, cuts[n], cuts[n + 1]) for n in range(pieces)]
        self.fixed.device.run(morsels, lambda: step, self.cancel)

    def each(self, rows: Sequence[int], make: Callable[[int], T]) -> list[T]:
        """Return what `make` gives for each of several pieces by number, of so many rows each."""
        made: dict[int, T] = {}

        def run(morsel: Morsel) -> None:
            made[morsel.order] = make(morsel.order)

        morsels = [Morsel(number, number, 0, count) for number, count in enumerate(rows)]
        self.fixed.device.run(morsels, lambda: run, self.cancel)
        return [made[number] for number in range(len(rows))]

    def blocks(self, morsel: Morsel) -> Iterator[tuple[int, int]]:
        """Yield a morsel's rows some at a time; raises QueryCancelled once that is wanted."""
        for first in range(morsel.first, morsel.end, BLOCK_ROWS):
            check_cancel(self.cancel)
            yield first, min(first + BLOCK_ROWS, morsel.end)
