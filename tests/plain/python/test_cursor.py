"""Cursors: fetching in every form, descriptions, counts, and use after close."""

from __future__ import annotations

import pyarrow as pa
import pytest

import gpudb
from gpudb.connection import Connection
from gpudb.rows import Row
from gpudb.storage.types import DATE, decimal, timestamp
from tests.plain.python.fakes import NO_ROWS, FakeAnswer, FakeColumn, FakeEngine, counting

FIVE: list[Row] = [(0, "n0"), (1, "n1"), (2, None), (3, "n3"), (4, "n4")]


def test_fetchone_until_none(connection: Connection) -> None:
    cursor = connection.cursor().execute("COUNT 5")
    assert [cursor.fetchone() for _ in range(6)] == [*FIVE, None]
    assert cursor.fetchone() is None


def test_fetchmany_crosses_batches(connection: Connection) -> None:
    cursor = connection.execute("COUNT 5")
    assert cursor.fetchmany(3) == FIVE[:3]
    assert cursor.fetchmany(3) == FIVE[3:]
    assert cursor.fetchmany(3) == []


def test_fetchmany_takes_arraysize(connection: Connection) -> None:
    cursor = connection.execute("COUNT 5")
    assert cursor.fetchmany() == FIVE[:1]
    cursor.arraysize = 2
    assert cursor.fetchmany() == FIVE[1:3]
    assert cursor.fetchmany(0) == []


def test_fetchall_takes_what_is_left(connection: Connection) -> None:
    cursor = connection.execute("COUNT 5")
    cursor.fetchone()
    assert cursor.fetchall() == FIVE[1:]
    assert cursor.fetchall() == []


def test_iteration(connection: Connection) -> None:
    cursor = connection.execute("COUNT 5")
    assert next(cursor) == FIVE[0]
    assert list(cursor) == FIVE[1:]


def test_rows_then_arrow(connection: Connection) -> None:
    cursor = connection.execute("COUNT 11")
    cursor.fetchmany(5)
    assert cursor.fetch_arrow_table().to_pydict()["number"] == [5, 6, 7, 8, 9, 10]
    assert cursor.fetch_arrow_table().num_rows == 0
    assert cursor.fetchall() == []


def test_windows_are_smaller_than_batches(
    connection: Connection, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpudb.rows.WINDOW_ROWS", 2)
    numbers = counting(7)
    engine.answers["one batch"] = FakeAnswer(numbers.data, numbers.columns, 7, batch_rows=7)
    cursor = connection.execute("one batch")
    assert [row[0] for row in cursor.fetchmany(3)] == [0, 1, 2]
    assert cursor.fetch_arrow_table().to_pydict()["number"] == [3, 4, 5, 6]
    assert [row[0] for row in connection.execute("one batch")] == list(range(7))


def test_arrow_of_an_empty_answer_has_the_columns(connection: Connection) -> None:
    table = connection.execute("COUNT 0").fetch_arrow_table()
    assert table.schema == pa.schema([("number", pa.int64()), ("name", pa.string())])
    assert table.num_rows == 0


def test_record_batches_keep_the_limit(connection: Connection) -> None:
    reader = connection.execute("COUNT 9").fetch_record_batch(3)
    assert isinstance(reader, pa.RecordBatchReader)
    sizes = [batch.num_rows for batch in reader]
    assert sum(sizes) == 9
    assert max(sizes) <= 3
    with pytest.raises(gpudb.InterfaceError, match="rows_per_batch must be at least 1, not 0"):
        connection.execute("COUNT 9").fetch_record_batch(0)


def test_frames(connection: Connection) -> None:
    frame = connection.execute("COUNT 3").fetch_df()
    assert frame["number"].tolist() == [0, 1, 2]
    assert frame["name"].isna().tolist() == [False, False, True]
    polars_frame = connection.execute("COUNT 3").fetch_polars()
    assert polars_frame.rows() == FIVE[:3]


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_frames_say_what_to_install(
    name: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, name, None)
    cursor = connection.execute("COUNT 3")
    fetch = cursor.fetch_df if name == "pandas" else cursor.fetch_polars
    with pytest.raises(gpudb.InterfaceError, match=f"pip install {name}"):
        fetch()
    assert cursor.fetchall() == FIVE[:3]


def test_description(connection: Connection, engine: FakeEngine) -> None:
    data = pa.table({"price": pa.array([], pa.decimal128(15, 2)), "at": [], "day": []})
    columns = (
        FakeColumn("price", decimal(15, 2)),
        FakeColumn("at", timestamp(3), nullable=False),
        FakeColumn("day", DATE),
    )
    engine.answers["typed"] = FakeAnswer(data, columns, 0)
    cursor = connection.cursor()
    assert cursor.description is None
    description = cursor.execute("typed").description
    assert description == [
        ("price", decimal(15, 2), None, None, 15, 2, True),
        ("at", timestamp(3), None, None, 3, None, False),
        ("day", DATE, None, None, None, None, True),
    ]
    assert [str(column[1]) for column in description] == ["DECIMAL(15,2)", "TIMESTAMP(3)", "DATE"]
    assert description[0][1] == gpudb.NUMBER
    assert description[1][1] == gpudb.DATETIME
    assert description[0][1] != gpudb.STRING


def test_statements_without_rows(connection: Connection) -> None:
    cursor = connection.execute("WRITE 7")
    assert cursor.description is None
    assert cursor.rowcount == 7
    for fetch in (cursor.fetchone, cursor.fetchmany, cursor.fetchall, cursor.fetch_arrow_table):
        with pytest.raises(gpudb.InterfaceError, match="there are no rows to fetch"):
            fetch()


def test_fetch_before_execute(connection: Connection) -> None:
    cursor = connection.cursor()
    assert cursor.rowcount == -1
    with pytest.raises(gpudb.InterfaceError, match="there are no rows to fetch"):
        cursor.fetchone()


def test_a_failed_statement_leaves_no_rows(connection: Connection) -> None:
    cursor = connection.execute("COUNT 5")
    assert cursor.rowcount == 5
    with pytest.raises(gpudb.ProgrammingError):
        cursor.execute("NONSENSE")
    assert cursor.description is None
    assert cursor.rowcount == -1
    with pytest.raises(gpudb.InterfaceError):
        cursor.fetchone()
    assert cursor.execute("COUNT 1").fetchall() == FIVE[:1]


def test_executemany_adds_up(connection: Connection, engine: FakeEngine) -> None:
    engine.answers["add ?"] = FakeAnswer(NO_ROWS, row_count=2)
    cursor = connection.cursor().executemany("add ?", [(1,), (2,), (3,)])
    assert cursor.rowcount == 6
    assert engine.ran == [("add ?", (1,)), ("add ?", (2,)), ("add ?", (3,))]
    assert cursor.executemany("add ?", []).rowcount == -1


def test_sizes_do_nothing(connection: Connection) -> None:
    cursor = connection.cursor()
    cursor.setinputsizes([gpudb.NUMBER])
    cursor.setoutputsize(10)
    cursor.setoutputsize(10, 1)
    assert cursor.execute("COUNT 1").fetchall() == FIVE[:1]


def test_closed_cursor(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("COUNT 5")
        assert cursor.connection is connection
    for use in (
        cursor.fetchone,
        cursor.fetchall,
        cursor.fetch_df,
        lambda: cursor.execute("COUNT 1"),
        lambda: cursor.executemany("COUNT 1", []),
        lambda: next(cursor),
        cursor.__enter__,
    ):
        with pytest.raises(gpudb.InterfaceError, match="the cursor is closed"):
            use()
    cursor.close()
    cursor.cancel()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_batches_made_by_several_threads_come_in_order(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpudb.result.BATCH_ROWS", 1000)
    query = "SELECT n, 'text ' || n % 7 AS t FROM generate_series(1, 10500) AS v(n) ORDER BY n DESC"
    with gpudb.connect(threads=threads) as connection:
        table = connection.execute(query).fetch_arrow_table()
        assert table.column("n").to_pylist() == list(range(10_500, 0, -1))
        assert table.column("t").to_pylist()[:2] == ["text 0", "text 6"]
        assert table.column("n").num_chunks == 11
        # What is not fetched is given up.
        cursor = connection.execute(query)
        assert cursor.fetchone() == (10_500, "text 0")
        cursor.close()
