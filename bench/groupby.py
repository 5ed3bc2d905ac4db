"""The group-by queries q1 to q5 of the database-like ops benchmark (db-benchmark), as g1 to g5."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.case import DUCKDB, OURS, POLARS, Case, RunQuery
from bench.duckdb_engine import Duckdb, open_duckdb
from bench.gpudb_engine import Gpudb, open_gpudb
from bench.options import Options

SEED = 108
GROUPS = 100
WRITE_ROWS = 1_000_000

QUERIES = {
    "g1": ("SELECT id1, sum(v1) AS v1 FROM x GROUP BY id1", ("id1",)),
    "g2": ("SELECT id1, id2, sum(v1) AS v1 FROM x GROUP BY id1, id2", ("id1", "id2")),
    "g3": ("SELECT id3, sum(v1) AS v1, avg(v3) AS v3 FROM x GROUP BY id3", ("id3",)),
    "g4": ("SELECT id4, avg(v1) AS v1, avg(v2) AS v2, avg(v3) AS v3 FROM x GROUP BY id4", ("id4",)),
    "g5": ("SELECT id6, sum(v1) AS v1, sum(v2) AS v2, sum(v3) AS v3 FROM x GROUP BY id6", ("id6",)),
}


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


@contextmanager
def groupby_cases(options: Options, kernels: Path) -> Iterator[Sequence[Case]]:
    """Give the chosen group-by cases over loaded data."""
    files = {"x": generate(options.rows, options.data)}
    folder = files["x"].parent
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
        polars_runs = open_polars(files["x"]) if POLARS in options.engines else {}
        yield [
            Case(name, "groupby", sql, ours, runs(sql, ours, peer, polars_runs.get(name)), keys)
            for name, (sql, keys) in QUERIES.items()
            if options.has(name)
        ]


def runs(sql: str, ours: Gpudb, peer: Duckdb, polars_run: RunQuery | None) -> dict[str, RunQuery]:
    """Return how each engine runs a query."""
    found: dict[str, RunQuery] = {OURS: lambda: ours.query(sql), DUCKDB: lambda: peer.query(sql)}
    if polars_run is not None:
        found[POLARS] = polars_run
    return found


def open_polars(path: Path) -> dict[str, Callable[[], pa.Table]]:
    """Read the rows into memory and return how Polars runs each query."""
    import polars as pl

    frame = pl.read_parquet(path)

    def run(keys: Sequence[str], sums: Sequence[str], means: Sequence[str]) -> pa.Table:
        columns = [*(pl.col(s).sum() for s in sums), *(pl.col(m).mean() for m in means)]
        return frame.lazy().group_by(keys).agg(columns).collect().to_arrow()

    return {
        "g1": partial(run, ["id1"], ["v1"], []),
        "g2": partial(run, ["id1", "id2"], ["v1"], []),
        "g3": partial(run, ["id3"], ["v1"], ["v3"]),
        "g4": partial(run, ["id4"], [], ["v1", "v2", "v3"]),
        "g5": partial(run, ["id6"], ["v1", "v2", "v3"], []),
    }
