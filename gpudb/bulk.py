"""Rows that come from no query: frames, INSERTs of many rows of parameters, INSERTs of literals.

Each is one transaction: all rows are stored, or none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

import numpy as np
import pyarrow as pa

from gpudb import ingest
from gpudb.errors import InterfaceError
from gpudb.records import dataclass
from gpudb.sql.literal_rows import LIST, NAME, LiteralRows, column_values, listed_names
from gpudb.storage.arrow import arrow_type
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import PhysicalColumn
from gpudb.storage.external.arrow import open_data
from gpudb.storage.external.source import Progress
from gpudb.storage.few_rows import FewRows, Given
from gpudb.storage.names import RelationName
from gpudb.storage.snapshot import Name
from gpudb.storage.table import TableVersion
from gpudb.storage.transaction import Transaction
from gpudb.storage.types import value_dtype

MODES = ("create", "append", "replace", "create_append")

PARAMETER = r"(?:[?]|:[A-Za-z_]\w*)"
INSERT = re.compile(
    rf"\s*INSERT\s+INTO\s+(?P<table>{NAME}(?:[.]{NAME})?)\s*"
    rf"(?P<columns>{LIST.format(item=NAME)})?\s*"
    rf"VALUES\s*(?P<values>{LIST.format(item=PARAMETER)})\s*;?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class BulkInsert:
    """An INSERT whose values are parameters and nothing else.

    `columns` is None where the statement names none; `keys` are the names of `:name` parameters,
    None for `?`.
    """

    table: Name
    columns: tuple[str, ...] | None
    width: int
    keys: tuple[str, ...] | None

    def rows(self, seq_of_parameters: Iterable[object]) -> list[Sequence[object]]:
        """Return the values of each; InterfaceError where they do not fit the statement."""
        return [self._row(parameters, n) for n, parameters in enumerate(seq_of_parameters, 1)]

    def _row(self, parameters: object, number: int) -> Sequence[object]:
        if self.keys is not None and isinstance(parameters, Mapping):
            missing = [key for key in self.keys if key not in parameters]
            if missing:
                raise InterfaceError(f"row {number} has no value for the parameter :{missing[0]}")
            return [parameters[key] for key in self.keys]
        is_row = isinstance(parameters, Sequence) and not isinstance(parameters, str | bytes)
        if self.keys is not None or not is_row:
            wanted = "a sequence" if self.keys is None else "a mapping"
            kind = type(parameters).__name__
            raise InterfaceError(f"row {number} must be {wanted} of values, and is of type {kind}")
        assert isinstance(parameters, Sequence)
        if len(parameters) != self.width:
            raise InterfaceError(
                f"row {number} has {len(parameters)} values where the statement takes {self.width}"
            )
        return parameters


def find_bulk_insert(text: str) -> BulkInsert | None:
    """Return what `text` inserts if it is an INSERT of parameters only, else None."""
    match = INSERT.fullmatch(text)
    if match is None:
        return None
    columns = None if match["columns"] is None else tuple(listed_names(match["columns"]))
    items = [item.strip() for item in match["values"].strip("()").split(",")]
    keys = tuple(item[1:] for item in items if item != "?")
    if keys and len(keys) < len(items):
        return None
    *schema, table = listed_names(match["table"])
    name = RelationName(table, schema[0]) if schema else table
    return BulkInsert(name, columns, len(items), keys or None)


def literal_rows(given: LiteralRows, table: TableVersion) -> FewRows | None:
    """Return literals as rows of a table; None where a value does not fit its column as it is."""
    names = [c.name for c in table.columns] if given.columns is None else given.columns
    found = [table.find_column(name) for name in names]
    places = {column.name: place for place, column in enumerate(found) if column is not None}
    if len(places) < len(names) or len(names) != len(given.cells):
        return None
    rows, columns = len(given.cells[0]), []
    for column in table.columns:
        place = places.get(column.name)
        if place is None:
            is_known = column.default is None and not column.not_null
            values = pa.nulls(rows, arrow_type(column.type)) if is_known else None
        else:
            values = _literal_values(given.cells[place], column)
        if values is None:
            return None
        columns.append(values)
    return FewRows(rows, table.columns, columns)


def _literal_values(cells: Sequence[str], column: ColumnDefinition) -> Given | None:
    values = column_values(cells, column.type)
    if values is None or column.type.is_array:
        return None
    has_nulls = None in values
    if has_nulls and column.not_null:
        return None
    if column.type.is_text:
        return cast("list[str | None]", values)
    nulls = np.array([value is None for value in values]) if has_nulls else None
    known = [0 if value is None else value for value in values] if has_nulls else values
    try:
        return PhysicalColumn(np.array(known, value_dtype(column.type)), nulls)
    except OverflowError:
        return None


def load_data(
    transaction: Transaction,
    table_name: Name,
    data: object,
    *,
    mode: str,
    columns: Sequence[str] | None = None,
    on_progress: Progress | None = None,
    chunk_rows: int | None = None,
    defaults: Callable[[TableVersion], ingest.Defaults],
) -> int:
    """Store `data` in a table and return the number of its rows.

    `data` is Arrow data, a pandas or polars frame or, where the table is there, Python rows; `mode`
    is one of MODES, `chunk_rows` applies to a table that is made, and `defaults` gives what columns
    get that the data lacks.
    """
    if mode not in MODES:
        raise InterfaceError(f"mode must be one of {', '.join(MODES)}, not {mode!r}")
    is_there = transaction.find_table(table_name) is not None
    if mode == "append" or (mode == "create_append" and is_there):
        return ingest.load(
            transaction,
            table_name,
            data,
            columns=columns,
            on_progress=on_progress,
            defaults=defaults(transaction.table(table_name)),
        )
    if mode == "replace" and is_there:
        transaction.drop_table(table_name)
    source = open_data(str(table_name), data)
    return ingest.create_table_from(transaction, table_name, source, on_progress, chunk_rows)
