"""A subquery for every combination of outer values that there is, where no condition can be pulled
out of it (Neumann and Kemper, Unnesting Arbitrary Queries, BTW 2015).
"""

from __future__ import annotations

from collections.abc import Mapping

from gpudb.errors import NotSupportedError
from gpudb.records import replace
from gpudb.sql.aggregates import COUNTS
from gpudb.sql.bind.context import Environment, call
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.bind.reuse import Reused
from gpudb.sql.expr import (
    AggregateCall,
    Branch,
    Call,
    Case,
    ColumnReference,
    Expression,
    Literal,
    conjunction,
    transform,
)
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Expand,
    Field,
    Filter,
    Item,
    Join,
    JoinKind,
    Limit,
    LimitBy,
    Plan,
    Project,
    Repeat,
    Sort,
    Union,
    Window,
    output_fields,
    with_inputs,
)
from gpudb.sql.plan_expressions import free_ids, map_call, map_expressions
from gpudb.storage import types

Values = Mapping[int, Field]


class Domain:
    """All combinations of the outer values that a plan reads.

    `outer` is the outer query's plan, to be read where the results are joined with it.
    """

    def __init__(self, outer: Plan, ids: frozenset[int], environment: Environment) -> None:
        self.environment = environment
        rows = Reused(outer, "outer rows", environment)
        self.outer = rows.original()
        plan, copied = rows.copy()
        fields = {f.id: f for f in output_fields(plan)}
        self.ids = sorted(ids)
        items = []
        for each in self.ids:
            source = fields[copied[each]]
            made = environment.field(source.name, source.type, nullable=source.nullable)
            items.append(Item(made, reference(source)))
        self.values = Reused(Aggregate(plan, tuple(items), ()), "outer values", environment)

    def fresh(self) -> tuple[Plan, Values]:
        """Return a copy of the values, and its fields by the outer ids."""
        plan, _ = self.values.copy()
        return plan, dict(zip(self.ids, output_fields(plan), strict=True))

    def join(self, plan: Plan) -> tuple[Plan, Values]:
        """Return `plan` for every combination of values, and the fields that hold these."""
        if not free_ids(plan) & frozenset(self.ids):
            values, fields = self.fresh()
            return Join(JoinKind.CROSS, values, plan, ()), fields
        match plan:
            case Join():
                return self._join(plan)
            case Aggregate():
                return self._aggregate(plan)
            case Union():
                return self._union(plan)
            case (
                Filter(input=below)
                | Repeat(input=below)
                | Sort(input=below, with_ties=False)
                | Window(input=below)
                | Expand(input=below)
            ):
                joined, fields = self.join(below)
                return _over_each(plan, joined, fields), fields
            case Project(input=below, items=items):
                joined, fields = self.join(below)
                own = (Item(i.field, over(i.expression, fields)) for i in items)
                return Project(joined, (*own, *_pass(fields))), fields
            case Sort() | Limit(percent=float()):
                message = "WITH TIES or PERCENT in a subquery that reads outer columns"
                raise NotSupportedError(f"{message} is not supported yet")
            case Limit(input=below, count=count, offset=offset):
                joined, fields = self.join(below)
                return LimitBy(joined, _keys(fields), count, offset), fields
            case LimitBy(input=below, keys=ids, count=count, offset=offset):
                joined, fields = self.join(below)
                return LimitBy(joined, (*ids, *_keys(fields)), count, offset), fields
        raise AssertionError(f"no such plan node: {plan!r}")

    def _join(self, plan: Join) -> tuple[Plan, Values]:
        ids = frozenset(self.ids)
        condition = plan.condition
        is_right_free = bool(free_ids(plan.right) & ids)
        is_inner = plan.kind in (JoinKind.INNER, JoinKind.CROSS)
        if is_inner and is_right_free and not free_ids(plan.left) & ids:
            right, fields = self.join(plan.right)
            condition = None if condition is None else over(condition, fields)
            return replace(plan, right=right, condition=condition), fields
        left, fields = self.join(plan.left)
        parts = [] if condition is None else [over(condition, fields)]
        right = plan.right
        if is_right_free:
            right, others = self.join(plan.right)
            parts += [same(reference(fields[i]), reference(others[i])) for i in self.ids]
        kind = JoinKind.INNER if plan.kind is JoinKind.CROSS and parts else plan.kind
        joined = Join(kind, left, right, plan.keys, conjunction(tuple(parts)))
        return joined, fields

    def _aggregate(self, plan: Aggregate) -> tuple[Plan, Values]:
        below, fields = self.join(plan.input)
        groups = tuple(Item(g.field, over(g.expression, fields)) for g in plan.groups)
        calls = tuple(
            AggregateItem(a.field, map_call(a.call, lambda e: over(e, fields)))
            for a in plan.aggregates
        )
        if plan.groups:
            return Aggregate(below, (*groups, *_pass(fields)), calls), fields
        return self._one_row(below, fields, calls)

    def _one_row(
        self, below: Plan, fields: Values, calls: tuple[AggregateItem, ...]
    ) -> tuple[Plan, Values]:
        """An aggregate without groups has a row for every combination of values."""
        inner = tuple(
            AggregateItem(self.environment.field(a.field.name, a.field.type, nullable=True), a.call)
            for a in calls
        )
        grouped = Aggregate(below, _pass(fields), inner)
        values, own = self.fresh()
        parts = tuple(same(reference(own[i]), reference(fields[i])) for i in self.ids)
        joined = Join(JoinKind.LEFT, values, grouped, (), conjunction(parts))
        items = tuple(
            Item(a.field, or_empty(a.call, i.field)) for a, i in zip(calls, inner, strict=True)
        )
        return Project(joined, (*items, *_pass(own))), own

    def _union(self, plan: Union) -> tuple[Plan, Values]:
        parts: list[Plan] = []
        for part in plan.parts:
            joined, fields = self.join(part)
            own = tuple(Item(f, reference(f)) for f in output_fields(part))
            parts.append(Project(joined, (*own, *_pass(fields))))
        made = {
            i: self.environment.field(f.name, f.type, nullable=f.nullable)
            for i, f in zip(self.ids, output_fields(self.values.plan), strict=True)
        }
        return Union(tuple(parts), (*plan.fields, *made.values())), made


def _over_each(plan: Plan, below: Plan, fields: Values) -> Plan:
    """Return a node over all combinations of outer values; windows see one of them each."""
    moved = map_expressions(with_inputs(plan, [below]), lambda e: over(e, fields))
    if not isinstance(moved, Window):
        return moved
    return replace(moved, partition=(*moved.partition, *map(reference, fields.values())))


def _keys(fields: Values) -> tuple[int, ...]:
    return tuple(field.id for field in fields.values())


def _pass(fields: Values) -> tuple[Item, ...]:
    return tuple(Item(f, reference(f)) for f in fields.values())


def over(expression: Expression, fields: Values) -> Expression:
    """Return `expression` with `fields` in the place of the outer ones."""

    def change(node: Expression) -> Expression:
        found = fields.get(node.id) if isinstance(node, ColumnReference) else None
        return node if found is None else replace(reference(found), span=node.span)

    return transform(expression, change)


def same(left: Expression, right: Expression) -> Call:
    """Return: both are equal, or both NULL."""
    if not (left.nullable or right.nullable):
        return call("equal", types.BOOLEAN, left, right)
    return Call(
        function="is_not_distinct_from",
        arguments=(left, right),
        type=types.BOOLEAN,
        nullable=False,
    )


def or_empty(aggregate: AggregateCall, field: Field) -> Expression:
    """Return an aggregate's result out of a LEFT join: what it is over no rows where none came."""
    found = reference(replace(field, nullable=True))
    if aggregate.function not in COUNTS:
        return found
    zero = Literal(type=found.type, nullable=False, value=0)
    return or_else(found, zero)


def or_else(value: Expression, default: Literal) -> Expression:
    """Return `value`, and `default` where it is NULL."""
    is_null = Call(function="is_null", arguments=(value,), type=types.BOOLEAN, nullable=False)
    branches = (Branch(is_null, default),)
    return Case(branches=branches, otherwise=value, type=value.type, nullable=False)
