"""Transactions of several connections: one snapshot each, the first to commit wins."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

import gpudb
from tests.plain.engine.random_changes import Changes


@pytest.fixture
def pair(tmp_database: Path) -> Iterator[tuple[gpudb.Connection, gpudb.Connection]]:
    """Two connections to a database with the tables `t` and `u`."""
    with gpudb.connect(tmp_database) as first, gpudb.connect(tmp_database) as second:
        first.execute("CREATE TABLE t (k INTEGER, s TEXT); CREATE TABLE u (k INTEGER)")
        first.execute("INSERT INTO t VALUES (1, 'one'), (2, 'two'); INSERT INTO u VALUES (1)")
        yield first, second


def rows(connection: gpudb.Connection, table: str = "t") -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT * FROM {table} ORDER BY k").fetchall()


Pair = tuple[gpudb.Connection, gpudb.Connection]


def test_a_transaction_sees_one_snapshot_and_its_own_changes(pair: Pair) -> None:
    first, second = pair
    first.execute("BEGIN")
    before = rows(first)
    second.execute("UPDATE t SET s = 'changed'; DELETE FROM u")
    assert rows(first) == before and rows(first, "u") == [(1,)]
    first.execute("INSERT INTO u VALUES (5)")
    assert rows(first, "u") == [(1,), (5,)] and rows(second, "u") == []
    first.rollback()
    assert rows(first) == [(1, "changed"), (2, "changed")] and rows(first, "u") == []


@pytest.mark.parametrize(
    ("ours", "theirs", "done"),
    [
        ("UPDATE t SET k = k + 1", "DELETE FROM t WHERE k = 2", "changed"),
        ("DELETE FROM t WHERE k = 1", "INSERT INTO t VALUES (3, 'x')", "changed"),
        ("DROP TABLE t", "INSERT INTO t VALUES (3, 'x')", "changed"),
        ("UPDATE t SET k = 0", "DROP TABLE t", "dropped"),
        ("INSERT INTO t VALUES (3, 'x')", "DROP TABLE t; CREATE TABLE t (k INT)", "changed"),
        ("CREATE TABLE new (k INTEGER)", "CREATE TABLE new (k TEXT)", "made"),
        ("TRUNCATE t", "TRUNCATE t", "changed"),
    ],
)
def test_the_first_to_commit_wins(pair: Pair, ours: str, theirs: str, done: str) -> None:
    first, second = pair
    first.execute("BEGIN; INSERT INTO u VALUES (9)")
    first.execute(ours)
    second.execute(theirs)
    after = second.database.snapshot()
    with pytest.raises(
        gpudb.OperationalError, match=f"table '(t|new)' was {done} by another transaction"
    ):
        first.commit()
    assert second.database.snapshot() is after
    assert not first.in_transaction and rows(first, "u") == [(1,)]


def test_appended_rows_meet_whatever_others_did(pair: Pair) -> None:
    first, second = pair
    first.execute("BEGIN; INSERT INTO t VALUES (3, 'three'), (4, NULL)")
    first.execute("INSERT INTO t VALUES (5, 'é')")
    second.execute("INSERT INTO t VALUES (6, 'six'); DELETE FROM t WHERE k = 1")
    second.execute("UPDATE t SET s = 'TWO' WHERE k = 2")
    first.commit()
    found = [(2, "TWO"), (3, "three"), (4, None), (5, "é"), (6, "six")]
    assert rows(first) == rows(second) == found


def test_tables_that_only_one_changed_do_not_conflict(pair: Pair) -> None:
    first, second = pair
    first.execute("BEGIN; UPDATE t SET s = 'first'")
    second.execute("BEGIN; UPDATE u SET k = 7; COMMIT")
    first.commit()
    assert rows(second) == [(1, "first"), (2, "first")] and rows(second, "u") == [(7,)]


def test_autocommit_off_begins_transactions(pair: Pair) -> None:
    first, second = pair
    first.autocommit = False
    assert not first.in_transaction
    first.execute("INSERT INTO u VALUES (2)")
    assert first.in_transaction and rows(second, "u") == [(1,)]
    first.rollback()
    first.cursor().adbc_ingest("u", pa.table({"k": pa.array([3], pa.int32())}), mode="append")
    first.commit()
    assert rows(second, "u") == [(1,), (3,)]
    first.execute("DELETE FROM u")
    first.autocommit = True
    assert rows(second, "u") == [] and not first.in_transaction


def test_closing_undoes_what_is_open(tmp_database: Path) -> None:
    with gpudb.connect(tmp_database) as connection:
        connection.execute("CREATE TABLE t (k INTEGER); BEGIN; INSERT INTO t VALUES (1)")
        connection.execute("CREATE TABLE u AS SELECT * FROM t")
    assert not list(tmp_database.glob("tables/*/*"))
    with gpudb.connect(tmp_database) as connection:
        assert rows(connection) == []


def test_a_reading_connection_may_begin(tmp_database: Path) -> None:
    gpudb.connect(tmp_database).execute("CREATE TABLE t (k INTEGER)").connection.close()
    with gpudb.connect(tmp_database, read_only=True) as connection:
        connection.execute("BEGIN")
        assert rows(connection) == []
        with pytest.raises(gpudb.OperationalError, match="opened read-only"):
            connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("COMMIT")


def test_threads_that_count_lose_nothing(tmp_database: Path) -> None:
    """Each thread adds 1 in transactions, which it begins again after a conflict."""
    conflicts = []

    def count(times: int) -> None:
        with gpudb.connect(tmp_database) as connection:
            done = 0
            while done < times:
                try:
                    connection.execute("BEGIN; UPDATE t SET k = k + 1; COMMIT")
                    done += 1
                except gpudb.OperationalError as error:
                    assert "table 't' was changed by another transaction" in str(error)
                    conflicts.append(error)

    with gpudb.connect(tmp_database) as connection:
        connection.execute("CREATE TABLE t (k INTEGER); INSERT INTO t VALUES (0)")
        threads = [threading.Thread(target=count, args=(5,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert rows(connection) == [(15,)]


def test_random_changes_agree_with_duckdb_and_sqlite() -> None:
    """A few; tests/slow/test_changes.py does many."""
    with Changes(seed=1) as changes:
        for _ in range(25):
            changes.step()
