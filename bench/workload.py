"""A workload: generated tables, questions about them, and the cases that race both.

A workload says how its files are made and what is asked; loading them into the engines and closing
those again is the same for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.case import DUCKDB, OURS, POLARS, Case, RunQuery
from bench.duckdb_engine import Duckdb, open_duckdb
from bench.gpudb_engine import Gpudb, open_gpudb
from bench.options import Options

QUERIES = Path(__file__).with_name("queries")
QUESTION = re.compile(r"^-- (\w[\w.]*)\n(.*?);$", re.MULTILINE | re.DOTALL)

Files = Mapping[str, Path]
OpenPolars = Callable[[Files, Options, Sequence[str]], Mapping[str, RunQuery]]


def no_polars(_files: Files, _options: Options, _names: Sequence[str]) -> Mapping[str, RunQuery]:
    """Return nothing: Polars has no part in the workload."""
    return {}


@dataclass(frozen=True)
class Workload:
    """A group of cases over the same tables.

    `questions` are SQL texts by the case's name. `make_files` returns the Parquet file of each
    table, made unless it is there. `open_polars` returns Polars' runs by name, where it has them.
    """

    group: str
    questions: Mapping[str, str]
    make_files: Callable[[Options], Files]
    open_polars: OpenPolars = no_polars

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
            polars: Mapping[str, RunQuery] = {}
            if POLARS in options.engines and names:
                polars = self.open_polars(files, options, names)
            yield [self._case(name, ours, peer, polars) for name in names]

    def _case(self, name: str, ours: Gpudb, peer: Duckdb, polars: Mapping[str, RunQuery]) -> Case:
        sql = self.questions[name]
        runs: dict[str, RunQuery] = {OURS: lambda: ours.query(sql), DUCKDB: lambda: peer.query(sql)}
        if name in polars:
            runs[POLARS] = polars[name]
        return Case(name, self.group, sql, ours, peer, runs)


def read_questions(name: str) -> dict[str, str]:
    """Return the queries of bench/queries/NAME.sql by the names that comments give them."""
    text = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    return {name: sql.strip() for name, sql in QUESTION.findall(text)}
