"""A scan, filter and sum over seven bytes a row, which only memory should limit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.workload import Workload, read_questions

if TYPE_CHECKING:
    import polars as pl

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


def polars_frames(frames: Mapping[str, pl.LazyFrame]) -> Mapping[str, pl.LazyFrame]:
    """Return the question as Polars' lazy frame."""
    import polars as pl

    wanted = (pl.col("day") >= 100) & (pl.col("day") < 600) & (pl.col("kind") != 3)
    # A sum of 32-bit integers is 32 bits wide in Polars, too narrow for this one.
    amount = pl.col("amount").cast(pl.Int64).sum()
    return {NAME: frames["readings"].filter(wanted).select(amount)}


def polars_filters(frames: Mapping[str, pl.LazyFrame]) -> Mapping[str, pl.LazyFrame]:
    """Return the sums as Polars' lazy frames: in its SQL they would be 32 bits wide."""
    import polars as pl

    rows, amount = frames["readings"], pl.col("amount").cast(pl.Int64).sum()
    kind, day = pl.col("kind"), pl.col("day")
    wanted = {
        "f3": day.is_between(100, 109),
        "f4": pl.col("amount") < 10_000_000,
        "f5": (kind == 3) & day.is_between(200, 299),
        "f7": (kind != 3) & (day >= 500),
    }
    return {name: rows.filter(test).select(amount) for name, test in wanted.items()}


FILTERS = Workload(
    "filters",
    read_questions("filters"),
    lambda o: {"readings": generate(o.many_rows, o.data)},
    polars_filters,
)
SCAN = Workload(
    "scan", {NAME: SQL}, lambda o: {"readings": generate(o.scan_rows, o.data)}, polars_frames
)
