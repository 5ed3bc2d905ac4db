"""EXPLAIN ANALYZE says where a GPU's rows are, and what of a query was the host's work."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.memory import GpuMemory
from tests.plain.devices.papers import staying_connection

THERE, HOST = "on the device until the host asks for them", "on the host"
INDEXED = "on the device with their index"
CASES = (
    # A bitmap of one key; two keys; groups that are computed there; groups that are not.
    (
        "SELECT sum(a.v) FROM t a JOIN t b ON a.k = b.k",
        [f"100 rows, {INDEXED}", f"1 row, {HOST}", f"1 row, {HOST}"],
    ),
    (
        "SELECT sum(a.v) FROM t a JOIN t b ON a.k = b.k AND a.v = b.v",
        [f"100 rows, {HOST}", f"1 row, {HOST}", f"1 row, {HOST}"],
    ),
    (
        "SELECT g, count(*) FROM t GROUP BY g HAVING count(*) > 0",
        [f"10 rows, {THERE}", f"10 rows, {THERE}"],
    ),
    (
        "SELECT g, stddev_pop(v) FROM t GROUP BY g HAVING stddev_pop(v) > 0",
        [f"10 rows, {HOST}", f"10 rows, {THERE}"],
    ),
    # What the host does, whatever the device is.
    (
        "SELECT k, sum(v) OVER (ORDER BY k) FROM t",
        [f"100 rows, {THERE}", f"100 rows, {HOST}, which computed window functions"],
    ),
    (
        "SELECT k FROM t ORDER BY g FETCH FIRST 3 ROWS WITH TIES",
        [f"10 rows, {HOST}, which cut them behind ties"],
    ),
    (
        "SELECT g, median(v) FROM t GROUP BY g",
        [f"100 rows, {HOST}, which numbered their groups", f"10 rows, {HOST}"],
    ),
    (
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) "
        "SELECT sum(n) FROM r",
        [f"1 row, {HOST}", f"1 row, {HOST}, which put the rounds together"],
    ),
)


@pytest.fixture(scope="module")
def connection() -> Iterator[gpudb.Connection]:
    rows = range(100)
    data = {"k": [*rows], "g": [n % 10 for n in rows], "v": [n * n + 1 for n in rows]}
    tables = {"t": pa.table(data)}
    limits = {"gpudb.kernels.resident_groups.LEAST_LISTED_BYTES": 0}
    with staying_connection(GpuMemory(PaperGpu(), 1 << 30), tables, 40, limits) as connection:
        yield connection


@pytest.mark.parametrize(("query", "wanted"), CASES)
def test_explain_analyze_says_where_rows_are(
    connection: gpudb.Connection, query: str, wanted: list[str]
) -> None:
    lines = [str(line) for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}")]
    found = [line.removeprefix("  result      ") for line in lines if "  result " in line]
    assert found[: len(wanted)] == wanted
    answer = sorted(connection.execute(query).fetchall())
    connection.execute("SET device = 'cpu'")
    assert answer == sorted(connection.execute(query).fetchall())
    lines = [str(line) for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}")]
    assert not any("  result " in line for line in lines)
    connection.execute("SET device = 'emulated'")
