"""Powers, roots and logarithms.

ABS, SIGN, GREATEST and LEAST are made of operators by the binder.
"""

from __future__ import annotations

from math import exp, isnan, log, log10, pow, sqrt  # noqa: A004

from gpudb.sql.functions.registry import Family, function, procedure
from gpudb.sql.functions.words import floor, rint
from gpudb.storage.types import BOOLEAN, DOUBLE, INTEGER


@procedure()
def is_infinite(x: float) -> bool:
    """Whether x is one of the two infinities."""
    return abs(x) > 1.7976931348623157e308


@procedure()
def is_negative(x: float) -> bool:
    """Whether x < 0."""
    return x < 0.0


@procedure()
def is_not_positive(x: float) -> bool:
    """Whether x <= 0."""
    return x <= 0.0


@procedure()
def has_no_power(x: float, y: float) -> bool:
    """Whether x to the y is undefined: zero to a negative, a negative to a fraction."""
    is_fraction = floor(y) != y
    return ((x == 0.0) and (y < 0.0)) or ((x < 0.0) and is_fraction and not isnan(y))


@function("sqrt", (DOUBLE,), DOUBLE, fails=is_negative, message="sqrt of a negative number")
def sqrt_double(x: float) -> float:
    """The square root.

    SELECT sqrt(2) gives 1.4142135623730951
    """
    return sqrt(x)


@function("cbrt", (DOUBLE,), DOUBLE, uses=(is_infinite,))
def cbrt_double(x: float) -> float:
    """The cube root.

    SELECT cbrt(-27) gives -3
    """
    if x == 0.0 or is_infinite(x) or isnan(x):
        return x
    root = pow(abs(x), 1.0 / 3.0)
    # One step of Newton's method makes cubes exact.
    root = root - (root * root * root - abs(x)) / (3.0 * root * root)
    return -root if x < 0.0 else root


@function(
    ("power", "pow"),
    (DOUBLE, DOUBLE),
    DOUBLE,
    fails=has_no_power,
    message="power of a negative number to a fraction, or of zero to a negative one",
)
def power_double(x: float, y: float) -> float:
    """x to the y; `x ^ y` is the same.

    SELECT power(2, 10) gives 1024
    """
    return pow(x, y)


@function("exp", (DOUBLE,), DOUBLE)
def exp_double(x: float) -> float:
    """e to the x.

    SELECT exp(1) gives 2.718281828459045
    """
    return exp(x)


@function(
    "ln", (DOUBLE,), DOUBLE, fails=is_not_positive, message="logarithm of zero or a negative number"
)
def ln_double(x: float) -> float:
    """The natural logarithm.

    SELECT ln(2) gives 0.6931471805599453
    """
    return log(x)


@function(
    ("log", "log10"),
    (DOUBLE,),
    DOUBLE,
    fails=is_not_positive,
    message="logarithm of zero or a negative number",
)
def log10_double(x: float) -> float:
    """The logarithm of base 10.

    SELECT log(1000) gives 3
    """
    return log10(x)


@procedure()
def binary_logarithm(x: float) -> float:
    """Return the logarithm of base 2, whole for powers of 2."""
    found = log(x) / 0.6931471805599453
    nearest = rint(found)
    return nearest if abs(nearest) < 1023.0 and pow(2.0, nearest) == x else found


@function(
    "log2",
    (DOUBLE,),
    DOUBLE,
    uses=(binary_logarithm,),
    fails=is_not_positive,
    message="logarithm of zero or a negative number",
)
def log2_double(x: float) -> float:
    """The logarithm of base 2.

    SELECT log2(8) gives 3
    """
    return binary_logarithm(x)


@procedure()
def has_no_logarithm(base: float, x: float) -> bool:
    """Whether the logarithm of x to a base is undefined."""
    return (base <= 0.0) or (base == 1.0) or (x <= 0.0)


@function(
    "log",
    (DOUBLE, DOUBLE),
    DOUBLE,
    uses=(binary_logarithm,),
    fails=has_no_logarithm,
    message="logarithm of zero or a negative number, or to such a base",
)
def log_base_double(base: float, x: float) -> float:
    """The logarithm of x to a base, which comes first.

    SELECT log(2, 8) gives 3
    """
    if base == 10.0:
        return log10(x)
    if base == 2.0:
        return binary_logarithm(x)
    return log(x) / log(base)


@function(("isnan", "is_nan"), (DOUBLE,), BOOLEAN)
def isnan_double(x: float) -> bool:
    """Whether x is NaN, not a number.

    SELECT isnan(1.5) gives false
    """
    return isnan(x)


@function(("isinf", "is_inf"), (DOUBLE,), BOOLEAN, uses=(is_infinite,))
def isinf_double(x: float) -> bool:
    """Whether x is one of the two infinities.

    SELECT isinf(CAST('Infinity' AS DOUBLE)) gives true
    """
    return is_infinite(x)


@function("isfinite", (DOUBLE,), BOOLEAN, uses=(is_infinite,))
def isfinite_double(x: float) -> bool:
    """Whether x is neither NaN nor infinite.

    SELECT isfinite(1.5) gives true
    """
    return not (isnan(x) or is_infinite(x))


@procedure()
def has_no_buckets(x: float, low: float, high: float, count: int) -> bool:
    """Whether WIDTH_BUCKET has no answer: no bucket, bounds that are equal, or NaN."""
    return count <= 0 or not (low < high or high < low) or isnan(x)


@function(
    "width_bucket",
    (DOUBLE, DOUBLE, DOUBLE, Family.INTEGER),
    INTEGER,
    fails=has_no_buckets,
    message="width_bucket takes a number, two different bounds and a count of at least 1",
)
def width_bucket_double(x: float, low: float, high: float, count: int) -> int:
    """The bucket that x falls into, of equally wide ones between two bounds.

    They count from 1; what lies before the first bound is in bucket 0, from the second one on in
    the bucket behind the last. The bounds may descend.

    SELECT width_bucket(5.35, 0.024, 10.06, 5) gives 3
    """
    share = (x - low) / (high - low)
    if share < 0.0:
        return 0
    if share >= 1.0:
        return count + 1
    return min(int(share * float(count)), count - 1) + 1
