"""Rows of several values, (a, b) or ROW(a, b), and how two of them compare."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from gpudb.errors import ProgrammingError
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
