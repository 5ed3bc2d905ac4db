"""Frames and many rows at once, on a real database."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal

import pandas
import polars
import pyarrow as pa
import pytest

import gpudb
from gpudb.bulk import BulkInsert, find_bulk_insert
from gpudb.connection import Connection

DATA = pa.table({"n": pa.array([1, 2, None], pa.int64()), "name": ["a", None, "c"]})
ROWS = [(1, "a"), (2, None), (None, "c")]


@pytest.fixture
def connection() -> Iterator[Connection]:
    with gpudb.connect() as connection:
        yield connection


def stored(connection: Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT n, name FROM t").fetchall()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT INTO t VALUES (?)", BulkInsert("t", None, 1, None)),
        ("insert into t(a, B)\nvalues(?,?);", BulkInsert("t", ("a", "B"), 2, None)),
        ('INSERT INTO "my ""t""" ("a,b") VALUES (?)', BulkInsert('my "t"', ("a,b",), 1, None)),
        ("INSERT INTO t VALUES (:x, :y)", BulkInsert("t", None, 2, ("x", "y"))),
    ],
)
def test_inserts_of_parameters(text: str, expected: BulkInsert) -> None:
    assert find_bulk_insert(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO t VALUES (?, 1)",
        "INSERT INTO t VALUES (?), (?)",
        "INSERT INTO t VALUES (?, :x)",
        "INSERT INTO t SELECT ?",
        "INSERT INTO t VALUES (upper(?))",
        "INSERT INTO t VALUES (?); DROP TABLE t",
        "SELECT ?",
    ],
)
def test_other_statements_run_one_by_one(text: str) -> None:
    assert find_bulk_insert(text) is None


def test_executemany_inserts(connection: Connection) -> None:
    connection.execute("CREATE TABLE t (n BIGINT, name TEXT)")
    cursor = connection.cursor().executemany("INSERT INTO t VALUES (?, ?)", ROWS)
    assert cursor.rowcount == 3
    assert cursor.description is None
    rows = ({"who": f"n{n}", "n": n} for n in range(3))
    cursor.executemany("INSERT INTO t (name, n) VALUES (:who, :n)", rows)
    assert stored(connection) == [*ROWS, (0, "n0"), (1, "n1"), (2, "n2")]
    assert cursor.executemany("INSERT INTO t VALUES (?, ?)", []).rowcount == 0


def test_executemany_takes_every_type(connection: Connection) -> None:
    connection.execute(
        "CREATE TABLE u (b BOOLEAN, i SMALLINT, f DOUBLE, d DECIMAL(10, 2), day DATE, at TIMESTAMP)"
    )
    row = (
        True,
        -5,
        0.5,
        Decimal("1.25"),
        datetime.date(2020, 2, 29),
        datetime.datetime(2020, 1, 1),
    )
    connection.cursor().executemany("INSERT INTO u VALUES (?, ?, ?, ?, ?, ?)", [row, (None,) * 6])
    assert connection.execute("SELECT * FROM u").fetchall() == [row, (None,) * 6]


@pytest.mark.parametrize(
    ("text", "rows", "message"),
    [
        ("INSERT INTO t VALUES (?, ?)", [(1, "a"), (2,)], "row 2 has 1 values where .* takes 2"),
        ("INSERT INTO t VALUES (?, ?)", [{"n": 1}], "row 1 must be a sequence of values"),
        ("INSERT INTO t VALUES (?, ?)", ["ab"], "row 1 must be a sequence of values"),
        ("INSERT INTO t VALUES (:n, :m)", [(1, "a")], "row 1 must be a mapping of values"),
        ("INSERT INTO t VALUES (:n, :m)", [{"n": 1}], "row 1 has no value for the parameter :m"),
    ],
)
def test_rows_that_do_not_fit_the_statement(
    text: str, rows: list[tuple[object, ...]], message: str, connection: Connection
) -> None:
    connection.execute("CREATE TABLE t (n BIGINT, name TEXT)")
    with pytest.raises(gpudb.InterfaceError, match=message):
        connection.cursor().executemany(text, rows)
    assert stored(connection) == []


def test_a_bad_value_undoes_all_rows(connection: Connection) -> None:
    connection.execute("CREATE TABLE t (n SMALLINT, name TEXT)")
    with pytest.raises(gpudb.DataError, match=r"'n'.*70000|70000.*'n'"):
        connection.cursor().executemany("INSERT INTO t VALUES (?, ?)", [(1, "a"), (70_000, "b")])
    assert stored(connection) == []


def test_unknown_table(connection: Connection) -> None:
    connection.execute("CREATE TABLE orders (n BIGINT)")
    with pytest.raises(gpudb.ProgrammingError, match="orders"):
        connection.cursor().executemany("INSERT INTO order_s VALUES (?)", [(1,)])


@pytest.mark.parametrize(
    "data",
    [
        DATA,
        DATA.to_batches()[0],
        pa.RecordBatchReader.from_batches(DATA.schema, DATA.to_batches()),
        polars.DataFrame({"n": [1, 2, None], "name": ["a", None, "c"]}),
        pandas.DataFrame({"n": pandas.array([1, 2, None], "Int64"), "name": ["a", None, "c"]}),
    ],
    ids=["table", "batch", "reader", "polars", "pandas"],
)
def test_ingest_creates_a_table(data: object, connection: Connection) -> None:
    assert connection.cursor().adbc_ingest("t", data) == 3
    assert stored(connection) == ROWS


def test_ingest_modes(connection: Connection) -> None:
    cursor = connection.cursor()
    with pytest.raises(gpudb.ProgrammingError):
        cursor.adbc_ingest("t", DATA, mode="append")
    assert cursor.adbc_ingest("t", DATA, mode="create_append") == 3
    assert cursor.adbc_ingest("t", DATA.slice(0, 1), mode="create_append") == 1
    assert cursor.adbc_ingest("t", DATA.slice(0, 1), mode="append") == 1
    assert stored(connection) == [*ROWS, ROWS[0], ROWS[0]]
    with pytest.raises(gpudb.ProgrammingError):
        cursor.adbc_ingest("t", DATA)
    assert cursor.adbc_ingest("t", DATA.slice(1, 1), mode="replace") == 1
    assert stored(connection) == [ROWS[1]]
    with pytest.raises(gpudb.InterfaceError, match="mode must be one of create, append"):
        cursor.adbc_ingest("t", DATA, mode="upsert")
    with pytest.raises(gpudb.InterfaceError, match="cannot read rows from"):
        cursor.adbc_ingest("u", 5)


def test_a_cancelled_load_stores_nothing(connection: Connection) -> None:
    cursor = connection.cursor()
    connection.on_progress = lambda *_: cursor.cancel()
    data = pa.table({"n": range(1_000_000)})
    reader = pa.RecordBatchReader.from_batches(data.schema, data.to_batches(max_chunksize=10_000))
    with pytest.raises(gpudb.QueryCancelled, match="nothing of it is stored"):
        cursor.adbc_ingest("t", reader)
    connection.on_progress = None
    assert connection.execute("SHOW TABLES").fetchall() == []


def test_a_load_counts_as_written(connection: Connection) -> None:
    connection.cursor().adbc_ingest("t", DATA)
    with pytest.raises(gpudb.NotSupportedError):
        connection.rollback()
