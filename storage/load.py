"""Loading: a stream of Arrow batches becomes chunks, encoded column by column in a few threads.

    batches --recut--> chunk-sized blocks --a task per column: physical values, measure, encode,
    compress--> a chunk, written by one thread while the next is encoded

Two chunks are held at a time, one being gathered, one encoded, and the compressed bytes of a few
that wait for the disk: a sync that takes long then stops nobody.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from typing import Any, Generic, TypeVar

import pyarrow as pa

from gpudb.errors import InterfaceError
from gpudb.records import dataclass
from gpudb.storage.arrow_memory import ARROW_MEMORY
from gpudb.storage.block import Block, BlockQueue, Piece, live_block
from gpudb.storage.build import ColumnBuilder
from gpudb.storage.cancel import POLL_SECONDS, check_cancel
from gpudb.storage.chunk import Chunk
from gpudb.storage.store import ChunkStore
from gpudb.storage.table import TableVersion
from gpudb.storage.text import TextState

P = TypeVar("P")
T = TypeVar("T")
Progress = Callable[[int, int], None]

# Chunks of fewer rows are merged with the rows appended next, whatever that costs: it is little.
SMALL_CHUNK_ROWS = 4096
# A longer last chunk is merged if the new rows are at least this share of it: n appends of one row
# then write each row O(log n) times and leave O(log n) chunks.
MERGE_FACTOR = 4
# Fewer values than this are encoded without threads.
FEW_VALUES = 1 << 17
MAX_THREADS = 8
# So many chunks may be on their way to the disk.
MAX_WRITING = 4
# Batches of fewer rows are not worth arrays as long as a chunk.
MANY_ROWS = 1 << 14


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append makes of a table: all its chunks, its dictionaries, and the rows added."""

    chunks: tuple[Chunk, ...]
    texts: dict[str, TextState]
    rows: int


def append_batches(
    table: TableVersion,
    store: ChunkStore[P],
    batches: Iterable[pa.RecordBatch],
    on_progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> Appended:
    """Load `batches` after the rows of `table`, which itself stays as it is.

    `on_progress` is called with the rows and the bytes of Arrow data read so far. Raises DataError,
    IntegrityError, OperationalError or, soon after `cancel` is set, QueryCancelled; chunks that
    `store` took before are then its to remove.
    """
    rows = size_bytes = 0
    with ARROW_MEMORY, closing(_Loader(table, store, cancel)) as loader:
        for batch in batches:
            check_cancel(cancel)
            loader.push(batch)
            rows += batch.num_rows
            size_bytes += batch.nbytes
            if on_progress is not None:
                on_progress(rows, size_bytes)
        return Appended(loader.finish(), loader.texts(), rows)


def encode_tail(
    table: TableVersion, store: ChunkStore[P], cancel: threading.Event | None = None
) -> TableVersion:
    """Return the table with its tail as a chunk like all others; rows keep their numbers.

    It is the same version, since it holds the same rows.
    """
    with closing(_Loader(table, store, cancel, merges=False)) as loader:
        return table.changed(table.version, chunks=loader.finish(), texts=loader.texts())


class _Loader(Generic[P]):
    """The state of one append."""

    def __init__(
        self,
        table: TableVersion,
        store: ChunkStore[P],
        cancel: threading.Event | None,
        *,
        merges: bool = True,
    ) -> None:
        self._table = table
        self._store = store
        self._cancel = cancel
        self._kept = list(table.chunks)
        self._queue = BlockQueue()
        self._builders = [
            ColumnBuilder(table.name, column, table.texts.get(column.name), table.chunk_rows)
            for column in table.columns
        ]
        self._is_merged = not merges
        # Rows of old chunks that are written again count as rows before the first.
        self._next_row = 1
        if self._kept and self._kept[-1].is_tail:
            block = self._read_chunk(len(self._kept) - 1)
            self._kept.pop()
            self._queue.push_first(block)
            self._next_row -= block.rows
        self._number = len(self._kept)
        self._encoding: _EncodingChunk[P] | None = None
        self._writing: list[Future[Chunk]] = []
        self._encoders: ThreadPoolExecutor | None = None
        self._writer: ThreadPoolExecutor | None = None

    def push(self, batch: pa.RecordBatch) -> None:
        if batch.num_columns != len(self._table.columns):
            raise InterfaceError(
                f"table '{self._table.name}' has {len(self._table.columns)} columns, "
                f"the rows have {batch.num_columns}"
            )
        begin = 0
        while begin < batch.num_rows:
            part = batch.slice(begin, max(1, self._table.chunk_rows - self._queue.rows))
            begin += part.num_rows
            self._queue.push(self._block(part))
            while self._queue.rows >= self._table.chunk_rows:
                self._merge_last_chunks()
                self._start(self._queue.take(self._table.chunk_rows))

    def _block(self, batch: pa.RecordBatch) -> Block:
        pieces: Iterable[Piece] = batch.columns
        if batch.num_rows >= MANY_ROWS:
            pairs = zip(self._builders, batch.columns, strict=True)
            pieces = (builder.gathered(array) for builder, array in pairs)
        return Block(batch.num_rows, tuple(pieces))

    def finish(self) -> tuple[Chunk, ...]:
        self._merge_last_chunks()
        while self._queue.rows:
            self._start(self._queue.take(self._table.chunk_rows))
        self._end_encoding()
        return (*self._kept, *(self._result(future) for future in self._writing))

    def texts(self) -> dict[str, TextState]:
        states = [(builder.definition.name, builder.text) for builder in self._builders]
        return {name: text.state for name, text in states if text is not None}

    def close(self) -> None:
        """End the threads; after an error, encoders may still work on what nobody will have."""
        if self._encoders is not None:
            self._encoders.shutdown(wait=False, cancel_futures=True)
        if self._writer is not None:
            # A file must not appear after the rollback has removed those that are there.
            self._writer.shutdown(wait=True, cancel_futures=True)

    def _result(self, future: Future[T]) -> T:
        while not future.done():
            check_cancel(self._cancel)
            wait((future,), POLL_SECONDS)
        return future.result()

    def _merge_last_chunks(self) -> None:
        """Take short last chunks back into the queue, once, before the first rows are written."""
        if self._is_merged or not self._queue.rows:
            return
        self._is_merged = True
        while self._kept and self._is_worth_merging(self._kept[-1].rows):
            block = self._read_chunk(len(self._kept) - 1)
            self._kept.pop()
            self._queue.push_first(block)
            self._next_row -= block.rows
        self._number = len(self._kept)

    def _is_worth_merging(self, rows: int) -> bool:
        if rows >= self._table.chunk_rows:
            return False
        return rows <= max(SMALL_CHUNK_ROWS, MERGE_FACTOR * self._queue.rows)

    def _read_chunk(self, index: int) -> Block:
        chunk = self._table.chunks[index]
        return live_block(chunk, [c.name for c in self._table.columns], chunk.live_rows())

    def _start(self, blocks: list[Block]) -> None:
        """Encode a chunk in the background, once the one before it is done."""
        self._end_encoding()
        rows = sum(block.rows for block in blocks)
        tasks = []
        for index, builder in enumerate(self._builders):
            pieces = [block.pieces[index] for block in blocks]
            tasks.append(_Task(builder, pieces, self._next_row, self._store.prepare))
        self._encoding = _EncodingChunk(self._number, rows, self._run(tasks, rows))
        self._number += 1
        self._next_row += rows

    def _run(self, tasks: list[_Task[P]], rows: int) -> list[Future[P]]:
        if rows * len(tasks) < FEW_VALUES and self._encoders is None:
            return [_done(task) for task in tasks]
        if self._encoders is None:
            self._encoders = ThreadPoolExecutor(min(os.cpu_count() or 1, MAX_THREADS), "encode")
        # Strings take longest, so they begin first.
        order = sorted(range(len(tasks)), key=lambda index: not tasks[index].builder.is_text)
        futures: dict[int, Future[P]] = {}
        for index in order:
            futures[index] = self._encoders.submit(tasks[index])
        return [futures[index] for index in range(len(tasks))]

    def _end_encoding(self) -> None:
        """Hand the encoded chunk to the writer, once few others wait for it."""
        chunk = self._encoding
        if chunk is None:
            return
        self._encoding = None
        columns = [self._result(future) for future in chunk.columns]
        check_cancel(self._cancel)
        if len(self._writing) >= MAX_WRITING:
            self._result(self._writing[-MAX_WRITING])
        if self._encoders is None:
            done: Future[Chunk] = Future()
            done.set_result(self._store.add(chunk.number, chunk.rows, columns))
            self._writing.append(done)
            return
        if self._writer is None:
            self._writer = ThreadPoolExecutor(1, "write")
        job = self._writer.submit(self._store.add, chunk.number, chunk.rows, columns)
        self._writing.append(job)


@dataclass(frozen=True, slots=True)
class _EncodingChunk(Generic[P]):
    number: int
    rows: int
    columns: list[Future[P]]


@dataclass(frozen=True, slots=True)
class _Task(Generic[P]):
    """Makes one column of one chunk."""

    builder: ColumnBuilder
    pieces: Sequence[Piece]
    first_row: int
    prepare: Callable[[Any], P]

    def __call__(self) -> P:
        return self.prepare(self.builder.build(list(self.pieces), self.first_row))


def _done(task: _Task[P]) -> Future[P]:
    future: Future[P] = Future()
    future.set_result(task())
    return future
