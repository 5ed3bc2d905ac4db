"""The plans of some TPC-H queries as the binder makes them: comma joins under one filter."""

from __future__ import annotations

from gpudb.sql.expr import Expression, SortKey
from gpudb.sql.plan import Limit, Plan, Sort
from gpudb.storage.types import INTEGER
from tests.plain.sql.plans import (
    MONEY,
    Builder,
    both,
    call,
    cross,
    day,
    either,
    literal,
    one_of,
    revenue,
    text,
    where,
)


def equal(builder: Builder, left: str, right: str) -> Expression:
    """Return left = right for two columns."""
    return call("equal", builder.column(left), builder.column(right))


def query_3() -> Plan:
    """Shipping priority."""
    b = Builder()
    tables = cross(b.scan("customer"), b.scan("orders"), b.scan("lineitem"))
    rows = where(
        tables,
        call("equal", b.column("c_mktsegment"), text("BUILDING")),
        equal(b, "c_custkey", "o_custkey"),
        equal(b, "l_orderkey", "o_orderkey"),
        call("less", b.column("o_orderdate"), day("1995-03-15")),
        call("greater", b.column("l_shipdate"), day("1995-03-15")),
    )
    groups = ("l_orderkey", "o_orderdate", "o_shippriority")
    grouped = b.aggregate(rows, groups, revenue=revenue(b))
    result = b.keep(grouped, "l_orderkey", "revenue", "o_orderdate", "o_shippriority")
    keys = SortKey(b.column("revenue"), True, True), SortKey(b.column("o_orderdate"), False, False)
    return Limit(Sort(result, keys), 10)


def query_5() -> Plan:
    """Local supplier volume."""
    b = Builder()
    names = ("customer", "orders", "lineitem", "supplier", "nation", "region")
    rows = where(
        cross(*(b.scan(name) for name in names)),
        equal(b, "c_custkey", "o_custkey"),
        equal(b, "l_orderkey", "o_orderkey"),
        equal(b, "l_suppkey", "s_suppkey"),
        equal(b, "c_nationkey", "s_nationkey"),
        equal(b, "s_nationkey", "n_nationkey"),
        equal(b, "n_regionkey", "r_regionkey"),
        call("equal", b.column("r_name"), text("ASIA")),
        call("greater_equal", b.column("o_orderdate"), day("1994-01-01")),
        call("less", b.column("o_orderdate"), day("1995-01-01")),
    )
    grouped = b.aggregate(rows, ("n_name",), revenue=revenue(b))
    return Sort(grouped, (SortKey(b.column("revenue"), True, True),))


def query_10() -> Plan:
    """Returned item reporting."""
    b = Builder()
    names = ("customer", "orders", "lineitem", "nation")
    rows = where(
        cross(*(b.scan(name) for name in names)),
        equal(b, "c_custkey", "o_custkey"),
        equal(b, "l_orderkey", "o_orderkey"),
        call("greater_equal", b.column("o_orderdate"), day("1993-10-01")),
        call("less", b.column("o_orderdate"), day("1994-01-01")),
        call("equal", b.column("l_returnflag"), text("R")),
        equal(b, "c_nationkey", "n_nationkey"),
    )
    grouped = b.aggregate(rows, ("c_custkey", "c_acctbal", "n_name"), revenue=revenue(b))
    return Limit(Sort(grouped, (SortKey(b.column("revenue"), True, True),)), 20)


def query_19() -> Plan:
    """Discounted revenue: an OR of three ANDs that all hold the join key."""
    b = Builder()
    tables = cross(b.scan("lineitem"), b.scan("part"))

    def branch(brand: str, containers: tuple[str, ...], quantity: int, size: int) -> Expression:
        return both(
            equal(b, "p_partkey", "l_partkey"),
            call("equal", b.column("p_brand"), text(brand)),
            one_of(b.column("p_container"), *map(text, containers)),
            call("greater_equal", b.column("l_quantity"), literal(quantity, MONEY)),
            call("less_equal", b.column("l_quantity"), literal(quantity + 1000, MONEY)),
            call("greater_equal", b.column("p_size"), literal(1, INTEGER)),
            call("less_equal", b.column("p_size"), literal(size, INTEGER)),
            one_of(b.column("l_shipmode"), text("AIR"), text("AIR REG")),
            call("equal", b.column("l_shipinstruct"), text("DELIVER IN PERSON")),
        )

    branches = (
        branch("Brand#12", ("SM BOX", "SM CASE"), 100, 5),
        branch("Brand#23", ("MED BAG", "MED BOX"), 1000, 10),
        branch("Brand#34", ("LG BOX", "LG CASE"), 2000, 15),
    )
    return b.aggregate(where(tables, either(*branches)), (), revenue=revenue(b))
