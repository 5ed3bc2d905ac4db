"""The names of pymapd's and heavyai's connections: loading frames, listing tables, frames out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from gpudb.cursor import Cursor, Parameters
from gpudb.errors import InterfaceError
from gpudb.storage.arrow import arrow_type
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.external.arrow import open_data
from gpudb.storage.names import RelationName
from gpudb.storage.snapshot import Snapshot
from gpudb.storage.types import Kind

if TYPE_CHECKING:
    import pandas

METHODS = ("infer", "columnar", "rows", "arrow")


class ColumnDetails(NamedTuple):
    """One column of a table; `comp_param` is the width in bits that was asked for, or 0."""

    name: str
    type: str
    nullable: bool
    precision: int
    scale: int
    comp_param: int
    encoding: str
    is_array: bool


class PymapdNames(ABC):
    """What `gpudb.Connection` offers under pymapd's names."""

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """Return the tables and views."""

    @abstractmethod
    def relation_name(self, text: str) -> RelationName:
        """Return the name, with its schema, of the table that `text` names."""

    @abstractmethod
    def cursor(self) -> Cursor:
        """Return a new cursor."""

    def get_tables(self) -> list[str]:
        """Return the names of the tables, sorted."""
        return [str(table.full_name) for table in self.snapshot().tables()]

    def get_table_details(self, table_name: str) -> list[ColumnDetails]:
        """Return the columns of a table."""
        table = self.snapshot().table(self.relation_name(table_name))
        return [column_details(column) for column in table.columns]

    def create_table(self, table_name: str, data: object, preserve_index: bool = False) -> None:
        """Make an empty table with the columns of a frame or of Arrow data."""
        source = open_data(table_name, with_index(data) if preserve_index else data)
        schema = pa.schema([pa.field(c.name, arrow_type(c.type)) for c in source.columns])
        self.cursor().adbc_ingest(table_name, schema.empty_table(), mode="create")

    def load_table(
        self,
        table_name: str,
        data: object,
        method: str = "infer",
        preserve_index: bool = False,
        create: str | bool = "infer",
    ) -> int:
        """Append rows, a frame or Arrow data to a table and return the number of rows.

        `create` True makes the table, which must not be there; "infer" makes it if it is not.
        """
        if method not in METHODS:
            raise InterfaceError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
        modes: dict[str | bool, str] = {"infer": "create_append", True: "create", False: "append"}
        if create not in modes:
            raise InterfaceError(f"create must be 'infer', True or False, not {create!r}")
        if is_rows(data):
            assert isinstance(data, Iterable)
            return self.load_table_rowwise(table_name, data)
        whole = with_index(data) if preserve_index else data
        return self.cursor().adbc_ingest(table_name, whole, mode=modes[create])

    def load_table_rowwise(self, table_name: str, data: Iterable[object]) -> int:
        """Append Python rows to a table and return their number."""
        rows = data if isinstance(data, list) else list(data)
        return self.cursor().adbc_ingest(table_name, rows, mode="append")

    def load_table_columnar(
        self, table_name: str, data: object, preserve_index: bool = False
    ) -> int:
        """Append a frame to a table and return the number of rows."""
        return self.load_table_arrow(table_name, data, preserve_index)

    def load_table_arrow(self, table_name: str, data: object, preserve_index: bool = False) -> int:
        """Append Arrow data or a frame to a table and return the number of rows."""
        whole = with_index(data) if preserve_index else data
        return self.cursor().adbc_ingest(table_name, whole, mode="append")

    def select_ipc(
        self, operation: str, parameters: Parameters | None = None, first_n: int = -1
    ) -> pandas.DataFrame:
        """Run a query and return its rows, or the first `first_n`, as a pandas frame."""
        cursor = self.cursor().execute(operation, parameters)
        frame = cursor.fetch_df()
        return frame if first_n < 0 else frame.head(first_n)


def column_details(column: ColumnDefinition) -> ColumnDetails:
    """Return what pymapd tells of a column."""
    has_digits = column.type.kind in (Kind.DECIMAL, Kind.TIMESTAMP)
    return ColumnDetails(
        name=column.name,
        type=str(column.type),
        nullable=not column.not_null,
        precision=column.type.precision if has_digits else 0,
        scale=column.type.scale if column.type.kind is Kind.DECIMAL else 0,
        comp_param=column.encoding.bits if column.encoding else 0,
        encoding=column.encoding.kind if column.encoding else "",
        is_array=column.type.is_array,
    )


def is_rows(data: object) -> bool:
    """Whether `data` is a list or a generator of rows, not a frame."""
    is_listed = isinstance(data, Sequence) and not isinstance(data, str | bytes)
    return is_listed or (hasattr(data, "__next__") and not hasattr(data, "schema"))


def with_index(data: object) -> object:
    """Return a pandas frame with its index as a column; other data as it is."""
    reset = getattr(data, "reset_index", None)
    return data if reset is None else reset()
