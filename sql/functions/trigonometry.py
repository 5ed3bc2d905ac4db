"""Trigonometry, by radians and by degrees, and the hyperbolic functions.

The hyperbolic functions go by expm1 and log1p, which keep the digits of small numbers, as fdlibm's
do; Kahan's forms of the two need no more than EXP and LN.
"""

from __future__ import annotations

from math import acos, asin, atan, atan2, cos, exp, fmod, log, sin, sqrt, tan

from gpudb.sql.functions.math import is_infinite
from gpudb.sql.functions.registry import function, procedure
from gpudb.storage.types import DOUBLE

INFINITE = "the angle is infinite"


@procedure()
def is_outside_one(x: float) -> bool:
    """Whether x is not within -1 and 1."""
    return (x < -1.0) or (x > 1.0)


@procedure()
def is_outside_open_one(x: float) -> bool:
    """Whether x is not between -1 and 1, both left out."""
    return (x <= -1.0) or (x >= 1.0)


@procedure()
def is_below_one(x: float) -> bool:
    """Whether x is less than 1."""
    return x < 1.0


@function("sin", (DOUBLE,), DOUBLE, fails=is_infinite, message=INFINITE)
def sin_double(x: float) -> float:
    """The sine of radians.

    SELECT sin(1) gives 0.8414709848078965
    """
    return sin(x)


@function("cos", (DOUBLE,), DOUBLE, fails=is_infinite, message=INFINITE)
def cos_double(x: float) -> float:
    """The cosine of radians.

    SELECT cos(1) gives 0.5403023058681398
    """
    return cos(x)


@function("tan", (DOUBLE,), DOUBLE, fails=is_infinite, message=INFINITE)
def tan_double(x: float) -> float:
    """The tangent of radians.

    SELECT tan(1) gives 1.5574077246549023
    """
    return tan(x)


@function("cot", (DOUBLE,), DOUBLE, fails=is_infinite, message=INFINITE)
def cot_double(x: float) -> float:
    """The cotangent of radians; infinite at 0.

    SELECT cot(1) gives 0.6420926159343308
    """
    return cos(x) / sin(x)


@function("asin", (DOUBLE,), DOUBLE, fails=is_outside_one, message="asin takes -1 to 1")
def asin_double(x: float) -> float:
    """The angle, in radians, of a sine.

    SELECT asin(1) gives 1.5707963267948966
    """
    return asin(x)


@function("acos", (DOUBLE,), DOUBLE, fails=is_outside_one, message="acos takes -1 to 1")
def acos_double(x: float) -> float:
    """The angle, in radians, of a cosine.

    SELECT acos(0) gives 1.5707963267948966
    """
    return acos(x)


@procedure()
def arc_degrees(x: float) -> float:
    """The angle, in degrees, of a sine from 0 to 1: exact for 0, 1/2 and 1."""
    if x <= 0.5:
        return asin(x) / asin(0.5) * 30.0
    return 90.0 - acos(x) / acos(0.5) * 60.0


@function(
    "asind",
    (DOUBLE,),
    DOUBLE,
    fails=is_outside_one,
    message="asind takes -1 to 1",
    uses=(arc_degrees,),
)
def asind_double(x: float) -> float:
    """The angle, in degrees, of a sine.

    SELECT asind(0.5) gives 30
    """
    return arc_degrees(x) if x >= 0.0 else -arc_degrees(-x)


@function(
    "acosd",
    (DOUBLE,),
    DOUBLE,
    fails=is_outside_one,
    message="acosd takes -1 to 1",
    uses=(arc_degrees,),
)
def acosd_double(x: float) -> float:
    """The angle, in degrees, of a cosine.

    SELECT acosd(0.5) gives 60
    """
    if x > 0.5:
        return acos(x) / acos(0.5) * 60.0
    return 90.0 - arc_degrees(x) if x >= 0.0 else 90.0 + arc_degrees(-x)


@function("atand", (DOUBLE,), DOUBLE)
def atand_double(x: float) -> float:
    """The angle, in degrees, of a tangent.

    SELECT atand(1) gives 45
    """
    return atan(x) / atan(1.0) * 45.0


@function("atan2d", (DOUBLE, DOUBLE), DOUBLE)
def atan2d_double(y: float, x: float) -> float:
    """The angle, in degrees, of the point x, y; y comes first.

    SELECT atan2d(1, 1) gives 45
    """
    return atan2(y, x) / atan(1.0) * 45.0


@function("atan", (DOUBLE,), DOUBLE)
def atan_double(x: float) -> float:
    """The angle, in radians, of a tangent.

    SELECT atan(1) gives 0.7853981633974483
    """
    return atan(x)


@function("atan2", (DOUBLE, DOUBLE), DOUBLE)
def atan2_double(y: float, x: float) -> float:
    """The angle, in radians, of the point x, y; y comes first.

    SELECT atan2(1, 1) gives 0.7853981633974483
    """
    return atan2(y, x)


@function("degrees", (DOUBLE,), DOUBLE)
def degrees_double(x: float) -> float:
    """Radians as degrees.

    SELECT degrees(pi()) gives 180
    """
    return x * 57.29577951308232


@function("radians", (DOUBLE,), DOUBLE)
def radians_double(x: float) -> float:
    """Degrees as radians.

    SELECT radians(180) gives 3.141592653589793
    """
    return x * 0.017453292519943295


@procedure()
def sine_of_degrees(x: float) -> float:
    """Return the sine of degrees, exact at multiples of 30."""
    angle = fmod(abs(x), 360.0)
    is_negative_half = angle >= 180.0
    angle = angle - 180.0 if is_negative_half else angle
    angle = 180.0 - angle if angle > 90.0 else angle
    found = sin(angle * 0.017453292519943295)
    found = 0.5 if angle == 30.0 else found
    found = 1.0 if angle == 90.0 else found
    return -found if is_negative_half != (x < 0.0) else found


@function("sind", (DOUBLE,), DOUBLE, uses=(sine_of_degrees,), fails=is_infinite, message=INFINITE)
def sine_degrees(x: float) -> float:
    """The sine of degrees.

    SELECT sind(30) gives 0.5
    """
    return sine_of_degrees(x)


@function("cosd", (DOUBLE,), DOUBLE, uses=(sine_of_degrees,), fails=is_infinite, message=INFINITE)
def cosine_degrees(x: float) -> float:
    """The cosine of degrees.

    SELECT cosd(60) gives 0.5
    """
    return sine_of_degrees(90.0 - fmod(abs(x), 360.0))


@function("tand", (DOUBLE,), DOUBLE, uses=(sine_of_degrees,), fails=is_infinite, message=INFINITE)
def tangent_degrees(x: float) -> float:
    """The tangent of degrees; infinite at 90.

    SELECT tand(45) gives 1
    """
    angle = fmod(abs(x), 180.0)
    found = sine_of_degrees(angle) / sine_of_degrees(90.0 - angle)
    found = 1.0 if angle == 45.0 else found
    found = -1.0 if angle == 135.0 else found
    return -found if x < 0.0 else found


@procedure()
def expm1(x: float) -> float:
    """Return exp(x) - 1 with all digits of a small x."""
    power = exp(x)
    less = power - 1.0
    if power == 1.0:
        return x
    if less == -1.0 or power > 1e300:
        return less
    return less * x / log(power)


@procedure(is_infinite)
def log1p(x: float) -> float:
    """Return log(1 + x) with all digits of a small x."""
    sum_ = 1.0 + x
    if sum_ == 1.0 or is_infinite(sum_):
        return x
    return log(sum_) * x / (sum_ - 1.0)


@function("sinh", (DOUBLE,), DOUBLE, uses=(expm1,))
def sinh_double(x: float) -> float:
    """The hyperbolic sine.

    SELECT sinh(0) gives 0
    """
    magnitude = abs(x)
    if magnitude > 700.0:
        half = exp(magnitude / 2.0)
        found = half / 2.0 * half
    else:
        less = expm1(magnitude)
        found = (less + less / (less + 1.0)) / 2.0
    return -found if x < 0.0 else found


@function("cosh", (DOUBLE,), DOUBLE)
def cosh_double(x: float) -> float:
    """The hyperbolic cosine.

    SELECT cosh(0) gives 1
    """
    half = exp(abs(x) / 2.0)
    return half / 2.0 * half + 0.5 / half / half


@function("tanh", (DOUBLE,), DOUBLE, uses=(expm1,))
def tanh_double(x: float) -> float:
    """The hyperbolic tangent.

    SELECT tanh(0) gives 0
    """
    magnitude = abs(x)
    less = expm1(-2.0 * magnitude)
    found = -less / (less + 2.0)
    return -found if x < 0.0 else found


@function("asinh", (DOUBLE,), DOUBLE, uses=(log1p,))
def asinh_double(x: float) -> float:
    """The inverse of sinh.

    SELECT asinh(0) gives 0
    """
    magnitude = abs(x)
    if magnitude > 1e100:
        found = log(magnitude) + 0.6931471805599453
    else:
        square = magnitude * magnitude
        found = log1p(magnitude + square / (1.0 + sqrt(square + 1.0)))
    return -found if x < 0.0 else found


@function(
    "acosh",
    (DOUBLE,),
    DOUBLE,
    uses=(log1p,),
    fails=is_below_one,
    message="acosh takes 1 or more",
)
def acosh_double(x: float) -> float:
    """The inverse of cosh.

    SELECT acosh(1) gives 0
    """
    if x > 1e100:
        return log(x) + 0.6931471805599453
    above = x - 1.0
    return log1p(above + sqrt(2.0 * above + above * above))


@function(
    "atanh",
    (DOUBLE,),
    DOUBLE,
    uses=(log1p,),
    fails=is_outside_open_one,
    message="atanh takes what lies between -1 and 1",
)
def atanh_double(x: float) -> float:
    """The inverse of tanh.

    SELECT atanh(0) gives 0
    """
    return log1p(2.0 * x / (1.0 - x)) / 2.0
