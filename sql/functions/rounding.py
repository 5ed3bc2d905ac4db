"""Rounding: to whole numbers, to digits behind the point, to tens.

What rounds a DECIMAL to a known number of digits is made of operators by the binder.
"""

from __future__ import annotations

from math import pow  # noqa: A004

from gpudb.sql.functions.registry import Family, function, procedure
from gpudb.sql.functions.words import ceil, floor, multiply_overflows, quotient, rint
from gpudb.storage.types import BIGINT, DOUBLE, SqlType, decimal


def one_digit_more(types: tuple[SqlType, ...]) -> SqlType:
    """A DECIMAL with a digit more for rounding up."""
    return decimal(min(types[0].precision + 1, 18), types[0].scale)


def same_type(types: tuple[SqlType, ...]) -> SqlType:
    """The result has the first argument's type."""
    return types[0]


def scale(types: tuple[SqlType, ...]) -> tuple[int, ...]:
    """Return the digits behind the point of a DECIMAL."""
    return (types[0].scale,)


def whole(types: tuple[SqlType, ...]) -> SqlType:
    """A DECIMAL without its fraction, with a digit more for rounding up."""
    return decimal(min(types[0].precision - types[0].scale + 1, 38), 0)


def scale_factor(types: tuple[SqlType, ...]) -> tuple[int, ...]:
    """Return 10**scale of a DECIMAL."""
    return (10 ** types[0].scale,)


@function(("ceil", "ceiling"), (Family.DECIMAL,), whole, constants=scale_factor)
def ceil_decimal(value: int, factor: int) -> int:
    """The least whole number that is not below x.

    SELECT ceil(1.2) gives 2
    """
    return -(-value // factor)


@function("floor", (Family.DECIMAL,), whole, constants=scale_factor)
def floor_decimal(value: int, factor: int) -> int:
    """The greatest whole number that is not above x.

    SELECT floor(-1.2) gives -2
    """
    return value // factor


@function(("ceil", "ceiling"), (DOUBLE,), DOUBLE)
def ceil_double(x: float) -> float:
    """The least whole number that is not below x.

    SELECT ceil(1.2e0) gives 2
    """
    return ceil(x)


@function("floor", (DOUBLE,), DOUBLE)
def floor_double(x: float) -> float:
    """The greatest whole number that is not above x.

    SELECT floor(-1.2e0) gives -2
    """
    return floor(x)


@function(("trunc", "truncate"), (DOUBLE,), DOUBLE)
def trunc_double(x: float) -> float:
    """The whole part of x.

    SELECT trunc(-1.7e0) gives -1
    """
    return ceil(x) if x < 0.0 else floor(x)


@function("round", (DOUBLE,), DOUBLE)
def round_double(x: float) -> float:
    """The nearest whole number; ties of a DOUBLE go to the even neighbour.

    SELECT round(2.5e0) gives 2
    """
    return rint(x)


@procedure()
def power_of_ten(digits: int) -> float:
    """Return 10 to the digits; beyond 308 infinity, below -308 zero."""
    return pow(10.0, float(min(max(digits, -400), 400)))


@procedure()
def is_whole_already(x: float) -> bool:
    """Whether x has no digits behind the point: it is too large for them, infinite or NaN."""
    return not abs(x) < 4503599627370496.0


@procedure()
def nearest_whole(x: float) -> float:
    """Return x >= 0 rounded to a whole number, ties up."""
    whole = floor(x)
    return whole + 1.0 if x - whole >= 0.5 else whole


@function("round", (DOUBLE, BIGINT), DOUBLE, uses=(power_of_ten, is_whole_already, nearest_whole))
def round_double_digits(x: float, digits: int) -> float:
    """The nearest number with n digits behind the point, for n < 0 of tens; ties go away from zero.

    SELECT round(2.345e0, 2) gives 2.35
    """
    if digits < -308:
        return 0.0
    if (digits >= 0 and is_whole_already(x)) or digits > 300:
        return x
    factor = power_of_ten(abs(digits))
    magnitude = abs(x)
    if digits >= 0:
        # Beyond 2**52 the product has no half to round.
        if not magnitude * factor < 4503599627370496.0:
            return x
        magnitude = nearest_whole(magnitude * factor) / factor
    else:
        magnitude = nearest_whole(magnitude / factor) * factor
    return -magnitude if x < 0.0 else magnitude


@function(("trunc", "truncate"), (DOUBLE, BIGINT), DOUBLE, uses=(power_of_ten, is_whole_already))
def trunc_double_digits(x: float, digits: int) -> float:
    """x without what is behind n digits, for n < 0 without the tens.

    SELECT trunc(2.349e0, 2) gives 2.34
    """
    if digits < -308:
        return 0.0
    if (digits >= 0 and is_whole_already(x)) or digits > 300:
        return x
    factor = power_of_ten(abs(digits))
    magnitude = abs(x)
    if digits >= 0:
        if not magnitude * factor < 4503599627370496.0:
            return x
        scaled = floor(magnitude * factor)
        # 2.3 * 10 is 22.999...: a product that rounds back to the very number counts as whole.
        scaled = scaled + 1.0 if (scaled + 1.0) / factor == magnitude else scaled
        magnitude = scaled / factor
    else:
        magnitude = floor(magnitude / factor) * factor
    return -magnitude if x < 0.0 else magnitude


@procedure()
def integer_power_of_ten(digits: int) -> int:
    """Return 10 to the digits, 0 to 18."""
    power = 1
    for _ in range(min(max(digits, 0), 18)):
        power = power * 10
    return power


@procedure(integer_power_of_ten)
def rounded_units(value: int, digits: int) -> int:
    """Return value / 10**digits, rounded half away from zero; digits are 0 to 18."""
    power = integer_power_of_ten(digits)
    whole = quotient(value, power)
    rest = abs(value - whole * power)
    if rest >= power - rest:
        return whole - 1 if value < 0 else whole + 1
    return whole


@procedure(rounded_units, integer_power_of_ten)
def leaves_integers(value: int, digits: int) -> bool:
    """Whether rounding to tens leaves 64 bits."""
    if digits >= 0 or digits < -18:
        return digits == -19 and abs(value) >= 5000000000000000000
    return multiply_overflows(rounded_units(value, -digits), integer_power_of_ten(-digits))


@function(
    "round",
    (BIGINT, BIGINT),
    BIGINT,
    uses=(rounded_units, integer_power_of_ten),
    fails=leaves_integers,
    message="BIGINT overflow: the rounded value is out of range",
)
def round_integer(value: int, digits: int) -> int:
    """The nearest multiple of 10**-n; a whole number has nothing to round for n >= 0.

    SELECT round(1250, -2) gives 1300
    """
    if digits >= 0:
        return value
    if digits < -18:
        return 0
    return rounded_units(value, -digits) * integer_power_of_ten(-digits)


@function(("trunc", "truncate"), (BIGINT, BIGINT), BIGINT, uses=(integer_power_of_ten,))
def trunc_integer(value: int, digits: int) -> int:
    """The value with zeros for its last -n digits.

    SELECT trunc(1299, -2) gives 1200
    """
    if digits >= 0:
        return value
    if digits < -18:
        return 0
    power = integer_power_of_ten(-digits)
    return quotient(value, power) * power


@procedure(rounded_units, integer_power_of_ten)
def leaves_decimals(value: int, digits: int, scale: int) -> bool:
    """Whether rounding a DECIMAL of 18 digits leaves them."""
    dropped = scale - digits
    if dropped <= 0 or dropped > 18:
        return False
    return abs(rounded_units(value, dropped)) > quotient(
        999999999999999999, integer_power_of_ten(dropped)
    )


@function(
    "round",
    (Family.DECIMAL, BIGINT),
    one_digit_more,
    uses=(rounded_units, integer_power_of_ten),
    fails=leaves_decimals,
    message="DECIMAL overflow: the rounded value has more than 18 digits",
    constants=scale,
)
def round_decimal(value: int, digits: int, scale: int) -> int:
    """The nearest number with n digits behind the point; ties go away from zero.

    SELECT round(2.345, 2) gives 2.35
    """
    dropped = scale - digits
    if dropped <= 0:
        return value
    if dropped > 18:
        return 0
    return rounded_units(value, dropped) * integer_power_of_ten(dropped)


@function(
    ("trunc", "truncate"),
    (Family.DECIMAL, BIGINT),
    same_type,
    uses=(integer_power_of_ten,),
    constants=scale,
)
def trunc_decimal(value: int, digits: int, scale: int) -> int:
    """The number without what is behind n digits.

    SELECT trunc(-2.349, 2) gives -2.34
    """
    dropped = scale - digits
    if dropped <= 0:
        return value
    if dropped > 18:
        return 0
    power = integer_power_of_ten(dropped)
    return quotient(value, power) * power


@function("even", (DOUBLE,), DOUBLE)
def even_double(x: float) -> float:
    """The next even whole number, away from zero.

    SELECT even(2.9) gives 4
    """
    magnitude = ceil(abs(x) / 2.0) * 2.0
    return -magnitude if x < 0.0 else magnitude
