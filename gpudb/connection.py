"""PEP 249's Connection: one database, one engine, one set of settings; and `connect`."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import NoneType
from typing import TYPE_CHECKING, Self

from gpudb import errors
from gpudb.appender import BATCH_ROWS, Appender
from gpudb.cursor import Answer, Cursor, Parameters
from gpudb.engine import Engine
from gpudb.function_names import FunctionNames
from gpudb.interrupt import interruptible
from gpudb.pymapd import PymapdNames
from gpudb.replacement import NamedData
from gpudb.runner import Runner
from gpudb.settings import Settings
from gpudb.sql.user_function import UserFunction
from gpudb.storage.catalog import Database
from gpudb.storage.external.source import Progress
from gpudb.storage.names import RelationName
from gpudb.storage.sharing import open_shared
from gpudb.storage.snapshot import Name, Snapshot

if TYPE_CHECKING:
    from gpudb.devices.memory import GpuMemory

MEMORY_NAME = ":memory:"
LOCK_POLL_SECONDS = 0.05


class Connection(PymapdNames, FunctionNames):
    """A database in use. Threads may share it: its statements run one after the other.

    Every statement commits by itself, unless BEGIN, or `autocommit` being False, has begun a
    transaction. `on_progress`, where set, is called while statements run.
    """

    Warning = errors.Warning
    Error = errors.Error
    InterfaceError = errors.InterfaceError
    DatabaseError = errors.DatabaseError
    DataError = errors.DataError
    OperationalError = errors.OperationalError
    QueryCancelled = errors.QueryCancelled
    IntegrityError = errors.IntegrityError
    InternalError = errors.InternalError
    ProgrammingError = errors.ProgrammingError
    NotSupportedError = errors.NotSupportedError

    def __init__(self, engine: Runner, database: Database, settings: Settings) -> None:
        self.settings = settings
        self.on_progress: Progress | None = None
        self._engine = engine
        self._named_data = NamedData(settings)
        engine.find_data = self._named_data.find
        self._database = database
        self._is_closed = False
        self._has_written = False
        self._lock = threading.Lock()
        self._running: set[threading.Event] = set()
        # A connection that nobody closes gives its database back when it goes; at the end of the
        # process the system does.
        self._abandoned = weakref.finalize(self, database.close, encodes=False)
        self._abandoned.atexit = False

    @property
    def database(self) -> Database:
        """The database, whose committed tables can be looked at while statements run."""
        self.check_open()
        return self._database

    def snapshot(self) -> Snapshot:
        """Return the tables and views as this connection's statements see them now."""
        self.check_open()
        return self._engine.snapshot()

    def relation_name(self, text: str) -> RelationName:
        """Return the name, with its schema, of the table or view that `text` names or would make.

        `text` is a name, or SCHEMA.NAME.
        """
        self.check_open()
        return self._engine.relation_name(text)

    def register(self, name: str, data: object) -> None:
        """Let `name` stand for Arrow data or a frame in this connection's queries.

        Changes of `data` made later may not be seen. ProgrammingError where a table has the name.
        """
        if self.snapshot().find_table(self.relation_name(name)) is not None:
            raise errors.ProgrammingError(f"there is a table '{name}': register under another name")
        self._named_data.register(name, data)

    def read_variables(self, variables: Mapping[str, object]) -> None:
        """Let FROM find frames and Arrow data in `variables`, before the caller's own."""
        self._named_data.variables = variables

    def unregister(self, name: str) -> None:
        """Forget what `register` named; ProgrammingError where there is nothing."""
        self.check_open()
        self._named_data.unregister(name)

    def appender(self, table_name: str, batch_rows: int = BATCH_ROWS) -> Appender:
        """Return what gathers many small rows for a table and stores them `batch_rows` at a time.

        with connection.appender("trips") as appender:
            appender.append_row(1, "north")
        """
        table = self.snapshot().table(self.relation_name(table_name))
        cursor = self.cursor()

        def store(rows: list[Sequence[object]]) -> int:
            return cursor.load(table.full_name, rows, mode="append").rowcount

        return Appender(store, [column.name for column in table.columns], batch_rows)

    def gpu_memory(self) -> GpuMemory:
        """Return the memory of the GPU that runs queries; NotSupportedError where none does."""
        self.check_open()
        return self._engine.gpu_memory()

    @property
    def functions(self) -> Sequence[UserFunction]:
        """What `create_function` made, in the order of names."""
        self.check_open()
        return self._engine.functions

    def add_function(self, function: UserFunction) -> None:
        """Let SQL call a function that is made already, or made anew."""
        self.check_open()
        with self._lock:
            self._engine.add_function(function)

    def remove_function(self, name: str) -> None:
        """Forget what `create_function` made; ProgrammingError where there is nothing."""
        self.check_open()
        with self._lock:
            self._engine.remove_function(name)

    def cursor(self) -> Cursor:
        """Return a new cursor."""
        self.check_open()
        return Cursor(self)

    def execute(self, operation: str, parameters: Parameters | None = None) -> Cursor:
        """Run `operation` on a new cursor and return the cursor."""
        return self.cursor().execute(operation, parameters)

    @property
    def autocommit(self) -> bool:
        """Whether each statement outside of BEGIN and COMMIT commits by itself: so it begins.

        Where not, the first statement begins a transaction, which `commit` or `rollback` ends.
        """
        return self._engine.autocommit

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        self.check_open()
        if value:
            self.commit()
        self._engine.autocommit = value

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open that `commit` or `rollback` ends."""
        return self._engine.in_transaction

    def commit(self) -> None:
        """Make the open transaction's changes last; without one, they last already.

        Raises OperationalError, and rolls back, where another transaction has changed the same
        tables and committed first.
        """
        cancel = threading.Event()
        with interruptible(cancel), self._turn(cancel):
            self._has_written = False
            self._engine.commit(cancel)

    def rollback(self) -> None:
        """Undo the open transaction's changes.

        Without one, nothing happens as long as nothing was written since the last commit. Raises
        NotSupportedError where rows were: each statement committed by itself.
        """
        with self._turn(threading.Event()):
            if self.in_transaction:
                self._engine.rollback()
                return
        if self._has_written:
            self._has_written = False
            raise errors.NotSupportedError(
                "rollback: every statement commits by itself, so the rows written are committed; "
                "BEGIN, or autocommit = False, begins a transaction"
            )

    def close(self) -> None:
        """Stop what runs, and close the database; any further use raises InterfaceError.

        A second close raises it too, as PEP 249's own suite asks; leaving a `with` never does.
        """
        self.check_open()
        self._is_closed = True
        self._abandoned.detach()
        for cancel in tuple(self._running):
            cancel.set()
        with self._lock:
            self._engine.close()

    def run(self, text: str, parameters: Parameters | None, *, cancel: threading.Event) -> Answer:
        """Run the statements of `text` in turn and return the last one's answer.

        Errors carry their place in the whole `text`.
        """
        check_parameters(parameters)
        statements = self.statements(text)
        if parameters and len(statements) > 1:
            raise errors.InterfaceError(
                f"parameters belong to one statement, and the text holds {len(statements)}"
            )
        with interruptible(cancel), self._turn(cancel):
            for statement, begin in statements:
                with placed(text, statement, begin):
                    answer = self._engine.run(
                        statement, parameters, cancel=cancel, on_progress=self.on_progress
                    )
                has_written = not answer.columns and answer.row_count > 0
                self._has_written |= has_written and not self.in_transaction
        return answer

    def load(
        self,
        table_name: Name,
        data: object,
        *,
        mode: str,
        cancel: threading.Event,
        columns: Sequence[str] | None = None,
    ) -> int:
        """Store `data` in a table in one transaction and return the number of its rows.

        Cursor.adbc_ingest tells what `data` and `mode` may be.
        """
        self.check_open()

        def report(rows: int, all_rows: int | None, size: int, all_bytes: int | None) -> None:
            if cancel.is_set():
                raise errors.QueryCancelled("the load was cancelled; nothing of it is stored")
            if self.on_progress is not None:
                self.on_progress(rows, all_rows, size, all_bytes)

        with interruptible(cancel), self._turn(cancel):
            row_count = self._engine.load(
                table_name, data, mode=mode, columns=columns, cancel=cancel, on_progress=report
            )
            self._has_written |= row_count > 0 and not self.in_transaction
        return row_count

    def statements(self, text: str) -> list[tuple[str, int]]:
        """Return the statements of `text` with their offsets; ProgrammingError for none."""
        self.check_open()
        check_text(text)
        found, end = [], 0
        for statement in self._engine.split(text):
            begin = text.index(statement, end)
            end = begin + len(statement)
            found.append((statement, begin))
        if not found:
            raise errors.ProgrammingError("there is no statement in the text")
        return found

    def check_open(self) -> None:
        """Raise InterfaceError once the connection is closed."""
        if self._is_closed:
            raise errors.InterfaceError("the connection is closed")

    def __enter__(self) -> Self:
        self.check_open()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._is_closed:
            self.close()

    @contextmanager
    def _turn(self, cancel: threading.Event) -> Iterator[None]:
        """Hold the engine for one text; give up waiting for it when `cancel` is set."""
        self._running.add(cancel)
        try:
            while not self._lock.acquire(timeout=LOCK_POLL_SECONDS):
                if cancel.is_set():
                    raise errors.QueryCancelled("the query was cancelled before it began")
            try:
                self.check_open()
                yield
            finally:
                self._lock.release()
        finally:
            self._running.discard(cancel)


def connect(
    database: str | os.PathLike[str] | None = None,
    *,
    device: str = "auto",
    read_only: bool = False,
    **settings: object,
) -> Connection:
    """Open the database folder `database`, made if it is not there; None lives in memory.

    `device` and the further `settings` are those that SHOW and SET know by the same names.
    """
    values = Settings(device=device, **settings)
    opened = open_shared(folder_path(database), read_only=read_only)
    return Connection(Engine(opened, values), opened, values)


def folder_path(database: object) -> str | None:
    """Return the path that `connect` was given, None for memory; InterfaceError for no path."""
    if database is None or database == MEMORY_NAME:
        return None
    path = os.fspath(database) if isinstance(database, str | os.PathLike) else None
    if not isinstance(path, str) or not path or "\0" in path:
        raise errors.InterfaceError(
            f"a database is the path of a folder, or None for one in memory, and not {database!r}"
        )
    return path


def check_text(text: object) -> None:
    """Raise InterfaceError unless `text` is a str that UTF-8 can hold."""
    if not isinstance(text, str):
        raise errors.InterfaceError(f"SQL is given as a str, not as {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise errors.InterfaceError(
            f"character {error.start} of the text, {text[error.start]!r}, is half of a surrogate"
            " pair, which UTF-8 cannot hold"
        ) from None


def check_parameters(parameters: object) -> None:
    """Raise InterfaceError unless `parameters` are None, a sequence of values or a mapping."""
    if isinstance(parameters, str | bytes) or not isinstance(
        parameters, Sequence | Mapping | NoneType
    ):
        raise errors.InterfaceError(
            "parameters are a sequence such as (1, 'a') for ?, or a mapping such as {'n': 1} for"
            f" :n; this is of type {type(parameters).__name__}"
        )
    values = parameters.values() if isinstance(parameters, Mapping) else parameters or ()
    for value in values:
        if isinstance(value, str):
            check_text(value)


@contextmanager
def placed(text: str, statement: str, begin: int) -> Iterator[None]:
    """Let errors placed in `statement` carry their place in `text`, where it begins at `begin`."""
    try:
        yield
    except RecursionError:
        raise errors.NotSupportedError(
            "the statement is nested too deeply, or a list in it is too long; a long list of values"
            " fits into a table, to be joined"
        ) from None
    except errors.Error as error:
        if error.begin is not None and error.text == statement:
            error.text, error.begin = text, error.begin + begin
            error.end = None if error.end is None else error.end + begin
        raise
