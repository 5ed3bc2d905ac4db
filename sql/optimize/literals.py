"""Calls and casts of literals, computed as a kernel would compute them.

Each function returns None for what must be left for run time: errors (overflow, division by zero, a
bad cast), which belong to the rows that reach them, and values that a kernel might round otherwise.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from gpudb.sql.expr import Call, Cast, Literal
from gpudb.sql.functions import find_definition
from gpudb.sql.varied import derived, is_null
from gpudb.storage.types import Kind, SqlType

Value = int | float | bool | str
EPOCH = date(1970, 1, 1)
EXACT_FLOAT_BITS = 53


def fold_literals(call: Call) -> Literal | None:
    """Return the value of a call whose arguments are all literals other than NULL."""
    literals = [a for a in call.arguments if isinstance(a, Literal) and not is_null(a)]
    if len(literals) != len(call.arguments) or _is_float32(call):
        return None
    compute = OPERATORS.get(call.function, _evaluate)

    def make(*literals: Literal) -> Literal | None:
        values = [each.value for each in literals if each.value is not None]
        return fitting_literal(compute(call, values), call.type)

    return derived(make, *literals)


def cast_literal(cast: Cast) -> Literal | None:
    """Return the value of a cast literal other than NULL."""
    literal, target = cast.argument, cast.type
    if not isinstance(literal, Literal) or is_null(literal):
        return None
    if literal.type == target:
        return literal

    def make(literal: Literal) -> Literal | None:
        assert literal.value is not None
        return fitting_literal(_cast_value(literal.value, literal.type, target), target)

    return derived(make, literal)


def fitting_literal(value: Value | None, of: SqlType) -> Literal | None:
    """Return the literal, or None where `value` is None, not finite or outside the type's range."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    limits = None if of.is_text or of.kind is Kind.BOOLEAN else of.value_range
    if limits is not None and not isinstance(value, str) and not limits[0] <= value <= limits[1]:
        return None
    return Literal(type=of, nullable=False, value=value)


def _is_float32(call: Call) -> bool:
    types = (call.type, *(a.type for a in call.arguments))
    return any(t.kind is Kind.FLOAT for t in types)


def round_half_away(numerator: int, denominator: int) -> int:
    """Return numerator / denominator (> 0) rounded to the nearest integer, ties away from zero."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def truncate_quotient(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded towards zero."""
    magnitude = abs(numerator) // abs(denominator)
    return magnitude if (numerator < 0) == (denominator < 0) else -magnitude


def _compare(holds: Callable[[int], bool]) -> Callable[[Call, list[Value]], Value | None]:
    def compute(call: Call, values: list[Value]) -> Value | None:
        left, right = values
        types = [(a.type.kind, a.type.scale) for a in call.arguments]
        is_timestamp = types[0][0] is Kind.TIMESTAMP
        if types[0] != types[1] or _is_nan(left) or _is_nan(right):
            return None
        if call.arguments[0].type.is_array and call.function in ORDERS:
            return None  # texts of arrays do not compare as the arrays do
        if is_timestamp and call.arguments[0].type != call.arguments[1].type:
            return None
        return holds((left > right) - (left < right))  # type: ignore[operator]

    return compute


def _is_nan(value: Value) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _arithmetic(
    compute: Callable[[int, int], int], of_floats: Callable[[float, float], float]
) -> Callable[[Call, list[Value]], Value | None]:
    def fold(call: Call, values: list[Value]) -> Value | None:
        left, right = values
        if isinstance(left, str) or isinstance(right, str) or not _is_plain(call):
            return None
        return of_floats(left, right) if call.type.is_float else compute(int(left), int(right))

    return fold


def _is_plain(call: Call) -> bool:
    """Whether the operator takes physical values as they are: one scale, or scales that add up."""
    result, scales = call.type, [a.type.scale for a in call.arguments]
    if result.is_float:
        return all(a.type.is_float for a in call.arguments)
    if any(not (a.type.is_integer or a.type.kind is Kind.DECIMAL) for a in call.arguments):
        return False
    if call.function == "multiply":
        return result.is_numeric and result.scale == sum(scales)
    return result.is_numeric and all(scale == result.scale for scale in scales)


def _divide(call: Call, values: list[Value]) -> Value | None:
    left, right = values
    if isinstance(left, str) or isinstance(right, str) or right == 0:
        return None
    if call.type.is_float and _is_plain(call):
        return left / right
    if call.type.is_integer and _is_plain(call):
        return truncate_quotient(int(left), int(right))
    return None


def _modulo(call: Call, values: list[Value]) -> Value | None:
    left, right = values
    if isinstance(left, str) or isinstance(right, str) or right == 0 or not _is_plain(call):
        return None
    if call.type.is_float:
        return math.fmod(left, right)
    return int(left) - int(right) * truncate_quotient(int(left), int(right))


def _negate(call: Call, values: list[Value]) -> Value | None:
    value, of = values[0], call.arguments[0].type
    is_same = of == call.type or of.scale == call.type.scale
    return None if isinstance(value, str) or not is_same else -value


def _evaluate(call: Call, values: list[Value]) -> Value | None:
    """Run a kernel function's own body, unless it fails or computes with floats.

    (Libraries of mathematics differ in the last digit.)
    """
    found = find_definition(call.function)
    if found is None or found.is_host or call.type.is_float or call.type.is_text:
        return None
    value = found.evaluate(values)
    return value if isinstance(value, int) else None


ORDERS = ("less", "less_equal", "greater", "greater_equal")
OPERATORS: dict[str, Callable[[Call, list[Value]], Value | None]] = {
    "equal": _compare(lambda sign: sign == 0),
    "not_equal": _compare(lambda sign: sign != 0),
    "less": _compare(lambda sign: sign < 0),
    "less_equal": _compare(lambda sign: sign <= 0),
    "greater": _compare(lambda sign: sign > 0),
    "greater_equal": _compare(lambda sign: sign >= 0),
    "is_distinct_from": _compare(lambda sign: sign != 0),
    "is_not_distinct_from": _compare(lambda sign: sign == 0),
    "add": _arithmetic(lambda a, b: a + b, lambda a, b: a + b),
    "subtract": _arithmetic(lambda a, b: a - b, lambda a, b: a - b),
    "multiply": _arithmetic(lambda a, b: a * b, lambda a, b: a * b),
    "divide": _divide,
    "modulo": _modulo,
    "negate": _negate,
}


def _cast_value(value: Value, source: SqlType, target: SqlType) -> Value | None:
    if isinstance(value, str):
        return _parse(value, target)
    if source.is_temporal or target.is_temporal:
        return _cast_temporal(value, source, target)
    if target.kind is Kind.BOOLEAN and source.is_integer:
        return value != 0
    if target.is_text and source.is_integer:
        return str(value)
    if target.is_float:
        return _to_float(value, source, target)
    if not (target.is_integer or target.kind is Kind.DECIMAL):
        return None
    return _to_scale(value, source, target)


def _to_scale(value: int | float, source: SqlType, target: SqlType) -> int | None:
    if isinstance(value, float):
        if not math.isfinite(value) or (target.scale and value != int(value)):
            return None
        return round(value) * int(10**target.scale)
    shift = target.scale - source.scale
    if shift >= 0:
        return int(value) * int(10**shift)
    return round_half_away(int(value), 10**-shift)


def _to_float(value: int | float, source: SqlType, target: SqlType) -> float | None:
    if target.kind is Kind.FLOAT:
        return None
    if isinstance(value, float):
        return value
    is_exact = abs(value) < 1 << EXACT_FLOAT_BITS and source.scale <= 22
    return value / 10**source.scale if is_exact else None


def _cast_temporal(value: Value, source: SqlType, target: SqlType) -> Value | None:
    if not isinstance(value, int):
        return None
    match source.kind, target.kind:
        case Kind.DATE, Kind.TIMESTAMP:
            return value * 86_400 * int(10**target.precision)
        case Kind.TIMESTAMP, Kind.DATE:
            return value // (86_400 * int(10**source.precision))
        case Kind.TIMESTAMP, Kind.TIMESTAMP:
            shift = target.precision - source.precision
            if shift >= 0:
                return int(value * 10**shift)
            return value // int(10**-shift) if value % int(10**-shift) == 0 else None
        case Kind.DATE, Kind.TEXT:
            moment = EPOCH + timedelta(days=value) if -719_162 <= value <= 2_932_896 else None
            return None if moment is None else moment.isoformat()
        case a, b if a is b:
            return value
    return None


DATE_TEXT = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
TIMESTAMP_TEXT = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?", re.ASCII)
INTEGER_TEXT = re.compile(r"[+-]?[0-9]{1,18}")
DECIMAL_TEXT = re.compile(r"([+-]?[0-9]{1,18})(?:\.([0-9]{1,18}))?")


def _parse(text: str, target: SqlType) -> Value | None:
    """Read the plain forms only; everything else waits for the kernel's own reader."""
    match target.kind:
        case Kind.TEXT:
            return text
        case Kind.DATE if DATE_TEXT.fullmatch(text):
            return _parse_date(text)
        case Kind.TIMESTAMP:
            return _parse_timestamp(text, target.precision)
        case Kind.BOOLEAN:
            return {"true": True, "false": False}.get(text.lower())
        case Kind.DECIMAL:
            return _parse_decimal(text, target.scale)
    return int(text) if target.is_integer and INTEGER_TEXT.fullmatch(text) else None


def _parse_date(text: str) -> int | None:
    try:
        return (date.fromisoformat(text) - EPOCH).days
    except ValueError:
        return None


def _parse_timestamp(text: str, precision: int) -> int | None:
    if DATE_TEXT.fullmatch(text):
        days = _parse_date(text)
        return None if days is None else days * 86_400 * int(10**precision)
    match = TIMESTAMP_TEXT.fullmatch(text)
    fraction = (match[2] or "").ljust(9, "0") if match else ""
    if match is None or fraction[precision:].strip("0"):
        return None
    try:
        moment = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
    except ValueError:
        return None
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return seconds * int(10**precision) + int(fraction[:precision] or "0")


def _parse_decimal(text: str, scale: int) -> int | None:
    match = DECIMAL_TEXT.fullmatch(text)
    if match is None or len(match[2] or "") > scale:
        return None
    return int(match[1] + (match[2] or "").ljust(scale, "0"))
