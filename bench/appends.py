"""Small appends, each visible to the next query: 22 rows, then a count and a sum over all.

python -m bench.appends ENGINE FOLDER THREADS ROWS     appends to a new table; prints seconds

Every engine has a table of its own form: files for gpudb, DuckDB, chDB and Hyper, whose commits are
those of their defaults; memory for Polars and DataFusion. gpudb and DuckDB take part in memory,
too, where no disk sets the pace.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.apart import run_apart
from bench.case import CHDB, DATAFUSION, DUCKDB, HYPER, OURS, POLARS
from bench.options import Options

APPENDED_ROWS = 22
APPENDS = 100
ROUNDS = 3
# The table before the first append is filled by statements of so many rows.
BASE_ROWS = 10_000
WARM_UPS = 3
COLUMNS = "id BIGINT, kind INTEGER, amount DOUBLE PRECISION, note TEXT"
QUESTION = "SELECT count(*), sum(id) FROM events"
Row = tuple[int, int, float, str]
Append = Callable[[list[Row]], object]
Ask = Callable[[], tuple[int, int]]


@dataclass(frozen=True)
class Appends:
    """Seconds of an append with the query after it, by run, in one process."""

    engine: str
    seconds: list[float]
    base_rows: int
    failure: str = ""


def in_memory(engine: str) -> str:
    """Return what an engine is called where it holds its table in memory."""
    return f"{engine} in memory"


def make_rows(first: int, count: int) -> list[Row]:
    """Return rows, numbered from `first`."""
    return [(n, n % 7, n / 8, f"note {n % 100}") for n in range(first, first + count)]


def insert_text(rows: list[Row]) -> str:
    """Return the statement that appends rows."""
    return f"INSERT INTO events VALUES {', '.join(map(str, rows))}"


def open_gpudb(folder: Path | None, threads: int) -> tuple[Append, Ask]:
    """Open a database folder, or a database in memory."""
    import gpudb

    path = None if folder is None else folder / "database"
    return started(gpudb.connect(path, threads=threads))


def open_duckdb(folder: Path | None, threads: int) -> tuple[Append, Ask]:
    """Open a database file, or a database in memory."""
    import duckdb

    path = ":memory:" if folder is None else str(folder / "database")
    return started(duckdb.connect(path, config={"threads": threads}))


def started(connection: Any) -> tuple[Append, Ask]:
    """Make the table in what has Python's database interface."""
    connection.execute(f"CREATE TABLE events ({COLUMNS})")

    def ask() -> tuple[int, int]:
        count, total = connection.execute(QUESTION).fetchall()[0]
        return count, total

    return lambda rows: connection.execute(insert_text(rows)), ask


def open_chdb(folder: Path, threads: int) -> tuple[Append, Ask]:
    """Open a session."""
    from chdb.session import Session

    session = Session(str(folder / "database"))
    session.query(f"SET max_threads = {threads}")
    columns = "id Int64, kind Int32, amount Float64, note String"
    session.query(f"CREATE TABLE events ({columns}) ENGINE = MergeTree ORDER BY tuple()")

    def ask() -> tuple[int, int]:
        count, total = (int(part) for part in str(session.query(QUESTION, "CSV")).split(","))
        return count, total

    return lambda rows: session.query(insert_text(rows)), ask


def open_hyper(folder: Path, threads: int) -> tuple[Append, Ask]:
    """Start a server."""
    import tableauhyperapi as hyper

    settings = {"log_config": "", "hard_concurrent_query_thread_limit": str(threads)}
    server = hyper.HyperProcess(
        hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=settings
    )
    connection = hyper.Connection(
        server.endpoint, folder / "database", hyper.CreateMode.CREATE_AND_REPLACE
    )
    connection.execute_command(f"CREATE TABLE events ({COLUMNS})")

    def ask(_server: Any = server) -> tuple[int, int]:
        ((count, total),) = connection.execute_list_query(QUESTION)
        return int(count), int(total)

    return lambda rows: connection.execute_command(insert_text(rows)), ask


def open_datafusion(_folder: Path, threads: int) -> tuple[Append, Ask]:
    """Open a session."""
    import datafusion

    settings = datafusion.SessionConfig().with_target_partitions(threads)
    session = datafusion.SessionContext(settings)
    session.sql(f"CREATE TABLE events ({COLUMNS})").collect()

    def ask() -> tuple[int, int]:
        (row,) = session.sql(QUESTION).to_arrow_table().to_pylist()
        count, total = row.values()
        return count, total

    return lambda rows: session.sql(insert_text(rows)).collect(), ask


def open_polars(_folder: Path, _threads: int) -> tuple[Append, Ask]:
    """Hold a frame, which rows are put below."""
    import polars as pl

    schema = {"id": pl.Int64, "kind": pl.Int32, "amount": pl.Float64, "note": pl.String}
    frames = [pl.DataFrame(schema=schema)]

    def append(rows: list[Row]) -> None:
        frames[0] = frames[0].vstack(pl.DataFrame(rows, schema=schema, orient="row"))

    def ask() -> tuple[int, int]:
        ((count, total),) = frames[0].select(pl.len(), pl.col("id").sum()).rows()
        return count, total

    return append, ask


OPENERS = {
    OURS: open_gpudb,
    DUCKDB: open_duckdb,
    in_memory(OURS): lambda _, threads: open_gpudb(None, threads),
    in_memory(DUCKDB): lambda _, threads: open_duckdb(None, threads),
    POLARS: open_polars,
    DATAFUSION: open_datafusion,
    CHDB: open_chdb,
    HYPER: open_hyper,
}


def measure(engine: str, folder: Path, threads: int, base_rows: int) -> Appends:
    """Append in this process, and check each time that all rows are there."""
    append, ask = OPENERS[engine](folder, threads)
    for first in range(0, base_rows, BASE_ROWS):
        append(make_rows(first, min(BASE_ROWS, base_rows - first)))
    rows, seconds = base_rows, []
    for _ in range(APPENDS + WARM_UPS):
        new = make_rows(rows, APPENDED_ROWS)
        rows += APPENDED_ROWS
        began = time.perf_counter()
        append(new)
        found = ask()
        seconds.append(time.perf_counter() - began)
        if found != (rows, rows * (rows - 1) // 2):
            raise ValueError(f"{engine}: {found} after {rows} rows")
    return Appends(engine, seconds[WARM_UPS:], base_rows)


def race_appends(options: Options) -> list[Appends]:
    """Append in turns, each time to a new table in a new process."""
    engines = [OURS, *options.engines]
    engines += [in_memory(name) for name in engines if in_memory(name) in OPENERS]
    return [append_apart(name, options) for _ in range(ROUNDS) for name in engines]


def append_apart(engine: str, options: Options) -> Appends:
    """Append in a process of its own."""
    options.data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="appends-", dir=options.data) as folder:
        threads, rows = str(options.threads), str(options.append_rows)
        done = run_apart("bench.appends", engine, folder, threads, rows)
    if done.returncode:
        return Appends(engine, [], options.append_rows, done.stderr.strip()[-300:] or "ended")
    return Appends(**json.loads(done.stdout.splitlines()[-1]))


def append_lines(found: Sequence[Appends]) -> list[str]:
    """Return the figures in words."""
    lines = []
    for name in dict.fromkeys(each.engine for each in found):
        seconds = [s for each in found if each.engine == name for s in each.seconds]
        failures = [each.failure for each in found if each.engine == name and each.failure]
        shown = f"{statistics.median(seconds) * 1e3:.2f} ms" if seconds else "failed"
        lines.append(f"{name:<10} {APPENDED_ROWS} rows and a query: {shown} {' '.join(failures)}")
    return lines


def main() -> None:
    """Append as the arguments say."""
    engine, folder, threads, rows = sys.argv[1:]
    os.environ["POLARS_MAX_THREADS"] = os.environ["TOKIO_WORKER_THREADS"] = threads
    print(json.dumps(asdict(measure(engine, Path(folder), int(threads), int(rows)))), flush=True)
    # Servers and sessions end with the process.
    os._exit(0)


if __name__ == "__main__":
    main()
