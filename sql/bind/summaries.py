"""SUMMARIZE query: a row for each column, with its extremes, its spread and its NULLs.

All aggregates are computed in one pass, into one row, which a list of the columns' numbers turns:

    SELECT CASE place WHEN 0 THEN 'id' ... END AS column_name, CASE place WHEN 0 THEN min_c0 ...
    FROM (SELECT min(c0) AS min_c0, ... FROM (query) AS rows (c0, ...)) AS one
    CROSS JOIN (VALUES (0), ...) AS places (place)
"""

from __future__ import annotations

from sqlglot import exp

from gpudb.sql.bind.context import Relation
from gpudb.sql.bind.pivots import by_place, place, places
from gpudb.sql.call_tokens import CALL_MARK
from gpudb.sql.plan import output_fields
from gpudb.storage.types import Kind, SqlType

TEXT = exp.DataType(this=exp.DType.TEXT)
DOUBLE = exp.DataType(this=exp.DType.DOUBLE)
SHARE = exp.DataType(
    this=exp.DType.DECIMAL,
    expressions=[exp.DataTypeParam(this=exp.Literal.number(n)) for n in (9, 2)],
)
QUARTILES = {"q25": "0.25", "q50": "0.5", "q75": "0.75"}


def summary(query: exp.Expr, rows: Relation) -> exp.Select:
    """Return the query that summarises the columns of `query`, which are bound as `rows`."""
    names, types = rows.names, [field.type for field in output_fields(rows.plan)]
    columns = [f"c{number}" for number in range(len(names))]
    alias = exp.TableAlias(this=_name("rows"), columns=[_name(c) for c in columns])
    source = exp.Subquery(this=query.copy(), alias=alias)
    made = [_aggregates(c, of) for c, of in zip(columns, types, strict=True)]
    computed = [
        exp.alias_(value, f"{what}_{c}")
        for c, values in zip(columns, made, strict=True)
        for what, value in values.items()
    ]
    one = exp.Select(expressions=computed, from_=exp.From(this=source))
    texts = {
        "column_name": by_place([exp.Literal.string(name) for name in names]),
        "column_type": by_place([exp.Literal.string(str(of)) for of in types]),
    }
    turned = {w: by_place([_column(f"{w}_{c}") for c in columns]) for w in made[0]}
    return exp.Select(
        expressions=[exp.alias_(value, name) for name, value in (texts | turned).items()],
        from_=exp.From(this=exp.Subquery(this=one, alias=exp.TableAlias(this=_name("one")))),
        joins=[exp.Join(this=places(len(names)), kind="CROSS")],
        order=exp.Order(expressions=[exp.Ordered(this=place())]),
    )


def _aggregates(column: str, of: SqlType) -> dict[str, exp.Expr]:
    """Return what is told of one column: text, and NULL where its type has no such thing."""
    is_number = of.is_numeric
    has_quartiles = is_number or of.kind in (Kind.DATE, Kind.TIMESTAMP)
    least, most = ("bool_and", "bool_or") if of.kind is Kind.BOOLEAN else ("min", "max")
    value = _column(column)
    quartiles = {
        name: _as(_call("approx_quantile", value, exp.Literal.number(share)), TEXT)
        for name, share in QUARTILES.items()
    }
    rows, known = _call("count", exp.Star()), _call("count", value)
    missing = exp.Paren(this=exp.Sub(this=rows, expression=known))
    hundredfold = exp.Mul(this=exp.Literal.number("100.0"), expression=missing)
    some = _call("nullif", rows, exp.Literal.number(0))
    return {
        "min": _as(_call(least, value), TEXT),
        "max": _as(_call(most, value), TEXT),
        "approx_unique": _call("approx_count_distinct", value),
        "avg": _as(_call("avg", value) if is_number else exp.Null(), DOUBLE),
        "std": _as(_call("stddev", value) if is_number else exp.Null(), DOUBLE),
        **{q: v if has_quartiles else _as(exp.Null(), TEXT) for q, v in quartiles.items()},
        "count": rows,
        "null_percentage": _as(exp.Div(this=hundredfold, expression=some), SHARE),
    }


def _as(value: exp.Expr, target: exp.DataType) -> exp.Expr:
    return exp.Cast(this=value, to=target.copy())


def _call(function: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=f"{function}{CALL_MARK}", expressions=[a.copy() for a in arguments])


def _name(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _column(name: str) -> exp.Column:
    return exp.column(_name(name))
