"""VALUES lists: literals, or rows of any expressions without columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from gpudb.sql.bind.attach import attach
from gpudb.sql.bind.coerce import unify
from gpudb.sql.bind.context import Context, Environment, Relation
from gpudb.sql.bind.dispatch import bind_expression
from gpudb.sql.expr import Expression, Literal
from gpudb.sql.plan import Field, Item, Project, Union, Values
from gpudb.sql.scope import Scope

if TYPE_CHECKING:
    from gpudb.sql.bind.tables import Surroundings

BindCell = Callable[[exp.Expr, int, Context], Expression]


def bind_values(
    node: exp.Values, surroundings: Surroundings, cell: BindCell | None = None
) -> Relation:
    """VALUES (...), (...): each column in the type that its values share.

    `cell` binds the cell of a column, the first of which is 0, in that column's type already.
    """
    environment = surroundings.environment
    _refuse_unnamed(node, environment)
    context = surroundings.context(Scope(), "VALUES")
    rows = []
    for row in node.expressions:
        cells = row.expressions if isinstance(row, exp.Tuple) else [row]
        if cell is None:
            rows.append([bind_expression(each, context) for each in cells])
        else:
            rows.append([cell(each, place, context) for place, each in enumerate(cells)])
        if len(rows[-1]) != len(rows[0]):
            message = f"this row has {len(rows[-1])} values, the first has {len(rows[0])}"
            raise environment.wrong(message, row)
    columns = list(zip(*rows, strict=True))
    if cell is None:
        columns = [unify(column, "VALUES") for column in columns]
    names = tuple(f"column{i + 1}" for i in range(len(columns)))
    fields = tuple(
        environment.field(name, column[0].type, nullable=any(cell.nullable for cell in column))
        for name, column in zip(names, columns, strict=True)
    )
    typed_rows = tuple(zip(*columns, strict=True))
    if all(isinstance(cell, Literal) for row in typed_rows for cell in row):
        literals = tuple(tuple(c for c in row if isinstance(c, Literal)) for row in typed_rows)
        return Relation(Values(fields, literals), names)
    if len(typed_rows) == 1:
        return Relation(_one_row(fields, typed_rows[0], environment), names)
    own = [
        tuple(environment.field(f.name, f.type, nullable=f.nullable) for f in fields)
        for _ in typed_rows
    ]
    parts = tuple(_one_row(f, row, environment) for f, row in zip(own, typed_rows, strict=True))
    return Relation(Union(parts, fields), names)


def refuse_alias(node: exp.Values, environment: Environment) -> None:
    """Raise ProgrammingError if rows that do not stand in FROM have a name."""
    _refuse_unnamed(node, environment)
    alias = node.args.get("alias")
    if alias is not None:
        raise environment.wrong("VALUES can have a name in FROM only", alias.this)


def _refuse_unnamed(node: exp.Values, environment: Environment) -> None:
    """Raise ProgrammingError at a row without a comma before it, parsed as a list of columns."""
    alias = node.args.get("alias")
    if alias is not None and alias.this is None:
        raise environment.wrong("a comma is missing before this row", alias.columns[0])


def _one_row(
    fields: tuple[Field, ...], cells: tuple[Expression, ...], environment: Environment
) -> Project:
    plan, cells = attach(Values((), ((),)), cells, environment)
    items = tuple(Item(f, cell) for f, cell in zip(fields, cells, strict=True))
    return Project(plan, items)
