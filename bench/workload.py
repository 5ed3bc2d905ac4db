"""A workload: generated tables, questions about them, and the cases that race both.

A workload says how its files are made and what is asked; loading them into the engines and closing
those again is the same for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.case import DUCKDB, ENGINES, OURS, Case, Here, Run
from bench.duckdb_engine import Duckdb, open_duckdb
from bench.gpudb_engine import Gpudb, open_gpudb
from bench.made import Stamp, size_of
from bench.options import Options
from bench.peer_process import OpenFrames, PeerProcess, Setup
from bench.peers import OPENERS

QUERIES = Path(__file__).with_name("queries")
QUESTION = re.compile(r"^-- (\w[\w.]*)\n(.*?);$", re.MULTILINE | re.DOTALL)

Files = Mapping[str, Path]
# How these hold tables; the other peers say so themselves.
FORMS = {OURS: "compressed columns", DUCKDB: "database file"}


@dataclass(frozen=True)
class Workload:
    """A group of cases over the same tables.

    `questions` are SQL texts by the case's name. `make_files` returns the Parquet file of each
    table, made unless it is there. `frames` gives Polars' own form of questions; of others it is
    asked in SQL.
    """

    group: str
    questions: Mapping[str, str]
    make_files: Callable[[Options], Files]
    frames: OpenFrames | None = None

    @contextmanager
    def cases(self, options: Options, kernels: Path) -> Iterator[Sequence[Case]]:
        """Give the chosen cases over loaded data."""
        names = [name for name in self.questions if options.has(name)]
        files = self.make_files(options)
        folder = next(iter(files.values())).parent
        threads, reload = options.threads, options.reload
        with ExitStack() as stack:
            ours = open_gpudb(
                folder / "ours.gpudb",
                files,
                threads=threads,
                kernels=kernels,
                reload=reload,
                device=options.device,
            )
            stack.callback(ours.close)
            peer = open_duckdb(folder / "peer.duckdb", files, threads=threads, reload=reload)
            stack.callback(peer.close)
            others: dict[str, PeerProcess] = {}
            for name in OPENERS:
                if name in options.engines and names:
                    others[name] = self._open(name, files, options)
                    stack.callback(others[name].close)
                    others[name].start()
            stored = stored_bytes(folder)
            cases = [self._case(name, ours, peer, others) for name in names]
            yield [replace(case, stored_bytes=stored) for case in cases]
        if options.discard:
            discard(folder, files)

    def _open(self, engine: str, files: Files, options: Options) -> PeerProcess:
        folder = next(iter(files.values())).parent
        setup = Setup(
            files,
            self.questions,
            folder / f"peer.{engine}",
            options.threads,
            options.reload,
            self.frames,
        )
        return PeerProcess(OPENERS[engine], setup, options.limit_seconds)

    def _case(
        self, name: str, ours: Gpudb, peer: Duckdb, others: Mapping[str, PeerProcess]
    ) -> Case:
        sql = self.questions[name]
        runs: dict[str, Run] = {
            OURS: Here(lambda: ours.query(sql), ours.errors),
            DUCKDB: Here(lambda: peer.query(sql), peer.errors),
        }
        runs |= {engine: process.run(name) for engine, process in others.items()}
        forms = {engine: process.form for engine, process in others.items() if process.form}
        return Case(name, self.group, sql, ours, peer, runs, {**FORMS, **forms})


def stored_bytes(folder: Path) -> dict[str, int]:
    """Return the bytes of each engine's database, where it has one on disk."""
    names = {name: f"peer.{name}" for name in ENGINES} | {OURS: "ours.gpudb"}
    found = {name: size_of(folder / file) for name, file in names.items()}
    return {name: size for name, size in found.items() if size}


def discard(folder: Path, files: Files) -> None:
    """Remove the databases that were made of files."""
    for database in (*folder.glob("ours.gpudb"), *folder.glob("peer.*")):
        if database.suffix != ".json":
            Stamp(database, files).forget()


def read_questions(name: str) -> dict[str, str]:
    """Return the queries of bench/queries/NAME.sql by the names that comments give them."""
    text = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    return {name: sql.strip() for name, sql in QUESTION.findall(text)}
