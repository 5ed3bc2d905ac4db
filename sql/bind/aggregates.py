"""Aggregates: their types, and how a grouped query's expressions come to read their results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gpudb.errors import ProgrammingError
from gpudb.sql.bind.coerce import cast
from gpudb.sql.bind.context import Environment
from gpudb.sql.expr import (
    AggregateCall,
    ColumnReference,
    Expression,
    children,
    walk,
    with_children,
)
from gpudb.sql.plan import AggregateItem, Item
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType


def _count_type(argument: SqlType) -> SqlType:
    return types.BIGINT


def _sum_type(argument: SqlType) -> SqlType | None:
    if argument.kind is Kind.DECIMAL:
        return types.decimal(types.MAX_DECIMAL_PRECISION, argument.scale)
    if argument.is_integer:
        return types.BIGINT
    if argument.kind is Kind.INTERVAL_TIME:
        return argument
    return types.DOUBLE if argument.is_float else None


def _average_type(argument: SqlType) -> SqlType | None:
    return types.DOUBLE if argument.is_numeric else None


def _extreme_type(argument: SqlType) -> SqlType | None:
    return None if argument.kind is Kind.BOOLEAN else argument


AGGREGATES: dict[str, Callable[[SqlType], SqlType | None]] = {
    "count": _count_type,
    "sum": _sum_type,
    "avg": _average_type,
    "min": _extreme_type,
    "max": _extreme_type,
}


# GROUPING(x) is known of a grouping set, whatever its rows; its call goes the way of aggregates.
GROUPING = "grouping"


def bind_grouping(argument: Expression) -> AggregateCall:
    """Bind GROUPING of one expression: 0 where it is in the grouping set, else 1."""
    return AggregateCall(
        function=GROUPING,
        argument=argument,
        type=types.INTEGER,
        nullable=False,
        span=argument.span,
    )


def bind_aggregate(name: str, argument: Expression | None, *, is_distinct: bool) -> AggregateCall:
    """Bind a call; raises ProgrammingError for a type that the aggregate does not take."""
    if argument is None:
        return AggregateCall(function=name, argument=None, type=types.BIGINT, nullable=False)
    if argument.type.kind is Kind.NULL:
        argument = cast(argument, types.INTEGER)
    result = AGGREGATES[name](argument.type)
    if result is None:
        raise ProgrammingError(f"{name} does not take {argument.type}")
    # DISTINCT changes no least and no greatest value.
    is_distinct = is_distinct and name not in ("min", "max")
    return AggregateCall(
        function=name,
        argument=argument,
        is_distinct=is_distinct,
        type=result,
        nullable=name != "count",
    )


def has_aggregate(expression: Expression) -> bool:
    """Return whether an aggregate stands in `expression`."""
    return any(isinstance(node, AggregateCall) for node in walk(expression))


@dataclass(slots=True)
class Grouping:
    """The groups of a query and the aggregates met so far; `rewrite` adds to the latter.

    `own` are the ids of the query's own fields; those of queries around it need no grouping.
    `may_be_empty` says whether a group may be one of no rows.
    """

    environment: Environment
    groups: tuple[Item, ...]
    own: frozenset[int]
    may_be_empty: bool
    aggregates: list[AggregateItem] = field(default_factory=list)

    def rewrite(self, expression: Expression) -> Expression:
        """Return `expression` over the Aggregate's output.

        Raises ProgrammingError for a column that is neither grouped nor inside an aggregate.
        """
        for group in self.groups:
            if group.expression == expression:
                return _reads(group, expression)
        if isinstance(expression, AggregateCall):
            return self._result(expression)
        if isinstance(expression, ColumnReference) and expression.id in self.own:
            message = (
                f"column {expression.name} is neither in GROUP BY nor inside an aggregate; "
                f"add it to GROUP BY or take min({expression.name})"
            )
            raise self.environment.wrong(message, expression.span)
        return with_children(expression, tuple(self.rewrite(c) for c in children(expression)))

    def _result(self, call: AggregateCall) -> Expression:
        if call.function == GROUPING and not any(
            g.expression == call.argument for g in self.groups
        ):
            message = "GROUPING takes what stands in GROUP BY"
            raise self.environment.wrong(message, call.span)
        if not self.may_be_empty and call.argument is not None and call.nullable:
            # A group has at least one row, so a result is NULL only where arguments are.
            call = replace(call, nullable=call.argument.nullable)
        for item in self.aggregates:
            if item.call == call:
                return _reads(item, call)
        made = self.environment.field(_title(call), call.type, nullable=call.nullable)
        self.aggregates.append(AggregateItem(made, call))
        return _reads(self.aggregates[-1], call)


def _reads(item: Item | AggregateItem, expression: Expression) -> ColumnReference:
    source = item.field
    return ColumnReference(
        id=source.id,
        name=source.name,
        type=source.type,
        nullable=source.nullable,
        span=expression.span,
    )


def _title(call: AggregateCall) -> str:
    argument = call.argument
    inner = argument.name if isinstance(argument, ColumnReference) else "..."
    return f"{call.function}({'*' if argument is None else inner})"
