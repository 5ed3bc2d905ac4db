"""Integers as they are, in the narrowest dtype that holds them; NULL is a value that none has.

    values 8036 10561 NULL 9000     uint16     null_code 65535
    values -3 100 NULL              int8       null_code -128

Kernels read this form where it takes no more bytes than a frame of reference: there is no base to
add, which costs an instruction a value and, over many columns, the registers that hold the bases.
On disk a frame is never larger.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from gpudb.storage.encodings.encoded import Array, Encoded, Encoding, Layout, PhysicalColumn
from gpudb.storage.encodings.frame import INT64_LEAST, find_free_value, integer_bounds
from gpudb.storage.encodings.nullbits import mask_of
from gpudb.storage.statistics import Statistics

DTYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "int64")
# The least and the greatest value of each: numpy takes a while to say.
LIMITS = {dtype: (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)) for dtype in DTYPES}
# No value of a dtype narrower than int64 is this.
NO_NULL_CODE = INT64_LEAST


@cache
def layout(dtype: str, *, has_nulls: bool) -> Layout:
    """Return the layout of plain integers of one of DTYPES."""
    return Layout(
        "plain", (("codes", dtype),), (("null_code", "int"),), "code" if has_nulls else "none"
    )


def narrowest_dtype(minimum: int, maximum: int, *, has_nulls: bool) -> str:
    """Return the narrowest dtype for values from `minimum` to `maximum`, and NULL if it has any."""
    for dtype in DTYPES[:-1]:
        least, greatest = LIMITS[dtype]
        if has_nulls:
            least, greatest = (least, greatest - 1) if least == 0 else (least + 1, greatest)
        if least <= minimum and maximum <= greatest:
            return dtype
    return "int64"


def null_code(dtype: str, bounds: tuple[int, int]) -> int | None:
    """Return the value that stands for NULL among values within `bounds`; None: none is free."""
    if dtype == "int64":
        return find_free_value(*bounds)
    info = np.iinfo(dtype)
    return int(info.max) if info.min == 0 else int(info.min)


def estimate(column: PhysicalColumn, statistics: Statistics) -> int | None:
    """Return the bytes of the values; None for floats and where no value is free for NULL."""
    bounds = integer_bounds(column, statistics)
    if bounds is None or (statistics.nulls and find_free_value(*bounds) is None):
        return None
    dtype = narrowest_dtype(*bounds, has_nulls=statistics.nulls > 0)
    return np.dtype(dtype).itemsize * len(column)


def encode(column: PhysicalColumn, statistics: Statistics) -> Encoded | None:
    """Hold integers in the narrowest dtype."""
    bounds = integer_bounds(column, statistics)
    if bounds is None:
        return None
    has_nulls = statistics.nulls > 0
    dtype = narrowest_dtype(*bounds, has_nulls=has_nulls)
    return encode_as(column, bounds, dtype, has_nulls=has_nulls)


def encode_as(
    column: PhysicalColumn, bounds: tuple[int, int], dtype: str, *, has_nulls: bool
) -> Encoded | None:
    """Hold integers within `bounds` as `dtype`; None where they do not fit."""
    if column.values.dtype.kind == "f" or (column.nulls is not None and not has_nulls):
        return None
    info = np.iinfo(dtype)
    code = null_code(dtype, bounds) if has_nulls else NO_NULL_CODE
    if code is None or bounds[0] < info.min or bounds[1] > info.max:
        return None
    if column.nulls is None and dtype != "int64":
        code = NO_NULL_CODE
    codes = column.values.astype(dtype, copy=column.nulls is not None)
    if column.nulls is not None:
        if bounds[0] <= code <= bounds[1]:
            return None
        codes[column.nulls] = code
    return Encoded(layout(dtype, has_nulls=has_nulls), len(column), (codes,), (code,))


def of_frame(frame: Encoded, dtype: str, *, has_nulls: bool, may_change: bool = False) -> Encoded:
    """Return a frame of unsigned codes as plain integers of `dtype`, which hold its values.

    Codes that are the values already are not copied, nor are those that `may_change`: new memory
    for as many rows takes longer than the sum.
    """
    (codes,), (base, given) = frame.buffers, frame.scalars
    some_nulls = frame.layout.nulls == "code" and given >= 0
    code = NO_NULL_CODE
    if some_nulls:
        info = np.iinfo(dtype)
        code = int(info.max) if info.min == 0 else int(info.min)
    values = codes
    if base != 0 or codes.dtype != dtype or (some_nulls and given != code):
        nulls = codes == codes.dtype.type(given) if some_nulls else None
        is_as_wide = codes.dtype.itemsize == np.dtype(dtype).itemsize
        values = codes.view(dtype) if may_change and is_as_wide else codes.astype(dtype)
        values += np.int64(base).astype(dtype)
        if nulls is not None:
            values[nulls] = code
    return Encoded(layout(dtype, has_nulls=has_nulls), frame.rows, (values,), (code,))


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the column as int32 or int64."""
    (codes,), (code,) = encoded.buffers, encoded.scalars
    is_wide = codes.dtype in (np.int64, np.uint32)
    values: Array = codes.astype(np.int64 if is_wide else np.int32, copy=False)
    info = np.iinfo(codes.dtype)
    if encoded.layout.nulls == "none" or not info.min <= code <= info.max:
        return PhysicalColumn(values)
    return PhysicalColumn(values, mask_of(codes == codes.dtype.type(code)))


def plain_at(codes: list[int], null_code: int, row: int) -> int:
    """Return the value of a row."""
    return codes[row]


def plain_is_null_at(codes: list[int], null_code: int, row: int) -> bool:
    """Return whether a row is NULL."""
    return codes[row] == null_code


ENCODING = Encoding("plain", estimate, encode, decode, plain_at, plain_is_null_at)
