"""Floats that are decimal numbers, as integers: 12.34 is the code of 1234 with the divisor 100.

    value = (base + code) / divisor, to the bit, or the encoding does not apply (NaN, inf, -0.0,
    1/3)

The least power of ten that serves all rows is found on a sample first and then checked on every
row. The idea is that of pseudodecimals (Kuschewski et al., BtrBlocks, SIGMOD 2023) and ALP
(Afroozeh et al., SIGMOD 2024), without exceptions: a column that needs them is held raw.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from gpudb.storage.encodings import frame
from gpudb.storage.encodings.encoded import Array, Encoded, Encoding, Layout, PhysicalColumn
from gpudb.storage.encodings.nullbits import mask_of
from gpudb.storage.encodings.sample import sample_rows
from gpudb.storage.statistics import Statistics

_GREATEST_EXPONENT = 9
_SAMPLE_ROWS = 512
_GREATEST_INTEGER = float(1 << 53)
# Blocks of this many rows keep the steps of the full check inside the cache.
_BLOCK_ROWS = 1 << 14


@cache
def layout(code_dtype: str, *, has_nulls: bool) -> Layout:
    """Return the layout with codes uint8, uint16, uint32 or int64."""
    scalars = (("base", "int"), ("divisor", "float"), ("null_code", "int"))
    return Layout("scaled", (("codes", code_dtype),), scalars, "code" if has_nulls else "none")


def estimate(column: PhysicalColumn, statistics: Statistics) -> int | None:
    """Return the bytes of the codes, judged by a sample; None for what is not decimal-like."""
    if column.values.dtype.kind != "f" or statistics.minimum is None or statistics.maximum is None:
        return None
    rows = sample_rows(len(column), _SAMPLE_ROWS)
    values = column.values[rows]
    if column.nulls is not None:
        values = values[~column.nulls[rows]]
    exponent = find_exponent(values)
    if exponent is None:
        return None
    bounds = _scaled_bounds((statistics.minimum, statistics.maximum), exponent)
    if bounds is None:
        return None
    dtype = frame.code_dtype(*bounds, has_nulls=statistics.nulls > 0)
    return np.dtype(dtype).itemsize * len(column)


def find_exponent(values: Array, least: int = 0) -> int | None:
    """Return the least power of ten, from 10**`least` to 10**9, that makes `values` integers, or
    None.

    float32 takes the power 0 only: a quotient of float64 is seldom a float32.
    """
    greatest = _GREATEST_EXPONENT if values.dtype == np.float64 else 0
    for exponent in range(least, greatest + 1):
        if _are_decimals(values, 10.0**exponent):
            return exponent
    return None


def encode(column: PhysicalColumn, statistics: Statistics) -> Encoded | None:
    """Encode the column in the narrowest codes; None where a row is no decimal number."""
    return _encode(column, (statistics.minimum, statistics.maximum), None, statistics.nulls > 0)


def encode_as(column: PhysicalColumn, code_dtype: str, *, has_nulls: bool) -> Encoded | None:
    """Encode the column in codes of `code_dtype`; None where they do not hold a row."""
    values = column.values if column.nulls is None else column.values[~column.nulls]
    if column.nulls is not None and not has_nulls:
        return None
    bounds = (values.min().item(), values.max().item()) if len(values) else (0.0, 0.0)
    return _encode(column, bounds, code_dtype, has_nulls)


def _encode(
    column: PhysicalColumn,
    bounds: tuple[float | None, float | None],
    code_dtype: str | None,
    has_nulls: bool,
) -> Encoded | None:
    if column.values.dtype.kind != "f" or bounds[0] is None or bounds[1] is None:
        return None
    values = column.values
    if column.nulls is not None:
        # A value under a NULL may be anything: let it be one that is there.
        values = np.where(column.nulls, values.dtype.type(bounds[0]), values)
    exponent = find_exponent(values[sample_rows(len(column), _SAMPLE_ROWS)])
    if exponent is not None:
        exponent = find_exponent(values, exponent)
    integers = _scaled_bounds((bounds[0], bounds[1]), exponent) if exponent is not None else None
    if exponent is None or integers is None:
        return None
    narrowest = frame.code_dtype(*integers, has_nulls=column.nulls is not None)
    dtype = code_dtype or narrowest
    if np.dtype(dtype).itemsize < np.dtype(narrowest).itemsize:
        return None
    codes, scalars = _codes(PhysicalColumn(values, column.nulls), integers[0], exponent, dtype)
    return Encoded(layout(dtype, has_nulls=has_nulls), len(column), (codes,), scalars)


def _codes(
    column: PhysicalColumn, least: int, exponent: int, dtype: str
) -> tuple[Array, tuple[int | float, ...]]:
    """Return the codes of decimal numbers and the scalars of the layout."""
    base = 0 if dtype == "int64" else least
    divisor = 10.0**exponent
    codes = np.empty(len(column), dtype)
    for begin in range(0, len(column), _BLOCK_ROWS):
        block = column.values[begin : begin + _BLOCK_ROWS] * np.float64(divisor)
        np.rint(block, out=block)
        block -= base
        codes[begin : begin + _BLOCK_ROWS] = block.astype(np.int64)
    # Integers stay below 2**53, so the least int64 is free.
    null_code = frame.INT64_LEAST if dtype == "int64" else frame.NO_NULL_CODE
    if column.nulls is not None:
        null_code = frame.INT64_LEAST if dtype == "int64" else int(np.iinfo(dtype).max)
        codes[column.nulls] = null_code
    return codes, (base, divisor, null_code)


def _scaled_bounds(bounds: tuple[float, float], exponent: int) -> tuple[int, int] | None:
    minimum, maximum = (bound * 10.0**exponent for bound in bounds)
    if not -_GREATEST_INTEGER < minimum <= maximum < _GREATEST_INTEGER:
        return None
    return round(minimum), round(maximum)


def _are_decimals(values: Array, divisor: float) -> bool:
    """Return whether every value is an integer below 2**53 divided by `divisor`, to the bit."""
    if divisor > 1.0 and values.dtype != np.float64:
        return False
    scaled = np.empty(min(len(values), _BLOCK_ROWS), np.float64)
    for begin in range(0, len(values), _BLOCK_ROWS):
        block = values[begin : begin + _BLOCK_ROWS].astype(np.float64, copy=False)
        product = scaled[: len(block)]
        with np.errstate(over="ignore", invalid="ignore"):
            np.multiply(block, divisor, out=product)
            np.rint(product, out=product)
        if not -_GREATEST_INTEGER < product.min() <= product.max() < _GREATEST_INTEGER:
            return False
        # An integer has no -0.0: adding 0.0 makes it 0.0, which differs in its bits.
        product += 0.0
        product /= divisor
        if not np.array_equal(product.view(np.int64), block.view(np.int64)):
            return False
    return True


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the column as float64."""
    (codes,) = encoded.buffers
    base, divisor, null_code = encoded.scalars
    values = codes.astype(np.float64)
    values += base
    values /= divisor
    if encoded.layout.nulls == "none" or (null_code < 0 and codes.dtype.kind == "u"):
        return PhysicalColumn(values)
    return PhysicalColumn(values, mask_of(codes == codes.dtype.type(null_code)))


def scaled_at(codes: list[int], base: int, divisor: float, null_code: int, row: int) -> float:
    """Return the value of a row."""
    return float(base + codes[row]) / divisor


def scaled_is_null_at(
    codes: list[int], base: int, divisor: float, null_code: int, row: int
) -> bool:
    """Return whether a row is NULL."""
    return codes[row] == null_code


ENCODING = Encoding("scaled", estimate, encode, decode, scaled_at, scaled_is_null_at)
