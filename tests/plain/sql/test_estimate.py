"""estimate: rows of plans over TPC-H's statistics, within what order_joins needs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gpudb.sql.estimate import estimate
from gpudb.sql.expr import Expression
from gpudb.sql.plan import Join, JoinKind, Limit, Values
from gpudb.storage.statistics import Statistics
from gpudb.storage.types import INTEGER
from tests.plain.sql.plans import (
    Builder,
    FakeTable,
    aggregate_call,
    both,
    call,
    day,
    either,
    join,
    literal,
    one_of,
    text,
    where,
)


@pytest.mark.parametrize(
    ("build", "low", "high"),
    [
        # One year of seven; the true answer is 227,597.
        (
            lambda b: both(
                call("greater_equal", b.column("o_orderdate"), day("1994-01-01")),
                call("less", b.column("o_orderdate"), day("1995-01-01")),
            ),
            220_000,
            235_000,
        ),
        (lambda b: call("equal", b.column("o_custkey"), b.column("o_custkey")), 1, 1_500_000),
        (
            lambda b: one_of(b.column("o_orderdate"), day("1994-01-01"), day("1994-01-02")),
            1200,
            1300,
        ),
        (lambda b: call("is_null", b.column("o_orderdate")), 0, 0),
        (lambda b: call("less", b.column("o_orderdate"), day("1980-01-01")), 0, 0),
        (lambda b: call("less", b.column("o_orderdate"), day("2020-01-01")), 1_500_000, 1_500_000),
        (
            lambda b: either(
                call("less", b.column("o_orderdate"), day("1980-01-01")),
                call("less", b.column("o_orderdate"), day("2020-01-01")),
            ),
            1_500_000,
            1_500_000,
        ),
    ],
)
def test_filters(build: Callable[[Builder], Expression], low: float, high: float) -> None:
    b = Builder()
    scan = b.scan("orders")
    assert low <= estimate(where(scan, build(b))).rows <= high


def test_foreign_key_join_has_the_rows_of_the_referencing_side() -> None:
    b = Builder()
    plan = join(
        JoinKind.INNER,
        b.scan("lineitem"),
        b.scan("orders"),
        (b.column("l_orderkey"), b.column("o_orderkey")),
    )
    assert estimate(plan).rows == pytest.approx(6_001_215)


def test_filtered_side_thins_the_join() -> None:
    b = Builder()
    left = b.scan("lineitem")
    part = b.scan("part")
    right = where(part, call("equal", b.column("p_brand"), text("Brand#12")))
    plan = join(JoinKind.INNER, left, right, (b.column("l_partkey"), b.column("p_partkey")))
    assert estimate(plan).rows == pytest.approx(6_001_215 / 25, rel=0.01)


def test_other_joins() -> None:
    b = Builder()
    left, right = b.scan("customer"), b.scan("orders")
    keys = ((b.column("c_custkey"), b.column("o_custkey")),)
    found = {
        kind: estimate(join(kind, left, right, *keys)).rows
        for kind in (JoinKind.LEFT, JoinKind.SEMI, JoinKind.ANTI)
    }
    assert found[JoinKind.LEFT] == pytest.approx(1_500_000)
    assert found[JoinKind.SEMI] == pytest.approx(100_000)
    assert found[JoinKind.ANTI] == pytest.approx(50_000)
    assert estimate(Join(JoinKind.CROSS, left, right, ())).rows == 150_000 * 1_500_000


def test_groups_and_limits() -> None:
    b = Builder()
    scan = b.scan("nation")
    grouped = b.aggregate(scan, ("n_regionkey",), rows=aggregate_call("count"))
    assert estimate(grouped).rows == 5
    assert estimate(b.aggregate(scan, ("n_nationkey", "n_regionkey"))).rows == 25
    assert estimate(b.aggregate(scan, ())).rows == 1
    assert estimate(Limit(scan, 7)).rows == pytest.approx(7)
    assert estimate(Limit(scan, None, 3)).rows == 25


def test_columns_of_a_filter() -> None:
    b = Builder()
    scan = b.scan("orders")
    narrowed = estimate(where(scan, call("less", b.column("o_orderdate"), day("1992-01-11"))))
    column = narrowed.column(b.column("o_orderdate"))
    assert column.maximum == day("1992-01-11").value
    assert 9 <= column.distinct <= 11


def test_tables_without_statistics() -> None:
    b = Builder()
    scan = b.scan(FakeTable("t", 1000, {"a": (INTEGER, Statistics(0, 0, None, None, 0))}))
    equal = call("equal", b.column("a"), literal(1, INTEGER))
    less = call("less", b.column("a"), literal(1, INTEGER))
    assert 0 < estimate(where(scan, equal)).rows < 1000
    assert 0 < estimate(where(scan, less)).rows < 1000
    empty = Values((b.field("v", INTEGER),), ())
    assert estimate(b.aggregate(empty, ("v",))).rows <= 1
    assert estimate(where(empty, call("equal", b.column("v"), literal(1, INTEGER)))).rows == 0
