"""Numbers: rounding, powers, logarithms, trigonometry.

ABS, SIGN, ROUND of a DECIMAL, GREATEST and LEAST are made of operators by the binder.
"""

from __future__ import annotations

from math import acos, asin, atan, atan2, cos, exp, isnan, log, log10, pow, sin, sqrt, tan  # noqa: A004

from gpudb.sql.functions.registry import Family, function, procedure
from gpudb.sql.functions.words import ceil, floor, rint
from gpudb.storage.types import BOOLEAN, DOUBLE, SqlType, decimal


def whole(types: tuple[SqlType, ...]) -> SqlType:
    """A DECIMAL without its fraction, with a digit more for rounding up."""
    return decimal(min(types[0].precision - types[0].scale + 1, 38), 0)


def scale_factor(types: tuple[SqlType, ...]) -> tuple[int, ...]:
    """Return 10**scale of a DECIMAL."""
    return (10 ** types[0].scale,)


@function(("ceil", "ceiling"), (Family.DECIMAL,), whole, constants=scale_factor)
def ceil_decimal(value: int, factor: int) -> int:
    """SELECT ceil(1.2) gives 2."""
    return -(-value // factor)


@function("floor", (Family.DECIMAL,), whole, constants=scale_factor)
def floor_decimal(value: int, factor: int) -> int:
    """SELECT floor(-1.2) gives -2."""
    return value // factor


@function(("ceil", "ceiling"), (DOUBLE,), DOUBLE)
def ceil_double(x: float) -> float:
    """SELECT ceil(1.2e0) gives 2."""
    return ceil(x)


@function("floor", (DOUBLE,), DOUBLE)
def floor_double(x: float) -> float:
    """SELECT floor(-1.2e0) gives -2."""
    return floor(x)


@function(("trunc", "truncate"), (DOUBLE,), DOUBLE)
def trunc_double(x: float) -> float:
    """SELECT trunc(-1.7e0) gives -1."""
    return ceil(x) if x < 0.0 else floor(x)


@function("round", (DOUBLE,), DOUBLE)
def round_double(x: float) -> float:
    """SELECT round(2.5e0) gives 2: ties of a DOUBLE go to the even neighbour."""
    return rint(x)


@function("round", (DOUBLE, Family.INTEGER), DOUBLE)
def round_double_digits(x: float, digits: int) -> float:
    """SELECT round(2.345e0, 2) gives 2.35: ties go away from zero."""
    factor = pow(10.0, float(digits))
    magnitude = floor(abs(x) * factor + 0.5) / factor
    return -magnitude if x < 0.0 else magnitude


@procedure()
def is_negative(x: float) -> bool:
    """Whether x < 0."""
    return x < 0.0


@procedure()
def is_not_positive(x: float) -> bool:
    """Whether x <= 0."""
    return x <= 0.0


@procedure()
def is_outside_one(x: float) -> bool:
    """Whether x is not within -1 and 1."""
    return (x < -1.0) or (x > 1.0)


@procedure()
def has_no_power(x: float, y: float) -> bool:
    """Whether x to the y is undefined: zero to a negative, a negative to a fraction."""
    is_fraction = floor(y) != y
    return ((x == 0.0) and (y < 0.0)) or ((x < 0.0) and is_fraction)


@function("sqrt", (DOUBLE,), DOUBLE, fails=is_negative, message="sqrt of a negative number")
def sqrt_double(x: float) -> float:
    """SELECT sqrt(2) gives 1.4142135623730951."""
    return sqrt(x)


@function(
    ("power", "pow"),
    (DOUBLE, DOUBLE),
    DOUBLE,
    fails=has_no_power,
    message="power of a negative number to a fraction, or of zero to a negative one",
)
def power_double(x: float, y: float) -> float:
    """SELECT power(2, 10) gives 1024."""
    return pow(x, y)


@function("exp", (DOUBLE,), DOUBLE)
def exp_double(x: float) -> float:
    """SELECT exp(1) gives 2.718281828459045."""
    return exp(x)


@function(
    "ln", (DOUBLE,), DOUBLE, fails=is_not_positive, message="logarithm of zero or a negative number"
)
def ln_double(x: float) -> float:
    """SELECT ln(2) gives 0.6931471805599453."""
    return log(x)


@function(
    ("log", "log10"),
    (DOUBLE,),
    DOUBLE,
    fails=is_not_positive,
    message="logarithm of zero or a negative number",
)
def log10_double(x: float) -> float:
    """SELECT log(1000) gives 3: LOG is of base 10."""
    return log10(x)


@procedure()
def has_no_logarithm(base: float, x: float) -> bool:
    """Whether the logarithm of x to a base is undefined."""
    return (base <= 0.0) or (base == 1.0) or (x <= 0.0)


@function(
    "log",
    (DOUBLE, DOUBLE),
    DOUBLE,
    fails=has_no_logarithm,
    message="logarithm of zero or a negative number, or to such a base",
)
def log_base_double(base: float, x: float) -> float:
    """SELECT log(2, 8) gives 3."""
    return log(x) / log(base)


@function("sin", (DOUBLE,), DOUBLE)
def sin_double(x: float) -> float:
    """SELECT sin(1) gives 0.8414709848078965."""
    return sin(x)


@function("cos", (DOUBLE,), DOUBLE)
def cos_double(x: float) -> float:
    """SELECT cos(1) gives 0.5403023058681398."""
    return cos(x)


@function("tan", (DOUBLE,), DOUBLE)
def tan_double(x: float) -> float:
    """SELECT tan(1) gives 1.5574077246549023."""
    return tan(x)


@function("cot", (DOUBLE,), DOUBLE)
def cot_double(x: float) -> float:
    """SELECT cot(1) gives 0.6420926159343308."""
    return cos(x) / sin(x)


@function("asin", (DOUBLE,), DOUBLE, fails=is_outside_one, message="asin takes -1 to 1")
def asin_double(x: float) -> float:
    """SELECT asin(1) gives 1.5707963267948966."""
    return asin(x)


@function("acos", (DOUBLE,), DOUBLE, fails=is_outside_one, message="acos takes -1 to 1")
def acos_double(x: float) -> float:
    """SELECT acos(0) gives 1.5707963267948966."""
    return acos(x)


@function("atan", (DOUBLE,), DOUBLE)
def atan_double(x: float) -> float:
    """SELECT atan(1) gives 0.7853981633974483."""
    return atan(x)


@function("atan2", (DOUBLE, DOUBLE), DOUBLE)
def atan2_double(y: float, x: float) -> float:
    """SELECT atan2(1, 1) gives 0.7853981633974483."""
    return atan2(y, x)


@function("degrees", (DOUBLE,), DOUBLE)
def degrees_double(x: float) -> float:
    """SELECT degrees(pi()) gives 180."""
    return x * 57.29577951308232


@function("radians", (DOUBLE,), DOUBLE)
def radians_double(x: float) -> float:
    """SELECT radians(180) gives 3.141592653589793."""
    return x * 0.017453292519943295


@function("isnan", (DOUBLE,), BOOLEAN)
def isnan_double(x: float) -> bool:
    """SELECT isnan(1e0) gives FALSE."""
    return isnan(x)
