"""PEP 249's Cursor: runs statements and reads their results, as rows or as Arrow.

    connection.run(text) -> Answer -> RowStream -> fetchone ... | fetch_arrow_table ...

A fetch takes what is left: rows first and the rest as Arrow is allowed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

import pyarrow as pa

from gpudb.cell_text import html_table
from gpudb.errors import InterfaceError
from gpudb.profile import Profile
from gpudb.rows import Row, RowStream, numpy_columns
from gpudb.storage.snapshot import Name
from gpudb.storage.types import Kind, SqlType

if TYPE_CHECKING:
    import numpy
    import pandas
    import polars

    from gpudb.connection import Connection
    from gpudb.device_table import DeviceTable

# How many rows of an answer a notebook shows.
NOTEBOOK_ROWS = 20

Parameters = Sequence[object] | Mapping[str, object]
Description = tuple[str, SqlType, None, None, int | None, int | None, bool | None]


class AnswerColumn(Protocol):
    """One column of an answer."""

    @property
    def name(self) -> str:
        """The name in the answer, not necessarily unique."""
        ...

    @property
    def type(self) -> SqlType:
        """The SQL type."""
        ...

    @property
    def nullable(self) -> bool:
        """Whether NULL may occur."""
        ...


class Answer(Protocol):
    """What a statement gives; `columns` is empty for statements without rows."""

    @property
    def columns(self) -> Sequence[AnswerColumn]:
        """The columns, from left to right."""
        ...

    @property
    def row_count(self) -> int:
        """The rows returned or changed; -1 where it does neither."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the batches."""
        ...

    @property
    def profile(self) -> Profile:
        """What it cost."""
        ...

    def batches(self) -> Iterable[pa.RecordBatch]:
        """Return the rows in batches."""
        ...


class Cursor:
    """Runs statements on a connection; `Connection.cursor` makes one."""

    def __init__(self, connection: Connection) -> None:
        self.arraysize = 1
        self._connection = connection
        self._is_closed = False
        self._running: threading.Event | None = None
        self._description: list[Description] | None = None
        self._rowcount = -1
        self._stream: RowStream | None = None

    @property
    def connection(self) -> Connection:
        """The connection that made this cursor."""
        return self._connection

    @property
    def description(self) -> list[Description] | None:
        """Name, type, None, None, precision, scale, nullability of each column; None without rows.

        The type equals its type object (gpudb.NUMBER ...) and prints as SQL.
        """
        return self._description

    @property
    def rowcount(self) -> int:
        """The rows that the last statement returned or changed; -1 where it does neither."""
        return self._rowcount

    def execute(self, operation: str, parameters: Parameters | None = None) -> Self:
        """Run the statements of `operation` in turn; the last one's result can be fetched.

        `parameters` are a sequence for `?` or a mapping for `:name`, and belong to one statement.
        """
        answer = self._run(operation, parameters)
        self._rowcount = answer.row_count
        if answer.columns:
            self._description = [describe(column) for column in answer.columns]
            self._stream = RowStream(answer.schema, answer.batches())
        return self

    def executemany(self, operation: str, seq_of_parameters: Iterable[Parameters]) -> Self:
        """Run one statement once for each of `seq_of_parameters`; `rowcount` is their sum.

        An INSERT whose VALUES are parameters only stores all rows at once, or none.
        """
        from gpudb.bulk import find_bulk_insert  # loaded when it is wanted, as in the engine

        insert = find_bulk_insert(operation)
        if insert is not None:
            rows = insert.rows(seq_of_parameters)
            return self.load(insert.table, rows, mode="append", columns=insert.columns)
        self._check_open()
        total = -1
        for parameters in seq_of_parameters:
            answer = self._run(operation, parameters)
            if answer.row_count >= 0:
                total = max(total, 0) + answer.row_count
        self._rowcount = total
        return self

    def adbc_ingest(self, table_name: str, data: object, mode: str = "create") -> int:
        """Store `data` in a table, all of it or nothing, and return the number of its rows.

        `data` is an Arrow table, batch or reader, a pandas or polars frame, or any object with
        `__arrow_c_stream__`. `mode` is "create", "append", "replace" or "create_append", as ADBC
        names them.
        """
        return self.load(table_name, data, mode=mode).rowcount

    def cancel(self) -> None:
        """Stop this cursor's statement, which runs in another thread and raises QueryCancelled."""
        running = self._running
        if running is not None:
            running.set()

    def fetchone(self) -> Row | None:
        """Return the next row, or None at the end."""
        rows = self._open_stream().take(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """Return the next `size` rows (`arraysize` where None), fewer at the end."""
        return self._open_stream().take(self.arraysize if size is None else size)

    def fetchall(self) -> list[Row]:
        """Return the rows that are left."""
        return self._open_stream().take_all()

    def fetch_arrow_table(self) -> pa.Table:
        """Return the rows that are left as an Arrow table."""
        stream = self._open_stream()
        return pa.Table.from_batches(list(stream.take_batches()), stream.schema)

    def fetch_record_batch(self, rows_per_batch: int = 1_000_000) -> pa.RecordBatchReader:
        """Return a reader of the rows that are left, in batches of at most `rows_per_batch`."""
        if rows_per_batch < 1:
            raise InterfaceError(f"rows_per_batch must be at least 1, not {rows_per_batch}")
        stream = self._open_stream()
        batches = split_batches(stream.take_batches(), rows_per_batch)
        return pa.RecordBatchReader.from_batches(stream.schema, batches)

    def fetch_df(self) -> pandas.DataFrame:
        """Return the rows that are left as a pandas frame."""
        self._open_stream()
        try:
            import pandas  # noqa: F401 (pyarrow makes the frame)
        except ImportError:
            raise InterfaceError("fetch_df() needs pandas: pip install pandas") from None
        return self.fetch_arrow_table().to_pandas()

    def fetch_polars(self) -> polars.DataFrame:
        """Return the rows that are left as a polars frame."""
        self._open_stream()
        try:
            import polars
        except ImportError:
            raise InterfaceError("fetch_polars() needs polars: pip install polars") from None
        return polars.DataFrame(self.fetch_arrow_table())

    def fetchnumpy(self) -> dict[str, numpy.ndarray[Any, Any]]:
        """Return the rows that are left as NumPy arrays by column; masked where NULL is."""
        return numpy_columns(self.fetch_arrow_table())

    def fetch_device_table(self) -> DeviceTable:
        """Return the rows that are left in the memory of the GPU that the connection uses.

        CuPy, cuDF, PyTorch and Numba take its columns without a copy. NotSupportedError where
        queries do not run on a GPU.
        """
        self._open_stream()
        memory = self._connection.gpu_memory()
        from gpudb.device_table import device_table

        return device_table(self.fetch_arrow_table(), memory)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the rows that are left to whatever speaks the Arrow PyCapsule interface.

        So `polars.DataFrame(cursor)` and `pyarrow.table(cursor)` read a result batch by batch.
        """
        return self.fetch_record_batch().__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        """Return the first rows that are left, as notebooks show them; they can still be read."""
        if self._stream is None:
            return f"<p>{self._rowcount:,} rows</p>" if self._rowcount >= 0 else "<p>done</p>"
        shown = self._stream.peek(NOTEBOOK_ROWS)
        more = f", {shown.num_rows:,} shown" if shown.num_rows < self._rowcount else ""
        return f"{html_table(shown)}<p>{self._rowcount:,} rows{more}</p>"

    def setinputsizes(self, sizes: Sequence[object]) -> None:
        """Do nothing, as PEP 249 allows: parameters need no sizes."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Do nothing, as PEP 249 allows: columns need no buffers."""

    def close(self) -> None:
        """Give up the result; any further use raises InterfaceError."""
        self._is_closed = True
        self._forget()

    def __enter__(self) -> Self:
        self._check_open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    def _run(self, operation: str, parameters: Parameters | None) -> Answer:
        self._check_open()
        self._forget()
        self._running = threading.Event()
        try:
            return self._connection.run(operation, parameters, cancel=self._running)
        finally:
            self._running = None

    def load(
        self, table_name: Name, data: object, *, mode: str, columns: Sequence[str] | None = None
    ) -> Self:
        """Store `data` in a table, as `adbc_ingest` does; `rowcount` is the number of its rows."""
        self._check_open()
        self._forget()
        self._running = threading.Event()
        try:
            self._rowcount = self._connection.load(
                table_name, data, mode=mode, columns=columns, cancel=self._running
            )
        finally:
            self._running = None
        return self

    def _forget(self) -> None:
        self._description, self._stream, self._rowcount = None, None, -1

    def _check_open(self) -> None:
        if self._is_closed:
            raise InterfaceError("the cursor is closed")
        self._connection.check_open()

    def _open_stream(self) -> RowStream:
        self._check_open()
        if self._stream is None:
            raise InterfaceError("there are no rows to fetch: no statement ran that returns any")
        return self._stream


def describe(column: AnswerColumn) -> Description:
    """Return PEP 249's seven values for `column`."""
    precision = scale = None
    if column.type.kind is Kind.DECIMAL:
        precision, scale = column.type.precision, column.type.scale
    elif column.type.kind is Kind.TIMESTAMP:
        precision = column.type.precision
    return (column.name, column.type, None, None, precision, scale, column.nullable)


def split_batches(batches: Iterable[pa.RecordBatch], row_limit: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of `batches` in slices of at most `row_limit` rows."""
    for batch in batches:
        for begin in range(0, batch.num_rows, row_limit):
            yield batch.slice(begin, row_limit)
