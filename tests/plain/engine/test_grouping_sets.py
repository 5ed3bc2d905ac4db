"""GROUPING SETS, ROLLUP, CUBE and GROUPING(), against DuckDB; what is refused, and where."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import gpudb
from tests.plain.engine.twins import Twins, check_refused, open_twins


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    with open_twins() as both:
        yield both


@pytest.mark.parametrize("table", ["t", "e"])
@pytest.mark.parametrize(
    "groups",
    [
        "ROLLUP (a, b)",
        "CUBE (a, b)",
        "GROUPING SETS ((a), (b), ())",
        "GROUPING SETS ((a, b), (a, b), a)",
        "GROUPING SETS (ROLLUP (a), CUBE (b))",
        "a, ROLLUP (b)",
        "ROLLUP (a), ROLLUP (b)",
        "ROLLUP ((a, b))",
        "GROUPING SETS ((), ()), CUBE (a, b)",
    ],
)
def test_sets(twins: Twins, groups: str, table: str) -> None:
    twins.check(f"SELECT a, b, sum(c), count(*), avg(c) FROM {table} GROUP BY {groups}")
    bits = "GROUPING(a), GROUPING(b), GROUPING(b, a)"
    twins.check(f"SELECT {bits}, a, b, count(DISTINCT c) FROM {table} GROUP BY {groups}")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT a, count(*), GROUPING(a) FROM t GROUP BY a",
        "SELECT a, count(*) FROM t GROUP BY CUBE (a) HAVING GROUPING(a) = 0 AND count(*) > 1",
        "SELECT a % 2 AS k, b, count(*) FROM t GROUP BY ROLLUP (k, b)",
        "SELECT a, max(b) FROM t WHERE a > 1 GROUP BY ROLLUP (1)",
        "SELECT a FROM t GROUP BY ROLLUP (a)",
        "SELECT 1 FROM t GROUP BY GROUPING SETS (())",
        "SELECT b, max(a) FROM (SELECT * FROM t UNION ALL SELECT * FROM t) v GROUP BY ROLLUP (b)",
        "SELECT a, (SELECT count(*) FROM u WHERE u.a = t.a), count(*) FROM t GROUP BY ROLLUP (a)",
        "SELECT coalesce(b, 'all'), sum(a) FROM t GROUP BY ROLLUP (b) ORDER BY 1, 2",
        "SELECT a, b, count(*) FROM t GROUP BY CUBE (a, b) ORDER BY GROUPING(a, b), a, b",
        "SELECT * FROM (SELECT a, count(*) AS n FROM t GROUP BY ROLLUP (a)) v WHERE a = 1",
        "SELECT u.b, r.k, count(*) FROM u LEFT JOIN r USING (a) GROUP BY CUBE (u.b, r.k)",
        "SELECT DISTINCT a, count(*) FROM t GROUP BY CUBE (a, b)",
    ],
)
def test_queries(twins: Twins, query: str) -> None:
    twins.check(query)


def test_compiled() -> None:
    with open_twins(device="cpu") as both:
        both.check("SELECT a, b, sum(c), GROUPING(a, b) FROM t GROUP BY ROLLUP (a, b)")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT GROUPING(^c) FROM t GROUP BY a", "GROUPING takes what stands in GROUP BY"),
        ("SELECT ^GROUPING() FROM t GROUP BY a", "GROUPING takes what stands in GROUP BY"),
        ("SELECT a FROM t WHERE ^GROUPING(a) = 1", "GROUPING cannot stand in WHERE"),
        (
            "SELECT a, ^c FROM t GROUP BY ROLLUP (a)",
            "column c is neither in GROUP BY nor inside an aggregate; "
            "add it to GROUP BY or take min(c)",
        ),
        ("SELECT 1 FROM t GROUP BY CUBE (^sum(a))", "an aggregate cannot stand in GROUP BY"),
        (
            "SELECT 1 FROM t GROUP BY CUBE (a, b, c), CUBE (a, b, c), CUBE (a, b, c),"
            " CUBE (a, b, c), CUBE (^a, b, c)",
            "GROUP BY means more than 4096 grouping sets",
        ),
    ],
)
def test_refused(twins: Twins, query: str, message: str) -> None:
    check_refused(twins, query, gpudb.ProgrammingError, message)
