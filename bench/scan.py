"""A scan, filter and sum over seven bytes a row, which only memory should limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.case import DUCKDB, OURS, POLARS, Case, RunQuery
from bench.duckdb_engine import open_duckdb
from bench.gpudb_engine import open_gpudb
from bench.options import Options

NAME = "scan"
SQL = "SELECT sum(amount) AS amount FROM readings WHERE day >= 100 AND day < 600 AND kind <> 3"
SEED = 7
WRITE_ROWS = 1 << 22


def generate(rows: int, data: Path) -> Path:
    """Return the Parquet file of `rows` rows, made if it is not there yet."""
    path = data / f"scan-{rows}" / "readings.parquet"
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_path = path.with_suffix(".partial")
    random = np.random.default_rng(SEED)
    schema = pa.schema([("kind", pa.int8()), ("day", pa.int16()), ("amount", pa.int32())])
    with pq.ParquetWriter(partial_path, schema) as writer:
        for begin in range(0, rows, WRITE_ROWS):
            count = min(WRITE_ROWS, rows - begin)
            columns = [
                random.integers(0, 10, count, np.int8),
                random.integers(0, 1000, count, np.int16),
                random.integers(0, 1_000_000_000, count, np.int32),
            ]
            writer.write_table(pa.table([pa.array(c) for c in columns], schema=schema))
    partial_path.rename(path)
    return path


@contextmanager
def scan_cases(options: Options, kernels: Path) -> Iterator[Sequence[Case]]:
    """Give the scan case over loaded data, if it is chosen."""
    files = {"readings": generate(options.scan_rows, options.data)}
    folder = files["readings"].parent
    with ExitStack() as stack:
        ours = open_gpudb(
            folder / "ours.gpudb",
            files,
            threads=options.threads,
            kernels=kernels,
            reload=options.reload,
        )
        stack.callback(ours.close)
        peer = open_duckdb(
            folder / "peer.duckdb", files, threads=options.threads, reload=options.reload
        )
        stack.callback(peer.close)
        runs: dict[str, RunQuery] = {
            OURS: lambda: ours.query(SQL),
            DUCKDB: lambda: peer.query(SQL),
        }
        if POLARS in options.engines:
            runs[POLARS] = open_polars(files["readings"])
        yield [Case(NAME, "scan", SQL, ours, runs)] if options.has(NAME) else []


def open_polars(path: Path) -> Callable[[], pa.Table]:
    """Read the rows into memory and return how Polars runs the query."""
    import polars as pl

    frame = pl.read_parquet(path)
    wanted = (pl.col("day") >= 100) & (pl.col("day") < 600) & (pl.col("kind") != 3)
    # A sum of 32-bit integers is 32 bits wide in Polars, too narrow for this one.
    amount = pl.col("amount").cast(pl.Int64).sum()
    return lambda: frame.lazy().filter(wanted).select(amount).collect().to_arrow()
