"""How a node of sqlglot's tree is bound: by the function registered for its kind."""

from __future__ import annotations

from functools import singledispatch

from sqlglot import exp

from gpudb.errors import Error
from gpudb.sql.bind.context import Context, placed
from gpudb.sql.bind.operators import condition
from gpudb.sql.expr import ColumnReference, Expression
from gpudb.sql.plan import Field


def bind_expression(node: exp.Expr, context: Context) -> Expression:
    """Bind `node` in a clause; errors and bound expressions get their places in the text."""
    environment = context.environment
    try:
        bound = bind_node(node, context)
    except Error as error:
        raise environment.place(error, node) from None
    return placed(bound, environment.span(node))


def bind_condition(node: exp.Expr, context: Context) -> Expression:
    """Bind a node that must be a BOOLEAN, such as WHERE's."""
    bound = bind_expression(node, context)
    try:
        return condition(bound, context.clause)
    except Error as error:
        raise context.environment.place(error, node) from None


@singledispatch
def bind_node(node: exp.Expr, context: Context) -> Expression:
    """Bind one kind of node; raises NotSupportedError for a kind that is not registered."""
    name = UNSUPPORTED.get(type(node), type(node).__name__)
    raise context.environment.later(f"{name} is", node)


UNSUPPORTED: dict[type[exp.Expr], str] = {
    exp.SetOperation: "a set operation without parentheses in an expression",
    exp.Any: "ANY",
    exp.All: "ALL",
    exp.IgnoreNulls: "IGNORE NULLS without OVER",
    exp.RespectNulls: "RESPECT NULLS without OVER",
    exp.Bracket: "an array",
    exp.Array: "an array",
    exp.Tuple: "a row of several values",
    exp.Concat: "joining texts without ||",
}


def reference(field: Field) -> ColumnReference:
    """Return an expression that reads `field`."""
    return ColumnReference(id=field.id, name=field.name, type=field.type, nullable=field.nullable)
