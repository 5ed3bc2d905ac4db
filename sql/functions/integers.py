"""Whole numbers: divisors, factorials, bits."""

from __future__ import annotations

from gpudb.sql.functions.registry import Family, function, procedure
from gpudb.sql.functions.words import (
    multiply_overflows,
    population_count,
    quotient,
    remainder,
    wide,
    wide_multiply,
)
from gpudb.storage.types import BIGINT, INTEGER, INTEGER_BITS, SqlType, decimal


def first_type(types: tuple[SqlType, ...]) -> SqlType:
    """The result has the first argument's type."""
    return types[0]


def wider_type(types: tuple[SqlType, ...]) -> SqlType:
    """The result has the wider argument's type."""
    return max(types[0], types[1], key=lambda type_: INTEGER_BITS[type_.kind])


def bits_of(types: tuple[SqlType, ...]) -> tuple[int, ...]:
    """Return the first argument's number of bits."""
    return (INTEGER_BITS[types[0].kind],)


@procedure()
def negative_divisor(a: int, b: int) -> int:
    """Return the greatest common divisor times -1, which is there for the least integer too."""
    while b != 0:
        rest = remainder(a, b)
        a = b
        b = rest
    return a if a < 0 else -a


@procedure(negative_divisor)
def has_no_divisor(a: int, b: int) -> bool:
    """Whether the greatest common divisor is 2**63."""
    return negative_divisor(a, b) < -9223372036854775807


@function(
    ("gcd", "greatest_common_divisor"),
    (BIGINT, BIGINT),
    BIGINT,
    uses=(negative_divisor,),
    fails=has_no_divisor,
    message="BIGINT overflow: the greatest common divisor is out of range",
)
def greatest_divisor(a: int, b: int) -> int:
    """The greatest common divisor; 0 of two zeros.

    SELECT gcd(1071, 462) gives 21
    """
    return -negative_divisor(a, b)


@procedure(negative_divisor)
def has_no_multiple(a: int, b: int) -> bool:
    """Whether the least common multiple leaves 64 bits."""
    if a == 0 or b == 0:
        return False
    factor = quotient(a, negative_divisor(a, b))
    is_least = (factor < -9223372036854775807) or (b < -9223372036854775807)
    return is_least or multiply_overflows(abs(factor), abs(b))


@function(
    ("lcm", "least_common_multiple"),
    (BIGINT, BIGINT),
    BIGINT,
    uses=(negative_divisor,),
    fails=has_no_multiple,
    message="BIGINT overflow: the least common multiple is out of range",
)
def least_multiple(a: int, b: int) -> int:
    """The least common multiple; 0 where one of them is 0.

    SELECT lcm(1071, 462) gives 23562
    """
    if a == 0 or b == 0:
        return 0
    return abs(quotient(a, negative_divisor(a, b)) * b)


@procedure()
def has_no_factorial(n: int) -> bool:
    """Whether n! is not a DECIMAL of 38 digits."""
    return (n < 0) or (n > 33)


@function(
    "factorial",
    (BIGINT,),
    decimal(38, 0),
    fails=has_no_factorial,
    message="factorial takes 0 to 33",
    is_wide=True,
)
def factorial_of(n: int) -> int:
    """1 * 2 * ... * n, exact up to 33.

    SELECT factorial(20) gives 2432902008176640000
    """
    product = wide(1)
    for factor in range(2, min(n, 33) + 1):
        product = wide_multiply(product, wide(factor))
    return product


@function((), (Family.INTEGER, Family.INTEGER), wider_type)
def bit_and(a: int, b: int) -> int:
    """The bits that both have.

    SELECT 12 & 10 gives 8
    """
    return a & b


@function((), (Family.INTEGER, Family.INTEGER), wider_type)
def bit_or(a: int, b: int) -> int:
    """The bits that either has.

    SELECT 12 | 10 gives 14
    """
    return a | b


@function("xor", (Family.INTEGER, Family.INTEGER), wider_type)
def bit_xor(a: int, b: int) -> int:
    """The bits that only one of them has; `a # b` is the same.

    SELECT xor(12, 10) gives 6
    """
    return a ^ b


@function((), (Family.INTEGER,), first_type)
def bit_not(a: int) -> int:
    """The bits that a lacks.

    SELECT ~12 gives -13
    """
    return -1 - a


@function((), (Family.INTEGER, Family.INTEGER), first_type, constants=bits_of)
def shift_left(value: int, count: int, bits: int) -> int:
    """The bits moved up; those beyond the type's width are lost, the count is taken modulo it.

    SELECT 1 << 4 gives 16
    """
    kept_bits = bits - count % bits
    if kept_bits == bits:
        return value
    kept = value & ((1 << kept_bits) - 1)
    sign = kept >> (kept_bits - 1)
    return (kept - (sign << kept_bits)) << (bits - kept_bits)


@function((), (Family.INTEGER, Family.INTEGER), first_type, constants=bits_of)
def shift_right(value: int, count: int, bits: int) -> int:
    """The bits moved down, copies of the sign behind them; the count is taken modulo the width.

    SELECT -16 >> 2 gives -4
    """
    return value >> (count % bits)


@function("bit_count", (Family.INTEGER,), INTEGER, constants=bits_of)
def bit_count_of(value: int, bits: int) -> int:
    """How many bits are set.

    SELECT bit_count(7) gives 3
    """
    return population_count(value) - (64 - bits if value < 0 else 0)
