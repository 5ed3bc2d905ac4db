"""Which queries run in their caller's thread, and that errors and answers come all the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

import gpudb
import gpudb.session
from gpudb.devices.cpu import CpuDevice
from gpudb.devices.device import Morsel
from gpudb.errors import QueryCancelled
from gpudb.stoppable import stoppable

BRIEF = [
    "SELECT 1 + 1",
    "SELECT sum(i), avg(i) FROM t WHERE i > 5",
    "SELECT s, count(*) FROM t WHERE s <> 'a' GROUP BY s ORDER BY count(*) LIMIT 3",
    "SELECT i FROM t ORDER BY i DESC LIMIT 2",
]
NOT_BRIEF = [
    "SELECT s FROM t ORDER BY s LIMIT 2",
    "SELECT count(*) FROM t WHERE s LIKE '%a%'",
    "SELECT upper(s) FROM t",
    "SELECT max(s) FROM t",
    "SELECT CAST(s AS INTEGER) FROM t WHERE s = '1'",
    "SELECT count(*) FROM t AS a JOIN t AS b ON a.i = b.i",
    "SELECT sum(n) FROM generate_series(1, 10) AS g(n)",
    "SELECT i, row_number() OVER (ORDER BY i) FROM t",
]


@pytest.fixture(scope="module")
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect(threads=2) as made:
        made.execute(
            "CREATE TABLE t AS SELECT CAST(n AS INTEGER) AS i, CAST(n % 3 AS TEXT) AS s"
            " FROM generate_series(1, 70000) AS g(n)"
        )
        yield made


@pytest.mark.parametrize("query", [*BRIEF, *NOT_BRIEF])
def test_brief_queries_start_no_thread(
    connection: gpudb.Connection, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def noted(*arguments: object) -> object:
        started.append(query)
        return stoppable(*arguments)  # type: ignore[arg-type]

    wanted = connection.execute(query).fetchall()
    monkeypatch.setattr(gpudb.session, "stoppable", noted)
    assert connection.execute(query).fetchall() == wanted
    assert bool(started) is (query in NOT_BRIEF)


def test_an_error_in_a_brief_query_has_its_place(connection: gpudb.Connection) -> None:
    with pytest.raises(gpudb.DataError, match="division by zero") as caught:
        connection.execute("SELECT sum(1 / (i - 7)) FROM t").fetchall()
    assert caught.value.begin == 11
    assert connection.execute("SELECT count(i) FROM t").fetchall() == [(70_000,)]


@pytest.mark.parametrize("failing", range(4))
def test_one_workers_error_ends_the_others(failing: int) -> None:
    device = CpuDevice(3)
    done: list[int] = []

    def work(morsel: Morsel) -> None:
        if morsel.order == failing:
            raise ValueError(f"morsel {failing}")
        done.append(morsel.order)

    morsels = [Morsel(order, 0, order, order + 1) for order in range(4)]
    with pytest.raises(ValueError, match=f"morsel {failing}"):
        device.run(morsels, lambda: work, threading.Event())
    device.run(morsels[:failing], lambda: work, threading.Event())
    device.close()
    assert failing not in done


def test_a_cancelled_run_says_so() -> None:
    device, cancel = CpuDevice(2), threading.Event()
    morsels = [Morsel(order, 0, order, order + 1) for order in range(8)]

    def work(morsel: Morsel) -> None:
        cancel.set()

    with pytest.raises(QueryCancelled):
        device.run(morsels, lambda: work, cancel)
    device.close()
