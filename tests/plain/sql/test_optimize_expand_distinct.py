"""expand_distinct: plans before and after, and both run over rows by a tiny interpreter."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gpudb.sql.explain import explain
from gpudb.sql.optimize.expand_distinct import expand_distinct
from gpudb.sql.plan import Aggregate, Plan
from gpudb.sql.plan import walk as walk_plan
from gpudb.storage.types import INTEGER
from tests.plain.sql.interpreter import Stored, Value, result
from tests.plain.sql.plans import Builder, aggregate_call, apply_rule, table

TABLE = table(
    "a", 9, g=(INTEGER, 3, 0, 2), x=(INTEGER, 3, 0, 2), y=(INTEGER, 3, 0, 2), z=(INTEGER, 3, 0, 2)
)
NAMES = ("g", "x", "y", "z")


def stored(rows: list[tuple[Value, ...]]) -> Stored:
    return {"a": [dict(zip(NAMES, row, strict=True)) for row in rows]}


def plan_of(groups: tuple[str, ...], calls: list[tuple[str, str | None, bool]]) -> Plan:
    b = Builder()
    scan = b.scan(TABLE, nullable=NAMES)
    made = {
        f"r{i}": aggregate_call(
            name, None if argument is None else b.column(argument), is_distinct=is_distinct
        )
        for i, (name, argument, is_distinct) in enumerate(calls)
    }
    return b.aggregate(scan, groups, **made)


CALLS = st.one_of(
    st.tuples(
        st.sampled_from(("count", "sum", "avg", "min", "max")),
        st.sampled_from(("x", "y", "z")),
        st.booleans(),
    ),
    st.just(("count", None, False)),
)
VALUES = st.none() | st.integers(0, 2)
ROWS = st.lists(st.tuples(VALUES, VALUES, VALUES, VALUES), max_size=8)


@given(
    groups=st.sampled_from(((), ("g",), ("g", "x"))),
    calls=st.lists(CALLS, min_size=1, max_size=4),
    rows=ROWS,
)
def test_expanded_plan_gives_the_same_rows(
    groups: tuple[str, ...],
    calls: list[tuple[str, str | None, bool]],
    rows: list[tuple[Value, ...]],
) -> None:
    plan = plan_of(groups, calls)
    expanded = apply_rule(expand_distinct, plan)
    levels = [n for n in walk_plan(expanded) if isinstance(n, Aggregate)]
    assert not any(a.call.is_distinct for level in levels for a in level.aggregates)
    found, expected = result(expanded, stored(rows)), result(plan, stored(rows))
    assert len(found) == len(expected)
    assert set(found) == set(expected)


def test_one_argument_takes_two_levels() -> None:
    plan = plan_of(("g",), [("count", "x", True), ("sum", "x", True)])
    assert explain(apply_rule(expand_distinct, plan)).splitlines() == [
        "Aggregate count(value) AS r0, sum(value) AS r1 by g",
        "  Aggregate by g, x AS value",
        "    Scan a (g, x, y, z)",
    ]


def test_plain_aggregates_are_merged() -> None:
    plan = plan_of(("g",), [("count", "x", True), ("count", None, False)])
    assert explain(apply_rule(expand_distinct, plan)).splitlines() == [
        "Project g, r0, CASE WHEN sum IS NULL THEN 0 ELSE sum END AS r1",
        "  Aggregate count(value) AS r0, sum(count) AS sum by g",
        "    Aggregate count(*) AS count by g, x AS value",
        "      Scan a (g, x, y, z)",
    ]


def test_several_arguments_repeat_the_rows() -> None:
    plan = plan_of((), [("count", "x", True), ("count", "y", True)])
    assert explain(apply_rule(expand_distinct, plan)).splitlines() == [
        "Aggregate count(value) AS r0, count(value) AS r1",
        "  Aggregate by tag, CASE WHEN tag = 0 THEN x ELSE NULL END AS value,"
        " CASE WHEN tag = 1 THEN y ELSE NULL END AS value",
        "    Join cross",
        "      Scan a (g, x, y, z)",
        "      Values (tag) 2 rows",
    ]


def test_plans_without_distinct_are_left_alone() -> None:
    plan = plan_of(("g",), [("sum", "x", False)])
    assert apply_rule(expand_distinct, plan) is plan
    idle = apply_rule(expand_distinct, plan_of(("g",), [("min", "x", True)]))
    assert explain(idle).splitlines()[0] == "Aggregate min(x) AS r0 by g"


def test_what_cannot_be_merged_is_left_to_several_passes() -> None:
    plan = plan_of((), [("count", "x", True), ("sum", "y", False)])
    assert isinstance(plan, Aggregate)
    odd = replace(plan.aggregates[1].call, function="var_pop")
    aggregates = (plan.aggregates[0], replace(plan.aggregates[1], call=odd))
    plan = replace(plan, aggregates=aggregates)
    assert expand_distinct(plan) == plan
