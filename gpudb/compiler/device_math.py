"""Exponentials, logarithms and powers for devices without a C library, in the kernel language.

Errors stay within 1 to 3 units in the last place, as tests/plain/compiler/test_device_math.py
measures. Where a result needs more than 53 bits on the way, it goes as a pair of floats, high and
low, packed into a wide.

- Reductions: Cody and Waite, Software Manual for the Elementary Functions (1980).
- Pairs: Dekker, A Floating-Point Technique for Extending the Available Precision (1971), and
  Knuth's sum of two floats (The Art of Computer Programming, 4.2.2).
- Series: Taylor's, as long as the reduced argument asks for.
"""

# The names that nobody defines here are builtins of the kernel language.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

NAN = 9221120237041090560
INFINITY = 9218868437227405312
EXPONENT_BIAS = 1023
TWO_54 = 18014398509481984.0
LOG_2 = 0.6931471805599453
LOG_2_TAIL = 2.3190468138462996e-17
# 33 bits, so that a product with an exponent is exact, and the rest.
LOG_2_TOP = 0.6931471804855391
LOG_2_REST = 7.440617110012397e-11
PER_LOG_2 = 1.4426950408889634
PER_LOG_2_TAIL = 2.0355273740931033e-17
PER_LOG_10 = 0.4342944819032518
PER_LOG_10_TAIL = 1.098319650216765e-17


def is_infinite(x: float) -> bool:
    """Return whether x is infinite."""
    return float_bits(abs(x)) == INFINITY


def with_sign(size: float, sign: float) -> float:
    """Return `size`, which is not negative, with the sign of `sign`."""
    return -size if float_bits(sign) < 0 else size


def power_of_two(exponent: int) -> float:
    """Return 2 ** exponent, which must be a normal number."""
    return bits_float((exponent + EXPONENT_BIAS) << 52)


def scale(x: float, exponent: int) -> float:
    """Return x * 2 ** exponent, rounded once: the first product is exact for x near 1."""
    half = exponent >> 1
    return x * power_of_two(half) * power_of_two(exponent - half)


# Pairs


def pair(high: float, low: float) -> int:
    """Return two floats as a wide."""
    return wide_of(float_bits(high), float_bits(low))


def pair_high(both: int) -> float:
    """Return the first float of a pair."""
    return bits_float(wide_high(both))


def pair_low(both: int) -> float:
    """Return the second float of a pair."""
    return bits_float(wide_low(both))


def sum_error(a: float, b: float, total: float) -> float:
    """Return what the rounding of a + b to `total` lost (Knuth)."""
    other = total - a
    return (a - (total - other)) + (b - other)


def top_half(x: float) -> float:
    """Return the upper 26 bits of x (Dekker)."""
    scaled = x * 134217729.0
    return scaled - (scaled - x)


def product_error(a: float, b: float, product: float) -> float:
    """Return what the rounding of a * b to `product` lost (Dekker)."""
    a_top = top_half(a)
    b_top = top_half(b)
    a_rest = a - a_top
    b_rest = b - b_top
    return ((a_top * b_top - product) + a_top * b_rest + a_rest * b_top) + a_rest * b_rest


def times(high: float, low: float, other: float, other_low: float) -> int:
    """Return the product of two pairs, as a pair."""
    product = high * other
    rest = product_error(high, other, product) + (high * other_low + low * other)
    total = product + rest
    return pair(total, (product - total) + rest)


# Exponentials


def exp_series(x: float) -> float:
    """Return (exp(x) - 1 - x) / x ** 2 for |x| <= 0.35."""
    p = 1.0 / 1307674368000.0 * x + 1.0 / 87178291200.0
    p = p * x + 1.0 / 6227020800.0
    p = p * x + 1.0 / 479001600.0
    p = p * x + 1.0 / 39916800.0
    p = p * x + 1.0 / 3628800.0
    p = p * x + 1.0 / 362880.0
    p = p * x + 1.0 / 40320.0
    p = p * x + 1.0 / 5040.0
    p = p * x + 1.0 / 720.0
    p = p * x + 1.0 / 120.0
    p = p * x + 1.0 / 24.0
    p = p * x + 1.0 / 6.0
    return p * x + 0.5


def exp_reduced(high: float, low: float, exponent: int) -> float:
    """Return exp(high + low) * 2 ** exponent for |high| <= 0.35."""
    one = 1.0 + high
    rest = sum_error(1.0, high, one)
    return scale(one + (high * high * exp_series(high) + (low * one + rest)), exponent)


def device_exp(x: float) -> float:
    """Return e ** x."""
    if isnan(x):
        return x
    if x > 710.0:
        return bits_float(INFINITY)
    if x < -746.0:
        return 0.0
    n = rint(x * PER_LOG_2)
    first = x - n * LOG_2_TOP
    rest = n * LOG_2_REST
    high = first - rest
    return exp_reduced(high, (first - high) - rest, int(n))


# Logarithms


def log_exponent(x: float) -> int:
    """Return k, so that x / 2 ** k lies from sqrt(1/2) to sqrt(2); x is normal."""
    return (float_bits(x) - 4604544271217802189) >> 52


def log_series(z: float) -> float:
    """Return 2/5 + 2/7 z + 2/9 z ** 2 ... for 0 <= z <= 0.03."""
    p = 2.0 / 27.0 * z + 2.0 / 25.0
    p = p * z + 2.0 / 23.0
    p = p * z + 2.0 / 21.0
    p = p * z + 2.0 / 19.0
    p = p * z + 2.0 / 17.0
    p = p * z + 2.0 / 15.0
    p = p * z + 2.0 / 13.0
    p = p * z + 2.0 / 11.0
    p = p * z + 2.0 / 9.0
    p = p * z + 2.0 / 7.0
    return p * z + 2.0 / 5.0


def log_special(x: float) -> float:
    """Return the logarithm of what is not a positive finite number."""
    if x == 0.0:
        return -bits_float(INFINITY)
    return x if x > 0.0 else bits_float(NAN)


def device_log(x: float) -> float:
    """Return the natural logarithm: log((1 + s) / (1 - s)) is 2s + 2/3 s**3 + 2/5 s**5 ..."""
    if not (x > 0.0) or is_infinite(x):
        return log_special(x)
    k = 0
    if x < 2.2250738585072014e-308:
        x = x * TWO_54
        k = -54
    shift = log_exponent(x)
    f = scale(x, -shift) - 1.0
    k += shift
    s = f / (2.0 + f)
    z = s * s
    tail = z * (2.0 / 3.0 + z * log_series(z))
    half = 0.5 * f * f
    # 2s is f - half + s * half, in which the rounding of s hardly counts.
    n = float(k)
    return n * LOG_2_TOP + (f - (half - (s * (half + tail) + n * LOG_2_REST)))


def log_pair(x: float) -> int:
    """Return the natural logarithm of a positive finite number as a pair, to some 65 bits."""
    k = 0
    if x < 2.2250738585072014e-308:
        x = x * TWO_54
        k = -54
    shift = log_exponent(x)
    m = scale(x, -shift)
    k += shift
    f = m - 1.0
    under = 1.0 + m
    under_low = sum_error(1.0, m, under)
    s = f / under
    product = s * under
    left = ((f - product) - product_error(s, under, product)) - s * under_low
    s_low = left / under
    square = times(s, s_low, s, s_low)
    z = pair_high(square)
    # atanh(s) / s - 1 is z / 3 + z**2 / 5 ...
    third = times(z, pair_low(square), 0.3333333333333333, 1.850371707708594e-17)
    more = 0.5 * z * z * log_series(z)
    p = pair_high(third) + more
    p_low = sum_error(pair_high(third), more, p) + pair_low(third)
    factor = times(2.0 * s, 2.0 * s_low, p, p_low)
    top = 2.0 * s + pair_high(factor)
    low = sum_error(2.0 * s, pair_high(factor), top) + (pair_low(factor) + 2.0 * s_low)
    n = float(k)
    whole = times(n, 0.0, LOG_2, LOG_2_TAIL)
    total = pair_high(whole) + top
    rest = sum_error(pair_high(whole), top, total) + (pair_low(whole) + low)
    high = total + rest
    return pair(high, (total - high) + rest)


def device_log10(x: float) -> float:
    """Return the logarithm to base 10, exact for powers of 10."""
    if not (x > 0.0) or is_infinite(x):
        return log_special(x)
    natural = log_pair(x)
    return pair_high(times(pair_high(natural), pair_low(natural), PER_LOG_10, PER_LOG_10_TAIL))


# Powers


def is_odd(y: float) -> bool:
    """Return whether y is an odd whole number."""
    return abs(y) < 9007199254740992.0 and floor(y) == y and int(y) & 1 == 1


def power_of_positive(x: float, y: float) -> float:
    """Return x ** y for finite x > 0 and y."""
    # A larger y leads to 0, 1 or infinity just as well, and would overflow on the way.
    y = min(max(y, -73786976294838206464.0), 73786976294838206464.0)
    natural = log_pair(x)
    binary = times(pair_high(natural), pair_low(natural), PER_LOG_2, PER_LOG_2_TAIL)
    wanted = times(pair_high(binary), pair_low(binary), y, 0.0)
    z = pair_high(wanted)
    if z >= 1024.0:
        return bits_float(INFINITY)
    if z < -1080.0:
        return 0.0
    n = rint(z)
    both = times(z - n, 0.0, LOG_2, LOG_2_TAIL)
    rest = pair_low(both) + pair_low(wanted) * LOG_2
    high = pair_high(both) + rest
    return exp_reduced(high, (pair_high(both) - high) + rest, int(n))


def device_pow(x: float, y: float) -> float:
    """Return x ** y with the special cases of C, exact where the result is a whole number."""
    if y == 0.0 or x == 1.0:
        return 1.0
    if isnan(x) or isnan(y):
        return bits_float(NAN)
    size = abs(x)
    negative = float_bits(x) < 0
    if is_infinite(y):
        if size == 1.0:
            return 1.0
        return bits_float(INFINITY) if (size > 1.0) == (y > 0.0) else 0.0
    if size == 0.0 or is_infinite(x):
        found = bits_float(INFINITY) if (size > 1.0) == (y > 0.0) else 0.0
        return -found if negative and is_odd(y) else found
    if negative and floor(y) != y:
        return bits_float(NAN)
    found = power_of_positive(size, y)
    return -found if negative and is_odd(y) else found


def device_fmod(x: float, y: float) -> float:
    """Return x - y * trunc(x / y), which is exact: by long division of the significands."""
    if isnan(x) or isnan(y) or is_infinite(x) or y == 0.0:
        return bits_float(NAN)
    if abs(x) < abs(y):
        return x
    left = significand(x)
    divisor = significand(y)
    steps = float_exponent(x) - float_exponent(y)
    left = left % divisor
    while steps > 0:
        now = min(steps, 10)
        left = (left << now) % divisor
        steps -= now
    return with_sign(float(left) * smallest_scale(float_exponent(y)), x)


def float_exponent(x: float) -> int:
    """Return the exponent field of x, 1 for a subnormal number."""
    return max((float_bits(x) >> 52) & 2047, 1)


def significand(x: float) -> int:
    """Return the significand of x as a whole number."""
    bits = float_bits(x) & 4503599627370495
    return bits + 4503599627370496 if (float_bits(x) >> 52) & 2047 > 0 else bits


def smallest_scale(exponent: int) -> float:
    """Return the value of a significand's last bit, which may be subnormal."""
    if exponent > 52:
        return bits_float((exponent - 52) << 52)
    return bits_float(1 << (exponent - 1))
