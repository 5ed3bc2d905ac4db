"""Queries whose first column numbers the rows of a table, cut to some of the numbers."""

from __future__ import annotations

from gpudb.records import replace
from gpudb.sql.expr import Call, ColumnReference, Expression, Literal, conjunction
from gpudb.sql.plan import Filter, Project
from gpudb.sql.statement import Query
from gpudb.storage.types import BIGINT, BOOLEAN


def numbered_between(query: Query, begin: int, end: int) -> Query:
    """Return a query's rows of the numbers from `begin` to `end`, the latter not included."""
    plan = query.plan
    assert isinstance(plan, Project)
    number = plan.items[0].expression
    assert isinstance(number, ColumnReference)
    bounds = (_compared("greater_equal", number, begin), _compared("less", number, end))
    predicate = conjunction(bounds)
    assert predicate is not None
    return replace(query, plan=replace(plan, input=Filter(plan.input, predicate)))


def _compared(function: str, number: Expression, value: int) -> Expression:
    literal = Literal(type=BIGINT, nullable=False, value=value)
    return Call(function=function, arguments=(number, literal), type=BOOLEAN, nullable=False)
