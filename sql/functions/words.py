"""The kernel language's builtins that Python lacks, so that bodies run as Python too.

In a kernel these names are the language's own; nothing here is copied into generated text.
"""

from __future__ import annotations

import math

INT64_BITS = 63


def quotient(a: int, b: int) -> int:
    """Return a / b rounded towards zero."""
    magnitude = abs(a) // abs(b)
    return magnitude if (a < 0) == (b < 0) else -magnitude


def remainder(a: int, b: int) -> int:
    """Return a - b * quotient(a, b)."""
    return a - b * quotient(a, b)


def _overflows(value: int) -> bool:
    return not -(1 << INT64_BITS) <= value < 1 << INT64_BITS


def add_overflows(a: int, b: int) -> bool:
    """Return whether a + b leaves 64 bits."""
    return _overflows(a + b)


def multiply_overflows(a: int, b: int) -> bool:
    """Return whether a * b leaves 64 bits."""
    return _overflows(a * b)


def subtract_overflows(a: int, b: int) -> bool:
    """Return whether a - b leaves 64 bits."""
    return _overflows(a - b)


def population_count(value: int) -> int:
    """Return the number of ones among the 64 bits of `value`."""
    return (value & ((1 << 64) - 1)).bit_count()


def floor(x: float) -> float:
    """Return the greatest integer that is not above x, as a float."""
    return float(math.floor(x)) if math.isfinite(x) else x


def ceil(x: float) -> float:
    """Return the least integer that is not below x, as a float."""
    return float(math.ceil(x)) if math.isfinite(x) else x


def rint(x: float) -> float:
    """Return the integer nearest to x, ties to even, as a float."""
    return float(round(x)) if math.isfinite(x) else x


def wide(value: int) -> int:
    """Return an integer as one of 128 bits."""
    return value


def wide_add(a: int, b: int) -> int:
    """Return a + b."""
    return a + b


def wide_subtract(a: int, b: int) -> int:
    """Return a - b."""
    return a - b


def wide_multiply(a: int, b: int) -> int:
    """Return a * b."""
    return a * b


def wide_low(value: int) -> int:
    """Return the low 64 bits as a signed integer."""
    low = value & ((1 << 64) - 1)
    return low - (1 << 64) if low >> INT64_BITS else low


def wide_high(value: int) -> int:
    """Return the high 64 bits as a signed integer."""
    return value >> 64
