"""WITH RECURSIVE that does not end, many rows in its rounds, and CTEs computed once."""

from __future__ import annotations

import threading
import time

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.errors import OperationalError, QueryCancelled

ENDLESS = "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n % 7 FROM r) SELECT count(*) FROM r"


def test_endless_rounds_are_cancelled() -> None:
    with gpudb.connect() as connection:
        cursor = connection.cursor()
        timer = threading.Timer(0.3, cursor.cancel)
        timer.start()
        began = time.perf_counter()
        with pytest.raises(QueryCancelled):
            cursor.execute(ENDLESS)
        assert time.perf_counter() - began < 5


def test_endless_rounds_meet_the_memory_limit() -> None:
    doubling = (
        "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT x FROM r, (VALUES (1), (2)) v (x))"
        " SELECT count(*) FROM r"
    )
    with gpudb.connect(memory_limit="64MB") as connection:
        with pytest.raises(OperationalError, match="more than memory_limit") as raised:
            connection.execute(doubling)
        assert raised.value.place is not None and raised.value.place.column == 16
        # The connection goes on.
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_rounds_of_many_rows_answer_as_duckdb() -> None:
    random = np.random.default_rng(7)
    names = np.array([f"knoten-{i}é" for i in range(500)], object)
    edges = pa.table(
        {
            "src": pa.array(names[random.integers(0, 500, 2000)]),
            "dst": pa.array(names[random.integers(0, 500, 2000)], mask=random.random(2000) < 0.05),
            "w": pa.array(random.integers(0, 3, 2000)),
        }
    )
    text = (
        "WITH RECURSIVE r AS (SELECT src, w, 0.5e0 AS x FROM edges WHERE w = 0 AND src < 'knoten-2'"
        " UNION SELECT e.dst, (r.w + e.w) % 5, CASE WHEN e.w = 1 THEN NULL ELSE r.x END"
        " FROM r JOIN edges e ON e.src = r.src)"
        " SELECT src, w, x FROM r ORDER BY 1, 2, 3"
    )
    expected = duckdb.execute(text).fetchall()
    assert len(expected) > 3000
    for threads in (1, 2):
        with gpudb.connect(threads=threads, morsel_rows=1024) as connection:
            connection.register("edges", edges)
            assert connection.execute(text).fetchall() == expected


def test_a_cte_that_is_read_twice_runs_once() -> None:
    with gpudb.connect() as connection:
        cursor = connection.execute(
            "EXPLAIN ANALYZE WITH x AS (SELECT max(v) AS m FROM (VALUES (1), (2)) t (v))"
            " SELECT a.m, b.m FROM x a, x b"
        )
        text = "\n".join(row[0] for row in cursor.fetchall())
    assert text.count("Group") == 1
