"""What planning asks of tables, with the answers: a plan serves as long as these stay the same.

    SELECT count(*), sum(id) FROM events      asks nothing
    SELECT max(id) FROM events                asks for the greatest id, which the plan then holds

Rules and lowering ask a table by `ask`, and at the level of what they decide where they can:
whether a sum may leave 64 bits, not between what numbers a column lies. A build system keeps such
notes as "verifying traces" (Mokhov, Mitchell, Peyton Jones, Build Systems a la Carte, 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

from gpudb.records import replace
from gpudb.sql.expr import Subquery
from gpudb.sql.expr import walk as walk_expression
from gpudb.sql.pipeline import Group, Pipeline, ScanRows
from gpudb.sql.plan import (
    Aggregate,
    Plan,
    Scan,
    Shared,
    TableSource,
    inputs,
    walk,
    with_inputs,
)
from gpudb.sql.plan_expressions import expressions
from gpudb.storage.statistics import Statistics

Answer = TypeVar("Answer")
# A question, and what it is asked with.
Asked: TypeAlias = tuple[Callable[..., object], tuple[Hashable, ...]]


@runtime_checkable
class StoredRows(Protocol):
    """A stored table's snapshot: its statistics are of just its rows, and those deleted."""

    @property
    def name(self) -> str:
        """What messages call the table."""
        ...

    @property
    def row_count(self) -> int:
        """The number of rows."""
        ...

    @property
    def deleted_rows(self) -> int:
        """The number of rows that were deleted and still lie there."""
        ...

    @property
    def has_tail(self) -> bool:
        """Whether its newest rows came in small appends, as others may."""
        ...

    def statistics(self, column: str) -> Statistics:
        """Return what is known of a column's values, in rows that were deleted, too."""
        ...


class NotedTable:
    """A stored table that notes what it is asked, and what it answers."""

    def __init__(self, table: StoredRows) -> None:
        self.table = table
        self.answers: dict[Asked, object] = {}

    def ask(self, question: Callable[..., Answer], *arguments: Hashable) -> Answer:
        """Return what `question`, a function of a table and hashable arguments, answers of it."""
        key = question, arguments
        if key not in self.answers:
            self.answers[key] = question(self.table, *arguments)
        return self.answers[key]  # type: ignore[return-value]  # as it was answered

    @property
    def name(self) -> str:
        """What messages call the table."""
        return self.table.name

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return self.ask(row_count)

    @property
    def deleted_rows(self) -> int:
        """The number of rows that were deleted and still lie there."""
        return self.ask(deleted_rows)

    @property
    def has_tail(self) -> bool:
        """Whether its newest rows came in small appends, as others may."""
        return self.ask(has_tail)

    def statistics(self, column: str) -> Statistics:
        """Return what is known of a column's values, in rows that were deleted, too."""
        return self.ask(statistics, column)


def row_count(table: StoredRows) -> int:
    """Return the number of rows."""
    return table.row_count


def deleted_rows(table: StoredRows) -> int:
    """Return the number of rows that were deleted and still lie there."""
    return table.deleted_rows


def has_tail(table: StoredRows) -> bool:
    """Return whether the newest rows came in small appends."""
    return table.has_tail


def statistics(table: StoredRows, column: str) -> Statistics:
    """Return what is known of a column."""
    return table.statistics(column)


def find_stored(table: TableSource) -> StoredRows | None:
    """Return the table if it is a stored one, whose statistics promise more than those of files."""
    # A protocol would ask a noted table what it has.
    return table if isinstance(table, NotedTable | StoredRows) else None


def ask(table: TableSource, question: Callable[..., Answer], *arguments: Hashable) -> Answer:
    """Return what `question` answers of a table, noted where the table notes it."""
    if isinstance(table, NotedTable):
        return table.ask(question, *arguments)
    return question(table, *arguments)


class Grounds:
    """The tables of a plan, with what they were asked while it was made."""

    def __init__(self, plan: Plan) -> None:
        self.noted: dict[int, NotedTable] = {}
        # Plans inside of others would have to be noted, too.
        self.are_whole = is_plain(plan)
        self.plan = with_tables(plan, self._noted_table) if self.are_whole else plan

    def _noted_table(self, table: TableSource) -> TableSource:
        if not isinstance(table, StoredRows):
            return table
        return self.noted.setdefault(id(table), NotedTable(table))


def agree(table: StoredRows, answers: Mapping[Asked, object]) -> bool:
    """Whether a table answers all that was asked as another one did."""
    return all(question(table, *given) == answer for (question, given), answer in answers.items())


def is_plain(plan: Plan) -> bool:
    """Whether a plan holds no other: neither shared ones nor subqueries."""
    for node in walk(plan):
        if isinstance(node, Shared):
            return False
        for whole in expressions(node):
            if any(isinstance(part, Subquery) for part in walk_expression(whole)):
                return False
    return True


def bare(table: TableSource) -> TableSource:
    """Return a table without its notes."""
    return table.table if isinstance(table, NotedTable) else table


def with_tables(plan: Plan, change: Callable[[TableSource], TableSource]) -> Plan:
    """Return a plan whose scans read what `change` gives for their tables."""
    if isinstance(plan, Scan):
        table = change(plan.table)
        return plan if table is plan.table else replace(plan, table=table)
    below = inputs(plan)
    parts = [with_tables(part, change) for part in below]
    return with_inputs(plan, parts) if below else plan


def pipelines_with_tables(
    pipelines: Sequence[Pipeline], change: Callable[[TableSource], TableSource]
) -> tuple[Pipeline, ...]:
    """Return pipelines that read what `change` gives for their tables; all else is the same."""
    return tuple([_pipeline_with_tables(pipeline, change) for pipeline in pipelines])


def _pipeline_with_tables(
    pipeline: Pipeline, change: Callable[[TableSource], TableSource]
) -> Pipeline:
    source, sink = pipeline.source, pipeline.sink
    if isinstance(source, ScanRows):
        source = replace(source, table=change(source.table))
    if isinstance(sink, Group) and sink.plan is not None:
        plan = with_tables(sink.plan, change)
        assert isinstance(plan, Aggregate)
        sink = replace(sink, plan=plan)
    if source is pipeline.source and sink is pipeline.sink:
        return pipeline
    return replace(pipeline, source=source, sink=sink)
