"""The values as they are, with a bitmap of NULLs, which is empty where there are none."""

from __future__ import annotations

from functools import cache

import numpy as np

from gpudb.storage.encodings.encoded import Array, Encoded, Encoding, Layout, PhysicalColumn
from gpudb.storage.encodings.nullbits import NULL_BITS, pack_nulls, unpack_nulls
from gpudb.storage.statistics import Statistics

# The bitmap of a column without NULLs.
NO_NULL_BITS: Array = np.zeros(0, np.uint8)


@cache
def layout(value_dtype: str, *, has_nulls: bool) -> Layout:
    """Return the layout of raw values of any integer or float dtype."""
    nulls = "bitmap" if has_nulls else "none"
    return Layout("raw", (("values", value_dtype), NULL_BITS), (), nulls)


def estimate(column: PhysicalColumn, statistics: Statistics) -> int | None:
    """Return the bytes of the values and of the bitmap."""
    return column.values.nbytes + (len(column) // 8 if statistics.nulls else 0)


def encode(column: PhysicalColumn, statistics: Statistics) -> Encoded | None:
    """Hold the values, without a copy where they are contiguous."""
    return encode_as(column, column.values.dtype.name, has_nulls=statistics.nulls > 0)


def encode_as(column: PhysicalColumn, value_dtype: str, *, has_nulls: bool) -> Encoded:
    """Hold the values as `value_dtype`; the layout has NULLs only if `has_nulls`."""
    values = np.ascontiguousarray(column.values).astype(value_dtype, copy=False)
    null_bits = pack_nulls(column.nulls, len(column)) if has_nulls else NO_NULL_BITS
    buffers = (values, null_bits)
    return Encoded(layout(value_dtype, has_nulls=has_nulls), len(column), buffers, ())


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the values, not copied."""
    if encoded.layout.nulls == "none":
        return PhysicalColumn(encoded.buffers[0])
    return PhysicalColumn(encoded.buffers[0], unpack_nulls(encoded.buffers[1], encoded.rows))


def raw_at(values: list[float], null_bits: list[int], row: int) -> float:
    """Return the value of a row."""
    return values[row]


def raw_is_null_at(values: list[float], null_bits: list[int], row: int) -> bool:
    """Return whether a row is NULL."""
    return (null_bits[row >> 3] >> (row & 7)) & 1 == 1


ENCODING = Encoding("raw", estimate, encode, decode, raw_at, raw_is_null_at)
