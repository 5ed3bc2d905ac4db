"""Rows dealt to partitions by where their groups lie: those of one partition stand together.

    CountWriter   how many rows each partition has           a kernel over the source
    DealWriter    their keys and arguments, in its places     the same kernel once more

The rows stay in the memory of the device, and groups are made of them from there: each partition
meets a part of the groups' table that is small enough for the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gpudb.compiler.language import Scratch
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.group import INTS, Key, write_keys
from gpudb.kernels.sinks.sink import Worker
from gpudb.kernels.writer import Phases
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import Expression
from gpudb.sql.plan import Item

# Writes where among all places the group of a row lies.
SlotText = Callable[[Sequence[Key], Scope], str]


class CountWriter:
    """Counts the rows of each partition: the places of groups, shifted by `shift` bits."""

    def __init__(self, keys: Sequence[Item], slot: SlotText, shift: int, partitions: int) -> None:
        self.keys = keys
        self.slot = slot
        self.shift = shift
        self.partitions = partitions
        self.counts = np.zeros(partitions, np.int64)

    def open(self, scope: Scope) -> None:
        """Declare the counts."""
        scope.writer.worker_parameter("partition_counts", INTS)

    def begin_row(self, scope: Scope) -> None:
        """There is always room."""

    def partition(self, scope: Scope) -> str:
        """Write the number of the row's partition."""
        slot = scope.writer.assign("place", self.slot(write_keys(self.keys, scope), scope))
        return f"{slot} >> {self.shift}"

    def row(self, scope: Scope) -> None:
        """Count the row."""
        scope.writer.line(f"add(partition_counts, {self.partition(scope)}, 1)")

    def close(self, scope: Scope) -> None:
        """Count in each block first."""
        head = f"    for part in range(block_thread(), {self.partitions}, block_threads()):"
        opening = (head, "        block_counts[part] = 0")
        closing = (head, "        add(partition_counts, part, block_counts[part])")
        scratch = (("block_counts", Scratch("int64", self.partitions)),)
        scope.writer.phases = Phases(
            scratch, {"partition_counts": "block_counts"}, opening, closing
        )

    def new_worker(self) -> Worker:
        """Return counts of no rows."""
        return {"partition_counts": np.zeros(self.partitions, np.int64)}

    def pause(self, worker: Worker, order: int) -> None:
        """Never needed: there is always room."""

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: the counts hold every morsel so far."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Keep the counts."""
        self.counts = np.asarray(sum(np.asarray(w["partition_counts"]) for w in workers))
        return Relation(0, {})


class DealWriter(CollectWriter):
    """Writes the values of rows to the places of their partitions, which `counted` has counted."""

    def __init__(self, counted: CountWriter, listed: Sequence[tuple[int, Expression]]) -> None:
        self.rows = int(counted.counts.sum())
        super().__init__(listed, capacity=self.rows, fanout=1)
        self.counted = counted
        self.bounds: dict[int, Bounds] = {}
        # Arrays whose memory on the device is given up by whoever has read them.
        self.kept: list[np.ndarray] = []

    def open(self, scope: Scope) -> None:
        """Declare the next place of each partition."""
        scope.writer.worker_parameter("partition_places", INTS)
        self._count = scope.writer.name("output")

    def begin_row(self, scope: Scope) -> None:
        """There is room for the rows that were counted."""

    def row(self, scope: Scope) -> None:
        """Take the next place of the row's partition."""
        partition = scope.writer.assign("partition", self.counted.partition(scope))
        values = self.values(scope)
        scope.writer.line(f"{self._count} = reserve(partition_places, {partition}, 1)")
        for id, expression, value in values:
            self.append(id, expression.type, value, scope)
            if not expression.type.is_text and not expression.type.is_float:
                self.bounds[id] = scope.bounds(expression)

    def close(self, scope: Scope) -> None:
        """Nothing: the places lie in memory."""

    def new_worker(self) -> Worker:
        """Return memory for all rows, and where each partition begins."""
        counts = self.counted.counts
        worker: Worker = {"partition_places": np.cumsum(counts) - counts}
        for output in self.outputs:
            for name, dtype in output.buffers:
                worker[name] = np.empty(max(1, self.rows), dtype)
        return worker

    def kept_names(self) -> Sequence[str]:
        """Return the names of the arrays that stay on the device."""
        return [name for output in self.outputs for name, _ in output.buffers]

    def keep(self, array: np.ndarray) -> None:
        """Take over an array that stays."""
        self.kept.append(array)

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: every row has its place."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Return the rows, whose values are on the device only."""
        (worker,) = workers
        columns = {}
        for output in self.outputs:
            arrays = [np.asarray(worker[name]) for name, _ in output.buffers]
            nulls = arrays[-1].view(np.bool_) if output.may_be_null else None
            high = arrays[1] if output.is_wide else None
            column = HeldColumn(output.type, arrays[0], nulls, high, output.domain)
            columns[output.id] = column
        return Relation(self.rows, columns)
