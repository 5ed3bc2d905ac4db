"""Bounds: an interval of physical integers in which every value of an expression lies.

Kernels use it to prove that 64 bits suffice and to address tables directly, so it may be too wide
but never too narrow. An operation that would leave its type raises, so no result lies outside the
type's range. NULL has no value and no bounds of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from gpudb.records import dataclass
from gpudb.sql.expr import (
    AggregateCall,
    Call,
    Case,
    Cast,
    ColumnReference,
    Expression,
    InList,
    Literal,
)
from gpudb.sql.functions import find_definition
from gpudb.sql.varied import is_null
from gpudb.storage.types import Kind, SqlType

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Bounds:
    """The integers `minimum` to `maximum`, both inclusive."""

    minimum: int
    maximum: int


INT64 = Bounds(-(1 << 63), (1 << 63) - 1)
# Digits of two that are left of the ends of an interval that others are to share.
SHARED_BITS = 4
Known = Callable[[int], Bounds | None]


def type_bounds(of: SqlType) -> Bounds:
    """Return all physical integers of a type; those of 64 bits where it has none (floats)."""
    limits = of.value_range
    return INT64 if limits is None else Bounds(*limits)


def shared(of: Bounds) -> Bounds:
    """Return an interval around this one that those with nearly the same ends have, too.

    No end leaves 64 bits that was in them, or comes to 0: that no number is 0 is asked of divisors.
    """
    size = of.maximum - of.minimum or abs(of.maximum)
    last = (1 << max(0, size.bit_length() - SHARED_BITS)) - 1
    least, greatest = of.minimum & ~last, of.maximum | last
    return Bounds(
        max(1, least) if of.minimum > 0 else least,
        min(-1, greatest) if of.maximum < 0 else greatest,
    )


def bounds(expression: Expression, field_bounds: Known) -> Bounds:
    """Return an interval that holds every value of `expression` but NULL.

    `field_bounds` gives those of a field by its id; None where it may have any value of its type.
    """
    return _clipped(_find_bounds(expression, field_bounds), expression.type)


def whole_bounds(expression: Expression, field_bounds: Known) -> Bounds | None:
    """Return an interval of every value of a float expression, if each is a whole number or NULL.

    None where it may have others, NaN or infinity. Of a float field `field_bounds` gives the whole
    numbers around its values, if these are finite.
    """
    match expression:
        case Call(function=function, arguments=(argument,)) if function in ROUNDED:
            while isinstance(argument, Cast) and argument.argument.type.is_float:
                argument = argument.argument
            if isinstance(argument, ColumnReference) and argument.type.is_float:
                return field_bounds(argument.id)
    return None


def _clipped(found: Bounds | None, of: SqlType) -> Bounds:
    """Return what of `found` the type allows; the whole type for None, or if nothing is left."""
    limits = type_bounds(of)
    if found is None:
        return limits
    low, high = max(found.minimum, limits.minimum), min(found.maximum, limits.maximum)
    return Bounds(low, high) if low <= high else limits


def _find_bounds(expression: Expression, known: Known) -> Bounds | None:
    match expression:
        case ColumnReference(id=field):
            return known(field)
        case Literal(value=int() as value):
            return Bounds(int(value), int(value))
        case Cast(argument=argument):
            return _cast(expression, bounds(argument, known))
        case Case():
            return _case(expression, known)
        case Call(type=of) if not (of.is_float or of.is_text):
            return _call(expression, known)
        case AggregateCall(function="min" | "max", argument=argument) if argument is not None:
            return bounds(argument, known)
        case AggregateCall(function="count"):
            return Bounds(0, INT64.maximum)
        case InList():
            return Bounds(0, 1)
    return None


def _union(parts: list[Bounds]) -> Bounds | None:
    if not parts:
        return None
    return Bounds(min(p.minimum for p in parts), max(p.maximum for p in parts))


def _case(case: Case, known: Known) -> Bounds | None:
    values = (*(branch.value for branch in case.branches), case.otherwise)
    found = [bounds(v, known) for v in values if not _is_null(v)]
    return _union(found) if found else Bounds(0, 0)


def _is_null(expression: Expression) -> bool:
    return isinstance(expression, Literal) and is_null(expression)


def _cast(cast: Cast, given: Bounds) -> Bounds | None:
    source, target = cast.argument.type, cast.type
    if source.is_float or source.is_text or target.is_float or target.is_text:
        return None
    if target.kind is Kind.BOOLEAN or source.kind is Kind.BOOLEAN:
        return Bounds(0, 1)
    match source.kind, target.kind:
        case Kind.DATE, Kind.TIMESTAMP:
            return _scaled(given, DAY_SECONDS * int(10**target.precision))
        case Kind.TIMESTAMP, Kind.DATE:
            day = DAY_SECONDS * int(10**source.precision)
            return Bounds(given.minimum // day, given.maximum // day)
        case Kind.TIMESTAMP, Kind.TIMESTAMP:
            return _rescaled(given, target.precision - source.precision)
        case Kind.TIMESTAMP, Kind.TIME:
            return Bounds(0, DAY_SECONDS * 10**6 - 1)
    if source.is_numeric and target.is_numeric:
        return _rescaled(given, target.scale - source.scale)
    return given if source.kind is target.kind else None


def _scaled(given: Bounds, factor: int) -> Bounds:
    return Bounds(given.minimum * factor, given.maximum * factor)


def _rescaled(given: Bounds, shift: int) -> Bounds:
    """Return the bounds times 10**shift, rounded outwards, which covers every way of rounding."""
    if shift >= 0:
        return _scaled(given, int(10**shift))
    divisor = int(10**-shift)
    return Bounds(given.minimum // divisor, -(-given.maximum // divisor))


def _call(call: Call, known: Known) -> Bounds | None:
    if call.function in FIXED:
        return FIXED[call.function]
    if call.function in MONOTONE:
        return _monotone(call, known)
    combine = OPERATORS.get(call.function)
    if combine is None:
        return None
    arguments = [a for a in call.arguments if not _is_null(a)]
    if any(a.type.is_float or a.type.is_text for a in arguments) or not _is_exact(call):
        return None
    return combine([bounds(a, known) for a in arguments]) if arguments else None


def _is_exact(call: Call) -> bool:
    """Whether the operator takes physical values as they are."""
    scales = [a.type.scale for a in call.arguments]
    if call.function == "multiply":
        return call.type.scale == sum(scales)
    return all(scale == call.type.scale for scale in scales)


def _add(parts: list[Bounds]) -> Bounds | None:
    return Bounds(sum(p.minimum for p in parts), sum(p.maximum for p in parts))


def _subtract(parts: list[Bounds]) -> Bounds | None:
    if len(parts) != 2:
        return None
    left, right = parts
    return Bounds(left.minimum - right.maximum, left.maximum - right.minimum)


def _multiply(parts: list[Bounds]) -> Bounds | None:
    if len(parts) != 2:
        return None
    left, right = parts
    products = [a * b for a in (left.minimum, left.maximum) for b in (right.minimum, right.maximum)]
    return Bounds(min(products), max(products))


def _negate(parts: list[Bounds]) -> Bounds | None:
    return Bounds(-parts[0].maximum, -parts[0].minimum)


def _absolute(parts: list[Bounds]) -> Bounds | None:
    low, high = parts[0].minimum, parts[0].maximum
    least = 0 if low <= 0 <= high else min(abs(low), abs(high))
    return Bounds(least, max(abs(low), abs(high)))


def _divide(parts: list[Bounds]) -> Bounds | None:
    """Return the quotients by every divisor but 0; the nearest to 0 and the farthest decide."""
    if len(parts) != 2:
        return None
    dividend, divisor = parts
    candidates = {divisor.minimum, divisor.maximum, -1, 1}
    divisors = [d for d in candidates if d and divisor.minimum <= d <= divisor.maximum]
    quotients = [_truncated(n, d) for n in (dividend.minimum, dividend.maximum) for d in divisors]
    if divisor.minimum <= 0 <= divisor.maximum or dividend.minimum <= 0 <= dividend.maximum:
        quotients.append(0)
    return Bounds(min(quotients), max(quotients)) if quotients else None


def _truncated(numerator: int, denominator: int) -> int:
    magnitude = abs(numerator) // abs(denominator)
    return magnitude if (numerator < 0) == (denominator < 0) else -magnitude


def _modulo(parts: list[Bounds]) -> Bounds | None:
    """Return the remainders: of the dividend's sign, smaller than the divisor."""
    if len(parts) != 2:
        return None
    dividend, divisor = parts
    most = max(abs(divisor.minimum), abs(divisor.maximum), 1) - 1
    return Bounds(max(min(dividend.minimum, 0), -most), min(max(dividend.maximum, 0), most))


OPERATORS: dict[str, Callable[[list[Bounds]], Bounds | None]] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "modulo": _modulo,
    "negate": _negate,
    "abs": _absolute,
    "coalesce": _union,
    "greatest": _union,
    "least": _union,
    "add_days": _add,
    "subtract_dates": _subtract,
    "subtract_timestamps": _subtract,
    "subtract_times": _subtract,
    "add_microseconds": _add,
}

FIXED = {
    "extract_quarter": Bounds(1, 4),
    "extract_month": Bounds(1, 12),
    "extract_day": Bounds(1, 31),
    "extract_dow": Bounds(0, 6),
    "extract_isodow": Bounds(1, 7),
    "extract_doy": Bounds(1, 366),
    "extract_week": Bounds(1, 53),
    "shift_time": Bounds(0, DAY_SECONDS * 10**6 - 1),
}

# Functions that never fall while their first argument grows, the others being literals.
MONOTONE = frozenset(
    (
        "extract_year",
        "extract_isoyear",
        "extract_epoch",
        "truncate_year",
        "truncate_quarter",
        "truncate_month",
        "truncate_week",
        "truncate_units",
        "ceil_decimal",
        "floor_decimal",
        "add_months",
        "add_months_to_timestamp",
        "add_nanoseconds",
    )
)
# What they make of a number lies between the whole numbers around it.
ROUNDED = frozenset(("round_double", "floor_double", "ceil_double", "trunc_double"))


def _monotone(call: Call, known: Known) -> Bounds | None:
    """Return the function's values at both ends; where it fails there, the type's bounds."""
    found = find_definition(call.function)
    first, *rest = call.arguments
    values = [a.value for a in rest if isinstance(a, Literal) and a.value is not None]
    if found is None or len(values) < len(rest):
        return None
    given = bounds(first, known)
    ends = (given.minimum, *values), (given.maximum, *values)
    if found.fails is not None and any(found.fails(*end) for end in ends):
        return None
    return Bounds(*(found.body(*end) for end in ends))
