"""derive_group_keys: plans before and after, and what must stay a key."""

from __future__ import annotations

import pytest

import gpudb

GROUPED = [
    # The keys, and those that are left.
    ("a, a - 1, a * 2", "a"),
    ("a - 1, a", "a"),
    ("a, b, a + b", "a, b"),
    ("upper(name), name", "name"),
    ("a, a", "a"),
    ("a, 7", "a"),
    ("a - 1", "a - 1"),
    ("a - 1, a - 2", "a - 1, a - 2"),
    ("a, a + b", "a, a + b"),
    ("CASE WHEN a > 1 THEN 'x' END, a", "a"),
]


@pytest.fixture(scope="module")
def connection() -> gpudb.Connection:
    made = gpudb.connect()
    made.execute("CREATE TABLE t (a INTEGER, b INTEGER, name TEXT)")
    made.execute(
        "INSERT INTO t VALUES (1, 2, 'x'), (1, 3, 'X'), (NULL, 2, NULL), (2, NULL, 'ä'),"
        " (1, 2, 'x')"
    )
    return made


@pytest.mark.parametrize(("keys", "left"), GROUPED)
def test_keys_made_of_keys_are_no_keys(connection: gpudb.Connection, keys: str, left: str) -> None:
    query = f"SELECT {keys}, count(*), sum(b) FROM t GROUP BY {keys}"
    if "7" in keys:
        query = "SELECT a, 7, count(*), sum(b) FROM t GROUP BY ALL"
    plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {query}").fetchall())
    (line,) = [line for line in plan.splitlines() if "Aggregate" in line]
    assert line.split(" by ")[1] == left
    answer = set(connection.execute(query).fetchall())
    connection.execute("SET optimizer = off")
    assert answer == set(connection.execute(query).fetchall())
    connection.execute("SET optimizer = on")


def test_constants_group_no_rows_into_none(connection: gpudb.Connection) -> None:
    query = "SELECT k, count(*) FROM (SELECT 1 + 1 AS k, a FROM t WHERE a > 99) GROUP BY k"
    assert connection.execute(query).fetchall() == []


def test_an_error_of_a_key_is_still_raised(connection: gpudb.Connection) -> None:
    with pytest.raises(gpudb.DataError, match="division by zero"):
        connection.execute("SELECT b, 1 / (b - 2) FROM t GROUP BY b, 1 / (b - 2)").fetchall()
