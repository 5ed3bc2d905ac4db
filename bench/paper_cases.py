"""The benchmark's queries on the GPU on paper, over little data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq

import gpudb
from bench.gpudb_engine import profiled
from bench.options import Options
from bench.workload import Workload
from bench.workloads import WORKLOADS
from gpudb.compiler.language import Program
from gpudb.connection import Connection
from gpudb.devices.choose import memory_of, paper
from gpudb.kernels import pieces
from gpudb.profile import Profile

EMPTY: Mapping[str, int] = MappingProxyType({})
GPU_GROUPS = tuple(workload.group for workload in WORKLOADS)
# Little data: every kernel of every query in about a minute.
SCALE, ROWS, HITS_ROWS = 0.01, 100_000, 20_000
SMALL = (
    *("--scale", str(SCALE), "--rows", str(ROWS), "--scan-rows", str(ROWS)),
    *("--hits-rows", str(HITS_ROWS), "--many-rows", str(ROWS), "--cases", ",".join(GPU_GROUPS)),
)


@dataclass(frozen=True)
class PaperRun:
    """A query's answer, its profile, and what the driver was asked for, in order."""

    answer: pa.Table
    profile: Profile
    log: tuple[str, ...]


@dataclass(frozen=True)
class PaperCases:
    """Queries of one workload over a connection to the GPU on paper."""

    workload: Workload
    connection: Connection
    questions: Mapping[str, str]

    def run(self, name: str) -> PaperRun:
        """Run a query."""
        gpu = paper()
        gpu.log.clear()
        answer, profile, _ = profiled(self.connection, self.questions[name])
        return PaperRun(answer, profile, tuple(gpu.log))

    def programs(self, name: str) -> tuple[tuple[Program, ...], PaperRun]:
        """Run a query and return the programs of its kernels that were compiled for it."""
        with new_programs() as found:
            done = self.run(name)
        return tuple(found), done


@contextmanager
def new_programs() -> Iterator[list[Program]]:
    """Fill a list with the programs that are compiled for the GPU on paper inside of the `with`."""
    kept, found = memory_of(paper()).programs, list[Program]()
    before = frozenset(kept.programs())
    yield found
    found += [program for program in kept.programs() if program not in before]


@contextmanager
def paper_cases(
    workload: Workload, options: Options, folder: Path, chunks: Mapping[str, int] = EMPTY
) -> Iterator[PaperCases]:
    """Load a workload's tables into a database of its own, and give its chosen queries.

    Tables have as many `chunks` as is said of them, else as is usual. Kernels are those of many
    rows.
    """
    questions = {n: sql for n, sql in workload.questions.items() if options.has(n)}
    files = workload.make_files(options) if questions else {}
    with gpudb.connect(device="emulated", cache_directory=str(folder)) as connection:
        usual = connection.execute("SHOW chunk_rows").fetchall()[0][0]
        for name, path in files.items():
            rows = pq.read_metadata(path).num_rows
            wanted = max(1, -(-rows // chunks[name])) if name in chunks else usual
            connection.execute(f"SET chunk_rows = {wanted}")
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM '{path}'")
        with patch.object(pieces, "LEAST_ROWS", 0):
            yield PaperCases(workload, connection, questions)
