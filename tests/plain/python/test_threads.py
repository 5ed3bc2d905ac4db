"""Thread safety 2: threads that share one connection, each with cursors of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

import gpudb

LOADS = 12
LOAD_ROWS = 1000


@pytest.fixture
def shared() -> Iterator[gpudb.Connection]:
    with gpudb.connect(threads=2) as connection:
        connection.execute("CREATE TABLE t (load_id INTEGER, n BIGINT)")
        yield connection


def load(connection: gpudb.Connection, first: int) -> int:
    """Append one load by each of the two ways, a frame and rows; return how many."""
    cursor = connection.cursor()
    for load_id in range(first, LOADS, 2):
        if load_id % 4 < 2:
            ids = pa.array([load_id] * LOAD_ROWS, pa.int32())
            frame = pa.table({"load_id": ids, "n": pa.array(range(LOAD_ROWS))})
            cursor.adbc_ingest("t", frame, mode="append")
        else:
            rows = [(load_id, n) for n in range(LOAD_ROWS)]
            cursor.executemany("INSERT INTO t VALUES (?, ?)", rows)
    return len(range(first, LOADS, 2))


def watch(connection: gpudb.Connection, is_over: threading.Event) -> list[int]:
    """Query until `is_over`; return the numbers of rows seen. Every load must be seen whole."""
    seen = []
    cursor = connection.cursor()
    while True:
        last = is_over.is_set()
        cursor.execute("SELECT count(*), count(DISTINCT load_id), sum(n) FROM t")
        rows, loads, total = cursor.fetchall()[0]
        assert rows == loads * LOAD_ROWS
        assert (total or 0) == loads * LOAD_ROWS * (LOAD_ROWS - 1) // 2
        seen.append(rows)
        if last:
            return seen


def test_threads_query_and_load_together(shared: gpudb.Connection) -> None:
    is_over = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        watchers = [pool.submit(watch, shared, is_over) for _ in range(2)]
        loaders = [pool.submit(load, shared, first) for first in range(2)]
        try:
            assert sum(loader.result(60) for loader in loaders) == LOADS
        finally:
            is_over.set()
        for watcher in watchers:
            seen = watcher.result(60)
            assert seen == sorted(seen)
            assert seen[-1] == LOADS * LOAD_ROWS


def test_threads_keep_their_own_results(shared: gpudb.Connection) -> None:
    def count_to(last: int) -> bool:
        cursor = shared.cursor()
        for _ in range(5):
            cursor.execute("SELECT CAST(? AS INTEGER) + 1 AS n", [last])
            if cursor.fetchall() != [(last + 1,)]:
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(count_to, range(40)))
