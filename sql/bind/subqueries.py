"""Subqueries in expressions: scalar ones, EXISTS, IN, and comparisons with ANY, SOME and ALL.

Bound, each is an expr.Subquery, which sql/bind/attach.py makes a join of.
"""

from __future__ import annotations

from sqlglot import exp

from gpudb.errors import ProgrammingError
from gpudb.records import dataclass, replace
from gpudb.sql.bind.context import Context, call
from gpudb.sql.bind.dispatch import bind_expression, bind_node, reference
from gpudb.sql.bind.operators import compare
from gpudb.sql.bind.row_values import row_nodes
from gpudb.sql.expr import ColumnReference, Expression, Subquery, walk
from gpudb.sql.plan import Plan, output_fields
from gpudb.sql.plan import walk as walk_plan
from gpudb.sql.plan_expressions import expressions, free_ids
from gpudb.storage import types
from gpudb.storage.types import SqlType

SCALAR, EXISTS, ROW_IN = "scalar", "exists", "equal"
COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "equal",
    exp.NEQ: "not_equal",
    exp.LT: "less",
    exp.LTE: "less_equal",
    exp.GT: "greater",
    exp.GTE: "greater_equal",
}
# x < ALL (q) is NOT (x >= ANY (q)).
OPPOSITES = {
    "equal": "not_equal",
    "not_equal": "equal",
    "less": "greater_equal",
    "less_equal": "greater",
    "greater": "less_equal",
    "greater_equal": "less",
}


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """A subquery's plan, and what is asked of its rows: SCALAR, EXISTS, or a comparison's name.

    `values` are what is compared with the node's first arguments; its further arguments are the
    outer query's fields `outer`, which the plan reads.
    """

    plan: Plan
    test: str
    values: tuple[Expression, ...]
    outer: tuple[int, ...]
    # Which column of the only row is asked for.
    place: int = 0


@bind_node.register(exp.Subquery)
@bind_node.register(exp.Select)
def _(node: exp.Expr, context: Context) -> Expression:
    plan = _plan(node, context)
    fields = output_fields(plan)
    if len(fields) != 1:
        message = f"a subquery used as an expression has one column, not {len(fields)}"
        raise context.environment.wrong(message, node)
    return _node(plan, SCALAR, (), (), fields[0].type, context, nullable=True)


def bind_row_query(node: exp.Expr, context: Context) -> list[Expression]:
    """Return the columns of a subquery's only row: all of them NULL where it has none."""
    plan, span = _plan(node, context), context.environment.span(node)
    found = [
        _node(plan, SCALAR, (), (), each.type, context, nullable=True, place=place)
        for place, each in enumerate(output_fields(plan))
    ]
    return [replace(value, span=span) for value in found]


@bind_node.register
def _(node: exp.Exists, context: Context) -> Expression:
    plan = _plan(node.this, context)
    return _node(plan, EXISTS, (), (), types.BOOLEAN, context, nullable=False)


def bind_in(node: exp.In, context: Context) -> Expression:
    """Bind x IN (SELECT ...), or (x, y) IN (SELECT ...)."""
    operands = row_nodes(node.this) or [node.this]
    bound = [bind_expression(operand, context) for operand in operands]
    query = node.args.get("query") or node.expressions[0]
    return _any("equal", bound, query, context)


def bind_quantified(node: exp.Binary, context: Context) -> Expression | None:
    """Bind a comparison whose right side is ANY (SELECT ...) or ALL (...); None for another."""
    if not isinstance(node.expression, exp.Any | exp.All) or type(node) not in COMPARISONS:
        return None
    query = node.expression.this
    if isinstance(query, exp.Paren):
        query = query.this
    if not isinstance(query, exp.Query | exp.Subquery):
        return None
    function = COMPARISONS[type(node)]
    operands = [bind_expression(n, context) for n in row_nodes(node.this) or [node.this]]
    if isinstance(node.expression, exp.Any):
        return _any(function, operands, query, context)
    found = _any(OPPOSITES[function], operands, query, context)
    return call("not", types.BOOLEAN, found)


def _any(
    function: str, operands: list[Expression], query: exp.Expr, context: Context
) -> Expression:
    """Return whether a comparison holds for any row: NULL where it is NULL at best."""
    plan = _plan(query, context)
    fields = output_fields(plan)
    if len(fields) != len(operands):
        message = f"the subquery has {len(fields)} columns, {len(operands)} are compared with it"
        raise ProgrammingError(message)
    pairs = zip(operands, fields, strict=True)
    compared = [compare(function, left, reference(right)).arguments for left, right in pairs]
    left, right = tuple(c[0] for c in compared), tuple(c[1] for c in compared)
    nullable = any(e.nullable for e in (*left, *right))
    return _node(plan, function, left, right, types.BOOLEAN, context, nullable=nullable)


def _plan(node: exp.Expr, context: Context) -> Plan:
    if context.query is None:
        raise context.environment.later(f"a subquery in {context.clause} is", node)
    return context.query(node, context.scope).plan


def _node(
    plan: Plan,
    test: str,
    operands: tuple[Expression, ...],
    values: tuple[Expression, ...],
    of: SqlType,
    context: Context,
    *,
    nullable: bool,
    place: int = 0,
) -> Subquery:
    outer = outer_references(plan)
    return Subquery(
        number=next(context.environment.ids),
        query=BoundQuery(plan, test, values, tuple(outer), place),
        arguments=(*operands, *outer.values()),
        type=of,
        nullable=nullable,
    )


def outer_references(plan: Plan) -> dict[int, Expression]:
    """Return references to the outer fields that `plan` reads, by their ids."""
    free = free_ids(plan)
    if not free:
        return {}
    parts = (p for node in walk_plan(plan) for e in expressions(node) for p in walk(e))
    outer = (p for p in parts if isinstance(p, ColumnReference) and p.id in free)
    return {part.id: part for part in outer}
