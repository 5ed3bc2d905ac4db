"""Group by direct addressing: a group's place is computed from the codes of its keys.

    place = code of key 1 * stride 1 + code of key 2 * stride 2 ...      code = value - least value

Each worker has a table of its own; the tables are added up at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.kernels.held import Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.group import (
    FLOATS,
    INTS,
    Key,
    aggregate_columns,
    place_columns,
    places,
    write_place,
    write_updates,
)
from gpudb.kernels.sinks.operations import merge_tables
from gpudb.kernels.sinks.sink import Worker
from gpudb.kernels.sinks.states import States
from gpudb.sql.plan import AggregateItem

# Tables are merged so many places at a time: what is merged is still in the cache when it is read.
BLOCK_PLACES = 1 << 15


class DirectWriter:
    """Groups whose keys' codes have a small product."""

    def __init__(
        self, keys: Sequence[Key], aggregates: Sequence[AggregateItem], rows: int | None
    ) -> None:
        self.keys = keys
        self.states = States(aggregates, 0, rows)

    def open(self, scope: Scope) -> None:
        """Declare the tables."""
        for name, type in (("states", INTS), ("float_states", FLOATS)):
            scope.writer.worker_parameter(name, type)

    def begin_row(self, scope: Scope) -> None:
        """There is always room."""

    def row(self, scope: Scope) -> None:
        """Compute the group's place and change its state."""
        writer = scope.writer
        group = writer.assign("group", write_place(self.keys, scope))
        updates = self.states.updates(scope)
        state = writer.assign("state", f"{group} * {self.states.pitch}")
        write_updates(updates, state, scope)

    def close(self, scope: Scope) -> None:
        """Nothing: the states lie in memory."""

    @property
    def places(self) -> int:
        """The number of groups that the table has room for."""
        return places(self.keys)

    def new_worker(self) -> Worker:
        """Return a table of groups without rows."""
        first = self.states.first_words()
        size = self.places * self.states.pitch
        table = np.tile(first, self.places) if first.any() else np.zeros(size, np.int64)
        return {"states": table, "float_states": table.view(np.float64)}

    def pause(self, worker: Worker, order: int) -> None:
        """Never needed: there is always room."""

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: the tables hold every morsel so far."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Add the tables up and keep the groups that have rows."""
        tables = [np.asarray(w["states"]).reshape(-1, self.states.pitch) for w in workers]
        parts = [self._merged(tables, at) for at in range(0, self.places, BLOCK_PLACES)]
        groups = np.concatenate([places for places, _ in parts])
        total = np.concatenate([states for _, states in parts])
        columns = place_columns(self.keys, groups)
        columns.update(aggregate_columns(self.states, total))
        return Relation(len(groups), columns)

    def _merged(self, tables: Sequence[np.ndarray], begin: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the groups with rows of a block of places, and their merged states."""
        end = begin + BLOCK_PLACES
        total, *others = (table[begin:end] for table in tables)
        for other in others:
            if other[:, 0].any():
                merge_tables(total, other, self.states.operations)
        groups = np.flatnonzero(total[:, 0])
        return groups + begin, total[groups]
