"""UNION, INTERSECT and EXCEPT -> plans.

UNION ALL         Union(left, right)
UNION             Aggregate by all columns over it
INTERSECT [ALL]   each row counted by the side that it comes from, NULLs alike:
EXCEPT [ALL]      Filter (or Repeat, by the least count or the difference)
                    Aggregate by all columns, sum(in_left), sum(in_right)
                      Union(left with tags 1 and 0, right with tags 0 and 1)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from gpudb.errors import Error
from gpudb.sql.bind.coerce import cast, unify
from gpudb.sql.bind.context import Environment, Relation, call, refuse_extras, refuse_rounds
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.bind.operators import compare, connect
from gpudb.sql.expr import AggregateCall, Branch, Case, Expression, Literal
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Filter,
    Item,
    Plan,
    Project,
    Repeat,
    Union,
    output_fields,
)
from gpudb.storage import types

if TYPE_CHECKING:
    from gpudb.sql.bind.tables import Surroundings

SET_PARTS = frozenset({"this", "expression", "distinct", "order", "limit", "offset", "with_"})
NAMES: dict[type[exp.Expr], str] = {
    exp.Union: "UNION",
    exp.Intersect: "INTERSECT",
    exp.Except: "EXCEPT",
}


def bind_set_operation(node: exp.SetOperation, surroundings: Surroundings) -> Relation:
    """Bind what stands before ORDER BY and LIMIT; the first query names the columns."""
    chain = _chain(node, surroundings.environment)
    relation = surroundings.bind_query(chain[0].this, surroundings)
    index = 0
    while index < len(chain):
        end = index + 1
        while isinstance(node, exp.Union) and end < len(chain) and _are_one(chain[index : end + 1]):
            end += 1
        relation = _combine(relation, chain[index:end], surroundings)
        index = end
    return relation


def _chain(node: exp.SetOperation, environment: Environment) -> list[exp.SetOperation]:
    """Return the operations from the innermost on the left to `node`, as far as nothing parts them.

    A list, since a script may join thousands of SELECTs by UNION ALL.
    """
    chain = [node]
    while isinstance(chain[-1].this, exp.SetOperation):
        chain.append(chain[-1].this)
    for each in chain:
        refuse_extras(each, SET_PARTS, environment)
    return chain[::-1]


def _are_one(nodes: Sequence[exp.SetOperation]) -> bool:
    """Whether UNIONs are all with or all without ALL: then all parts can be joined at once."""
    kinds = {(type(node), bool(node.args.get("distinct"))) for node in nodes}
    return len(kinds) == 1 and isinstance(nodes[0], exp.Union)


def _combine(
    first: Relation, nodes: Sequence[exp.SetOperation], surroundings: Surroundings
) -> Relation:
    """Return the first query with the right sides of `nodes`, which are one operation."""
    environment, operation = surroundings.environment, NAMES[type(nodes[0])]
    relations = [first]
    for node in nodes:
        right = surroundings.bind_query(node.expression, surroundings)
        if len(right.names) != len(first.names):
            columns = f"the first query has {len(first.names)} columns"
            message = f"{operation}: {columns}, this one {len(right.names)}"
            raise environment.wrong(message, node.expression)
        if not isinstance(node, exp.Union):
            for relation in (first, right):
                refuse_rounds(relation.plan, operation, node.expression, environment)
        relations.append(right)
    try:
        parts = unified([r.plan for r in relations], first.names, operation, environment)
    except Error as error:
        raise environment.place(error, nodes[0].expression) from None
    is_distinct = bool(nodes[0].args.get("distinct"))
    if isinstance(nodes[0], exp.Union):
        plan = union_all(parts, environment)
        return Relation(distinct(plan) if is_distinct else plan, first.names)
    plan = _counted(parts, operation, environment, is_distinct=is_distinct)
    return Relation(plan, first.names)


def unified(
    parts: Sequence[Plan], names: Sequence[str], operation: str, environment: Environment
) -> list[Plan]:
    """Return the parts with columns of the same types, place by place."""
    columns = [outputs(part) for part in parts]
    typed: list[tuple[Expression, ...]] = []
    for place, name in enumerate(names):
        typed.append(unify([c[place] for c in columns], f"column {name} of {operation}"))
    found: list[Plan] = []
    for index, part in enumerate(parts):
        values = [column[index] for column in typed]
        fields = output_fields(part)
        if all(v.type == f.type for v, f in zip(values, fields, strict=True)):
            found.append(part)
            continue
        items = tuple(
            Item(environment.field(f.name, v.type, nullable=v.nullable), v)
            for v, f in zip(values, fields, strict=True)
        )
        found.append(Project(part, items))
    return found


def outputs(plan: Plan) -> tuple[Expression, ...]:
    """Return references to the columns, or the literals that they hold, which adapt their types."""
    if not isinstance(plan, Project):
        return tuple(reference(field) for field in output_fields(plan))
    return tuple(
        item.expression if isinstance(item.expression, Literal) else reference(item.field)
        for item in plan.items
    )


def union_all(parts: Sequence[Plan], environment: Environment) -> Plan:
    """Return the rows of all parts, whose columns have the same types, under new fields."""
    columns = zip(*(output_fields(part) for part in parts), strict=True)
    fields = tuple(
        environment.field(c[0].name, c[0].type, nullable=any(f.nullable for f in c))
        for c in columns
    )
    return Union(tuple(parts), fields)


def distinct(plan: Plan) -> Aggregate:
    """Return each row once; the fields keep their ids."""
    return Aggregate(plan, tuple(Item(f, reference(f)) for f in output_fields(plan)), ())


def _counted(
    parts: Sequence[Plan], operation: str, environment: Environment, *, is_distinct: bool
) -> Plan:
    """Return the rows that INTERSECT or EXCEPT leaves of two parts."""
    tagged = union_all([_tagged(part, i, environment) for i, part in enumerate(parts)], environment)
    *columns, in_left, in_right = output_fields(tagged)
    aggregates = tuple(_sum(tag, environment) for tag in (reference(in_left), reference(in_right)))
    groups = tuple(Item(f, reference(f)) for f in columns)
    plan: Plan = Aggregate(tagged, groups, aggregates)
    left, right = (reference(a.field) for a in aggregates)
    if is_distinct:
        is_there = compare("greater", left, _number(0))
        wanted = "greater" if operation == "INTERSECT" else "equal"
        plan = Filter(plan, connect("and", (is_there, compare(wanted, right, _number(0)))))
    else:
        times = _least(left, right)
        if operation == "EXCEPT":
            times = call("subtract", types.BIGINT, left, right)
        made = environment.field("times", types.BIGINT, nullable=False)
        plan = Repeat(Project(plan, (*groups, Item(made, times))), made.id)
    return Project(plan, groups)


def _tagged(part: Plan, side: int, environment: Environment) -> Plan:
    items = [Item(f, reference(f)) for f in output_fields(part)]
    for name, value in (("in_left", 1 - side), ("in_right", side)):
        made = environment.field(name, types.INTEGER, nullable=False)
        items.append(Item(made, Literal(type=types.INTEGER, nullable=False, value=value)))
    return Project(part, tuple(items))


def _sum(tag: Expression, environment: Environment) -> AggregateItem:
    total = AggregateCall(function="sum", argument=tag, type=types.BIGINT, nullable=False)
    return AggregateItem(environment.field("sum", types.BIGINT, nullable=False), total)


def _least(left: Expression, right: Expression) -> Expression:
    branches = (Branch(compare("less", left, right), left),)
    return Case(branches=branches, otherwise=right, type=types.BIGINT, nullable=False)


def _number(value: int) -> Literal:
    return cast(Literal(type=types.INTEGER, nullable=False, value=value), types.BIGINT)  # type: ignore[return-value]
