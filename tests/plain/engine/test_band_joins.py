"""Joins by inequalities answer as in DuckDB: all kinds, all types, NULLs, NaN, several morsels."""

from __future__ import annotations

import math

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import gpudb

random = np.random.default_rng(11)


def column(values: np.ndarray, kind: pa.DataType | None = None) -> pa.Array:
    """Return values with some NULLs."""
    return pa.array(values, kind, mask=random.random(len(values)) < 0.1)


def sides(rows: int) -> pa.Table:
    floats = np.round(random.random(rows) * 40, 1)
    floats[random.random(rows) < 0.1] = math.nan
    floats[random.random(rows) < 0.05] = math.inf
    return pa.table(
        {
            "id": np.arange(rows),
            "i": column(random.integers(-20, 20, rows).astype(np.int16)),
            "j": column(random.integers(-20, 20, rows)),
            "f": column(floats),
            "d": column(random.integers(0, 30, rows).astype("datetime64[D]")),
            "s": column(random.integers(0, 9, rows).astype(str)),
        }
    )


LEFT, RIGHT = sides(700), sides(300)
CONDITIONS = (
    "a.i < b.i",
    "a.i BETWEEN b.i - 2 AND b.j + 1",
    "a.f >= b.f AND a.f <= b.f + 1",
    "a.d > b.d AND a.i <= b.j AND a.s = 'x' || b.s",
    "a.i >= b.i AND a.j < b.j AND a.i + b.i > 3",
    "a.i < b.j * 0.5 AND 7 > b.j",
    "a.d + 3 < CAST(b.d AS TIMESTAMP) AND a.f <> b.f",
    "a.i > b.f",
    "a.s < b.s AND a.i >= b.i",
)
QUERIES = (
    "SELECT a.id, b.id FROM a JOIN b ON {} ORDER BY 1, 2",
    "SELECT a.id, b.id FROM a LEFT JOIN b ON {} ORDER BY 1, 2",
    "SELECT a.id, b.id FROM a RIGHT JOIN b ON {} ORDER BY 1, 2",
    "SELECT a.id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE {}) ORDER BY 1",
    "SELECT a.id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE {}) ORDER BY 1",
    "SELECT count(*), sum(a.id * b.id) FROM a, b WHERE {} AND a.id % 3 = 0",
)


@pytest.fixture(scope="module")
def connection() -> gpudb.Connection:
    made = gpudb.connect(threads=2, morsel_rows=1024)
    made.register("a", LEFT)
    made.register("b", RIGHT)
    return made


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
@pytest.mark.parametrize("condition", CONDITIONS)
def test_answers_as_duckdb(connection: gpudb.Connection, query: str, condition: str) -> None:
    oracle = duckdb.connect()
    oracle.register("a", LEFT)
    oracle.register("b", RIGHT)
    text = query.format(condition)
    assert connection.execute(text).fetchall() == oracle.execute(text).fetchall()


def test_an_empty_side() -> None:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE a (x INTEGER)")
        connection.execute("CREATE TABLE b (x INTEGER)")
        connection.execute("INSERT INTO a VALUES (1), (NULL)")
        inner = connection.execute("SELECT * FROM a JOIN b ON a.x < b.x")
        assert inner.fetchall() == []
        outer = connection.execute("SELECT * FROM a LEFT JOIN b ON a.x < b.x ORDER BY 1")
        assert outer.fetchall() == [(1, None), (None, None)]
        connection.execute("INSERT INTO b VALUES (NULL)")
        assert connection.execute("SELECT * FROM b LEFT JOIN a ON a.x < b.x").fetchall() == [
            (None, None)
        ]
