"""The functions that Numba's programs call; imports Numba, so `numba` loads it late.

Each is the operation of its name, written apart from the other back ends from its definition in
`builtins`.
"""

# ruff: noqa: D103, TID253
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import extending

from gpudb.compiler import c_library
from gpudb.compiler.language import ELEMENTS

Wide = tuple[int, int]
LEAST = -(2**63)

# Inside compiled functions these are conversions, which Numba's type stubs do not say.
int64: Any = numba.int64
uint64: Any = numba.uint64
float64: Any = numba.float64
intrinsic: Any = extending.intrinsic
_compiled: Any = numba.njit(nogil=True, error_model="numpy")


# Numbers. Numba's signed arithmetic says `nsw`, so what may overflow goes through uint64.


@_compiled
def negate(a: int) -> int:
    return int64(uint64(0) - uint64(a))


@_compiled
def add(a: int, b: int) -> int:
    return int64(uint64(a) + uint64(b))


@_compiled
def multiply(a: int, b: int) -> int:
    return int64(uint64(a) * uint64(b))


@_compiled
def floor_divide(a: int, b: int) -> int:
    if b == 0:
        return int64(0)
    return negate(a) if b == -1 else a // b


@_compiled
def floor_modulo(a: int, b: int) -> int:
    return int64(0) if b in (0, -1) else a % b


@_compiled
def quotient(a: int, b: int) -> int:
    if b == 0:
        return int64(0)
    if b == -1:
        return negate(a)
    down = a // b
    return down + 1 if down < 0 and multiply(down, b) != a else down


@_compiled
def remainder(a: int, b: int) -> int:
    return int64(0) if b in (0, -1) else a - quotient(a, b) * b


@_compiled
def logical_shift_right(a: int, n: int) -> int:
    return int64(uint64(a) >> uint64(n & 63))


@_compiled
def add_overflows(a: int, b: int) -> bool:
    total = add(a, b)
    return total < a if b >= 0 else total > a


@_compiled
def subtract_overflows(a: int, b: int) -> bool:
    rest = add(a, negate(b))
    return rest > a if b > 0 else rest < a and b != 0


@_compiled
def multiply_overflows(a: int, b: int) -> bool:
    if a == 0 or b == 0:
        return False
    if a == -1 or b == -1:
        return LEAST in (a, b)
    product = multiply(a, b)
    return product // b != a or product % b != 0


@_compiled
def int_min(a: int, b: int) -> int:
    return b if b < a else a


@_compiled
def int_max(a: int, b: int) -> int:
    return b if a < b else a


@_compiled
def float_min(a: float, b: float) -> float:
    return b if b < a else a


@_compiled
def float_max(a: float, b: float) -> float:
    return b if a < b else a


@_compiled
def int_abs(a: int) -> int:
    return negate(a) if a < 0 else a


@_compiled
def float_abs(a: float) -> float:
    return abs(a)


@_compiled
def population_count(a: int) -> int:
    count, rest = int64(0), uint64(a)
    while rest != uint64(0):
        rest &= rest - uint64(1)
        count += 1
    return count


@_compiled
def trailing_zeros(a: int) -> int:
    return population_count(add(a & negate(a), int64(-1)))


@_compiled
def mix(a: int) -> int:
    x = uint64(a)
    x = (x ^ (x >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> uint64(27))) * uint64(0x94D049BB133111EB)
    return int64(x ^ (x >> uint64(31)))


@_compiled
def isnan(a: float) -> bool:
    return np.isnan(a)


@_compiled
def sqrt(a: float) -> float:
    return np.sqrt(a)


@_compiled
def floor(a: float) -> float:
    return np.floor(a)


@_compiled
def ceil(a: float) -> float:
    return np.ceil(a)


@_compiled
def rint(a: float) -> float:
    return np.rint(a)


@_compiled
def float_to_int(a: float) -> int:
    if np.isnan(a):
        return int64(0)
    if a >= 2.0**63:
        return int64(2**63 - 1)
    return int64(LEAST) if a <= -(2.0**63) else int64(a)


@_compiled
def select(test: bool, a: Any, b: Any) -> Any:
    return a if test else b


@_compiled
def counted(first: int, end: int, step: int) -> range:
    return range(first, end if step > 0 else first, max(step, 1))


# Wide numbers: (high, low), two's complement


@_compiled
def int_to_wide(a: int) -> Wide:
    return a >> 63, a


@_compiled
def wide_of(high: int, low: int) -> Wide:
    return high, low


@_compiled
def wide_low(a: Wide) -> int:
    return a[1]


@_compiled
def wide_high(a: Wide) -> int:
    return a[0]


@_compiled
def wide_fits(a: Wide) -> bool:
    return a[0] == a[1] >> 63


@_compiled
def wide_add(a: Wide, b: Wide) -> Wide:
    low = uint64(a[1]) + uint64(b[1])
    return add(add(a[0], b[0]), int64(low < uint64(a[1]))), int64(low)


@_compiled
def wide_negate(a: Wide) -> Wide:
    return wide_add((~a[0], ~a[1]), (int64(0), int64(1)))


@_compiled
def wide_subtract(a: Wide, b: Wide) -> Wide:
    return wide_add(a, wide_negate(b))


@_compiled
def wide_multiply(a: Wide, b: Wide) -> Wide:
    mask, half = uint64(0xFFFFFFFF), uint64(32)
    x, y = uint64(a[1]), uint64(b[1])
    low = (x & mask) * (y & mask)
    left, right = (x >> half) * (y & mask), (x & mask) * (y >> half)
    middle = (low >> half) + (left & mask) + (right & mask)
    high = (x >> half) * (y >> half) + (left >> half) + (right >> half) + (middle >> half)
    crossed = add(multiply(a[0], b[1]), multiply(a[1], b[0]))
    return add(int64(high), crossed), int64((middle << half) | (low & mask))


@_compiled
def wide_equal(a: Wide, b: Wide) -> bool:
    return a[0] == b[0] and a[1] == b[1]


@_compiled
def wide_less(a: Wide, b: Wide) -> bool:
    return a[0] < b[0] or (a[0] == b[0] and uint64(a[1]) < uint64(b[1]))


@_compiled
def wide_divide(a: Wide, b: Wide) -> tuple[Wide, Wide]:
    """Long division of the sizes, bit by bit; then the signs."""
    zero = (int64(0), int64(0))
    if wide_equal(b, zero):
        return zero, zero
    n = wide_negate(a) if a[0] < 0 else a
    d = wide_negate(b) if b[0] < 0 else b
    size, rest = zero, zero
    for i in range(127, -1, -1):
        bit = (n[0] >> (i - 64) if i >= 64 else n[1] >> i) & 1
        rest = wide_add(wide_add(rest, rest), (int64(0), bit))
        size = wide_add(size, size)
        # Both are unsigned here: the least wide has no positive.
        if wide_less((rest[0] ^ LEAST, rest[1]), (d[0] ^ LEAST, d[1])):
            continue
        rest = wide_subtract(rest, d)
        size = wide_add(size, (int64(0), int64(1)))
    if (a[0] < 0) != (b[0] < 0):
        size = wide_negate(size)
    return size, wide_negate(rest) if a[0] < 0 else rest


@_compiled
def wide_quotient(a: Wide, b: Wide) -> Wide:
    return wide_divide(a, b)[0]


@_compiled
def wide_remainder(a: Wide, b: Wide) -> Wide:
    return wide_divide(a, b)[1]


@_compiled
def wide_float(a: Wide) -> float:
    """Round once: keep 64 bits and note in the last one what was shifted out."""
    if wide_fits(a):
        return float64(a[1])
    size = wide_negate(a) if a[0] < 0 else a
    high, low, lost, scale = uint64(size[0]), uint64(size[1]), uint64(0), 1.0
    while high != uint64(0):
        lost |= low & uint64(1)
        low = (low >> uint64(1)) | (high << uint64(63))
        high >>= uint64(1)
        scale *= 2.0
    result = float64(low | lost) * scale
    return -result if a[0] < 0 else result


# Memory and bits

_FLOATS = {"float32": ir.FloatType(), "float64": ir.DoubleType()}


def _element(name: str) -> ir.Type:
    return _FLOATS.get(name) or ir.IntType(int(name.lstrip("uint")))


def _place(builder: Any, address: Any, index: Any, element: ir.Type) -> Any:
    pointer = builder.inttoptr(address, element.as_pointer())
    return builder.gep(pointer, [index])


def _load(name: str) -> Callable[..., Any]:
    element, is_float = _element(name), name in _FLOATS

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        address, index = arguments
        loaded = builder.load(_place(builder, address, index, element))
        if is_float:
            return loaded if name == "float64" else builder.fpext(loaded, ir.DoubleType())
        if name == "int64":
            return loaded
        widen = builder.zext if name[0] == "u" else builder.sext
        return widen(loaded, ir.IntType(64))

    @intrinsic
    def load(_context: Any, address: Any, index: Any) -> Any:
        return (float64 if is_float else int64)(int64, int64), generate

    return load


def _store(name: str) -> Callable[..., Any]:
    element, is_float = _element(name), name in _FLOATS

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        address, value, index = arguments
        if name == "float32":
            value = builder.fptrunc(value, element)
        elif not is_float and name != "int64":
            value = builder.trunc(value, element)
        builder.store(value, _place(builder, address, index, element))
        return context.get_dummy_value()

    @intrinsic
    def store(_context: Any, address: Any, value: Any, index: Any) -> Any:
        return numba.void(int64, float64 if is_float else int64, int64), generate

    return store


@intrinsic
def _bits(_context: Any, a: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return int64(float64), generate


@intrinsic
def bits_float(_context: Any, a: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return float64(int64), generate


@_compiled
def float_bits(a: float) -> int:
    return int64(0x7FF8000000000000) if np.isnan(a) else _bits(a)


NAMESPACE: dict[str, Any] = {
    **{name: value for name, value in globals().items() if not name.startswith("_")},
    **{name: c_library.load()[name] for name in (*c_library.UNARY, *c_library.BINARY)},
    **{f"load_{name}": _load(name) for name in ELEMENTS},
    **{f"store_{name}": _store(name) for name in ELEMENTS},
    "inf": float("inf"),
}
