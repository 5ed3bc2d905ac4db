"""Distinct keys by direct addressing: a bit for each tuple of keys that there can be.

Each worker has a bitmap of its own; they are united at the end, and the bits set are the groups, in
the order of the keys.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import reduce

import numpy as np

from gpudb.kernels import library
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.builds import BuildTable, PackedKey, RankIndex, may_be_bitmap
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.counted_groups import CountedGroups
from gpudb.kernels.sinks.group import (
    INTS,
    Key,
    key_column,
    part_places,
    place_columns,
    write_part_place,
)
from gpudb.kernels.sinks.group_part import GroupPart
from gpudb.kernels.sinks.sink import Worker, twin
from gpudb.kernels.sinks.tiers import Choice

# A bitmap of so many bits is used however few rows there are; a larger one needs rows to match.
SMALL_BITS = 1 << 23
MOST_BITS = 1 << 30
BITS_A_ROW = 64


def may_be_bits(size: int, rows: int) -> bool:
    """Whether `size` tuples of keys are few enough for a bitmap of `rows` rows."""
    return size <= min(MOST_BITS, max(SMALL_BITS, BITS_A_ROW * rows))


class BitmapWriter:
    """Groups without aggregates, whose keys' codes have a product that a bitmap can hold."""

    joins_morsels = True

    def __init__(
        self, keys: Sequence[Key], fixed: FixedKernels, part: GroupPart | None = None
    ) -> None:
        self.keys = keys
        self.fixed = fixed
        self.part = part

    # Only where threads share memory there is a choice.
    choice: Choice | None = None

    def again(self, cancel: threading.Event) -> BitmapWriter:
        """Return the sink for another run of its text."""
        return twin(self)

    def open(self, scope: Scope) -> None:
        """Declare the bitmap."""
        scope.writer.worker_parameter("group_bits", INTS)

    def begin_row(self, scope: Scope) -> None:
        """There is always room."""

    def row(self, scope: Scope) -> None:
        """Set the group's bit."""
        writer = scope.writer
        place = write_part_place(self.keys, self.part, scope)
        word, bit = f"{place} >> 6", f"1 << ({place} & 63)"
        writer.line(f"{writer.use(library.or_bits)}(group_bits, {word}, {bit})")

    def close(self, scope: Scope) -> None:
        """Nothing: the bits lie in memory."""

    def first_words(self, name: str) -> np.ndarray | None:
        """Return what a bitmap of no groups repeats."""
        return np.zeros(1, np.int64) if name == "group_bits" else None

    @property
    def table_bytes(self) -> int:
        """The size of the bitmap."""
        return 8 * ((len(part_places(self.keys, self.part)) + 63) // 64)

    def new_worker(self) -> Worker:
        """Return a bitmap of no groups."""
        return {"group_bits": BUFFERS.zeros(self.table_bytes // 8)}

    def pause(self, worker: Worker, order: int) -> None:
        """Never needed: there is always room."""

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: the bitmap holds every morsel so far."""

    def united(self, workers: Sequence[Worker]) -> np.ndarray:
        """Return the bits of all workers; those of one are themselves."""
        return reduce(np.bitwise_or, [np.asarray(w["group_bits"]) for w in workers])

    def key_set(self, workers: Sequence[Worker]) -> BuildTable | None:
        """Return the build of one key of which the bitmap is the index.

        None for several keys, where few of many bits are set, and for all whole numbers of an
        interval, which probes compare with if the index begins with it: there are other ways.
        """
        if len(self.keys) > 1 or self.part is not None:
            return None
        (key,) = self.keys
        bits = self.united(workers)
        words = bits.view(np.uint64)
        if key.value.is_null is not None:  # which is the last bit, and equal to none
            words[key.size >> 6] &= ~np.uint64(1 << (key.size & 63))
        used = words != 0
        first = int(used.argmax())
        if not used[first]:
            return None
        last = len(used) - 1 - int(used[::-1].argmax())
        lowest, highest = int(words[first]), int(words[last])
        begin = (lowest & -lowest).bit_length() - 1
        size = 64 * (last - first) + highest.bit_length()
        bits = bits[first : last + 1]
        ranks = BUFFERS.empty(len(bits), np.int32)
        distinct = self.fixed.rank(bits, ranks)
        if not may_be_bitmap(size, distinct) or (begin and distinct == size - begin):
            return None
        index = RankIndex(key.least + 64 * first, size, bits, ranks, None, distinct)
        held = key_column(key, np.empty(0, np.int64), None)
        packed = (PackedKey(0, 0, 1),)
        return BuildTable(Relation(distinct, {}), (held,), packed, index, 1, (False,))

    def counted(self, workers: Sequence[Worker], counted: CountedGroups) -> Relation:
        """Unite the bitmaps, and count the bits that are set."""
        if len(self.keys) > 1 or self.part is not None:
            return counted.of_columns(self.finish(workers))
        (key,) = self.keys
        words = self.united(workers).view(np.uint64)
        is_null = 0
        if key.value.is_null is not None:
            is_null = int(words[key.size >> 6]) >> (key.size & 63) & 1
        return counted.row(int(np.bitwise_count(words).sum()), lambda _: is_null)

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Unite the bitmaps; every bit that is set is a group."""
        groups = self.fixed.list_bits(self.united(workers))
        groups += part_places(self.keys, self.part).start
        return Relation(len(groups), place_columns(self.keys, groups))
