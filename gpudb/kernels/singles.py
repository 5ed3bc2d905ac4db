"""Rounding of floats inside kernels: to the nearest of 32 bits for FLOAT, and to whole numbers."""

# The names that nobody defines here are builtins of the kernel language.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

import math
import struct
from collections.abc import Callable

from gpudb.errors import DataError
from gpudb.kernels.scope import Scope
from gpudb.storage.types import SqlType


def single(x: float) -> float:
    """Return the nearest float of 32 bits, ties to even; infinity beyond the greatest.

    A double has 29 bits more; those below 2**-126 are multiples of 2**-149 in 32 bits.
    """
    if isnan(x) or x == 0.0:
        return x
    if abs(x) < 1.1754943508222875e-38:
        return (x + 9.466330862652142e-30) - 9.466330862652142e-30
    bits = float_bits(x)
    nearest = bits_float((bits + 268435455 + ((bits >> 29) & 1)) & -536870912)
    if abs(nearest) <= 3.4028234663852886e38:
        return nearest
    return x * 1e308 * 10.0


def round_half_away(x: float) -> float:
    """Return the nearest whole number, ties away from zero."""
    magnitude = abs(x)
    whole = floor(magnitude)
    if magnitude - whole >= 0.5:
        whole = whole + 1.0
    return -whole if x < 0.0 else whole


def leaves_single(x: float, rounded: float) -> bool:
    """Whether a finite double is beyond the floats of 32 bits."""
    return abs(rounded) > 3.4028234663852886e38 and abs(x) <= 1.7976931348623157e308


def write_single(text: str, scope: Scope) -> tuple[str, str]:
    """Write the rounding of a float; return its text and the text of: it is out of range."""
    name = scope.writer.assign("double", text)
    rounded = scope.writer.assign("rounded", f"{scope.writer.use(single)}({name})")
    return rounded, f"{scope.writer.use(leaves_single)}({name}, {rounded})"


def float_of(bits: int) -> float:
    """Return the float whose bits a kernel left as an integer."""
    return float(struct.unpack("<d", struct.pack("<q", bits))[0])


def out_of_range(type: SqlType) -> Callable[[int, int], DataError]:
    """Return the error of a float that is no value of `type`, from the float's bits."""

    def error(bits: int, _: int) -> DataError:
        value = float_of(bits)
        shown = repr(value).removesuffix(".0") if math.isfinite(value) else str(value)
        return DataError(f"{shown} is out of the range of {type}")

    return error
