"""All rules together, on shapes of TPC-H; and the checker that watches them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gpudb.sql.explain import explain
from gpudb.sql.optimize import RULES, optimize
from gpudb.sql.optimize.check import check_plan
from gpudb.sql.plan import Filter, Plan, output_fields
from tests.plain.sql import tpch_plans
from tests.plain.sql.plans import Builder, apply_rule

QUERIES = (
    tpch_plans.query_3,
    tpch_plans.query_5,
    tpch_plans.query_10,
    tpch_plans.query_19,
)


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.__name__)
def test_every_rule_keeps_the_plan_well_formed(query: Callable[[], Plan]) -> None:
    plan = query()
    for rule in RULES:
        plan = apply_rule(rule, plan)


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.__name__)
def test_optimizing_twice_changes_nothing(query: Callable[[], Plan]) -> None:
    once = optimize(query())
    assert explain(optimize(once)) == explain(once)


def test_query_3() -> None:
    assert explain(optimize(tpch_plans.query_3())).splitlines() == [
        "Sort revenue DESC, o_orderdate first 10",
        "  Project l_orderkey, revenue, o_orderdate, o_shippriority",
        "    Aggregate sum(l_extendedprice * (1.00 - l_discount)) AS revenue"
        " by l_orderkey, o_orderdate, o_shippriority",
        "      Join inner on l_orderkey = o_orderkey",
        "        Filter l_shipdate > DATE '1995-03-15'",
        "          Scan lineitem (l_orderkey, l_extendedprice, l_discount, l_shipdate)"
        " zones 9205 <= l_shipdate",
        "        Project o_orderkey, o_orderdate, o_shippriority",
        "          Join inner on o_custkey = c_custkey",
        "            Filter o_orderdate < DATE '1995-03-15'",
        "              Scan orders (o_orderkey, o_custkey, o_orderdate, o_shippriority)"
        " zones o_orderdate <= 9203",
        "            Project c_custkey",
        "              Filter c_mktsegment = 'BUILDING'",
        "                Scan customer (c_custkey, c_mktsegment)",
    ]


def test_query_5_joins_supplier_by_both_keys_at_once() -> None:
    lines = explain(optimize(tpch_plans.query_5())).splitlines()
    joins = [line.strip() for line in lines if "Join" in line]
    assert joins == [
        "Join inner on l_suppkey = s_suppkey AND c_nationkey = s_nationkey",
        "Join inner on l_orderkey = o_orderkey",
        "Join inner on o_custkey = c_custkey",
        "Join inner on c_nationkey = n_nationkey",
        "Join inner on n_regionkey = r_regionkey",
    ]
    assert next(line.strip() for line in lines if "Scan" in line).startswith("Scan lineitem")


def test_query_10() -> None:
    lines = explain(optimize(tpch_plans.query_10())).splitlines()
    assert lines[0] == "Sort revenue DESC first 20"
    assert "cross" not in "".join(lines)
    assert lines[3:5] == [
        "      Filter l_returnflag = 'R'",
        "        Scan lineitem (l_orderkey, l_extendedprice, l_discount, l_returnflag)",
    ]


def test_query_19_finds_the_key_inside_the_or() -> None:
    lines = explain(optimize(tpch_plans.query_19())).splitlines()
    assert lines[2] == "    Join inner on l_partkey = p_partkey"
    assert lines[3].strip() == (
        "Filter l_shipmode IN ('AIR', 'AIR REG') AND l_shipinstruct = 'DELIVER IN PERSON'"
        " AND (l_quantity >= 1.00 AND l_quantity <= 11.00"
        " OR l_quantity >= 10.00 AND l_quantity <= 20.00"
        " OR l_quantity >= 20.00 AND l_quantity <= 30.00)"
    )
    assert lines[5].strip() == (
        "Filter p_size >= 1"
        " AND (p_brand = 'Brand#12' AND p_container IN ('SM BOX', 'SM CASE') AND p_size <= 5"
        " OR p_brand = 'Brand#23' AND p_container IN ('MED BAG', 'MED BOX') AND p_size <= 10"
        " OR p_brand = 'Brand#34' AND p_container IN ('LG BOX', 'LG CASE') AND p_size <= 15)"
    )


def test_check_plan_refuses_what_is_not_well_formed() -> None:
    b = Builder()
    scan = b.scan("region")
    with pytest.raises(AssertionError, match="a predicate of type INTEGER"):
        check_plan(Filter(scan, b.column("r_regionkey")))
    unknown = replace(b.column("r_regionkey"), id=77)
    with pytest.raises(AssertionError, match="no field 77"):
        check_plan(b.project(scan, a=unknown))
    fields = (*output_fields(scan), output_fields(scan)[0])
    with pytest.raises(AssertionError, match="twice"):
        check_plan(replace(scan, fields=fields, columns=("r_regionkey", "r_name", "r_regionkey")))
