"""Logical plans: frozen nodes, rebuilt by rules.

Fields have ids that are unique over a statement.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, Protocol

from gpudb.records import dataclass, replace
from gpudb.sql.expr import AggregateCall, Expression, Frame, Literal, SortKey, Span, WindowCall
from gpudb.storage.statistics import Statistics
from gpudb.storage.types import SqlType


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a node's output."""

    id: int
    name: str
    type: SqlType
    nullable: bool


class TableSource(Protocol):
    """What planning needs of a table: a stored one's snapshot, or a file about to be read."""

    @property
    def name(self) -> str:
        """What messages call the table."""
        ...

    @property
    def row_count(self) -> int:
        """The number of rows, or an estimate of it."""
        ...

    def statistics(self, column: str) -> Statistics | None:
        """Return what is known of a column's values, or None."""
        ...


class Plan:
    """The parent of every logical node."""

    # What `output_fields` and plan_expressions.kinds have found: rules ask for it again and again.
    NOTED: ClassVar = ("known_fields", "known_kinds")
    __slots__ = NOTED

    known_fields: tuple[Field, ...] | None
    known_kinds: frozenset[type[Plan]] | None


@dataclass(frozen=True, slots=True)
class Scan(Plan):
    """Rows of a table: `columns` are the table's names for `fields`, one each.

    `zone_filters` are conjuncts that also stand in a Filter above; they let chunks and zones be
    skipped and never replace that filter.
    """

    table: TableSource
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    zone_filters: tuple[ZoneFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class ZoneFilter:
    """Only rows with minimum <= column <= maximum can pass (physical values; None: unbounded)."""

    column: str
    minimum: int | float | None
    maximum: int | float | None


@dataclass(frozen=True, slots=True)
class Values(Plan):
    """Constant rows; one row of no fields for a SELECT without FROM."""

    fields: tuple[Field, ...]
    rows: tuple[tuple[Literal, ...], ...]


@dataclass(frozen=True, slots=True)
class Filter(Plan):
    """Rows for which `predicate` is TRUE."""

    input: Plan
    predicate: Expression


@dataclass(frozen=True, slots=True)
class Item:
    """An expression and the field that holds it."""

    field: Field
    expression: Expression


@dataclass(frozen=True, slots=True)
class Project(Plan):
    """The items, and nothing else of the input."""

    input: Plan
    items: tuple[Item, ...]


class JoinKind(enum.Enum):
    """How rows without a partner are treated; SEMI and ANTI output the left fields only."""

    INNER = "inner"
    LEFT = "left"
    SEMI = "semi"
    ANTI = "anti"
    CROSS = "cross"


@dataclass(frozen=True, slots=True)
class JoinKey:
    """left = right, both of one type."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Join(Plan):
    """left JOIN right ON all keys equal AND condition; after planning `right` is the build side."""

    kind: JoinKind
    left: Plan
    right: Plan
    keys: tuple[JoinKey, ...]
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class AggregateItem:
    """An aggregate and the field that holds it."""

    field: Field
    call: AggregateCall


@dataclass(frozen=True, slots=True)
class Aggregate(Plan):
    """One row for each distinct tuple of `groups`; exactly one row where there are no groups.

    SELECT DISTINCT is an Aggregate without aggregates.
    """

    input: Plan
    groups: tuple[Item, ...]
    aggregates: tuple[AggregateItem, ...]


@dataclass(frozen=True, slots=True)
class Sort(Plan):
    """Rows in order; with `limit`, the first `limit` of them only, and, `with_ties`, those that
    are equal to the last of these."""

    input: Plan
    keys: tuple[SortKey, ...]
    limit: int | None = None
    with_ties: bool = False


@dataclass(frozen=True, slots=True)
class Limit(Plan):
    """Rows `offset` to `offset + count`; None for no end; `percent` of all rows are a count too."""

    input: Plan
    count: int | None
    offset: int = 0
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class Union(Plan):
    """The rows of all parts, one after the other: UNION ALL; columns meet by their places."""

    parts: tuple[Plan, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Repeat(Plan):
    """Each row as often as its field `times` says, which is not NULL; none where it is negative."""

    input: Plan
    times: int


@dataclass(frozen=True, slots=True)
class Expand(Plan):
    """Each row with every value that a table function gives for it, and the value's number from 1.

    `function` is a name of gpudb.kernels.expand; a NULL argument gives no value. `fields` are the
    value, of UNNEST one for each argument, and, if there is one more, its number. `is_outer` keeps
    rows without a value, with NULLs.
    """

    input: Plan
    function: str
    arguments: tuple[Expression, ...]
    fields: tuple[Field, ...]
    is_outer: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class LimitBy(Plan):
    """Rows `offset` to `offset + count` of those that agree in the fields `keys`; None: no end."""

    input: Plan
    keys: tuple[int, ...]
    count: int | None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class WindowItem:
    """A window function, its frame, and the field that holds it."""

    field: Field
    call: AggregateCall | WindowCall
    frame: Frame


@dataclass(frozen=True, slots=True)
class Window(Plan):
    """The input's rows with the items besides, which see the rows of one partition in order."""

    input: Plan
    partition: tuple[Expression, ...]
    order: tuple[SortKey, ...]
    items: tuple[WindowItem, ...]


def window_order(
    partition: tuple[Expression, ...], order: tuple[SortKey, ...]
) -> tuple[SortKey, ...]:
    """Return the order in which a window function sees rows, partition after partition."""
    return (*(SortKey(key, False, False) for key in partition), *order)


def has_window_order(
    given: tuple[SortKey, ...], partition: tuple[Expression, ...], order: tuple[SortKey, ...]
) -> bool:
    """Whether rows in the order `given` lie together by partition, and in `order` within it."""
    size = len(partition)
    together = {key.expression for key in given[:size]}
    return together == set(partition) and given[size : size + len(order)] == order


@dataclass(frozen=True, slots=True)
class Iterate(Plan):
    """WITH RECURSIVE: the rows of `seed`, and again and again those of `step`, until it has none.

    In `step`, LastRound of the same `number` stands for the rows that the round before added, under
    fields of its own; columns meet by their places. With `is_distinct`, a round adds no row that is
    there already. More than `limit` rows need not come.
    """

    seed: Plan
    step: Plan
    fields: tuple[Field, ...]
    number: int
    name: str
    is_distinct: bool
    limit: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class LastRound(Plan):
    """The rows that the last round of the Iterate `number` added."""

    number: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Shared(Plan):
    """A reference to a CTE, whose rows are computed once for all references of one `number`.

    `columns` are the fields of `definition`, the CTE's plan, that `fields` stand for. The
    definition is no input: it is a plan of its own, without outer fields. `is_kept` is what
    [NOT] MATERIALIZED asks for, None where nothing does.
    """

    number: int
    name: str
    fields: tuple[Field, ...]
    columns: tuple[int, ...]
    definition: Plan
    is_kept: bool | None = None


def output_fields(plan: Plan) -> tuple[Field, ...]:
    """Return the fields of `plan`'s rows, in order."""
    known = plan.known_fields
    if known is None:
        known = _output_fields(plan)
        object.__setattr__(plan, "known_fields", known)
    return known


def _output_fields(plan: Plan) -> tuple[Field, ...]:
    match plan:
        case (
            Scan(fields=fields)
            | Values(fields=fields)
            | Union(fields=fields)
            | Iterate(fields=fields)
            | LastRound(fields=fields)
            | Shared(fields=fields)
        ):
            return fields
        case Project(items=items):
            return tuple(item.field for item in items)
        case Aggregate(groups=groups, aggregates=aggregates):
            return (*(g.field for g in groups), *(a.field for a in aggregates))
        case Join(kind=JoinKind.SEMI | JoinKind.ANTI, left=left):
            return output_fields(left)
        case Window(input=below, items=window_items):
            return (*output_fields(below), *(item.field for item in window_items))
        case Join(kind=JoinKind.LEFT, left=left, right=right):
            return (
                *output_fields(left),
                *(f if f.nullable else replace(f, nullable=True) for f in output_fields(right)),
            )
        case Join(left=left, right=right):
            return (*output_fields(left), *output_fields(right))
        case Expand(input=below, fields=fields):
            return (*output_fields(below), *fields)
        case (
            Filter(input=below)
            | Sort(input=below)
            | Limit(input=below)
            | LimitBy(input=below)
            | Repeat(input=below)
        ):
            return output_fields(below)
    raise AssertionError(f"no such plan node: {plan!r}")


def inputs(plan: Plan) -> tuple[Plan, ...]:
    """Return the direct inputs of `plan`."""
    find = INPUTS_OF.get(type(plan))
    return () if find is None else find(plan)


def _only_input(plan: Any) -> tuple[Plan, ...]:
    return (plan.input,)


# Kinds that are not listed are leaves. (A table is a third of the time of matching patterns.)
INPUTS_OF: dict[type[Plan], Callable[[Any], tuple[Plan, ...]]] = {
    Join: lambda plan: (plan.left, plan.right),
    Union: lambda plan: plan.parts,
    Iterate: lambda plan: (plan.seed, plan.step),
    **dict.fromkeys(
        (Filter, Project, Aggregate, Sort, Limit, LimitBy, Repeat, Window, Expand), _only_input
    ),
}


def with_inputs(plan: Plan, parts: Sequence[Plan]) -> Plan:
    """Return `plan` with its inputs replaced; itself where none changed."""
    if all(new is old for new, old in zip(parts, inputs(plan), strict=True)):
        return plan
    if isinstance(plan, Join):
        return replace(plan, left=parts[0], right=parts[1])
    if isinstance(plan, Union):
        return replace(plan, parts=tuple(parts))
    if isinstance(plan, Iterate):
        return replace(plan, seed=parts[0], step=parts[1])
    assert isinstance(
        plan, Filter | Project | Aggregate | Sort | Limit | LimitBy | Repeat | Window | Expand
    )
    return replace(plan, input=parts[0])


def walk(plan: Plan) -> Iterator[Plan]:
    """Yield `plan` and everything below it, parents first."""
    pending = [plan]
    while pending:
        node = pending.pop()
        yield node
        below = inputs(node)
        if below:
            pending.extend(reversed(below))
