"""Builds that stay on the GPU whose launches put their rows out, with a bitmap of their keys.

    outputs   the rows with their keys, in any order          by the pipeline's launches
    bits      every key sets its bit                          mark_rows
    ranks     how many bits are set before each word          count_segments, rank_segments
              the host waits: how many rows there are, and how many keys
    columns   each row at the rank of its key                 place_program

Where keys repeat:

    starts    where the rows of each key begin                count_runs, sum_, start_segments
    places    the rows of each key, in their order            deal_rows, sort_runs
              the host waits: how many rows a key has at most
    columns   in the order of the places                      gather_program

Where a key has many rows, or memory is short, the rows go to the host, which indexes them. Of a set
of keys the launches leave the bits, and only ranks are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from gpudb.errors import DeviceMemoryError
from gpudb.kernels import shared_builds
from gpudb.kernels.builds import BuildTable, PackedKey, RankIndex
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.outputs import Outputs
from gpudb.kernels.resident import PLACES, RANK, Move, Ranked, segmented
from gpudb.kernels.shared_library import (
    count_runs,
    deal_rows,
    fill_words,
    mark_rows,
    sort_runs,
    start_segments,
    sum_segments,
)
from gpudb.kernels.sinks.bitmap import BitmapWriter
from gpudb.kernels.sinks.keyed import KeySetWriter
from gpudb.kernels.sinks.shared_build import SharedBuildWriter
from gpudb.kernels.sinks.shared_collect import ROWS
from gpudb.kernels.sinks.sink import SinkWriter
from gpudb.kernels.writer import Argument
from gpudb.sql.bounds import Bounds

if TYPE_CHECKING:
    from gpudb.kernels.launch import SharedRun

# A thread puts the rows of a key in order, one by one.
MOST_RUN = 64


def build_there(outputs: Outputs, sink: SinkWriter) -> bool:
    """Wait for a build's outputs and index them where they are; False where that cannot be."""
    if not isinstance(sink, SharedBuildWriter):
        return False
    bounds = sink.key_bounds()
    if bounds is None or sink.is_partial or sink.room.outputs < shared_builds.LEAST_ROWS:
        return False
    try:
        with ExitStack() as stack:
            sink.table = ResidentBuild(outputs, sink, bounds, stack).made()
    except DeviceMemoryError:
        return False
    return sink.table is not None


def keep_set(run: SharedRun) -> bool:
    """Wait for a set of keys and keep its bits where they are; False where that cannot be."""
    sink = run.launch.sink
    if not isinstance(sink, KeySetWriter) or sink.rows < shared_builds.LEAST_ROWS:
        return False
    if sink.is_partial or not isinstance(sink.inner, BitmapWriter) or len(sink.inner.keys) > 1:
        return False
    (key,) = sink.inner.keys
    try:
        with ExitStack() as stack:
            resident = Indexed(run.part, stack)
            bits = run.owned["group_bits"]
            ranks = resident.own(len(bits), np.int32)
            resident.rank(bits, ranks)
            run.memory.pull([run.errors, resident.found])
            run.check()
            del run.owned["group_bits"]
            # The bit of NULL is the last one, and no probe asks for it.
            index = RankIndex(key.least, key.size, bits, ranks, None, int(resident.found[0]))
            held = HeldColumn(key.field.type, np.empty(0, np.int64))
            sink.table = resident.table(Relation(index.distinct, {}), held, index, 1)
    except DeviceMemoryError:
        return False
    return True


class Indexed(Ranked):
    """What a build has on the device while it is made."""

    def table(
        self, relation: Relation, key: HeldColumn, index: RankIndex, longest: int
    ) -> BuildTable:
        """Return the build, whose index stays."""
        for array in (index.bits, index.ranks, index.starts):
            if array is not None:
                self.memory.keep(array)
        packed = (PackedKey(0, 0, 1),)
        return BuildTable(relation, (key,), packed, index, longest, (False,), memory=self.memory)


class ResidentBuild(Indexed):
    """A build in the making, of rows that launches have put out."""

    def __init__(
        self, outputs: Outputs, sink: SharedBuildWriter, bounds: Bounds, stack: ExitStack
    ) -> None:
        super().__init__(outputs.run.part, stack)
        self.outputs = outputs
        self.sink = sink
        self.least, self.size = bounds.minimum, bounds.maximum - bounds.minimum + 1
        words = -(-self.size // 64)
        self.bits, self.ranks = self.own(words, np.int64), self.own(words, np.int32)

    def made(self) -> BuildTable | None:
        """Return the build; None where keys repeat or some rows are on the host already."""
        self._mark()
        if not self.outputs.wait([self.found]):
            if self.sink.segments:
                return None
            self._mark()
            self.memory.pull([self.found])
        rows = self.outputs.count
        if self.sink.segments or not rows:
            return None
        distinct = int(self.found[0])
        return self._placed(rows) if distinct == rows else self._chained(rows, distinct)

    def _mark(self) -> None:
        """Begin to set the keys' bits, and to count them."""
        words, counts = len(self.bits), self.outputs.run.owned["counts"]
        self.launch(fill_words, words, self.bits, 0)
        self.launch(mark_rows, len(self.keys), self.keys, self.least, counts, self.bits)
        self.rank(self.bits, self.ranks)

    @property
    def keys(self) -> np.ndarray:
        """The keys of the outputs."""
        return self.outputs.run.owned[self.sink.key.buffers[0][0]]

    def _placed(self, rows: int) -> BuildTable:
        """Begin to move each row to the rank of its key, and return the build."""
        given: list[Argument] = [self.keys, self.least, self.bits, self.ranks]
        columns = self._moved(rows, RANK, given)
        return self._table(Relation(rows, columns), None, rows, 1)

    def _chained(self, rows: int, distinct: int) -> BuildTable | None:
        """Return the build whose rows are in the order of their keys; None where runs are long."""
        runs, starts = self.own(distinct, np.int64), self.own(distinct + 1, np.int32)
        places, numbers = self.own(rows, np.int32), self.outputs.run.owned[ROWS]
        segments, size = segmented(distinct)
        found = (self.keys, self.least, self.bits, self.ranks)
        self.launch(fill_words, distinct, runs, 0)
        self.launch(fill_words, 1, self.found, 0)
        self.launch(count_runs, rows, *found, runs)
        self.launch(sum_segments, segments, runs, distinct, size, self.sums, self.found)
        self.launch(start_segments, segments, runs, distinct, size, self.sums, starts)
        self.launch(deal_rows, rows, *found, runs, places)
        self.launch(sort_runs, distinct, starts, places, numbers, MOST_RUN)
        self.memory.pull([self.found])
        longest = int(self.found[0])
        if longest > MOST_RUN:
            return None
        columns = self._moved(rows, PLACES, [places, 0])
        return self._table(Relation(rows, columns), starts, distinct, longest)

    def _moved(self, rows: int, move: Move, found: Sequence[Argument]) -> dict[int, HeldColumn]:
        """Begin to move the columns, and return them; they stay on the device."""
        owned = self.outputs.run.owned
        buffers = [name for output in self.sink.payload for name, _ in output.buffers]
        targets = {name: self.own(rows, owned[name].dtype) for name in buffers}
        pairs = [(owned[name], targets[name]) for name in buffers]
        self.move(rows, move, found, pairs)
        for array in targets.values():
            self.memory.keep(array)
        return {output.id: self.sink.held(output, targets) for output in self.sink.payload}

    def _table(
        self, relation: Relation, starts: np.ndarray | None, distinct: int, longest: int
    ) -> BuildTable:
        key = HeldColumn(self.sink.key.type, np.empty(0, self.sink.key.buffers[0][1]))
        index = RankIndex(self.least, self.size, self.bits, self.ranks, starts, distinct)
        return self.table(relation, key, index, longest)
