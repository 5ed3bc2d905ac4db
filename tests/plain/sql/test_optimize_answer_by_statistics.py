"""answer_by_statistics: what statistics answer, and where rows must be read all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import gpudb

COLUMNS = (
    "i INTEGER, b BIGINT, m DECIMAL(12, 2), w DECIMAL(38, 2), d DATE, t TIMESTAMP(6), f DOUBLE, "
    "s TEXT, l BOOLEAN, n SMALLINT"
)
ROWS = (
    "(3, -9223372036854775808, 1.25, 99999999999999999999.5, DATE '1969-12-31', "
    "TIMESTAMP '2020-02-29 12:30:00.5', 1.5, 'ä', TRUE, NULL)",
    "(-7, 9223372036854775807, -0.01, -1, DATE '2024-01-01', NULL, 'NaN', '', FALSE, NULL)",
    "(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
)
ANSWERED = [
    "count(*)",
    "count(1)",
    "count(i), count(s), count(f), count(l), count(n)",
    "min(i), max(i), min(b), max(b), min(m), max(m), min(d), max(d), min(t), max(t)",
    "min(n), max(n)",
    "min(DISTINCT i)",
]
READ = ["min(f)", "max(s)", "min(w)", "count(DISTINCT i)", "sum(i)", "min(i + 1)", "min(abs(i))"]


@pytest.fixture
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect(chunk_rows=2) as made:
        made.execute(f"CREATE TABLE t ({COLUMNS})")
        yield made


def has_scan(connection: gpudb.Connection, query: str) -> bool:
    return any("Scan" in row[0] for row in connection.execute(f"EXPLAIN {query}").fetchall())


def answers(connection: gpudb.Connection, query: str) -> list[str]:
    """Return the answer with the optimizer and without, as texts: NaN is not equal to itself."""
    found = []
    for is_on in ("on", "off"):
        connection.execute(f"SET optimizer = {is_on}")
        found.append(repr(connection.execute(query).fetchall()))
    connection.execute("SET optimizer = on")
    return found


def check(connection: gpudb.Connection, *, is_answered: bool = True, where: str = "t") -> None:
    for items in ANSWERED + READ:
        query = f"SELECT {items} FROM {where}"
        assert has_scan(connection, query) is (items in READ or not is_answered), query
        first, second = answers(connection, query)
        assert first == second, query


def test_no_rows_one_row_and_several_chunks(connection: gpudb.Connection) -> None:
    check(connection)
    for row in (*ROWS, *ROWS):
        connection.execute(f"INSERT INTO t VALUES {row}")
        check(connection)
    query = "SELECT count(*), min(i), max(i), min(d), max(m), count(n), max(n) FROM t"
    ((*found,),) = connection.execute(query).fetchall()
    assert [str(each) for each in found] == ["6", "-7", "3", "1969-12-31", "1.25", "0", "None"]


def test_deleted_rows_are_not_counted(connection: gpudb.Connection) -> None:
    connection.execute(f"INSERT INTO t VALUES {', '.join(ROWS)}")
    connection.execute("DELETE FROM t WHERE i = 3")
    check(connection, is_answered=False)
    assert connection.execute("SELECT max(i), count(*) FROM t").fetchall() == [(-7, 2)]
    connection.execute("DELETE FROM t")
    assert connection.execute("SELECT max(i), count(*) FROM t").fetchall() == [(None, 0)]


def test_changed_rows_have_new_bounds(connection: gpudb.Connection) -> None:
    connection.execute(f"INSERT INTO t VALUES {', '.join(ROWS)}")
    connection.execute("UPDATE t SET i = 1 WHERE i = 3")
    check(connection)
    assert connection.execute("SELECT max(i), min(i) FROM t").fetchall() == [(1, -7)]
    connection.execute("ALTER TABLE t ALTER COLUMN i TYPE DECIMAL(12, 3)")
    check(connection)
    connection.execute("ALTER TABLE t ADD COLUMN added INTEGER DEFAULT 5")
    query = "SELECT min(added), count(added) FROM t"
    assert connection.execute(query).fetchall() == [(5, 3)]


def test_a_transaction_sees_its_own_rows(connection: gpudb.Connection) -> None:
    connection.execute(f"INSERT INTO t VALUES {ROWS[0]}")
    connection.execute("BEGIN")
    connection.execute("INSERT INTO t (i) VALUES (99)")
    check(connection)
    assert connection.execute("SELECT max(i), count(*) FROM t").fetchall() == [(99, 2)]
    connection.execute("ROLLBACK")
    assert connection.execute("SELECT max(i), count(*) FROM t").fetchall() == [(3, 1)]


def test_filters_groups_and_samples_read_rows(connection: gpudb.Connection) -> None:
    connection.execute(f"INSERT INTO t VALUES {', '.join(ROWS)}")
    for query in (
        "SELECT count(*) FROM t WHERE i > 0",
        "SELECT max(i) FILTER (WHERE i < 0) FROM t",
        "SELECT i, count(*) FROM t GROUP BY i",
        "SELECT count(*) FROM t TABLESAMPLE BERNOULLI (50) REPEATABLE (1)",
        "SELECT count(*) FROM (SELECT i FROM t LIMIT 2)",
    ):
        assert has_scan(connection, query), query
    assert answers(connection, "SELECT max(i) FILTER (WHERE i < 0) FROM t")[0] == "[(-7,)]"
    query = "SELECT i FROM t WHERE i = (SELECT min(i) FROM t)"
    assert answers(connection, query) == ["[(-7,)]", "[(-7,)]"]


def test_arrays_and_columns_around_are_read(connection: gpudb.Connection) -> None:
    connection.execute("CREATE TABLE a (v INTEGER[], i INTEGER)")
    rows = "(ARRAY[1, 2, 3], 1), (NULL, 2), (ARRAY[]::INTEGER[], 3)"
    connection.execute(f"INSERT INTO a VALUES {rows}")
    assert answers(connection, "SELECT count(v), count(*) FROM a") == ["[(2, 3)]"] * 2
    query = "SELECT i, (SELECT max(b.i) FROM a AS b), (SELECT count(a.i) FROM a AS c) FROM a"
    first, second = answers(connection, f"SELECT * FROM ({query.replace('a.i)', 'c.i + a.i)')}) q")
    assert first == second == "[(1, 3, 3), (2, 3, 3), (3, 3, 3)]"


def test_stored_tables_answer_and_files_do_not(tmp_path: Path) -> None:
    with gpudb.connect(tmp_path / "database.gpudb") as made:
        made.execute(f"CREATE TABLE t ({COLUMNS})")
        made.execute(f"INSERT INTO t VALUES {', '.join(ROWS)}")
        made.execute(f"COPY t TO '{tmp_path}/t.parquet'")
    with gpudb.connect(tmp_path / "database.gpudb") as again:
        check(again)
        file = f"'{tmp_path}/t.parquet'"
        assert has_scan(again, f"SELECT count(*), max(i) FROM {file}")
        assert again.execute(f"SELECT count(*), max(i) FROM {file}").fetchall() == [(3, 3)]
