"""DISTINCT ON, GROUP BY ALL, stars without columns, aliases in WHERE, FETCH and FILTER."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import gpudb
from tests.plain.engine.twins import Twins, check_refused, open_twins


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    with open_twins() as both:
        yield both


@pytest.mark.parametrize(
    "query",
    [
        "SELECT DISTINCT ON (b) b, a FROM t ORDER BY b, a DESC",
        "SELECT DISTINCT ON (b) a FROM t ORDER BY b DESC NULLS LAST, a, c",
        "SELECT DISTINCT ON (a, b) b, c FROM t ORDER BY b, a",
        "SELECT DISTINCT ON (a % 2) a FROM t ORDER BY a % 2, a LIMIT 2",
        "SELECT DISTINCT ON (b) count(*), b FROM t GROUP BY a, b ORDER BY b, a",
        "SELECT count(*) FROM (SELECT DISTINCT ON (b) b FROM t) AS v",
        "SELECT * FROM (SELECT DISTINCT ON (b) b, a FROM t ORDER BY b, a) v WHERE b = 'x'",
        "SELECT * FROM (SELECT DISTINCT ON (b) b, a FROM t ORDER BY b, a) v WHERE a > 1",
        "SELECT DISTINCT ON (a) a FROM e ORDER BY a",
        "SELECT DISTINCT ON (d) d, n FROM u ORDER BY d, n DESC OFFSET 1",
        "SELECT * EXCLUDE (a) FROM t",
        "SELECT * EXCLUDE a FROM t",
        "SELECT * EXCEPT (b) FROM t",
        "SELECT * EXCLUDE (a, c) REPLACE (b || '!' AS b) FROM t",
        "SELECT * REPLACE (a * 2 AS a, replace(b, 'x', 'y') AS b) FROM t",
        "SELECT t.* EXCLUDE (b), u.* EXCLUDE (a, b) FROM t JOIN u ON t.a = u.a",
        "SELECT a * replace(b, 'x', '1')::INT FROM t WHERE b = 'x'",
        "SELECT a, b, count(*), sum(c) FROM t GROUP BY ALL",
        "SELECT b, sum(c) / count(*) FROM t GROUP BY ALL HAVING count(*) > 1",
        "SELECT count(*) FROM e GROUP BY ALL",
        "SELECT a + 1 AS x FROM t WHERE x > 2",
        "SELECT a AS c FROM t WHERE c > 0",
        "SELECT b AS k, sum(a) AS s FROM t WHERE k <> '' GROUP BY k HAVING s > 2",
        "SELECT a FROM t ORDER BY a FETCH FIRST 2 ROWS ONLY",
        "SELECT a FROM t ORDER BY a OFFSET 1 ROWS FETCH NEXT ROW ONLY",
        "SELECT sum(a) FILTER (WHERE b = 'x'), count(*) FILTER (WHERE a > 1) FROM t",
        "SELECT b, avg(a) FILTER (WHERE c > 0), count(DISTINCT a) FILTER (WHERE a > 1) FROM t"
        " GROUP BY b",
        "SELECT min(a) FILTER (WHERE a IN (SELECT a FROM r)) FROM t",
    ],
)
def test_queries(twins: Twins, query: str) -> None:
    twins.check(query)


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        (
            "SELECT DISTINCT ON (b) b, a FROM t ORDER BY ^a",
            gpudb.ProgrammingError,
            "with DISTINCT ON, ORDER BY begins with what stands in ON",
        ),
        (
            "SELECT * EXCLUDE (^zz) FROM t",
            gpudb.ProgrammingError,
            "EXCLUDE: * has no column zz; there are a, b, c",
        ),
        (
            "SELECT * REPLACE (^1 AS bb) FROM t",
            gpudb.ProgrammingError,
            "REPLACE: * has no column bb; did you mean b?",
        ),
        (
            "SELECT count(*) AS k FROM t WHERE ^k > 1",
            gpudb.ProgrammingError,
            "an aggregate cannot stand in WHERE",
        ),
        (
            "SELECT sum(a) FILTER (WHERE ^a) FROM t",
            gpudb.ProgrammingError,
            "FILTER takes a BOOLEAN, not INTEGER",
        ),
    ],
)
def test_refused(twins: Twins, query: str, error: type[gpudb.Error], message: str) -> None:
    check_refused(twins, query, error, message)
