"""`python -m bench spill`: queries that hold more than the budget of memory, ours and DuckDB's.

    question, limit -> a process of its own for each engine -> seconds, memory, disk; sums compared

Each process asks once for the compiler's sake and once for the figures, and reads the answer in
batches. Leaves with status 1 if the engines' answers differ.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from bench.apart import run_apart
from bench.case import DUCKDB, OURS
from bench.duckdb_engine import open_duckdb
from bench.groupby import GROUPBY
from bench.held import stored
from bench.joins import JOINS
from bench.machine import status_bytes
from bench.options import parse_options
from bench.workload import Workload

LIMITS = ("256MB", "512MB")
BATCH_ROWS = 100_000
PAUSE_SECONDS = 0.005
# By workload and name.
QUESTIONS: tuple[tuple[Workload, str, str], ...] = (
    (GROUPBY, "groups", GROUPBY.questions["g10"]),
    (GROUPBY, "distinct", "SELECT count(DISTINCT v3), count(DISTINCT id6 * 100 + id5) FROM x"),
    (GROUPBY, "sort", "SELECT id6, v3, id5, v1, v2 FROM x ORDER BY v3, id6, id5, v1, v2"),
    (
        GROUPBY,
        "window",
        "SELECT id6, v3, sum(v1) OVER (PARTITION BY id6 ORDER BY v3 DESC) AS total FROM x",
    ),
    (JOINS, "join", JOINS.questions["j5"]),
    (
        JOINS,
        "matches",
        "SELECT count(*) AS n, sum(v1) AS v1, sum(v2) AS v2 FROM x JOIN big USING (id3)",
    ),
)


@dataclass(frozen=True)
class Use:
    """What a query took: the most anonymous memory of its process, the most that lay on disk.

    `sums` are one for each column of the answer; they do not depend on the order of rows.
    """

    seconds: float
    cpu_seconds: float
    memory_bytes: int
    disk_bytes: int
    rows: int
    sums: tuple[float, ...]


def main(arguments: Sequence[str]) -> int:
    """Run all questions and print a line each; return the exit status."""
    options = parse_options([*arguments])
    wrong = 0
    print(f"{'case':<9} {'limit':>6} {'engine':<7} {'s':>7} {'cpu s':>7} {'memory':>8} {'disk':>8}")
    with tempfile.TemporaryDirectory() as kernels:
        for workload, name, sql in QUESTIONS:
            folder, files = stored(workload, options, Path(kernels))
            peer = folder.with_name("peer.duckdb")
            open_duckdb(peer, files, threads=options.threads, reload=False).close()
            for limit in LIMITS:
                uses = {
                    engine: use_apart(engine, database, limit, options.threads, sql)
                    for engine, database in ((OURS, folder), (DUCKDB, peer))
                }
                wrong += not print_uses(name, limit, uses)
    return 1 if wrong else 0


def print_uses(name: str, limit: str, uses: Mapping[str, Use | str]) -> bool:
    """Print a line for each engine, and return whether their answers agree, or DuckDB has none."""
    for engine, use in uses.items():
        begin = f"{name:<9} {limit:>6} {engine:<7} "
        if isinstance(use, str):
            print(f"{begin}{use}", flush=True)
            continue
        print(
            f"{begin}{use.seconds:>7.2f} {use.cpu_seconds:>7.2f} {use.memory_bytes / 1e6:>5.0f} MB "
            f"{use.disk_bytes / 1e6:>5.0f} MB",
            flush=True,
        )
    ours, peer = uses[OURS], uses[DUCKDB]
    if isinstance(ours, str):
        return False
    if isinstance(peer, str):
        return True
    near = zip(ours.sums, peer.sums, strict=True)
    is_same = ours.rows == peer.rows and all(math.isclose(a, b, rel_tol=1e-9) for a, b in near)
    if not is_same:
        print(f"{name}: {ours.rows} rows {ours.sums}, not {peer.rows} {peer.sums}")
    return is_same


def use_apart(engine: str, database: Path, limit: str, threads: int, sql: str) -> Use | str:
    """Run a query in a process of its own; return the error in its place if there is one."""
    done = run_apart("bench.spill", engine, str(database), limit, str(threads), sql)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["killed"])[-1][:100]
    found = json.loads(done.stdout)
    return Use(**{**found, "sums": tuple(found["sums"])})


class Watch:
    """Looks at memory and disk while a query runs."""

    def __init__(self, engine: str, folder: Path) -> None:
        self.memory_bytes = self.disk_bytes = 0
        self._engine, self._folder, self._is_over = engine, folder, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        from gpudb.kernels.buffers import BUFFERS

        while not self._is_over.wait(PAUSE_SECONDS):
            self.memory_bytes = max(self.memory_bytes, status_bytes("RssAnon"))
            files = BUFFERS.file_bytes if self._engine == OURS else taken_bytes(self._folder)
            self.disk_bytes = max(self.disk_bytes, files)

    def end(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join()


def taken_bytes(folder: Path) -> int:
    """Return the bytes that the files of a folder take of the disk."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total


Batches = Callable[[str], Iterator[pa.RecordBatch]]


def batches(engine: str, database: str, limit: str, threads: str, folder: Path) -> Batches:
    """Return what gives the batches of a query's answer."""
    settings = {"memory_limit": limit, "threads": int(threads), "temp_directory": str(folder)}
    if engine == OURS:
        import gpudb

        ours = gpudb.connect(database, **settings)  # type: ignore[arg-type]
        return lambda sql: iter(ours.execute(sql).fetch_record_batch(BATCH_ROWS))
    import duckdb

    peer = duckdb.connect(database, read_only=True, config=settings)  # type: ignore[arg-type]
    # Faster, and of less memory.
    peer.execute("SET preserve_insertion_order = false")
    return lambda sql: iter(peer.sql(sql).fetch_arrow_reader(BATCH_ROWS))


def summed(column: pa.Array) -> float:
    """Return a number that stands for a column's values in any order."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.binary_length(column)
    return float(pc.sum(column.cast(pa.float64())).as_py() or 0.0)


def measure(engine: str, database: str, limit: str, threads: str, sql: str) -> Use:
    """Run a query twice in this process, and tell of the second time."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        ask = batches(engine, database, limit, threads, Path(made))
        for _ in ask(sql):
            pass
        watch = Watch(engine, Path(made))
        began, began_cpu = time.perf_counter(), time.process_time()
        rows, sums = 0, list[float]()
        for batch in ask(sql):
            rows += batch.num_rows
            found = [summed(column) for column in batch.columns]
            sums = [a + b for a, b in zip(sums or [0.0] * len(found), found, strict=True)]
        seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        watch.end()
    return Use(seconds, cpu, watch.memory_bytes, watch.disk_bytes, rows, tuple(sums))


if __name__ == "__main__":
    print(json.dumps(asdict(measure(*sys.argv[1:]))))
