"""Many small rows through an appender."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal

import pytest

import gpudb


@pytest.fixture
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE t (n INTEGER NOT NULL, price DECIMAL(9, 2), at TIMESTAMP)")
        yield connection


def count(connection: gpudb.Connection) -> int:
    rows = connection.execute("SELECT count(*) FROM t").fetchall()
    assert isinstance(rows[0][0], int)
    return rows[0][0]


def test_rows_are_stored_many_at_a_time(connection: gpudb.Connection) -> None:
    moment = datetime.datetime(2024, 1, 2, 3, 4, 5, 6)
    with connection.appender("T", batch_rows=10) as appender:
        for n in range(25):
            appender.append_row(n, Decimal("1.25"), moment)
        assert (count(connection), appender.row_count) == (20, 20)
        appender.append({"n": 25})
        appender.flush()
        assert count(connection) == 26
        appender.append([26, None, None])
    assert appender.row_count == count(connection) == 27
    first, last = connection.execute("SELECT * FROM t WHERE n IN (0, 26)").fetchall()
    assert first == (0, Decimal("1.25"), moment)
    assert last == (26, None, None)


def test_an_error_inside_drops_what_is_not_stored(connection: gpudb.Connection) -> None:
    with pytest.raises(KeyError), connection.appender("t", batch_rows=2) as appender:
        for n in range(3):
            appender.append_row(n, None, None)
        raise KeyError
    assert count(connection) == 2


def test_rows_that_do_not_fit(connection: gpudb.Connection) -> None:
    appender = connection.appender("t")
    with pytest.raises(gpudb.InterfaceError, match="the row has 2 values and the table 3 columns"):
        appender.append_row(1, 2)
    with pytest.raises(gpudb.InterfaceError, match="no column 'm'"):
        appender.append({"n": 1, "m": 2})
    appender.append_row(1, None, None)
    appender.append_row(None, None, None)
    with pytest.raises(gpudb.Error, match="n"):
        appender.flush()
    assert count(connection) == 0
    appender.close()
    with pytest.raises(gpudb.InterfaceError, match="the appender is closed"):
        appender.append_row(1, None, None)
    with pytest.raises(gpudb.InterfaceError, match="batch_rows must be at least 1"):
        connection.appender("t", batch_rows=0)
    with pytest.raises(gpudb.ProgrammingError, match="did you mean 't'"):
        connection.appender("tt")
