"""The join questions of the database-like ops benchmark (db-benchmark), as j1 to j5.

A table x of many rows is joined with a small, a medium and a big one. Nine tenths of the keys are
on both sides, the others on one; a key names one row of the table that is joined.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.workload import Workload, read_questions

if TYPE_CHECKING:
    import polars as pl

SEED = 108
TABLES = ("x", "small", "medium", "big")
LEAST_KEYS = 10
Keys = dict[str, np.ndarray]


def generate(rows: int, data: Path) -> dict[str, Path]:
    """Return the Parquet files of the four tables, made unless there."""
    folder = data / f"joins-{rows}"
    files = {name: folder / f"{name}.parquet" for name in TABLES}
    if not all(path.is_file() for path in files.values()):
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in make_tables(rows).items():
            pq.write_table(table, files[name])
    return files


def make_tables(rows: int) -> dict[str, pa.Table]:
    """Return the tables; x and big have `rows` rows, medium a thousandth, small a millionth."""
    random = np.random.default_rng(SEED)
    counts = [max(LEAST_KEYS, rows // share) for share in (1_000_000, 1_000, 1)]
    left, right = [], []
    for count in counts:
        keys = random.permutation(count + count // 10).astype(np.int32) + 1
        left.append(keys[:count])
        right.append(keys[count // 10 :])
    x = {f"id{n}": draw_all(random, keys, rows) for n, keys in enumerate(left, 1)}
    tables = {"x": named_table(x, "v1", random)}
    for depth, name in enumerate(TABLES[1:], 1):
        size = counts[depth - 1]
        ids = {f"id{n}": draw_all(random, right[n - 1], size) for n in range(1, depth + 1)}
        tables[name] = named_table(ids, "v2", random)
    return tables


def draw_all(random: np.random.Generator, keys: np.ndarray, rows: int) -> np.ndarray:
    """Return `rows` of the keys in any order; each at least once where there is room."""
    if len(keys) >= rows:
        return random.permutation(keys)[:rows]
    more = random.choice(keys, rows - len(keys))
    return random.permutation(np.concatenate([keys, more]))


def named_table(ids: Keys, value: str, random: np.random.Generator) -> pa.Table:
    """Return a table of the ids, the same as text, and a value."""
    columns = {name: pa.array(keys) for name, keys in ids.items()}
    for name, keys in ids.items():
        texts = pc.binary_join_element_wise("id", pa.array(keys).cast(pa.string()), "")
        columns[f"id{int(name.removeprefix('id')) + 3}"] = texts
    rows = len(next(iter(ids.values())))
    columns[value] = pa.array(np.round(random.uniform(0, 100, rows), 6))
    return pa.table(columns)


def polars_frames(frames: Mapping[str, pl.LazyFrame]) -> Mapping[str, pl.LazyFrame]:
    """Return the questions as Polars' lazy frames."""

    def joined(right: str, key: str, columns: str, how: str = "inner") -> pl.LazyFrame:
        others = [f"{name}_{right}" for name in columns.split()]
        names = ["id1", "id2", "id3", "id4", "id5", "id6", "v1", *others, "v2"]
        return (
            frames["x"].join(frames[right], on=key, how=how, suffix=f"_{right}").select(names)  # type: ignore[arg-type]
        )

    return {
        "j1": joined("small", "id1", "id4"),
        "j2": joined("medium", "id2", "id1 id4 id5"),
        "j3": joined("medium", "id2", "id1 id4 id5", "left"),
        "j4": joined("medium", "id5", "id1 id2 id4"),
        "j5": joined("big", "id3", "id1 id2 id4 id5 id6"),
    }


JOINS = Workload(
    "joins", read_questions("joins"), lambda o: generate(o.rows, o.data), polars_frames
)
