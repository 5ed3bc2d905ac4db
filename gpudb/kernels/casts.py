"""Casts between types that are not TEXT, as text of the kernel language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gpudb.errors import DataError
from gpudb.kernels.arithmetic import INT64, as_float, as_wide, fits, present, range_of, shown
from gpudb.kernels.scope import Scope
from gpudb.kernels.values import BOOL, FLOAT, INT, WIDE, Value, boolean, either
from gpudb.kernels.writer import Site
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import Cast
from gpudb.storage.types import Kind, SqlType

MICROSECONDS_A_DAY = 86_400_000_000


def cast(node: Cast, value: Value, scope: Scope) -> Value:
    """Write CAST or TRY_CAST of `value`; TRY_CAST gives NULL where CAST would fail."""
    source, target = node.argument.type, node.type
    if source == target or source.kind is Kind.NULL:
        return value
    if target.is_float:
        return to_float(value, source)
    if target.kind is Kind.BOOLEAN:
        return boolean(f"({value.text} != 0)", value.null)
    if value.kind is BOOL:
        return Value(INT, f"int({value.text})", value.is_null)
    if value.kind is FLOAT:
        return float_to_integer(node, value, scope)
    if source.is_temporal:
        return temporal(node, value)
    return rescale(node, value, scope)


def to_float(value: Value, source: SqlType) -> Value:
    """Write an exact number, or a BOOLEAN, as a float."""
    if value.kind is BOOL:
        return Value(FLOAT, f"float({value.text})", value.is_null)
    return Value(FLOAT, as_float(value, source), value.null)


def guarded(
    node: Cast, wrong: str, value: Value, scope: Scope, error: Callable[[int, int], DataError]
) -> Value:
    """Fail where `wrong` holds, or for TRY_CAST give NULL there."""
    if node.is_try:
        return replace(value, null=either(value.null, scope.writer.assign("wrong", wrong)))
    first = value.text if value.kind is INT else "0"
    scope.fail(present(wrong, value.null), Site(error, node.span), first)
    return value


def float_to_integer(node: Cast, value: Value, scope: Scope) -> Value:
    """Write a float rounded half to even.

    To an integer or a DECIMAL's scale, and check its range.
    """
    target = node.type
    factor = f" * {float(10**target.scale)!r}" if target.scale else ""
    name = scope.writer.assign("rounded", f"rint({value.text}{factor})")
    limit = range_of(target)
    if not fits(limit, INT64):
        limit = INT64
    # 2**63 is a float and no int64; the comparison is false for NaN, too.
    low, high = float(limit.minimum), float(limit.maximum + 1)
    wrong = f"not ({name} >= {low!r} and {name} < {high!r})"

    def error(_: int, __: int) -> DataError:
        return DataError(f"a number is out of the range of {target} in CAST")

    checked = guarded(node, wrong, Value(FLOAT, name, value.null), scope, error)
    return Value(INT, f"int({name})", checked.null)


def temporal(node: Cast, value: Value) -> Value:
    """Write a conversion among DATE, TIME and TIMESTAMP."""
    source, target, text = node.argument.type, node.type, value.text
    if source.kind is Kind.DATE and target.kind is Kind.TIMESTAMP:
        text = f"({text} * {86_400 * 10**target.precision})"
    elif source.kind is Kind.TIMESTAMP and target.kind is Kind.DATE:
        text = f"({text} // {86_400 * 10**source.precision})"
    elif source.kind is Kind.TIMESTAMP and target.kind is Kind.TIME:
        text = f"({_scaled(text, source.precision, 6)} % {MICROSECONDS_A_DAY})"
    elif source.kind is Kind.TIMESTAMP and target.kind is Kind.TIMESTAMP:
        text = _scaled(text, source.precision, target.precision)
    elif source.kind is not target.kind:
        raise DataError(f"cannot cast {source} to {target}")
    return replace(value, text=text)


def _scaled(text: str, source: int, target: int) -> str:
    if target >= source:
        return f"({text} * {10 ** (target - source)})" if target > source else text
    divisor = 10 ** (source - target)  # rounded to the nearest, as in PostgreSQL
    return f"(({text} + {divisor // 2}) // {divisor})"


def rescale(node: Cast, value: Value, scope: Scope) -> Value:
    """Write integer or DECIMAL to integer or DECIMAL, rounding half away from zero."""
    source, target = node.argument.type, node.type
    shift = target.scale - source.scale
    given = scope.bounds(node.argument)
    if shift >= 0:
        factor = 10**shift
        result = Bounds(given.minimum * factor, given.maximum * factor)
        if value.kind is INT and fits(result, INT64):
            moved = replace(value, text=f"({value.text} * {factor})" if shift else value.text)
        elif shift:
            moved = Value(WIDE, f"wide_multiply({as_wide(value)}, wide({factor}))", value.null)
        else:
            moved = value
    else:
        divisor = 10**-shift
        half = divisor // 2
        result = Bounds((given.minimum - half) // divisor, (given.maximum + half) // divisor + 1)
        moved = rounded(value, divisor, scope)
    return check_range(node, moved, result, scope)


def rounded(value: Value, divisor: int, scope: Scope) -> Value:
    """Write value / divisor, rounded half away from zero."""
    half = divisor // 2
    name = scope.writer.assign("unscaled", value.text)
    if value.kind is WIDE:
        shifted = (
            f"(wide_subtract({name}, wide({half})) if wide_less({name}, wide(0)) "
            f"else wide_add({name}, wide({half})))"
        )
        return Value(WIDE, f"wide_quotient({shifted}, wide({divisor}))", value.null)
    away = f"({name} - {half} if {name} < 0 else {name} + {half})"
    return Value(INT, f"quotient({away}, {divisor})", value.null)


def check_range(node: Cast, value: Value, result: Bounds, scope: Scope) -> Value:
    """Check that `value` lies in the target's range, unless `result` proves it.

    Narrow if that fits.
    """
    target = node.type
    allowed = range_of(target)
    if value.kind is WIDE and fits(allowed, INT64):
        name = scope.writer.assign("unscaled", value.text)
        value = Value(INT, f"narrow({name})", value.null)
        value = guarded(node, f"not wide_fits({name})", value, scope, _out_of_range(node))
    if value.kind is WIDE or fits(result, allowed):
        return value
    name = scope.writer.assign("number", value.text)
    wrong = f"({name} < {allowed.minimum} or {name} > {allowed.maximum})"
    return guarded(node, wrong, replace(value, text=name), scope, _out_of_range(node))


def _out_of_range(node: Cast) -> Callable[[int, int], DataError]:
    held = node.type if node.type.scale else node.argument.type

    def error(first: int, _: int) -> DataError:
        return DataError(f"{shown(first, held)} is out of the range of {node.type}")

    return error
