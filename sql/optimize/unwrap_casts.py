"""Comparisons of a cast column with a literal, moved onto the column's own type.

CAST(day AS TIMESTAMP) < '1995-03-15 12:00:00' becomes day < '1995-03-16': the zones of `day` can
be skipped, and the kernel does not widen. A cast that multiplies physical values by a whole number
is undone exactly by rounding the literal to the side that the operator needs.
"""

from __future__ import annotations

import math

from gpudb.records import replace
from gpudb.sql.expr import Call, Cast, Expression, InList, Literal
from gpudb.sql.optimize.rewrite import FALSE, TRUE, UNKNOWN, call, find_factor, is_widening
from gpudb.sql.varied import ask, derived, is_null
from gpudb.storage.types import Kind, SqlType

Bound = tuple[str, int]  # a comparison's name and the physical value to compare with


def unwrap_comparison(comparison: Call) -> Expression:
    """Return `CAST(x) op literal` as `x op literal` where that is exact, else `comparison`."""
    cast, literal = comparison.arguments
    if not isinstance(cast, Cast) or not isinstance(literal, Literal):
        return comparison
    if cast.is_try or is_null(literal) or literal.type.is_text or not _is_exact(cast):
        return comparison
    source, factor = cast.argument.type, _factor(cast.argument.type, cast.type)

    def found(literal: Literal) -> Bound | bool | None:
        return _find_within(comparison.function, literal, factor, source)

    def function(literal: Literal) -> str | bool | None:
        bound = found(literal)
        return bound[0] if isinstance(bound, tuple) else bound

    def bound_literal(literal: Literal) -> Literal | None:
        bound = found(literal)
        value = bound[1] if isinstance(bound, tuple) else None
        return None if value is None else Literal(type=source, nullable=False, value=value)

    name = ask(function, literal)
    if name is None:
        return comparison
    if isinstance(name, bool):
        return _always(name, cast.argument)
    of_column = derived(bound_literal, literal)
    assert of_column is not None
    return call(name, cast.argument, of_column)


def unwrap_in_list(in_list: InList) -> Expression:
    """Return `CAST(x) IN (...)` as `x IN (...)`; values that x cannot have are left out."""
    cast = in_list.argument
    if not isinstance(cast, Cast) or cast.is_try or not _is_exact(cast) or cast.type.is_text:
        return in_list
    source, limits = cast.argument.type, cast.argument.type.value_range
    factor = _factor(source, cast.type)
    kept = []
    for literal in in_list.values:
        assert isinstance(literal.value, int | float)
        quotient = literal.value // factor
        if quotient * factor == literal.value and limits and limits[0] <= quotient <= limits[1]:
            kept.append(Literal(type=source, nullable=False, value=int(quotient)))
    if not kept:
        return _always(False, cast.argument)
    return replace(in_list, argument=cast.argument, values=tuple(kept))


def _is_exact(cast: Cast) -> bool:
    """Whether the cast multiplies by a whole number and cannot fail for a value of the column."""
    source, target = cast.argument.type, cast.type
    if target.kind is Kind.DOUBLE:
        return source.kind in (Kind.TINYINT, Kind.SMALLINT, Kind.INTEGER)
    if find_factor(source, target) is None:
        return False
    # What overflows a finer timestamp lies 290,000 years away: no error is missed.
    return source.is_temporal or is_widening(source, target)


def _factor(source: SqlType, target: SqlType) -> int:
    return find_factor(source, target) or 1


def _find_bound(function: str, value: int | float, factor: int) -> Bound | bool:
    """Return the comparison of x that holds exactly when `x * factor function value`."""
    if isinstance(value, float):
        floor, is_whole = math.floor(value), value.is_integer()
    else:
        floor, is_whole = value // factor, value % factor == 0
    ceiling = floor if is_whole else floor + 1
    match function:
        case "equal" | "not_equal":
            return (function, floor) if is_whole else function == "not_equal"
        case "less" | "greater_equal":
            return function, ceiling
    return function, floor


def _find_within(function: str, literal: Literal, factor: int, of: SqlType) -> Bound | bool | None:
    """Return what `x * factor function literal` is as a comparison of x, or always; None: neither.

    `of` is the type of x.
    """
    value = literal.value
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    bound = _find_bound(function, value, factor)
    if isinstance(bound, bool):
        return bound
    function, value = bound
    limits = of.value_range
    assert limits is not None
    if value > limits[1]:
        return function in ("less", "less_equal", "not_equal")
    if value < limits[0]:
        return function in ("greater", "greater_equal", "not_equal")
    return bound


def _always(outcome: bool, argument: Expression) -> Expression:
    """Return `outcome`, or NULL where `argument` is NULL."""
    if not argument.nullable:
        return TRUE if outcome else FALSE
    if outcome:
        return call("or", call("is_not_null", argument), UNKNOWN)
    return call("and", call("is_null", argument), UNKNOWN)
