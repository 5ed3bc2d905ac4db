"""The types of Arrow and those of SQL, both ways."""

from __future__ import annotations

import pyarrow as pa

from gpudb.errors import NotSupportedError
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType

TIMESTAMP_UNITS = {0: "s", 3: "ms", 6: "us", 9: "ns"}
_PRECISIONS = {unit: precision for precision, unit in TIMESTAMP_UNITS.items()}

_ARROW_TYPES = {
    Kind.NULL: pa.null(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TINYINT: pa.int8(),
    Kind.SMALLINT: pa.int16(),
    Kind.INTEGER: pa.int32(),
    Kind.BIGINT: pa.int64(),
    Kind.FLOAT: pa.float32(),
    Kind.DOUBLE: pa.float64(),
    Kind.DATE: pa.date32(),
    Kind.TIME: pa.time64("us"),
    Kind.TEXT: pa.string(),
    Kind.INTERVAL_MONTHS: pa.month_day_nano_interval(),
    Kind.INTERVAL_TIME: pa.duration("us"),
    Kind.INTERVAL: pa.month_day_nano_interval(),
}

_SQL_TYPES = {
    pa.null(): types.INTEGER,
    pa.bool_(): types.BOOLEAN,
    pa.int8(): types.TINYINT,
    pa.int16(): types.SMALLINT,
    pa.int32(): types.INTEGER,
    pa.int64(): types.BIGINT,
    pa.uint8(): types.SMALLINT,
    pa.uint16(): types.INTEGER,
    pa.uint32(): types.BIGINT,
    pa.float16(): types.FLOAT,
    pa.float32(): types.FLOAT,
    pa.float64(): types.DOUBLE,
    pa.date32(): types.DATE,
    pa.date64(): types.DATE,
    pa.string(): types.TEXT,
    pa.large_string(): types.TEXT,
    pa.string_view(): types.TEXT,
    pa.month_day_nano_interval(): types.INTERVAL_MONTHS,
}


def arrow_type(sql_type: SqlType) -> pa.DataType:
    """Return the Arrow type in which values of `sql_type` come and go."""
    if sql_type.kind is Kind.DECIMAL:
        return pa.decimal128(sql_type.precision, sql_type.scale)
    if sql_type.kind is Kind.TIMESTAMP:
        unit = TIMESTAMP_UNITS[sql_type.precision]
        return pa.timestamp(unit, tz="UTC" if sql_type.is_zoned else None)
    if sql_type.element is not None:
        return pa.list_(arrow_type(sql_type.element))
    return _ARROW_TYPES[sql_type.kind]


def sql_type(data_type: pa.DataType, column: str | None = None) -> SqlType:
    """Return the SQL type that holds all values of an Arrow type.

    Raises NotSupportedError, which names `column`, for nested and binary types, uint64 and decimals
    of more than 38 digits.
    """
    known = _SQL_TYPES.get(data_type)
    if known is not None:
        return known
    if pa.types.is_dictionary(data_type):
        return sql_type(data_type.value_type, column)
    if pa.types.is_timestamp(data_type):
        return types.timestamp(_PRECISIONS[data_type.unit])
    if pa.types.is_time(data_type):
        return types.TIME
    if pa.types.is_duration(data_type):
        return types.INTERVAL_TIME
    if pa.types.is_decimal(data_type) and _is_stored(data_type.precision, data_type.scale):
        return types.decimal(data_type.precision, data_type.scale)
    if is_list(data_type) and not is_list(data_type.value_type):
        element = sql_type(data_type.value_type, column)
        if not element.is_interval:
            return types.array(element)
    where = "" if column is None else f"column '{column}': "
    raise NotSupportedError(f"{where}values of Arrow type {data_type} are not supported")


def is_list(data_type: pa.DataType) -> bool:
    """Whether an Arrow type is one of lists, of fixed size or not."""
    is_fixed = pa.types.is_fixed_size_list(data_type)
    return bool(is_fixed or pa.types.is_list(data_type) or pa.types.is_large_list(data_type))


def _is_stored(precision: int, scale: int) -> bool:
    return 0 <= scale <= precision <= types.MAX_DECIMAL_PRECISION
