"""Joins of every side, by ON, USING and NATURAL, against DuckDB; what is refused, and where."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import gpudb
from tests.plain.engine.twins import Twins, check_refused, open_twins


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    with open_twins() as both:
        yield both


CONDITIONS = ("t.a = u.a", "t.a = u.a AND t.b = u.b", "t.a < u.a", "t.a = u.a AND t.b <> 'x'",
              "t.a = u.a AND u.b <> 'x'", "t.a IS NOT DISTINCT FROM u.a", "TRUE",
              "t.a = u.a OR t.b = u.b", "t.b || 'y' = u.b || 'y'")  # fmt: skip


@pytest.mark.parametrize("side", ["", "LEFT", "RIGHT", "FULL"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_on(twins: Twins, side: str, condition: str) -> None:
    query = f"SELECT t.a, t.b, u.a, u.b, u.d FROM t {side} JOIN u ON {condition}"
    # DuckDB refuses FULL JOINs by other conditions than equalities.
    if side == "FULL" and ("<" in condition or condition == "TRUE" or "OR" in condition):
        theirs = (
            f"SELECT t.a, t.b, u.a, u.b, u.d FROM t LEFT JOIN u ON {condition} UNION ALL"
            f" SELECT NULL, NULL, u.a, u.b, u.d FROM u WHERE NOT EXISTS"
            f" (SELECT 1 FROM t WHERE {condition})"
        )
        twins.check(query, theirs)
    else:
        twins.check(query)


@pytest.mark.parametrize("side", ["", "LEFT", "RIGHT", "FULL"])
@pytest.mark.parametrize(
    "query",
    [
        "SELECT a, t.c, u.d FROM t {} JOIN u USING (a)",
        "SELECT a, b, t.a, u.a, t.b FROM t {} JOIN u USING (a, b)",
        "SELECT count(*), sum(a) FROM t NATURAL {} JOIN r",
        "SELECT a, c, k FROM t NATURAL {} JOIN r WHERE a > 1",
        "SELECT a, c, d, k FROM t {} JOIN u USING (a) {} JOIN r USING (a)",
        "SELECT a, count(*) FROM t {} JOIN r USING (a) GROUP BY a",
        "SELECT t.b, e.b FROM t {} JOIN e ON t.a = e.a WHERE t.b IS NULL OR e.b IS NULL",
        "SELECT t.b, u.b FROM e {} JOIN t ON t.a = e.a {} JOIN u ON u.a = t.a AND u.b = t.b",
        "SELECT x.a, y.a FROM t x {} JOIN t y ON x.a = y.a + 1",
        "SELECT v.a, r.k FROM (SELECT a FROM t UNION SELECT a FROM u) v {} JOIN r ON v.a = r.a",
        "SELECT t.a, r.k FROM t {} JOIN r ON t.a = r.a WHERE r.k > 10",
        "SELECT t.a, r.k FROM t {} JOIN r ON t.a = r.a WHERE t.c > 0",
        "SELECT k, (SELECT count(*) FROM t {} JOIN u ON t.a = u.a WHERE u.a = r.a) FROM r",
        "SELECT count(t.a) FROM t {} JOIN u ON t.a = u.a WHERE t.a IN (SELECT a FROM r)",
        "SELECT e.a, s.k FROM e {} JOIN (SELECT k FROM r WHERE FALSE) AS s ON e.a = s.k",
    ],
)
def test_queries(twins: Twins, query: str, side: str) -> None:
    twins.check(query.replace("{}", side))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT t.a, x.n FROM t, LATERAL (SELECT count(*) AS n FROM u WHERE u.a = t.a) AS x",
        "SELECT t.a, x.b FROM t CROSS JOIN LATERAL"
        " (SELECT b FROM u WHERE u.a >= t.a ORDER BY u.a DESC, b LIMIT 2) AS x",
        "SELECT c, x.b FROM t LEFT JOIN LATERAL (SELECT b FROM u WHERE u.a = t.a) x ON x.b <> 'q'",
        "SELECT t.a, y.j FROM t, LATERAL (SELECT t.a + 1 AS k) x, LATERAL (SELECT x.k * 2 AS j) y",
        "SELECT t.a, v.a FROM t JOIN LATERAL"
        " (SELECT a FROM u WHERE u.b = t.b UNION ALL SELECT t.a) AS v ON TRUE",
        "SELECT t.a, v.a FROM t LEFT JOIN LATERAL (SELECT a FROM u WHERE u.a < t.a) v ON TRUE",
        "SELECT t.a, x.a FROM t, LATERAL (SELECT r.a FROM r) AS x WHERE x.a = t.a",
    ],
)
def test_lateral(twins: Twins, query: str) -> None:
    twins.check(query)


def test_compiled() -> None:
    with open_twins(device="cpu") as both:
        for side in ("RIGHT", "FULL"):
            both.check(f"SELECT a, b, c, d FROM t {side} JOIN u USING (a, b)")


def test_star(twins: Twins) -> None:
    for side, names in (("", "a b c k"), ("LEFT", "a b c k"), ("RIGHT", "a b c k")):
        cursor = twins.ours.execute(f"SELECT * FROM t {side} JOIN r USING (a)")
        assert cursor.description is not None
        assert " ".join(column[0] for column in cursor.description) == names


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        (
            "SELECT 1 FROM t FULL JOIN ^u USING (c)",
            gpudb.ProgrammingError,
            "column c does not exist; there are a, b, d, n",
        ),
        (
            "SELECT 1 FROM t RIGHT JOIN ^u",
            gpudb.ProgrammingError,
            "JOIN needs ON or USING (or write CROSS JOIN)",
        ),
        (
            "SELECT ^a FROM t FULL JOIN u ON t.a = u.a",
            gpudb.ProgrammingError,
            "column a is ambiguous: it may be t.a and u.a",
        ),
        (
            "SELECT 1 FROM t RIGHT JOIN u ON ^t.a IN (SELECT u.a)",
            gpudb.NotSupportedError,
            "a subquery in ON of an outer join that reads both sides is not supported yet",
        ),
        (
            "SELECT 1 FROM t RIGHT JOIN LATERAL ^(SELECT t.a) AS x ON TRUE",
            gpudb.NotSupportedError,
            "LATERAL behind other than JOIN or LEFT JOIN ... ON is not supported yet",
        ),
        (
            "SELECT 1 FROM t FULL JOIN ^u AS t ON TRUE",
            gpudb.ProgrammingError,
            "table t stands twice in FROM; give one of them an alias",
        ),
    ],
)
def test_refused(twins: Twins, query: str, error: type[gpudb.Error], message: str) -> None:
    check_refused(twins, query, error, message)
