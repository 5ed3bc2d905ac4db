"""Arrow data: files (.arrow, .feather, .ipc), and what lives in the process: tables, batches,
readers, pandas and polars frames, and anything else that speaks the Arrow C interface.

Neither pandas nor polars is imported: a frame brings its own library.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from gpudb.errors import InterfaceError, OperationalError, ProgrammingError
from gpudb.storage.external.cast import RowRange, cast_batch
from gpudb.storage.external.files import read_ends
from gpudb.storage.external.schema import check_equal_columns, source_columns
from gpudb.storage.external.source import (
    BATCH_ROWS,
    Progress,
    ZoneBounds,
    select_columns,
)
from gpudb.storage.statistics import Statistics

_FILE_MAGIC = b"ARROW1"
_FEATHER_1_MAGIC = b"FEA1"
# A stream's rows are not counted before it is read; a row is taken to hold this many bytes.
_GUESSED_ROW_BYTES = 64


class ArrowSource:
    """Rows of a table, of a stream that can be read once, or of Arrow files.

    `open_reader` starts a reading; `row_count` None stands for unknown.
    """

    def __init__(
        self,
        name: str,
        schema: pa.Schema,
        open_reader: Callable[[], Iterator[pa.RecordBatch]],
        row_count: int | None,
        size_bytes: int | None = None,
    ) -> None:
        self.name = name
        self.columns = source_columns(schema, f"'{name}'")
        self.is_row_count_exact = row_count is not None
        self.row_count = (size_bytes or 0) // _GUESSED_ROW_BYTES if row_count is None else row_count
        self._open_reader = open_reader
        self._size_bytes = size_bytes

    def statistics(self, column: str) -> Statistics | None:
        """Return None: Arrow data carries no bounds."""
        return None

    def batches(
        self,
        columns: Sequence[str] | None = None,
        on_progress: Progress | None = None,
        zones: Sequence[ZoneBounds] = (),
        *,
        keep_dictionaries: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `columns`; bytes of progress are those in memory."""
        wanted = select_columns(self.columns, columns)
        names = [column.name for column in wanted]
        rows = RowRange(f"'{self.name}'", keep_dictionaries=keep_dictionaries)
        total = self.row_count if self.is_row_count_exact else None
        bytes_done = 0
        for batch in self._open_reader():
            for begin in range(0, batch.num_rows, BATCH_ROWS):
                part = batch.slice(begin, BATCH_ROWS)
                bytes_done += part.nbytes
                yield cast_batch(part.select(names), wanted, rows)
                if on_progress is not None:
                    on_progress(rows.first_row - 1, total, bytes_done, self._size_bytes)


def table_source(name: str, table: pa.Table) -> ArrowSource:
    """Return a table as a source, which can be read any number of times."""
    return ArrowSource(
        name, table.schema, lambda: iter(table.to_batches()), table.num_rows, table.nbytes
    )


def reader_source(name: str, reader: pa.RecordBatchReader) -> ArrowSource:
    """Return a stream of batches as a source; a second reading raises ProgrammingError."""
    is_read = False

    def read() -> Iterator[pa.RecordBatch]:
        nonlocal is_read
        if is_read:
            raise ProgrammingError(
                f"'{name}' is a stream of record batches that has been read already; "
                "load it into a table to read it more than once"
            )
        is_read = True
        return iter(reader)

    return ArrowSource(name, reader.schema, read, None)


def open_data(name: str, data: object) -> ArrowSource:
    """Return Arrow data, a pandas or polars frame, or an Arrow-speaking object as a source.

    Raises InterfaceError for an object of another kind.
    """
    if isinstance(data, pa.Table):
        return table_source(name, data)
    if isinstance(data, pa.RecordBatch):
        return table_source(name, pa.Table.from_batches([data]))
    if isinstance(data, pa.RecordBatchReader):
        return reader_source(name, data)
    try:
        return _open_foreign(name, data)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise InterfaceError(f"'{name}' cannot become Arrow data: {error}") from error


def _open_foreign(name: str, data: object) -> ArrowSource:
    if _is_pandas_frame(data):
        # The C interface of pandas would add the index as a column.
        return table_source(name, pa.Table.from_pandas(data, preserve_index=False))
    if hasattr(data, "__arrow_c_stream__") and _has_rows(data):
        return table_source(name, pa.table(data))
    if hasattr(data, "__arrow_c_stream__"):
        return reader_source(name, pa.RecordBatchReader.from_stream(data))
    if hasattr(data, "__arrow_c_array__"):
        return table_source(name, pa.Table.from_batches([pa.record_batch(data)]))
    raise InterfaceError(
        f"cannot read rows from a {type(data).__module__}.{type(data).__qualname__}; give an Arrow "
        "table, batch or reader, a pandas or polars frame, or an object with __arrow_c_stream__"
    )


def _is_pandas_frame(data: object) -> bool:
    return type(data).__module__.partition(".")[0] == "pandas" and hasattr(data, "columns")


def _has_rows(data: object) -> bool:
    """Whether the object holds all its rows, as polars frames do: they can be read again."""
    return hasattr(data, "__len__")


class ArrowFileSource(ArrowSource):
    """The rows of Arrow IPC files, memory-mapped."""

    def __init__(self, name: str, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        schema = _read_schema(self.paths[0])
        columns = source_columns(schema, f"'{self.paths[0]}'")
        for path in self.paths[1:]:
            other = source_columns(_read_schema(path), f"'{path}'")
            check_equal_columns(columns, other, self.paths[0], path)
        counts = [_count_rows(path) for path in self.paths]
        known = [count for count in counts if count is not None]
        rows = sum(known) if len(known) == len(counts) else None
        size = sum(os.path.getsize(path) for path in self.paths)
        super().__init__(name, schema, self._read, rows, size)

    def _read(self) -> Iterator[pa.RecordBatch]:
        for path in self.paths:
            yield from _read_file(path)


def _is_stream(path: str) -> bool:
    """Return whether a file has Arrow's streaming format; raises OperationalError if none."""
    head, tail, size = read_ends(path, 8, len(_FILE_MAGIC))
    if head.startswith(_FEATHER_1_MAGIC):
        raise OperationalError(
            f"'{path}' is a Feather file of version 1; write it again as version 2"
        )
    if not head.startswith(_FILE_MAGIC):
        if head.startswith(b"\xff\xff\xff\xff"):
            return True
        raise OperationalError(
            f"'{path}' is not an Arrow file: it begins with neither ARROW1 nor a stream's message; "
            "rename it to what it is (.csv, .parquet) or give WITH (source_type = ...)"
        )
    if tail != _FILE_MAGIC:
        raise OperationalError(
            f"'{path}' is truncated: the Arrow footer is missing after {size:,} bytes; "
            "copy or write the file again"
        )
    return False


def _read_schema(path: str) -> pa.Schema:
    is_stream = _is_stream(path)
    try:
        with pa.memory_map(path) as file:
            return (pa.ipc.open_stream if is_stream else pa.ipc.open_file)(file).schema
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _count_rows(path: str) -> int | None:
    if _is_stream(path):
        return None
    try:
        with pa.memory_map(path) as file:
            reader = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=[0]))
            batches = range(reader.num_record_batches)
            return sum(int(reader.get_batch(place).num_rows) for place in batches)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _read_file(path: str) -> Iterator[pa.RecordBatch]:
    is_stream = _is_stream(path)
    try:
        with pa.memory_map(path) as file:
            if is_stream:
                yield from pa.ipc.open_stream(file)
                return
            reader = pa.ipc.open_file(file)
            for place in range(reader.num_record_batches):
                yield reader.get_batch(place)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: str, error: Exception) -> OperationalError:
    reason = str(error).strip().splitlines()[0]
    return OperationalError(f"cannot read '{path}', the file is damaged: {reason}")
