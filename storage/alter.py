"""ALTER TABLE: tables with other columns, made of the old ones; what does not change is shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from gpudb.records import dataclass
from gpudb.storage.build import ColumnBuilder
from gpudb.storage.chunk import Chunk, stored_chunk
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import Array
from gpudb.storage.hidden import LIVE_COLUMN
from gpudb.storage.store import ChunkStore, LoadedColumn
from gpudb.storage.table import TableVersion, empty_texts
from gpudb.storage.view import Check

# Makes a column of the chunk of a number: the builder takes the pieces of its rows.
BuildColumn = Callable[[int, Chunk, ColumnBuilder], LoadedColumn]


@dataclass(frozen=True)
class AlteredColumn:
    """A column as it shall be, and its name before, None for a new one.

    `value` is what a new one holds in every row. `values`, of the rows of the ascending numbers
    `rows`, all that are there, are given where they change.
    """

    definition: ColumnDefinition
    source: str | None
    value: pa.Scalar | None = None
    rows: Array | None = None
    values: pa.Array | None = None


def altered(
    table: TableVersion,
    version: int,
    store: ChunkStore[object],
    columns: Sequence[AlteredColumn],
    checks: tuple[Check, ...],
) -> TableVersion:
    """Return the table with other columns, new ones last, and other constraints.

    Raises IntegrityError and DataError for values that a column refuses.
    """
    kept = {column.source: column.definition for column in columns if column.source is not None}
    names = {source: definition.name for source, definition in kept.items()}
    is_same = names == {column.name: column.name for column in table.columns}
    changed = table.changed(
        version,
        columns=tuple(kept.values()),
        chunks=None if is_same else tuple(_renamed(chunk, names) for chunk in table.chunks),
        texts={names[old]: text for old, text in table.texts.items() if old in names},
        checks=checks,
    )
    for column in columns:
        if column.source is None:
            changed = add_column(changed, version, store, column.definition, column.value)
        elif column.rows is not None:
            changed = replace_column(
                changed, version, store, column.definition, column.rows, column.values
            )
    return changed


def define_column(table: TableVersion, version: int, definition: ColumnDefinition) -> TableVersion:
    """Return the table with another definition of a column, whose values stay as they are."""
    columns = tuple(definition if c.name == definition.name else c for c in table.columns)
    return table.changed(version, columns=columns)


def add_column(
    table: TableVersion,
    version: int,
    store: ChunkStore[object],
    definition: ColumnDefinition,
    value: pa.Scalar,
) -> TableVersion:
    """Return the table with one more column, which holds `value` in every row.

    Raises IntegrityError and DataError for a value that the column refuses.
    """

    def build(number: int, chunk: Chunk, builder: ColumnBuilder) -> LoadedColumn:
        return builder.build([pa.repeat(value, chunk.rows)], table.first_rows[number] + 1)

    columns = (*table.columns, definition)
    return _with_column(table, version, store, definition, columns, build)


def replace_column(
    table: TableVersion,
    version: int,
    store: ChunkStore[object],
    definition: ColumnDefinition,
    rows: Array,
    values: pa.Array,
) -> TableVersion:
    """Return the table with a column of another definition, and its values.

    `rows` are the numbers of all rows that are there, ascending, and `values` theirs.
    """
    edges = np.searchsorted(rows, table.first_rows)

    def build(number: int, chunk: Chunk, builder: ColumnBuilder) -> LoadedColumn:
        # Rows that are deleted get the value of the chunk's first row that is there.
        order = np.zeros(chunk.rows, np.int64)
        own = slice(int(edges[number]), int(edges[number + 1]))
        order[rows[own] - table.first_rows[number]] = np.arange(own.stop - own.start)
        return builder.build([values[own]], table.first_rows[number] + 1, order)

    columns = tuple(definition if c.name == definition.name else c for c in table.columns)
    return _with_column(table, version, store, definition, columns, build)


def _with_column(
    table: TableVersion,
    version: int,
    store: ChunkStore[object],
    definition: ColumnDefinition,
    columns: tuple[ColumnDefinition, ...],
    build: BuildColumn,
) -> TableVersion:
    texts = {name: text for name, text in table.texts.items() if name != definition.name}
    builder = ColumnBuilder(table.name, definition, empty_texts([definition]).get(definition.name))
    chunks = []
    for number, chunk in enumerate(table.chunks):
        loaded = store.prepare(build(number, chunk, builder))
        chunks.append(store.change(chunk, {definition.name: loaded}, deleted=chunk.deleted))
    if builder.text is not None:
        texts[definition.name] = builder.text.state
    return table.changed(version, columns=columns, chunks=tuple(chunks), texts=texts)


def _renamed(chunk: Chunk, names: Mapping[str, str]) -> Chunk:
    """Return a chunk of the columns in `names`, under their new names."""
    names = {**names, LIVE_COLUMN: LIVE_COLUMN}
    if chunk.parts:
        parts = {names[name]: part for name, part in chunk.parts.items() if name in names}
        return stored_chunk(chunk.rows, parts, deleted=chunk.deleted)
    columns = {names[name]: part for name, part in chunk.columns.items() if name in names}
    return Chunk(chunk.rows, columns, deleted=chunk.deleted)
