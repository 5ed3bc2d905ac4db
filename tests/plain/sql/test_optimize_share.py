"""inline_shared and optimize_shared: which CTEs are computed once, and what of them."""

from __future__ import annotations

import pytest

from gpudb.sql.explain import explain
from gpudb.sql.optimize import RULES, optimize
from gpudb.sql.optimize.check import check_plan
from gpudb.sql.optimize.share import inline_shared
from gpudb.sql.plan import Shared, output_fields, walk
from tests.plain.sql.binding import query

COSTLY = "WITH x AS (SELECT a, count(*) AS c, max(n) AS m FROM t GROUP BY a) "
PLANS = {
    COSTLY + "SELECT a FROM x": "Project a\n  Aggregate by a\n    Scan t (a)",
    COSTLY + "SELECT y.c FROM x JOIN x y ON x.a = y.a": (
        "Project c\n"
        "  Join inner on a = a\n"
        "    Shared x (a, c)\n"
        "      Project a, count(*) AS c\n"
        "        Aggregate count(*) by a\n"
        "          Scan t (a)\n"
        "    Shared x (a)"
    ),
    # What one CTE reads of another counts, and is all that is kept of it.
    COSTLY + ", y AS (SELECT max(m) AS m FROM x) SELECT y.m, z.m FROM y, y z WHERE y.m > 3": (
        "Project m, m\n"
        "  Join cross\n"
        "    Shared y (m)\n"
        "      Project max(m) AS m\n"
        "        Aggregate max(m)\n"
        "          Project max(n) AS m\n"
        "            Aggregate max(n) by a\n"
        "              Scan t (a, n)\n"
        "    Filter m > 3\n"
        "      Shared y (m)"
    ),
    "WITH RECURSIVE r (k) AS (SELECT a FROM t UNION ALL SELECT k + 1 FROM r JOIN u ON u.a = k)"
    " SELECT k FROM r LIMIT 3": (
        "Limit 3\n"
        "  Project k\n"
        "    Iterate r (k) first 3\n"
        "      Project a\n"
        "        Scan t (a)\n"
        "      Project k + 1\n"
        "        Join inner on k = a\n"
        "          Last round (k)\n"
        "          Scan u (a)"
    ),
}


@pytest.mark.parametrize(("text", "expected"), PLANS.items(), ids=range(len(PLANS)))
def test_plan(text: str, expected: str) -> None:
    plan = query(text).plan
    check_plan(plan)
    done = inline_shared(plan)
    check_plan(done)
    for rule in RULES:
        done = rule(done)
        check_plan(done)
    result = optimize(plan)
    check_plan(result)
    fields = [(f.id, f.type) for f in output_fields(plan)]
    assert [(f.id, f.type) for f in output_fields(result)] == fields
    assert explain(result) == expected


def test_hints_decide() -> None:
    kept = optimize(query("WITH x AS MATERIALIZED (SELECT a FROM t) SELECT a FROM x").plan)
    assert any(isinstance(node, Shared) for node in walk(kept))
    text = "WITH x AS NOT MATERIALIZED (SELECT count(*) AS c FROM t) SELECT x.c FROM x, x y"
    inlined = optimize(query(text).plan)
    assert not any(isinstance(node, Shared) for node in walk(inlined))


def test_definitions_that_read_another_twice_are_planned_once() -> None:
    """Twice for each of thirty, the last would be planned a billion times."""
    text = "WITH x0 AS (SELECT count(*) AS c FROM t)"
    for level in range(1, 30):
        text += f", x{level} AS (SELECT sum(y.c) AS c FROM x{level - 1} y, x{level - 1} z)"
    plan = optimize(query(text + " SELECT c FROM x29").plan)
    assert explain(plan).count("Scan") == 1
