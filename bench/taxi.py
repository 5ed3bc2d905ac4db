"""The four questions that are asked of New York's taxi rides, over rides that are made up.

The questions are Mark Litwintschik's ("Summary of the 1.1 Billion Taxi Rides Benchmarks"): t1
counts by type, t2 averages by passengers, t3 counts by passengers and year, t4 by rounded distance
too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.workload import Workload, read_questions

SEED = 2009
WRITE_ROWS = 1 << 21
FIRST_SECOND, SECONDS = 1_230_768_000, 7 * 365 * 86_400  # 2009 to 2015
SCHEMA = pa.schema(
    [
        ("cab_type", pa.string()),
        ("passenger_count", pa.int16()),
        ("pickup_datetime", pa.timestamp("us")),
        ("trip_distance", pa.float64()),
        ("total_amount", pa.float64()),
    ]
)
# Shares of one to six passengers, about as in New York.
PASSENGERS = (0.70, 0.14, 0.05, 0.03, 0.05, 0.03)


def generate(rows: int, data: Path) -> Path:
    """Return the Parquet file of `rows` rides, made if it is not there yet."""
    path = data / f"taxi-{rows}" / "trips.parquet"
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_path = path.with_suffix(".partial")
    random = np.random.default_rng(SEED)
    with pq.ParquetWriter(partial_path, SCHEMA) as writer:
        for begin in range(0, rows, WRITE_ROWS):
            writer.write_table(make_rides(random, min(WRITE_ROWS, rows - begin)))
    partial_path.rename(path)
    return path


def make_rides(random: np.random.Generator, rows: int) -> pa.Table:
    """Return `rows` rides in no order."""
    types = pa.array(["yellow", "green"]).take(pa.array((random.random(rows) < 0.1).astype(int)))
    hundredths = np.minimum(random.lognormal(5.1, 0.9, rows), 5_000).astype(np.int64)
    # Halves are rounded up by some engines and to even by others.
    hundredths += hundredths % 100 == 50
    seconds = FIRST_SECOND + random.integers(0, SECONDS, rows)
    fare = 250 + 2 * hundredths + random.integers(0, 500, rows)
    columns = [
        types,
        pa.array(random.choice(6, rows, p=PASSENGERS).astype(np.int16) + np.int16(1)),
        pa.array(seconds * 1_000_000, pa.timestamp("us")),
        pa.array(hundredths / 100),
        pa.array(fare / 100),
    ]
    return pa.table(columns, schema=SCHEMA)


TAXI = Workload("taxi", read_questions("taxi"), lambda o: {"trips": generate(o.many_rows, o.data)})
