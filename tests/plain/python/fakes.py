"""A small engine with prepared answers, so that the Python surface is tested by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from gpudb.catalog import FindSource, find_nothing
from gpudb.cursor import Parameters
from gpudb.devices.memory import GpuMemory
from gpudb.errors import NotSupportedError, ProgrammingError, QueryCancelled
from gpudb.profile import Profile
from gpudb.sql.user_function import UserFunction
from gpudb.storage.external.source import Progress
from gpudb.storage.names import RelationName, relation_name
from gpudb.storage.snapshot import Name, Snapshot
from gpudb.storage.types import BIGINT, TEXT, SqlType


@dataclass(frozen=True)
class FakeColumn:
    name: str
    type: SqlType
    nullable: bool = True


@dataclass(frozen=True)
class FakeAnswer:
    """An answer made of a table, cut into batches of `batch_rows`."""

    data: pa.Table
    columns: tuple[FakeColumn, ...] = ()
    row_count: int = -1
    batch_rows: int = 4
    profile: Profile = field(default_factory=Profile)

    def batches(self) -> Iterator[pa.RecordBatch]:
        return iter(self.data.to_batches(max_chunksize=self.batch_rows))

    @property
    def schema(self) -> pa.Schema:
        return self.data.schema


NO_ROWS = pa.table({})


def counting(row_count: int) -> FakeAnswer:
    """Numbers from 0 with their names; every third name is NULL."""
    numbers = list(range(row_count))
    names = [None if number % 3 == 2 else f"n{number}" for number in numbers]
    data = pa.table({"number": pa.array(numbers, pa.int64()), "name": pa.array(names, pa.string())})
    columns = (FakeColumn("number", BIGINT, nullable=False), FakeColumn("name", TEXT))
    return FakeAnswer(data, columns, row_count)


@dataclass
class FakeEngine:
    """Splits at semicolons and understands COUNT n, WRITE n, WAIT and BAD."""

    ran: list[tuple[str, Parameters | None]] = field(default_factory=list)
    answers: dict[str, FakeAnswer] = field(default_factory=dict)
    is_closed: bool = False
    started: threading.Event = field(default_factory=threading.Event)
    on_report: Callable[[], object] | None = None
    autocommit: bool = True
    in_transaction: bool = False

    def __post_init__(self) -> None:
        self.find_data: FindSource = find_nothing
        self.functions: list[UserFunction] = []

    def add_function(self, function: UserFunction) -> None:
        self.functions.append(function)

    def remove_function(self, name: str) -> None:
        self.functions = [f for f in self.functions if f.name != name]

    def gpu_memory(self) -> GpuMemory:
        raise NotSupportedError("there is no GPU")

    def split(self, text: str) -> list[str]:
        return [part.strip() for part in text.split(";") if part.strip()]

    def run(
        self,
        text: str,
        parameters: Parameters | None,
        *,
        cancel: threading.Event,
        on_progress: Progress | None = None,
    ) -> FakeAnswer:
        self.ran.append((text, parameters))
        if self.on_report is not None:
            self.on_report()
        if text in self.answers:
            return self.answers[text]
        word, _, rest = text.partition(" ")
        if word == "COUNT":
            return counting(int(rest))
        if word == "WRITE":
            if on_progress is not None:
                on_progress(int(rest), None, 8 * int(rest), None)
            return FakeAnswer(NO_ROWS, row_count=int(rest))
        if word == "WAIT":
            return self.wait(cancel)
        raise ProgrammingError(f"unknown word {word}").at(text, 0, len(word))

    def wait(self, cancel: threading.Event) -> FakeAnswer:
        self.started.set()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if cancel.wait(0.005):
                raise QueryCancelled("the query was cancelled")
        return counting(0)

    def snapshot(self) -> Snapshot:
        return Snapshot()

    def relation_name(self, text: Name) -> RelationName:
        return relation_name(text)

    def commit(self, cancel: threading.Event) -> None:
        self.in_transaction = False

    def rollback(self) -> None:
        self.in_transaction = False

    def load(
        self,
        table_name: Name,
        data: object,
        *,
        mode: str,
        columns: Sequence[str] | None,
        cancel: threading.Event,
        on_progress: Progress | None,
    ) -> int:
        raise ProgrammingError("the small engine loads nothing")

    def close(self) -> None:
        self.is_closed = True
