"""prune_columns, merge_projects, limit_sorts and prune_zones: plans before and after."""

from __future__ import annotations

from gpudb.sql.explain import explain
from gpudb.sql.expr import SortKey
from gpudb.sql.optimize.limit_sorts import limit_sorts
from gpudb.sql.optimize.merge_projects import merge_projects
from gpudb.sql.optimize.prune_columns import prune_columns
from gpudb.sql.optimize.prune_zones import prune_zones
from gpudb.sql.plan import JoinKind, Limit, Sort, Values, ZoneFilter
from gpudb.sql.plan import walk as walk_plan
from gpudb.storage.types import DOUBLE, INTEGER
from tests.plain.sql.plans import (
    Builder,
    aggregate_call,
    apply_rule,
    call,
    either,
    join,
    literal,
    one_of,
    table,
    text,
    where,
)

WIDE = table(
    "a",
    100,
    x=(INTEGER, 10, 1, 10),
    y=(INTEGER, 10, 1, 10),
    z=(INTEGER, 10, 1, 10),
    d=(DOUBLE, 10, 0.5, 9.5),
)
OTHER = table("b", 100, u=(INTEGER, 10, 1, 10), v=(INTEGER, 10, 1, 10), w=(INTEGER, 10, 1, 10))
ONE, FIVE = literal(1, INTEGER), literal(5, INTEGER)


def test_scan_reads_only_what_is_used() -> None:
    b = Builder()
    rows = where(b.scan(WIDE), call("less", b.column("y"), FIVE))
    plan = b.keep(rows, "x")
    assert explain(apply_rule(prune_columns, plan)).splitlines() == [
        "Project x",
        "  Filter y < 5",
        "    Scan a (x, y)",
    ]


def test_count_reads_no_column() -> None:
    b = Builder()
    plan = b.aggregate(b.scan(WIDE), (), rows=aggregate_call("count"))
    assert explain(apply_rule(prune_columns, plan)).splitlines()[1] == "  Scan a ()"


def test_unused_items_and_aggregates_go() -> None:
    b = Builder()
    scan = b.scan(WIDE)
    total = call("add", b.column("x"), b.column("y"), of=INTEGER)
    inner = b.project(scan, total=total, other=b.column("z"))
    calls = {
        "most": aggregate_call("max", b.column("other")),
        "least": aggregate_call("min", b.column("total")),
    }
    plan = b.keep(b.aggregate(inner, (), **calls), "least")
    assert explain(apply_rule(prune_columns, plan)).splitlines() == [
        "Project least",
        "  Aggregate min(total) AS least",
        "    Project x + y AS total",
        "      Scan a (x, y)",
    ]


def test_build_side_holds_keys_and_payload_only() -> None:
    b = Builder()
    left = b.scan(WIDE)
    right = where(b.scan(OTHER), call("less", b.column("w"), FIVE))
    joined = join(JoinKind.INNER, left, right, (b.column("x"), b.column("u")))
    plan = b.keep(joined, "y", "v")
    assert explain(apply_rule(prune_columns, plan)).splitlines() == [
        "Project y, v",
        "  Join inner on x = u",
        "    Scan a (x, y)",
        "    Project u, v",
        "      Filter w < 5",
        "        Scan b (u, v, w)",
    ]


def test_sort_holds_no_more_than_it_needs() -> None:
    b = Builder()
    rows = where(b.scan(WIDE), call("less", b.column("z"), FIVE))
    plan = b.keep(Sort(rows, (SortKey(b.column("y"), False, False),)), "x")
    assert explain(apply_rule(prune_columns, plan)).splitlines()[2] == "    Project x, y"


def test_values_lose_columns() -> None:
    b = Builder()
    fields = b.field("p", INTEGER), b.field("q", INTEGER)
    plan = b.keep(Values(fields, ((ONE, FIVE), (FIVE, ONE))), "q")
    pruned = apply_rule(prune_columns, plan)
    assert [n.rows for n in walk_plan(pruned) if isinstance(n, Values)] == [((FIVE,), (ONE,))]


def test_pruned_plan_is_left_alone() -> None:
    b = Builder()
    plan = b.scan(WIDE)
    assert apply_rule(prune_columns, plan) is plan


def test_projects_merge_unless_work_is_repeated() -> None:
    b = Builder()
    scan = b.scan(WIDE)
    inner = b.project(scan, s=call("add", b.column("x"), ONE, of=INTEGER), t=b.column("y"))
    s, t = b.column("s"), b.column("t")
    once = b.project(inner, r=call("add", s, call("add", t, t, of=INTEGER), of=INTEGER))
    assert explain(apply_rule(merge_projects, once)).splitlines()[0] == (
        "Project x + 1 + y + y AS r"
    )
    twice = b.project(inner, q=call("multiply", s, s, of=INTEGER))
    assert apply_rule(merge_projects, twice) is twice


def test_project_that_repeats_its_input_goes() -> None:
    b = Builder()
    scan = b.scan(OTHER)
    assert apply_rule(merge_projects, b.keep(scan, "u", "v", "w")) is scan
    swapped = b.keep(scan, "v", "u", "w")
    assert apply_rule(merge_projects, swapped) is swapped


def test_limit_reaches_the_sort() -> None:
    b = Builder()
    ordered = Sort(b.scan(OTHER), (SortKey(b.column("u"), False, False),))
    plan = Limit(b.keep(ordered, "v"), 10)
    assert explain(apply_rule(limit_sorts, plan)).splitlines()[:2] == [
        "Project v",
        "  Sort u first 10",
    ]
    with_offset = Limit(ordered, 10, offset=5)
    assert explain(apply_rule(limit_sorts, with_offset)).splitlines()[:2] == [
        "Limit 10 offset 5",
        "  Sort u first 15",
    ]
    assert apply_rule(limit_sorts, Limit(ordered, None, 5)) == Limit(ordered, None, 5)


def zones_of(*conjuncts_of: str) -> tuple[ZoneFilter, ...]:
    b = Builder()
    scan = b.scan(WIDE)
    x, d = b.column("x"), b.column("d")
    known = {
        "x < 5": call("less", x, FIVE),
        "x > 1": call("greater", x, ONE),
        "x = 5": call("equal", x, FIVE),
        "x <> 5": call("not_equal", x, FIVE),
        "x in": one_of(x, ONE, FIVE),
        "d < 2.5": call("less", d, literal(2.5, DOUBLE)),
        "d > 1.5": call("greater", d, literal(1.5, DOUBLE)),
        "x < y": call("less", x, b.column("y")),
        "x = 1 or x = 5": either(call("equal", x, ONE), call("equal", x, FIVE)),
        "x = 1 or y = 5": either(call("equal", x, ONE), call("equal", b.column("y"), FIVE)),
    }
    plan = where(scan, *(known[c] for c in conjuncts_of))
    pruned = apply_rule(prune_zones, plan)
    (found,) = [n.zone_filters for n in walk_plan(pruned) if type(n) is type(scan)]
    return found


def test_zone_filters() -> None:
    assert zones_of("x < 5", "x > 1") == (ZoneFilter("x", 2, 4),)
    assert zones_of("x = 5") == (ZoneFilter("x", 5, 5),)
    assert zones_of("x in") == (ZoneFilter("x", 1, 5),)
    # There is no next double to step to: the bound itself stays in.
    assert zones_of("d < 2.5", "d > 1.5") == (ZoneFilter("d", 1.5, 2.5),)
    assert zones_of("x = 1 or x = 5") == (ZoneFilter("x", 1, 5),)
    assert zones_of("x <> 5", "x < y", "x = 1 or y = 5") == ()


def test_text_has_no_zones() -> None:
    b = Builder()
    plan = where(b.scan("region"), call("equal", b.column("r_name"), text("ASIA")))
    assert apply_rule(prune_zones, plan) is plan
