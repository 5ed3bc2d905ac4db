"""Checked casts of Arrow columns: a value that does not fit is named, never bent.

A cast fails where the value cannot be held exactly, with two exceptions that SQL's assignment
makes too: DOUBLE to FLOAT, and DECIMAL to DOUBLE or FLOAT, take the nearest value.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from gpudb.errors import DataError, NotSupportedError
from gpudb.late import compute as pc
from gpudb.records import dataclass
from gpudb.storage.arrow import arrow_type
from gpudb.storage.external.source import SourceColumn
from gpudb.storage.lists import read_lists
from gpudb.storage.types import Kind

_DICTIONARY = pa.dictionary(pa.int32(), pa.string())


@dataclass(slots=True)
class RowRange:
    """For messages: what the rows belong to, and the number of the first one, from 1.

    With `keep_dictionaries` TEXT may stay dictionary<int32, string>.
    """

    owner: str
    first_row: int = 1
    keep_dictionaries: bool = False


def cast_batch(
    batch: pa.RecordBatch, columns: Sequence[SourceColumn], rows: RowRange
) -> pa.RecordBatch:
    """Return `batch` with the names and types of `columns`, which match its columns by place.

    Raises DataError that names owner, column, row and value where a value does not fit, and
    moves `rows` past the batch.
    """
    arrays = [
        cast_column(array, column, rows)
        for array, column in zip(batch.columns, columns, strict=True)
    ]
    fields = [
        pa.field(column.name, array.type) for column, array in zip(columns, arrays, strict=True)
    ]
    rows.first_row += batch.num_rows
    if not fields:
        return batch
    return pa.record_batch(arrays, schema=pa.schema(fields))


def cast_column(array: pa.Array, column: SourceColumn, rows: RowRange) -> pa.Array:
    """Return `array` in the Arrow type of the column's SQL type."""
    target = arrow_type(column.type)
    if column.type.is_array and _is_text(array.type):
        array = read_lists(array, target.value_type)
    if array.type.equals(target):
        return array
    if rows.keep_dictionaries and column.type.kind is Kind.TEXT and array.type.equals(_DICTIONARY):
        return array
    try:
        return cast_array(array, target)
    except pa.ArrowNotImplementedError as error:
        raise NotSupportedError(
            f"{rows.owner}: values of Arrow type {array.type} cannot become {column.type} "
            f"(column '{column.name}')"
        ) from error
    except pa.ArrowInvalid as error:
        place = _first_failure(array, target)
        raise DataError(
            f"{rows.owner}, column '{column.name}', row {rows.first_row + place}: "
            f"the value {_show(array[place])} does not fit {column.type}"
        ) from error


def cast_array(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return `array` as `target`; raises ArrowInvalid where a value cannot be held exactly."""
    if pa.types.is_dictionary(array.type):
        values = array.dictionary
        if pa.types.is_string_view(values.type):
            values = values.cast(pa.large_string())  # polars' own; Arrow cannot decode it
        array = values.take(array.indices)
    source = array.type
    if source.equals(target):
        return array
    if pa.types.is_decimal(target) and not pa.types.is_string(source):
        return _to_decimal(array, target)
    if pa.types.is_timestamp(source) and source.tz is not None and pa.types.is_temporal(target):
        # UTC is the meaning of every timestamp here, so the zone's name can go.
        return cast_array(array.cast(pa.timestamp(source.unit)), target)
    result = array.cast(target)
    if _may_lose(source, target) and not _equal(result.cast(source), array):
        raise pa.ArrowInvalid(f"a value does not fit {target}")
    if pa.types.is_float32(target) and _infinities(result) != _infinities(array):
        raise pa.ArrowInvalid(f"a value does not fit {target}")
    return result


def _to_decimal(array: pa.Array, target: pa.DataType) -> pa.Array:
    if pa.types.is_integer(array.type) or pa.types.is_boolean(array.type):
        # Arrow asks for a precision that holds every value of the integer type; 38 always does.
        wide = array.cast(pa.int64()).cast(pa.decimal128(38, target.scale))
        return wide.cast(target)
    result = array.cast(target)
    if pa.types.is_floating(array.type) and not _equal(result.cast(array.type), array):
        raise pa.ArrowInvalid(f"a value does not fit {target}")
    return result


def _may_lose(source: pa.DataType, target: pa.DataType) -> bool:
    """Whether Arrow's safe cast may still drop a part of the value."""
    if pa.types.is_boolean(target):
        return not pa.types.is_string(source) and not pa.types.is_large_string(source)
    loses = pa.types.is_timestamp(source) and (pa.types.is_date(target) or pa.types.is_time(target))
    return bool(loses)


def _equal(left: pa.Array, right: pa.Array) -> bool:
    return pc.all(pc.equal(left, right)).as_py() is not False


def _infinities(array: pa.Array) -> int:
    if not pa.types.is_floating(array.type):
        return 0
    return int(pc.sum(pc.is_inf(array)).as_py() or 0)


def _first_failure(array: pa.Array, target: pa.DataType) -> int:
    """Return the place of the first value that cannot be cast, by halving."""
    begin, end = 0, len(array)
    while end - begin > 1:
        middle = (begin + end) // 2
        if _fits(array.slice(begin, middle - begin), target):
            begin = middle
        else:
            end = middle
    return begin


def _fits(array: pa.Array, target: pa.DataType) -> bool:
    try:
        cast_array(array, target)
    except pa.ArrowInvalid:
        return False
    return True


def _show(scalar: pa.Scalar) -> str:
    text = repr(scalar.as_py()) if _is_text(scalar.type) else str(scalar)
    return text if len(text) <= 80 else text[:77] + "..."


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))
