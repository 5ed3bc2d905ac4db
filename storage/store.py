"""Where a table's new chunks go: memory, or files in the table's folder."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from gpudb.records import dataclass
from gpudb.storage.chunk import Chunk, Part, parts_of, stored_chunk
from gpudb.storage.column import ColumnChunk, MemorySource
from gpudb.storage.encodings.encoded import Encoded
from gpudb.storage.files import ChunkFile, PackedColumn, disk_error, pack_column, write_chunk_file
from gpudb.storage.measure import ZoneMap
from gpudb.storage.statistics import Statistics

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class LoadedColumn:
    """One column of a new chunk, encoded and measured."""

    encoded: Encoded
    statistics: Statistics
    zones: ZoneMap


class ChunkStore(Protocol[P]):
    """Takes a chunk's columns, prepared in many threads, and makes a chunk of them in one."""

    def prepare(self, column: LoadedColumn) -> P:
        """Return the column in the form that `add` takes; runs in many threads."""
        ...

    def add(self, number: int, rows: int, columns: Sequence[P]) -> Chunk:
        """Return the chunk that will be the table's `number`-th; raises OperationalError."""
        ...

    def change(self, chunk: Chunk, columns: Mapping[str, P], *, deleted: int) -> Chunk:
        """Return `chunk` with `columns` in place of those of their names, `deleted` rows gone.

        Raises OperationalError.
        """
        ...


class MemoryStore:
    """Chunks that hold their buffers."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)

    def prepare(self, column: LoadedColumn) -> ColumnChunk:
        """Return the column as it is."""
        encoded = column.encoded
        return ColumnChunk(
            layout=encoded.layout,
            rows=encoded.rows,
            statistics=column.statistics,
            zones=column.zones,
            stored_bytes=encoded.size_bytes,
            source=MemorySource(encoded),
        )

    def add(self, number: int, rows: int, columns: Sequence[ColumnChunk]) -> Chunk:
        """Return the chunk."""
        return Chunk(rows, dict(zip(self._names, columns, strict=True)))

    def change(self, chunk: Chunk, columns: Mapping[str, ColumnChunk], *, deleted: int) -> Chunk:
        """Return the changed chunk."""
        return Chunk(chunk.rows, {**chunk.columns, **columns}, deleted=deleted)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table's files lie: `make` makes the folder; `garbage` takes what nobody uses."""

    folder: Path
    make: Callable[[Path], None]
    garbage: deque[Path]


class FolderStore:
    """Chunks in files of a table's folder; `written` lists them, for a rollback to remove."""

    def __init__(
        self, place: Place, table: str, names: Sequence[str], take_id: Callable[[], int]
    ) -> None:
        self._place = place
        self._table = table
        self._names = tuple(names)
        self._take_id = take_id
        self.written: list[ChunkFile] = []

    def prepare(self, column: LoadedColumn) -> PackedColumn:
        """Compress the column."""
        return pack_column(column.encoded, column.statistics, column.zones)

    def add(self, number: int, rows: int, columns: Sequence[PackedColumn]) -> Chunk:
        """Write the file; raises OperationalError, in words for a full disk."""
        return stored_chunk(rows, self._write(number, self._names, columns))

    def change(self, chunk: Chunk, columns: Mapping[str, PackedColumn], *, deleted: int) -> Chunk:
        """Write a file of the columns that change; raises OperationalError."""
        number = next((file.number for file in chunk.files), 0)
        parts = self._write(number, tuple(columns), tuple(columns.values()))
        return stored_chunk(chunk.rows, {**chunk.parts, **parts}, deleted=deleted)

    def _write(
        self, number: int, names: tuple[str, ...], columns: Sequence[PackedColumn]
    ) -> dict[str, Part]:
        path = self._place.folder / f"chunk-{self._take_id()}"
        garbage = self._place.garbage
        file = ChunkFile(path, garbage, table=self._table, number=number, columns=names)
        self.written.append(file)
        try:
            self._place.make(self._place.folder)
            write_chunk_file(path, columns)
        except OSError as error:
            raise disk_error(error, f"writing table '{self._table}'") from error
        return parts_of(file)
