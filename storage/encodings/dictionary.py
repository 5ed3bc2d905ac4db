"""Few distinct numbers in a wide range, integers or floats: codes of 1 or 2 bytes and a list of
values.

    values 1e9 -7 NULL 1e9     values 1e9 -7 0     codes 0 1 2 0     null_code 2

Floats are told apart by their bits, so that -0.0 and every NaN come back as they were. The last
entry of `values` stands for NULL, or for nothing.
"""

from __future__ import annotations

import numpy as np

from gpudb.storage.encodings import frame, plain
from gpudb.storage.encodings.arrays import array_of, values_of
from gpudb.storage.encodings.encoded import Array, Encoded, Encoding, Layout, PhysicalColumn
from gpudb.storage.encodings.nullbits import mask_of
from gpudb.storage.statistics import Statistics

_GREATEST_DISTINCT = (1 << 16) - 1
_BLOCK_ROWS = 1 << 15


def layout(code_dtype: str, value_dtype: str, *, has_nulls: bool) -> Layout:
    """Return the layout: codes uint8 or uint16, values int64, float32 or float64."""
    buffers = (("codes", code_dtype), ("values", value_dtype))
    return Layout("dictionary", buffers, (("null_code", "int"),), "code" if has_nulls else "none")


def estimate(column: PhysicalColumn, statistics: Statistics) -> int | None:
    """Return the bytes of codes and values by the estimated number of distinct values."""
    if statistics.distinct > _GREATEST_DISTINCT // 2:
        return None
    code_bytes = 1 if statistics.distinct < 1 << 8 else 2
    return len(column) * code_bytes + 8 * statistics.distinct


def encode(column: PhysicalColumn, statistics: Statistics) -> Encoded | None:
    """Encode the column; None where there are more than 65,535 values or the codes do not pay."""
    values = column.values
    bits = values.view(f"i{values.dtype.itemsize}")
    mask = column.nulls if statistics.nulls else None
    coded = array_of(bits, mask).dictionary_encode()
    distinct = values_of(coded.dictionary, values.dtype)
    if len(distinct) > _GREATEST_DISTINCT:
        return None
    code_dtype = "uint8" if len(distinct) < 1 << 8 else "uint16"
    codes = values_of(coded.indices, np.int32).astype(code_dtype)
    if mask is not None:
        codes[mask] = len(distinct)
    value_dtype = values.dtype.name if values.dtype.kind == "f" else "int64"
    entries = np.zeros(len(distinct) + 1, value_dtype)
    entries[:-1] = distinct
    return Encoded(
        layout(code_dtype, value_dtype, has_nulls=mask is not None),
        len(values),
        (codes, entries),
        (len(distinct),),
    )


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the column in the dtype of the entries."""
    codes, entries = encoded.buffers
    values = _taken(entries, codes)
    if encoded.layout.nulls == "none":
        return PhysicalColumn(values)
    return PhysicalColumn(values, mask_of(codes == codes.dtype.type(encoded.scalars[0])))


def to_frame(encoded: Encoded, code_dtype: str, *, has_nulls: bool) -> Encoded | None:
    """Return integers as a frame; None where `code_dtype` does not hold them."""
    column, bounds = _entries(encoded)
    return _each(encoded, frame.encode_as(column, bounds, code_dtype, has_nulls=has_nulls))


def to_plain(encoded: Encoded, dtype: str, *, has_nulls: bool) -> Encoded | None:
    """Return integers as they are; None where `dtype` does not hold them."""
    column, bounds = _entries(encoded)
    return _each(encoded, plain.encode_as(column, bounds, dtype, has_nulls=has_nulls))


def _entries(encoded: Encoded) -> tuple[PhysicalColumn, tuple[int, int]]:
    """Return the list of values, with NULL last if there is any, and their bounds."""
    entries = encoded.buffers[1]
    used = entries[:-1]
    bounds = (int(used.min()), int(used.max())) if len(used) else (0, 0)
    if encoded.layout.nulls == "none":
        return PhysicalColumn(entries), bounds
    return PhysicalColumn(entries, np.arange(len(entries)) == len(used)), bounds


def _each(encoded: Encoded, table: Encoded | None) -> Encoded | None:
    """Return for each row what `table` has for its code: few bytes are taken for a row."""
    if table is None:
        return None
    codes = _taken(table.buffers[0], encoded.buffers[0])
    return Encoded(table.layout, encoded.rows, (codes,), table.scalars)


def _taken(entries: Array, codes: Array) -> Array:
    """Return the entry of each code; NumPy makes 8 bytes of each first, so a block at a time."""
    taken = np.empty(len(codes), entries.dtype)
    for begin in range(0, len(codes), _BLOCK_ROWS):
        taken[begin : begin + _BLOCK_ROWS] = entries.take(codes[begin : begin + _BLOCK_ROWS])
    return taken


def dictionary_at(codes: list[int], values: list[float], null_code: int, row: int) -> float:
    """Return the value of a row."""
    return values[codes[row]]


def dictionary_is_null_at(codes: list[int], values: list[float], null_code: int, row: int) -> bool:
    """Return whether a row is NULL."""
    return codes[row] == null_code


ENCODING = Encoding("dictionary", estimate, encode, decode, dictionary_at, dictionary_is_null_at)
