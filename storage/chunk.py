"""A chunk: an immutable run of a table's rows, column by column, in memory or in one file."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterator, Mapping

import numpy as np

from gpudb.storage.cache import CACHE, CacheKey
from gpudb.storage.column import ColumnChunk
from gpudb.storage.encodings.encoded import Encoded, Layout, PhysicalColumn
from gpudb.storage.encodings.widen import convert, decode
from gpudb.storage.files import ChunkFile

_IDENTITIES = itertools.count(1)


class Chunk:
    """`rows` rows of a table; `columns` maps the columns' names, as defined, to their parts.

    `identity` is unique over the process, so that decoded columns can be kept by it; snapshots
    share chunks. `file` is None for a chunk in memory.
    """

    def __init__(
        self, rows: int, columns: Mapping[str, ColumnChunk], file: ChunkFile | None = None
    ) -> None:
        self.identity = next(_IDENTITIES)
        self.rows = rows
        self.columns = columns
        self.file = file
        weakref.finalize(self, CACHE.forget_chunk, self.identity).atexit = False

    @property
    def stored_bytes(self) -> int:
        """The bytes that the columns take where they are stored."""
        return sum(column.stored_bytes for column in self.columns.values())

    def read_as(self, column: str, layout: Layout) -> Encoded:
        """Return a column of numbers, or of raw text, in `layout`, kept in the cache.

        A chunk in memory that holds this very layout gives its own buffers.
        """
        part = self.columns[column]
        if part.source.in_memory and part.layout == layout:
            return part.read()
        return CACHE.get(
            CacheKey(self.identity, column, layout), lambda: _convert(part.read(), layout)
        )

    def read_codes(self, column: str, layout: Layout) -> Encoded:
        """Return a TEXT column's codes in `layout`, a frame with base 0, kept in the cache."""
        part = self.columns[column]
        if part.source.in_memory and part.layout == layout:
            stored = part.read()
            if not stored.scalar("base"):
                return stored
        return CACHE.get(
            CacheKey(self.identity, column, layout), lambda: _rebase(_convert(part.read(), layout))
        )

    def read_values(self, column: str) -> PhysicalColumn:
        """Return the physical values of a column that is not raw text, decoded and not kept."""
        return decode(self.columns[column].read())


class FileColumns(Mapping[str, ColumnChunk]):
    """The columns of a chunk file, each read when it is first asked for.

    Asking raises OperationalError, which names the column, for a damaged or missing file.
    """

    def __init__(self, file: ChunkFile) -> None:
        self._file = file
        self._indexes = {name: index for index, name in enumerate(file.columns)}
        self._known: dict[str, ColumnChunk] = {}

    def __getitem__(self, name: str) -> ColumnChunk:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._file.column(self._indexes[name])
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self._indexes)

    def __len__(self) -> int:
        return len(self._indexes)


def chunk_of_file(file: ChunkFile, rows: int) -> Chunk:
    """Return the chunk that lies in a file, which is not read yet."""
    return Chunk(rows, FileColumns(file), file)


def _convert(stored: Encoded, layout: Layout) -> Encoded:
    # What lies on disk as "strings" is read as it is: nothing converts it.
    return stored if stored.layout == layout else convert(stored, layout)


def _rebase(frame: Encoded) -> Encoded:
    """Return the same frame with base 0, so that its codes are the values."""
    base, null_code = (int(scalar) for scalar in frame.scalars)
    if base == 0:
        return frame
    (codes,) = frame.buffers
    rebased = codes + codes.dtype.type(base)
    if frame.layout.nulls == "code" and null_code >= 0:
        # The old null code may be a value's now; the layout leaves the greatest one free.
        is_null = codes == codes.dtype.type(null_code)
        null_code = int(np.iinfo(codes.dtype).max)
        rebased[is_null] = null_code
    return Encoded(frame.layout, frame.rows, (rebased,), (0, null_code))
