"""A database's folder: its manifest made tables and back; what no commit names is removed."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from gpudb.errors import OperationalError
from gpudb.storage.chunk import Chunk, Part, stored_chunk
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.dictionary import Dictionary, DictionaryFile, write_dictionary
from gpudb.storage.files import ChunkFile, StoredFile
from gpudb.storage.hidden import LIVE_COLUMN
from gpudb.storage.lock import LOCK_NAME, READERS_NAME, FolderLock
from gpudb.storage.log import LOG_NAME, LogWriter
from gpudb.storage.manifest import (
    LOG_VERSION,
    MANIFEST_NAME,
    Manifest,
    StoredChunk,
    StoredDictionary,
    StoredPart,
    StoredTable,
    sync_folder,
)
from gpudb.storage.snapshot import Snapshot
from gpudb.storage.store import FolderStore, Place
from gpudb.storage.table import TableVersion, empty_dictionary
from gpudb.storage.text import TextState

TABLES_NAME = "tables"
OWN_NAMES = {LOCK_NAME, READERS_NAME, MANIFEST_NAME, f"{MANIFEST_NAME}.new", TABLES_NAME, LOG_NAME}


class DatabaseFolder:
    """The files of a database. `garbage` collects the paths of files that nothing uses any more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.garbage: deque[Path] = deque()
        # The writing process's log, and the format of the manifest that it stands beside.
        self.log: LogWriter | None = None
        self.version = 0
        # The tables' folders whose own names are on the disk, as far as this process knows.
        self._forced: set[Path] = set()

    @property
    def has_log(self) -> bool:
        """Whether appends may be logged: an older gpudb would not look for them there."""
        return self.log is not None and self.version >= LOG_VERSION

    def table_folder(self, table_id: int) -> Path:
        """Return the folder of a table's files."""
        return self.path / TABLES_NAME / str(table_id)

    def snapshot(self, manifest: Manifest) -> Snapshot:
        """Return the tables that a manifest names; no file is read before it is needed."""
        tables = [self._table(stored) for stored in manifest.tables]
        return Snapshot([*tables, *manifest.views], manifest.commit, manifest.schemas)

    def _table(self, stored: StoredTable) -> TableVersion:
        texts = {
            column.name: self._text(stored, index)
            for index, column in enumerate(stored.columns)
            if column.type.has_dictionary
        }
        return TableVersion(
            id=stored.id,
            name=stored.name,
            schema=stored.schema,
            version=stored.version,
            columns=stored.columns,
            chunks=tuple(
                self._chunk(stored, number, chunk) for number, chunk in enumerate(stored.chunks)
            ),
            texts=texts,
            chunk_rows=stored.chunk_rows,
            checks=stored.checks,
            comment=stored.comment,
        )

    def _chunk(self, table: StoredTable, number: int, stored: StoredChunk) -> Chunk:
        parts = {c.name: part for c, part in zip(table.columns, stored.parts, strict=True)}
        if stored.live is not None:
            parts[LIVE_COLUMN] = stored.live
        files = {}
        for name in dict.fromkeys(part.file for part in parts.values()):
            own = {part.index: column for column, part in parts.items() if part.file == name}
            files[name] = ChunkFile(
                self.table_folder(table.id) / name,
                self.garbage,
                table=table.name,
                number=number,
                # A file keeps columns that have been replaced or dropped since.
                columns=tuple(own.get(index, "") for index in range(max(own) + 1)),
            )
        placed = {name: Part(files[part.file], part.index) for name, part in parts.items()}
        return stored_chunk(stored.rows, placed, deleted=stored.deleted)

    def _text(self, stored: StoredTable, index: int) -> TextState:
        part = stored.dictionaries[index]
        assert part is not None
        if not part.file:
            return TextState(empty_dictionary(), part.is_raw)
        file = StoredFile(self.table_folder(stored.id) / part.file, self.garbage)
        where = _where(stored.name, stored.columns[index])
        return TextState(
            Dictionary(None, DictionaryFile(file, where, part.entries, part.bytes)), part.is_raw
        )

    def save_dictionaries(self, table: TableVersion) -> TableVersion:
        """Write the strings that are new since the last commit; return the table that knows it.

        Raises OSError.
        """
        texts = dict(table.texts)
        for index, column in enumerate(table.columns):
            text = texts.get(column.name)
            if text is None:
                continue
            source = text.dictionary.source
            written = 0 if source is None else source.entries
            if written < len(text.dictionary):
                source = self._extend(table, index, text.dictionary)
                texts[column.name] = TextState(
                    Dictionary(text.dictionary.strings, source), text.is_raw
                )
        return table.changed(table.version, texts=texts)

    def _extend(self, table: TableVersion, index: int, dictionary: Dictionary) -> DictionaryFile:
        source = dictionary.source
        if source is None:
            file = StoredFile(self._new_dictionary(table, index), self.garbage)
            source = DictionaryFile(file, _where(table.name, table.columns[index]), 0, 0)
        added = dictionary.strings.slice(source.entries)
        valid_bytes = write_dictionary(source.file.path, source.bytes, added)
        return DictionaryFile(source.file, source.where, len(dictionary), valid_bytes)

    def _new_dictionary(self, table: TableVersion, index: int) -> Path:
        """Return the path for a column's first strings; older snapshots may use other columns'."""
        folder = self.table_folder(table.id)
        self.make_table_folder(folder)
        path = folder / f"dictionary-{index}"
        return folder / f"dictionary-{index}-{table.version}" if path.exists() else path

    def make_table_folder(self, folder: Path) -> None:
        """Make the folder of a table's files, unless it is there."""
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            return
        # There may have been one of that name, which has been removed since.
        self._forced.discard(folder)

    def sync(self, tables: Iterable[TableVersion]) -> None:
        """Force the names of the tables' files to the disk; raises OSError."""
        made = [self.table_folder(table.id) for table in tables]
        folders = [folder for folder in made if folder.exists()]
        for folder in folders:
            sync_folder(folder)
        if not self._forced.issuperset(folders):
            sync_folder(self.path / TABLES_NAME)
            sync_folder(self.path)
            self._forced.update(folders)

    def remove_table(self, table_id: int) -> None:
        """Remove all files of a table that no commit knows."""
        for path in self.table_folder(table_id).glob("*"):
            remove(path)

    def sweep(self, lock: FolderLock) -> None:
        """Remove files that nothing uses, unless another process reads the folder: then, later."""
        if not self.garbage:
            return
        with lock.without_readers() as is_alone:
            while is_alone and self.garbage:
                remove(self.garbage.popleft())

    def sweep_all(self, manifest: Manifest, lock: FolderLock) -> None:
        """Remove every file that `manifest` does not name; only at opening, before any is made."""
        kept = set(_paths(self, manifest))
        with lock.without_readers() as is_alone:
            for path in (self.path / TABLES_NAME).glob("*/*") if is_alone else ():
                if path not in kept:
                    remove(path)


def stored_table(table: TableVersion) -> StoredTable:
    """Return what the manifest says of a table whose files are all written."""
    dictionaries = []
    for column in table.columns:
        text = table.texts.get(column.name)
        dictionaries.append(None if text is None else _stored_dictionary(text))
    return StoredTable(
        id=table.id,
        name=table.name,
        schema=table.schema,
        version=table.version,
        chunk_rows=table.chunk_rows,
        columns=table.columns,
        chunks=tuple(_stored_chunk(chunk, table.columns) for chunk in table.chunks),
        dictionaries=tuple(dictionaries),
        checks=table.checks,
        comment=table.comment,
    )


def _stored_chunk(chunk: Chunk, columns: Iterable[ColumnDefinition]) -> StoredChunk:
    stored = {
        name: StoredPart(part.file.path.name, part.index) for name, part in chunk.parts.items()
    }
    parts = tuple(stored[column.name] for column in columns)
    return StoredChunk(chunk.rows, parts, stored.get(LIVE_COLUMN), chunk.deleted)


def _stored_dictionary(text: TextState) -> StoredDictionary:
    source = text.dictionary.source
    if source is None:
        return StoredDictionary(0, 0, text.is_raw, "")
    return StoredDictionary(source.entries, source.bytes, text.is_raw, source.file.path.name)


def files_of(snapshot: Snapshot) -> set[StoredFile]:
    """Return the files that the tables of a snapshot consist of."""
    files: set[StoredFile] = set()
    for table in snapshot.tables():
        files.update(file for chunk in table.chunks for file in chunk.files)
        sources = [text.dictionary.source for text in table.texts.values()]
        files.update(source.file for source in sources if source is not None)
    return files


def check_folder(path: Path) -> None:
    """Raise OperationalError where a folder holds something else than a database."""
    if not path.is_dir():
        raise OperationalError(f"'{path}' is not a folder, so it is no database")
    foreign = sorted({entry.name for entry in path.iterdir()} - OWN_NAMES)
    if foreign and not (path / MANIFEST_NAME).exists():
        raise OperationalError(
            f"the folder '{path}' is no database of gpudb: it holds '{foreign[0]}'"
        )


def remove(path: Path) -> None:
    """Remove a file, and its folder if that is empty then; what resists stays for the next time."""
    with contextlib.suppress(OSError):
        path.unlink()
    with contextlib.suppress(OSError):
        os.rmdir(path.parent)


def make_store(
    folder: DatabaseFolder, table: TableVersion, take_id: Callable[[], int]
) -> FolderStore:
    """Return where a table's new chunks go."""
    names = [column.name for column in table.columns]
    place = Place(folder.table_folder(table.id), folder.make_table_folder, folder.garbage)
    return FolderStore(place, table.name, names, take_id)


def _paths(folder: DatabaseFolder, manifest: Manifest) -> Iterable[Path]:
    for table in manifest.tables:
        place = folder.table_folder(table.id)
        for chunk in table.chunks:
            live = () if chunk.live is None else (chunk.live,)
            yield from (place / part.file for part in (*chunk.parts, *live))
        for stored in table.dictionaries:
            if stored is not None and stored.bytes:
                yield place / stored.file


def _where(table: str, column: ColumnDefinition) -> str:
    return f"the dictionary of table '{table}', column '{column.name}'"
