"""A database: the last snapshot for readers, and transactions, which commit one at a time.

Database.open(path) --begin--> Transaction --commit--> the next Snapshot
                    --table--> TableVersion, which stays as it is whatever is committed later

A transaction of one statement holds the right to write from its beginning, so that it never meets
another's changes. A longer one takes it at its commit, and may find there that another transaction
has changed what it has.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from gpudb.errors import InterfaceError, OperationalError
from gpudb.storage.cancel import POLL_SECONDS, check_cancel
from gpudb.storage.commits import Commits
from gpudb.storage.folder import DatabaseFolder, check_folder
from gpudb.storage.lock import FolderLock, lock_for_reading, lock_for_writing
from gpudb.storage.log import LogWriter
from gpudb.storage.manifest import Manifest, sync_folder, write_manifest
from gpudb.storage.replay import read_committed, replayed
from gpudb.storage.snapshot import Name, Relation, Snapshot
from gpudb.storage.table import TableVersion
from gpudb.storage.transaction import Transaction

WAIT_SECONDS = 60.0


class Database:
    """An open database, for use by many threads."""

    def __init__(
        self, folder: DatabaseFolder | None, lock: FolderLock | None, *, read_only: bool
    ) -> None:
        self.read_only = read_only
        self._folder = folder
        self._lock = lock
        # A process that is forked off has the lock, too, but not the commits that come.
        self._process = os.getpid()
        self.commits = Commits()
        self._next_id = 1
        self._counting = threading.Lock()
        self._writing = threading.Lock()
        self._writing_thread: int | None = None
        self._users = 1
        # Re-entrant: a finaliser may close the database for an abandoned user at any moment.
        self._closing = threading.RLock()

    @classmethod
    def open(cls, path: str | None, *, read_only: bool = False) -> Database:
        """Open the database in folder `path`, or make one there; None is a new one in memory.

        One process writes; others may read with `read_only`, and see the last commit at opening.
        Raises OperationalError for a folder that is locked, foreign, damaged or of a newer format.
        """
        if path is None:
            return cls(None, None, read_only=read_only)
        place = Path(path)
        try:
            return cls._open_folder(place, read_only=read_only)
        except OSError as error:
            raise OperationalError(
                f"cannot open the database '{place}': {error.strerror}"
            ) from error

    @classmethod
    def _open_folder(cls, path: Path, *, read_only: bool) -> Database:
        if read_only and not path.exists():
            raise OperationalError(f"no database '{path}'")
        if not path.exists():
            path.mkdir(parents=True)
        check_folder(path)
        lock = lock_for_reading(path) if read_only else lock_for_writing(path)
        folder = DatabaseFolder(path)
        database = cls(folder, lock, read_only=read_only)
        is_ready = False
        try:
            database._restore(folder, lock)
            is_ready = True
        finally:
            if not is_ready:
                lock.release()
        return database

    def _restore(self, folder: DatabaseFolder, lock: FolderLock) -> None:
        found = read_committed(folder.path)
        if found is None:
            if self.read_only:
                raise OperationalError(f"no database '{folder.path}'")
            write_manifest(folder.path, Manifest(0, 1, ()))
            sync_folder(folder.path)
            found = read_committed(folder.path)
            assert found is not None
        manifest = found.manifest
        if not self.read_only:
            folder.sweep_all(manifest, lock)
            folder.version = manifest.version
            folder.log = LogWriter(folder.path, found.end if found.end.number else None)
            self.commits.log = folder.log
        self._next_id = manifest.next_id
        snapshot = folder.snapshot(manifest)
        self.commits.publish(replayed(folder.path, snapshot, found.appends, self.take_id))

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def add_user(self) -> bool:
        """Let one more user have this database and close it in turn; False if it is closed."""
        with self._closing:
            if self._users > 0:
                self._users += 1
            return self._users > 0

    def close(self, *, encodes: bool = True) -> None:
        """Give the folder back, once every user has closed the database.

        With `encodes` the log's rows become chunks first, as far as nothing stands in the way; they
        last as they are. Snapshots that readers hold stay readable while the folder's files stay.
        """
        with self._closing:
            if self._users == 0:
                return
            if self._users == 1 and encodes and not self._writing.locked():
                self._encode_tails()
            self._users -= 1
            if self._users == 0:
                self._close()

    def _encode_tails(self) -> None:
        tables = self.commits.written.tables()
        if self._folder is None or self.read_only or not any(table.has_tail for table in tables):
            return
        with contextlib.suppress(OperationalError), self.begin() as transaction:
            transaction.encode_tails()

    def _close(self) -> None:
        self.commits.publish(Snapshot())
        if self._folder is not None and self._folder.log is not None:
            self._folder.log.close()
        if self._lock is not None:
            if self._folder is not None and not self.read_only and not self._is_forked:
                self._folder.sweep(self._lock)
            self._lock.release()

    @property
    def path(self) -> Path | None:
        """The folder, None in memory."""
        return None if self._folder is None else self._folder.path

    @property
    def folder(self) -> DatabaseFolder | None:
        """The files, None in memory."""
        return self._folder

    def snapshot(self) -> Snapshot:
        """Return the last commit."""
        self._check_open()
        return self.commits.published

    def table(self, name: Name) -> TableVersion:
        """Return the table called `name`, in any case; ProgrammingError offers the nearest name."""
        return self.snapshot().table(name)

    def find_table(self, name: Name) -> TableVersion | None:
        """Return the table called `name`, in any case, or None."""
        return self.snapshot().find_table(name)

    def tables(self) -> tuple[TableVersion, ...]:
        """Return all tables, sorted by name."""
        return self.snapshot().tables()

    def begin(
        self, cancel: threading.Event | None = None, temporary: Sequence[Relation] = ()
    ) -> Transaction:
        """Begin a transaction that nobody else can write beside.

        It waits a while for one of another thread to end. Raises OperationalError for a read-only
        database, and where the wait could not end or did not; the wait and the transaction's loads
        raise QueryCancelled once `cancel` is set.
        """
        self.begin_writing(cancel)
        written = self.commits.written
        return Transaction(self, written, cancel, is_writing=True, temporary=temporary)

    def begin_beside(self, temporary: Sequence[Relation] = ()) -> Transaction:
        """Begin a transaction beside others; at its commit, the first to commit a table wins."""
        return Transaction(self, self.snapshot(), None, is_writing=False, temporary=temporary)

    def begin_writing(self, cancel: threading.Event | None) -> None:
        """Wait for the right to write, which `end_writing` gives back; raises as `begin` does."""
        self.check_writable()
        if self._writing_thread == threading.get_ident():
            raise OperationalError("a transaction is open already")
        end = time.monotonic() + WAIT_SECONDS
        while not self._writing.acquire(timeout=POLL_SECONDS):
            check_cancel(cancel)
            if time.monotonic() > end:
                raise OperationalError(
                    f"another transaction has been open for more than {WAIT_SECONDS:.0f} seconds"
                )
        self._writing_thread = threading.get_ident()

    def check_writable(self) -> None:
        """Raise OperationalError for a database that is open for reading only, or elsewhere."""
        self._check_open()
        if self.read_only:
            raise OperationalError("the database was opened read-only")
        if self._folder is not None and self._is_forked:
            message = "the database was opened before this process was forked from another"
            raise OperationalError(f"{message}: that one writes; open it here to read")

    @property
    def _is_forked(self) -> bool:
        return os.getpid() != self._process

    def take_id(self) -> int:
        """Return a number never given before; for transactions only."""
        with self._counting:
            taken = self._next_id
            self._next_id += 1
            return taken

    def end_writing(self) -> None:
        """Let the next transaction write; for the writing transaction only."""
        if self._folder is not None and self._lock is not None:
            self._folder.sweep(self._lock)
        self._writing_thread = None
        self._writing.release()

    def _check_open(self) -> None:
        if self._users == 0:
            raise InterfaceError("the database is closed")
