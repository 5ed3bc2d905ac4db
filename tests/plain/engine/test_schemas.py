"""Schemas, temporary relations and savepoints on disk, and between connections."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest

import gpudb
from gpudb.errors import OperationalError, ProgrammingError


def rows(connection: gpudb.Connection, text: str) -> list[tuple[object, ...]]:
    return connection.execute(text).fetchall()


def test_schemas_outlive_their_connection(tmp_database: Path) -> None:
    with gpudb.connect(tmp_database) as connection:
        connection.execute("CREATE SCHEMA sales; CREATE SCHEMA empty")
        connection.execute("CREATE TABLE sales.t AS SELECT 'ü' AS s")
        connection.execute("USE sales; CREATE VIEW v AS SELECT s || '!' AS s FROM t")
        connection.execute("CREATE TEMP TABLE t AS SELECT 1 AS n")
        connection.execute("BEGIN; CREATE TEMP VIEW w AS SELECT n FROM t")
        connection.execute("DROP SCHEMA empty; COMMIT")
        assert rows(connection, "SELECT n FROM w") == [(1,)]
    with gpudb.connect(tmp_database) as connection:
        assert connection.snapshot().schemas == ("main", "sales")
        assert rows(connection, "SELECT * FROM sales.t, sales.v") == [("ü", "ü!")]
        assert connection.get_tables() == ["sales.t"]
        with pytest.raises(ProgrammingError, match="t does not exist; did you mean sales"):
            connection.execute("SELECT * FROM t")
    with gpudb.connect(tmp_database, search_path="sales", read_only=True) as connection:
        assert rows(connection, "SELECT * FROM v") == [("ü!",)]


def test_temporary_relations_are_of_one_connection(tmp_database: Path) -> None:
    with gpudb.connect(tmp_database) as first, gpudb.connect(tmp_database) as second:
        first.execute("CREATE TABLE t AS SELECT 1 AS n")
        commit = second.database.snapshot().commit
        first.execute("CREATE TEMP TABLE t AS SELECT 2 AS n; INSERT INTO t VALUES (3)")
        second.execute("CREATE TEMP TABLE t AS SELECT 'second' AS n")
        assert rows(first, "SELECT n FROM t ORDER BY n") == [(2,), (3,)]
        assert rows(second, "SELECT n FROM t") == [("second",)]
        assert rows(second, "SELECT n FROM main.t") == [(1,)]
        assert first.database.snapshot().commit == commit
        first.close()
        assert rows(second, "SELECT table_schema FROM information_schema.tables ORDER BY 1") == [
            ("main",),
            ("temp",),
        ]
        assert [path.name for path in (tmp_database / "tables").iterdir()] == ["1"]


def test_temporary_tables_do_not_conflict(tmp_database: Path) -> None:
    with gpudb.connect(tmp_database) as first, gpudb.connect(tmp_database) as second:
        first.execute("CREATE TABLE t AS SELECT 1 AS n; CREATE TEMP TABLE own AS SELECT 1 AS n")
        first.execute("BEGIN; UPDATE own SET n = 5; INSERT INTO t VALUES (2)")
        second.execute("CREATE TEMP TABLE own AS SELECT 7 AS n; INSERT INTO t VALUES (3)")
        first.execute("COMMIT")
        assert rows(first, "SELECT own.n, t.n FROM own, t ORDER BY 2") == [(5, 1), (5, 2), (5, 3)]
        first.execute("BEGIN; UPDATE own SET n = 6; UPDATE t SET n = 9")
        second.execute("DELETE FROM t")
        with pytest.raises(OperationalError, match="table 't' was changed by another"):
            first.execute("COMMIT")
        assert rows(first, "SELECT n FROM own") == [(5,)]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ("CREATE SCHEMA made", "schema 'made' was made by another"),
        ("DROP SCHEMA s", "schema 's', in which 't' lies, was dropped by another"),
    ],
)
def test_the_first_to_commit_a_schema_wins(tmp_database: Path, other: str, message: str) -> None:
    with gpudb.connect(tmp_database) as first, gpudb.connect(tmp_database) as second:
        first.execute("CREATE SCHEMA s")
        first.execute("BEGIN; CREATE SCHEMA made; CREATE TABLE s.t (n INTEGER)")
        second.execute(other)
        with pytest.raises(OperationalError, match=message):
            first.execute("COMMIT")
        assert first.get_tables() == [] and first.snapshot().schemas == second.snapshot().schemas


def test_python_names_tables_of_schemas(tmp_database: Path) -> None:
    with gpudb.connect(tmp_database) as connection:
        connection.execute("CREATE SCHEMA s; CREATE TABLE s.t (n INTEGER, w TEXT)")
        connection.cursor().executemany("INSERT INTO s.t VALUES (?, ?)", [(1, "a"), (2, None)])
        connection.cursor().executemany('INSERT INTO "S"."T" (w) VALUES (:w)', [{"w": "ö"}])
        with connection.appender("s.t") as appender:
            appender.append_row(4, "d")
        connection.load_table("s.t", [(5, "e")])
        assert rows(connection, "SELECT * FROM s.t ORDER BY n, w") == [
            (1, "a"),
            (2, None),
            (4, "d"),
            (5, "e"),
            (None, "ö"),
        ]
        assert [column.name for column in connection.get_table_details("s.t")] == ["n", "w"]
        connection.create_table("s.u", pa.table({"k": [1]}))
        connection.load_table("s.u", pa.table({"k": [2]}))
        connection.load_table("s.v", pa.table({"k": [3]}))
        assert rows(connection, "SELECT u.k, v.k FROM s.u, s.v") == [(2, 3)]
        connection.settings.set("search_path", "s")
        with pytest.raises(ProgrammingError, match="there is a table 'u'"):
            connection.register("u", pa.table({"k": [1]}))
        with pytest.raises(ProgrammingError, match="schema 'x' does not exist"):
            connection.cursor().executemany("INSERT INTO x.t VALUES (?, ?)", [(1, "a")])


def test_a_savepoint_on_disk_leaves_no_files(tmp_database: Path) -> None:
    with gpudb.connect(tmp_database) as connection:
        connection.execute("CREATE TABLE t AS SELECT 'a' AS s")
        connection.execute(
            "BEGIN; SAVEPOINT p; INSERT INTO t VALUES ('b'); CREATE TABLE u AS TABLE t"
        )
        connection.execute("ROLLBACK TO p; INSERT INTO t VALUES ('c'); COMMIT")
        assert rows(connection, "SELECT s FROM t ORDER BY s") == [("a",), ("c",)]
    with gpudb.connect(tmp_database) as connection:
        assert rows(connection, "SELECT s FROM t ORDER BY s") == [("a",), ("c",)]
        chunks = sorted(path.name for path in tmp_database.glob("tables/*/chunk-*"))
        assert len(chunks) == 1


def test_threads_with_savepoints_and_tables_of_their_own(tmp_database: Path) -> None:
    problems: list[object] = []

    def work(number: int) -> None:
        with gpudb.connect(tmp_database) as connection:
            connection.execute(f"CREATE TEMP TABLE mine AS SELECT {number} AS n")
            for round_ in range(4):
                connection.execute("BEGIN; SAVEPOINT a")
                connection.execute(f"INSERT INTO s.t VALUES ({number}, {round_})")
                if round_ % 2:
                    connection.execute("ROLLBACK TO a")
                connection.execute("UPDATE mine SET n = n + 10; COMMIT")
            if rows(connection, "SELECT n FROM mine") != [(number + 40,)]:
                problems.append(number)

    with gpudb.connect(tmp_database) as connection:
        connection.execute("CREATE SCHEMA s; CREATE TABLE s.t (k INTEGER, v INTEGER)")
        threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        counted = "SELECT k, count(*), sum(v) FROM s.t GROUP BY k ORDER BY k"
        assert rows(connection, counted) == [(0, 2, 2), (1, 2, 2), (2, 2, 2)]
