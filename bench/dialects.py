"""The questions in each engine's dialect: all that differs is here.

Questions are written in what PostgreSQL, DuckDB and gpudb have in common.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from bench.case import CHDB, HYPER

Rewrite = Callable[[exp.Expr], None]


def join_on(tree: exp.Expr) -> None:
    """Write USING as ON: Hyper's t.* leaves out the columns that USING names."""
    for select in tree.find_all(exp.Select):
        for join in select.args.get("joins") or ():
            left, right = select.args["from_"].this.alias_or_name, join.this.alias_or_name
            tests = [
                exp.column(name.name, left).eq(exp.column(name.name, right))
                for name in join.args.get("using") or ()
            ]
            if tests:
                join.set("using", None)
                join.set("on", exp.and_(*tests))


def cast_plainly(tree: exp.Expr) -> None:
    """Keep constants from being Nullable, which their comparisons would be too."""
    for type in tree.find_all(exp.DataType):
        type.set("nullable", False)


def add_decimals(tree: exp.Expr) -> None:
    """Write 0.06 - 0.01 as a difference of decimals, as ClickHouse's manual does in TPC-H's Q6:
    they are doubles otherwise, and 0.07 is not found."""
    for sum_ in list(tree.find_all(exp.Add, exp.Sub)):
        if all(isinstance(side, exp.Literal) and side.is_number for side in sum_.unnest_operands()):
            for side in sum_.unnest_operands():
                side.replace(exp.cast(side.copy(), "DECIMAL(15, 2)"))


@dataclass(frozen=True)
class Dialect:
    """What sqlglot calls it, and what has to be written otherwise before."""

    name: str
    rewrites: tuple[Rewrite, ...]


DIALECTS = {
    CHDB: Dialect("clickhouse", (add_decimals, cast_plainly)),
    HYPER: Dialect("postgres", (join_on,)),
}


def translate(sql: str, engine: str) -> str:
    """Return a question as an engine wants it."""
    dialect = DIALECTS.get(engine)
    if dialect is None:
        return sql
    tree = sqlglot.parse_one(sql, read="postgres")
    for rewrite in dialect.rewrites:
        rewrite(tree)
    return tree.sql(dialect.name)
