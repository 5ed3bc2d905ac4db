"""Rows that come from Python rather than from a query: whole frames, and INSERTs of many rows.

Both are one transaction: all rows are stored, or none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from gpudb import ingest
from gpudb.errors import InterfaceError
from gpudb.records import dataclass
from gpudb.storage.external.arrow import open_data
from gpudb.storage.external.source import Progress
from gpudb.storage.names import RelationName
from gpudb.storage.snapshot import Name
from gpudb.storage.table import TableVersion
from gpudb.storage.transaction import Transaction

MODES = ("create", "append", "replace", "create_append")

NAME = r'(?:[A-Za-z_]\w*|"(?:[^"]|"")+")'
PARAMETER = r"(?:[?]|:[A-Za-z_]\w*)"
LIST = r"\(\s*{item}(?:\s*,\s*{item})*\s*\)"
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
    columns = None if match["columns"] is None else tuple(map(unquote, names(match["columns"])))
    items = [item.strip() for item in match["values"].strip("()").split(",")]
    keys = tuple(item[1:] for item in items if item != "?")
    if keys and len(keys) < len(items):
        return None
    *schema, table = map(unquote, names(match["table"]))
    name = RelationName(table, schema[0]) if schema else table
    return BulkInsert(name, columns, len(items), keys or None)


def names(listed: str) -> list[str]:
    """Return the names in a list in parentheses; quoted ones may hold commas."""
    return re.findall(NAME, listed)


def unquote(name: str) -> str:
    """Return a name without its quotes."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


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
