"""PIVOT and UNPIVOT are other ways to write queries, and become these before anything is bound.

    t PIVOT (sum(x) FOR c IN ('a', 'b'))
        SELECT * EXCLUDE (c, x), sum(x) FILTER (WHERE c = 'a') AS a, ...
        FROM t GROUP BY ALL

    t UNPIVOT (v FOR n IN (a, b))
        SELECT u.* EXCLUDE (a, b), CASE place WHEN 0 THEN 'a' ELSE 'b' END AS n,
               CASE place WHEN 0 THEN a ELSE b END AS v
        FROM (SELECT * FROM t) AS u CROSS JOIN (VALUES (0), (1)) AS places (place)
        WHERE v IS NOT NULL

The statements PIVOT t ON ... and UNPIVOT t ON ... become the same (sql/pivot_statements.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from sqlglot import exp

from gpudb.sql.bind.context import Environment, refuse_extras
from gpudb.sql.dialect import plain_name

PIVOT_PARTS = frozenset({
    "expressions", "fields", "group", "alias", "unpivot", "include_nulls",
    "columns", "pivot_column_naming",
})  # fmt: skip
# Which row of the list a row of the table is paired with: no name that anyone gives a column.
PLACE = "place of unpivot"
TURNED = "turned"


def pivoted(source: exp.Expr, pivot: exp.Pivot, environment: Environment) -> exp.Select:
    """Return the query that `source PIVOT (...)` or `source UNPIVOT (...)` stands for."""
    refuse_extras(pivot, PIVOT_PARTS, environment)
    if pivot.args.get("unpivot"):
        return _unpivot(source, pivot, environment)
    return _pivot(source, pivot, environment)


def _pivot(source: exp.Expr, pivot: exp.Pivot, environment: Environment) -> exp.Select:
    aggregates = pivot.expressions
    if not aggregates:
        raise environment.wrong("PIVOT needs an aggregate", source)
    lists = [_values(field, environment) for field in pivot.args["fields"]]
    made = [
        _column(aggregate, combination, len(aggregates) > 1, environment)
        for combination in itertools.product(*lists)
        for aggregate in aggregates
    ]
    group = pivot.args.get("group")
    if group is not None:
        keys, grouping = [key.copy() for key in group.expressions], group.copy()
    else:
        read = [c for each in aggregates for c in each.find_all(exp.Column)]
        turned = [field.this for field in pivot.args["fields"]]
        keys, grouping = [_all_but((*turned, *read), "PIVOT")], exp.Group(all=True)
    return exp.Select(expressions=[*keys, *made], from_=exp.From(this=source), group=grouping)


Value = tuple[exp.Expr, exp.Expr, str]  # the column, its value, the name of what is made of it


def _values(field: exp.Expr, environment: Environment) -> list[Value]:
    """Return what FOR column IN (values) lists."""
    if not isinstance(field, exp.In) or not field.expressions:
        message = "PIVOT needs the values whose columns it makes: column IN (value, ...)"
        raise environment.wrong(message, field)
    found = []
    for value in field.expressions:
        given = value.this if isinstance(value, exp.PivotAlias) else value
        found.append((field.this, given, _name(value, environment)))
    return found


def _column(
    aggregate: exp.Expr, combination: Sequence[Value], is_named: bool, environment: Environment
) -> exp.Expr:
    """Return an aggregate of the rows with one combination of values, under its name."""
    tests: list[exp.Expr] = []
    for column, value, _ in combination:
        is_null = isinstance(value, exp.Null)
        test = exp.Is if is_null else exp.EQ
        tests.append(test(this=column.copy(), expression=value.copy()))
    called = aggregate.this if isinstance(aggregate, exp.Alias) else aggregate
    filtered = exp.Filter(this=called.copy(), expression=exp.Where(this=exp.and_(*tests)))
    names = [name for _, _, name in combination]
    if is_named or isinstance(aggregate, exp.Alias):
        names.append(_name(aggregate, environment))
    return exp.alias_(filtered, exp.to_identifier("_".join(names), quoted=True))


def _unpivot(source: exp.Expr, pivot: exp.Pivot, environment: Environment) -> exp.Select:
    (field,) = pivot.args["fields"]
    (given,) = pivot.expressions
    names = _parts(given)
    entries = field.expressions
    rows = [_parts(e.this if isinstance(e, exp.PivotAlias) else e) for e in entries]
    for entry, row in zip(entries, rows, strict=True):
        if len(row) != len(names):
            message = f"UNPIVOT gives {len(names)} values a row, not {len(row)}"
            raise environment.wrong(message, entry)
        if not all(isinstance(column, exp.Column) for column in row):
            raise environment.wrong("UNPIVOT takes columns", entry)
    rows = [[_bare(column) for column in row] for row in rows]
    labels = [exp.Literal.string(_name(entry, environment)) for entry in entries]
    values = [by_place([row[index] for row in rows]) for index in range(len(names))]
    columns = [column for row in rows for column in row]
    made = [
        exp.alias_(by_place(labels), field.this.copy()),
        *(exp.alias_(v, _identifier(n)) for v, n in zip(values, names, strict=True)),
    ]
    whole = exp.Select(expressions=[exp.Star()], from_=exp.From(this=source))
    turned = exp.to_identifier(TURNED, quoted=True)
    rest = exp.Column(this=_all_but(columns, "UNPIVOT"), table=turned)
    select = exp.Select(
        expressions=[rest, *made],
        from_=exp.From(this=exp.Subquery(this=whole, alias=exp.TableAlias(this=turned.copy()))),
        joins=[exp.Join(this=places(len(rows)), kind="CROSS")],
    )
    if not pivot.args.get("include_nulls"):
        known = [exp.Not(this=exp.Is(this=v.copy(), expression=exp.Null())) for v in values]
        select.set("where", exp.Where(this=exp.or_(*known)))
    return select


def _parts(node: exp.Expr) -> list[exp.Expr]:
    """Return what a list in parentheses holds, or the only one."""
    return list(node.expressions) if isinstance(node, exp.Tuple) else [node.unnest()]


def _identifier(node: exp.Expr) -> exp.Identifier:
    named = node.this if isinstance(node, exp.Column) else node
    assert isinstance(named, exp.Identifier)
    return named.copy()


def place() -> exp.Column:
    """Return the number that a row is paired with."""
    return exp.column(exp.to_identifier(PLACE, quoted=True))


def places(count: int) -> exp.Values:
    """Return the numbers below `count`, as a table to be joined with."""
    rows = [exp.Tuple(expressions=[exp.Literal.number(each)]) for each in range(count)]
    column = exp.to_identifier(PLACE, quoted=True)
    alias = exp.TableAlias(this=exp.to_identifier(f"{PLACE}s", quoted=True), columns=[column])
    return exp.Values(expressions=rows, alias=alias)


def by_place(values: Sequence[exp.Expr]) -> exp.Case:
    """Return the value with the number that a row is paired with."""
    branches = [
        exp.If(this=exp.Literal.number(number), true=value.copy())
        for number, value in enumerate(values)
    ]
    return exp.Case(this=place(), ifs=branches)


def _all_but(columns: Iterable[exp.Expr], clause: str) -> exp.Star:
    """Return `* EXCLUDE (columns)`, of which errors say that it stands for `clause`."""
    named = {plain_name(column.name).lower(): column for column in columns}
    star = exp.Star(except_=[_bare(column) for column in named.values()])
    star.meta["clause"] = clause
    return star


def _bare(column: exp.Expr) -> exp.Expr:
    """Return a column without the name of its table."""
    bare = column.copy()
    bare.set("table", None)
    return bare


def _name(node: exp.Expr, environment: Environment) -> str:
    """Return the alias of a value, a column or an aggregate, or else how it is written."""
    if isinstance(node, exp.Alias | exp.PivotAlias):
        return plain_name(node.args["alias"].name)
    if isinstance(node, exp.Literal | exp.Column):
        return plain_name(node.name)
    if isinstance(node, exp.Tuple):
        return "_".join(_name(part, environment) for part in node.expressions)
    span = environment.span(node)
    return node.sql() if span is None else environment.places.text[span.begin : span.end]
