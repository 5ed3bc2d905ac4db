"""Connections: scripts, parameters, places of errors, transactions, threads, cancelling, Ctrl-C."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import gpudb
from gpudb.connection import Connection
from gpudb.cursor import Cursor
from gpudb.settings import Settings
from gpudb.storage.catalog import Database
from tests.plain.python.fakes import FakeEngine

STOP_SECONDS = 0.2


def test_statements_run_in_turn(connection: Connection, engine: FakeEngine) -> None:
    rows = connection.execute("WRITE 1; COUNT 2;\n COUNT 1;").fetchall()
    assert rows == [(0, "n0")]
    assert [text for text, _ in engine.ran] == ["WRITE 1", "COUNT 2", "COUNT 1"]


def test_an_error_stops_the_script(connection: Connection, engine: FakeEngine) -> None:
    with pytest.raises(gpudb.ProgrammingError):
        connection.execute("COUNT 1; BAD; COUNT 2")
    assert [text for text, _ in engine.ran] == ["COUNT 1", "BAD"]


@pytest.mark.parametrize("text", ["", "  ", ";;"])
def test_nothing_to_run(text: str, connection: Connection) -> None:
    with pytest.raises(gpudb.ProgrammingError, match="there is no statement"):
        connection.execute(text)


def test_errors_are_placed_in_the_whole_text(connection: Connection) -> None:
    with pytest.raises(gpudb.ProgrammingError) as raised:
        connection.execute("COUNT 1;\nCOUNT 2;  BAD 3")
    place = raised.value.place
    assert place is not None
    assert (place.line, place.column) == (2, 11)
    shown = "line 2, column 11: COUNT 2;  BAD 3"
    assert str(raised.value).splitlines()[1:] == [shown, " " * shown.index("BAD") + "^^^"]


def test_parameters_reach_the_engine(connection: Connection, engine: FakeEngine) -> None:
    connection.execute("COUNT 1", [1, None])
    connection.execute("COUNT 1", {"n": 1})
    connection.execute("COUNT 1", ())
    assert [parameters for _, parameters in engine.ran] == [[1, None], {"n": 1}, ()]


def test_parameters_belong_to_one_statement(connection: Connection, engine: FakeEngine) -> None:
    with pytest.raises(gpudb.InterfaceError, match="the text holds 2"):
        connection.execute("COUNT 1; COUNT 2", (1,))
    assert engine.ran == []


@pytest.mark.parametrize("parameters", ["abc", b"abc", 5, {1, 2}])
def test_parameters_of_another_kind(parameters: object, connection: Connection) -> None:
    with pytest.raises(gpudb.InterfaceError, match="parameters are a sequence") as raised:
        connection.execute("COUNT 1", parameters)  # type: ignore[arg-type]
    assert str(raised.value).endswith(f"this is of type {type(parameters).__name__}")


def test_commit_and_rollback(connection: Connection) -> None:
    assert connection.autocommit
    connection.execute("COUNT 3")
    connection.rollback()
    connection.execute("WRITE 0")
    connection.rollback()
    connection.execute("WRITE 2")
    connection.commit()
    connection.rollback()
    connection.execute("WRITE 2")
    with pytest.raises(gpudb.NotSupportedError, match="every statement commits by itself"):
        connection.rollback()
    connection.rollback()


def test_closed_connection(engine: FakeEngine) -> None:
    with Connection(engine, Database.open(None), Settings()) as connection:
        cursor = connection.execute("COUNT 2")
    assert engine.is_closed
    uses: list[Callable[[], object]] = [
        connection.cursor,
        connection.commit,
        connection.rollback,
        connection.__enter__,
        lambda: connection.execute("COUNT 1"),
        cursor.fetchone,
        lambda: cursor.execute("COUNT 1"),
        connection.close,
    ]
    for use in uses:
        with pytest.raises(gpudb.InterfaceError, match="the connection is closed"):
            use()


def test_closing_inside_with(engine: FakeEngine) -> None:
    with Connection(engine, Database.open(None), Settings()) as connection:
        connection.close()
    assert engine.is_closed


def test_exceptions_are_attributes(connection: Connection) -> None:
    for name in (
        "Warning",
        "Error",
        "InterfaceError",
        "DatabaseError",
        "DataError",
        "OperationalError",
        "IntegrityError",
        "InternalError",
        "ProgrammingError",
        "NotSupportedError",
    ):
        assert getattr(connection, name) is getattr(gpudb, name)


def test_progress_is_passed_on(connection: Connection) -> None:
    seen = []
    connection.on_progress = lambda *progress: seen.append(progress)
    connection.execute("WRITE 5")
    assert seen == [(5, None, 40, None)]


def test_threads_share_a_connection(connection: Connection) -> None:
    def fetch(row_count: int) -> int:
        return len(connection.execute(f"COUNT {row_count}").fetchall())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fetch, range(40))) == list(range(40))


def waiting(cursor: Cursor) -> float:
    """Run WAIT; return when it was stopped."""
    with pytest.raises(gpudb.QueryCancelled):
        cursor.execute("WAIT")
    return time.monotonic()


def test_cancel_from_another_thread(connection: Connection, engine: FakeEngine) -> None:
    cursor = connection.cursor()
    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(waiting, cursor)
        assert engine.started.wait(5)
        cancelled = time.monotonic()
        cursor.cancel()
        assert stopped.result(5) - cancelled < STOP_SECONDS
    assert cursor.execute("COUNT 1").fetchall() == [(0, "n0")]


def test_cancel_of_a_query_that_waits_its_turn(connection: Connection, engine: FakeEngine) -> None:
    first, second = connection.cursor(), connection.cursor()
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(waiting, first)
        assert engine.started.wait(5)
        queued = pool.submit(waiting, second)
        while not queued.running():
            time.sleep(0.001)
        time.sleep(0.02)
        second.cancel()
        queued.result(5)
        assert not running.done()
        first.cancel()
        running.result(5)
    assert [text for text, _ in engine.ran] == ["WAIT"]


def test_cancel_when_nothing_runs(connection: Connection) -> None:
    cursor = connection.cursor()
    cursor.cancel()
    assert len(cursor.execute("COUNT 3").fetchall()) == 3
    cursor.cancel()


def test_close_stops_what_runs(engine: FakeEngine) -> None:
    connection = Connection(engine, Database.open(None), Settings())
    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(waiting, connection.cursor())
        assert engine.started.wait(5)
        connection.close()
        stopped.result(5)
    assert engine.is_closed


def press_ctrl_c(engine: FakeEngine, pressed: list[float]) -> None:
    assert engine.started.wait(5)
    pressed.append(time.monotonic())
    _thread.interrupt_main()


@pytest.fixture(name="heard")
def _heard() -> Iterator[None]:
    """Have this process hear Ctrl-C, which shells let jobs in the background ignore."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.mark.usefixtures("heard")
def test_ctrl_c_stops_the_query(connection: Connection, engine: FakeEngine) -> None:
    pressed: list[float] = []
    thread = threading.Thread(target=press_ctrl_c, args=(engine, pressed))
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        connection.execute("WAIT")
    assert time.monotonic() - pressed[0] < STOP_SECONDS
    thread.join()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert connection.execute("COUNT 1").fetchall() == [(0, "n0")]


def test_ctrl_c_with_a_handler_of_the_program(connection: Connection, engine: FakeEngine) -> None:
    def handler(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGINT, handler)
    thread = threading.Thread(target=press_ctrl_c, args=(engine, []))
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            connection.execute("WAIT")
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, previous)
        thread.join()
    assert connection.execute("COUNT 1").fetchall() == [(0, "n0")]
