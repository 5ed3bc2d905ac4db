"""The tail of a table: its newest rows, as they are, in arrays with room behind them.

    chunks, each encoded once | the tail, a chunk as well:  rows that snapshots see | room

An append writes behind the rows that older snapshots see and makes a chunk of what is there then,
over the same arrays: it costs what its own rows cost. Where another snapshot has written there (of
a transaction that was undone, say), the rows are copied first. A tail that has grown long, or is
in the way of a change, is encoded like all other chunks (gpudb.storage.load).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np
import pyarrow as pa

from gpudb.storage.arrow import physical
from gpudb.storage.block import Block, live_block
from gpudb.storage.chunk import Chunk
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings import plain
from gpudb.storage.encodings.encoded import Array, Encoded, Layout, Mask, PhysicalColumn
from gpudb.storage.encodings.packed import Packed
from gpudb.storage.few_rows import FewRows, Given
from gpudb.storage.files import ChunkFile
from gpudb.storage.load import SMALL_CHUNK_ROWS, Appended, Progress
from gpudb.storage.table import TableVersion
from gpudb.storage.tail_columns import Measured, TailColumns
from gpudb.storage.text import TextState
from gpudb.storage.types import INTEGER_BITS, MAX_NARROW_PRECISION, Kind, value_dtype

# A tail that would become longer than this is encoded, with the rows that it would take.
TAIL_ROWS = 1 << 14
FIRST_ROOM = 256
# Strings of longer dictionaries are looked up by Arrow, once for many rows.
LONG_DICTIONARY = 1 << 17


class _Column:
    """One column's arrays; `nulls` is None as long as there was no NULL."""

    def __init__(self, dtype: str, rows: int) -> None:
        self.values: Array = np.empty(rows, dtype)
        self.nulls: Mask | None = None
        # The first values in other dtypes, which kernels read, and how many they are.
        self._others: dict[str, tuple[Array, int]] = {}

    def grown(self, rows: int, kept: int) -> _Column:
        """Return arrays for `rows` rows, the first `kept` of which are copied."""
        made = _Column(self.values.dtype.name, rows)
        made.values[:kept] = self.values[:kept]
        if self.nulls is not None:
            made.nulls = np.zeros(rows, np.bool_)
            made.nulls[:kept] = self.nulls[:kept]
        return made

    def write(self, first: int, piece: PhysicalColumn) -> None:
        """Put new values at `first`, behind all that any snapshot sees."""
        end = first + len(piece.values)
        self.values[first:end] = piece.values
        if piece.nulls is not None:
            if self.nulls is None:
                self.nulls = np.zeros(len(self.values), np.bool_)
            self.nulls[first:end] = piece.nulls

    def as_integers(self, dtype: str, rows: int) -> Array | None:
        """Return the first rows as another dtype, for one thread at a time.

        What was asked before is not converted again. None where one of them does not fit.
        """
        made, known = self._others.get(dtype) or (np.empty(len(self.values), dtype), 0)
        if known < rows:
            new = self.values[known:rows]
            made[known:rows] = new
            if not np.array_equal(made[known:rows], new):
                return None
            self._others[dtype] = made, rows
        return made[:rows]

    def first(self, rows: int) -> PhysicalColumn:
        """Return the first rows, which do not change any more."""
        nulls = None if self.nulls is None else self.nulls[:rows]
        return PhysicalColumn(self.values[:rows], nulls)


class _Arrays:
    """The columns of a tail; snapshots see as many rows as there were when they were made."""

    def __init__(self, columns: Mapping[str, _Column], room: int) -> None:
        self.columns = columns
        self.room = room
        self._used = 0
        self._lock = threading.Lock()

    def take(self, first: int, count: int) -> bool:
        """Take the rows from `first` on for an append; False where there is no room for it."""
        with self._lock:
            if self._used != first or first + count > self.room:
                return False
            self._used += count
            return True

    def as_integers(self, column: str, dtype: str, rows: int) -> Array | None:
        """Return the first rows of a column as another dtype, None where one does not fit."""
        with self._lock:
            return self.columns[column].as_integers(dtype, rows)

    def grown(self, rows: int, kept: int) -> _Arrays:
        """Return arrays of their own with room for `rows` rows, the first `kept` as here."""
        columns = {name: column.grown(rows, kept) for name, column in self.columns.items()}
        made = _Arrays(columns, rows)
        made.take(0, kept)
        return made


class TailChunk(Chunk):
    """The first `rows` rows of a tail's arrays; what is known of a column is found when asked.

    `absorbed` are the chunks in files whose rows it began with, `earlier` a tail of its first rows.
    """

    is_tail = True

    def __init__(
        self,
        definitions: Sequence[ColumnDefinition],
        arrays: _Arrays,
        rows: int,
        absorbed: tuple[Chunk, ...] = (),
        earlier: TailChunk | None = None,
    ) -> None:
        by_name = {definition.name: definition for definition in definitions}
        known: Mapping[str, Measured] = {} if earlier is None else earlier.tail_columns.measured()
        self.tail_columns: TailColumns = TailColumns(
            by_name, lambda name: arrays.columns[name].first(rows), known
        )
        super().__init__(rows, self.tail_columns)
        self.arrays = arrays
        self.absorbed = absorbed

    def read_packed(self, column: str, layout: Layout) -> Encoded | Packed:
        """Return a column as any chunk does; of plain integers only new rows are converted."""
        stored = self.part(column).layout
        is_plain = layout.encoding == "plain" and layout.nulls == stored.nulls == "none"
        if is_plain and stored.encoding == "raw":
            codes = self.arrays.as_integers(column, layout.buffers[0][1], self.rows)
            if codes is not None:
                return Encoded(layout, self.rows, (codes,), (plain.NO_NULL_CODE,))
        return super().read_packed(column, layout)

    @property
    def files(self) -> set[ChunkFile]:
        """The files of the rows that it began with: a folder's manifest still names them."""
        return {file for chunk in self.absorbed for file in chunk.files}


KINDS = frozenset(
    {Kind.BOOLEAN, Kind.FLOAT, Kind.DOUBLE, Kind.DECIMAL, Kind.DATE, Kind.TIME, Kind.TIMESTAMP}
    | {Kind.TEXT, *INTEGER_BITS}
)


def append_few(
    table: TableVersion, batches: Iterable[pa.RecordBatch], on_progress: Progress | None
) -> tuple[Appended | None, Iterable[pa.RecordBatch]]:
    """Append to the table's tail if that is possible, as `append_to_tail` does, and tell of it.

    Otherwise return None and all of the batches: what was read of them is among them.
    """
    taken: list[pa.RecordBatch] = []
    rows, rest = 0, iter(batches)
    for batch in rest:
        taken.append(batch)
        rows += batch.num_rows
        if rows > SMALL_CHUNK_ROWS:
            return None, chain(taken, rest)
    appended, rows, size_bytes = append_to_tail(table, taken), 0, 0
    if appended is not None and on_progress is not None:
        for batch in taken:
            rows += batch.num_rows
            size_bytes += batch.nbytes
            on_progress(rows, size_bytes)
    return appended, taken


def append_to_tail(
    table: TableVersion, batches: Sequence[pa.RecordBatch | FewRows], *, is_logged: bool = False
) -> Appended | None:
    """Append a few rows, whose columns match the table's by place, to the table's tail.

    None where they are many, or where a column needs more than its values: then nothing is done.
    What the log has of rows `is_logged`: it went through that already.
    Raises DataError for values that a type does not hold.
    """
    count = sum(batch.num_rows for batch in batches)
    is_small = 0 < count <= SMALL_CHUNK_ROWS and all(_may_grow(table, c) for c in table.columns)
    if not is_small and not is_logged:
        return None
    kept, old, short = _begin(table)
    absorbed = [_live_rows(table, chunk) for chunk in short]
    first = sum(block.rows for block in absorbed) if old is None else old.rows
    if first + count > min(TAIL_ROWS, table.chunk_rows) and not is_logged:
        return None
    texts = dict(table.texts)
    written = [_values(table, block) for block in absorbed]
    for batch in batches:
        pieces = _pieces(table, batch, texts)
        if pieces is None:
            return None
        written.append(pieces)
    arrays = _arrays(table, old, first + count, count if old is not None else first + count)
    row = 0 if old is None else first
    for part in written:
        for name, values in part.items():
            arrays.columns[name].write(row, values)
        row += len(part[table.columns[0].name])
    stored = tuple(chunk for chunk in short if chunk.parts) if old is None else old.absorbed
    chunk = TailChunk(table.columns, arrays, row, stored, old)
    return Appended((*kept, chunk), texts, count)


def _may_grow(table: TableVersion, column: ColumnDefinition) -> bool:
    """Whether a column's values can be held as they are."""
    if column.encoding is not None or column.type.kind not in KINDS:
        return False
    if column.type.is_text:
        text = table.texts[column.name]
        return not text.is_raw and len(text.dictionary) < LONG_DICTIONARY
    return column.type.precision <= MAX_NARROW_PRECISION


def _begin(table: TableVersion) -> tuple[list[Chunk], TailChunk | None, list[Chunk]]:
    """Return the chunks that stay, the tail, and without one the chunks that begin it."""
    kept = list(table.chunks)
    if kept and isinstance(kept[-1], TailChunk):
        return kept[:-1], kept[-1], []
    rows, short = 0, 0
    while short < len(kept) and rows + kept[-1 - short].rows <= SMALL_CHUNK_ROWS:
        rows += kept[-1 - short].rows
        short += 1
    begin = len(kept) - short
    return kept[:begin], None, kept[begin:]


def _live_rows(table: TableVersion, chunk: Chunk) -> Block:
    return live_block(chunk, [column.name for column in table.columns], chunk.live_rows())


def _values(table: TableVersion, block: Block) -> dict[str, PhysicalColumn]:
    values = {}
    for column, piece in zip(table.columns, block.pieces, strict=True):
        assert isinstance(piece, PhysicalColumn)
        values[column.name] = piece
    return values


def _pieces(
    table: TableVersion, batch: pa.RecordBatch | FewRows, texts: dict[str, TextState]
) -> dict[str, PhysicalColumn] | None:
    """Return new rows as physical values; None for what the loader has words for.

    The strings in them are added to `texts`.
    """
    if batch.num_columns != len(table.columns):
        return None
    pieces = {}
    for column, given in zip(table.columns, batch.columns, strict=True):
        if isinstance(given, pa.Array) and pa.types.is_dictionary(given.type):
            given = given.dictionary_decode()  # noqa: PLW2901 (the same values)
        if column.not_null and _has_null(given):
            return None
        if column.type.is_text:
            strings = given.to_pylist() if isinstance(given, pa.Array) else given
            pieces[column.name], texts[column.name] = _codes(strings, texts[column.name])
        elif isinstance(given, PhysicalColumn):
            pieces[column.name] = given
        else:
            pieces[column.name] = physical(given, column.type)
    return pieces


def _has_null(given: Given) -> bool:
    if isinstance(given, PhysicalColumn):
        return given.nulls is not None
    return given.null_count > 0 if isinstance(given, pa.Array) else None in given


def _codes(strings: Sequence[str | None], text: TextState) -> tuple[PhysicalColumn, TextState]:
    grown, codes = text.dictionary.with_strings(strings)
    nulls = np.array([string is None for string in strings]) if None in strings else None
    if grown is not text.dictionary:
        text = TextState(grown, text.is_raw)
    return PhysicalColumn(np.array(codes, np.int32), nulls), text


def _arrays(table: TableVersion, old: TailChunk | None, rows: int, count: int) -> _Arrays:
    """Return arrays in which the last `count` of `rows` rows are free to be written."""
    room = max(FIRST_ROOM, 2 * rows)
    if old is None:
        columns = {c.name: _Column(value_dtype(c.type), room) for c in table.columns}
        arrays = _Arrays(columns, room)
    elif old.arrays.take(rows - count, count):
        return old.arrays
    else:
        arrays = old.arrays.grown(room, rows - count)
    arrays.take(rows - count, count)
    return arrays
