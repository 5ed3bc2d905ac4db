"""Group by direct addressing: a group's place is computed from the codes of its keys.

    place = code of key 1 * stride 1 + code of key 2 * stride 2 ...      code = value - least value

Each worker has a table of its own; the tables are added up at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.group import (
    FLOATS,
    INTS,
    Key,
    aggregate_columns,
    key_column,
    places,
    write_updates,
)
from gpudb.kernels.sinks.operations import merge_tables
from gpudb.kernels.sinks.sink import Worker
from gpudb.kernels.sinks.states import States
from gpudb.kernels.values import BOOL
from gpudb.sql.plan import AggregateItem


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
        place = "0"
        stride = 1
        for key in reversed(self.keys):
            code = self._code(key, scope)
            if stride > 1:
                code = f"{code} * {writer.constant(f'{key.field.name}_stride', stride)}"
            place = code if place == "0" else f"{code} + {place}"
            stride *= key.codes
        group = writer.assign("group", place)
        updates = self.states.updates(scope)
        state = writer.assign("state", f"{group} * {self.states.pitch}")
        write_updates(updates, state, scope)

    def _code(self, key: Key, scope: Scope) -> str:
        text = f"int({key.value.text})" if key.value.kind is BOOL else key.value.text
        if key.least != 0:
            text = f"({text} - {scope.writer.constant(f'{key.field.name}_least', key.least)})"
        if key.value.is_null is None:
            return text
        null_code = scope.writer.constant(f"{key.field.name}_null_code", key.size)
        return f"({null_code} if {key.value.is_null} else {text})"

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
        total = tables[0]
        for table in tables[1:]:
            merge_tables(total, table, self.states.operations)
        groups = np.flatnonzero(total[:, 0])
        columns: dict[int, HeldColumn] = {}
        rest = groups
        for key in reversed(self.keys):
            codes = rest % key.codes
            rest = rest // key.codes
            nulls = None if key.value.is_null is None else codes == key.size
            if nulls is not None and not nulls.any():
                nulls = None
            if nulls is not None:
                codes = np.where(nulls, 0, codes)
            columns[key.field.id] = key_column(key, codes + key.least, nulls)
        columns.update(aggregate_columns(self.states, total[groups]))
        return Relation(len(groups), columns)
