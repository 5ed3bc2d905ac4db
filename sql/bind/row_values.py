"""Rows of several values in comparisons: (a, b) = (1, 2), (a, b) < (c, d), (a, b) IN (...)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from gpudb.errors import ProgrammingError
from gpudb.sql.bind.context import Context
from gpudb.sql.bind.dispatch import bind_expression
from gpudb.sql.bind.operators import compare, connect
from gpudb.sql.expr import Expression

# What decides where the values before are equal: x < y, or x = y and the rest decides.
STRICT = {"less_equal": "less", "greater_equal": "greater"}


def row_nodes(node: exp.Expr) -> list[exp.Expr] | None:
    """Return the values of (a, b) or ROW(a, b); None for another expression."""
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    if isinstance(node, exp.Paren):
        return row_nodes(node.this)
    is_row = isinstance(node, exp.Anonymous) and str(node.this).upper() == "ROW"
    return list(node.expressions) if is_row else None


def bind_rows(function: str, node: exp.Binary, context: Context) -> Expression | None:
    """Bind a comparison of two rows; None where neither side is one."""
    sides = row_nodes(node.this), row_nodes(node.expression)
    if sides == (None, None):
        return None
    left, right = sides
    if left is None or right is None:
        what = "a row of several values compared with other than a row is"
        raise context.environment.later(what, node)
    return _compared(function, left, right, node, context)


def _compared(
    function: str,
    left: Sequence[exp.Expr],
    right: Sequence[exp.Expr],
    node: exp.Expr,
    context: Context,
) -> Expression:
    if len(left) != len(right):
        message = f"a row of {len(left)} values is compared with one of {len(right)}"
        raise context.environment.wrong(message, node)
    first = [bind_expression(value, context) for value in left]
    second = [bind_expression(value, context) for value in right]
    return compare_rows(function, first, second)


def bind_row_list(left: list[exp.Expr], node: exp.In, context: Context) -> Expression:
    """Bind (a, b) IN ((1, 2), (3, 4))."""
    parts = []
    for value in node.expressions:
        right = row_nodes(value)
        if right is None:
            raise context.environment.wrong(f"IN compares rows of {len(left)} values", value)
        parts.append(_compared("equal", left, right, value, context))
    return parts[0] if len(parts) == 1 else connect("or", tuple(parts))


def compare_rows(
    function: str, left: Sequence[Expression], right: Sequence[Expression]
) -> Expression:
    """Bind a comparison of rows: the first pair that is not equal decides, as in PostgreSQL."""
    if not left or len(left) != len(right):
        raise ProgrammingError(f"a row of {len(left)} values is compared with one of {len(right)}")
    pairs = list(zip(left, right, strict=True))
    if len(pairs) == 1:
        return compare(function, *pairs[0])
    if function in ("equal", "is_not_distinct_from"):
        return connect("and", tuple(compare(function, a, b) for a, b in pairs))
    if function in ("not_equal", "is_distinct_from"):
        return connect("or", tuple(compare(function, a, b) for a, b in pairs))
    decided = compare(STRICT.get(function, function), *pairs[0])
    rest = compare_rows(function, left[1:], right[1:])
    return connect("or", (decided, connect("and", (compare("equal", *pairs[0]), rest))))
