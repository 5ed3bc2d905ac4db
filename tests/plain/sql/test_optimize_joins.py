"""find_join_keys and order_joins: plans before and after."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

from gpudb.sql.explain import explain
from gpudb.sql.expr import Expression, walk
from gpudb.sql.optimize.find_join_keys import find_join_keys
from gpudb.sql.optimize.order_joins import order_joins
from gpudb.sql.plan import Join, JoinKind, Plan
from gpudb.sql.plan import walk as walk_plan
from gpudb.sql.plan_expressions import expressions
from gpudb.storage.types import INTEGER, decimal
from tests.plain.sql.plans import (
    Builder,
    FakeTable,
    apply_rule,
    both,
    call,
    cross,
    join,
    literal,
    table,
    where,
)

LEFT = table("a", 100, x=(INTEGER, 10, 1, 10), y=(INTEGER, 10, 1, 10))
RIGHT = table("b", 100, u=(INTEGER, 10, 1, 10), v=(INTEGER, 10, 1, 10))


def keys_found(plan: Plan) -> list[str]:
    return explain(apply_rule(find_join_keys, plan)).splitlines()


def equal(b: Builder, left: str, right: str) -> Expression:
    return call("equal", b.column(left), b.column(right))


def test_equalities_become_keys_and_the_rest_stays() -> None:
    b = Builder()
    product = cross(b.scan(LEFT), b.scan(RIGHT))
    rest = call("less", b.column("y"), b.column("v"))
    # The sides of an equality may stand in any order.
    assert keys_found(where(product, equal(b, "u", "x"), rest))[:2] == [
        "Filter y < v",
        "  Join inner on x = u",
    ]


def test_keys_may_be_expressions_of_one_side() -> None:
    b = Builder()
    product = cross(b.scan(LEFT), b.scan(RIGHT))
    total = call("add", b.column("x"), b.column("y"), of=INTEGER)
    mixed = call("add", b.column("x"), b.column("u"), of=INTEGER)
    conjuncts = call("equal", total, b.column("u")), call("equal", mixed, b.column("v"))
    assert keys_found(where(product, *conjuncts))[:2] == [
        "Filter x + u = v",
        "  Join inner on x + y = u",
    ]


def test_join_without_keys_is_a_cross_join() -> None:
    b = Builder()
    plan = join(JoinKind.INNER, b.scan(LEFT), b.scan(RIGHT))
    less = call("less", b.column("y"), b.column("v"))
    assert keys_found(replace(plan, condition=less))[:2] == ["Filter y < v", "  Join cross"]


def test_outer_joins_keep_their_condition() -> None:
    b = Builder()
    plan = join(JoinKind.LEFT, b.scan(LEFT), b.scan(RIGHT))
    less = call("less", b.column("y"), b.column("v"))
    on = both(equal(b, "x", "u"), less)
    assert keys_found(replace(plan, condition=on))[0] == "Join left on x = u AND y < v"


def test_decimal_keys_get_one_precision() -> None:
    b = Builder()
    left = b.scan(table("a", 9, x=(decimal(9, 2), 9, 0, 8)))
    right = b.scan(table("b", 9, u=(decimal(15, 2), 9, 0, 8)))
    assert keys_found(where(cross(left, right), equal(b, "x", "u")))[0] == (
        "Join inner on CAST(x AS DECIMAL(15,2)) = u"
    )


def ordered(plan: Plan) -> Plan:
    return apply_rule(order_joins, find_join_keys(plan))


def test_small_side_is_built_and_large_side_streams() -> None:
    for names in (("nation", "customer"), ("customer", "nation")):
        b = Builder()
        plan = cross(*(b.scan(name) for name in names))
        result = ordered(where(plan, equal(b, "c_nationkey", "n_nationkey")))
        joined = next(node for node in walk_plan(result) if isinstance(node, Join))
        assert explain(joined.left).startswith("Scan customer")
        assert explain(joined.right).startswith("Scan nation")


def test_unconnected_tables_are_crossed_last() -> None:
    b = Builder()
    plan = cross(b.scan("nation"), b.scan("part"), b.scan("region"))
    result = ordered(where(plan, equal(b, "n_regionkey", "r_regionkey")))
    lines = [line.strip() for line in explain(result).splitlines()]
    assert lines[1:] == [
        "Join cross",
        "Scan part (p_partkey, p_brand, p_container, p_size)",
        "Join inner on n_regionkey = r_regionkey",
        "Scan nation (n_nationkey, n_regionkey, n_name)",
        "Scan region (r_regionkey, r_name)",
    ]


def test_left_join_keeps_its_sides() -> None:
    b = Builder()
    plan = join(
        JoinKind.LEFT,
        b.scan("nation"),
        b.scan("customer"),
        (b.column("n_nationkey"), b.column("c_nationkey")),
    )
    assert apply_rule(order_joins, plan) is plan


def test_left_join_is_ordered_as_one_relation() -> None:
    b = Builder()
    outer = join(
        JoinKind.LEFT,
        b.scan("nation"),
        b.scan("supplier"),
        (b.column("n_nationkey"), b.column("s_nationkey")),
    )
    plan = where(cross(outer, b.scan("customer")), equal(b, "c_nationkey", "n_nationkey"))
    result = ordered(plan)
    kinds = [node.kind for node in walk_plan(result) if isinstance(node, Join)]
    assert kinds == [JoinKind.INNER, JoinKind.LEFT]


def predicates(plan: Plan) -> list[Expression]:
    return [e for node in walk_plan(plan) for e in expressions(node)]


def test_no_predicate_is_lost() -> None:
    """Equalities within a relation, over three relations, and constant ones all stay."""
    b = Builder()
    third = table("c", 100, w=(INTEGER, 10, 1, 10), z=(INTEGER, 10, 1, 10))
    tables = cross(b.scan(LEFT), b.scan(RIGHT), b.scan(third))
    total = call("add", b.column("x"), b.column("u"), of=INTEGER)
    one = literal(1, INTEGER)
    zero = call("subtract", one, one, of=INTEGER)
    constant = call("equal", call("divide", one, zero, of=INTEGER), one)
    plan = where(
        tables,
        equal(b, "x", "u"),
        equal(b, "y", "u"),
        call("equal", total, b.column("z")),
        call("less", b.column("y"), b.column("w")),
        constant,
    )
    result = ordered(plan)
    found = explain(result)
    # x = u and y = u: one is the key, the other follows from x = y inside a.
    assert "x = y" in found
    assert "x + u = z" in found or "z = x + u" in found
    assert "y < w" in found
    assert any(node == constant for e in predicates(result) for node in walk(e))


def chain(count: int) -> Plan:
    """Return the comma join t0, t1, ... with each one tied to the next."""
    b = Builder()
    tables: list[FakeTable] = []
    for i in range(count):
        rows = 10 ** (1 + i % 5)
        column = (INTEGER, rows, 1, rows)
        tables.append(table(f"t{i}", rows, **{f"k{i}": column, f"n{i}": column}))
    plan = cross(*map(b.scan, tables))
    ties = (equal(b, f"n{i}", f"k{j}") for i, j in pairwise(range(count)))
    return where(plan, *ties)


def test_many_tables_are_ordered_in_time() -> None:
    for count in (10, 24):
        # Find the keys first, as the rules do; without pushed filters all stand at the top.
        begin = time.perf_counter()
        result = ordered(chain(count))
        seconds = time.perf_counter() - begin
        joins = [node for node in walk_plan(result) if isinstance(node, Join)]
        assert len(joins) == count - 1
        assert all(node.kind is JoinKind.INNER for node in joins)
        assert seconds < 2
