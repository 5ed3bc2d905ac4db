"""Past memory_limit queries use disk and finish, and answer as in memory and as DuckDB does."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels import buffers
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.sinks import hashed
from tests.plain.engine.agreement import find_difference

ROWS = 50_000
# Enough for what a query has small of each kind, and far too little for its rows.
LIMIT = "1 MiB"
QUERIES = {
    "hashed groups": "SELECT k, w, count(*), sum(d), min(x), max(x), avg(d) FROM r GROUP BY k, w",
    "text keys": "SELECT t, count(*), sum(k), min(d), max(w) FROM r GROUP BY t",
    "direct groups": "SELECT i, count(*), sum(k), avg(x) FROM r GROUP BY i",
    "bitmap": "SELECT DISTINCT w * 2 AS v, b FROM r",
    "distinct rows": "SELECT DISTINCT k, d, t FROM r",
    "wide sums": "SELECT w, sum(d * 1000000), avg(d), sum(h) FROM r GROUP BY w",
    "distinct counts": "SELECT count(DISTINCT w), count(DISTINCT x), count(DISTINCT t) FROM r",
    "distinct by group": "SELECT b, count(DISTINCT w), sum(DISTINCT k) FROM r GROUP BY b",
    "medians": "SELECT i % 50, median(x), quantile_cont(k, 0.25), mode(b) FROM r GROUP BY 1",
    "first by key": "SELECT w % 20000, arg_min(t, w), arg_max(k, w) FROM r GROUP BY 1",
    "sort": "SELECT k, d, x, t, i, w FROM r ORDER BY d DESC NULLS LAST, t, w",
    "sort of floats": "SELECT x, w FROM r ORDER BY x DESC, w",
    "sort with an offset": "SELECT w, t FROM r ORDER BY t NULLS FIRST, w LIMIT 30000 OFFSET 15000",
    "row numbers": "SELECT w, row_number() OVER (PARTITION BY i ORDER BY d, w) FROM r",
    "ranks": (
        "SELECT w, rank() OVER p, dense_rank() OVER p, percent_rank() OVER p, cume_dist() OVER p,"
        " ntile(7) OVER (PARTITION BY b ORDER BY w) FROM r WINDOW p AS (PARTITION BY b ORDER BY k)"
    ),
    "frames": (
        "SELECT w, sum(k) OVER f, lag(t, 2) OVER (ORDER BY w), first_value(d) OVER f,"
        " min(x) OVER (ORDER BY w ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING),"
        " median(k) OVER (PARTITION BY i ORDER BY w ROWS 9 PRECEDING)"
        " FROM r WINDOW f AS (PARTITION BY b ORDER BY k, w)"
    ),
    "union": "SELECT k, t FROM r UNION SELECT k + 1, t FROM r",
    "union all": "SELECT k, t FROM r UNION ALL SELECT w, t FROM r",
    "except": "SELECT k, w FROM r EXCEPT SELECT k, w FROM r WHERE w % 3 = 0",
    "join": "SELECT a.w, b.d FROM r AS a JOIN r AS b ON a.w = b.w + 1 WHERE a.b",
    "rows": "SELECT k + 1, d, t, x * 2 FROM r WHERE w % 10 <> 3",
}


def made_rows() -> pa.Table:
    """Return rows with NULLs, equal keys, extremes, NaN and strings beyond ASCII."""
    random = np.random.default_rng(17)

    def some(values: np.ndarray, share: float = 0.1) -> pa.Array:
        return pa.array(values, mask=random.random(ROWS) < share)

    x = random.normal(size=ROWS).round(3)
    x[:3] = np.nan, np.inf, -np.inf
    k = random.integers(-(2**40), 2**40, ROWS) // 10**8
    k[5:7] = 2**62, -(2**62)
    return pa.table(
        {
            "w": pa.array(random.permutation(ROWS)),
            "k": some(k),
            "i": some(random.integers(0, 5000, ROWS, dtype=np.int32)),
            "x": some(x),
            "b": some(random.random(ROWS) < 0.5),
            "t": some(np.array([f"Größe {n}" for n in random.integers(0, 20_000, ROWS)])),
            "d": some(random.integers(-(10**12), 10**12, ROWS)).cast(pa.decimal128(19, 0)),
            "h": some(random.integers(2**61, 2**62, ROWS)).cast(pa.decimal128(38, 0)),
        }
    )


@pytest.fixture(name="rows", scope="module")
def _rows() -> pa.Table:
    return made_rows()


@pytest.fixture(name="peer", scope="module")
def _peer(rows: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as peer:
        peer.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
        peer.register("arrow", rows)
        peer.execute("CREATE TABLE r AS SELECT * FROM arrow")
        yield peer


@pytest.fixture(name="connection", scope="module")
def _connection(rows: pa.Table) -> Iterator[gpudb.Connection]:
    with gpudb.connect(threads=2, morsel_rows=8192, chunk_rows=16_384) as connection:
        connection.cursor().adbc_ingest("r", rows)
        yield connection


@pytest.fixture(name="_tight")
def _make_tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small arrays count, too, and small tables of groups be dealt."""
    monkeypatch.setattr(buffers, "LEAST_BYTES", 1 << 12)
    monkeypatch.setattr(buffers, "LEAST_ZEROS_BYTES", 1 << 12)
    monkeypatch.setattr(hashed, "LARGEST_TABLE_BYTES", 1 << 16)
    monkeypatch.setattr(hashed, "BLOCK_BYTES", 1 << 18)


@pytest.mark.usefixtures("_tight")
@pytest.mark.parametrize("name", QUERIES)
def test_answers_are_the_same(
    name: str, connection: gpudb.Connection, peer: duckdb.DuckDBPyConnection
) -> None:
    query, is_ordered = QUERIES[name], " ORDER BY " in QUERIES[name] and "OVER" not in QUERIES[name]
    connection.execute("SET memory_limit = '1 GiB'")
    before = BUFFERS.spilled_bytes
    in_memory = connection.execute(query).fetchall()
    assert BUFFERS.spilled_bytes == before
    connection.execute(f"SET memory_limit = '{LIMIT}'")
    on_disk = connection.execute(query).fetchall()
    assert BUFFERS.spilled_bytes > before, "nothing went to disk"
    assert find_difference(on_disk, in_memory, is_ordered=is_ordered) is None
    theirs = peer.execute(query).fetchall()
    assert find_difference(on_disk, theirs, is_ordered=is_ordered) is None


@pytest.mark.usefixtures("_tight")
def test_the_profile_says_what_went_to_disk(connection: gpudb.Connection) -> None:
    query = f"EXPLAIN ANALYZE {QUERIES['sort']}"

    def said() -> str:
        return "\n".join(row[0] for row in connection.execute(query).fetchall())

    connection.execute("SET memory_limit = '1 GiB'")
    assert "on disk" not in said()
    connection.execute(f"SET memory_limit = '{LIMIT}'")
    assert "bytes of arrays" in said().split("  on disk     ")[1]


@pytest.mark.usefixtures("_tight")
def test_a_full_disk_ends_the_query_only(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the first array fails, or one in the middle of the kernel's run."""
    reserve, left = os.posix_fallocate, [0]

    def full_soon(file: int, begin: int, size: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        reserve(file, begin, size)

    connection.execute(f"SET memory_limit = '{LIMIT}'")
    answer = connection.execute(QUERIES["hashed groups"]).fetchall()
    for allowed in (0, 1, 3, 6):
        BUFFERS.clear()
        left[0] = allowed
        with monkeypatch.context() as context:
            context.setattr(os, "posix_fallocate", full_soon)
            for name in ("hashed groups", "sort", "frames"):
                with pytest.raises(gpudb.OperationalError, match="No space left") as caught:
                    connection.execute(QUERIES[name])
                assert "temp_directory" in str(caught.value)
        del caught
    again = connection.execute(QUERIES["hashed groups"]).fetchall()
    assert find_difference(again, answer, is_ordered=False) is None


@pytest.mark.usefixtures("_tight")
def test_files_go_with_what_they_hold(connection: gpudb.Connection) -> None:
    connection.execute(f"SET memory_limit = '{LIMIT}'")
    table = connection.execute(QUERIES["sort"]).fetch_arrow_table()
    held = BUFFERS.file_bytes
    first = table.slice(0, 3).to_pylist()
    connection.execute(QUERIES["hashed groups"]).fetchall()
    assert table.slice(0, 3).to_pylist() == first, "what a user holds is never written to"
    del table
    assert BUFFERS.file_bytes < held
    BUFFERS.clear()
    assert BUFFERS.file_bytes == 0
    assert BUFFERS.idle_bytes == 0


@pytest.mark.usefixtures("_tight")
def test_a_cancelled_query_leaves_no_file(connection: gpudb.Connection) -> None:
    connection.execute(f"SET memory_limit = '{LIMIT}'")
    cursor = connection.cursor()
    seen = BUFFERS.spilled_bytes
    query = "SELECT count(*) FROM (SELECT a.w, b.k FROM r a JOIN r b ON a.b = b.b ORDER BY 1, 2)"

    def cancel_once_on_disk() -> None:
        while BUFFERS.spilled_bytes == seen:
            pass
        cursor.cancel()

    thread = threading.Thread(target=cancel_once_on_disk)
    thread.start()
    with pytest.raises(gpudb.QueryCancelled):
        cursor.execute(query)
    thread.join()
    # The thread behind it is left at once, and ends soon.
    until = time.monotonic() + 10
    while BUFFERS.file_bytes and time.monotonic() < until:
        time.sleep(0.01)
    assert BUFFERS.file_bytes == 0


@pytest.mark.usefixtures("_tight")
def test_two_connections_share_the_disk(rows: pa.Table) -> None:
    found: dict[int, object] = {}

    def run(number: int) -> None:
        with gpudb.connect(memory_limit=LIMIT, threads=1) as connection:
            connection.cursor().adbc_ingest("r", rows.slice(number * 1000))
            query = "SELECT count(*), sum(n), sum(s) FROM (SELECT k, t, count(*) n, sum(w) s"
            for _ in range(3):
                grouped = connection.execute(f"{query} FROM r GROUP BY k, t) AS q").fetchall()
            found[number] = grouped[0][1:]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    w = rows["w"].to_numpy()
    assert found == {n: (ROWS - 1000 * n, int(w[1000 * n :].sum())) for n in range(3)}
