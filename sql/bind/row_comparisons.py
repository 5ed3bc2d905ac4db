"""Rows in comparisons: (a, b) = (1, 2), (a, b) < (SELECT ...), (a, b) IN (...)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from gpudb.sql.bind.context import Context
from gpudb.sql.bind.dispatch import bind_expression
from gpudb.sql.bind.forms import null_test
from gpudb.sql.bind.operators import connect
from gpudb.sql.bind.row_values import compare_rows, row_nodes
from gpudb.sql.bind.subqueries import bind_row_query
from gpudb.sql.expr import Expression


def bind_rows(function: str, node: exp.Binary, context: Context) -> Expression | None:
    """Bind a comparison of two rows; None where neither side is one."""
    if row_nodes(node.this) is None and row_nodes(node.expression) is None:
        return None
    first, second = (bound_row(side, context) for side in (node.this, node.expression))
    if first is None or second is None:
        what = "a row of several values compared with other than a row is"
        raise context.environment.later(what, node)
    return _compared(function, first, second, node, context)


def bound_row(node: exp.Expr, context: Context) -> list[Expression] | None:
    """Return the values of (a, b), or of the only row of (SELECT a, b ...); None for others."""
    values = row_nodes(node)
    if values is not None:
        return [bind_expression(value, context) for value in values]
    query = node.this if isinstance(node, exp.Paren) else node
    return bind_row_query(query, context) if isinstance(query, exp.Subquery) else None


def _compared(
    function: str,
    left: Sequence[Expression],
    right: Sequence[Expression],
    node: exp.Expr,
    context: Context,
) -> Expression:
    if len(left) != len(right):
        message = f"a row of {len(left)} values is compared with one of {len(right)}"
        raise context.environment.wrong(message, node)
    return compare_rows(function, left, right)


def bind_row_list(left: list[exp.Expr], node: exp.In, context: Context) -> Expression:
    """Bind (a, b) IN ((1, 2), (3, 4))."""
    parts = []
    first = [bind_expression(value, context) for value in left]
    for value in node.expressions:
        right = bound_row(value, context)
        if right is None:
            raise context.environment.wrong(f"IN compares rows of {len(left)} values", value)
        parts.append(_compared("equal", first, right, value, context))
    return parts[0] if len(parts) == 1 else connect("or", tuple(parts))


def bind_row_test(nodes: list[exp.Expr], context: Context, *, is_negated: bool) -> Expression:
    """Bind (a, b) IS [NOT] NULL: whether all are NULL, or none, as in PostgreSQL."""
    test = "is_not_null" if is_negated else "is_null"
    tests = [null_test(test, bind_expression(node, context)) for node in nodes]
    return tests[0] if len(tests) == 1 else connect("and", tuple(tests))
