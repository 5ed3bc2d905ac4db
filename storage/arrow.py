"""Arrow and SQL: types both ways, arrays to physical values and back, mostly without copies.

    sql_type(arrow type)   physical(array, type) -> PhysicalColumn     texts(array)
    arrow_type(sql type)   to_arrow(values, nulls, type) -> array      to_arrow_text(codes, ...)

Timestamps are UTC: those with a time zone keep their instant and lose the zone. Unsigned integers
take the next wider signed type. A column of Arrow's null type becomes INTEGER, as in DuckDB.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.records import replace
from gpudb.storage import types
from gpudb.storage.arrow_types import TIMESTAMP_UNITS, arrow_type, sql_type
from gpudb.storage.encodings import wide
from gpudb.storage.encodings.arrays import (
    array_of,
    array_of_buffer,
    bits_of,
    null_mask,
    some_texts,
    values_of,
)
from gpudb.storage.encodings.encoded import Array, Mask, PhysicalColumn
from gpudb.storage.encodings.lists import ListColumn
from gpudb.storage.lists import parsed_lists
from gpudb.storage.types import Kind, SqlType

# The dtypes of Arrow arrays whose values are physical values as they are.
_DIRECT = {
    pa.int8(): np.int8,
    pa.int16(): np.int16,
    pa.int32(): np.int32,
    pa.int64(): np.int64,
    pa.uint8(): np.uint8,
    pa.uint16(): np.uint16,
    pa.uint32(): np.uint32,
    pa.float32(): np.float32,
    pa.float64(): np.float64,
    pa.date32(): np.int32,
    pa.time64("us"): np.int64,
    pa.duration("us"): np.int64,
}

# Fewer texts are copied one by one: Arrow's functions take longer to be begun.
FEW_ROWS = 32
DAY_MICROSECONDS = 86_400_000_000
_MONTH_DAY_NANO = np.dtype([("months", "i4"), ("days", "i4"), ("nanoseconds", "i8")])


def physical(array: pa.Array, sql_type: SqlType) -> PhysicalColumn:
    """Return the physical values of an array; for TEXT see `texts`.

    Values are not copied where Arrow holds them as they are. Raises DataError where a value does
    not fit `sql_type`.
    """
    assert not sql_type.is_text
    array = _plain(array, sql_type)
    nulls = null_mask(array)
    kind = sql_type.kind
    if kind is Kind.BOOLEAN:
        return PhysicalColumn(bits_of(array.buffers()[1], array.offset, len(array)), nulls)
    if kind is Kind.DECIMAL:
        return PhysicalColumn(_decimals(array, nulls, sql_type), nulls)
    if kind is Kind.INTERVAL_MONTHS:
        return PhysicalColumn(_months(array, nulls), nulls)
    dtype = np.int64 if kind is Kind.TIMESTAMP else _DIRECT[array.type]
    return PhysicalColumn(values_of(array, dtype), nulls)


def texts(array: pa.Array) -> pa.Array:
    """Return an array of any text type as pa.string(), or as pa.large_string() from 2 GiB on."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if array.type == pa.string():
        return array
    try:
        return array.cast(pa.string())
    except pa.ArrowInvalid:
        return array.cast(pa.large_string())


def list_column(array: pa.Array, sql_type: SqlType) -> ListColumn:
    """Return lists of any kind as arrays of type `sql_type`; text elements stay strings."""
    assert sql_type.element is not None
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(array) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    values = array.flatten()
    if sql_type.element.is_text:
        return ListColumn(offsets, null_mask(array), values)
    elements = physical(values, sql_type.element)
    if sql_type.element.is_float:
        # Equal arrays are one in a dictionary, and 0.0 is equal to -0.0.
        elements = replace(elements, values=elements.values + elements.values.dtype.type(0))
    return ListColumn(offsets, null_mask(array), elements)


def to_arrow_lists(offsets: Array, nulls: Mask | None, values: pa.Array) -> pa.Array:
    """Return lists of `values`, large ones where they must be."""
    if offsets[-1] < 1 << 31:
        made, offsets = pa.ListArray, offsets.astype(np.int32)
    else:
        made = pa.LargeListArray
    mask = pa.array(nulls) if nulls is not None and nulls.any() else None
    return made.from_arrays(array_of(offsets), values, mask=mask)


def _plain(array: pa.Array, sql_type: SqlType) -> pa.Array:
    """Return `array` in a type from which values can be taken directly."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    target = arrow_type(sql_type)
    if array.type == target or (sql_type.is_integer and _is_narrower(array.type, target)):
        return array
    try:
        return array.cast(target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(f"a value of Arrow type {array.type} does not fit {sql_type}") from error


def _is_narrower(source: pa.DataType, target: pa.DataType) -> bool:
    return bool(pa.types.is_integer(source) and source.bit_width < target.bit_width)


def _decimals(array: pa.Array, nulls: Mask | None, sql_type: SqlType) -> Array:
    """Return scaled integers: int64 where all fit, else words of 128 bits."""
    values = wide.narrowed(values_of(array, wide.WORDS), nulls)
    if wide.is_wide(values) and sql_type.precision <= types.MAX_NARROW_PRECISION:
        is_lost = values["high"] != values["low"] >> 63
        if nulls is not None:
            is_lost &= ~nulls
        row = int(np.argmax(is_lost))
        raise DataError(f"row {row + 1}: {array[row]} does not fit {sql_type}")
    return values


def _months(array: pa.Array, nulls: Mask | None) -> Array:
    parts = values_of(array, _MONTH_DAY_NANO)
    is_lost = (parts["days"] != 0) | (parts["nanoseconds"] != 0)
    if nulls is not None:
        is_lost &= ~nulls
    if is_lost.any():
        raise DataError("an interval of months and of days or time cannot be held")
    return np.ascontiguousarray(parts["months"])


def to_arrow(values: Array, nulls: Array | None, sql_type: SqlType) -> pa.Array:
    """Return physical values as an array of `arrow_type(sql_type)`; for TEXT see `to_arrow_text`.

    `nulls` is a mask of bools or of 0 and 1. The array may share the memory of `values`, which must
    not change any more.
    """
    kind = sql_type.kind
    if kind is Kind.DECIMAL:
        low, high = wide.low_words(values), wide.high_words(values)
        return to_arrow_decimal128(low, high, nulls, sql_type)
    if kind is Kind.NULL:
        return pa.nulls(len(values))
    target = arrow_type(sql_type)
    if kind is Kind.BOOLEAN:
        bits = np.packbits(values.astype(np.bool_, copy=False), bitorder="little")
        return array_of_buffer(bits, len(values), nulls, target)
    if kind is Kind.INTERVAL_MONTHS:
        parts: Array = np.zeros(len(values), _MONTH_DAY_NANO)
        parts["months"] = values
        return array_of_buffer(parts, len(values), nulls, target)
    if kind is Kind.INTERVAL:
        return array_of_buffer(_interval_parts(values), len(values), nulls, target)
    dtype = np.int64 if kind is Kind.TIMESTAMP else _DIRECT[target]
    data = np.ascontiguousarray(values.astype(dtype, copy=False))
    return array_of_buffer(data, len(values), nulls, target)


def _interval_parts(values: Array) -> Array:
    """Return months, whole days and the rest of intervals of both."""
    months, microseconds = interval_words(values)
    days = np.trunc(microseconds / DAY_MICROSECONDS).astype(np.int64)
    parts: Array = np.zeros(len(values), _MONTH_DAY_NANO)
    parts["months"], parts["days"] = months, days
    parts["nanoseconds"] = (microseconds - days * DAY_MICROSECONDS) * 1000
    return parts


def interval_words(values: Array) -> tuple[Array, Array]:
    """Return the months and the microseconds of intervals of both."""
    unused = 64 - types.INTERVAL_MONTH_SHIFT
    microseconds = values << unused >> unused
    return (values - microseconds) >> types.INTERVAL_MONTH_SHIFT, microseconds


def to_arrow_decimal128(
    low: Array, high: Array, nulls: Array | None, sql_type: SqlType
) -> pa.Array:
    """Return decimals of 128 bits, whose words `low` and `high` are int64 bits, as decimal128."""
    words = np.empty((len(low), 2), np.int64)
    words[:, 0] = low
    words[:, 1] = high
    return array_of_buffer(words, len(low), nulls, arrow_type(sql_type))


def to_arrow_text(codes: Array, nulls: Array | None, strings: pa.Array) -> pa.Array:
    """Return `strings[codes]`, NULL where `nulls`; a code under a NULL may be anything."""
    if len(codes) <= FEW_ROWS and not strings.null_count:
        return some_texts(strings, codes, nulls)
    return strings.take(array_of(codes, nulls))


def lists_of_texts(texts: pa.Array, sql_type: SqlType) -> pa.Array:
    """Return the arrays of type `sql_type` that have these texts, as large lists."""
    assert sql_type.element is not None
    value_type = arrow_type(sql_type.element)
    if sql_type.element.is_text:
        value_type = pa.large_string()
    return parsed_lists(texts, sql_type.element, value_type)


__all__ = [
    "TIMESTAMP_UNITS",
    "arrow_type",
    "list_column",
    "lists_of_texts",
    "physical",
    "sql_type",
    "texts",
    "to_arrow",
    "to_arrow_decimal128",
    "to_arrow_lists",
    "to_arrow_text",
]
