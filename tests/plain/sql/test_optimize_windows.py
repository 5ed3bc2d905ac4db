"""Windows in plans: what passes below them, what goes, and which of them share a sort."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gpudb.sql.explain import explain
from gpudb.sql.expr import WHOLE_PARTITION, Expression, SortKey, WindowCall
from gpudb.sql.legality import check
from gpudb.sql.lower import lower
from gpudb.sql.optimize import optimize
from gpudb.sql.optimize.check import check_plan
from gpudb.sql.optimize.cut_partitions import cut_partitions
from gpudb.sql.optimize.prune_columns import prune_columns
from gpudb.sql.optimize.push_filters import push_filters
from gpudb.sql.pipeline import Collect, WindowRows
from gpudb.sql.plan import Plan, Window, WindowItem
from gpudb.storage.types import BIGINT, INTEGER
from tests.plain.sql.binding import query
from tests.plain.sql.plans import Builder, aggregate_call, apply_rule, call, literal, table, where

TABLE = table("a", 100, x=(INTEGER, 10, 1, 10), y=(INTEGER, 10, 1, 10), z=(INTEGER, 10, 1, 10))
TWO = literal(2, INTEGER)


def window(
    b: Builder, below: Plan, partition: Sequence[Expression], order: Sequence[Expression]
) -> Window:
    """Return a window of sum(z) and row_number()."""
    number = WindowCall(function="row_number", arguments=(), type=BIGINT, nullable=False)
    total = aggregate_call("sum", b.column("z"))
    items = (
        WindowItem(b.field("total", BIGINT, nullable=True), total, WHOLE_PARTITION),
        WindowItem(b.field("number", BIGINT), number, WHOLE_PARTITION),
    )
    keys = tuple(SortKey(e, False, False) for e in order)
    return Window(below, tuple(partition), keys, items)


def test_filters_on_partition_keys_pass_below() -> None:
    b = Builder()
    scan = b.scan(TABLE)
    plan = where(
        window(b, scan, [b.column("x")], [b.column("y")]),
        call("less", b.column("x"), TWO),
        call("less", b.column("y"), TWO),
        call("less", b.column("number"), literal(2, BIGINT)),
    )
    assert explain(plan).splitlines() == [
        "Filter x < 2 AND y < 2 AND number < 2",
        "  Window sum(z) AS total, row_number() AS number by x order y",
        "    Scan a (x, y, z)",
    ]
    assert explain(apply_rule(push_filters, plan)).splitlines() == [
        "Filter y < 2 AND number < 2",
        "  Window sum(z) AS total, row_number() AS number by x order y",
        "    Filter x < 2",
        "      Scan a (x, y, z)",
    ]


def test_filters_on_computed_partition_keys_stay() -> None:
    b = Builder()
    scan = b.scan(TABLE)
    key = call("add", b.column("x"), TWO, of=INTEGER)
    plan = where(window(b, scan, [key], []), call("less", b.column("x"), TWO))
    assert explain(apply_rule(push_filters, plan)).splitlines()[0] == "Filter x < 2"


def test_unused_functions_go_and_columns_with_them() -> None:
    b = Builder()
    scan = b.scan(TABLE)
    plan = b.keep(window(b, scan, [b.column("x")], []), "number")
    assert explain(apply_rule(prune_columns, plan)).splitlines() == [
        "Project number",
        "  Window row_number() AS number by x",
        "    Scan a (x)",
    ]


def test_a_window_of_which_nothing_is_used_goes() -> None:
    b = Builder()
    scan = b.scan(TABLE)
    plan = b.keep(window(b, scan, [b.column("x")], [b.column("y")]), "z")
    lines = explain(apply_rule(prune_columns, plan)).splitlines()
    assert lines == ["Project z", "  Scan a (z)"]


@pytest.mark.parametrize(
    ("expressions", "windows", "sorts"),
    [
        ("sum(a) OVER (PARTITION BY b ORDER BY d), rank() OVER (PARTITION BY b ORDER BY d)", 1, 1),
        ("rank() OVER (PARTITION BY b), rank() OVER (PARTITION BY b ORDER BY d)", 2, 1),
        ("rank() OVER (ORDER BY b), sum(a) OVER (PARTITION BY b ORDER BY d)", 2, 1),
        ("rank() OVER (ORDER BY d), sum(a) OVER (PARTITION BY b ORDER BY d)", 2, 2),
        ("rank() OVER (ORDER BY b DESC), sum(a) OVER (PARTITION BY b ORDER BY d)", 2, 2),
        ("rank() OVER (PARTITION BY b, d), sum(a) OVER (PARTITION BY d, b ORDER BY a)", 2, 1),
        ("count(*) OVER (), sum(a) OVER ()", 0, 0),
        ("rank() OVER (ORDER BY a + 1), sum(a) OVER (PARTITION BY a + 1)", 1, 1),
        ("rank() OVER (PARTITION BY b ORDER BY d), sum(a) OVER (PARTITION BY b)", 2, 1),
    ],
)
def test_windows_share_sorts(expressions: str, windows: int, sorts: int) -> None:
    plan = optimize(query(f"SELECT {expressions} FROM t").plan)
    check_plan(plan)
    pipelines = lower(plan)
    check(pipelines)
    sinks = [pipeline.sink for pipeline in pipelines]
    assert sum(isinstance(sink, Collect) and bool(sink.keys) for sink in sinks) == sorts
    assert sum(isinstance(p.source, WindowRows) for p in pipelines) == windows


@pytest.mark.parametrize(
    ("order", "sorts"),
    [("b, d", 1), ("b", 1), ("b, d DESC", 2), ("b, d, a", 2), ("d", 2), ("b, d LIMIT 3", 2)],
)
def test_rows_in_order_are_not_sorted_again(order: str, sorts: int) -> None:
    text = f"SELECT b, sum(a) OVER (PARTITION BY b ORDER BY d) FROM t WHERE a > 1 ORDER BY {order}"
    sinks = [pipeline.sink for pipeline in lower(optimize(query(text).plan))]
    assert sum(isinstance(sink, Collect) and bool(sink.keys) for sink in sinks) == sorts


def test_a_sort_is_shared_through_a_filter() -> None:
    text = "SELECT lag(a) OVER (ORDER BY d) FROM t QUALIFY row_number() OVER (ORDER BY d, a) > 1"
    pipelines = lower(optimize(query(text).plan))
    inner = "SELECT *, row_number() OVER (ORDER BY d, a) AS r FROM t"
    nested = f"SELECT lag(a) OVER (ORDER BY d) FROM ({inner}) AS q WHERE r > 1"
    for found in (pipelines, lower(optimize(query(nested).plan))):
        sinks = [pipeline.sink for pipeline in found]
        assert sum(isinstance(sink, Collect) and bool(sink.keys) for sink in sinks) == 1


@pytest.mark.parametrize(
    ("distinct", "most", "extra"),
    [(10, 2, False), (10, 5, False), (20, 2, False), (10, 2, True)],
    ids=["cut", "too many rows asked for", "too many partitions", "more than numbers"],
)
def test_partitions_are_cut_where_few_rows_are_left(distinct: int, most: int, extra: bool) -> None:
    b = Builder()
    rows = table("a", 100, x=(INTEGER, distinct, 1, distinct), y=(INTEGER, 10, 1, 10))
    scan = b.scan(rows)
    number = WindowCall(function="row_number", arguments=(), type=BIGINT, nullable=False)
    items = [WindowItem(b.field("number", BIGINT), number, WHOLE_PARTITION)]
    if extra:
        total = aggregate_call("sum", b.column("y"))
        items.append(WindowItem(b.field("total", BIGINT, nullable=True), total, WHOLE_PARTITION))
    keys = (SortKey(b.column("y"), True, False),)
    numbered = Window(scan, (b.column("x"),), keys, tuple(items))
    plan = where(numbered, call("less_equal", b.column("number"), literal(most, BIGINT)))
    cut = apply_rule(cut_partitions, plan)
    is_cut = (distinct, most, extra) == (10, 2, False)
    assert ("nth_greatest(y, 2) AS bound by x AS key" in explain(cut)) is is_cut
    assert is_cut or cut is plan
