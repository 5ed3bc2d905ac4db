"""A transaction: changes to a snapshot that others see at `commit`, all at once, or never.

Chunk files are written while rows are appended; the manifest names them only at the commit. Readers
keep the snapshots that they have.

Transactions may run beside each other. Each changes the snapshot that it began with; at its commit
that is brought up to the last commit (gpudb.storage.merge).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import pyarrow as pa

from gpudb.errors import InterfaceError, OperationalError, ProgrammingError
from gpudb.storage.change import delete_rows, replace_values
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import Array
from gpudb.storage.files import ChunkFile, disk_error
from gpudb.storage.folder import (
    DatabaseFolder,
    files_of,
    make_store,
    remove,
    stored_table,
)
from gpudb.storage.load import Progress, append_batches
from gpudb.storage.manifest import Manifest, read_manifest, sync_folder, write_manifest
from gpudb.storage.merge import merged
from gpudb.storage.snapshot import Snapshot
from gpudb.storage.store import ChunkStore, MemoryStore
from gpudb.storage.table import DEFAULT_CHUNK_ROWS, TableVersion
from gpudb.storage.view import Check, View
from gpudb.storage.writer import Writer

Change = Callable[[TableVersion, ChunkStore[Any], int], TableVersion]


class Transaction:
    """An open transaction of a database.

    With `is_writing` it has the right to write already, else it takes it at its commit.

    As a context manager it commits, or rolls back on an error. An error while appending rolls the
    whole transaction back; so does `cancel`, once it is set.
    """

    def __init__(
        self,
        writer: Writer,
        snapshot: Snapshot,
        cancel: threading.Event | None = None,
        *,
        is_writing: bool,
    ) -> None:
        self.cancel = cancel
        self._writer = writer
        self._is_writing = is_writing
        self._before = snapshot
        self._after = snapshot
        self._written: list[ChunkFile] = []
        self._changed: set[int] = set()
        # The tables that had more done to them than rows appended.
        self._rewritten: set[int] = set()
        self.is_open = True

    def __enter__(self) -> Transaction:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None and self.is_open:
            self.commit()
        else:
            self.rollback()

    @property
    def snapshot(self) -> Snapshot:
        """The tables as this transaction sees them."""
        return self._after

    def table(self, name: str) -> TableVersion:
        """Return a table as this transaction sees it; ProgrammingError offers the nearest name."""
        return self._after.table(name)

    def find_table(self, name: str) -> TableVersion | None:
        """Return a table as this transaction sees it, or None."""
        return self._after.find_table(name)

    def tables(self) -> tuple[TableVersion, ...]:
        """Return all tables as this transaction sees them, sorted by name."""
        return self._after.tables()

    def create_table(
        self,
        name: str,
        columns: Sequence[ColumnDefinition],
        chunk_rows: int | None = None,
        checks: tuple[Check, ...] = (),
    ) -> TableVersion:
        """Make an empty table; ProgrammingError where its name or a column's is taken."""
        self._check_open()
        self._check_free(name)
        if not columns:
            raise ProgrammingError(f"table '{name}' needs a column")
        if not name or not all(column.name for column in columns):
            raise ProgrammingError(f"table '{name}' and each of its columns need a name")
        seen: set[str] = set()
        for column in columns:
            if column.name.casefold() in seen:
                raise ProgrammingError(f"table '{name}' has two columns called '{column.name}'")
            seen.add(column.name.casefold())
        table = TableVersion(
            id=self._writer.take_id(),
            name=name,
            version=self._writer.take_id(),
            columns=tuple(columns),
            chunk_rows=chunk_rows or DEFAULT_CHUNK_ROWS,
            checks=checks,
        )
        self._change(table)
        return table

    def create_view(self, view: View) -> None:
        """Make a view; ProgrammingError where its name is taken."""
        self._check_open()
        self._check_free(view.name)
        self._after = self._after.with_relation(view)

    def _check_free(self, name: str) -> None:
        known = self._after.find(name)
        if known is not None:
            kind = "view" if isinstance(known, View) else "table"
            raise ProgrammingError(f"{kind} '{known.name}' exists already")

    def drop_view(self, name: str) -> None:
        """Remove a view; ProgrammingError where there is none."""
        self._check_open()
        self._after = self._after.without(self._after.view(name).name)

    def rename(self, name: str, new_name: str) -> None:
        """Call a table otherwise; ProgrammingError where the name is taken."""
        self._check_open()
        table = self.table(name)
        if name.casefold() != new_name.casefold():
            self._check_free(new_name)
        self._after = self._after.without(table.name)
        self._rewritten.add(table.id)
        self._change(table.changed(self._writer.take_id(), name=new_name))

    def drop_table(self, name: str) -> None:
        """Remove a table; ProgrammingError where there is none."""
        self._check_open()
        self._after = self._after.without(self.table(name).name)

    def append(
        self,
        name: str,
        batches: Iterable[pa.RecordBatch],
        on_progress: Progress | None = None,
    ) -> int:
        """Append rows, whose columns match the table's by place, and return how many there were.

        `on_progress(rows, bytes)` is called as they come. Any error rolls the transaction back:
        DataError, IntegrityError, OperationalError, or whatever `batches` raises.
        """
        self._check_open()
        table = self.table(name)
        done = False
        try:
            rows = self._append(table, batches, on_progress)
            done = True
            return rows
        finally:
            if not done:
                self.rollback()

    def _append(
        self, table: TableVersion, batches: Iterable[pa.RecordBatch], on_progress: Progress | None
    ) -> int:
        with self._store(table) as store:
            appended = append_batches(table, store, batches, on_progress, self.cancel)
        if appended.rows:
            version = self._writer.take_id()
            self._change(table.changed(version, chunks=appended.chunks, texts=appended.texts))
        return appended.rows

    def delete(self, name: str, rows: Array) -> None:
        """Delete the rows of the ascending, distinct numbers `rows`.

        Any error rolls the transaction back.
        """
        if len(rows):
            self.alter(
                name,
                lambda table, store, version: delete_rows(table, store, rows).of(table, version),
            )

    def update(self, name: str, rows: Array, columns: Mapping[str, pa.Array]) -> None:
        """Give the rows of the ascending, distinct numbers `rows` new values in some columns.

        `columns` has an array of a value a row for each column's name. Any error rolls the
        transaction back: DataError and IntegrityError for values that a column refuses.
        """
        if len(rows):
            self.alter(
                name,
                lambda table, store, version: replace_values(table, store, rows, columns).of(
                    table, version
                ),
            )

    def truncate(self, name: str) -> None:
        """Remove all rows; dictionaries stay."""
        self._check_open()
        table = self.table(name)
        if table.chunks:
            self._rewritten.add(table.id)
            self._change(table.changed(self._writer.take_id(), chunks=()))

    def alter(self, name: str, change: Change) -> None:
        """Put in a table's place what `change` makes of it, its store and a version's number.

        Any error rolls the transaction back.
        """
        self._check_open()
        table = self.table(name)
        done = False
        try:
            with self._store(table) as store:
                changed = change(table, store, self._writer.take_id())
            self._rewritten.add(table.id)
            self._change(changed)
            done = True
        finally:
            if not done:
                self.rollback()

    @contextmanager
    def _store(self, table: TableVersion) -> Iterator[ChunkStore[Any]]:
        """Give a place for new chunks of a table; a rollback removes what was written there."""
        folder = self._writer.folder
        if folder is None:
            yield MemoryStore([column.name for column in table.columns])
            return
        files = make_store(folder, table, self._writer.take_id)
        try:
            yield files
        finally:
            self._written.extend(files.written)

    def commit(self) -> None:
        """Make the changes last and visible.

        Raises OperationalError, after rolling back, where they cannot be written, or where another
        transaction has committed changes of the same tables.
        """
        self._check_open()
        if self._after is self._before:
            self._end()
            return
        self._meet_others()
        folder = self._writer.folder
        if folder is None:
            self._publish()
            return
        is_saved = False
        try:
            self._save(folder)
            is_saved = True
        except OSError as error:
            raise disk_error(error, "committing") from error
        finally:
            # Ctrl-C may come when the manifest is just in its place: then the commit stands.
            if is_saved or self._is_saved(folder):
                self._doom()
                self._publish()
            else:
                self.rollback()
        _sync(folder)

    def _meet_others(self) -> None:
        """Take the right to write, and bring the changes up to the last commit."""
        is_met = False
        try:
            if not self._is_writing:
                self._writer.begin_writing(self.cancel)
                self._is_writing = True
            latest = self._writer.snapshot()
            if latest is not self._before:
                self._after = merged(
                    self._before, self._after, latest, self._rewritten, self._append_again
                )
                self._before = latest
            is_met = True
        finally:
            if not is_met:
                self.rollback()

    def _append_again(self, table: TableVersion, batches: Iterable[pa.RecordBatch]) -> TableVersion:
        with self._store(table) as store:
            appended = append_batches(table, store, batches, None, self.cancel)
        self._changed.add(table.id)
        version = self._writer.take_id()
        return table.changed(version, chunks=appended.chunks, texts=appended.texts)

    def _is_saved(self, folder: DatabaseFolder) -> bool:
        manifest = read_manifest(folder.path)
        return manifest is not None and manifest.commit == self._before.commit + 1

    def _publish(self) -> None:
        self._writer.publish(self._after)
        self._end()

    def _save(self, folder: DatabaseFolder) -> None:
        changed = [table for table in self.tables() if table.id in self._changed]
        for table in changed:
            self._after = self._after.with_relation(folder.save_dictionaries(table))
        folder.sync(changed)
        commit = self._before.commit + 1
        self._after = Snapshot(self._after.relations(), commit)
        tables = tuple(stored_table(table) for table in self._after.tables())
        views = self._after.views()
        write_manifest(folder.path, Manifest(commit, self._writer.take_id(), tables, views))

    def _doom(self) -> None:
        """Mark the files that only older snapshots use."""
        kept = files_of(self._after)
        for file in {*files_of(self._before), *self._written} - kept:
            file.doom()

    def rollback(self) -> None:
        """Undo everything; does nothing once the transaction has ended."""
        if not self.is_open:
            return
        for file in self._written:
            remove(file.path)
        folder = self._writer.folder
        if folder is not None:
            known = {table.id for table in self._before.tables()}
            for table_id in self._changed - known:
                folder.remove_table(table_id)
        self._end()

    def _change(self, table: TableVersion) -> None:
        self._after = self._after.with_relation(table)
        self._changed.add(table.id)

    def _check_open(self) -> None:
        if not self.is_open:
            raise InterfaceError("the transaction has ended")

    def _end(self) -> None:
        self.is_open = False
        self._before = self._after = Snapshot()
        self._written = []
        if self._is_writing:
            self._writer.end_writing()


def _sync(folder: DatabaseFolder) -> None:
    """Force the manifest's name to the disk; the commit stands already, so nothing is undone."""
    try:
        sync_folder(folder.path)
    except OSError as error:
        raise OperationalError(
            f"the commit may not survive a loss of power: {error.strerror}"
        ) from error
