"""A catalog of tables without rows, and bound plans as text, for tests of parse and bind."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gpudb.errors import OperationalError
from gpudb.sql.bind import bind
from gpudb.sql.expr import (
    AggregateCall,
    Call,
    Case,
    Cast,
    ColumnReference,
    Expression,
    InList,
    Literal,
    SortKey,
)
from gpudb.sql.parameters import Parameters
from gpudb.sql.parse import parse_script
from gpudb.sql.plan import (
    Aggregate,
    Field,
    Filter,
    Item,
    Join,
    Limit,
    Plan,
    Project,
    Scan,
    Shared,
    Sort,
    Values,
    inputs,
)
from gpudb.sql.scope import Table
from gpudb.sql.statement import Query, Statement
from gpudb.sql.tree import QueryTree
from gpudb.storage import types
from gpudb.storage.names import RelationName
from gpudb.storage.statistics import Statistics
from gpudb.storage.types import SqlType, decimal, timestamp
from gpudb.storage.view import Check

NOW = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class FakeColumn:
    name: str
    type: SqlType
    not_null: bool = False


@dataclass(frozen=True)
class FakeTable:
    name: str
    columns: tuple[FakeColumn, ...]
    row_count: int = 0
    checks: tuple[Check, ...] = ()

    @property
    def full_name(self) -> RelationName:
        return RelationName(self.name)

    def statistics(self, column: str) -> Statistics | None:
        return None


def table(name: str, **columns: SqlType) -> FakeTable:
    """A table whose columns may be NULL."""
    return FakeTable(name, tuple(FakeColumn(c, t) for c, t in columns.items()))


def not_null(name: str, **columns: SqlType) -> FakeTable:
    """A table whose columns are NOT NULL."""
    return FakeTable(name, tuple(FakeColumn(c, t, not_null=True) for c, t in columns.items()))


MONEY = decimal(15, 2)
TABLES = (
    table(
        "t",
        a=types.INTEGER,
        s=types.SMALLINT,
        n=types.BIGINT,
        f=types.DOUBLE,
        g=types.FLOAT,
        d=MONEY,
        day=types.DATE,
        ts=timestamp(3),
        tm=types.TIME,
        x=types.TEXT,
        b=types.BOOLEAN,
    ),
    table("u", a=types.INTEGER, y=types.TEXT),
    not_null(
        "lineitem",
        l_orderkey=types.BIGINT,
        l_partkey=types.BIGINT,
        l_suppkey=types.BIGINT,
        l_quantity=MONEY,
        l_extendedprice=MONEY,
        l_discount=MONEY,
        l_tax=MONEY,
        l_returnflag=types.TEXT,
        l_linestatus=types.TEXT,
        l_shipdate=types.DATE,
        l_commitdate=types.DATE,
        l_receiptdate=types.DATE,
        l_shipinstruct=types.TEXT,
        l_shipmode=types.TEXT,
    ),
    not_null(
        "orders",
        o_orderkey=types.BIGINT,
        o_custkey=types.BIGINT,
        o_orderdate=types.DATE,
        o_orderpriority=types.TEXT,
        o_shippriority=types.INTEGER,
    ),
    not_null(
        "customer",
        c_custkey=types.BIGINT,
        c_name=types.TEXT,
        c_address=types.TEXT,
        c_nationkey=types.INTEGER,
        c_phone=types.TEXT,
        c_acctbal=MONEY,
        c_mktsegment=types.TEXT,
        c_comment=types.TEXT,
    ),
    not_null("nation", n_nationkey=types.INTEGER, n_name=types.TEXT, n_regionkey=types.INTEGER),
    not_null("region", r_regionkey=types.INTEGER, r_name=types.TEXT),
    not_null("supplier", s_suppkey=types.BIGINT, s_nationkey=types.INTEGER),
    not_null(
        "part",
        p_partkey=types.BIGINT,
        p_brand=types.TEXT,
        p_type=types.TEXT,
        p_size=types.INTEGER,
        p_container=types.TEXT,
    ),
    table(
        "groups",
        id1=types.TEXT,
        id2=types.TEXT,
        id3=types.TEXT,
        id4=types.INTEGER,
        id5=types.INTEGER,
        id6=types.INTEGER,
        v1=types.INTEGER,
        v2=types.INTEGER,
        v3=types.DOUBLE,
    ),
)


class FakeCatalog:
    """TABLES; every file but missing.parquet has the columns of u."""

    path = schemas = ("main",)

    def find_schema(self, name: str) -> str | None:
        return "main" if name.lower() == "main" else None

    def inside(self, schema: str) -> Sequence[str]:
        return [t.name for t in TABLES]

    def inside_view(self, path: tuple[str, ...], *, is_temporary: bool) -> FakeCatalog:
        return self

    def find_table(self, name: str, schema: str | None = None) -> Table | None:
        return next((t for t in TABLES if t.name == name.lower()), None)

    def find_view(self, name: str, schema: str | None = None) -> None:
        return None

    def find_information(self, name: str) -> None:
        return None

    def show_setting(self, name: str) -> str:
        return name.upper()

    def parsed(self, text: str) -> QueryTree:
        (parsed,) = parse_script(text)
        assert isinstance(parsed.body, QueryTree)
        return parsed.body

    def table_names(self) -> Sequence[str]:
        return [t.name for t in TABLES]

    def open_file(self, path: str) -> Table:
        if path == "missing.parquet":
            raise OperationalError(f"there is no file {path}")
        return replace(TABLES[1], name=path)


def bound(text: str, parameters: Parameters = None) -> Statement:
    """Parse and bind the only statement of `text`."""
    (parsed,) = parse_script(text)
    return bind(parsed, FakeCatalog(), parameters, now=NOW)


def query(text: str, parameters: Parameters = None) -> Query:
    """Parse and bind a query."""
    statement = bound(text, parameters)
    assert isinstance(statement, Query)
    return statement


def selected(expressions: str, parameters: Parameters = None) -> list[str]:
    """Return the bound items of SELECT expressions FROM t, as text."""
    plan = query(f"SELECT {expressions} FROM t", parameters).plan
    assert isinstance(plan, Project)
    return [f"{shown(item.expression)} : {of(item.field)}" for item in plan.items]


def item(expression: str, parameters: Parameters = None) -> str:
    """Return the only bound item, with its type."""
    (text,) = selected(expression, parameters)
    return text


def value(expression: str, parameters: Parameters = None) -> object:
    """Return the literal that an expression without columns is folded to."""
    plan = query(f"SELECT {expression}", parameters).plan
    assert isinstance(plan, Project)
    literal = plan.items[0].expression
    assert isinstance(literal, Literal), shown(literal)
    return literal.value


def of(field: Field) -> str:
    """A field's type; `!` says that it is never NULL."""
    return f"{field.type}{'' if field.nullable else '!'}"


def shown(expression: Expression) -> str:
    """An expression as text: calls by name, literals with their types."""
    match expression:
        case ColumnReference():
            return expression.name
        case Literal():
            return f"{expression.value!r}:{expression.type}"
        case Call():
            return f"{expression.function}({_list(expression.arguments)})"
        case Cast():
            word = "try_cast" if expression.is_try else "cast"
            return f"{word}({shown(expression.argument)} as {expression.type})"
        case Case():
            branches = [f"{shown(b.condition)} -> {shown(b.value)}" for b in expression.branches]
            return f"case({'; '.join(branches)}; {shown(expression.otherwise)})"
        case InList():
            return f"{shown(expression.argument)} in [{_list(expression.values)}]"
        case AggregateCall():
            word = "distinct " if expression.is_distinct else ""
            inner = "*" if expression.argument is None else shown(expression.argument)
            return f"{expression.function}({word}{inner})"
    raise AssertionError(expression)


def _list(parts: Sequence[Expression]) -> str:
    return ", ".join(map(shown, parts))


def printed(plan: Plan) -> str:
    """A plan as an indented tree."""
    return "\n".join(_lines(plan, 0))


def _lines(plan: Plan, depth: int) -> list[str]:
    parts = (plan.definition,) if isinstance(plan, Shared) else inputs(plan)
    below = [line for part in parts for line in _lines(part, depth + 1)]
    return ["  " * depth + _node(plan), *below]


def _node(plan: Plan) -> str:
    match plan:
        case Scan():
            return f"scan {plan.table.name}"
        case Shared():
            return f"shared {plan.name}"
        case Values():
            rows = "; ".join(_list(row) for row in plan.rows)
            return f"values {rows}"
        case Filter():
            return f"filter {shown(plan.predicate)}"
        case Project():
            return f"project {_items(plan.items)}"
        case Aggregate():
            calls = ", ".join(shown(a.call) for a in plan.aggregates)
            return f"aggregate [{_items(plan.groups)}] {calls}".rstrip()
        case Join():
            keys = ", ".join(f"{shown(k.left)} = {shown(k.right)}" for k in plan.keys)
            rest = "" if plan.condition is None else f" and {shown(plan.condition)}"
            return f"{plan.kind.value} join {keys}{rest}".rstrip()
        case Sort():
            return f"sort {', '.join(map(_key, plan.keys))}"
        case Limit():
            return f"limit {plan.count} offset {plan.offset}"
    raise AssertionError(plan)


def _items(items: Sequence[Item]) -> str:
    texts = []
    for each in items:
        text = shown(each.expression)
        texts.append(text if text == each.field.name else f"{text} as {each.field.name}")
    return ", ".join(texts)


def _key(key: SortKey) -> str:
    nulls = "first" if key.is_nulls_first else "last"
    return f"{shown(key.expression)} {'desc' if key.is_descending else 'asc'} nulls {nulls}"
