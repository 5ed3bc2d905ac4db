"""Bound expressions: typed, named by field ids, free of sqlglot.

Every node has `type` and `nullable`. Equality ignores places in the text, so that an expression in
SELECT equals the same one in GROUP BY.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any, ClassVar

from gpudb.records import dataclass, replace
from gpudb.sql.user_function import UserFunction
from gpudb.storage.types import BOOLEAN, SqlType


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `begin` to `end` (exclusive) of the statement's text."""

    begin: int
    end: int


class Noted:
    """What was found out about an expression, which rules ask for again and again."""

    NOTED: ClassVar = ("known_field_ids", "is_folded")
    __slots__ = NOTED
    known_field_ids: frozenset[int] | None
    is_folded: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression(Noted):
    """The parent of every bound expression."""

    type: SqlType = field(hash=False)  # equal expressions have equal types anyway
    nullable: bool
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReference(Expression):
    """A column of the input, by the field's id, which is unique over the statement."""

    id: int
    name: str = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Expression):
    """A constant: the physical value (see storage.types), a `str` for TEXT, or None for NULL."""

    value: int | float | bool | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Expression):
    """An operator or a function of gpudb.sql.functions, by its registered name."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCall(Expression):
    """A call of a function that a user made.

    With `is_failure` it stands for what went wrong in the call: a message, NULL for nothing.
    """

    function: UserFunction
    arguments: tuple[Expression, ...]
    is_failure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserResult(Expression):
    """What a user's function gave on the host; raises where `failure` is not NULL."""

    value: Expression
    failure: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast(Expression):
    """CAST(argument AS type), or TRY_CAST, which gives NULL where CAST raises."""

    argument: Expression
    is_try: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """WHEN condition THEN value."""

    condition: Expression
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Expression):
    """CASE WHEN ... THEN ... ELSE otherwise END; all values have the node's type."""

    branches: tuple[Branch, ...]
    otherwise: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class InList(Expression):
    """argument IN (literals of the argument's type, no NULL among them, sorted, distinct)."""

    argument: Expression
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    """An ORDER BY item."""

    expression: Expression
    is_descending: bool
    is_nulls_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateCall(Expression):
    """An aggregate of gpudb.sql.aggregates, by its lower case name.

    `argument` is None for count(*); `others` are the arguments behind it, constants among them;
    `order` is the ORDER BY inside the call, where it matters.
    """

    function: str
    argument: Expression | None
    others: tuple[Expression, ...] = ()
    order: tuple[SortKey, ...] = ()
    is_distinct: bool = False


class FrameUnit(enum.Enum):
    """What a frame's offsets count: rows, values of the ORDER BY item, or groups of equal rows."""

    ROWS = "rows"
    RANGE = "range"
    GROUPS = "groups"


class Exclusion(enum.Enum):
    """Which of a frame's rows EXCLUDE leaves out; TIES are the current row's equals."""

    NOTHING = "no others"
    ROW = "current row"
    GROUP = "group"
    TIES = "ties"


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a frame begins or ends: `direction` -1 is PRECEDING, 0 CURRENT ROW, 1 FOLLOWING.

    `offset` counts rows or groups, or is a distance in physical units of the frame's key;
    `distance` is that where it differs from row to row. `limit` is the key's value at the bound,
    where distances differ in length: months. None of them: UNBOUNDED.
    """

    direction: int
    offset: int | float | None = None
    limit: Expression | None = None
    distance: Expression | None = None

    @property
    def is_unbounded(self) -> bool:
        """Whether the bound is the partition's first or last row."""
        return self.direction != 0 and (self.offset, *self.expressions) == (None,)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """What is evaluated for a row to find the bound."""
        return tuple(e for e in (self.limit, self.distance) if e is not None)

    def over(self, parts: Iterator[Expression]) -> Bound:
        """Return the bound with its expressions replaced by the next ones of `parts`."""
        limit, distance = (None if e is None else next(parts) for e in (self.limit, self.distance))
        return replace(self, limit=limit, distance=distance)


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows that a window function sees from a row; `key` is what RANGE's offsets move."""

    unit: FrameUnit
    begin: Bound
    end: Bound
    exclusion: Exclusion = Exclusion.NOTHING
    key: Expression | None = None

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """What is evaluated for a row to find its frame."""
        key = () if self.key is None else (self.key,)
        return (*key, *self.begin.expressions, *self.end.expressions)

    def over(self, parts: tuple[Expression, ...]) -> Frame:
        """Return the frame with its expressions replaced."""
        rest = iter(parts)
        key = None if self.key is None else next(rest)
        begin = self.begin.over(rest)
        return replace(self, key=key, begin=begin, end=self.end.over(rest))


UNBOUNDED_PRECEDING, CURRENT_ROW, UNBOUNDED_FOLLOWING = Bound(-1), Bound(0), Bound(1)
WHOLE_PARTITION = Frame(FrameUnit.ROWS, UNBOUNDED_PRECEDING, UNBOUNDED_FOLLOWING)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCall(Expression):
    """A window function that is no aggregate (lower case names)."""

    function: str
    arguments: tuple[Expression, ...]
    ignores_nulls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Over(Expression):
    """A call OVER (PARTITION BY ... ORDER BY ...); only while binding, which makes Windows of it.

    The call itself is none of its children: an aggregate in it is none of the query's.
    """

    call: AggregateCall | WindowCall
    partition: tuple[Expression, ...]
    order: tuple[SortKey, ...]
    frame: Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Subquery(Expression):
    """What a subquery says about its `arguments`; only while binding, which makes joins of it.

    `arguments` are what the text compares with the subquery's rows, then the outer query's columns
    that it reads; `number` tells it from all others, `query` is the binder's.
    """

    number: int
    query: object = field(compare=False, repr=False)
    arguments: tuple[Expression, ...]


# Operators are Calls with these names. Comparisons and arithmetic have arguments of one type
# (DECIMALs: of one scale, but for multiply), which the binder brings about by Casts.
ARITHMETIC = ("add", "subtract", "multiply", "divide", "modulo", "negate")
COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
LOGIC = ("and", "or", "not")  # and/or take two or more arguments
NULL_TESTS = ("is_null", "is_not_null", "is_distinct_from", "is_not_distinct_from")

# What is read out of arrays: (value, array) compare the value with each element, and are NULL where
# that is open; the element is cast to the value's type.
QUANTIFIED = {f"any_{function}": function for function in COMPARISONS}
# (array, index), (array), and (array, value): is an element equal, and the place of the first; of
# two arrays: has the first an element, or all elements, of the second.
_SEARCHES = ("has_element", "place_of_element", "has_any", "has_all")
ARRAY_READS = (*QUANTIFIED, "element_at", "element_count", *_SEARCHES)
# What the host makes of whole columns (gpudb.kernels.array_calls). All but the first are NULL where
# an argument is; a NULL behind the others is none.
ARRAY_MAKERS = (
    *("make_array", "join_arrays", "slice_array", "join_elements", "split_elements"),
    *("split_tokens", "sort_elements", "reverse_elements", "distinct_elements", "remove_element"),
    *("least_element", "greatest_element", "mean_elements"),
)
# Those that may fail.
HOST_ARRAYS = (
    *ARRAY_MAKERS,
    *("try_cast_array", "cast_array", "split_expression", "sum_elements", "multiply_elements"),
)


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct operands of `expression`, in order."""
    find = CHILDREN_OF.get(type(expression))
    return () if find is None else find(expression)


def _arguments(expression: Any) -> tuple[Expression, ...]:
    return expression.arguments  # type: ignore[no-any-return]


def _aggregated(call: AggregateCall) -> tuple[Expression, ...]:
    first = () if call.argument is None else (call.argument,)
    return (*first, *call.others, *(key.expression for key in call.order))


def _windowed(over: Over) -> tuple[Expression, ...]:
    keys = (key.expression for key in over.order)
    return (*children(over.call), *over.partition, *keys, *over.frame.expressions)


def _in_case(case: Case) -> tuple[Expression, ...]:
    return (*(part for b in case.branches for part in (b.condition, b.value)), case.otherwise)


# Kinds that are not listed have none. (A table is a third of the time of matching patterns.)
CHILDREN_OF: dict[type[Expression], Callable[[Any], tuple[Expression, ...]]] = {
    **dict.fromkeys((Call, Subquery, WindowCall, UserCall), _arguments),
    **dict.fromkeys((Cast, InList), lambda expression: (expression.argument,)),
    UserResult: lambda result: (result.value, result.failure),
    Case: _in_case,
    AggregateCall: _aggregated,
    Over: _windowed,
}


def with_children(expression: Expression, parts: tuple[Expression, ...]) -> Expression:
    """Return `expression` with its operands replaced; itself where none changed."""
    if all(new is old for new, old in zip(parts, children(expression), strict=True)):
        return expression
    match expression:
        case Call() | Subquery() | WindowCall() | UserCall():
            return replace(expression, arguments=parts)
        case UserResult():
            return replace(expression, value=parts[0], failure=parts[1])
        case Over():
            return _with_over_children(expression, parts)
        case Cast() | InList():
            return replace(expression, argument=parts[0])
        case AggregateCall():
            return _with_arguments(expression, parts)
        case Case():
            branches = tuple(Branch(parts[i], parts[i + 1]) for i in range(0, len(parts) - 1, 2))
            return replace(expression, branches=branches, otherwise=parts[-1])
    return expression


def _with_arguments(call: AggregateCall, parts: tuple[Expression, ...]) -> AggregateCall:
    argument, rest = (None, parts) if call.argument is None else (parts[0], parts[1:])
    others, keys = rest[: len(call.others)], rest[len(call.others) :]
    pairs = zip(call.order, keys, strict=True)
    order = tuple(replace(key, expression=expression) for key, expression in pairs)
    return replace(call, argument=argument, others=others, order=order)


def _with_over_children(over: Over, parts: tuple[Expression, ...]) -> Over:
    rest = iter(parts)
    call = with_children(over.call, tuple(next(rest) for _ in children(over.call)))
    assert isinstance(call, AggregateCall | WindowCall)
    partition = tuple(next(rest) for _ in over.partition)
    order = tuple(replace(key, expression=next(rest)) for key in over.order)
    return replace(
        over, call=call, partition=partition, order=order, frame=over.frame.over(tuple(rest))
    )


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield `expression` and everything below it, parents first."""
    pending = [expression]
    while pending:
        node = pending.pop()
        yield node
        below = children(node)
        if below:
            pending.extend(reversed(below))


def transform(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """Rebuild `expression` from the leaves up, passing every node through `change`."""
    operands = children(expression)
    if not operands:
        return change(expression)
    parts = tuple([transform(child, change) for child in operands])
    return change(with_children(expression, parts))


def field_ids(expression: Expression) -> frozenset[int]:
    """Return the ids of the fields that `expression` reads."""
    known = expression.known_field_ids
    if known is None:
        known = frozenset([n.id for n in walk(expression) if isinstance(n, ColumnReference)])
        object.__setattr__(expression, "known_field_ids", known)
    return known


def split_conjunction(predicate: Expression | None) -> tuple[Expression, ...]:
    """Return the conjuncts of `predicate`; none for None."""
    if predicate is None:
        return ()
    if isinstance(predicate, Call) and predicate.function == "and":
        return tuple(part for a in predicate.arguments for part in split_conjunction(a))
    return (predicate,)


def conjunction(parts: tuple[Expression, ...]) -> Expression | None:
    """Return `parts` joined by AND; None for none."""
    if len(parts) <= 1:
        return parts[0] if parts else None
    nullable = any(p.nullable for p in parts)
    return Call(function="and", arguments=parts, type=BOOLEAN, nullable=nullable)
