"""Aggregates without keys: one group, whose states are in registers within a morsel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.kernels.held import Relation
from gpudb.kernels.reads import EncodedReader
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.block import BlockTable, copies_of
from gpudb.kernels.sinks.group import FLOATS, INTS, aggregate_columns
from gpudb.kernels.sinks.operations import merge_tables
from gpudb.kernels.sinks.registers import Registers
from gpudb.kernels.sinks.sink import Worker, twin
from gpudb.kernels.sinks.states import States
from gpudb.kernels.sinks.tiers import WORD_BYTES, Choice, Tier, choose_direct
from gpudb.kernels.writer import CONTROL
from gpudb.sql.aggregates import state_arguments
from gpudb.sql.expr import Call, ColumnReference, Expression, Literal
from gpudb.sql.plan import AggregateItem

PLAIN = ("add", "subtract", "multiply", "negate")


def is_plain(expression: Expression, scope: Scope) -> bool:
    """Whether an expression may be evaluated of any row: numbers of columns, and sums of these."""
    match expression:
        case ColumnReference(id=id, type=type):
            return isinstance(scope.reader(id), EncodedReader) and not type.is_text
        case Literal(type=type):
            return not type.is_text
        case Call(function=function, arguments=arguments):
            return function in PLAIN and all(is_plain(each, scope) for each in arguments)
    return False


class SingleWriter:
    """Aggregates over all rows: sums stay in registers within a morsel."""

    joins_morsels = True

    def __init__(self, aggregates: Sequence[AggregateItem], rows: int, fanout: int) -> None:
        self.states = States(aggregates, 0, rows)
        self.fanout = fanout
        self.choice: Choice | None = None
        # Set in rows that are of the group, where the kernel's loop is over others, too.
        self.flag: str | None = None
        self._copies = 1

    @property
    def form(self) -> tuple[object, ...]:
        """What the text depends on besides the aggregates."""
        return self.states.rows, self.fanout

    def again(self, fresh: SingleWriter) -> SingleWriter:
        """Return the sink for the run of its text that `fresh` is of."""
        return twin(self)

    def open(self, scope: Scope) -> None:
        """Leave room: the registers' first values are known only when the rows' text is."""
        self._registers = Registers(self.states, 1, len(scope.writer.lines), self.fanout)

    def begin_row(self, scope: Scope) -> None:
        """There is always room."""

    def row(self, scope: Scope) -> None:
        """Write the updates of the registers, and of a block's memory."""
        if self.flag is not None:
            self._row_of_flag(self.flag, scope)
            return
        updates = self.states.updates(scope)
        state = ""
        if scope.writer.is_shared:
            operations = self.states.operations
            self.choice = choose_direct(1, operations, WORD_BYTES * len(operations))
            if self._is_in_blocks and self.states.has_memory:
                self._copies = copies_of(self.states.pitch | 1)
            if self._copies > 1:
                state = scope.writer.assign("state", f"copy * {self._table.pitch}")
        self._registers.row(updates, scope, state=state)

    def _row_of_flag(self, flag: str, scope: Scope) -> None:
        """Write a row's updates of registers as choices, where that is safe: they become SIMD.

        Behind a guard loads would be masked, which takes four times as long before AVX-512.
        """
        lines = scope.writer.lines
        begin = len(lines)
        with scope.writer.block(f"if {flag} == 0:"):
            scope.writer.line("continue")
        guarded = len(lines)
        updates = self.states.updates(scope)
        arguments = (a for item in self.states.items for a in state_arguments(item.call))
        is_safe = (
            not self.states.has_memory
            and all(is_plain(argument, scope) for argument in arguments)
            and not any(line.lstrip().startswith(CONTROL) for line in lines[guarded:])
        )
        if is_safe:
            del lines[begin:guarded]
        self._registers.row(updates, scope, test=f"{flag} != 0" if is_safe else None)

    @property
    def _is_in_blocks(self) -> bool:
        """Whether blocks have memory of their own first: beyond it states are in that of all."""
        return self.choice is not None and self.choice.tier is Tier.REGISTERS

    @property
    def _table(self) -> BlockTable:
        return BlockTable(self.states, 1, self._copies)

    def close(self, scope: Scope) -> None:
        """Write the registers' first values before the loop, and their merge after it."""
        scope.writer.worker_parameter("states", INTS)
        scope.writer.worker_parameter("float_states", FLOATS)
        begin = self._registers.begin
        self._registers.close(scope)
        if self._is_in_blocks:
            self._table.write(scope, begin)

    def new_worker(self) -> Worker:
        """Return the state of no rows."""
        table = self.states.first_words()
        return {"states": table, "float_states": table.view(np.float64)}

    def pause(self, worker: Worker, order: int) -> None:
        """Never needed: there is always room."""

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: the states hold every morsel so far."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Merge the workers' states into one row."""
        parts = [np.asarray(worker["states"]).reshape(1, -1) for worker in workers]
        if len(parts) > 1 or self.states.has_shared_forms:
            table = self.states.first_words().reshape(1, -1)
            for part in parts:
                merge_tables(table, part, self.states.operations)
        else:
            (table,) = parts
        return Relation(1, aggregate_columns(self.states, table))
