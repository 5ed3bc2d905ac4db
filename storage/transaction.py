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

from gpudb.errors import InterfaceError, ProgrammingError
from gpudb.records import dataclass
from gpudb.storage.change import delete_rows, replace_values
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.commit import doom, force_names, save, stands
from gpudb.storage.encodings.encoded import Array
from gpudb.storage.files import ChunkFile, disk_error
from gpudb.storage.folder import make_store, remove
from gpudb.storage.load import Progress, append_batches, encode_tail
from gpudb.storage.merge import merged
from gpudb.storage.names import RelationName, relation_name, schema_key
from gpudb.storage.snapshot import Name, Relation, Snapshot
from gpudb.storage.store import ChunkStore, MemoryStore
from gpudb.storage.table import DEFAULT_CHUNK_ROWS, TableVersion
from gpudb.storage.tail import append_few
from gpudb.storage.view import Check, View
from gpudb.storage.writer import Writer

Change = Callable[[TableVersion, ChunkStore[Any], int], TableVersion]


@dataclass(frozen=True, slots=True)
class Savepoint:
    """What a transaction had made when the savepoint was set."""

    snapshot: Snapshot
    changed: frozenset[int]
    rewritten: frozenset[int]


class Transaction:
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
        self.cancel = cancel
        self.temporary = tuple(temporary)
        self.has_failed = False
        self._writer = writer
        self._is_writing = is_writing
        self._before = snapshot
        self._after = snapshot.with_temporary(temporary)
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

    def table(self, name: Name) -> TableVersion:
        """Return a table as this transaction sees it; ProgrammingError offers the nearest name."""
        return self._after.table(name)

    def find_table(self, name: Name) -> TableVersion | None:
        """Return a table as this transaction sees it, or None."""
        return self._after.find_table(name)

    def tables(self) -> tuple[TableVersion, ...]:
        """Return all tables as this transaction sees them, sorted by name."""
        return self._after.tables()

    def savepoint(self) -> Savepoint:
        """Return what `return_to` needs to undo what is done from here on."""
        return Savepoint(self._after, frozenset(self._changed), frozenset(self._rewritten))

    def return_to(self, savepoint: Savepoint) -> None:
        """Undo what was done since the savepoint; files written since go with the transaction."""
        self._check_open()
        self._after = savepoint.snapshot
        self._changed, self._rewritten = set(savepoint.changed), set(savepoint.rewritten)
        self.has_failed = False

    def create_schema(self, name: str) -> None:
        """Make a schema; ProgrammingError where its name is taken."""
        self._check_open()
        if self._after.find_schema(name) is not None:
            raise ProgrammingError(f"schema '{name}' exists already")
        self._after = self._after.with_schemas((*self._after.schemas, name))

    def drop_schema(self, name: str) -> None:
        """Remove a schema and all that lies in it."""
        self._check_open()
        for relation in self._after.inside(name):
            self._after = self._after.without(relation.full_name)
        kept = [s for s in self._after.schemas if schema_key(s) != schema_key(name)]
        self._after = self._after.with_schemas(kept)

    def create_table(
        self,
        name: Name,
        columns: Sequence[ColumnDefinition],
        chunk_rows: int | None = None,
        checks: tuple[Check, ...] = (),
    ) -> TableVersion:
        """Make an empty table; ProgrammingError where its name or a column's is taken."""
        self._check_open()
        name = relation_name(name)
        self._check_free(name)
        if not columns:
            raise ProgrammingError(f"table '{name}' needs a column")
        if not name.name or not all(column.name for column in columns):
            raise ProgrammingError(f"table '{name}' and each of its columns need a name")
        seen: set[str] = set()
        for column in columns:
            if column.name.casefold() in seen:
                raise ProgrammingError(f"table '{name}' has two columns called '{column.name}'")
            seen.add(column.name.casefold())
        table = TableVersion(
            id=self._writer.take_id(),
            name=name.name,
            schema=name.schema,
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
        self._check_free(view.full_name)
        self._after = self._after.with_relation(view)

    def _check_free(self, name: RelationName) -> None:
        if self._after.find_schema(name.schema) is None:
            raise ProgrammingError(f"schema '{name.schema}' does not exist")
        known = self._after.find(name)
        if known is not None:
            kind = "view" if isinstance(known, View) else "table"
            raise ProgrammingError(f"{kind} '{known.full_name}' exists already")

    def drop_view(self, name: Name) -> None:
        """Remove a view; ProgrammingError where there is none."""
        self._check_open()
        self._after = self._after.without(self._after.view(name).full_name)

    def replace_view(self, name: Name, view: View) -> None:
        """Put a view in another's place; ProgrammingError where its new name is taken."""
        self.drop_view(name)
        self.create_view(view)

    def rename(self, name: Name, new_name: Name) -> None:
        """Call a table otherwise, in this schema or another; ProgrammingError for a name taken."""
        self._check_open()
        table, new_name = self.table(name), relation_name(new_name)
        if table.full_name.key != new_name.key:
            self._check_free(new_name)
        self._after = self._after.without(table.full_name)
        self._rewritten.add(table.id)
        self._change(table.changed(self._writer.take_id(), name=new_name))

    def drop_table(self, name: Name) -> None:
        """Remove a table; ProgrammingError where there is none."""
        self._check_open()
        self._after = self._after.without(self.table(name).full_name)

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
        appended = None
        if self._writer.folder is None or table.full_name.is_temporary:
            appended, batches = append_few(table, batches, on_progress)
        if appended is None:
            with self._store(table) as store:
                appended = append_batches(table, store, batches, on_progress, self.cancel)
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
                if table.chunks and table.chunks[-1].is_tail:
                    encoded = encode_tail(table, store, self.cancel)
                    table = table.changed(
                        self._writer.take_id(), chunks=encoded.chunks, texts=encoded.texts
                    )
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

    def _store_commit(self) -> None:
        folder = self._writer.folder
        if folder is None:
            self._publish()
            return
        is_saved = False
        try:
            self._after = save(folder, self._before, self._after, self._changed, self._writer)
            is_saved = True
        except OSError as error:
            raise disk_error(error, "committing") from error
        finally:
            # Ctrl-C may come when the manifest is just in its place: then the commit stands.
            if is_saved or stands(folder, self._before.commit + 1):
                doom(self._before, self._after, self._written)
                self._publish()
            else:
                self.rollback()
        force_names(folder)

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

    def _publish(self) -> None:
        self._writer.publish(self._after)
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
