"""CSV files: blocks of rows, parsed by a few threads, in order; rows that do not fit are found.

    bytes --read_blocks--> blocks --parse_rows, in threads--> Arrow --cast--> batches
                                        |
                                        +-- a block that fails is halved until the row is known

Memory is bounded by the blocks in flight, not by the file.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

from gpudb.errors import OperationalError, ProgrammingError
from gpudb.records import dataclass
from gpudb.storage.external.cast import RowRange, cast_batch
from gpudb.storage.external.csv_format import (
    SAMPLE_BYTES,
    CsvFormat,
    detect_format,
    strip_mark,
)
from gpudb.storage.external.csv_parse import parse_rows
from gpudb.storage.external.csv_rows import Block, read_blocks
from gpudb.storage.external.csv_salvage import Salvage
from gpudb.storage.external.files import COMPRESSIONS
from gpudb.storage.external.options import CsvOptions
from gpudb.storage.external.rejects import RejectLog
from gpudb.storage.external.source import Progress, SourceColumn, ZoneBounds
from gpudb.storage.statistics import Statistics

_MAX_THREADS = 8
# Text shrinks by about this much; only for the estimate of rows and of bytes.
_COMPRESSION_RATIO = 4


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    format: CsvFormat
    size_bytes: int
    is_compressed: bool


class CsvSource:
    """The rows of one or more CSV files of equal columns.

    `target` are the columns of the table to load into, which give names and types; without it
    types are told from a sample. `rejects` holds the rows that the last reading skipped.
    """

    is_row_count_exact = False

    def __init__(
        self,
        name: str,
        paths: Sequence[str],
        options: CsvOptions,
        target: Sequence[SourceColumn] | None = None,
    ) -> None:
        self.name = name
        self.paths = tuple(paths)
        self._options = options
        first = _open_format(self.paths[0], options, target)
        self.columns = tuple(c.source_column for c in first.format.columns if not c.is_trailing)
        self._files = (first, *(self._open_next(path) for path in self.paths[1:]))
        self.row_count = sum(_estimate_rows(file) for file in self._files)
        self.rejects = RejectLog(options.max_reject)

    def _open_next(self, path: str) -> _File:
        """Return a further file, whose types are those of the first."""
        file = _open_format(path, self._options, self.columns)
        columns = tuple(c.source_column for c in file.format.columns if not c.is_trailing)
        if len(columns) != len(self.columns):
            raise ProgrammingError(
                f"'{path}' has {len(columns)} columns but '{self.paths[0]}' has "
                f"{len(self.columns)}; files that are read together must have equal columns"
            )
        names = {column.name for column in self.columns}
        for column in columns:
            if column.name not in names:
                raise ProgrammingError(
                    f"'{path}' has a column '{column.name}' that '{self.paths[0]}' has not"
                )
        return file

    def statistics(self, column: str) -> Statistics | None:
        """Return None: nothing is known of CSV before it is read."""
        return None

    def batches(
        self,
        columns: Sequence[str] | None = None,
        on_progress: Progress | None = None,
        zones: Sequence[ZoneBounds] = (),
        *,
        keep_dictionaries: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `columns`; raises DataError for a row that does not fit.

        Bytes of progress are those of the files, compressed or not.
        """
        self.rejects = RejectLog(self._options.max_reject)
        names = [c.name for c in self.columns] if columns is None else list(columns)
        total = sum(file.size_bytes for file in self._files)
        report = on_progress or _no_progress
        rows_done = 0
        for batch, bytes_done in self._read(names):
            rows_done += batch.num_rows
            yield batch
            report(rows_done, None, bytes_done, total)
        report(rows_done, rows_done, total, total)

    def _read(self, names: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, int]]:
        """Yield the batches of all files, each with the bytes read until then."""
        bytes_before = 0
        for file in self._files:
            with _Reader(file, names, self.rejects) as reader:
                for batch in reader.batches():
                    yield batch, bytes_before + min(reader.bytes_read, file.size_bytes)
            bytes_before += file.size_bytes


def _no_progress(rows: int, rows_total: int | None, size: int, size_total: int | None) -> None:
    """Report to nobody."""


class _Reader:
    """One pass over one file."""

    def __init__(self, file: _File, names: Sequence[str], rejects: RejectLog) -> None:
        by_name = {column.name: column for column in file.format.columns}
        self._file = file
        self._wanted = [by_name[name] for name in names]
        # Without a column wanted, rows still have to be counted and checked.
        self._parsed = self._wanted or [file.format.columns[0]]
        self._rejects = rejects
        self._raw, self._stream = _open_streams(file.path)
        self._threads = min(os.cpu_count() or 1, _MAX_THREADS)
        self._pool = ThreadPoolExecutor(self._threads, "csv")
        self.bytes_read = 0

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._stream.close()
        self._raw.close()

    def batches(self) -> Iterator[pa.RecordBatch]:
        rows = RowRange(f"'{self._file.path}'")
        columns = [column.source_column for column in self._parsed]
        for block, parsed in self._parsed_blocks():
            for table in self._tables(block, parsed):
                for batch in table.combine_chunks().to_batches():
                    result = cast_batch(batch, columns, rows)
                    yield result if self._wanted else result.select([])

    def _parsed_blocks(self) -> Iterator[tuple[Block, Future[pa.Table]]]:
        waiting: deque[tuple[Block, Future[pa.Table], int]] = deque()
        for block in self._blocks():
            waiting.append((block, self._pool.submit(self._parse, block.data), self._raw.tell()))
            if len(waiting) > self._threads:
                first, future, self.bytes_read = waiting.popleft()
                yield first, future
        while waiting:
            first, future, self.bytes_read = waiting.popleft()
            yield first, future

    def _blocks(self) -> Iterator[Block]:
        """Yield the blocks of data rows: the mark and the header of the first are cut off."""
        dialect = self._file.format.parsing.dialect
        header_bytes = self._file.format.header_bytes
        read = _without_mark(_arrow_errors_named(self._stream.read, self._file.path))
        for block in read_blocks(read, dialect, self._file.path):
            data, line = block.data, block.first_line
            if header_bytes:
                line = block.line_at(header_bytes, dialect)
                data, header_bytes = data[header_bytes:], 0
            if data.strip(b"\r\n"):
                yield Block(data, line)

    def _parse(self, data: bytes) -> pa.Table:
        return parse_rows(data, self._file.format.columns, self._parsed, self._file.format.parsing)

    def _tables(self, block: Block, parsed: Future[pa.Table]) -> Iterator[pa.Table]:
        try:
            table = parsed.result()
        except pa.ArrowInvalid:
            format_ = self._file.format
            salvage = Salvage(self._file.path, block, format_, self._parsed, self._rejects)
            yield from salvage.tables()
            return
        yield table


def _open_format(path: str, options: CsvOptions, target: Sequence[SourceColumn] | None) -> _File:
    raw, stream = _open_streams(path)
    with raw, stream:
        sample = _arrow_errors_named(stream.read, path)(SAMPLE_BYTES)
        is_compressed = stream is not raw
    format_ = detect_format(
        sample, is_whole=len(sample) < SAMPLE_BYTES, name=path, options=options, target=target
    )
    return _File(path, format_, os.path.getsize(path), is_compressed)


def _estimate_rows(file: _File) -> int:
    size = file.size_bytes * (_COMPRESSION_RATIO if file.is_compressed else 1)
    return max(0, round((size - file.format.header_bytes) / file.format.sample_row_bytes))


def _open_streams(path: str) -> tuple[pa.NativeFile, pa.NativeFile]:
    """Return the file and the stream of its text, which is the file itself if not compressed."""
    compression = COMPRESSIONS.get(os.path.splitext(path)[1].lower())
    try:
        raw = pa.OSFile(path, "rb")
    except OSError as error:
        raise OperationalError(f"cannot read '{path}': {os.strerror(error.errno or 0)}") from error
    return raw, raw if compression is None else pa.CompressedInputStream(raw, compression)


def _arrow_errors_named(read: Callable[[int], bytes], path: str) -> Callable[[int], bytes]:
    def read_named(size: int) -> bytes:
        try:
            return read(size)
        except OSError as error:
            raise OperationalError(f"cannot read '{path}', the file is damaged: {error}") from error

    return read_named


def _without_mark(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """Return `read` whose first answer lacks the UTF-8 byte order mark."""
    is_first = True

    def read_text(size: int) -> bytes:
        nonlocal is_first
        data = read(size)
        if is_first:
            data, is_first = strip_mark(data), False
        return data

    return read_text
