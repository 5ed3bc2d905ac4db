"""What loading lineitem costs: seconds, peak memory, bytes on disk; each load in its own process.

python -m bench.load gpudb FILE DATABASE THREADS     one load; prints its figures as JSON
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.apart import run_apart
from bench.case import CHDB, DATAFUSION, DUCKDB, HYPER, OURS, POLARS
from bench.machine import status_bytes
from bench.made import size_of
from bench.options import Options

REPETITIONS = 3
MOST_TEXT = 300


@dataclass(frozen=True)
class Load:
    """One load's figures."""

    engine: str
    rows: int
    seconds: float
    peak_bytes: int
    stored_bytes: int
    file_bytes: int
    failure: str = ""


def load_gpudb(file: Path, database: Path, threads: int) -> int:
    """Load a Parquet file into a folder and return its rows."""
    import gpudb

    with gpudb.connect(database, threads=threads) as connection:
        return connection.execute(f"CREATE TABLE lineitem AS SELECT * FROM '{file}'").rowcount


def load_duckdb(file: Path, database: Path, threads: int) -> int:
    """Load a Parquet file into a database file and return its rows."""
    import duckdb

    with duckdb.connect(str(database)) as connection:
        connection.execute(f"SET threads = {threads}")
        connection.execute(f"CREATE TABLE lineitem AS SELECT * FROM read_parquet('{file}')")
        connection.execute("CHECKPOINT")
        counted = connection.execute("SELECT count(*) FROM lineitem").fetchone()
    return int(counted[0]) if counted else 0


def load_polars(file: Path, _database: Path, _threads: int) -> int:
    """Load a Parquet file into a frame and return its rows."""
    import polars as pl

    return pl.read_parquet(file).height


def load_datafusion(file: Path, _database: Path, threads: int) -> int:
    """Load a Parquet file into record batches and return their rows."""
    import datafusion

    settings = datafusion.SessionConfig().with_target_partitions(threads)
    session = datafusion.SessionContext(settings)
    return int(session.read_parquet(str(file)).cache().count())


def load_chdb(file: Path, database: Path, threads: int) -> int:
    """Load a Parquet file into a MergeTree table and return its rows."""
    from chdb.session import Session

    session = Session(str(database))
    session.query(f"SET max_threads = {threads}")
    session.query("SET schema_inference_make_columns_nullable = 'auto'")
    session.query(
        "CREATE TABLE lineitem ENGINE = MergeTree ORDER BY tuple()"
        f" AS SELECT * FROM file('{file}', 'Parquet')"
    )
    rows = int(str(session.query("SELECT count() FROM lineitem", "CSV")))
    session.close()
    return rows


def load_hyper(file: Path, database: Path, threads: int) -> int:
    """Load a Parquet file into a .hyper file and return its rows."""
    import tableauhyperapi as hyper

    settings = {"log_config": "", "hard_concurrent_query_thread_limit": str(threads)}
    none = hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU
    made = hyper.CreateMode.CREATE_AND_REPLACE
    with (
        hyper.HyperProcess(none, parameters=settings) as server,
        hyper.Connection(server.endpoint, database, made) as connection,
    ):
        connection.execute_command(
            f"CREATE TABLE lineitem AS (SELECT * FROM external('{file}', FORMAT => 'parquet'))"
        )
        return int(connection.execute_scalar_query("SELECT count(*) FROM lineitem"))


LOADERS: dict[str, Callable[[Path, Path, int], int]] = {
    OURS: load_gpudb,
    DUCKDB: load_duckdb,
    POLARS: load_polars,
    DATAFUSION: load_datafusion,
    CHDB: load_chdb,
    HYPER: load_hyper,
}


def measure(engine: str, file: Path, database: Path, threads: int) -> Load:
    """Load in this process; its whole peak of memory counts, the engine's own code included."""
    began = time.perf_counter()
    rows = LOADERS[engine](file, database, threads)
    seconds = time.perf_counter() - began
    peak = status_bytes("VmHWM")
    return Load(engine, rows, seconds, peak, size_of(database), file.stat().st_size)


def race_loads(options: Options, file: Path) -> list[Load]:
    """Load in turns, each time into a new database in a new process."""
    engines = [name for name in LOADERS if name == OURS or name in options.engines]
    return [load_apart(name, file, options) for _ in range(REPETITIONS) for name in engines]


def load_apart(engine: str, file: Path, options: Options) -> Load:
    """Run one load in a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="load-", dir=options.data))
    try:
        # The file is in the system's cache for both, or the first would pay for reading it.
        with file.open("rb") as opened:
            while opened.read(1 << 24):
                pass
        database, threads = str(folder / "database"), str(options.threads)
        done = run_apart("bench.load", engine, str(file), database, threads)
        if done.returncode:
            failure = done.stderr.strip()[-MOST_TEXT:] or f"ended with {done.returncode}"
            return Load(engine, 0, 0.0, 0, 0, file.stat().st_size, failure)
        return Load(**json.loads(done.stdout))
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Do one load as the arguments say."""
    engine, file, database, threads = sys.argv[1:]
    os.environ["POLARS_MAX_THREADS"] = os.environ["TOKIO_WORKER_THREADS"] = threads
    print(json.dumps(asdict(measure(engine, Path(file), Path(database), int(threads)))))


if __name__ == "__main__":
    main()
