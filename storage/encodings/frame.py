"""Frame of reference: each value as its distance from a base, in codes of 1, 2, 4 or 8 bytes.

    values 1000 1003 NULL 1001    base 1000   codes(uint8)  0 3 255 1   null_code 255
    values 9 12 10                base 0      codes(uint8)  9 12 10

NULL is the greatest code of unsigned codes. Codes of 8 bytes are the values themselves (base 0) and
NULL is the least int64 or the greatest, whichever is free. In a layout with NULLs, a chunk that has
none holds -1 as its null code, which no unsigned code equals.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from gpudb.storage.encodings.encoded import Array, Encoded, Encoding, Layout, Mask, PhysicalColumn
from gpudb.storage.encodings.nullbits import mask_of
from gpudb.storage.statistics import Statistics

INT64_LEAST = -(1 << 63)
INT64_GREATEST = (1 << 63) - 1
UNSIGNED_CODES = (("uint8", (1 << 8) - 1), ("uint16", (1 << 16) - 1), ("uint32", (1 << 32) - 1))
NO_NULL_CODE = -1


@cache
def layout(code_dtype: str, *, has_nulls: bool) -> Layout:
    """Return the layout of frames with codes uint8, uint16, uint32 or int64."""
    scalars = (("base", "int"), ("null_code", "int"))
    return Layout("frame", (("codes", code_dtype),), scalars, "code" if has_nulls else "none")


def code_dtype(minimum: int, maximum: int, *, has_nulls: bool) -> str:
    """Return the dtype of the narrowest codes for values from `minimum` to `maximum`."""
    greatest_code = maximum - minimum + int(has_nulls)
    for name, greatest in UNSIGNED_CODES:
        if greatest_code <= greatest:
            return name
    return "int64"


def find_free_value(minimum: int, maximum: int) -> int | None:
    """Return an int64 outside of `minimum` to `maximum`, to stand for NULL, or None."""
    if minimum > INT64_LEAST:
        return INT64_LEAST
    return INT64_GREATEST if maximum < INT64_GREATEST else None


def integer_bounds(column: PhysicalColumn, statistics: Statistics) -> tuple[int, int] | None:
    """Return the least and greatest value, (0, 0) for none but NULLs; None for floats."""
    if column.values.dtype.kind == "f":
        return None
    if statistics.minimum is None or statistics.maximum is None:
        return (0, 0)
    return int(statistics.minimum), int(statistics.maximum)


def estimate(column: PhysicalColumn, statistics: Statistics) -> int | None:
    """Return the bytes of the codes; None for floats and where no code is free for NULL."""
    bounds = integer_bounds(column, statistics)
    if bounds is None or (statistics.nulls and find_free_value(*bounds) is None):
        return None
    return np.dtype(code_dtype(*bounds, has_nulls=statistics.nulls > 0)).itemsize * len(column)


def encode(column: PhysicalColumn, statistics: Statistics) -> Encoded | None:
    """Encode integers in the narrowest codes."""
    bounds = integer_bounds(column, statistics)
    if bounds is None:
        return None
    dtype = code_dtype(*bounds, has_nulls=statistics.nulls > 0)
    return encode_as(column, bounds, dtype, has_nulls=statistics.nulls > 0)


def encode_as(
    column: PhysicalColumn, bounds: tuple[int, int], dtype: str, *, has_nulls: bool
) -> Encoded | None:
    """Encode integers within `bounds` in codes of `dtype`; None where they do not fit."""
    minimum, maximum = bounds
    nulls = column.nulls if has_nulls else None
    null_code: int | None = NO_NULL_CODE
    if dtype == "int64":
        minimum = 0
        null_code = find_free_value(*bounds) if has_nulls else NO_NULL_CODE
    elif nulls is not None:
        null_code = int(np.iinfo(dtype).max)
    if null_code is None or (column.nulls is not None and not has_nulls):
        return None
    if dtype != "int64":
        greatest = int(np.iinfo(dtype).max) - int(nulls is not None)
        if maximum - minimum > greatest:
            return None
        if minimum > 0 and maximum <= greatest:
            minimum = 0  # values that fit are their own codes: kernels read them as they are
    codes = codes_of(column.values, nulls, minimum, null_code, dtype)
    return Encoded(layout(dtype, has_nulls=has_nulls), len(column), (codes,), (minimum, null_code))


def codes_of(values: Array, nulls: Mask | None, base: int, null_code: int, dtype: str) -> Array:
    """Return `values - base` as `dtype`, and `null_code` where `nulls`."""
    if base == 0:
        codes = values.astype(dtype)
    else:
        # Unsigned arithmetic wraps, so that narrow values need no wider difference.
        unsigned = np.dtype(f"u{values.dtype.itemsize}")
        least = unsigned.type(base & ((1 << 8 * unsigned.itemsize) - 1))
        codes = (values.view(unsigned) - least).astype(dtype)
    if nulls is not None:
        codes[nulls] = null_code
    return codes


def values_of(codes: Array, base: int) -> Array:
    """Return `base + codes` as int32 where that is sure to fit, else as int64."""
    if codes.dtype == np.int64:
        return codes if base == 0 else codes + np.int64(base)
    greatest = base + int(np.iinfo(codes.dtype).max)
    is_narrow = base >= -(1 << 31) and greatest < 1 << 31
    values: Array = codes.astype(np.int32 if is_narrow else np.int64)
    if base != 0:
        np.add(values, base, out=values)
    return values


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the column as int32 or int64."""
    (codes,) = encoded.buffers
    base, null_code = encoded.scalars
    values = values_of(codes, int(base))
    if encoded.layout.nulls == "none" or (null_code < 0 and codes.dtype.kind == "u"):
        return PhysicalColumn(values)
    return PhysicalColumn(values, mask_of(codes == codes.dtype.type(null_code)))


def frame_at(codes: list[int], base: int, null_code: int, row: int) -> int:
    """Return the value of a row."""
    return base + codes[row]


def frame_is_null_at(codes: list[int], base: int, null_code: int, row: int) -> bool:
    """Return whether a row is NULL."""
    return codes[row] == null_code


ENCODING = Encoding("frame", estimate, encode, decode, frame_at, frame_is_null_at)
