"""Plans written by hand, over tables that consist of statistics only (TPC-H at scale 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from gpudb.sql.expr import (
    AggregateCall,
    Call,
    ColumnReference,
    Expression,
    InList,
    Literal,
)
from gpudb.sql.optimize.check import check_plan
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Field,
    Filter,
    Item,
    Join,
    JoinKey,
    JoinKind,
    Plan,
    Project,
    Scan,
    output_fields,
)
from gpudb.storage.statistics import Statistics
from gpudb.storage.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    TEXT,
    SqlType,
    decimal,
)

MONEY = decimal(15, 2)


def days(text: str) -> int:
    """Return the physical value of a date."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@dataclass(frozen=True, eq=False)
class FakeTable:
    """A table without rows: what planning sees of one. Comparing two by value is a mistake."""

    name: str
    row_count: int
    columns: dict[str, tuple[SqlType, Statistics]] = field(repr=False)

    def statistics(self, column: str) -> Statistics | None:
        return self.columns[column][1]

    def __eq__(self, other: object) -> bool:
        raise AssertionError("tables are compared by value")

    __hash__ = None  # type: ignore[assignment]


def table(name: str, rows: int, **columns: tuple[SqlType, int, object, object]) -> FakeTable:
    """Return a table; each column is (type, distinct, minimum, maximum)."""
    known = {
        column: (of, Statistics(rows, 0, low, high, distinct))  # type: ignore[arg-type]
        for column, (of, distinct, low, high) in columns.items()
    }
    return FakeTable(name, rows, known)


ORDER_DAYS = (DATE, 2406, days("1992-01-01"), days("1998-08-02"))
TABLES = {
    "region": table("region", 5, r_regionkey=(INTEGER, 5, 0, 4), r_name=(TEXT, 5, None, None)),
    "nation": table(
        "nation",
        25,
        n_nationkey=(INTEGER, 25, 0, 24),
        n_regionkey=(INTEGER, 5, 0, 4),
        n_name=(TEXT, 25, None, None),
    ),
    "supplier": table(
        "supplier",
        10_000,
        s_suppkey=(INTEGER, 10_000, 1, 10_000),
        s_nationkey=(INTEGER, 25, 0, 24),
    ),
    "customer": table(
        "customer",
        150_000,
        c_custkey=(BIGINT, 150_000, 1, 150_000),
        c_nationkey=(INTEGER, 25, 0, 24),
        c_mktsegment=(TEXT, 5, None, None),
        c_acctbal=(MONEY, 140_000, -99_999, 999_999),
    ),
    "part": table(
        "part",
        200_000,
        p_partkey=(BIGINT, 200_000, 1, 200_000),
        p_brand=(TEXT, 25, None, None),
        p_container=(TEXT, 40, None, None),
        p_size=(INTEGER, 50, 1, 50),
    ),
    "orders": table(
        "orders",
        1_500_000,
        o_orderkey=(BIGINT, 1_500_000, 1, 6_000_000),
        o_custkey=(BIGINT, 100_000, 1, 149_999),
        o_orderdate=ORDER_DAYS,
        o_shippriority=(INTEGER, 1, 0, 0),
    ),
    "lineitem": table(
        "lineitem",
        6_001_215,
        l_orderkey=(BIGINT, 1_500_000, 1, 6_000_000),
        l_partkey=(BIGINT, 200_000, 1, 200_000),
        l_suppkey=(INTEGER, 10_000, 1, 10_000),
        l_quantity=(MONEY, 50, 100, 5_000),
        l_extendedprice=(MONEY, 930_000, 90_100, 10_494_950),
        l_discount=(MONEY, 11, 0, 10),
        l_returnflag=(TEXT, 3, None, None),
        l_shipmode=(TEXT, 7, None, None),
        l_shipinstruct=(TEXT, 4, None, None),
        l_shipdate=(DATE, 2526, days("1992-01-02"), days("1998-12-01")),
    ),
}


class Builder:
    """Makes the nodes of one statement; fields get ids in the order in which they are made."""

    def __init__(self) -> None:
        self.ids: Iterator[int] = count()
        self.fields: dict[str, Field] = {}

    def field(self, name: str, of: SqlType, *, nullable: bool = False) -> Field:
        """Return a new field, which `column` then finds by its name."""
        self.fields[name] = Field(next(self.ids), name, of, nullable)
        return self.fields[name]

    def scan(self, source: FakeTable | str, *, nullable: Sequence[str] = ()) -> Scan:
        """Return a scan of all columns; those named in `nullable` may be NULL."""
        of = TABLES[source] if isinstance(source, str) else source
        fields = tuple(
            self.field(name, column[0], nullable=name in nullable)
            for name, column in of.columns.items()
        )
        return Scan(of, fields, tuple(of.columns))

    def column(self, name: str) -> ColumnReference:
        """Return a reference to a field made before."""
        of = self.fields[name]
        return ColumnReference(id=of.id, name=name, type=of.type, nullable=of.nullable)

    def project(self, below: Plan, **items: Expression) -> Project:
        """Return a project of new fields."""
        made = tuple(
            Item(self.field(name, e.type, nullable=e.nullable), e) for name, e in items.items()
        )
        return Project(below, made)

    def keep(self, below: Plan, *names: str) -> Project:
        """Return a project of fields that are there."""
        return Project(below, tuple(Item(self.fields[n], self.column(n)) for n in names))

    def aggregate(self, below: Plan, groups: Sequence[str], **calls: AggregateCall) -> Aggregate:
        """Return an aggregate grouped by columns, which keep their ids."""
        items = tuple(Item(self.fields[name], self.column(name)) for name in groups)
        made = tuple(
            AggregateItem(self.field(name, c.type, nullable=c.nullable), c)
            for name, c in calls.items()
        )
        return Aggregate(below, items, made)


def call(function: str, *arguments: Expression, of: SqlType = BOOLEAN) -> Call:
    """Return a call; NULL if an argument is."""
    is_test = function in ("is_null", "is_not_null")
    nullable = not is_test and any(a.nullable for a in arguments)
    return Call(function=function, arguments=arguments, type=of, nullable=nullable)


def literal(value: int | float | bool | str | None, of: SqlType) -> Literal:
    """Return a literal of a physical value."""
    return Literal(type=of, nullable=value is None, value=value)


def day(text: str) -> Literal:
    """Return a DATE literal."""
    return literal(days(text), DATE)


def text(value: str) -> Literal:
    """Return a TEXT literal."""
    return literal(value, TEXT)


def one_of(argument: Expression, *values: Literal) -> InList:
    """Return an IN list."""
    return InList(argument=argument, values=values, type=BOOLEAN, nullable=argument.nullable)


def both(*parts: Expression) -> Call:
    """Return the parts joined by AND."""
    return call("and", *parts)


def either(*parts: Expression) -> Call:
    """Return the parts joined by OR."""
    return call("or", *parts)


def cross(*parts: Plan) -> Plan:
    """Return the comma join of several plans."""
    plan = parts[0]
    for part in parts[1:]:
        plan = Join(JoinKind.CROSS, plan, part, ())
    return plan


def join(kind: JoinKind, left: Plan, right: Plan, *keys: tuple[Expression, Expression]) -> Join:
    """Return a join on keys."""
    return Join(kind, left, right, tuple(JoinKey(*key) for key in keys))


def aggregate_call(
    function: str, argument: Expression | None = None, *, is_distinct: bool = False
) -> AggregateCall:
    """Return an aggregate of the type that the binder gives it."""
    of = BIGINT
    if argument is not None and function in ("min", "max"):
        of = argument.type
    elif argument is not None and function == "sum" and not argument.type.is_integer:
        of = DOUBLE if argument.type.is_float else decimal(38, argument.type.scale)
    elif function == "avg":
        of = DOUBLE
    return AggregateCall(
        function=function,
        argument=argument,
        is_distinct=is_distinct,
        type=of,
        nullable=function != "count",
    )


def revenue(builder: Builder) -> AggregateCall:
    """Return sum(l_extendedprice * (1 - l_discount))."""
    one = literal(100, decimal(16, 2))
    discount = builder.column("l_discount")
    factor = call("subtract", one, discount, of=decimal(16, 2))
    price = builder.column("l_extendedprice")
    return aggregate_call("sum", call("multiply", price, factor, of=decimal(31, 4)))


def apply_rule(rule: Callable[[Plan], Plan], plan: Plan) -> Plan:
    """Apply a rule between two checks; a second time, it must change nothing."""
    check_plan(plan)
    result = rule(plan)
    check_plan(result)
    before = [(f.id, f.type) for f in output_fields(plan)]
    assert [(f.id, f.type) for f in output_fields(result)] == before
    return result


def where(below: Plan, *conjuncts: Expression) -> Filter:
    """Return a filter."""
    return Filter(below, conjuncts[0] if len(conjuncts) == 1 else both(*conjuncts))
