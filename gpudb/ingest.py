"""Loading: rows from files, frames and Python values, cast to a table's types, into a transaction.

    source --match_columns--> the table's order --checked casts--> Transaction.append

Nothing here commits: the caller owns the transaction, and an error while appending undoes it.
"""

from __future__ import annotations

import difflib
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Protocol

import pyarrow as pa

from gpudb.errors import DataError, NotSupportedError, ProgrammingError
from gpudb.records import dataclass, replace
from gpudb.sql.parameters import is_missing
from gpudb.storage.arrow import arrow_type
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.external.arrow import ArrowSource, open_data, table_source
from gpudb.storage.external.cast import RowRange, cast_batch
from gpudb.storage.external.csv import CsvSource
from gpudb.storage.external.open import open_source
from gpudb.storage.external.options import ReadOptions
from gpudb.storage.external.rejects import REJECT_COLUMNS
from gpudb.storage.external.source import ExternalSource, Progress, SourceColumn
from gpudb.storage.names import RelationName, relation_name
from gpudb.storage.snapshot import Name
from gpudb.storage.table import TableVersion
from gpudb.storage.transaction import Transaction
from gpudb.storage.types import INTEGER, Kind, SqlType

# What columns get that a source has no values for, by their names.
Defaults = Mapping[str, pa.Scalar]
NO_DEFAULTS: Defaults = {}
REJECTS_SUFFIX = "_rejects"


class NamedColumn(Protocol):
    """A column of a query's result or of a source."""

    @property
    def name(self) -> str:
        """The column's name."""

    @property
    def type(self) -> SqlType:
        """The column's type."""


def copy_from(
    transaction: Transaction,
    table_name: Name,
    path: str,
    options: ReadOptions | Mapping[str, object] | None = None,
    columns: Sequence[str] = (),
    on_progress: Progress | None = None,
    defaults: Defaults = NO_DEFAULTS,
) -> int:
    """Append the rows of a file, a folder or a pattern to a table and return how many they are.

    The file has just `columns`, or without them some of the table's. CSV is parsed straight into
    the table's types. Rows that CSV's `max_reject` lets pass by are kept in the table NAME_rejects
    (file, line, column_name, value, reason, row_text), which is made at the first of them and
    appended to later.
    """
    table = transaction.table(table_name)
    wanted = [table.column(name) for name in columns] or table.columns
    target = [SourceColumn(c.name, c.type, c.not_null) for c in wanted]
    source = open_source(path, options, target)
    _check_rejects_name(transaction, table.full_name, source)
    rows = append_source(transaction, table.full_name, source, on_progress, defaults, columns)
    _keep_rejects(transaction, table.full_name, source)
    return rows


def create_table_from(
    transaction: Transaction,
    name: Name,
    source: ExternalSource,
    on_progress: Progress | None = None,
    chunk_rows: int | None = None,
) -> int:
    """Make a table of all columns and rows of a source; return the number of rows.

    This is CREATE TABLE ... AS SELECT * FROM 'file' without a query between.
    """
    _check_rejects_name(transaction, name, source)
    batches = source.batches(None, on_progress, keep_dictionaries=True)
    rows = create_table_as(transaction, name, source.columns, batches, chunk_rows)
    _keep_rejects(transaction, name, source)
    return rows


def create_table_as(
    transaction: Transaction,
    name: Name,
    columns: Sequence[NamedColumn],
    batches: Iterable[pa.RecordBatch],
    chunk_rows: int | None = None,
) -> int:
    """Make a table of `columns` and append `batches`, matched by place; return the rows.

    A column of nothing but NULL is INTEGER.
    """
    stored = [SourceColumn(column.name, _stored_type(column, str(name))) for column in columns]
    definitions = [ColumnDefinition(column.name, column.type) for column in stored]
    transaction.create_table(name, definitions, chunk_rows)
    rows = RowRange(f"table '{name}'", keep_dictionaries=True)
    with closing(_cast_all(batches, stored, rows)) as cast:
        return transaction.append(name, cast)


def load(
    transaction: Transaction,
    table_name: Name,
    data: object,
    *,
    columns: Sequence[str] | None = None,
    on_progress: Progress | None = None,
    defaults: Defaults = NO_DEFAULTS,
) -> int:
    """Append Arrow data, a pandas or polars frame, or Python rows to a table; return the rows.

    Python rows are sequences, in the order of `columns` (None: the table's), or mappings by name.
    Other data is matched by name where all names are the table's, else by place.
    """
    table = transaction.table(table_name)
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        source = _rows_source(table, data, columns)
    else:
        source = open_data(f"data for {table.name}", data)
    return append_source(transaction, table.full_name, source, on_progress, defaults)


def append_source(
    transaction: Transaction,
    table_name: Name,
    source: ExternalSource,
    on_progress: Progress | None = None,
    defaults: Defaults = NO_DEFAULTS,
    columns: Sequence[str] = (),
) -> int:
    """Append the rows of a source, cast to the table's types; return how many they are.

    The source has just `columns`, if they are given. Those that it lacks have the value in
    `defaults`, or NULL. Raises ProgrammingError
    for columns that the table lacks and DataError, which names column, row and value, where a
    value does not fit.
    """
    table = transaction.table(table_name)
    matches = match_columns(table, source, columns)
    with closing(_table_batches(table, source, matches, on_progress, defaults)) as batches:
        return transaction.append(table.full_name, batches)


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """A column of a table and the source's name for it, None where the source has none."""

    column: ColumnDefinition
    source_name: str | None


def match_columns(
    table: TableVersion, source: ExternalSource, columns: Sequence[str] = ()
) -> tuple[ColumnMatch, ...]:
    """Return each column of `table` with its column of `source`.

    By name if the table, or `columns` of it, has every name of the source, by place if it has none
    of them; anything between is a mistake and raises ProgrammingError, as does a source without
    one of `columns`.
    """
    wanted = [table.column(name).name for name in columns] or [c.name for c in table.columns]
    given = [column.name for column in source.columns]
    by_name = {name.casefold(): name for name in given}
    known = {name.casefold() for name in wanted}
    unknown = [name for key, name in by_name.items() if key not in known]
    if 0 < len(unknown) < len(by_name):
        # A CSV file without a header has more values in a row than the table has columns.
        raise ProgrammingError(_unknown_columns(table, source, columns, unknown))
    if len(given) > len(wanted):
        raise ProgrammingError(_unknown_columns(table, source, columns, given[len(wanted) :]))
    if columns and len(given) < len(wanted):
        missing = [name for name in wanted if name.casefold() not in by_name]
        raise ProgrammingError(
            f"'{source.name}' has {len(given)} columns, and COPY names {len(wanted)}: "
            f"no column {missing[0] if not unknown else wanted[len(given)]} in the file",
            about=[f"column {missing[0] if not unknown else wanted[len(given)]}"],
        )
    found = dict(zip(wanted, given, strict=False))
    if not unknown:
        found = {name: by_name[name.casefold()] for name in wanted if name.casefold() in by_name}
    return tuple(ColumnMatch(column, found.get(column.name)) for column in table.columns)


def _unknown_columns(
    table: TableVersion, source: ExternalSource, columns: Sequence[str], names: Sequence[str]
) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    plural = "s" if len(names) > 1 else ""
    near = difflib.get_close_matches(names[0].lower(), [c.name.lower() for c in table.columns], 1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    if columns:
        return (
            f"'{source.name}' has {len(source.columns)} columns, and COPY names {len(columns)}: "
            f"column{plural} {listed} of the file would be lost; INSERT INTO ... SELECT FROM the "
            "file takes some of its columns"
        )
    return (
        f"'{source.name}' has {len(source.columns)} columns and table '{table.name}' "
        f"{len(table.columns)}: no column{plural} {listed} in the table{hint}"
    )


def _table_batches(
    table: TableVersion,
    source: ExternalSource,
    matches: Sequence[ColumnMatch],
    on_progress: Progress | None,
    defaults: Defaults,
) -> Generator[pa.RecordBatch, None, None]:
    found = [match for match in matches if match.source_name is not None]
    names = [match.source_name for match in found if match.source_name is not None]
    targets = [SourceColumn(match.column.name, match.column.type) for match in found]
    read = source.batches(names, on_progress, keep_dictionaries=True)
    rows = RowRange(f"table '{table.name}'", keep_dictionaries=True)
    for batch in _cast_all(read, targets, rows):
        yield _with_missing(batch, matches, defaults)


def _cast_all(
    batches: Iterable[pa.RecordBatch], columns: Sequence[SourceColumn], rows: RowRange
) -> Generator[pa.RecordBatch, None, None]:
    for batch in batches:
        yield cast_batch(batch, columns, rows)


def _with_missing(
    batch: pa.RecordBatch, matches: Sequence[ColumnMatch], defaults: Defaults
) -> pa.RecordBatch:
    """Return `batch` with the columns that the source lacks."""
    if batch.num_columns == len(matches):
        return batch
    present = iter(batch.columns)
    arrays = [
        _repeated(defaults.get(match.column.name), match.column, batch.num_rows)
        if match.source_name is None
        else next(present)
        for match in matches
    ]
    return pa.record_batch(arrays, names=[match.column.name for match in matches])


def _repeated(value: pa.Scalar | None, column: ColumnDefinition, rows: int) -> pa.Array:
    type_ = arrow_type(column.type)
    return pa.nulls(rows, type_) if value is None else pa.repeat(value.cast(type_), rows)


def _stored_type(column: NamedColumn, table_name: str) -> SqlType:
    kind = column.type.kind
    if kind is Kind.NULL:
        return INTEGER
    if column.type.is_interval:
        raise NotSupportedError(
            f"table '{table_name}', column '{column.name}': {column.type} cannot be stored; "
            "store a number of months or of microseconds"
        )
    return column.type


def _rows_source(
    table: TableVersion, rows: Sequence[object], columns: Sequence[str] | None
) -> ArrowSource:
    names = _row_names(table, rows, columns)
    tuples = [_row_values(table, row, names, place) for place, row in enumerate(rows, 1)]
    arrays = [
        _values_array(table, name, [row[place] for row in tuples])
        for place, name in enumerate(names)
    ]
    return table_source("the rows", pa.table(arrays, names=list(names)))


def _row_names(
    table: TableVersion, rows: Sequence[object], columns: Sequence[str] | None
) -> tuple[str, ...]:
    if columns is not None:
        return tuple(table.column(name).name for name in columns)
    keys = {str(key): None for row in rows if isinstance(row, Mapping) for key in row}
    if keys:
        return tuple(table.column(key).name for key in keys)
    return tuple(column.name for column in table.columns)


def _row_values(
    table: TableVersion, row: object, names: Sequence[str], place: int
) -> Sequence[object]:
    if isinstance(row, Mapping):
        by_name = {str(key).casefold(): value for key, value in row.items()}
        return [by_name.get(name.casefold()) for name in names]
    if not isinstance(row, Sequence) or isinstance(row, str | bytes):
        raise ProgrammingError(f"row {place} for table '{table.name}' is no sequence: {row!r}")
    if len(row) != len(names):
        raise ProgrammingError(
            f"row {place} for table '{table.name}' has {len(row)} values where {len(names)} "
            "are expected"
        )
    return row


def _values_array(table: TableVersion, name: str, values: list[object]) -> pa.Array:
    """Return Python values in the Arrow type that is theirs; casting comes later."""
    try:
        array = pa.array(values)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return _mixed_array(table, name, [None if is_missing(v) else v for v in values])
    if pa.types.is_null(array.type):
        return pa.nulls(len(values), arrow_type(table.column(name).type))
    return array


def _mixed_array(table: TableVersion, name: str, values: list[object]) -> pa.Array:
    """Return values of several Python types, such as int and Decimal, in the column's type."""
    column = SourceColumn(name, table.column(name).type)
    target = arrow_type(column.type)
    parts = []
    for place, value in enumerate(values, 1):
        rows = RowRange(f"table '{table.name}'", place)
        try:
            one = pa.array([value])
        except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
            raise DataError(
                f"{rows.owner}, column '{name}', row {place}: "
                f"the value {value!r} does not fit {column.type}"
            ) from error
        parts.append(cast_batch(pa.record_batch([one], names=[name]), [column], rows).column(0))
    return pa.concat_arrays(parts) if parts else pa.array([], target)


def _rejects_name(name: Name) -> RelationName:
    own = relation_name(name)
    return replace(own, name=own.name + REJECTS_SUFFIX)


def _check_rejects_name(transaction: Transaction, name: Name, source: ExternalSource) -> None:
    """Raise ProgrammingError before loading if rejects could not be kept after it."""
    if not isinstance(source, CsvSource) or source.rejects.limit == 0:
        return
    table = transaction.find_table(_rejects_name(name))
    if table is None:
        return
    wanted = [(column.name, column.type) for column in REJECT_COLUMNS]
    if [(column.name, column.type) for column in table.columns] != wanted:
        raise ProgrammingError(
            f"rows that do not fit would be kept in table '{table.name}', which exists with other "
            "columns; rename it, or leave max_reject away"
        )


def _keep_rejects(transaction: Transaction, name: Name, source: ExternalSource) -> None:
    if not isinstance(source, CsvSource) or not len(source.rejects):
        return
    rejects_name = _rejects_name(name)
    if transaction.find_table(rejects_name) is None:
        definitions = [ColumnDefinition(column.name, column.type) for column in REJECT_COLUMNS]
        transaction.create_table(rejects_name, definitions)
    transaction.append(rejects_name, source.rejects.table().to_batches())
