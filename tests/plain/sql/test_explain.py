"""explain and expression_text: what they print."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gpudb.sql.explain import explain, expression_text, literal_text
from gpudb.sql.expr import Branch, Case, Cast, Expression, SortKey
from gpudb.sql.plan import JoinKind, Limit, Sort
from gpudb.storage.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL_MONTHS,
    INTERVAL_TIME,
    TEXT,
    TIME,
    SqlType,
    decimal,
    timestamp,
)
from tests.plain.sql.plans import (
    Builder,
    aggregate_call,
    both,
    call,
    either,
    join,
    literal,
    one_of,
    table,
    where,
)


@pytest.mark.parametrize(
    ("value", "of", "expected"),
    [
        (None, INTEGER, "NULL"),
        (True, BOOLEAN, "TRUE"),
        (0, BOOLEAN, "FALSE"),
        (-5, BIGINT, "-5"),
        (5, decimal(15, 2), "0.05"),
        (-1050, decimal(15, 2), "-10.50"),
        (10**30, decimal(38, 0), "1" + "0" * 30),
        (1.5, DOUBLE, "1.5"),
        ("it's", TEXT, "'it''s'"),
        (9204, DATE, "DATE '1995-03-15'"),
        (1 << 30, DATE, "DATE '1073741824 days'"),
        (3_600_000_001, TIME, "TIME '01:00:00.000001'"),
        (-1, timestamp(3), "TIMESTAMP '1969-12-31 23:59:59.999'"),
        (86_400, timestamp(0), "TIMESTAMP '1970-01-02 00:00:00'"),
        (14, INTERVAL_MONTHS, "INTERVAL '14' MONTH"),
        (90_500_000, INTERVAL_TIME, "INTERVAL '90.5' SECOND"),
    ],
)
def test_literals(value: int | float | str | None, of: SqlType, expected: str) -> None:
    assert literal_text(value, of) == expected


def expressions() -> list[tuple[Expression, str]]:
    b = Builder()
    b.scan(table("t", 1, a=(INTEGER, 1, 0, 0), c=(INTEGER, 1, 0, 0), s=(TEXT, 1, None, None)))
    a, c, s = b.column("a"), b.column("c"), b.column("s")
    one = literal(1, INTEGER)
    total = call("add", a, one, of=INTEGER)
    less = call("less", a, c)
    case = Case(branches=(Branch(less, a),), otherwise=one, type=INTEGER, nullable=False)
    return [
        (call("multiply", total, total, of=INTEGER), "(a + 1) * (a + 1)"),
        (call("subtract", a, call("subtract", c, one, of=INTEGER), of=INTEGER), "a - (c - 1)"),
        (call("subtract", call("subtract", a, c, of=INTEGER), one, of=INTEGER), "a - c - 1"),
        (call("negate", total, of=INTEGER), "-(a + 1)"),
        (call("negate", literal(-1, INTEGER), of=INTEGER), "-(-1)"),
        (both(less, either(less, less)), "a < c AND (a < c OR a < c)"),
        (call("not", both(less, less)), "NOT (a < c AND a < c)"),
        (call("equal", less, less), "(a < c) = (a < c)"),
        (call("is_null", total), "a + 1 IS NULL"),
        (call("is_not_null", less), "(a < c) IS NOT NULL"),
        (call("like", s, literal("x%", TEXT)), "s LIKE 'x%'"),
        (call("upper", s, of=TEXT), "upper(s)"),
        (one_of(total, one), "a + 1 IN (1)"),
        (case, "CASE WHEN a < c THEN a ELSE 1 END"),
        (Cast(argument=total, type=decimal(9, 2), nullable=False), "CAST(a + 1 AS DECIMAL(9,2))"),
        (Cast(argument=a, type=DATE, nullable=True, is_try=True), "TRY_CAST(a AS DATE)"),
        (aggregate_call("count"), "count(*)"),
        (aggregate_call("sum", total, is_distinct=True), "sum(DISTINCT a + 1)"),
    ]


@pytest.mark.parametrize(("expression", "expected"), expressions(), ids=lambda x: str(x)[:20])
def test_expressions(expression: Expression, expected: str) -> None:
    assert expression_text(expression) == expected


def test_plan() -> None:
    b = Builder()
    regions = where(b.scan("region"), call("less", b.column("r_regionkey"), literal(2, INTEGER)))
    joined = join(
        JoinKind.LEFT, b.scan("nation"), regions, (b.column("n_regionkey"), b.column("r_regionkey"))
    )
    joined = replace(joined, condition=call("less", b.column("n_nationkey"), literal(9, INTEGER)))
    grouped = b.aggregate(joined, ("n_regionkey",), nations=aggregate_call("count"))
    plan = Limit(Sort(grouped, (SortKey(b.column("nations"), True, True),)), None, offset=1)
    assert explain(plan, with_rows=True).splitlines() == [
        "Limit all offset 1  ~5 rows",
        "  Sort nations DESC  ~5 rows",
        "    Aggregate count(*) AS nations by n_regionkey  ~5 rows",
        "      Join left on n_regionkey = r_regionkey AND n_nationkey < 9  ~25 rows",
        "        Scan nation (n_nationkey, n_regionkey, n_name)  ~25 rows",
        "        Filter r_regionkey < 2  ~2 rows",
        "          Scan region (r_regionkey, r_name)  ~5 rows",
    ]


def test_order_of_nulls_is_shown_where_it_is_not_the_default() -> None:
    b = Builder()
    scan = b.scan("region", nullable=("r_name",))
    key = SortKey(b.column("r_name"), False, True)
    assert explain(Sort(scan, (key,))).splitlines()[0] == "Sort r_name NULLS FIRST"
    assert explain(Sort(scan, (replace(key, is_descending=True),))).startswith("Sort r_name DESC\n")
