"""Random window functions answer as in DuckDB; many more in tests/slow."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels.buffers import BUFFERS
from tests.plain.engine.random_windows import check_windows

# Enough for several morsels, and for workers that sort.
MANY_ROWS = 100_000
MANY = """
SELECT sum(a * (id % 101)), sum(b * (id % 103)), sum(c * (id % 107)), sum(d), max(e), sum(f)
FROM (SELECT id, row_number() OVER w AS a, sum(x) OVER w AS b, lag(x, 3, 7) OVER w AS c,
  avg(y) OVER (PARTITION BY g ORDER BY o, id ROWS BETWEEN 100 PRECEDING AND 50 FOLLOWING) AS d,
  min(x) OVER (ORDER BY o DESC, id ROWS BETWEEN 7 PRECEDING AND 3 PRECEDING) AS e,
  count(*) OVER (PARTITION BY g ORDER BY o RANGE BETWEEN 50 PRECEDING AND 200 FOLLOWING) AS f
  FROM rows WINDOW w AS (PARTITION BY g ORDER BY o DESC, id)) AS q
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_random_windows(seed: int) -> None:
    assert check_windows(seed, queries=15) > 10


def test_many_rows() -> None:
    r = np.random.default_rng(3)
    data = {
        "id": r.permutation(MANY_ROWS),
        "g": r.integers(0, 20, MANY_ROWS),
        "o": r.integers(-(10**12), 10**12, MANY_ROWS) // 10**8,
        "x": r.integers(-1000, 1000, MANY_ROWS),
        "y": r.random(MANY_ROWS),
    }
    frame = pa.table(data)
    theirs = duckdb.connect().register("rows", frame).execute(MANY).fetchall()
    with gpudb.connect(chunk_rows=30_000) as ours:
        ours.execute("CREATE TABLE rows AS SELECT * FROM frame")
        assert [list(row) for row in ours.execute(MANY).fetchall()] == [
            pytest.approx(row, rel=1e-9) for row in theirs
        ]


@pytest.mark.parametrize(
    "call",
    [
        "stddev(x) OVER (ORDER BY x)",
        "median(x) OVER (ORDER BY x ROWS 9 PRECEDING)",
        "lag(x) OVER (ORDER BY x)",
        "sum(DISTINCT x) OVER (ORDER BY x)",
    ],
)
def test_windows_past_the_budget_finish(call: str) -> None:
    text = f"SELECT count(m), sum(m) FROM (SELECT {call} AS m FROM range(60000) AS t(x)) AS q"
    with gpudb.connect() as connection:
        whole = connection.execute(text).fetchall()
        connection.execute("SET memory_limit = '2 MB'")
        before = BUFFERS.spilled_bytes
        assert connection.execute(text).fetchall() == whole
        assert BUFFERS.spilled_bytes > before


def test_joined_texts_of_frames_count() -> None:
    with gpudb.connect(memory_limit="2 MB") as connection:
        joined = "length(string_agg(x, ',') OVER (ORDER BY x))"
        text = f"SELECT max(m) FROM (SELECT {joined} AS m FROM range(2000) AS t(x)) AS q"
        with pytest.raises(gpudb.OperationalError, match="OVER these rows takes more") as caught:
            connection.execute(text)
        assert caught.value.place is not None
        connection.execute("SET memory_limit = '1 GB'")
        assert len(connection.execute(text).fetchall()) == 1
