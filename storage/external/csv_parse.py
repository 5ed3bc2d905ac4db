"""Blocks of CSV rows to Arrow, by pyarrow.csv, and the types that a sample allows.

NULL is an unquoted word of `nulls`; a quoted one is text, as in PostgreSQL, but a quoted empty
value of a column that is not TEXT is NULL, since many writers quote everything.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.csv as pa_csv

from gpudb.records import dataclass
from gpudb.storage.arrow import arrow_type
from gpudb.storage.external.csv_rows import Dialect
from gpudb.storage.external.options import CsvOptions
from gpudb.storage.external.source import SourceColumn
from gpudb.storage.types import BIGINT, BOOLEAN, DATE, DOUBLE, TEXT, TIME, Kind, SqlType, timestamp

_TRUE = [w for t in ("true", "t", "yes", "y", "on", "1") for w in (t, t.upper(), t.capitalize())]
_FALSE = [w for t in ("false", "f", "no", "n", "off", "0") for w in (t, t.upper(), t.capitalize())]


@dataclass(frozen=True, slots=True)
class Parsing:
    """What every block of a file is parsed with."""

    dialect: Dialect
    options: CsvOptions


@dataclass(frozen=True, slots=True)
class CsvColumn:
    """A column of the file; `is_zoned`: its timestamps end in a zone; `is_trailing`: not data."""

    name: str
    type: SqlType
    is_zoned: bool = False
    is_trailing: bool = False

    @property
    def source_column(self) -> SourceColumn:
        """What the rest of the database sees of the column."""
        return SourceColumn(self.name, self.type)


def parse_rows(
    data: bytes, columns: Sequence[CsvColumn], wanted: Sequence[CsvColumn], parsing: Parsing
) -> pa.Table:
    """Return `wanted`, a part of the file's `columns`, of whole rows; raises pa.ArrowInvalid.

    Arrow reads the values in types near the columns' own (`reading_type`).
    """
    others = [column for column in wanted if not column.type.is_text]
    if len(others) in (0, len(wanted)) or b'""' not in data:
        is_text = len(others) < len(wanted)
        return _parse(data, columns, wanted, parsing, is_text=is_text)
    texts = [column for column in wanted if column.type.is_text]
    parts = (
        _parse(data, columns, others, parsing, is_text=False),
        _parse(data, columns, texts, parsing, is_text=True),
    )
    arrays = {name: part.column(name) for part in parts for name in part.column_names}
    return pa.table({column.name: arrays[column.name] for column in wanted})


def parse_strings(data: bytes, columns: Sequence[CsvColumn], parsing: Parsing) -> pa.Table:
    """Return all values as they are written; bytes, since they may not be UTF-8."""
    convert = pa_csv.ConvertOptions(column_types={c.name: pa.binary() for c in columns})
    return _read(data, columns, parsing, convert)


def fits(row: bytes, columns: Sequence[CsvColumn], column: CsvColumn, parsing: Parsing) -> bool:
    """Return whether the value of `column` in `row` is of the column's type."""
    try:
        parse_rows(row, columns, (column,), parsing)
    except pa.ArrowInvalid:
        return False
    return True


def reading_type(column: CsvColumn, options: CsvOptions) -> pa.DataType:
    """Return the Arrow type in which Arrow's CSV reader takes a column's values."""
    if column.type.kind is Kind.DATE and options.date_format is not None:
        return pa.timestamp("s")
    if column.type.is_array:
        return pa.string()
    target = arrow_type(column.type)
    if column.type.kind is Kind.TIMESTAMP and column.is_zoned:
        return pa.timestamp(target.unit, "UTC")
    return target


def _parse(
    data: bytes,
    columns: Sequence[CsvColumn],
    wanted: Sequence[CsvColumn],
    parsing: Parsing,
    *,
    is_text: bool,
) -> pa.Table:
    options = parsing.options
    convert = pa_csv.ConvertOptions(
        column_types={c.name: reading_type(c, options) for c in wanted},
        include_columns=[c.name for c in wanted],
        null_values=list(options.nulls),
        true_values=_TRUE,
        false_values=_FALSE,
        strings_can_be_null=True,
        quoted_strings_can_be_null=not is_text,
        timestamp_parsers=_timestamp_parsers(options),
    )
    return _read(data, columns, parsing, convert)


def _read(
    data: bytes,
    columns: Sequence[CsvColumn],
    parsing: Parsing,
    convert: pa_csv.ConvertOptions,
    on_invalid: object = None,
) -> pa.Table:
    dialect = parsing.dialect
    return pa_csv.read_csv(
        pa.BufferReader(data),
        read_options=pa_csv.ReadOptions(
            column_names=[c.name for c in columns],
            use_threads=False,
            block_size=len(data) + 1,
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            escape_char=dialect.escape or False,
            newlines_in_values=True,
            invalid_row_handler=on_invalid,
        ),
        convert_options=convert,
    )


def _timestamp_parsers(options: CsvOptions) -> list[object]:
    formats = [f for f in (options.date_format, options.timestamp_format) if f is not None]
    return [*formats, pa_csv.ISO8601]


def detect_types(data: bytes, names: tuple[str, ...], parsing: Parsing) -> tuple[CsvColumn, ...]:
    """Return a column for each of `names` with the narrowest type that fits all of `data`.

    Rows of another number of values are left out here; reading them fails later, by line.
    """
    texts = tuple(CsvColumn(name, TEXT) for name in names)
    if not data.strip(b"\r\n"):
        return texts
    options = parsing.options
    convert = pa_csv.ConvertOptions(
        null_values=list(options.nulls),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        true_values=["true", "TRUE", "True"],
        false_values=["false", "FALSE", "False"],
        timestamp_parsers=_timestamp_parsers(options),
    )
    table = _read(data, texts, parsing, convert, _skip_row)
    return tuple(
        _detected(name, table.column(name).combine_chunks(), data, texts, parsing) for name in names
    )


def _skip_row(_: object) -> str:
    return "skip"


def _detected(
    name: str, values: pa.Array, data: bytes, texts: tuple[CsvColumn, ...], parsing: Parsing
) -> CsvColumn:
    found = values.type
    for matches, type_ in _PLAIN_TYPES:
        if matches(found):
            return CsvColumn(name, type_)
    if pa.types.is_timestamp(found):
        if parsing.options.date_format is not None and _are_dates(values):
            return CsvColumn(name, DATE)
        precision = 9 if found.unit == "ns" and _has_nanoseconds(values) else 6
        return CsvColumn(name, timestamp(precision), is_zoned=found.tz is not None)
    time = CsvColumn(name, TIME)
    if pa.types.is_string(found) and len(values) > values.null_count:
        # Arrow's inference knows times of whole seconds only.
        return time if fits(data, texts, time, parsing) else CsvColumn(name, TEXT)
    return CsvColumn(name, TEXT)


_PLAIN_TYPES = (
    (pa.types.is_int64, BIGINT),
    (pa.types.is_boolean, BOOLEAN),
    (pa.types.is_date32, DATE),
    (pa.types.is_time, TIME),
    (pa.types.is_float64, DOUBLE),
)


def _are_dates(values: pa.Array) -> bool:
    days = values.cast(pa.date32(), safe=False).cast(values.type)
    return bool(days.equals(values))


def _has_nanoseconds(values: pa.Array) -> bool:
    return (
        not values.cast(pa.timestamp("us", values.type.tz), safe=False)
        .cast(values.type)
        .equals(values)
    )
