"""A peer in a process of its own: what it breaks, uses up or never ends stays there.

    PeerRun -> request -> serve -> engine -> seconds, measured there; the answer as an Arrow file

A request that takes longer than the limit ends the process; the next one starts it anew.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from bench.case import EngineError

if TYPE_CHECKING:
    import polars as pl

# Loading is not raced here; only a loader that hangs should end.
LOAD_LIMIT_SECONDS = 7200.0
MOST_TEXT = 300
OpenFrames = Callable[[Mapping[str, "pl.LazyFrame"]], Mapping[str, "pl.LazyFrame"]]


@dataclass(frozen=True)
class Setup:
    """What an engine gets: Parquet files by table, questions by name, and a place for a database.

    `frames` gives Polars' own form of questions; the others are asked in SQL.
    """

    files: Mapping[str, Path]
    questions: Mapping[str, str]
    database: Path
    threads: int
    reload: bool = False
    frames: OpenFrames | None = None


class PeerEngine(Protocol):
    """An engine with its tables loaded; `form` says how it holds them."""

    form: str

    def run(self, name: str) -> object:
        """Answer a question as its users would take the answer: this is timed."""
        ...

    def answer(self, name: str) -> pa.Table:
        """Return the answer to a question as an Arrow table."""
        ...

    def close(self) -> None:
        """End it."""
        ...


OpenEngine = Callable[[Setup], PeerEngine]


@dataclass(frozen=True)
class Request:
    """Asks for a run of the question `name`, whose answer goes to `file` if there is one."""

    name: str
    file: Path | None = None


@dataclass(frozen=True)
class Reply:
    """Seconds, or why there are none; the first reply of a process has the engine's form."""

    seconds: float = 0.0
    error: str | None = None
    form: str = ""


def serve(connection: Connection, open_engine: OpenEngine, setup: Setup) -> None:
    """Answer requests until there is None; the main function of a peer's process."""
    # Read by the engines when they are imported.
    os.environ["POLARS_MAX_THREADS"] = os.environ["TOKIO_WORKER_THREADS"] = str(setup.threads)
    # Where memory runs out, let this process be the one that ends.
    Path("/proc/self/oom_score_adj").write_text("1000")
    try:
        engine = open_engine(setup)
    except Exception as error:  # noqa: BLE001 - peers raise what they like; it is their answer
        connection.send(Reply(error=first_words(error)))
        return
    connection.send(Reply(form=engine.form))
    while (request := connection.recv()) is not None:
        connection.send(answer(engine, request))
    engine.close()


def answer(engine: PeerEngine, request: Request) -> Reply:
    """Return what a request gives."""
    try:
        if request.file is not None:
            table = without_views(engine.answer(request.name))
            with (
                pa.OSFile(str(request.file), "wb") as sink,
                pa.ipc.new_file(sink, table.schema) as w,
            ):
                w.write_table(table)
            return Reply()
        gc.collect()
        began = time.perf_counter()
        answered = engine.run(request.name)
        seconds = time.perf_counter() - began
    except Exception as error:  # noqa: BLE001 - as above
        return Reply(error=first_words(error))
    del answered
    return Reply(seconds)


def without_views(table: pa.Table) -> pa.Table:
    """Return a table whose texts lie in its own batches.

    Views of texts are written with all of the buffers that they look into, once a batch: a join's
    answer of 1 GB became a file that filled the disk.
    """
    plain = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    return table.cast(pa.schema([f.with_type(plain.get(f.type, f.type)) for f in table.schema]))


def first_words(error: Exception) -> str:
    """Return the beginning of an error's text, in one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}..."


@dataclass
class PeerProcess:
    """The process of one engine over one workload's tables."""

    open_engine: OpenEngine
    setup: Setup
    limit_seconds: float
    form: str = ""
    failure: str | None = None
    _process: multiprocessing.process.BaseProcess | None = field(default=None, repr=False)
    _connection: Connection | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start the process and wait until its tables are loaded."""
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        arguments = (theirs, self.open_engine, self.setup)
        self._process = context.Process(target=serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        try:
            self.form = self._receive(LOAD_LIMIT_SECONDS).form
        except EngineError as error:
            # It would fail again, and after as long a time.
            self.failure = f"loading: {error}"
            self._stop()

    def ask(self, request: Request) -> Reply:
        """Return the reply; EngineError where the engine failed, ended or took too long."""
        if self._connection is None and self.failure is None:
            self.start()
        if self.failure is not None:
            raise EngineError(self.failure)
        assert self._connection is not None
        self._connection.send(request)
        return self._receive(self.limit_seconds)

    def run(self, name: str) -> PeerRun:
        """Return how a question is asked here."""
        return PeerRun(self, name)

    def close(self) -> None:
        """Let the process end."""
        if self._connection is not None:
            self._connection.send(None)
            assert self._process is not None
            self._process.join(10.0)
        self._stop()

    def _receive(self, limit_seconds: float) -> Reply:
        assert self._connection is not None
        try:
            if not self._connection.poll(limit_seconds):
                self._stop()
                raise EngineError(f"took more than {limit_seconds:g} s")
            reply: Reply = self._connection.recv()
        except (EOFError, ConnectionError):
            self._stop()
            raise EngineError("its process ended") from None
        if reply.error is not None:
            raise EngineError(reply.error)
        return reply

    def _stop(self) -> None:
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None


@dataclass(frozen=True)
class PeerRun:
    """A question to an engine in another process."""

    process: PeerProcess
    name: str

    def answer(self) -> pa.Table:
        """Return the answer."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "answer.arrow"
            self.process.ask(Request(self.name, file))
            with pa.OSFile(str(file)) as source:
                return pa.ipc.open_file(source).read_all()

    def seconds(self) -> float:
        """Return the seconds until the engine had its answer."""
        return self.process.ask(Request(self.name)).seconds
