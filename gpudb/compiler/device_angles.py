"""Trigonometry for devices without a C library, in the kernel language; see device_math.

Angles of up to a million are reduced as Cody and Waite do (Software Manual for the Elementary
Functions, 1980), larger ones as Payne and Hanek do (Radian Reduction for Trigonometric Functions,
1983): a multiple of 2 / pi in fixed point, of which only the bits that matter are computed.
"""

# The names that nobody defines here are builtins of the kernel language, or of device_math.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

PI = 3.141592653589793
PI_TAIL = 1.2246467991473532e-16
HALF_PI = 1.5707963267948966
HALF_PI_TAIL = 6.123233995736766e-17
QUARTER_PI = 0.7853981633974483
QUARTER_PI_TAIL = 3.061616997868383e-17
ATAN_HALF = 0.4636476090008061
ATAN_HALF_TAIL = 2.2698777452961687e-17
PER_HALF_PI = 0.6366197723675814
# Pi / 2 by 33 bits each, so that a product with 20 bits is exact, and the rest.
HALF_PI_1 = 1.5707963267341256
HALF_PI_2 = 6.077100506303966e-11
HALF_PI_3 = 2.0222662487111665e-21
HALF_PI_4 = 8.4784276603689e-32
LARGE_ANGLE = 1048576.0


# Reduction to -pi/4 .. pi/4, as a pair of floats


def reduced_angle(x: float, n: float) -> int:
    """Return x - n * pi / 2 for |n| < 2 ** 20."""
    first = x - n * HALF_PI_1
    second = first - n * HALF_PI_2
    second_low = sum_error(first, -(n * HALF_PI_2), second)
    third = second - n * HALF_PI_3
    third_low = sum_error(second, -(n * HALF_PI_3), third)
    low = second_low + (third_low - n * HALF_PI_4)
    high = third + low
    return pair(high, (third - high) + low)


def two_over_pi(index: int) -> int:
    """Return 64 bits of 2 / pi, number `index` behind the point."""
    word = 0xA2F9836E4E441529 if index == 0 else 0
    word = 0xFC2757D1F534DDC0 if index == 1 else word
    word = 0xDB6295993C439041 if index == 2 else word
    word = 0xFE5163ABDEBBC561 if index == 3 else word
    word = 0xB7246E3A424DD2E0 if index == 4 else word
    word = 0x06492EEA09D1921C if index == 5 else word
    word = 0xFE1DEB1CB129A73E if index == 6 else word
    word = 0xE88235F52EBB4484 if index == 7 else word
    word = 0xE99C7026B45F7E41 if index == 8 else word
    word = 0x3991D639835339F4 if index == 9 else word
    word = 0x9C845F8BBDF9283B if index == 10 else word
    word = 0x1FF897FFDE05980F if index == 11 else word
    word = 0xEF2F118B5A0A6D1F if index == 12 else word
    word = 0x6D367ECF27CB09B7 if index == 13 else word
    word = 0x4F463F669E5FEA2D if index == 14 else word
    word = 0x7527BAC7EBE5F17B if index == 15 else word
    word = 0x3D0739F78A5292EA if index == 16 else word
    word = 0x6BFB5FB11F8D5D08 if index == 17 else word
    return 0x56033046FC7B6BAB if index == 18 else word


def shifted_word(index: int, shift: int) -> int:
    """Return 64 bits of 2 / pi, `shift` bits after word `index` begins."""
    following = logical_shift_right(two_over_pi(index + 1), 1)
    return (two_over_pi(index) << shift) | logical_shift_right(following, 63 - shift)


def unsigned_product(a: int, b: int) -> int:
    """Return the product of two unsigned ints, a wide."""
    return wide_multiply(wide_of(0, a), wide_of(0, b))


def quarter_turns(x: float) -> int:
    """Return |x| * 2 / pi modulo 4, a wide of 126 bits behind the point; |x| is large."""
    size = significand(x)
    # The bits before this one are multiples of 4 turns.
    begin = float_exponent(x) - 1077
    index = begin >> 6
    shift = begin & 63
    low = unsigned_product(size, shifted_word(index + 2, shift))
    middle = unsigned_product(size, shifted_word(index + 1, shift))
    high = wide_of(size * shifted_word(index, shift), wide_high(low))
    return wide_add(high, middle)


def quadrant_of(turns: int) -> int:
    """Return the nearest whole number of quarter turns."""
    return logical_shift_right(wide_high(turns) + (1 << 61), 62)


def angle_of(turns: int) -> int:
    """Return what the quarter turns leave, as a pair."""
    high = wide_high(turns) - (quadrant_of(turns) << 62)
    low = wide_low(turns)
    # Move the first bit that is set to place 61.
    bits = float_bits(float(max(abs(high), 1))) >> 52
    shift = max(61 + 1023 - bits, 0)
    moved_low = logical_shift_right(logical_shift_right(low, 1), 63 - shift)
    high = (high << shift) | moved_low
    low = low << shift
    rest = float(high & 2047) + float(logical_shift_right(low, 1)) * power_of_two(-63)
    angle = times(float(high - (high & 2047)), rest, HALF_PI, HALF_PI_TAIL)
    unit = power_of_two(-62 - shift)
    return pair(pair_high(angle) * unit, pair_low(angle) * unit)


# Sines


def sine_series(x: float, low: float) -> float:
    """Return sin(x + low) for |x| <= pi / 4."""
    z = x * x
    p = -1.0 / 121645100408832000.0 * z + 1.0 / 355687428096000.0
    p = p * z - 1.0 / 1307674368000.0
    p = p * z + 1.0 / 6227020800.0
    p = p * z - 1.0 / 39916800.0
    p = p * z + 1.0 / 362880.0
    p = p * z - 1.0 / 5040.0
    p = p * z + 1.0 / 120.0
    p = p * z - 1.0 / 6.0
    return x + (z * x * p + low * (1.0 - 0.5 * z))


def cosine_series(x: float, low: float) -> float:
    """Return cos(x + low) for |x| <= pi / 4."""
    z = x * x
    p = 1.0 / 2432902008176640000.0 * z - 1.0 / 6402373705728000.0
    p = p * z + 1.0 / 20922789888000.0
    p = p * z - 1.0 / 87178291200.0
    p = p * z + 1.0 / 479001600.0
    p = p * z - 1.0 / 3628800.0
    p = p * z + 1.0 / 40320.0
    p = p * z - 1.0 / 720.0
    p = p * z + 1.0 / 24.0
    half = 0.5 * z
    most = 1.0 - half
    return most + (((1.0 - most) - half) + (z * z * p - x * low))


def sine_in(angle: int, quadrant: int) -> float:
    """Return the sine of a reduced angle in a quadrant."""
    if quadrant & 1 == 1:
        found = cosine_series(pair_high(angle), pair_low(angle))
    else:
        found = sine_series(pair_high(angle), pair_low(angle))
    return -found if quadrant & 2 == 2 else found


def find_turns(x: float) -> int:
    """Return the quarter turns of a large angle, 0 for another."""
    if abs(x) < LARGE_ANGLE:
        return wide(0)
    return quarter_turns(x)


def find_angle(x: float, turns: int) -> int:
    """Return x less its quarter turns, as a pair; x is finite."""
    if abs(x) <= QUARTER_PI:
        return pair(x, 0.0)
    if abs(x) < LARGE_ANGLE:
        return reduced_angle(x, rint(x * PER_HALF_PI))
    found = angle_of(turns)
    if x < 0.0:
        return pair(-pair_high(found), -pair_low(found))
    return found


def find_quadrant(x: float, turns: int) -> int:
    """Return the quarter turns of x, modulo 4."""
    if abs(x) <= QUARTER_PI:
        return 0
    if abs(x) < LARGE_ANGLE:
        return int(rint(x * PER_HALF_PI))
    quadrant = quadrant_of(turns)
    return -quadrant if x < 0.0 else quadrant


def device_sin(x: float) -> float:
    """Return the sine."""
    if isnan(x) or is_infinite(x):
        return bits_float(NAN)
    if x == 0.0:
        return x
    turns = find_turns(x)
    return sine_in(find_angle(x, turns), find_quadrant(x, turns))


def device_cos(x: float) -> float:
    """Return the cosine."""
    if isnan(x) or is_infinite(x):
        return bits_float(NAN)
    turns = find_turns(x)
    return sine_in(find_angle(x, turns), find_quadrant(x, turns) + 1)


def device_tan(x: float) -> float:
    """Return the tangent."""
    if isnan(x) or is_infinite(x):
        return bits_float(NAN)
    if x == 0.0:
        return x
    turns = find_turns(x)
    angle = find_angle(x, turns)
    sine = sine_series(pair_high(angle), pair_low(angle))
    cosine = cosine_series(pair_high(angle), pair_low(angle))
    return -cosine / sine if find_quadrant(x, turns) & 1 == 1 else sine / cosine


# Arcs


def atan_series(x: float) -> float:
    """Return atan(x) - x for |x| <= 0.24."""
    z = x * x
    p = 1.0 / 29.0 * z - 1.0 / 27.0
    p = p * z + 1.0 / 25.0
    p = p * z - 1.0 / 23.0
    p = p * z + 1.0 / 21.0
    p = p * z - 1.0 / 19.0
    p = p * z + 1.0 / 17.0
    p = p * z - 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z - 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z - 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z - 1.0 / 3.0
    return x * z * p


def atan_unit(t: float) -> float:
    """Return atan(t) for 0 <= t <= 1: around 0, 1/2 or 1."""
    if t < 0.2361:
        return t + atan_series(t)
    if t < 0.77:
        r = (t - 0.5) / (1.0 + 0.5 * t)
        return ATAN_HALF + (r + (atan_series(r) + ATAN_HALF_TAIL))
    r = (t - 1.0) / (1.0 + t)
    return QUARTER_PI + (r + (atan_series(r) + QUARTER_PI_TAIL))


def atan_positive(t: float) -> float:
    """Return atan(t) for t >= 0."""
    if t <= 1.0:
        return atan_unit(t)
    return HALF_PI - (atan_unit(1.0 / t) - HALF_PI_TAIL)


def device_atan(x: float) -> float:
    """Return the arc tangent."""
    if isnan(x):
        return x
    return with_sign(atan_positive(abs(x)), x)


def device_asin(x: float) -> float:
    """Return the arc sine."""
    if not (abs(x) <= 1.0):
        return bits_float(NAN)
    size = abs(x)
    return with_sign(atan_positive(size / sqrt((1.0 - size) * (1.0 + size))), x)


def device_acos(x: float) -> float:
    """Return the arc cosine."""
    if not (abs(x) <= 1.0):
        return bits_float(NAN)
    return 2.0 * atan_positive(sqrt((1.0 - x) / (1.0 + x)))


def device_atan2(y: float, x: float) -> float:
    """Return the angle of the point (x, y), signed zeros and infinities as in C."""
    if isnan(x) or isnan(y):
        return bits_float(NAN)
    ratio = abs(y) / abs(x)
    if y == 0.0:
        ratio = 0.0
    if is_infinite(x) and is_infinite(y):
        ratio = 1.0
    found = atan_positive(ratio)
    if float_bits(x) < 0:
        found = PI - (found - PI_TAIL)
    return with_sign(found, y)
