"""The state of each row as a group of its own: what window functions merge over their frames."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.held import Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.group import FLOATS, INTS, write_updates
from gpudb.kernels.sinks.operations import KEY, OPERATIONS, number_text
from gpudb.kernels.sinks.sink import Worker
from gpudb.kernels.sinks.states import States
from gpudb.sql.plan import AggregateItem


def float_words(operations: Sequence[int]) -> np.ndarray:
    """Return which words of a state are floats: bool[pitch]."""
    found = np.zeros(len(operations), np.bool_)
    for word, number in enumerate(operations):
        operation = OPERATIONS[number]
        if number != KEY and "float_states" in operation.buffers:
            # A state of both kinds begins with a count.
            found[word + int(not operation.is_float) : word + len(operation.first)] = True
    return found


class RowStatesWriter:
    """Writes row i's state to `table[i]`: int64[rows, pitch]."""

    def __init__(self, aggregates: Sequence[AggregateItem], rows: int) -> None:
        self.states = States(aggregates, 0, rows)
        self.rows = rows
        self._table: np.ndarray | None = None

    @property
    def table(self) -> np.ndarray:
        """The rows' states, once the kernel's text is written."""
        if self._table is None:
            self._table = BUFFERS.empty(self.rows * self.states.pitch).reshape(
                self.rows, self.states.pitch
            )
        return self._table

    def open(self, scope: Scope) -> None:
        """Take the table, which all workers share: each row is written once."""
        scope.writer.worker_parameter("states", INTS)
        scope.writer.worker_parameter("float_states", FLOATS)

    def begin_row(self, scope: Scope) -> None:
        """There is room for every row."""

    def row(self, scope: Scope) -> None:
        """Write the state of no rows, and this row's updates of it."""
        writer = scope.writer
        updates = self.states.updates(scope)
        state = writer.assign("state", f"row * {self.states.pitch}")
        words, is_float = self.states.first_words(), float_words(self.states.operations)
        for word, number in enumerate(words):
            place = state if word == 0 else f"{state} + {word}"
            if is_float[word]:
                text = _float(float(number.view(np.float64)), scope)
                writer.line(f"float_states[{place}] = {text}")
            else:
                writer.line(f"states[{place}] = {number_text(int(number))}")
        write_updates(updates, state, scope)

    def close(self, scope: Scope) -> None:
        """Nothing is kept in registers."""

    def new_worker(self) -> Worker:
        """Return the table."""
        words = self.table.reshape(-1)
        return {"states": words, "float_states": words.view(np.float64)}

    def pause(self, worker: Worker, order: int) -> None:
        """Never needed: there is always room."""

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: rows know their places."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """The rows have no columns but their states."""
        return Relation(self.rows, {})


def _float(value: float, scope: Scope) -> str:
    if math.isfinite(value):
        return repr(value)
    return scope.writer.constant("not_a_number" if math.isnan(value) else "lowest", value)
