"""A table at one commit: definitions, chunks, dictionaries; readers keep it while they like."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np
import pyarrow as pa

from gpudb.errors import ProgrammingError
from gpudb.records import replace
from gpudb.storage.chunk import Chunk
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.dictionary import Dictionary
from gpudb.storage.distinct import NO_CHUNKS, Counted, estimate_distinct
from gpudb.storage.encodings import lists, plain, strings
from gpudb.storage.encodings.encoded import Layout, PhysicalColumn
from gpudb.storage.encodings.lists import ListColumn
from gpudb.storage.encodings.strings import Texts
from gpudb.storage.encodings.widen import decode
from gpudb.storage.hidden import LIVE_COLUMN, ROW_COLUMN
from gpudb.storage.measure import ColumnZones, ZoneList, join_zones, list_zones
from gpudb.storage.names import MAIN_SCHEMA, RelationName
from gpudb.storage.statistics import NO_ROWS, Statistics
from gpudb.storage.text import TextState
from gpudb.storage.types import BIGINT, BOOLEAN
from gpudb.storage.view import Check

LIVE_DEFINITION = ColumnDefinition(LIVE_COLUMN, BOOLEAN, not_null=True)
ROW_DEFINITION = ColumnDefinition(ROW_COLUMN, BIGINT, not_null=True)
DEFAULT_CHUNK_ROWS = 1 << 20


class TableVersion:
    """A snapshot of a table.

    `version` is another number in every snapshot of every table of a database, so (database,
    version) names exactly these rows. `texts` has an item for each TEXT column. `id` names the
    table's folder.
    """

    def __init__(  # noqa: PLR0913 (each is a part of the table)
        self,
        *,
        id: int,
        name: str,
        version: int,
        columns: tuple[ColumnDefinition, ...],
        chunks: tuple[Chunk, ...] = (),
        texts: dict[str, TextState] | None = None,
        chunk_rows: int = DEFAULT_CHUNK_ROWS,
        checks: tuple[Check, ...] = (),
        comment: str = "",
        schema: str = MAIN_SCHEMA,
    ) -> None:
        self.id = id
        self.name = name
        self.schema = schema
        self.version = version
        self.columns = columns
        self.chunks = chunks
        self.chunk_rows = chunk_rows
        self.checks = checks
        self.comment = comment
        self.texts = texts if texts is not None else empty_texts(columns)
        self.deleted_rows = sum(chunk.deleted for chunk in chunks)
        # Where each chunk's rows begin, those deleted among them, and where the last chunk's end.
        self.first_rows = tuple(accumulate((chunk.rows for chunk in chunks), initial=0))
        self.row_count = self.first_rows[-1] - self.deleted_rows
        self.resident_layouts: dict[tuple[str, str], Layout] = {}
        self._statistics: dict[str, Statistics] = {}
        self._before_tail: dict[str, tuple[Statistics, Counted]] = {}
        self._zones: dict[str, ColumnZones] = {}

    def __repr__(self) -> str:
        return f"TableVersion({self.name!r}, version={self.version}, rows={self.row_count})"

    def changed(
        self,
        version: int,
        *,
        name: RelationName | None = None,
        columns: tuple[ColumnDefinition, ...] | None = None,
        chunks: tuple[Chunk, ...] | None = None,
        texts: dict[str, TextState] | None = None,
        checks: tuple[Check, ...] | None = None,
        comment: str | None = None,
    ) -> TableVersion:
        """Return the table with what is given in place of its own, as `version`."""
        made = TableVersion(
            id=self.id,
            name=self.name if name is None else name.name,
            schema=self.schema if name is None else name.schema,
            version=version,
            columns=self.columns if columns is None else columns,
            chunks=self.chunks if chunks is None else chunks,
            texts=self.texts if texts is None else texts,
            chunk_rows=self.chunk_rows,
            checks=self.checks if checks is None else checks,
            comment=self.comment if comment is None else comment,
        )
        if columns is None:
            vars(made)["_by_name"] = self._by_name
        if made.has_tail and self.has_tail and made.chunks[:-1] == self.chunks[:-1]:
            # By column, so whatever a change of columns has left is never asked for.
            made._before_tail = self._before_tail
        return made

    @cached_property
    def _by_name(self) -> dict[str, ColumnDefinition]:
        """The columns by their names in lower case, those among them that every table has."""
        columns = (*self.columns, LIVE_DEFINITION, ROW_DEFINITION)
        return {column.name.casefold(): column for column in columns}

    @property
    def full_name(self) -> RelationName:
        """The name with the schema."""
        return RelationName(self.name, self.schema)

    @property
    def has_tail(self) -> bool:
        """Whether the last chunk is still to be encoded."""
        return bool(self.chunks) and self.chunks[-1].is_tail

    @property
    def stored_bytes(self) -> int:
        """The bytes that the chunks take where they are stored."""
        return sum(chunk.stored_bytes for chunk in self.chunks)

    def find_column(self, name: str) -> ColumnDefinition | None:
        """Return the column called `name`, in any case, or None."""
        return self._by_name.get(name.casefold())

    def column(self, name: str) -> ColumnDefinition:
        """Return the column called `name`, in any case; ProgrammingError offers the nearest."""
        column = self.find_column(name)
        if column is None:
            near = nearest_name(name, [column.name for column in self.columns])
            raise ProgrammingError(f"no column '{name}' in table '{self.name}'{near}")
        return column

    def statistics(self, column: str) -> Statistics:
        """Return what is known of a column over all rows."""
        name = self.column(column).name
        known = self._statistics.get(name)
        if name == ROW_COLUMN:
            rows = self.first_rows[-1]
            return Statistics(rows, 0, 0 if rows else None, rows - 1 if rows else None, rows)
        if known is None:
            merged, counted = self._merged(name)
            distinct = estimate_distinct(counted, merged)
            if self.column(name).type.is_text and self.is_dictionary(name):
                distinct = min(distinct, len(self.dictionary(name)))
            known = self._statistics[name] = replace(merged, distinct=distinct)
        return known

    def _merged(self, name: str) -> tuple[Statistics, Counted]:
        """Return what is known of a column's chunks; of all but a tail, earlier versions tell."""
        known = self._before_tail.get(name)
        merged, counted = known or (NO_ROWS, NO_CHUNKS)
        begin = 0 if known is None else len(self.chunks) - 1
        for place in range(begin, len(self.chunks)):
            chunk = self.chunks[place]
            if chunk.is_tail:
                self._before_tail[name] = merged, counted
            part = chunk.part(name).statistics
            merged, counted = merged.merge(part), counted.with_chunk(part)
        return merged, counted

    @cached_property
    def zone_list(self) -> ZoneList:
        """The zones of all chunks."""
        return list_zones([chunk.rows for chunk in self.chunks])

    def column_zones(self, column: str) -> ColumnZones:
        """Return the bounds of a column, as it is defined, in these zones."""
        known = self._zones.get(column)
        if known is None:
            maps = [chunk.part(column).zones for chunk in self.chunks]
            known = self._zones[column] = join_zones(maps)
        return known

    def is_dictionary(self, column: str) -> bool:
        """Return whether a TEXT column is held as codes in all chunks."""
        text = self.texts.get(self.column(column).name)
        return text is not None and not text.is_raw

    def dictionary(self, column: str) -> Dictionary:
        """Return the dictionary of a TEXT column.

        Where the column has turned raw, it serves only the chunks that hold codes.
        """
        return self.texts[self.column(column).name].dictionary

    def read_lists(self, chunk_index: int, column: str) -> ListColumn:
        """Return the arrays of a column in one chunk.

        Text elements are codes of its dictionary where all chunks hold codes, else strings.
        """
        name = self.column(column).name
        found = lists.decode(self.chunks[chunk_index].columns[name].read())
        elements = found.elements
        text = self.texts.get(name)
        if text is None or not text.is_raw or not isinstance(elements, PhysicalColumn):
            return found
        codes = pa.array(elements.values.astype(np.int32), mask=elements.nulls)
        return replace(found, elements=text.dictionary.strings.take(codes))

    def read_strings(self, chunk_index: int, column: str) -> pa.Array:
        """Return the strings of a TEXT column in one chunk, with NULLs, however they are stored.

        They are not kept: who reads them makes something else of them.
        """
        name = self.column(column).name
        part = self.chunks[chunk_index].columns[name]
        if part.is_raw_text:
            return strings.decode(part.read())
        dictionary = self.texts[name].dictionary
        codes = decode(part.read())
        indices = pa.array(codes.values.astype(np.int32, copy=False), mask=codes.nulls)
        return dictionary.strings.take(indices)

    def read_texts(self, chunk_index: int, column: str, *, is_kept: bool) -> Texts:
        """Return the strings of all rows of a chunk, from the cache if they are there.

        Others are read, and `is_kept` tells whether they stay there.
        """
        name = self.column(column).name
        chunk = self.chunks[chunk_index]

        def read() -> Texts:
            return Texts(self.read_strings(chunk_index, name))

        return chunk.read_texts(name, None, read if is_kept else None) or read()


def check_columns(name: RelationName, columns: Sequence[ColumnDefinition]) -> None:
    """Raise ProgrammingError where a table cannot have these columns, or be called so."""
    if not columns:
        raise ProgrammingError(f"table '{name}' needs a column")
    if not name.name or not all(column.name for column in columns):
        raise ProgrammingError(f"table '{name}' and each of its columns need a name")
    seen: set[str] = set()
    for column in columns:
        if column.name.casefold() in seen:
            raise ProgrammingError(f"table '{name}' has two columns called '{column.name}'")
        seen.add(column.name.casefold())


def code_layout(dictionary: Dictionary, nulls: int) -> Layout:
    """Return the plain layout for any code of `dictionary`, and NULL if there are `nulls`."""
    greatest = max(len(dictionary) - 1, 0)
    dtype = plain.narrowest_dtype(0, greatest, has_nulls=nulls > 0)
    return plain.layout(dtype, has_nulls=nulls > 0)


def empty_texts(columns: Iterable[ColumnDefinition]) -> dict[str, TextState]:
    """Return the states of the TEXT columns of a table without rows."""
    return {
        column.name: TextState(
            empty_dictionary(),
            is_raw=column.encoding is not None and column.encoding.kind == "NONE",
        )
        for column in columns
        if column.type.has_dictionary
    }


def empty_dictionary() -> Dictionary:
    """Return a dictionary without strings, and without a file."""
    return Dictionary(pa.nulls(0, pa.string()))


def nearest_name(name: str, names: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the name most like `name`, or nothing."""
    by_folded = {known.casefold(): known for known in names}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    return f"; did you mean '{by_folded[near[0]]}'?" if near else ""
