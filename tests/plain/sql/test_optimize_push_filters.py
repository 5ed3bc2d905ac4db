"""push_filters: plans before and after."""

from __future__ import annotations

from dataclasses import replace

from gpudb.sql.explain import explain
from gpudb.sql.expr import SortKey
from gpudb.sql.optimize.fold_constants import fold_constants
from gpudb.sql.optimize.push_filters import push_filters
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Field,
    Filter,
    Item,
    JoinKind,
    Limit,
    Plan,
    Sort,
)
from gpudb.storage.types import BIGINT, INTEGER
from tests.plain.sql.plans import (
    Builder,
    aggregate_call,
    apply_rule,
    both,
    call,
    either,
    join,
    literal,
    table,
    where,
)

LEFT = table("a", 100, x=(INTEGER, 10, 1, 10), y=(INTEGER, 10, 1, 10))
RIGHT = table("b", 100, u=(INTEGER, 10, 1, 10), v=(INTEGER, 10, 1, 10))
ONE, TWO, FIVE = (literal(value, INTEGER) for value in (1, 2, 5))


def pushed(plan: Plan) -> list[str]:
    """Return the lines of the plan after the rule; a second time, the rule must do nothing."""
    result = apply_rule(push_filters, plan)
    assert apply_rule(push_filters, result) == result
    return explain(result).splitlines()


def sides(kind: JoinKind) -> tuple[Builder, Plan]:
    b = Builder()
    left, right = b.scan(LEFT), b.scan(RIGHT)
    keys = () if kind is JoinKind.CROSS else ((b.column("x"), b.column("u")),)
    return b, join(kind, left, right, *keys)


def test_each_conjunct_goes_to_its_side() -> None:
    b, product = sides(JoinKind.CROSS)
    parts = (
        call("less", b.column("y"), FIVE),
        call("equal", b.column("y"), b.column("v")),
        call("greater", b.column("v"), TWO),
    )
    assert pushed(where(product, *parts)) == [
        "Filter y = v",
        "  Join cross",
        # The bound on each side of y = v holds on the other too.
        "    Filter y < 5 AND y > 2",
        "      Scan a (x, y)",
        "    Filter v > 2 AND v < 5",
        "      Scan b (u, v)",
    ]


def test_literal_travels_over_join_keys() -> None:
    b, joined = sides(JoinKind.INNER)
    assert pushed(where(joined, call("equal", b.column("x"), FIVE))) == [
        "Join inner on x = u",
        "  Filter x = 5",
        "    Scan a (x, y)",
        "  Filter u = 5",
        "    Scan b (u, v)",
    ]


def test_left_join_takes_filters_on_its_left_side_only() -> None:
    b, joined = sides(JoinKind.LEFT)
    v = replace(b.column("v"), nullable=True)
    plan = where(joined, call("less", b.column("x"), FIVE), call("is_null", v))
    assert pushed(plan) == [
        "Filter v IS NULL",
        "  Join left on x = u",
        "    Filter x < 5",
        "      Scan a (x, y)",
        # Rows of b with other keys find no partner.
        "    Filter u < 5",
        "      Scan b (u, v)",
    ]


def test_filter_that_needs_a_partner_makes_the_join_inner() -> None:
    b, joined = sides(JoinKind.LEFT)
    v = replace(b.column("v"), nullable=True)
    assert pushed(where(joined, call("greater", v, TWO)))[0] == "Join inner on x = u"
    with_null_test = either(call("greater", v, TWO), call("is_null", v))
    assert pushed(where(joined, with_null_test))[1] == "  Join left on x = u"


def test_on_conditions_of_outer_joins() -> None:
    for kind, expected in (
        (JoinKind.LEFT, "Join left on x = u AND y < 5"),
        (JoinKind.ANTI, "Join anti on x = u AND y < 5"),
        (JoinKind.SEMI, "Join semi on x = u"),
    ):
        b, joined = sides(kind)
        on = both(call("less", b.column("y"), FIVE), call("greater", b.column("v"), TWO))
        lines = pushed(replace(joined, condition=on))  # type: ignore[type-var]
        assert lines[0] == expected
        assert lines[-2:] == ["  Filter v > 2", "    Scan b (u, v)"]
        assert ("  Filter y < 5" in lines) == (kind is JoinKind.SEMI)


def test_common_conjunct_of_or_is_factored_and_sides_get_their_share() -> None:
    b, product = sides(JoinKind.CROSS)
    key = call("equal", b.column("x"), b.column("u"))
    first = both(key, call("equal", b.column("y"), ONE), call("less", b.column("v"), TWO))
    second = both(key, call("equal", b.column("y"), TWO), call("less", b.column("v"), FIVE))
    assert pushed(where(product, either(first, second))) == [
        "Filter x = u AND (y = 1 AND v < 2 OR y = 2 AND v < 5)",
        "  Join cross",
        "    Filter y = 1 OR y = 2",
        "      Scan a (x, y)",
        "    Filter v < 2 OR v < 5",
        "      Scan b (u, v)",
    ]


def test_share_that_may_raise_is_not_derived() -> None:
    b, product = sides(JoinKind.CROSS)
    quotient = call("divide", ONE, b.column("y"), of=INTEGER)
    branches = (
        both(call("less", b.column("v"), n), call("equal", quotient, n)) for n in (ONE, TWO)
    )
    lines = pushed(where(product, either(*branches)))
    assert lines[2] == "    Scan a (x, y)"


def test_groups_are_filtered_before_they_are_made() -> None:
    b = Builder()
    grouped = b.aggregate(b.scan(LEFT), ("x",), rows=aggregate_call("count"))
    parts = call("less", b.column("x"), FIVE), call("less", b.column("rows"), literal(9, BIGINT))
    assert pushed(where(grouped, *parts)) == [
        "Filter rows < 9",
        "  Aggregate count(*) AS rows by x",
        "    Filter x < 5",
        "      Scan a (x, y)",
    ]


def test_filter_stays_above_the_one_row_of_an_aggregate_without_groups() -> None:
    b = Builder()
    counted = b.aggregate(b.scan(LEFT), (), rows=aggregate_call("count"))
    never = call("equal", call("divide", ONE, ONE, of=INTEGER), TWO)
    assert pushed(where(counted, never))[0].startswith("Filter")


def test_project_is_passed_by_substitution() -> None:
    b = Builder()
    scan = b.scan(LEFT)
    total = call("add", b.column("x"), b.column("y"), of=INTEGER)
    projected = b.project(scan, total=total)
    assert pushed(where(projected, call("less", b.column("total"), FIVE))) == [
        "Project x + y AS total",
        "  Filter x + y < 5",
        "    Scan a (x, y)",
    ]


def test_limits_stop_filters_and_sorts_do_not() -> None:
    b = Builder()
    scan = b.scan(LEFT)
    keys = (SortKey(b.column("x"), False, False),)
    less = call("less", b.column("y"), FIVE)
    assert pushed(Filter(Sort(scan, keys), less))[0] == "Sort x"
    assert pushed(Filter(Sort(scan, keys, limit=3), less))[0] == "Filter y < 5"
    assert pushed(Filter(Limit(scan, 3), less))[0] == "Filter y < 5"


def test_repeated_conjuncts_stand_once() -> None:
    b = Builder()
    scan = b.scan(LEFT)
    less = call("less", b.column("y"), FIVE)
    assert pushed(Filter(Filter(scan, less), both(less, less)))[0] == "Filter y < 5"


def test_derived_filters_survive_folding_unchanged() -> None:
    b, joined = sides(JoinKind.INNER)
    plan = push_filters(where(joined, call("equal", b.column("x"), FIVE)))
    assert apply_rule(fold_constants, plan) is plan


def test_group_expression_is_substituted() -> None:
    b = Builder()
    scan = b.scan(LEFT)
    total = call("add", b.column("x"), b.column("y"), of=INTEGER)
    group = Item(Field(90, "total", INTEGER, False), total)
    rows = AggregateItem(Field(91, "rows", BIGINT, False), aggregate_call("count"))
    b.fields["total"] = group.field
    plan = where(Aggregate(scan, (group,), (rows,)), call("less", b.column("total"), FIVE))
    assert pushed(plan)[1] == "  Filter x + y < 5"
