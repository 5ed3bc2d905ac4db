"""Memory of large arrays is used again, but never while anything refers to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels import buffers as buffers_module
from gpudb.kernels.buffers import BUFFERS, LEAST_BYTES, LEAST_ZEROS_BYTES, Buffers
from gpudb.storage.extents import IDLE_QUERIES

COUNT = LEAST_BYTES // 8 + 100


def test_memory_comes_back_with_the_last_reference() -> None:
    buffers = Buffers(1 << 30)
    array = buffers.empty(COUNT)
    array[:] = 7
    page = array.ctypes.data >> 12
    view = array[100:200].view(np.float64)
    arrow = pa.Array.from_buffers(pa.int64(), 10, [None, pa.py_buffer(array[5:15])])
    del array
    assert buffers.idle_bytes == 0
    del view
    assert buffers.empty(COUNT).ctypes.data >> 12 != page
    assert arrow.to_pylist() == [7] * 10
    del arrow
    again = buffers.empty(COUNT)
    assert again.ctypes.data >> 12 == page


def test_zeros_are_zero_in_used_memory() -> None:
    buffers = Buffers(1 << 30)
    count = LEAST_ZEROS_BYTES // 8 + 100
    buffers.empty(count)[:] = -1
    assert buffers.idle_bytes >= LEAST_ZEROS_BYTES
    zeros = buffers.zeros(count - 3, np.int64)
    assert buffers.idle_bytes == 0
    assert len(zeros) == count - 3
    assert not zeros.any()
    small = buffers.zeros(3, np.int32)
    assert small.tolist() == [0, 0, 0]
    assert small.base is None


def test_memory_that_queries_have_no_use_for_goes() -> None:
    buffers = Buffers(1 << 30)
    buffers.empty(COUNT)
    buffers.empty(3 * COUNT)
    both = buffers.idle_bytes
    for _ in range(2 * IDLE_QUERIES):
        buffers.begin_query(1 << 30)
        buffers.empty(3 * COUNT)
        assert buffers.idle_bytes >= 8 * 3 * COUNT, "which each query uses"
    buffers.begin_query(1 << 30)
    assert 8 * 3 * COUNT <= buffers.idle_bytes <= both - 8 * COUNT
    buffers.begin_query(8 * COUNT)
    assert buffers.idle_bytes <= 8 * COUNT


def test_elements_are_repeated() -> None:
    buffers = Buffers(1 << 30)
    pattern = np.array([5, -1, 7], np.int64)
    for count in (0, 2, 3, 10, 3 * COUNT + 1):
        assert np.array_equal(buffers.repeated(pattern, count), np.resize(pattern, count))


def test_parts_are_joined_in_one_type() -> None:
    parts: list[np.ndarray] = [np.arange(COUNT, dtype=np.int32), np.arange(5, dtype=np.int64)]
    joined = Buffers(1 << 30).joined(parts)
    assert joined.dtype == np.int64
    assert joined.tolist() == [*range(COUNT), *range(5)]


def test_idle_memory_is_bounded() -> None:
    buffers = Buffers(3 * LEAST_BYTES)
    arrays = [buffers.empty(COUNT) for _ in range(5)]
    while arrays:
        arrays.pop(0)
    idle = buffers.idle_bytes
    assert 2 * LEAST_BYTES < idle <= 3 * LEAST_BYTES
    held = buffers.empty(COUNT)
    assert idle - buffers.idle_bytes >= held.nbytes, "of which the next array is"
    del held
    buffers.keep_at_most(2 * LEAST_BYTES)
    assert 0 < buffers.idle_bytes <= 2 * LEAST_BYTES
    buffers.clear()
    assert buffers.idle_bytes == 0
    buffers.empty(COUNT)[:] = 0
    assert buffers.idle_bytes > 0, "the limit is as it was"


def waits(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes about soon."""
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


def test_all_idle_memory_goes_at_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffers_module, "PAUSE_SECONDS", 0.05)
    buffers = Buffers(1 << 30)
    others = set(threading.enumerate())

    def watchers() -> int:
        return len(set(threading.enumerate()) - others)

    kept = buffers.empty(COUNT)
    kept[:] = 7
    buffers.empty(3 * COUNT)
    assert watchers() == 1
    assert waits(lambda: buffers.idle_bytes == 0)
    # What is given out then goes after the pause in which it came back.
    assert watchers() == 1
    assert (kept == 7).all()
    del kept
    assert waits(lambda: watchers() == 0)
    assert buffers.idle_bytes == 0
    buffers.empty(COUNT)
    assert waits(lambda: watchers() == 0)
    assert buffers.idle_bytes == 0


def test_memory_stays_while_arrays_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffers_module, "PAUSE_SECONDS", 5.0)
    buffers = Buffers(1 << 30)
    buffers.empty(COUNT)[:] = 1
    time.sleep(0.1)
    assert buffers.idle_bytes > 0


def test_what_small_arrays_leave_serves_a_large_one() -> None:
    buffers = Buffers(1 << 30)
    arrays = [buffers.empty(COUNT) for _ in range(8)]
    kept = arrays.pop(3)
    kept[:] = 3
    del arrays
    idle = buffers.idle_bytes
    large = buffers.empty(4 * COUNT)
    assert buffers.idle_bytes <= idle - large.nbytes
    large[:] = 5
    between = buffers.empty(3 * COUNT)
    between[:] = 6
    assert buffers.idle_bytes < 8 * COUNT
    assert (kept == 3).all()
    assert (large == 5).all()


def test_arrays_of_all_sizes_are_apart() -> None:
    random, buffers = np.random.default_rng(7), Buffers(1 << 24)
    held: dict[int, np.ndarray] = {}
    for number in range(120):
        size = int(random.integers(1 << 15, 1 << 18))
        array = buffers.zeros(1 << 22) if number % 40 == 0 else buffers.empty(size)
        assert number % 40 or not array.any()
        array[:] = number
        held[number] = array
        for old in random.choice(list(held), min(len(held) - 1, 3), replace=False).tolist():
            if len(held) > 12:
                assert (held.pop(old) == old).all()
    assert all((array == number).all() for number, array in held.items())
    del array
    held.clear()
    assert 0 < buffers.idle_bytes <= 1 << 24
    buffers.clear()
    assert not buffers._memory.fresh_bytes, "regions without an array go"


def test_a_limit_that_falls_leaves_nothing_to_count_on() -> None:
    buffers = Buffers(1 << 30)
    buffers.empty(9 * COUNT)
    for limit in (*[1 << 30] * (IDLE_QUERIES + 1), 8 * COUNT, 0, *[1 << 30] * (2 * IDLE_QUERIES)):
        buffers.begin_query(limit)
        assert buffers.idle_bytes <= limit
    assert buffers.idle_bytes == 0


def test_threads_share_no_memory() -> None:
    buffers = Buffers(1 << 26)
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(50):
            array = buffers.empty(COUNT)
            array[:] = number
            if not (array == number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_results_outlive_the_queries_behind_them() -> None:
    with gpudb.connect(threads=2) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT CAST(i AS BIGINT) AS i,"
            " CAST(i AS BIGINT) * 10007 % 100003 AS k"
            " FROM generate_series(1, 300000) AS g(i)"
        )
        query = "SELECT k * 1000003 AS k, count(*) AS n, sum(i) AS s FROM t GROUP BY 1"
        first = connection.execute(query).fetch_arrow_table()
        kept = first.sort_by("k").to_pylist()
        for factor in (2, 3, 5):
            connection.execute(f"SELECT k * {factor} AS k, i FROM t WHERE i > 5").fetchall()
            connection.execute(f"SELECT i * {factor}000003, count(*) FROM t GROUP BY 1").fetchall()
        assert first.sort_by("k").to_pylist() == kept
        del first
        connection.execute("SET memory_limit = '64MB'")
        connection.execute("SELECT count(*) FROM t").fetchall()
        assert BUFFERS.idle_bytes <= 8 << 20
    assert BUFFERS.idle_bytes == 0
