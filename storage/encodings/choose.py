"""The choice of an encoding for a column of a chunk: the smallest, or the one that DDL asks for."""

from __future__ import annotations

import numpy as np

from gpudb.errors import DataError, InternalError
from gpudb.storage.encodings import (
    bitpack,
    constant,
    delta,
    dictionary,
    frame,
    plain,
    raw,
    runs,
    scaled,
    sequence,
    wide,
)
from gpudb.storage.encodings.encoded import (
    Encoded,
    Encoding,
    EncodingRequest,
    PhysicalColumn,
)
from gpudb.storage.statistics import Statistics
from gpudb.storage.types import Kind, SqlType

# Of equal sizes the first wins, so the ones that are read faster come first.
ENCODINGS: tuple[Encoding, ...] = (
    constant.ENCODING,
    sequence.ENCODING,
    frame.ENCODING,
    scaled.ENCODING,
    dictionary.ENCODING,
    delta.ENCODING,
    runs.ENCODING,
    bitpack.ENCODING,
    raw.ENCODING,
    plain.ENCODING,
)
# Numbers of 128 bits have one encoding, and it holds nothing else.
ALL_ENCODINGS = (*ENCODINGS, wide.ENCODING)


def find_encoding(name: str) -> Encoding | None:
    """Return the encoding called `name`, or None; "strings" is not among them."""
    return next((encoding for encoding in ALL_ENCODINGS if encoding.name == name), None)


def choose(
    column: PhysicalColumn,
    statistics: Statistics,
    sql_type: SqlType,
    request: EncodingRequest | None = None,
) -> Encoded:
    """Encode `column` in the fewest bytes, or as `request` says.

    A DICT request concerns texts only, whose codes are encoded like any integers. Raises DataError,
    with the value and its row, where a value lies outside of FIXED(bits) or DAYS(bits).
    """
    if wide.is_wide(column.values):
        return wide.encode_as(column, has_nulls=statistics.nulls > 0)
    if request is None or request.kind == "DICT":
        return _smallest(column, statistics)
    if request.kind == "NONE":
        return raw.encode_as(column, column.values.dtype.name, has_nulls=statistics.nulls > 0)
    return _fixed(column, statistics, sql_type, request)


def _smallest(column: PhysicalColumn, statistics: Statistics) -> Encoded:
    sizes = {
        encoding: size
        for encoding in ENCODINGS
        if (size := encoding.estimate(column, statistics)) is not None
    }
    if scaled.ENCODING in sizes and dictionary.ENCODING in sizes:
        # Kernels read a column scaled only if all chunks are, so that goes before a dictionary.
        sizes[dictionary.ENCODING] = max(sizes[dictionary.ENCODING], sizes[scaled.ENCODING])
    for encoding in sorted(sizes, key=sizes.__getitem__):
        encoded = encoding.encode(column, statistics)
        if encoded is not None:
            return encoded
    raise InternalError("no encoding takes this column")


def _fixed(
    column: PhysicalColumn,
    statistics: Statistics,
    sql_type: SqlType,
    request: EncodingRequest,
) -> Encoded:
    """Encode in codes of exactly `request.bits` bits."""
    greatest = (1 << request.bits - 1) - 1
    bounds = frame.integer_bounds(column, statistics)
    if bounds is None:
        raise DataError(f"ENCODING {request} does not apply to {sql_type}")
    if bounds[0] < -greatest or bounds[1] > greatest:
        _refuse(column, sql_type, request, greatest)
    dtype = "int64" if request.bits == 64 else f"uint{request.bits}"
    encoded = frame.encode_as(column, bounds, dtype, has_nulls=statistics.nulls > 0)
    if encoded is None:
        raise InternalError(f"codes of {request.bits} bits have no room for NULL")
    return encoded


def _refuse(
    column: PhysicalColumn,
    sql_type: SqlType,
    request: EncodingRequest,
    greatest: int,
) -> None:
    is_outside = (column.values < -greatest) | (column.values > greatest)
    if column.nulls is not None:
        is_outside &= ~column.nulls
    row = int(np.argmax(is_outside))
    value = _text_of(int(column.values[row]), sql_type)
    raise DataError(
        f"row {row + 1}: {value} does not fit ENCODING {request}, which holds"
        f" {_text_of(-greatest, sql_type)} to {_text_of(greatest, sql_type)}"
    )


def _text_of(value: int, sql_type: SqlType) -> str:
    if sql_type.kind is Kind.DECIMAL and sql_type.scale:
        digits = str(abs(value)).rjust(sql_type.scale + 1, "0")
        return f"{'-' if value < 0 else ''}{digits[: -sql_type.scale]}.{digits[-sql_type.scale :]}"
    if sql_type.kind is Kind.DATE:
        return str(np.datetime64(value, "D"))
    if sql_type.kind is Kind.TIMESTAMP:
        unit = {0: "s", 3: "ms", 6: "us", 9: "ns"}[sql_type.precision]
        return str(np.array([value]).astype(f"datetime64[{unit}]")[0]).replace("T", " ")
    return str(value)
