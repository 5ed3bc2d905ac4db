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

from gpudb.records import dataclass
from gpudb.storage.change import delete_rows, replace_values
from gpudb.storage.commit import doom, find_log, force_names, save, stands
from gpudb.storage.commits import LogCommit
from gpudb.storage.encodings.encoded import Array
from gpudb.storage.few_rows import FewRows
from gpudb.storage.files import ChunkFile, disk_error
from gpudb.storage.folder import DatabaseFolder, make_store, remove
from gpudb.storage.load import Appended, Progress, append_batches, encode_tail
from gpudb.storage.log import logged
from gpudb.storage.merge import merged
from gpudb.storage.snapshot import Name, Relation, Snapshot
from gpudb.storage.store import ChunkStore, MemoryStore
from gpudb.storage.table import TableVersion
from gpudb.storage.tail import append_few, append_to_tail
from gpudb.storage.working import WorkingSnapshot
from gpudb.storage.writer import Writer

Change = Callable[[TableVersion, ChunkStore[Any], int], TableVersion]


@dataclass(frozen=True, slots=True)
class Savepoint:
    """What a transaction had made when the savepoint was set."""

    snapshot: Snapshot
    changed: frozenset[int]
    rewritten: frozenset[int]
    appended: int


class Transaction(WorkingSnapshot):
    """An open transaction of a database.

    With `is_writing` it has the right to write already, else it takes it at its commit.

    As a context manager it commits, or rolls back on an error. A change that raises an error, or is
    stopped by `cancel`, leaves everything as it was before, and sets `has_failed`.

    `temporary` are the relations of one connection: a commit stores them nowhere, and tells what
    has become of them.
    """

    def __init__(
        self,
        writer: Writer,
        snapshot: Snapshot,
        cancel: threading.Event | None = None,
        *,
        is_writing: bool,
        temporary: Sequence[Relation] = (),
    ) -> None:
        super().__init__(writer, snapshot.with_temporary(temporary))
        self.cancel = cancel
        self.temporary = tuple(temporary)
        self.has_failed = False
        self._is_writing = is_writing
        self._before = snapshot
        self._written: list[ChunkFile] = []
        # What the log can hold of the changes: rows appended to tails.
        self._appended: list[tuple[TableVersion, Sequence[pa.RecordBatch | FewRows]]] = []

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

    def savepoint(self) -> Savepoint:
        """Return what `return_to` needs to undo what is done from here on."""
        sets = frozenset(self._changed), frozenset(self._rewritten)
        return Savepoint(self._after, *sets, len(self._appended))

    def return_to(self, savepoint: Savepoint) -> None:
        """Undo what was done since the savepoint; files written since go with the transaction."""
        self._check_open()
        self._after = savepoint.snapshot
        self._changed, self._rewritten = set(savepoint.changed), set(savepoint.rewritten)
        del self._appended[savepoint.appended :]
        self.has_failed = False

    def append(
        self,
        name: Name,
        batches: Iterable[pa.RecordBatch],
        on_progress: Progress | None = None,
    ) -> int:
        """Append rows, whose columns match the table's by place, and return how many there were.

        `on_progress(rows, bytes)` is called as they come. Raises DataError, IntegrityError,
        OperationalError, or whatever `batches` raises.
        """
        with self._changing():
            return self._append(self.table(name), batches, on_progress)

    def append_rows(self, name: Name, rows: FewRows) -> int:
        """Append a few rows as `append` does, and return how many there are."""
        with self._changing():
            table = self.table(name)
            appended = append_to_tail(table, [rows]) if self._grows_tail(table) else None
            if appended is None:
                return self._append(table, [rows.batch()], None)
            return self._to_tail(table, appended, [rows])

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Note whether a change fails."""
        self._check_open()
        is_done = False
        try:
            yield
            is_done = True
        finally:
            self.has_failed |= not is_done

    def _append(
        self, table: TableVersion, batches: Iterable[pa.RecordBatch], on_progress: Progress | None
    ) -> int:
        if self._grows_tail(table):
            appended, batches = append_few(table, batches, on_progress)
            if appended is not None:
                return self._to_tail(table, appended, list(batches))
        with self._store(table) as store:
            appended = append_batches(table, store, batches, on_progress, self.cancel)
        return self._with_rows(table, appended)

    def _grows_tail(self, table: TableVersion) -> bool:
        """Whether few rows may lie in a tail until it is encoded: there is a log, if one needs."""
        folder = self._writer.folder
        return folder is None or folder.has_log or table.full_name.is_temporary

    def _to_tail(
        self, table: TableVersion, appended: Appended, rows: Sequence[pa.RecordBatch | FewRows]
    ) -> int:
        if self._writer.folder is not None and not table.full_name.is_temporary:
            self._appended.append((table, rows))
        return self._with_rows(table, appended)

    def _with_rows(self, table: TableVersion, appended: Appended) -> int:
        if appended.rows:
            version = self._writer.take_id()
            self._change(table.changed(version, chunks=appended.chunks, texts=appended.texts))
        return appended.rows

    def delete(self, name: Name, rows: Array) -> None:
        """Delete the rows of the ascending, distinct numbers `rows`."""
        if len(rows):
            self.alter(
                name,
                lambda table, store, version: delete_rows(table, store, rows).of(table, version),
            )

    def update(self, name: Name, rows: Array, columns: Mapping[str, pa.Array]) -> None:
        """Give the rows of the ascending, distinct numbers `rows` new values in some columns.

        `columns` has an array of a value a row for each column's name. Raises DataError and
        IntegrityError for values that a column refuses.
        """
        if len(rows):
            self.alter(
                name,
                lambda table, store, version: replace_values(table, store, rows, columns).of(
                    table, version
                ),
            )

    def truncate(self, name: Name) -> None:
        """Remove all rows; dictionaries stay."""
        self._check_open()
        table = self.table(name)
        if table.chunks:
            self._rewritten.add(table.id)
            self._change(table.changed(self._writer.take_id(), chunks=()))

    def alter(self, name: Name, change: Change) -> None:
        """Put in a table's place what `change` makes of it, its store and a version's number."""
        with self._changing():
            table = self.table(name)
            with self._store(table) as store:
                if table.has_tail:
                    table = encode_tail(table, store, self.cancel)
                changed = change(table, store, self._writer.take_id())
            self._rewritten.add(table.id)
            self._change(changed)

    @contextmanager
    def _store(self, table: TableVersion) -> Iterator[ChunkStore[Any]]:
        """Give a place for new chunks of a table; a rollback removes what was written there."""
        folder = self._writer.folder
        if folder is None or table.full_name.is_temporary:
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
        temporary, self._after = self._after.temporary(), self._after.permanent()
        if self._after.is_like(self._before):
            self.temporary = temporary
            self.rollback()
            return
        self._meet_others()
        self._store_commit()
        self.temporary = temporary

    def encode_tails(self) -> None:
        """Encode the newest rows of all tables: what a manifest names lies in files."""
        for table in self._after.tables():
            if table.has_tail and not table.full_name.is_temporary:
                with self._store(table) as store:
                    self._change(encode_tail(table, store, self.cancel))

    def _store_commit(self) -> None:
        folder = self._writer.folder
        if folder is None:
            self._publish()
            return
        log = find_log(folder, self._before, self._after, self._rewritten, self._written)
        if log is not None and self._appended:
            self._store_log()
            return
        is_saved = False
        try:
            self._writer.commits.force_all(self._before)
            self.encode_tails()
            self._after = save(folder, self._before, self._after, self._changed, self._writer)
            is_saved = True
        except OSError as error:
            raise disk_error(error, "committing") from error
        finally:
            # Ctrl-C may come when the manifest is just in its place: then the commit stands.
            if is_saved or stands(folder, self._before.commit + 1):
                self._publish_saved(folder)
            else:
                self.rollback()

    def _publish_saved(self, folder: DatabaseFolder) -> None:
        """Make the commit visible; files of older ones may go once its name survives anything."""
        try:
            force_names(folder)
            doom(self._before, self._after, self._written)
        finally:
            self._publish()

    def _store_log(self) -> None:
        commits, is_added = self._writer.commits, False
        try:
            appends = [logged(t.id, t.columns, b) for t, own in self._appended for b in own]
            commit = LogCommit(appends, self._after)
            commits.add(commit, self._before)
            is_added = True
        finally:
            if not is_added:
                self.rollback()
        try:
            # Others may write while this waits for the disk.
            self._end()
        finally:
            commits.force(commit)

    def _meet_others(self) -> None:
        """Take the right to write, and bring the changes up to the last commit."""
        if self._is_writing:
            return
        is_met = False
        try:
            self._writer.begin_writing(self.cancel)
            self._is_writing = True
            latest = self._writer.commits.written
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

    def _publish(self) -> None:
        self._writer.commits.publish(self._after)
        self._end()

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

    def _end(self) -> None:
        self.is_open = False
        self._before = self._after = Snapshot()
        self._written, self._appended = [], []
        if self._is_writing:
            self._writer.end_writing()
