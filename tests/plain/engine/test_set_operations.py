"""UNION, INTERSECT, EXCEPT and VALUES, against DuckDB; what is refused, and where."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import gpudb
from tests.plain.engine.twins import Twins, check_refused, open_twins


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    with open_twins() as both:
        yield both


OPERATIONS = ("UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("columns", ["a, b", "b", "a", "a, b, 1"])
def test_two_tables(twins: Twins, operation: str, columns: str) -> None:
    for left, right in (("t", "u"), ("u", "t"), ("t", "t"), ("t", "e"), ("e", "t"), ("e", "e")):
        twins.check(f"SELECT {columns} FROM {left} {operation} SELECT {columns} FROM {right}")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT a FROM t UNION SELECT a FROM u ORDER BY 1 LIMIT 2",
        "SELECT a FROM t UNION ALL SELECT a FROM u ORDER BY a DESC NULLS LAST LIMIT 3 OFFSET 2",
        "SELECT b FROM t UNION ALL SELECT 'lit' UNION ALL SELECT NULL ORDER BY b",
        "SELECT 1 UNION SELECT 2.5 UNION SELECT 3e0",
        "SELECT a FROM t UNION ALL SELECT 2.5 UNION ALL SELECT a FROM u",
        "SELECT d FROM u UNION SELECT DATE '2020-01-01' UNION SELECT TIMESTAMP '2020-01-01 10:00'",
        "SELECT n FROM u UNION SELECT a FROM t UNION ALL SELECT c FROM t",
        "SELECT TRUE UNION ALL SELECT a > 1 FROM t",
        "(SELECT a FROM t ORDER BY a LIMIT 1) UNION ALL (SELECT a FROM u ORDER BY a DESC LIMIT 1)",
        "SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 1",
        "SELECT 1 UNION ALL SELECT 1 EXCEPT ALL SELECT 1",
        "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3",
        "(SELECT 1 UNION SELECT 2) INTERSECT SELECT 2",
        "SELECT 1 UNION ALL SELECT 1 UNION SELECT 1",
        "SELECT 1 UNION SELECT 1 UNION ALL SELECT 1",
        "SELECT count(*) FROM (SELECT a FROM t UNION ALL SELECT a FROM u) AS v",
        "SELECT * FROM (SELECT a, b FROM t UNION ALL SELECT a, b FROM u) v WHERE a > 1 AND b > 'a'",
        "SELECT b FROM (SELECT a, b FROM t EXCEPT SELECT a, b FROM u) AS v WHERE a = 2",
        "SELECT v.b, t.c FROM (SELECT a, b FROM u UNION SELECT 5, 'k') v JOIN t ON v.a = t.a",
        "WITH w AS (SELECT a FROM t UNION SELECT a FROM u) SELECT x.a FROM w x JOIN w y USING (a)",
        "WITH w AS (SELECT a FROM t) SELECT a FROM w UNION ALL SELECT a + 1 FROM w",
        "SELECT 1 AS a WHERE FALSE UNION ALL SELECT 3 WHERE FALSE",
        "SELECT b, count(*) FROM (SELECT b FROM t UNION ALL SELECT b FROM u) v GROUP BY b",
        "SELECT b || '!' FROM t UNION SELECT upper(b) FROM u",
        "VALUES (1, 'a'), (3, NULL) ORDER BY 1 DESC",
        "VALUES (1, 2), (3, 1 + 2 * 3)",
        "SELECT x, y FROM (VALUES (1, 'a'), (2, lower('B'))) AS v(x, y) WHERE x > 1",
        "SELECT a FROM t EXCEPT VALUES (1), (5)",
    ],
)
def test_queries(twins: Twins, query: str) -> None:
    twins.check(query)


def test_compiled() -> None:
    with open_twins(device="cpu") as both:
        for operation in OPERATIONS:
            both.check(f"SELECT a, b FROM t {operation} SELECT a, b FROM u")


def test_statements() -> None:
    with open_twins() as both:
        for statement in (
            "CREATE TABLE w AS SELECT a, b FROM t UNION SELECT a, b FROM u",
            "INSERT INTO w SELECT a, b FROM t EXCEPT ALL SELECT a, b FROM u",
            "INSERT INTO w VALUES (1, 'x'), (2 + 3, 'y')",
            "INSERT INTO w (b) SELECT 'p' UNION ALL SELECT b FROM u",
        ):
            both.ours.execute(statement)
            both.theirs.execute(statement)
        both.check("SELECT a, b FROM w")


def test_many_parts(twins: Twins) -> None:
    text = " UNION ALL ".join(f"SELECT {i}" for i in range(60))
    twins.check(f"SELECT count(*), sum(x) FROM ({text}) AS v(x)")


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        (
            "SELECT 1 UNION ALL ^SELECT 1, 2",
            gpudb.ProgrammingError,
            "UNION: the first query has 1 columns, this one 2",
        ),
        (
            "SELECT a AS k FROM t EXCEPT ^SELECT d FROM u",
            gpudb.ProgrammingError,
            "column k of EXCEPT does not take INTEGER and DATE together",
        ),
        (
            "SELECT a FROM t UNION SELECT a FROM u ORDER BY ^b",
            gpudb.NotSupportedError,
            "ORDER BY of an expression behind VALUES, a set operation or parentheses "
            "is not supported yet",
        ),
        (
            "SELECT a FROM t UNION SELECT a FROM ^nope",
            gpudb.ProgrammingError,
            "table nope does not exist",
        ),
    ],
)
def test_refused(twins: Twins, query: str, error: type[gpudb.Error], message: str) -> None:
    check_refused(twins, query, error, message)
