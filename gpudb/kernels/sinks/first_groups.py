"""Some of the groups, whole: what GROUP BY with a LIMIT and no order asks for.

The first rows run alone until there are as many groups as are wanted. From then on these are all:
rows of other groups drop out where they would make one, and every worker begins with a table of
the keys. Where the first rows have too few groups, all are counted, as if nobody had asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gpudb.compiler.language import ValueType
from gpudb.devices.device import Morsel
from gpudb.kernels.held import Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.hashed import SMALLEST_CAPACITY, HashWorker, HashWriter
from gpudb.kernels.sinks.sink import Worker
from gpudb.records import replace

# The rows that run alone.
HEAD_ROWS = 1 << 16
# Beyond so many groups a table of them leaves the nearest cache.
MOST_WANTED = 4096
# Fewer groups in all than so many times those wanted are not worth the first rows' way alone.
WORTH = 16
CLOSED = {"is_closed": 1, "group_room": 1 << 62}


class FirstGroupsWriter(HashWriter):
    """Groups by hashing, `wanted` of them if the first rows have so many."""

    # The first rows, and what comes of them, tell what is done with the others.
    joins_morsels = False

    wanted = 0
    _is_open = True
    # The worker of the first rows once it has groups enough, and its table as it was then.
    _head: Worker | None = None
    _keys: np.ndarray | None = None

    def open(self, scope: Scope) -> None:
        """Declare the table, and whether there are groups enough."""
        super().open(scope)
        scope.writer.worker_parameter("is_closed", ValueType.INT)

    def refuse(self, scope: Scope) -> None:
        """Drop the row of one more group where there are enough."""
        with scope.writer.block("if is_closed != 0:"):
            scope.writer.line("continue")

    def runs(self, morsels: Sequence[Morsel]) -> Iterator[Sequence[Morsel]]:
        """Yield the first rows, and then, with their groups, all others, if they are asked for."""
        if not morsels:
            return
        first = morsels[0]
        end = min(first.end, first.first + HEAD_ROWS)
        yield [replace(first, end=end)]
        self._is_open = False
        if self._keys is not None and not self.has_aggregates:
            return
        rest = [replace(first, first=end), *morsels[1:]]
        yield rest if end < first.end else rest[1:]

    def new_worker(self) -> HashWorker:
        """Return an empty table, or one with the keys of the groups that are wanted."""
        if self._keys is not None:
            return HashWorker(self._seeded(self._keys) | CLOSED)
        if not self._is_open:
            return HashWorker(super().new_worker() | {"is_closed": 0})
        capacity = max(SMALLEST_CAPACITY, 4 << self.wanted.bit_length())
        return HashWorker(self._table(capacity) | {"is_closed": 0, "group_room": self.wanted})

    def _seeded(self, keys: np.ndarray) -> Worker:
        """Return a table of groups as `keys` has them, each with a row that is none."""
        table = self._table(len(keys))
        groups = np.asarray(table["states"]).reshape(keys.shape)
        is_group, count = keys[:, 0] != 0, self.placed.count
        groups[is_group] = np.array(self.states.first_words(), np.int64)
        groups[is_group, 1 : 1 + count] = keys[is_group, 1 : 1 + count]
        groups[is_group, 0] = 1
        np.asarray(table["used"])[0] = np.count_nonzero(is_group)
        return table

    def pause(self, worker: Worker, order: int) -> None:
        """Make room; among the first rows, know that there are groups enough."""
        if not self._is_open:
            super().pause(worker, order)
            return
        assert isinstance(worker, HashWorker)
        self._is_open, self._head = False, worker
        self._keys = np.asarray(worker.table["states"]).reshape(-1, self.states.pitch).copy()
        worker.update(CLOSED)

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Merge the workers' groups without the rows that are none."""
        if self._keys is not None:
            for worker in workers:
                rows = np.asarray(worker["states"])[:: self.states.pitch]
                rows -= (rows != 0) & (worker is not self._head)
        return super().finish(workers)
