"""Subqueries in expressions, correlated or not, against DuckDB; what is refused, and where."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import gpudb
from tests.plain.engine.twins import Twins, check_refused, open_twins


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    with open_twins() as both:
        yield both


UNCORRELATED = [
    "SELECT (SELECT 1)",
    "SELECT (SELECT max(a) FROM t) + 1",
    "SELECT (SELECT a FROM e)",
    "SELECT a, (SELECT b FROM u WHERE a = 4) FROM t",
    "SELECT a, (SELECT a > 1 FROM r WHERE k = 11) FROM t",
    "SELECT a FROM t WHERE a = (SELECT min(a) FROM u)",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u)",
    "SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM e)",
    "SELECT a FROM t WHERE EXISTS (SELECT * FROM e)",
    "SELECT a FROM t WHERE a IN (SELECT a FROM u)",
    "SELECT a FROM t WHERE a IN (SELECT a FROM u UNION SELECT 5 EXCEPT SELECT 1)",
    "SELECT a FROM t WHERE a IN (SELECT a FROM u ORDER BY a LIMIT 1)",
    "SELECT a FROM t WHERE a NOT IN (SELECT a FROM u)",
    "SELECT a FROM t WHERE a NOT IN (SELECT a FROM u WHERE a IS NOT NULL)",
    "SELECT a FROM t WHERE a NOT IN (SELECT a FROM r)",
    "SELECT a FROM t WHERE a NOT IN (SELECT a FROM e)",
    "SELECT k FROM r WHERE a NOT IN (SELECT a FROM r WHERE k > 11)",
    "SELECT a, a IN (SELECT a FROM u), a NOT IN (SELECT a FROM u WHERE a > 1) FROM t",
    "SELECT a, a IN (SELECT a FROM e), NOT a IN (SELECT a FROM r) FROM t",
    "SELECT b FROM t WHERE b NOT IN (SELECT b FROM u WHERE b <> 'x')",
    "SELECT a, b FROM t WHERE (a, b) IN (SELECT a, b FROM u)",
    "SELECT a, b FROM t WHERE (a, b) NOT IN (SELECT a, b FROM u WHERE a IS NOT NULL)",
    "SELECT a, (a, b) IN (SELECT a, b FROM u) FROM t",
    "SELECT a, a > ANY (SELECT a FROM u), a < ALL (SELECT a FROM u WHERE a > 1) FROM t",
    "SELECT a, a = ALL (SELECT a FROM e), a <> ANY (SELECT a FROM r), a = ANY (TABLE r1) FROM t",
    "SELECT a, a >= ALL (SELECT a FROM r WHERE k = 10), a <= ANY (SELECT a FROM e) FROM t",
    "SELECT a FROM t WHERE a > (SELECT avg(a) FROM t) OR a IN (SELECT a FROM r)",
    "SELECT b, sum(a) FROM t GROUP BY b HAVING sum(a) > (SELECT avg(a) FROM u)",
    "SELECT * FROM t WHERE (SELECT a = 1 FROM r WHERE k = 10)",
    "SELECT x FROM (VALUES ((SELECT max(a) FROM t)), ((SELECT 3))) AS v(x)",
]
CORRELATED = [
    "SELECT a, (SELECT count(*) FROM u WHERE u.a = t.a) FROM t",
    "SELECT a, (SELECT sum(u.a) + count(*) FROM u WHERE u.a = t.a) FROM t",
    "SELECT a, (SELECT count(*) FROM u WHERE u.a > t.a) FROM t",
    "SELECT a, (SELECT count(DISTINCT u.b) FROM u WHERE u.a = t.a) FROM t",
    "SELECT a, (SELECT count(*) FROM u WHERE u.a IS NOT DISTINCT FROM t.a) FROM t",
    "SELECT a, (SELECT count(*) FILTER (WHERE u.a = t.a) FROM u) FROM t",
    "SELECT a, (SELECT count(*) FROM u WHERE u.a = t.a HAVING count(*) > 1) FROM t",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)",
    "SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.b <> t.b)",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a > t.a)",
    "SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a > t.a)",
    "SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM e WHERE e.a > t.a)",
    "SELECT a FROM t WHERE EXISTS (SELECT sum(a) FROM u WHERE u.a = t.a)",
    "SELECT a FROM t WHERE EXISTS (SELECT sum(a) FROM u WHERE u.a = t.a HAVING count(*) > 1)",
    "SELECT a FROM t WHERE EXISTS (SELECT b FROM u WHERE u.a = t.a GROUP BY b LIMIT 3)",
    "SELECT a FROM t WHERE EXISTS (SELECT DISTINCT b FROM u WHERE u.a >= t.a ORDER BY b)",
    "SELECT a FROM t WHERE a IN (SELECT u.a FROM u WHERE u.b = t.b)",
    "SELECT a FROM t WHERE a NOT IN (SELECT u.a FROM u WHERE u.b = t.b)",
    "SELECT a, a NOT IN (SELECT u.a FROM u WHERE u.b <> t.b) FROM t",
    "SELECT a FROM t WHERE a IN (SELECT t.a FROM r WHERE r.a = 1)",
    "SELECT a, a > ALL (SELECT u.a FROM u WHERE u.b = t.b) FROM t",
    "SELECT a, EXISTS (SELECT 1 FROM u WHERE u.a = t.a OR u.b = t.b) FROM t",
    "SELECT a, (SELECT max(u.a) FROM u WHERE u.a < t.a OR u.b = t.b) FROM t",
    "SELECT k, (SELECT u.d FROM u WHERE u.a = r.a AND u.b <> 'y') FROM r",
    "SELECT a, (SELECT b FROM u WHERE u.a = 10 + t.a) FROM t",
    "SELECT a, (SELECT u.b || t.b FROM u WHERE u.a = t.a AND u.b = 'x') FROM t",
    "SELECT a FROM t WHERE a = (SELECT min(u.a) FROM u WHERE u.b = t.b)",
    "SELECT a FROM t WHERE c > (SELECT 0.5 * avg(x.c) FROM t AS x WHERE x.b = t.b)",
    "SELECT b, (SELECT count(*) FROM u WHERE u.b = t.b) FROM t GROUP BY b",
    "SELECT b, sum((SELECT count(*) FROM u WHERE u.b = t.b)) FROM t GROUP BY b",
    "SELECT (SELECT count(*) FROM u WHERE u.b = t.b) AS n, count(*) FROM t GROUP BY 1",
    "SELECT b FROM t GROUP BY b HAVING sum(c) > (SELECT min(a) FROM u WHERE u.b = t.b)",
    "SELECT a FROM t ORDER BY (SELECT count(*) FROM u WHERE u.a = t.a), a",
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM u WHERE u.a = t.a) THEN 'y' ELSE 'n' END FROM t",
    "SELECT t.a FROM t JOIN u ON t.a = u.a AND u.a IN (SELECT a FROM r WHERE r.k > t.c)",
    "SELECT a, (SELECT sum(v.n) FROM (SELECT count(*) AS n FROM u WHERE u.a > t.a) AS v) FROM t",
    "SELECT a, (SELECT count(*) FROM u LEFT JOIN r ON r.a = u.a AND r.k > t.a) FROM t",
    "SELECT a, (SELECT count(*) FROM u LEFT JOIN (SELECT a FROM r WHERE r.k > t.a + 9) AS s"
    " ON s.a = u.a) FROM t",
    "SELECT a, (SELECT count(*) FROM (SELECT a FROM u WHERE u.a > t.a UNION ALL"
    " SELECT a FROM r WHERE r.a > t.a) AS x) FROM t",
    "SELECT a, (SELECT count(*) FROM (SELECT a FROM u WHERE u.a >= t.a INTERSECT"
    " SELECT a FROM r WHERE r.a >= t.a) AS x) FROM t",
    "SELECT a, (SELECT count(*) FROM u WHERE a = (SELECT max(r.a) FROM r WHERE r.a = t.a)) FROM t",
    "SELECT a, (SELECT (SELECT max(k) FROM r WHERE r.a = u.a AND r.k > t.a)"
    " FROM u WHERE u.b = t.b AND u.a = 1) FROM t",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND NOT EXISTS"
    " (SELECT 1 FROM r WHERE r.a = u.a AND r.k > t.c))",
    "SELECT a, (SELECT u.b FROM u WHERE u.a = t.a ORDER BY u.b DESC LIMIT 1) FROM t",
    "SELECT a, (SELECT u.b FROM u WHERE u.a >= t.a ORDER BY u.b, u.a LIMIT 1 OFFSET 1) FROM t",
    "SELECT a, EXISTS (SELECT 1 FROM u WHERE u.a = t.a LIMIT 0) FROM t",
    "SELECT a, (SELECT sum(v.a) FROM (SELECT a FROM u WHERE a >= t.c ORDER BY a LIMIT 2) v) FROM t",
    "SELECT a FROM t WHERE a IN (SELECT a FROM u WHERE u.a >= t.a ORDER BY a LIMIT 1)",
    "WITH w AS (SELECT a, count(*) AS n FROM u GROUP BY a)"
    " SELECT t.a, (SELECT n FROM w WHERE w.a = t.a) FROM t",
]


@pytest.mark.parametrize("query", UNCORRELATED)
def test_uncorrelated(twins: Twins, query: str) -> None:
    twins.check(query.replace("(TABLE r1)", "(SELECT a FROM r)"))


@pytest.mark.parametrize("query", CORRELATED)
def test_correlated(twins: Twins, query: str) -> None:
    twins.check(query)


def test_compiled() -> None:
    with open_twins(device="cpu") as both:
        for query in (*UNCORRELATED[13:16], *CORRELATED[:4], *CORRELATED[9:11]):
            both.check(query)


def test_statements() -> None:
    with open_twins() as both:
        for statement in (
            "CREATE TABLE w AS SELECT a, (SELECT count(*) FROM u WHERE u.a = t.a) AS n FROM t",
            "INSERT INTO w SELECT a, 1 FROM t WHERE a NOT IN (SELECT a FROM r)",
            "INSERT INTO w VALUES ((SELECT max(a) FROM t), 7)",
        ):
            both.ours.execute(statement)
            both.theirs.execute(statement)
        both.check("SELECT a, n FROM w")


MORE_THAN_ONE = "more than one row returned by a subquery used as an expression"


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ("SELECT ^(SELECT a FROM t)", gpudb.DataError, MORE_THAN_ONE),
        ("SELECT ^(SELECT u.b FROM u WHERE u.a = t.a) FROM t", gpudb.DataError, MORE_THAN_ONE),
        ("SELECT a FROM t WHERE b = ^(SELECT b FROM u)", gpudb.DataError, MORE_THAN_ONE),
        (
            "SELECT ^(SELECT a, b FROM t)",
            gpudb.ProgrammingError,
            "a subquery used as an expression has one column, not 2",
        ),
        (
            "SELECT 1 FROM t WHERE ^a IN (SELECT a, b FROM t)",
            gpudb.ProgrammingError,
            "the subquery has 2 columns, 1 are compared with it",
        ),
        (
            "SELECT 1 FROM t WHERE ^a IN (SELECT d FROM u)",
            gpudb.ProgrammingError,
            "operator = does not take INTEGER and DATE together",
        ),
        (
            "SELECT (SELECT ^sum(t.a) FROM u) FROM t",
            gpudb.NotSupportedError,
            "an aggregate over an outer query's columns is not supported yet",
        ),
        (
            "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = ^t.nope)",
            gpudb.ProgrammingError,
            "column nope does not exist in t; there are a, b, c",
        ),
        (
            "SELECT a FROM t WHERE a IN (SELECT ^zz.a FROM u)",
            gpudb.ProgrammingError,
            "table zz is not in FROM; there are u",
        ),
        (
            "SELECT 1 FROM t LEFT JOIN u ON EXISTS (^SELECT 1 FROM r WHERE r.a = u.a + t.a)",
            gpudb.NotSupportedError,
            "a subquery in ON of an outer join that reads both sides is not supported yet",
        ),
        (
            "SELECT b FROM t GROUP BY b HAVING EXISTS (SELECT 1 FROM u WHERE u.a < ^sum(t.c))",
            gpudb.ProgrammingError,
            "an aggregate cannot stand in WHERE",
        ),
        (
            "SELECT a FROM t LIMIT ^(SELECT 'a')",
            gpudb.ProgrammingError,
            "LIMIT takes a number of rows, not TEXT",
        ),
        (
            "SELECT b, (SELECT count(*) FROM u WHERE u.a = ^t.a) FROM t GROUP BY b",
            gpudb.ProgrammingError,
            "column a is neither in GROUP BY nor inside an aggregate; "
            "add it to GROUP BY or take min(a)",
        ),
    ],
)
def test_refused(twins: Twins, query: str, error: type[gpudb.Error], message: str) -> None:
    check_refused(twins, query, error, message)
