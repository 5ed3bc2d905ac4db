"""Indexes of builds made by the threads of a GPU, where they are then read.

bitmap     every key sets its bit
slots      each key's first row claims a place by open addressing, and sets a bit of a filter
chains     rows in the order of their keys, by the device's own sort
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Protocol

import numpy as np

from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import Entry, Program, ValueType
from gpudb.devices.device import Device, Primitives, SharedMemory
from gpudb.errors import DeviceMemoryError
from gpudb.kernels.shared_library import mark_words, place_words
from gpudb.kernels.writer import Argument, pointer_to
from gpudb.records import dataclass
from gpudb.sql.functions.registry import kernel_source

# Fewer rows are indexed on the host before a launch has begun.
LEAST_ROWS = 1 << 15
# A filter has some bits for each row: of those that miss, one in so many passes.
FILTER_BITS = 16


class Indexes(Protocol):
    """What makes the indexes of builds."""

    def mark(self, keys: np.ndarray, least: int, bits: np.ndarray, ranks: np.ndarray) -> int:
        """Set every key's bit, write the words' ranks, and return the number of distinct keys."""
        ...

    def index_hash(self, keys: np.ndarray, slots: np.ndarray, following: np.ndarray) -> int:
        """Chain the rows of each key in open addressing; return how many are not the last."""
        ...

    def filter_of(self, slots: np.ndarray) -> np.ndarray | None:
        """Return the bits of the keys that `index_hash` has put into `slots`, if there are any."""
        ...


@dataclass
class SharedIndexes:
    """Makes indexes on a device that is shared, of few rows on the `host`."""

    host: Indexes
    device: Device
    memory: SharedMemory
    primitives: Primitives
    # Where it is said what there was too little memory for.
    notes: list[str]
    _filters: dict[int, np.ndarray] = field(default_factory=dict)

    def mark(self, keys: np.ndarray, least: int, bits: np.ndarray, ranks: np.ndarray) -> int:
        """Set every key's bit, write the words' ranks, and return the number of distinct keys."""
        if len(keys) < LEAST_ROWS:
            return self.host.mark(keys, least, bits, ranks)
        try:
            self._run(mark_words, len(keys), [keys, least, bits], changed=[bits])
        except DeviceMemoryError as error:
            self._note(error)
            return self.host.mark(keys, least, bits, ranks)
        counts = np.bitwise_count(bits.view(np.uint64)).astype(np.int64)
        total = np.cumsum(counts)
        ranks[:] = total - counts
        return int(total[-1])

    def index_hash(self, keys: np.ndarray, slots: np.ndarray, following: np.ndarray) -> int:
        """Chain the rows of each key in open addressing; return how many are not the last."""
        if len(keys) < LEAST_ROWS:
            return self.host.index_hash(keys, slots, following)
        try:
            return self._index_hash(keys, slots, following)
        except DeviceMemoryError as error:
            self._note(error)
            return self.host.index_hash(keys, slots, following)

    def _note(self, error: DeviceMemoryError) -> None:
        self.notes.append(f"an index was made by the cpu: {error.message}")

    def _index_hash(self, keys: np.ndarray, slots: np.ndarray, following: np.ndarray) -> int:
        order = self.primitives.order([keys])
        words = keys[order]
        is_same = words[1:] == words[:-1]
        following[:] = -1
        following[order[:-1][is_same]] = order[1:][is_same]
        heads = order[np.concatenate(([True], ~is_same))].astype(np.int64)
        bits = np.zeros(max(1, 1 << (FILTER_BITS * len(heads) - 1).bit_length() >> 6), np.int64)
        given: list[Argument] = [keys, heads, slots, len(slots) - 1, bits, 64 * len(bits) - 1]
        self._run(place_words, len(heads), given, changed=[slots, bits])
        self._filters[id(slots)] = bits
        return int(is_same.sum())

    def filter_of(self, slots: np.ndarray) -> np.ndarray | None:
        """Return the bits of the keys that `index_hash` has put into `slots`, if there are any."""
        return self._filters.pop(id(slots), None)

    def _run(
        self,
        body: Callable[..., object],
        rows: int,
        arguments: Sequence[Argument],
        *,
        changed: Sequence[np.ndarray],
    ) -> None:
        """Launch a kernel over `rows`; what it changed comes back, and stays there too."""
        compiled = compiled_body(self.device, body, arguments)
        owned = []
        try:
            for array in changed:
                self.memory.own(array)
                owned.append(array)
                self.memory.push(array)
            compiled.bind("main", arguments)(0, rows)
            self.memory.pull(changed)
            while owned:
                self.memory.settle(owned.pop())
        finally:
            for array in owned:
                self.memory.release(array)


def compiled_body(
    device: Device,
    body: Callable[..., object],
    arguments: Sequence[Argument],
    uses: Sequence[Callable[..., object]] = (),
) -> CompiledProgram:
    """Return the kernel of `body`, of first, end, step and `arguments`, which calls `uses`."""
    code = body.__code__
    names = code.co_varnames[3 : code.co_argcount]
    given = ", ".join(names)
    driver = (
        f"def main(first, end, {given}):\n"
        f"    {body.__name__}(first + thread_index(), end, thread_count(), {given})\n"
    )
    kinds = [pointer_to(a.dtype) if isinstance(a, np.ndarray) else ValueType.INT for a in arguments]
    index = (("first", ValueType.INT), ("end", ValueType.INT))
    entry = Entry("main", (*index, *zip(names, kinds, strict=True)))
    library = "\n\n".join(map(kernel_source, (*uses, body)))
    return device.compile(Program(driver, library, (entry,)))
