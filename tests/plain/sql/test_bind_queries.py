"""Queries as plans: clauses, joins, grouping, ordering; TPC-H and the db-benchmark's group-bys."""

from __future__ import annotations

import pytest

from gpudb.sql import statement
from tests.plain.sql.binding import bound, printed, query

PLANS = {
    "SELECT 1": "project 1:INTEGER as 1\n  values",
    "SELECT * FROM u": "project a, y\n  scan u",
    "SELECT u.*, a AS k FROM u": "project a, y, a as k\n  scan u",
    "SELECT a FROM 'f.parquet'": "project a\n  scan f.parquet",
    "SELECT f.a FROM 'x.parquet' AS f WHERE y = 'q'": (
        "project a\n  filter equal(y, 'q':TEXT)\n    scan x.parquet"
    ),
    # Grouping.
    "SELECT a + 1 AS k, x, count(*) FROM t GROUP BY 1, x HAVING count(*) > 1": (
        "project k, x, count(*)\n"
        "  filter greater(count(*), 1:BIGINT)\n"
        "    aggregate [add(a, 1:INTEGER) as k, x] count(*)\n"
        "      scan t"
    ),
    "SELECT (a + 1) * 2 FROM t GROUP BY a + 1": (
        "project multiply(a + 1, 2:INTEGER) as (a + 1) * 2\n"
        "  aggregate [add(a, 1:INTEGER) as a + 1]\n"
        "    scan t"
    ),
    "SELECT a AS k, sum(d) FROM t GROUP BY k": (
        "project a as k, sum(d)\n  aggregate [a] sum(d)\n    scan t"
    ),
    "SELECT sum(a) + sum(a) * 2 AS z, count(DISTINCT x), max(x) FROM t": (
        "project add(sum(a), multiply(sum(a), 2:BIGINT)) as z, count(x) as count(DISTINCT x),"
        " max(x)\n"
        "  aggregate [] sum(a), count(distinct x), max(x)\n"
        "    scan t"
    ),
    "SELECT sum(a) FILTER (WHERE b) AS s FROM t": (
        "project sum(...) as s\n  aggregate [] sum(case(b -> a; None:INTEGER))\n    scan t"
    ),
    "SELECT min(DISTINCT a) AS m FROM t": "project min(a) as m\n  aggregate [] min(a)\n    scan t",
    "SELECT DISTINCT a, y FROM u": "aggregate [a, y]\n  project a, y\n    scan u",
    # Ordering.
    "SELECT a, y FROM u ORDER BY 2 DESC, a": (
        "sort y desc nulls first, a asc nulls last\n  project a, y\n    scan u"
    ),
    "SELECT a AS k FROM u ORDER BY k DESC NULLS LAST LIMIT 3 OFFSET 1": (
        "limit 3 offset 1\n  sort k desc nulls last\n    project a as k\n      scan u"
    ),
    "SELECT y FROM u ORDER BY a + 1": (
        "project y\n"
        "  sort order asc nulls last\n"
        "    project y, add(a, 1:INTEGER) as order\n"
        "      scan u"
    ),
    "SELECT y FROM u GROUP BY y ORDER BY count(*)": (
        "project y\n"
        "  sort order asc nulls last\n"
        "    project y, count(*) as order\n"
        "      aggregate [y] count(*)\n"
        "        scan u"
    ),
    "SELECT DISTINCT a FROM u ORDER BY a": (
        "sort a asc nulls last\n  aggregate [a]\n    project a\n      scan u"
    ),
    "SELECT a FROM u FETCH FIRST 2 ROWS ONLY": "limit 2 offset 0\n  project a\n    scan u",
    "SELECT a FROM u LIMIT ALL OFFSET 2": "limit None offset 2\n  project a\n    scan u",
    "(SELECT a FROM u) ORDER BY a LIMIT 1": (
        "limit 1 offset 0\n  sort a asc nulls last\n    project a\n      scan u"
    ),
    # Joins.
    "SELECT y FROM t, u WHERE t.a = u.a": (
        "project y\n  filter equal(a, a)\n    cross join\n      scan t\n      scan u"
    ),
    "SELECT y FROM t JOIN u ON t.a = u.a AND u.y = 'q' AND t.s < u.a": (
        "project y\n"
        "  inner join a = a and and(equal(y, 'q':TEXT), less(cast(s as INTEGER), a))\n"
        "    scan t\n"
        "    scan u"
    ),
    "SELECT y FROM t LEFT JOIN u ON u.a + 1 = t.s": (
        "project y\n  left join cast(s as INTEGER) = add(a, 1:INTEGER)\n    scan t\n    scan u"
    ),
    "SELECT a, y FROM t JOIN u USING (a)": (
        "project a, y\n  inner join a = a\n    scan t\n    scan u"
    ),
    "SELECT * FROM u NATURAL JOIN (SELECT a, s FROM t) q": (
        "project a, y, s\n  inner join a = a\n    scan u\n    project a, s\n      scan t"
    ),
    "SELECT t.a FROM (t CROSS JOIN u)": "project a\n  cross join\n    scan t\n    scan u",
    # Derived tables, CTEs, VALUES.
    "SELECT k FROM (SELECT a, count(*) FROM t GROUP BY a) AS q (k, n) WHERE n > 1": (
        "project a as k\n"
        "  filter greater(count(*), 1:BIGINT)\n"
        "    project a, count(*)\n"
        "      aggregate [a] count(*)\n"
        "        scan t"
    )
    .replace("project a as k", "project k")
    .replace("greater(count(*)", "greater(n"),
    "WITH c (z) AS (SELECT a FROM u), e AS (SELECT z FROM c)"
    " SELECT c.z FROM c JOIN e ON c.z = e.z": (
        "project z\n"
        "  inner join z = z\n"
        "    shared c\n"
        "      project a\n"
        "        scan u\n"
        "    shared e\n"
        "      project z\n"
        "        shared c\n"
        "          project a\n"
        "            scan u"
    ),
    "SELECT p FROM (VALUES (1, 'a'), (2.5, NULL)) v (p, q)": (
        "project p\n  values 10:DECIMAL(2,1), 'a':TEXT; 25:DECIMAL(2,1), None:TEXT"
    ),
    "VALUES (1), (2)": "values 1:INTEGER; 2:INTEGER",
}


@pytest.mark.parametrize(("text", "expected"), PLANS.items())
def test_plan(text: str, expected: str) -> None:
    assert "\n".join(line.rstrip() for line in printed(query(text).plan).split("\n")) == expected


NAMES = {
    "SELECT a, u.a, a AS k, a + 1, count(*), max( y ), 'x', -a, CASE WHEN a > 1 THEN 2 END"
    " FROM u GROUP BY a": (
        "a", "a", "k", "a + 1", "count(*)", "max( y )", "'x'", "-a",
        "CASE WHEN a > 1 THEN 2 END",
    ),
    "SELECT A, EXTRACT(year FROM day), CAST(a AS text), a::int, day IS NULL, (a), now() FROM t": (
        "a", "EXTRACT(year FROM day)", "CAST(a AS text)", "a::int", "day IS NULL", "(a)", "now()",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "names"), NAMES.items())
def test_names_of_results(text: str, names: tuple[str, ...]) -> None:
    assert query(text).names == names


def test_left_join_makes_columns_nullable() -> None:
    sql = "SELECT c_name, o_orderkey FROM customer LEFT JOIN orders ON c_custkey = o_custkey"
    plan = query(sql).plan
    assert [item.field.nullable for item in plan.items] == [False, True]  # type: ignore[attr-defined]


def test_insert() -> None:
    insert = bound("INSERT INTO u (y, a) VALUES ('x', '7'), (NULL, 8)")
    assert isinstance(insert, statement.Insert)
    assert insert.columns == ("a", "y")
    assert printed(insert.query.plan) == (
        "project column2 as a, column1 as y\n  values 'x':TEXT, 7:INTEGER; None:TEXT, 8:INTEGER"
    )
    insert = bound("INSERT INTO u (y) SELECT a FROM t")
    assert isinstance(insert, statement.Insert)
    assert printed(insert.query.plan) == (
        "project None:INTEGER as a, y\n  project cast(a as TEXT) as y\n    scan t"
    )


def test_statements_around_queries() -> None:
    made = bound("CREATE TABLE IF NOT EXISTS z AS SELECT a, NULL AS n FROM u WITH (chunk_rows = 9)")
    assert isinstance(made, statement.CreateTableAs)
    assert (str(made.name), made.options) == ("z", {"chunk_rows": 9})
    copy = bound("COPY (SELECT a FROM u) TO 'x.csv'")
    assert isinstance(copy, statement.CopyTo)
    assert copy.query.names == ("a",)
    explain = bound("EXPLAIN CODE SELECT a FROM u")
    assert isinstance(explain, statement.Explain)
    assert isinstance(explain.statement, statement.Query)
    assert bound("SHOW TABLES") == statement.ShowList("tables")


REVENUE = "sum(l_extendedprice * (1 - l_discount)) AS revenue"
TPCH = {
    1: f"""
        SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty,
               sum(l_extendedprice) AS sum_base_price, {REVENUE},
               sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge,
               avg(l_quantity) AS avg_qty, avg(l_extendedprice) AS avg_price,
               avg(l_discount) AS avg_disc, count(*) AS count_order
        FROM lineitem WHERE l_shipdate <= DATE '1998-12-01' - INTERVAL '90' day (3)
        GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus""",
    3: f"""
        SELECT l_orderkey, {REVENUE}, o_orderdate, o_shippriority FROM customer, orders, lineitem
        WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey
              AND o_orderdate < DATE '1995-03-15' AND l_shipdate > DATE '1995-03-15'
        GROUP BY l_orderkey, o_orderdate, o_shippriority
        ORDER BY revenue DESC, o_orderdate LIMIT 10""",
    5: f"""
        SELECT n_name, {REVENUE} FROM customer, orders, lineitem, supplier, nation, region
        WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey AND l_suppkey = s_suppkey
              AND c_nationkey = s_nationkey AND s_nationkey = n_nationkey
              AND n_regionkey = r_regionkey AND r_name = 'ASIA'
              AND o_orderdate >= DATE '1994-01-01'
              AND o_orderdate < DATE '1994-01-01' + INTERVAL '1' year
        GROUP BY n_name ORDER BY revenue DESC""",
    6: """
        SELECT sum(l_extendedprice * l_discount) AS revenue FROM lineitem
        WHERE l_shipdate >= DATE '1994-01-01'
              AND l_shipdate < DATE '1994-01-01' + INTERVAL '1' year
              AND l_discount BETWEEN 0.06 - 0.01 AND 0.06 + 0.01 AND l_quantity < 24""",
    10: f"""
        SELECT c_custkey, c_name, {REVENUE}, c_acctbal, n_name, c_address, c_phone, c_comment
        FROM customer, orders, lineitem, nation
        WHERE c_custkey = o_custkey AND l_orderkey = o_orderkey
              AND o_orderdate >= DATE '1993-10-01'
              AND o_orderdate < DATE '1993-10-01' + INTERVAL '3' month
              AND l_returnflag = 'R' AND c_nationkey = n_nationkey
        GROUP BY c_custkey, c_name, c_acctbal, c_phone, n_name, c_address, c_comment
        ORDER BY revenue DESC LIMIT 20""",
    12: """
        SELECT l_shipmode,
               sum(CASE WHEN o_orderpriority = '1-URGENT' OR o_orderpriority = '2-HIGH'
                        THEN 1 ELSE 0 END) AS high_line_count,
               sum(CASE WHEN o_orderpriority <> '1-URGENT' AND o_orderpriority <> '2-HIGH'
                        THEN 1 ELSE 0 END) AS low_line_count
        FROM orders, lineitem
        WHERE o_orderkey = l_orderkey AND l_shipmode IN ('MAIL', 'SHIP')
              AND l_commitdate < l_receiptdate AND l_shipdate < l_commitdate
              AND l_receiptdate >= DATE '1994-01-01'
              AND l_receiptdate < DATE '1994-01-01' + INTERVAL '1' year
        GROUP BY l_shipmode ORDER BY l_shipmode""",
    14: """
        SELECT 100.00 * sum(CASE WHEN p_type LIKE 'PROMO%'
                                 THEN l_extendedprice * (1 - l_discount) ELSE 0 END)
               / sum(l_extendedprice * (1 - l_discount)) AS promo_revenue
        FROM lineitem, part
        WHERE l_partkey = p_partkey AND l_shipdate >= DATE '1995-09-01'
              AND l_shipdate < DATE '1995-09-01' + INTERVAL '1' month""",
    19: f"""
        SELECT {REVENUE} FROM lineitem, part
        WHERE (p_partkey = l_partkey AND p_brand = 'Brand#12'
               AND p_container IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG')
               AND l_quantity >= 1 AND l_quantity <= 1 + 10 AND p_size BETWEEN 1 AND 5
               AND l_shipmode IN ('AIR', 'AIR REG') AND l_shipinstruct = 'DELIVER IN PERSON')
           OR (p_partkey = l_partkey AND p_brand = 'Brand#23')""",
}


def test_tpch_1() -> None:
    assert printed(query(TPCH[1]).plan) == (
        "sort l_returnflag asc nulls last, l_linestatus asc nulls last\n"
        "  project l_returnflag, l_linestatus, sum(l_quantity) as sum_qty, sum(l_extendedprice)"
        " as sum_base_price, sum(...) as revenue, sum(...) as sum_charge, avg(l_quantity) as"
        " avg_qty, avg(l_extendedprice) as avg_price, avg(l_discount) as avg_disc, count(*) as"
        " count_order\n"
        "    aggregate [l_returnflag, l_linestatus] sum(l_quantity), sum(l_extendedprice),"
        " sum(multiply(l_extendedprice, subtract(100:DECIMAL(3,2), l_discount))),"
        " sum(multiply(multiply(l_extendedprice, subtract(100:DECIMAL(3,2), l_discount)),"
        " add(100:DECIMAL(3,2), l_tax))), avg(l_quantity), avg(l_extendedprice),"
        " avg(l_discount), count(*)\n"
        "      filter less_equal(l_shipdate, 10471:DATE)\n"
        "        scan lineitem"
    )


def test_tpch_6() -> None:
    assert printed(query(TPCH[6]).plan) == (
        "project sum(...) as revenue\n"
        "  aggregate [] sum(multiply(l_extendedprice, l_discount))\n"
        "    filter and(greater_equal(l_shipdate, 8766:DATE), less(l_shipdate, 9131:DATE),"
        " and(greater_equal(l_discount, 5:DECIMAL(15,2)),"
        " less_equal(l_discount, 7:DECIMAL(15,2))), less(l_quantity, 2400:DECIMAL(15,2)))\n"
        "      scan lineitem"
    )


@pytest.mark.parametrize("number", TPCH)
def test_tpch_types(number: int) -> None:
    plan = query(TPCH[number]).plan
    text = printed(plan)
    assert "cast(" not in text or number == 14


GROUP_BYS = [
    "SELECT id1, sum(v1) AS v1 FROM groups GROUP BY id1",
    "SELECT id1, id2, sum(v1) AS v1 FROM groups GROUP BY id1, id2",
    "SELECT id3, sum(v1) AS v1, avg(v3) AS v3 FROM groups GROUP BY id3",
    "SELECT id4, avg(v1) AS v1, avg(v2) AS v2, avg(v3) AS v3 FROM groups GROUP BY id4",
    "SELECT id6, sum(v1) AS v1, sum(v2) AS v2, sum(v3) AS v3 FROM groups GROUP BY id6",
]


@pytest.mark.parametrize("text", GROUP_BYS)
def test_db_benchmark(text: str) -> None:
    lines = printed(query(text).plan).split("\n")
    assert [line.split()[0] for line in lines] == ["project", "aggregate", "scan"]


def test_long_disjunctions_bind() -> None:
    terms = " OR ".join(f"a = {i}" for i in range(3000))
    assert "or(" in printed(query(f"SELECT a FROM u WHERE {terms}").plan)
