"""Functions of numbers that the tests give to SQL, each with what Python itself gives beside it."""

from __future__ import annotations

import math
from math import sqrt

BASE = 3
RATE = 0.25


def tri(n: int) -> int:
    return n * (n + 1) // 2


def collatz(n: int) -> int | None:
    steps = 0
    if n < 1 or n > 1 << 41:
        return None
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def helper(a: float) -> float:
    if a < 0:
        raise ValueError("below zero")
    return sqrt(a)


def calls(x: float) -> float:
    return helper(x) + RATE * abs(x)


def guarded(n: int) -> bool:
    return (n != 0 and 100 // n > 3) or n == -7


def chained(x: float) -> bool:
    return -1 < x < 1 / x if x else False


def listed(n: int) -> int:
    return BASE if n in (1, -7, 1 << 40) else -n


def swapped(n: int) -> int:
    a, b = 0, 1
    for i in range(min(n & 127, 90)):
        if i % 7 == 6:
            continue
        a, b = b, a + b
        if a > 10**15:
            break
    return a


def quotients(x: float) -> float:
    return x // 0.75 + x % -1.25


def integers(n: int) -> int:
    return (n // -7) + (n % -7) + (n >> 3) + (n & 0xFF) + ~n


def squares(n: int) -> int:
    total = 0
    for i in range(3, 40, 4):
        total += i**2 - n % 5
    return total**3


def power(x: float) -> float:
    return math.pow(x * 0.5, 3) + math.exp(-abs(x)) + math.pow(2, x)


def trigonometry(x: float) -> float:
    y = math.radians(x)
    return math.sin(y) ** 2 + math.cos(y) ** 2 + math.atan2(y, 2) - math.asin(y / 1e9)


def rounded(x: float) -> int:
    return round(x) + math.floor(x) - math.ceil(x) + int(x)


def shifted(n: int) -> int:
    return (n << 3) + (1 << (n & 31))


def logarithm(x: float) -> float:
    assert x != 4.0, "no fours"
    return math.log(x) + math.log10(x) + math.log(x, 2.0)


def mixed(n: int) -> float:
    x: float = 0
    if n > 0:
        x = 1.5
    elif n < -10 and not n % 2:
        x += n / 4
    else:
        return 1
    rounds = 0
    while True:
        x = x / 2 + n
        rounds += 1
        if x > 100 or rounds == 9 or n <= 0:
            return x


def unsettled(x: float) -> float:
    if x > 1e300:
        raise OverflowError
    sign = -1 if x < 0 else 1
    return math.inf if x > 1e6 else sign * math.pi


INTEGERS = (tri, collatz, guarded, listed, swapped, integers, squares, shifted, mixed)
FLOATS = (calls, chained, quotients, power, trigonometry, rounded, logarithm, unsettled)
