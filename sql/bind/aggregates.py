"""Aggregates: their names, and how a grouped query's expressions come to read their results."""

from __future__ import annotations

from dataclasses import field

from gpudb.records import dataclass, replace
from gpudb.sql.aggregates import may_be_null
from gpudb.sql.bind.aggregate_forms import PLAIN_FORMS, Form
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.ordered_forms import ORDERED_FORMS
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

AGGREGATES: dict[str, Form] = {**PLAIN_FORMS, **ORDERED_FORMS}


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
            # A group has at least one row, so most results are NULL only where arguments are.
            call = replace(call, nullable=may_be_null(call))
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
