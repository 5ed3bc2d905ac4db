"""share_sums: plans before and after, the same answers, and where sums stay apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import gpudb

SUMS = "sum(a + 1), sum(a - 2), sum(3 + a), sum(a), sum(a + 1) + count(*)"


@pytest.fixture
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect(chunk_rows=2) as made:
        made.execute("CREATE TABLE t (g INTEGER, a SMALLINT, i INTEGER, b BIGINT, f DOUBLE)")
        yield made


def aggregates(connection: gpudb.Connection, query: str) -> str:
    plan = [row[0].strip() for row in connection.execute(f"EXPLAIN {query}").fetchall()]
    (found,) = [line for line in plan if line.startswith("Aggregate")]
    return str(found.removeprefix("Aggregate "))


def check(connection: gpudb.Connection, query: str) -> None:
    found = []
    for is_on in ("on", "off"):
        connection.execute(f"SET optimizer = {is_on}")
        found.append(connection.execute(query).fetchall())
    connection.execute("SET optimizer = on")
    assert found[0] == found[1]


def test_one_sum_and_one_count_stand_for_all(connection: gpudb.Connection) -> None:
    query = f"SELECT {SUMS} FROM t"
    check(connection, query)
    for rows in ("(1, NULL, 1, 1, 1)", "(1, 5, 1, 1, 1), (2, -7, 1, 1, 1), (2, 32000, 1, 1, 1)"):
        connection.execute(f"INSERT INTO t VALUES {rows}")
        check(connection, query)
        check(connection, f"SELECT g, {SUMS} FROM t GROUP BY g ORDER BY g")
        check(connection, f"SELECT g, {SUMS} FROM t WHERE a > 4 GROUP BY g ORDER BY g")
        check(connection, f"SELECT {SUMS} FROM t WHERE a > 32100")
    shown = aggregates(connection, f"SELECT {SUMS} FROM t")
    assert sorted(shown.split(", ")) == ["count(*)", "count(a) AS count", "sum(a) AS sum"]
    connection.execute("DELETE FROM t WHERE a = 5")
    check(connection, query)


@pytest.mark.parametrize(
    "sums",
    [
        "sum(a + 1), sum(a + 2)",  # no gain
        "sum(f + 1), sum(f + 2), sum(f + 3)",
        "sum(a + i), sum(a + i + i), sum(a * 2)",
        "sum(i + 2147483630), sum(i + 1), sum(i + 2)",  # which leaves its type for i = 30
    ],
)
def test_what_differs_otherwise_stays(connection: gpudb.Connection, sums: str) -> None:
    connection.execute("INSERT INTO t VALUES (1, 2, 3, 4, 0.5), (1, 3, 30, NULL, 'Infinity')")
    assert "count" not in aggregates(connection, f"SELECT {sums} FROM t WHERE i < 10")
    check(connection, f"SELECT {sums} FROM t WHERE i < 10")


def test_distinct_values_are_added_once(connection: gpudb.Connection) -> None:
    connection.execute("INSERT INTO t VALUES (1, 2, 3, 4, 0.5), (1, 2, 3, 4, 0.5)")
    check(connection, "SELECT sum(DISTINCT a + 1), sum(DISTINCT a + 2), sum(DISTINCT a + 3) FROM t")


def test_a_value_that_leaves_its_type_still_raises(connection: gpudb.Connection) -> None:
    connection.execute("INSERT INTO t VALUES (1, 2, 2147483647, 4, 0.5), (1, 2, 5, 4, 0.5)")
    with pytest.raises(gpudb.DataError, match="2147483647"):
        connection.execute("SELECT sum(i + 1), sum(i + 2), sum(i + 3) FROM t").fetchall()


def test_a_sum_that_leaves_bigint_still_raises(connection: gpudb.Connection) -> None:
    big = (1 << 63) - 10
    connection.execute(f"INSERT INTO t VALUES (1, 2, 3, {big}, 0.5), (1, 2, 5, {big}, 0.5)")
    query = "SELECT sum(b + 1), sum(b + 2), sum(b - 3) FROM t"
    assert "count" not in aggregates(connection, query)
    with pytest.raises(gpudb.DataError):
        connection.execute(query).fetchall()


def test_rows_of_a_join_come_more_than_once(connection: gpudb.Connection) -> None:
    connection.execute("INSERT INTO t VALUES (1, 2, 3, 4, 0.5), (1, 3, 30, NULL, 1)")
    query = "SELECT sum(l.a + 1), sum(l.a + 2), sum(l.a + 3) FROM t AS l JOIN t AS r ON l.g = r.g"
    assert "count" not in aggregates(connection, query)
    check(connection, query)
