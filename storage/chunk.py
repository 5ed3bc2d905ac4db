"""A chunk: an immutable run of a table's rows, column by column, in memory or in files.

A chunk is written as one file. What changes later goes into files beside it: a column with new
values, or the mask of the rows that are still there. A chunk names for each column the file and the
place in it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping

import numpy as np

from gpudb.records import dataclass
from gpudb.storage.cache import CACHE, IDENTITIES, CacheKey
from gpudb.storage.column import ColumnChunk, MemorySource
from gpudb.storage.encodings import constant, lists
from gpudb.storage.encodings.encoded import Encoded, Layout, Mask, PhysicalColumn
from gpudb.storage.encodings.packed import Packed, pack, pack_steps
from gpudb.storage.encodings.strings import Texts
from gpudb.storage.encodings.widen import convert, decode
from gpudb.storage.files import ChunkFile
from gpudb.storage.hidden import LIVE_COLUMN
from gpudb.storage.measure import ZoneMap
from gpudb.storage.pages import PAGES
from gpudb.storage.statistics import ZONE_ROWS, Statistics


@dataclass(frozen=True, slots=True)
class Part:
    """Where a column lies: the file, and its place among the file's columns."""

    file: ChunkFile
    index: int


class Chunk:
    """`rows` rows of a table; `columns` maps the columns' names, as defined, to their parts.

    `identity` is unique over the process, so that decoded columns can be kept by it; snapshots
    share chunks. `parts` is empty for a chunk in memory. `deleted` of the rows are gone: then
    `columns` has LIVE_COLUMN, which tells which.
    """

    # Whether the chunk is the table's tail: see gpudb.storage.tail.
    is_tail = False

    def __init__(
        self,
        rows: int,
        columns: Mapping[str, ColumnChunk],
        parts: Mapping[str, Part] | None = None,
        *,
        deleted: int = 0,
    ) -> None:
        self.identity = next(IDENTITIES)
        self.rows = rows
        self.columns = columns
        self.parts = parts or {}
        self.deleted = deleted
        # By column, the one by which it was last asked for: making it takes longer than finding it.
        self._keys: dict[str, CacheKey] = {}

    def __del__(self, forget: Callable[[int], None] = CACHE.forget_chunk) -> None:
        # A tenth of what a finaliser of weakref's takes, and small appends make many chunks.
        forget(self.identity)

    @property
    def files(self) -> set[ChunkFile]:
        """The files that the chunk lies in."""
        return {part.file for part in self.parts.values()}

    def part(self, column: str) -> ColumnChunk:
        """Return what is known of a column; every chunk has LIVE_COLUMN here."""
        if column == LIVE_COLUMN and not self.deleted:
            return _all_live(self.rows)
        return self.columns[column]

    def live_rows(self) -> Mask | None:
        """Return which rows are there, or None where all are."""
        if not self.deleted:
            return None
        return self.read_values(LIVE_COLUMN).values.astype(np.bool_)

    @property
    def stored_bytes(self) -> int:
        """The bytes that the columns take where they are stored."""
        return sum(column.stored_bytes for column in self.columns.values())

    def read_as(self, column: str, layout: Layout) -> Encoded:
        """Return a column of numbers, or of raw text, in `layout`, kept in the cache.

        A chunk in memory that holds this very layout gives its own buffers.
        """
        part = self.part(column)
        if part.source.in_memory and part.layout == layout:
            return part.read()
        key = CacheKey(self.identity, column, layout)
        return CACHE.get(key, lambda: _settled(part, _convert(part.read(), layout)))

    def read_packed(self, column: str, layout: Layout) -> Encoded | Packed:
        """Return a column of numbers in `layout`, or packed where that pays, kept in the cache."""
        part = self.part(column)
        if part.source.in_memory and part.layout == layout:
            return part.read()
        key = self._keys.get(column)
        if key is None or key.layout is not layout:
            key = CacheKey(self.identity, column, layout, may_be_packed=True)
            self._keys[column] = key

        def load() -> Encoded | Packed:
            stored = part.read()
            packed = pack(stored, layout)
            if packed is not None:
                return packed
            whole = _convert(stored, layout)
            return pack_steps(whole) or _settled(part, whole)

        held = CACHE.get(key, load)
        if isinstance(held, Packed) and held.is_wanted_whole:
            whole = held.whole
            return CACHE.exchange(key, held, held.whole_bytes, lambda: PAGES.settled(whole()))
        return held

    def find_whole(self, column: str, layout: Layout) -> Encoded | None:
        """Return what `read_packed` does, which it has done before, if the cache has it whole."""
        key = self._keys.get(column)
        held = None if key is None or key.layout is not layout else CACHE.find(key)
        return held if isinstance(held, Encoded) else None

    def read_derived(
        self, column: str, value: Hashable, layout: Layout, make: Callable[[], Encoded] | None
    ) -> Encoded | None:
        """Return what follows from each of a column's values, kept in the cache as columns are.

        Without `make` only if it is there.
        """
        key = CacheKey(self.identity, column, layout, value=value)
        found = CACHE.find(key) if make is None else CACHE.get(key, make)
        assert found is None or isinstance(found, Encoded)
        return found

    def read_texts(
        self, column: str, of: Hashable, make: Callable[[], Texts] | None
    ) -> Texts | None:
        """Return strings of a column, of all rows or some, kept in the cache as columns are.

        `of` says which. Without `make` only if they are there.
        """
        key = CacheKey(self.identity, column, self.part(column).layout, value=(Texts, of))
        found = CACHE.find(key) if make is None else CACHE.get(key, make)
        assert found is None or isinstance(found, Texts)
        return found

    def read_values(self, column: str) -> PhysicalColumn:
        """Return the physical values of a column that is not raw text, decoded and not kept."""
        return decode(self.columns[column].read())


class FileColumns(Mapping[str, ColumnChunk]):
    """The columns of a chunk in files, each read when it is first asked for.

    Asking raises OperationalError, which names the column, for a damaged or missing file.
    """

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts
        self._known: dict[str, ColumnChunk] = {}

    def __getitem__(self, name: str) -> ColumnChunk:
        known = self._known.get(name)
        if known is None:
            part = self._parts[name]
            known = self._known[name] = part.file.column(part.index)
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def parts_of(file: ChunkFile) -> dict[str, Part]:
    """Return where the columns of one file lie."""
    return {name: Part(file, index) for index, name in enumerate(file.columns)}


def stored_chunk(rows: int, parts: Mapping[str, Part], *, deleted: int = 0) -> Chunk:
    """Return the chunk whose columns lie in files, which are not read yet."""
    return Chunk(rows, FileColumns(parts), parts, deleted=deleted)


def _all_live(rows: int) -> ColumnChunk:
    encoded = Encoded(constant.layout("int", "none"), rows, (), (1, 0))
    ones = np.ones(len(range(0, rows, ZONE_ROWS)), np.int64)
    return ColumnChunk(
        layout=encoded.layout,
        rows=rows,
        statistics=Statistics(rows, 0, 1, 1, 1),
        zones=ZoneMap(ones, ones, np.zeros_like(ones)),
        stored_bytes=0,
        source=MemorySource(encoded),
    )


def _settled(part: ColumnChunk, column: Encoded) -> Encoded:
    """Return what was made of a part in huge pages, unless a table in memory has its buffers."""
    kept = part.read().buffers if part.source.in_memory else ()
    if any(np.may_share_memory(made, buffer) for made in column.buffers for buffer in kept):
        return column
    return PAGES.settled(column)


def _convert(stored: Encoded, layout: Layout) -> Encoded:
    # What lies on disk as "strings" is read as it is: nothing converts it.
    if stored.layout == layout:
        return stored
    return convert(stored, layout) if layout.elements is None else lists.placed(stored, layout)
