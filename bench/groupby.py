"""The group-by queries of the database-like ops benchmark (db-benchmark), as g1 to g10."""

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

SEED = 108
GROUPS = 100
WRITE_ROWS = 1_000_000

QUERIES = read_questions("groupby")


def generate(rows: int, data: Path) -> Path:
    """Return the Parquet file of `rows` rows, made if it is not there yet."""
    path = data / f"groupby-{rows}" / "x.parquet"
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    partial_path = path.with_suffix(".partial")
    random = np.random.default_rng(SEED)
    writer = None
    for begin in range(0, rows, WRITE_ROWS):
        table = make_rows(random, min(WRITE_ROWS, rows - begin), max(1, rows // GROUPS))
        writer = writer or pq.ParquetWriter(partial_path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    partial_path.rename(path)
    return path


def make_rows(random: np.random.Generator, rows: int, many: int) -> pa.Table:
    """Return `rows` rows with `many` values in id3 and id6."""

    def draw(limit: int) -> pa.Array:
        return pa.array(random.integers(1, limit, rows, dtype=np.int32, endpoint=True))

    def draw_names(limit: int, digits: int) -> pa.Array:
        names = pa.array([f"id{number:0{digits}}" for number in range(1, limit + 1)])
        return names.take(pa.array(random.integers(0, limit, rows)))

    return pa.table(
        {
            "id1": draw_names(GROUPS, 3),
            "id2": draw_names(GROUPS, 3),
            "id3": draw_names(many, 10),
            "id4": draw(GROUPS),
            "id5": draw(GROUPS),
            "id6": draw(many),
            "v1": draw(5),
            "v2": draw(15),
            "v3": pa.array(np.round(random.uniform(0, 100, rows), 6)),
        }
    )


def polars_frames(frames: Mapping[str, pl.LazyFrame]) -> Mapping[str, pl.LazyFrame]:
    """Return the questions as Polars' lazy frames."""
    import polars as pl

    frame, col = frames["x"], pl.col

    def grouped(keys: str, *columns: pl.Expr) -> pl.LazyFrame:
        return frame.group_by(keys.split()).agg(columns)

    largest = pl.col("v3").drop_nulls().top_k(2).alias("largest2_v3")
    return {
        "g1": grouped("id1", col("v1").sum()),
        "g2": grouped("id1 id2", col("v1").sum()),
        "g3": grouped("id3", col("v1").sum(), col("v3").mean()),
        "g4": grouped("id4", col("v1").mean(), col("v2").mean(), col("v3").mean()),
        "g5": grouped("id6", col("v1").sum(), col("v2").sum(), col("v3").sum()),
        "g6": grouped("id4 id5", col("v3").median().alias("m"), col("v3").std().alias("sd")),
        "g7": grouped("id3", (col("v1").max() - col("v2").min()).alias("range_v1_v2")),
        "g8": grouped("id6", largest).explode("largest2_v3"),
        "g9": grouped("id2 id4", (pl.corr("v1", "v2") ** 2).alias("r2")),
        "g10": grouped("id1 id2 id3 id4 id5 id6", col("v3").sum(), pl.len()),
    }


SORT = Workload("sort", read_questions("sort"), lambda o: {"x": generate(o.rows, o.data)})
GROUPBY = Workload("groupby", QUERIES, lambda o: {"x": generate(o.rows, o.data)}, polars_frames)
