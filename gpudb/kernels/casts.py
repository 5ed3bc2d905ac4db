"""Casts between types that are not TEXT, as text of the kernel language."""

from __future__ import annotations

from collections.abc import Callable

from gpudb.errors import DataError
from gpudb.kernels.arithmetic import INT64, as_float, as_wide, fits, present, range_of, shown
from gpudb.kernels.library import scaled_wide, wide_of_float
from gpudb.kernels.scope import Scope
from gpudb.kernels.singles import out_of_range, round_half_away, write_single
from gpudb.kernels.values import BOOL, FLOAT, INT, WIDE, Value, boolean, either
from gpudb.kernels.writer import Site
from gpudb.records import replace
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import Cast
from gpudb.storage.types import INTERVAL_MONTH_SHIFT, Kind, SqlType


def cast(node: Cast, value: Value, scope: Scope) -> Value:
    """Write CAST or TRY_CAST of `value`; TRY_CAST gives NULL where CAST would fail."""
    source, target = node.argument.type, node.type
    if source == target or source.kind is Kind.NULL:
        return value
    if target.kind is Kind.INTERVAL:
        return to_interval(node, value, scope)
    if target.is_float:
        return to_float(node, value, scope)
    if target.kind is Kind.BOOLEAN:
        return boolean(f"({value.text} != 0)", value.null)
    if value.kind is BOOL:
        return Value(INT, f"int({value.text})", value.is_null)
    if value.kind is FLOAT:
        return float_to_integer(node, value, scope)
    if source.is_temporal:
        return temporal(node, value, scope)
    return rescale(node, value, scope)


def to_float(node: Cast, value: Value, scope: Scope) -> Value:
    """Write an exact number, a BOOLEAN or another float as a float; FLOAT has 32 bits."""
    source, target = node.argument.type, node.type
    if value.kind is BOOL:
        return Value(FLOAT, f"float({value.text})", value.is_null)
    made = Value(FLOAT, as_float(value, source), value.null)
    if target.kind is not Kind.FLOAT:
        return made
    made = replace(made, text=scope.writer.assign("double", made.text))
    rounded, wrong = write_single(made.text, scope)
    checked = guarded(node, wrong, made, scope, out_of_range(target))
    return replace(checked, text=rounded)


def guarded(
    node: Cast, wrong: str, value: Value, scope: Scope, error: Callable[[int, int], DataError]
) -> Value:
    """Fail where `wrong` holds, or for TRY_CAST give NULL there; the error gets 128 bits."""
    if node.is_try:
        return replace(value, null=either(value.null, scope.writer.assign("wrong", wrong)))
    first, second = value.text, f"({value.text} >> 63)"
    if value.kind is FLOAT:
        first, second = f"float_bits({value.text})", "0"
    elif value.kind is WIDE:
        first, second = f"wide_low({value.text})", f"wide_high({value.text})"
    scope.fail(present(wrong, value.null), Site(error, node.span), first, second)
    return value


def float_to_integer(node: Cast, value: Value, scope: Scope) -> Value:
    """Write a float rounded half to even, or for DECIMAL half away from zero, within its range."""
    target = node.type
    given = Value(FLOAT, scope.writer.assign("float_value", value.text), value.null)
    text = f"rint({given.text})"
    if target.kind is Kind.DECIMAL:
        scaled = f"{given.text} * {float(10**target.scale)!r}" if target.scale else given.text
        text = f"{scope.writer.use(round_half_away)}({scaled})"
    name = scope.writer.assign("rounded", text)
    limit = range_of(target)
    is_wide = not fits(limit, INT64)
    # 2**63 is a float and no int64; the comparison is false for NaN, too.
    low, high = float(limit.minimum), float(limit.maximum + 1)
    above = f"{name} > {-high!r}" if target.kind is Kind.DECIMAL else f"{name} >= {low!r}"
    wrong = f"(not ({above} and {name} < {high!r}))"
    checked = guarded(node, wrong, given, scope, out_of_range(target))
    if is_wide:
        scale = scope.writer.use(scaled_wide, wide_of_float)
        factor = wide_text(10**target.scale)
        return Value(WIDE, f"{scale}({given.text}, {name}, {factor})", checked.null)
    return Value(INT, f"int({name})", checked.null)


def to_interval(node: Cast, value: Value, scope: Scope) -> Value:
    """Write an interval of months, or of time, as one of both, where it has the room."""
    is_months = node.argument.type.kind is Kind.INTERVAL_MONTHS
    shift = INTERVAL_MONTH_SHIFT
    most = (1 << (63 - shift if is_months else shift - 1)) - 1

    def error(_: int, __: int) -> DataError:
        return DataError(f"an {node.argument.type} is out of the range of INTERVAL")

    given, allowed = scope.bounds(node.argument), Bounds(-most, most)
    checked = limited(node, value, given, allowed, error, scope)
    return replace(checked, text=f"({checked.text} * {1 << shift})") if is_months else checked


def temporal(node: Cast, value: Value, scope: Scope) -> Value:
    """Write a conversion among DATE, TIME and TIMESTAMP."""
    source, target, text = node.argument.type, node.type, value.text
    if source.kind is Kind.DATE and target.kind is Kind.TIMESTAMP:
        return _finer(node, value, 86_400 * 10**target.precision, scope)
    if source.kind is Kind.TIMESTAMP and target.kind is Kind.DATE:
        if scope.bounds(node.argument).minimum >= 0:
            # LLVM then knows that a quotient need not look at a sign.
            text = f"({text} & {INT64.maximum})"
        return replace(value, text=f"({text} // {86_400 * 10**source.precision})")
    if source.kind is Kind.TIMESTAMP and target.kind is Kind.TIME:
        units = 86_400 * 10**source.precision
        shift = 6 - source.precision
        of_day = f"({text} % {units})"
        scaled = f"({of_day} * {10**shift})" if shift >= 0 else f"({of_day} // {10**-shift})"
        return replace(value, text=scaled)
    if source.kind is Kind.TIMESTAMP and target.kind is Kind.TIMESTAMP:
        if target.precision >= source.precision:
            return _finer(node, value, 10 ** (target.precision - source.precision), scope)
        given = scope.bounds(node.argument)
        coarser = rounded(value, 10 ** (source.precision - target.precision), given, scope)
        if coarser.kind is INT:
            return coarser
        # Half a unit was added in 128 bits; the quotient has 64 again.
        return replace(coarser, kind=INT, text=f"narrow({coarser.text})")
    if source.kind is not target.kind:
        raise DataError(f"cannot cast {source} to {target}")
    return value


def _finer(node: Cast, value: Value, factor: int, scope: Scope) -> Value:
    """Write value * factor; a moment whose count of finer units leaves 64 bits is out of range."""
    allowed = Bounds(-(INT64.maximum // factor), INT64.maximum // factor)

    def error(_: int, __: int) -> DataError:
        kind = node.argument.type.kind.value
        return DataError(f"a {kind} is out of the range of {node.type}")

    checked = limited(node, value, scope.bounds(node.argument), allowed, error, scope)
    return replace(checked, text=f"({checked.text} * {factor})") if factor > 1 else checked


def rescale(node: Cast, value: Value, scope: Scope) -> Value:
    """Write integer or DECIMAL to integer or DECIMAL, rounding half away from zero."""
    source, target = node.argument.type, node.type
    shift = target.scale - source.scale
    given, allowed = scope.bounds(node.argument), range_of(target)
    if shift < 0:
        divisor = 10**-shift
        half = divisor // 2
        result = Bounds(-((half - given.minimum) // divisor), (given.maximum + half) // divisor)
        moved = rounded(value, divisor, given, scope)
        return limited(node, moved, result, allowed, _out_of_range(node, target), scope)
    factor = 10**shift
    inner = Bounds(-(-allowed.minimum // factor), allowed.maximum // factor)
    checked = limited(node, value, given, inner, _out_of_range(node, source), scope)
    if not shift:
        return checked
    least, greatest = max(given.minimum, inner.minimum), min(given.maximum, inner.maximum)
    if checked.kind is INT and fits(Bounds(least * factor, greatest * factor), INT64):
        return replace(checked, text=f"({checked.text} * {factor})")
    product = f"wide_multiply({as_wide(checked)}, {wide_text(factor)})"
    return Value(WIDE, product, checked.null)


def rounded(value: Value, divisor: int, given: Bounds, scope: Scope) -> Value:
    """Write value / divisor, rounded half away from zero; `given` are the value's bounds."""
    half = divisor // 2
    name = scope.writer.assign("unscaled", value.text)
    shifted = Bounds(given.minimum - half, given.maximum + half)
    if value.kind is INT and fits(shifted, INT64) and divisor <= INT64.maximum:
        away = f"({name} - {half} if {name} < 0 else {name} + {half})"
        return Value(INT, f"quotient({away}, {divisor})", value.null)
    name = scope.writer.assign("unscaled", as_wide(replace(value, text=name)))
    away = (
        f"(wide_subtract({name}, {wide_text(half)}) if wide_less({name}, wide(0)) "
        f"else wide_add({name}, {wide_text(half)}))"
    )
    return Value(WIDE, f"wide_quotient({away}, {wide_text(divisor)})", value.null)


def wide_text(number: int) -> str:
    """Return the text of a constant of 128 bits."""
    if INT64.minimum < number <= INT64.maximum:
        return f"wide({number})"
    low = number & ((1 << 64) - 1)
    signed = low - (1 << 64) if low >> 63 else low
    shown_low = f"(-{INT64.maximum} - 1)" if signed == INT64.minimum else str(signed)
    return f"wide_of({number >> 64}, {shown_low})"


def limited(
    node: Cast,
    value: Value,
    given: Bounds,
    allowed: Bounds,
    error: Callable[[int, int], DataError],
    scope: Scope,
) -> Value:
    """Check that `value` is allowed unless that is known; make it narrow if 64 bits hold it."""
    if not fits(given, allowed):
        value = replace(value, text=scope.writer.assign("number", value.text))
        wrong = _outside(value, given, allowed)
        if wrong:
            value = guarded(node, f"({' or '.join(wrong)})", value, scope, error)
    if value.kind is WIDE and (fits(allowed, INT64) or fits(given, INT64)):
        return replace(value, kind=INT, text=f"narrow({value.text})")
    return value


def _outside(value: Value, given: Bounds, allowed: Bounds) -> list[str]:
    """Return the tests of: the value, a name, lies below or above what is allowed."""
    name, is_wide = value.text, value.kind is WIDE
    tests = []
    if given.minimum < allowed.minimum and is_wide:
        tests.append(f"wide_less({name}, {wide_text(allowed.minimum)})")
    elif given.minimum < allowed.minimum and INT64.minimum < allowed.minimum:
        tests.append(f"{name} < {allowed.minimum}")
    if given.maximum > allowed.maximum and is_wide:
        tests.append(f"wide_less({wide_text(allowed.maximum)}, {name})")
    elif given.maximum > allowed.maximum and allowed.maximum < INT64.maximum:
        tests.append(f"{name} > {allowed.maximum}")
    return tests


def _out_of_range(node: Cast, held: SqlType) -> Callable[[int, int], DataError]:
    def error(low: int, high: int) -> DataError:
        number = (high << 64) + (low & ((1 << 64) - 1))
        return DataError(f"{shown(number, held)} is out of the range of {node.type}")

    return error
