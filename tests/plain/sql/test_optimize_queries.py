"""SQL, bound over TPC-H's statistics and optimized: the shapes that the benchmarks rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from gpudb.sql.bind import bind
from gpudb.sql.explain import explain
from gpudb.sql.optimize import RULES, optimize
from gpudb.sql.optimize.check import check_plan
from gpudb.sql.parse import parse_script
from gpudb.sql.plan import Plan, output_fields
from gpudb.sql.statement import Query
from gpudb.sql.tree import QueryTree
from gpudb.storage.statistics import Statistics
from gpudb.storage.types import SqlType
from tests.plain.sql.plans import TABLES, FakeTable


@dataclass(frozen=True)
class NamedColumn:
    name: str
    type: SqlType
    not_null: bool = True


class NamedTable:
    """A FakeTable with its columns in order, as binding wants them."""

    def __init__(self, of: FakeTable) -> None:
        self.of = of
        self.name = of.name
        self.row_count = of.row_count
        self.columns = tuple(NamedColumn(n, c[0]) for n, c in of.columns.items())

    def statistics(self, column: str) -> Statistics | None:
        return self.of.statistics(column)


class Tables:
    """The catalog of TPC-H."""

    path = schemas = ("main",)

    def find_schema(self, name: str) -> None:
        return None

    def inside(self, schema: str) -> Sequence[str]:
        return ()

    def inside_view(self, path: tuple[str, ...], *, is_temporary: bool) -> Tables:
        return self

    def find_table(self, name: str, schema: str | None = None) -> NamedTable | None:
        found = TABLES.get(name.lower())
        return None if found is None else NamedTable(found)

    def find_view(self, name: str, schema: str | None = None) -> None:
        return None

    def find_information(self, name: str) -> None:
        return None

    def show_setting(self, name: str) -> str:
        raise AssertionError(name)

    def parsed(self, text: str) -> QueryTree:
        (parsed,) = parse_script(text)
        assert isinstance(parsed.body, QueryTree)
        return parsed.body

    def table_names(self) -> Sequence[str]:
        return tuple(TABLES)

    def open_file(self, path: str) -> NamedTable:
        raise AssertionError(path)


def bound(sql: str) -> Plan:
    statement = bind(parse_script(sql)[0], Tables())
    assert isinstance(statement, Query)
    return statement.plan


def lines(sql: str) -> list[str]:
    return [line.strip() for line in explain(optimize(bound(sql))).splitlines()]


QUERIES = (
    "SELECT 1",
    "SELECT * FROM region WHERE 1 = 0",
    "SELECT count(*) FROM lineitem",
    "SELECT count(DISTINCT l_suppkey), count(*), avg(l_quantity) FROM lineitem",
    "SELECT l_returnflag, sum(DISTINCT l_quantity), count(DISTINCT l_suppkey)"
    " FROM lineitem GROUP BY 1",
    "SELECT * FROM region WHERE NOT (r_regionkey > 2 OR r_name = 'ASIA') LIMIT 2",
    "SELECT c_custkey, count(o_orderkey) FROM customer LEFT JOIN orders"
    " ON c_custkey = o_custkey AND o_orderdate < DATE '1995-01-01' WHERE c_acctbal > 0"
    " GROUP BY c_custkey HAVING count(o_orderkey) > 3 AND c_custkey < 100 ORDER BY 2 DESC LIMIT 5",
    "WITH r AS (SELECT o_custkey AS k, max(o_shippriority) AS s FROM orders GROUP BY o_custkey)"
    " SELECT c_mktsegment, max(s) FROM customer JOIN r ON c_custkey = k WHERE k < 1000 GROUP BY 1",
    "SELECT DISTINCT extract(year FROM o_orderdate) y FROM orders ORDER BY y",
    "SELECT a.n_name, b.n_name FROM nation a, nation b"
    " WHERE a.n_regionkey = b.n_regionkey AND a.n_nationkey < b.n_nationkey",
    "SELECT sum(x) FROM (SELECT l_quantity * 2 AS x FROM lineitem LIMIT 10) t",
    "SELECT n_name FROM nation CROSS JOIN region WHERE r_regionkey + n_regionkey = 3",
)


@pytest.mark.parametrize("sql", QUERIES)
def test_bound_queries_stay_well_formed(sql: str) -> None:
    plan = bound(sql)
    expected = [(f.id, f.type) for f in output_fields(plan)]
    check_plan(plan)
    for rule in RULES:
        plan = rule(plan)
        check_plan(plan)
    assert [(f.id, f.type) for f in output_fields(plan)] == expected


def test_dates_of_query_6_reach_the_zones() -> None:
    found = lines(
        "SELECT sum(l_extendedprice * l_discount) FROM lineitem"
        " WHERE l_shipdate >= DATE '1994-01-01'"
        " AND l_shipdate < DATE '1994-01-01' + INTERVAL '1' YEAR"
        " AND l_discount BETWEEN 0.06 - 0.01 AND 0.06 + 0.01 AND l_quantity < 24"
    )
    assert found[-2:] == [
        "Filter l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01'"
        " AND l_discount >= 0.05 AND l_discount <= 0.07 AND l_quantity < 24.00",
        "Scan lineitem (l_quantity, l_extendedprice, l_discount, l_shipdate)"
        " zones 8766 <= l_shipdate <= 9130 AND 5 <= l_discount <= 7 AND l_quantity <= 2399",
    ]


def test_query_14_builds_the_parts_whose_keys_are_unique() -> None:
    found = lines(
        "SELECT sum(CASE WHEN p_brand LIKE 'PROMO%' THEN l_extendedprice ELSE 0 END)"
        " FROM lineitem, part WHERE l_partkey = p_partkey"
        " AND l_shipdate >= DATE '1995-09-01' AND l_shipdate < DATE '1995-10-01'"
    )
    assert found[-4] == "Join inner on l_partkey = p_partkey"
    assert found[-1] == "Scan part (p_partkey, p_brand)"


def test_query_12_streams_the_lines() -> None:
    found = lines(
        "SELECT l_shipmode, sum(CASE WHEN o_shippriority = 1 THEN 1 ELSE 0 END)"
        " FROM orders, lineitem WHERE o_orderkey = l_orderkey AND l_shipmode IN ('MAIL', 'SHIP')"
        " AND l_shipdate < o_orderdate GROUP BY l_shipmode ORDER BY l_shipmode"
    )
    begin = found.index("Join inner on l_orderkey = o_orderkey")
    assert found[begin - 1] == "Filter l_shipdate < o_orderdate"
    assert found[begin + 1] == "Filter l_shipmode IN ('MAIL', 'SHIP')"


def test_explicit_joins_are_ordered_too() -> None:
    found = lines(
        "SELECT count(*) FROM region JOIN nation ON r_regionkey = n_regionkey"
        " JOIN customer ON c_nationkey = n_nationkey JOIN orders ON o_custkey = c_custkey"
    )
    assert next(line for line in found if "Scan" in line).startswith("Scan orders")
