"""Morsels that follow one another run by one call: answers, errors and pauses are as of each."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from unittest.mock import patch

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.compiler.language import Entry, Pointer, Program, ValueType
from gpudb.compiler.machine_code import BoundCall
from gpudb.compiler.native import compile_program
from gpudb.compiler.several import SEVERAL
from gpudb.devices.cpu import CpuDevice, Dealt, joined
from gpudb.devices.device import Morsel
from gpudb.kernels.worker_run import SeveralRun

CHUNKS, CHUNK_ROWS = 40, 1000
ROWS = CHUNKS * CHUNK_ROWS

# Adds numbers up, and stops before a negative one.
TEXT = """
def add(first, end, numbers, total):
    for row in range(first, end):
        if numbers[row] < 0:
            return row
        total[0] += numbers[row]
    return end
"""
INT, NUMBERS = ValueType.INT, Pointer("int64")
PARAMETERS = (("first", INT), ("end", INT), ("numbers", NUMBERS), ("total", NUMBERS))
PROGRAM = Program(TEXT, "", (Entry("add", PARAMETERS),))


def bound_calls(*pieces: list[int]) -> tuple[list[BoundCall], np.ndarray]:
    """Return the call of each piece, and where they add up."""
    compiled, total = compile_program(PROGRAM), np.zeros(1, np.int64)
    calls = [compiled.bind("add", [np.array(piece, np.int64), total]) for piece in pieces]
    return [call for call in calls if isinstance(call, BoundCall)], total


def test_ranges_have_arguments_of_their_own() -> None:
    calls, total = bound_calls([1, 2, 3], [10, 20, 30])
    ranges = [(0, 0, 2), (0, 2, 3), (1, 1, 3), (1, 0, 0)]
    assert calls[0].several(compile_program(SEVERAL), calls, ranges) == (4, 0)
    assert total[0] == 6 + 50


def test_a_call_that_stops_is_the_last() -> None:
    calls, total = bound_calls([1, 2, 3], [10, -1, 30])
    ranges = [(0, 0, 3), (1, 0, 3), (0, 0, 3)]
    assert calls[0].several(compile_program(SEVERAL), calls, ranges) == (1, 1)
    assert total[0] == 6 + 10


@pytest.mark.parametrize("rows", [0, 10, 25, 1000])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_morsels_are_dealt_once_and_in_order(rows: int, workers: int) -> None:
    morsels = [Morsel(n, n // 3, 10 * n, 10 * n + 10) for n in range(100)]
    dealt = Dealt(morsels, workers)
    taken = list(iter(lambda: list(dealt.take(rows)), []))
    assert [m for some in taken for m in some] == morsels
    sizes = [len(some) for some in taken]
    # The fewer are left, the fewer are taken, so that all end at once.
    assert all(size >= after for size, after in pairwise(sizes))
    assert sizes[0] == max(1, min(rows // 10, 100 // (2 * workers)))


def test_what_is_left_is_as_few_morsels_as_chunks() -> None:
    morsels = [Morsel(n, n // 3, 10 * (n % 3), 10 * (n % 3) + 10) for n in range(7)]
    dealt = Dealt(morsels, 2)
    dealt.take(0)
    assert joined(dealt.take_rest()) == [Morsel(1, 0, 10, 30), Morsel(3, 1, 0, 30), morsels[6]]
    assert not dealt.take_rest() and not dealt.take(10)
    apart = [Morsel(0, 0, 0, 10), Morsel(1, 0, 20, 30)]
    assert joined(apart) == apart


@pytest.fixture(params=[1, 2])
def connection(request: pytest.FixtureRequest) -> Iterator[gpudb.Connection]:
    """A connection to a table of many chunks, `t`, whose rows are numbered."""
    number = np.arange(ROWS)
    frame = pa.table({"n": number, "few": number % 7, "text": [f"x{n % 11}" for n in number]})
    # Two threads take part however soon one would be done.
    with (
        patch("gpudb.devices.cpu.WAKING_SECONDS", 0.0),
        gpudb.connect(threads=request.param, chunk_rows=CHUNK_ROWS) as made,
    ):
        made.register("frame", frame)
        made.execute("CREATE TABLE t AS SELECT * FROM frame")
        yield made


QUESTIONS = [
    "SELECT count(*), sum(n), min(n), max(text) FROM t WHERE few < 3",
    "SELECT few, count(*), sum(n) FROM t GROUP BY few ORDER BY few",
    "SELECT text, few, count(*) FROM t GROUP BY text, few ORDER BY text, few",
    # Tables of groups that grow, and buffers that are renewed.
    "SELECT n * 7919 % 20011, count(*), sum(n) FROM t GROUP BY 1 ORDER BY 1",
    "SELECT n, few FROM t WHERE few <> 2",
    "SELECT a.n, b.few FROM t a JOIN t b ON a.n = b.n + 5 WHERE a.few = 1 ORDER BY a.n",
    "SELECT sum(a.n) FROM t a JOIN (SELECT few, n FROM t WHERE n < 200) b ON a.few = b.few",
    "SELECT count(*) FROM (SELECT DISTINCT n % 10007 FROM t) v",
    "SELECT n FROM t WHERE few = 3 LIMIT 5000",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_are_those_of_single_morsels(connection: gpudb.Connection, question: str) -> None:
    number = np.arange(ROWS)
    frame = pa.table({"n": number, "few": number % 7, "text": [f"x{n % 11}" for n in number]})
    peer = duckdb.connect()
    peer.register("t", frame)
    together = SeveralRun._run_together
    taken: list[int] = []

    def watched(run: SeveralRun, morsels: list[Morsel]) -> int:
        taken.append(together(run, morsels))
        return taken[-1]

    with patch.object(SeveralRun, "_run_together", watched):
        found = connection.execute(question).fetchall()
    expected = peer.execute(question).fetchall()
    if "LIMIT" in question:
        # Which rows is open; each is looked at, since enough of them end the query.
        assert len(set(found)) == len(expected)
        assert all(n % 7 == 3 for (n,) in found)
        return
    # Rows without an order come as they are stored.
    assert found == expected
    assert max(taken) > 1


@pytest.mark.parametrize("seconds", [0.0, 1e-6, 1.0])
def test_few_rows_wake_nobody_where_they_are_done_before(seconds: float) -> None:
    device = CpuDevice(2)
    taken: list[Morsel] = []
    threads = set()

    class Worker:
        most_rows = 1 << 20

        def __call__(self, morsel: Morsel) -> None:
            taken.append(morsel)
            threads.add(threading.current_thread())

        def run_some(self, morsels: Sequence[Morsel]) -> None:
            for morsel in morsels:
                self(morsel)

        def timed(self, morsel: Morsel) -> float:
            self(morsel)
            return seconds

    morsels = [Morsel(n, 0, 20_000 * n, 20_000 * n + 20_000) for n in range(8)]
    with patch.object(device._threads, "submit", wraps=device._threads.submit) as submit:
        device.run(morsels, Worker, threading.Event())
    # What is guessed of the rows that are left decides: here nine times those of the first look.
    assert submit.called == (seconds == 1.0)
    rows = sorted(row for m in taken for row in (m.first, m.end))
    assert rows[0] == 0
    assert rows[1:-1:2] == rows[2::2]
    assert rows[-1] == 160_000
    assert len(threads) == 1 or submit.called
    device.close()


def test_the_error_of_a_row_behind_others_is_placed(connection: gpudb.Connection) -> None:
    text = f"SELECT sum(1000 / (n - {ROWS // 2})) FROM t"
    with pytest.raises(gpudb.Error, match="division by zero") as caught:
        connection.execute(text)
    assert text[caught.value.begin : caught.value.end].startswith("1000 / (n")
    assert connection.execute("SELECT count(*) FROM t").fetchall() == [(ROWS,)]


def test_a_query_that_is_cancelled_runs_no_further(connection: gpudb.Connection) -> None:
    cancel = threading.Event()
    bind = SeveralRun._bind_together

    def cancelled(run: SeveralRun, morsels: list[Morsel]) -> object:
        cancel.set()
        return bind(run, morsels)

    with (
        patch.object(SeveralRun, "_bind_together", cancelled),
        pytest.raises(gpudb.errors.QueryCancelled),
    ):
        connection.run("SELECT sum(n) FROM t WHERE few < 3", None, cancel=cancel)


def test_columns_of_many_chunks_are_not_held_at_once(connection: gpudb.Connection) -> None:
    with patch("gpudb.kernels.worker_run.CACHE") as cache:
        cache.memory_limit = 0
        found = connection.execute("SELECT sum(n), count(*) FROM t WHERE few < 3").fetchall()
    passing = np.arange(ROWS)[np.arange(ROWS) % 7 < 3]
    assert found == [(int(passing.sum()), len(passing))]
