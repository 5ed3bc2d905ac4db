"""Rows of a table deleted, and values of its columns replaced; the table itself stays as it is.

Rows are named by their numbers in the table's snapshot. Chunks that none of them lies in are shared
with the new snapshot.

    deleted rows      a mask beside the chunk; a chunk without a row left goes, one with few is
                      written anew
    replaced values   the whole column of each chunk touched is written anew, beside the chunk
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from gpudb.records import dataclass
from gpudb.storage.block import Piece, live_block, read_piece
from gpudb.storage.build import ColumnBuilder
from gpudb.storage.chunk import Chunk
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import Array, PhysicalColumn
from gpudb.storage.hidden import LIVE_COLUMN
from gpudb.storage.store import ChunkStore, LoadedColumn
from gpudb.storage.table import LIVE_DEFINITION, TableVersion
from gpudb.storage.text import TextState

P = TypeVar("P")

# A chunk of which fewer rows are left than this share is written anew without the deleted ones.
FEW_ROWS_SHARE = 0.25
MAX_THREADS = 8


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change makes of a table: its chunks and its dictionaries."""

    chunks: tuple[Chunk, ...]
    texts: dict[str, TextState]

    def of(self, table: TableVersion, version: int) -> TableVersion:
        """Return the changed table."""
        return table.changed(version, chunks=self.chunks, texts=self.texts)


@dataclass(frozen=True, slots=True)
class TouchedChunk:
    """A chunk and the rows of it that change: `rows` counts within it, `places` in the change."""

    number: int
    chunk: Chunk
    rows: Array
    places: slice


def delete_rows(table: TableVersion, store: ChunkStore[P], rows: Array) -> Changed:
    """Delete the rows of the ascending, distinct numbers `rows`.

    Raises OperationalError for a damaged file or a full disk; what `store` took is then its to
    remove.
    """
    chunks: dict[int, Chunk | None] = dict(enumerate(table.chunks))
    texts = dict(table.texts)
    for touched in _touched(table, rows):
        live = touched.chunk.live_rows()
        live = np.ones(touched.chunk.rows, np.bool_) if live is None else live.copy()
        live[touched.rows] = False
        left = int(np.count_nonzero(live))
        if left == 0:
            chunks[touched.number] = None
        elif left < FEW_ROWS_SHARE * touched.chunk.rows:
            chunks[touched.number] = _compacted(table, texts, store, touched, live)
        else:
            mask = _builder(table, LIVE_DEFINITION, texts).build([PhysicalColumn(_bytes(live))], 1)
            columns = {LIVE_COLUMN: store.prepare(mask)}
            deleted = touched.chunk.rows - left
            chunks[touched.number] = store.change(touched.chunk, columns, deleted=deleted)
    return Changed(tuple(chunk for chunk in chunks.values() if chunk is not None), texts)


def replace_values(
    table: TableVersion, store: ChunkStore[P], rows: Array, columns: Mapping[str, pa.Array]
) -> Changed:
    """Give the rows of the ascending, distinct numbers `rows` new values in some columns.

    `columns` has an array of a value a row for each column's name. Raises IntegrityError and
    DataError for values that the column refuses, OperationalError as `delete_rows`.
    """
    builders = {name: _builder(table, table.column(name), table.texts) for name in columns}
    touched = list(_touched(table, rows))

    def built(name: str) -> list[P]:
        values = columns[name]
        return [
            store.prepare(_with_values(table, builders[name], t, values[t.places])) for t in touched
        ]

    parts = dict(zip(columns, _in_threads(built, list(columns)), strict=True))
    chunks = list(table.chunks)
    for place, each in enumerate(touched):
        own = {name: parts[name][place] for name in columns}
        chunks[each.number] = store.change(each.chunk, own, deleted=each.chunk.deleted)
    return Changed(tuple(chunks), {**table.texts, **_texts(builders)})


def _with_values(
    table: TableVersion, builder: ColumnBuilder, touched: TouchedChunk, values: pa.Array
) -> LoadedColumn:
    """Return the column of a chunk, its old values and the new ones merged."""
    chunk = touched.chunk
    order = np.arange(chunk.rows)
    live = chunk.live_rows()
    if live is not None:
        # What deleted rows hold need not fit the column any more.
        order[~live] = np.argmax(live)
    order[touched.rows] = chunk.rows + np.arange(len(touched.rows))
    first_row = table.first_rows[touched.number] + 1
    pieces: list[Piece] = [read_piece(chunk, builder.definition.name), values]
    return builder.build(pieces, first_row, order)


def _compacted(
    table: TableVersion,
    texts: dict[str, TextState],
    store: ChunkStore[P],
    touched: TouchedChunk,
    live: Array,
) -> Chunk:
    """Return the chunk without its deleted rows; `texts` gets the dictionaries' new states."""
    block = live_block(touched.chunk, [column.name for column in table.columns], live)
    builders = {c.name: _builder(table, c, texts) for c in table.columns}
    pieces = dict(zip(builders, block.pieces, strict=True))
    columns = [store.prepare(builders[name].build([pieces[name]], 1)) for name in builders]
    texts.update(_texts(builders))
    return store.add(touched.number, block.rows, columns)


def _touched(table: TableVersion, rows: Array) -> Iterator[TouchedChunk]:
    edges = np.searchsorted(rows, table.first_rows)
    for number, chunk in enumerate(table.chunks):
        places = slice(int(edges[number]), int(edges[number + 1]))
        if places.start < places.stop:
            yield TouchedChunk(number, chunk, rows[places] - table.first_rows[number], places)


def _builder(
    table: TableVersion, definition: ColumnDefinition, texts: Mapping[str, TextState]
) -> ColumnBuilder:
    return ColumnBuilder(table.name, definition, texts.get(definition.name))


def _texts(builders: Mapping[str, ColumnBuilder]) -> dict[str, TextState]:
    states = [(name, builder.text) for name, builder in builders.items()]
    return {name: text.state for name, text in states if text is not None}


def _bytes(flags: Array) -> Array:
    return flags.view(np.uint8)


def _in_threads(job: Callable[[str], Any], names: list[str]) -> list[Any]:
    if len(names) == 1:
        return [job(names[0])]
    with ThreadPoolExecutor(min(len(names), MAX_THREADS), "encode") as threads:
        return list(threads.map(job, names))
