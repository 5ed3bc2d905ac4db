"""reduce_joins: what is filtered before it is grouped or built, and what may not be."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest

import gpudb
from gpudb.sql.optimize import optimize
from gpudb.sql.optimize.check import check_plan
from gpudb.sql.plan import Plan
from tests.plain.sql.binding import query as bound

reduce_joins = importlib.import_module("gpudb.sql.optimize.reduce_joins")

# Queries, and whether the scan of `large` is filtered by the values of `small`.
GROUPED = "(SELECT k, sum(v) AS s, min(w) AS w FROM large GROUP BY k)"
REDUCED = [
    # Grouped, and built for it or streamed past it.
    f"SELECT small.k, s FROM small JOIN {GROUPED} g ON g.k = small.k WHERE n < 5",
    f"SELECT small.k, s FROM {GROUPED} g JOIN small USING (k) WHERE n = 3 AND s > 10",
    f"SELECT s FROM {GROUPED} g WHERE k IN (SELECT k FROM small WHERE n = 2)",
    f"SELECT n, s FROM (SELECT * FROM small WHERE n < 4) x LEFT JOIN {GROUPED} g ON g.k = x.k",
    "SELECT n, d FROM (SELECT * FROM small WHERE n < 4) x JOIN"
    " (SELECT DISTINCT k, v % 3 AS d FROM large) y ON y.k = x.k",
    # Through what else was read with it, renamed on the way.
    "SELECT n, s FROM (SELECT k AS j, n FROM small WHERE n < 4) x JOIN (SELECT m AS i, s FROM"
    " (SELECT large.k AS m, sum(n) AS s FROM large JOIN small ON small.k = large.v GROUP BY 1)) y"
    " ON x.j = y.i",
    # Built, with a condition: correlated by more than equality.
    "SELECT n FROM small x WHERE n < 4 AND EXISTS (SELECT 1 FROM large y WHERE y.k = x.k"
    " AND y.v <> x.n)",
    "SELECT n FROM small x WHERE n < 4 AND NOT EXISTS (SELECT 1 FROM large y WHERE y.k = x.k"
    " AND y.v < x.n)",
    # A window's partition is there as a whole, or not at all.
    "SELECT n, r FROM (SELECT * FROM small WHERE n < 4) x LEFT JOIN (SELECT k, v, row_number()"
    " OVER (PARTITION BY k ORDER BY v, w) AS r FROM large) y ON y.k = x.k",
    # A correlated subquery in SELECT.
    "SELECT n, (SELECT sum(v) FROM large WHERE large.k = small.k) AS s FROM small WHERE n < 4",
    # Both of its uses filter what they read.
    "SELECT x.n, g.s, h.w FROM (SELECT * FROM small WHERE n < 4) x"
    f" JOIN {GROUPED} g ON g.k = x.k LEFT JOIN {GROUPED} h ON h.k = x.k",
]
KEPT = [
    # Every group is in the answer.
    f"SELECT g.k, s, n FROM {GROUPED} g LEFT JOIN (SELECT * FROM small WHERE n < 4) x ON x.k = g.k",
    f"SELECT k, s FROM {GROUPED} g WHERE k NOT IN (SELECT k FROM small WHERE n < 4 AND k > 0)",
    # Not a key of the group, not a column, too many of the values, or cut before it is joined.
    "SELECT n, s FROM small JOIN (SELECT max(v) AS s FROM large) ON s = k WHERE n < 40",
    f"SELECT n, s FROM small JOIN {GROUPED} g ON g.k + 1 = small.k WHERE n < 4",
    f"SELECT n, s FROM small JOIN {GROUPED} g ON g.k = small.k",
    "SELECT n, v FROM (SELECT k, v FROM large ORDER BY v, k, w LIMIT 50) l JOIN small USING (k)"
    " WHERE n < 4",
    "SELECT n, r FROM (SELECT * FROM small WHERE n < 4) x JOIN (SELECT k, row_number() OVER"
    " (PARTITION BY v ORDER BY k, w) AS r FROM large) y ON y.k = x.k",
]


@pytest.fixture(autouse=True)
def few_rows_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reduce_joins, "MINIMUM_ROWS", 1000)


@pytest.fixture(scope="module")
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect() as made:
        made.execute(
            "CREATE TABLE large AS SELECT CASE WHEN i % 11 <> 0 THEN i * 7 % 499 END AS k,"
            " i % 13 AS v, i AS w FROM generate_series(1, 3000) AS s(i)"
        )
        made.execute(
            "CREATE TABLE small AS SELECT CASE WHEN i % 7 <> 0 THEN i END AS k, i % 100 AS n"
            " FROM generate_series(1, 700) AS s(i)"
        )
        yield made


def plan_and_answers(connection: gpudb.Connection, query: str) -> tuple[str, list[str], list[str]]:
    """The plan, and the rows with the optimizer and without it, in one order."""
    plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {query}").fetchall())
    reduced = sorted(map(str, connection.execute(query).fetchall()))
    connection.execute("SET optimizer = off")
    try:
        whole = sorted(map(str, connection.execute(query).fetchall()))
    finally:
        connection.execute("RESET optimizer")
    return plan, reduced, whole


@pytest.mark.parametrize("query", REDUCED, ids=range(len(REDUCED)))
def test_rows_without_partner_are_left_out_early(connection: gpudb.Connection, query: str) -> None:
    plan, reduced, whole = plan_and_answers(connection, query)
    lines = plan.splitlines()
    scans = [i for i, line in enumerate(lines) if "Scan large" in line]
    assert any("Join semi on k = " in lines[i - 1] for i in scans), plan
    assert "Shared rows with " in plan
    assert reduced == whole
    assert whole


@pytest.mark.parametrize("query", KEPT, ids=range(len(KEPT)))
def test_rows_that_count_stay(connection: gpudb.Connection, query: str) -> None:
    plan, reduced, whole = plan_and_answers(connection, query)
    assert "Shared" not in plan
    assert reduced == whole
    assert whole


def test_plans_are_well_formed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a CTE is shared already, and where rounds read what the round before added."""
    for name in ("MINIMUM_ROWS", "GROUPED_SHARE", "BUILT_SHARE"):
        monkeypatch.setattr(reduce_joins, name, 0 if name == "MINIMUM_ROWS" else 1e9)
    texts = (
        "WITH x AS (SELECT a, max(n) AS m FROM t GROUP BY a) SELECT y.m FROM x JOIN x y"
        " ON x.a = y.a JOIN (SELECT a, count(*) AS c FROM u GROUP BY a) z ON z.a = y.a",
        "WITH RECURSIVE r (k) AS (SELECT a FROM t UNION ALL SELECT k + 1 FROM r JOIN"
        " (SELECT a FROM u GROUP BY a) v ON v.a = k) SELECT k FROM r JOIN t ON t.a = k",
    )
    for text in texts:
        plan: Plan = optimize(bound(text).plan)
        check_plan(plan)


def test_one_part_is_kept_for_all_its_uses(connection: gpudb.Connection) -> None:
    plan, _, _ = plan_and_answers(connection, REDUCED[-1])
    assert plan.count("Filter n < 4") == 1
    assert plan.count("Join semi on k = k") == 2
