"""GROUPING SETS, ROLLUP and CUBE: what sets a GROUP BY means, and the plan that groups by each.

Union
  Project a, b, sum            GROUP BY a, b
  Project a, NULL, sum         GROUP BY a
  ...
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

from sqlglot import exp

from gpudb.records import dataclass, replace
from gpudb.sql.bind.aggregates import GROUPING
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.bind.reuse import Reused
from gpudb.sql.expr import AggregateCall, Expression, Literal
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Item,
    Plan,
    Project,
    Union,
)
from gpudb.sql.plan_expressions import map_call, renumbered
from gpudb.storage import types

Nodes = tuple[exp.Expr, ...]
MOST_SETS = 4096


def grouping_sets(nodes: Sequence[exp.Expr], environment: Environment) -> list[Nodes]:
    """Return the sets that a GROUP BY list means: one where it has plain expressions only."""
    elements = [_sets(node) for node in nodes]
    count = 1
    for node, element in zip(nodes, elements, strict=True):
        count *= len(element)
        if count > MOST_SETS:
            raise environment.wrong(f"GROUP BY means more than {MOST_SETS} grouping sets", node)
    return [tuple(n for part in parts for n in part) for parts in product(*elements)]


def _sets(node: exp.Expr) -> list[Nodes]:
    """Return the sets of one element of GROUP BY."""
    match node:
        case exp.Rollup():
            columns = [_members(part) for part in node.expressions]
            prefixes = (columns[:size] for size in range(len(columns), -1, -1))
            return [tuple(n for column in prefix for n in column) for prefix in prefixes]
        case exp.Cube():
            columns = [_members(part) for part in node.expressions]
            sizes = range(len(columns), -1, -1)
            subsets = (subset for size in sizes for subset in combinations(columns, size))
            return [tuple(n for column in subset for n in column) for subset in subsets]
        case exp.GroupingSets():
            return [found for part in node.expressions for found in _sets(part)]
    return [_members(node)]


def _members(node: exp.Expr) -> Nodes:
    if isinstance(node, exp.Tuple):
        return tuple(node.expressions)
    return (node.this,) if isinstance(node, exp.Paren) else (node,)


@dataclass(frozen=True, slots=True)
class Sets:
    """The groups of a query, and the sets of them, by their places, by which it groups."""

    items: tuple[Item, ...]
    sets: tuple[tuple[int, ...], ...]

    @property
    def may_be_empty(self) -> bool:
        """Whether a set is empty: it has one group, even of no rows."""
        return () in self.sets

    def grouped(
        self, plan: Plan, aggregates: Sequence[AggregateItem], environment: Environment
    ) -> Plan:
        """Return `plan` grouped by each set; its fields are those of the items and aggregates."""
        has_grouping = any(a.call.function == GROUPING for a in aggregates)
        if len(self.sets) == 1 and not has_grouping:
            return Aggregate(plan, self.items, tuple(aggregates))
        rows = Reused(plan, "rows to group", environment, may_stream=True)
        parts = tuple(self._part(rows, chosen, aggregates, environment) for chosen in self.sets)
        fields = (*(item.field for item in self.items), *(a.field for a in aggregates))
        return Union(parts, fields)

    def _part(
        self,
        rows: Reused,
        chosen: tuple[int, ...],
        aggregates: Sequence[AggregateItem],
        environment: Environment,
    ) -> Plan:
        plan, ids = rows.copy()

        def over(expression: Expression) -> Expression:
            return renumbered(expression, ids)

        groups = {
            i: _fresh(self.items[i], over(self.items[i].expression), environment) for i in chosen
        }
        calls = {
            a.field.id: AggregateItem(
                replace(a.field, id=next(environment.ids)), map_call(a.call, over)
            )
            for a in aggregates
            if a.call.function != GROUPING
        }
        # An aggregate of nothing by nothing would have no row to tell that it is there.
        listed = tuple(calls.values()) or (() if groups else (_count(environment),))
        grouped = Aggregate(plan, tuple(groups.values()), listed)
        values: list[Expression] = []
        for index, item in enumerate(self.items):
            null = Literal(type=item.field.type, nullable=True, value=None)
            values.append(reference(groups[index].field) if index in groups else null)
        for each in aggregates:
            own = calls.get(each.field.id)
            values.append(self._is_grouped(each, chosen) if own is None else reference(own.field))
        fields = (*(i.field for i in self.items), *(a.field for a in aggregates))
        items = tuple(
            Item(replace(f, id=next(environment.ids)), v)
            for f, v in zip(fields, values, strict=True)
        )
        return Project(grouped, items)

    def _is_grouped(self, aggregate: AggregateItem, chosen: tuple[int, ...]) -> Literal:
        """Return what GROUPING(x) is in a set: 0 where x is in it, else 1."""
        is_in = any(self.items[i].expression == aggregate.call.argument for i in chosen)
        return Literal(type=types.INTEGER, nullable=False, value=0 if is_in else 1)


def _fresh(item: Item, expression: Expression, environment: Environment) -> Item:
    made = environment.field(item.field.name, expression.type, nullable=expression.nullable)
    return Item(made, expression)


def _count(environment: Environment) -> AggregateItem:
    made = environment.field("count(*)", types.BIGINT, nullable=False)
    call = AggregateCall(function="count", argument=None, type=types.BIGINT, nullable=False)
    return AggregateItem(made, call)


def bind_sets(sets: Sequence[Sequence[tuple[Expression, str]]], environment: Environment) -> Sets:
    """Return the groups, each once, under their titles, and the sets of them."""
    expressions: dict[Expression, str] = {}
    for chosen in sets:
        for expression, title in chosen:
            expressions.setdefault(expression, title)
    places = {expression: place for place, expression in enumerate(expressions)}
    by_place = tuple(tuple(dict.fromkeys(places[e] for e, _ in chosen)) for chosen in sets)
    items = []
    for expression, title in expressions.items():
        is_everywhere = all(places[expression] in chosen for chosen in by_place)
        nullable = expression.nullable or not is_everywhere
        items.append(Item(environment.field(title, expression.type, nullable=nullable), expression))
    return Sets(tuple(items), by_place)
