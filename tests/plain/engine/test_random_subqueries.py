"""Random queries of nested, correlated subqueries, joins and set operations, against DuckDB."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from tests.plain.engine.twins import open_twins

NUMBERS = {"t": ("a", "c"), "u": ("a",), "r": ("k", "a"), "e": ("a", "c")}
COMPARISONS = ("=", "=", "=", "<>", "<", ">=", "IS NOT DISTINCT FROM")
OPERATIONS = ("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL")
# DuckDB 2.0 answers EXISTS over a RIGHT JOIN wrongly where ON reads one side only.
SIDES = ("", "LEFT", "FULL")

Scope = list[str]


@dataclass
class Draw:
    """Draws one query; `scope` are the columns that a part of it may read."""

    r: random.Random
    tables: int = 0

    def table(self) -> tuple[str, Scope]:
        """Return a table under a new alias, and its columns."""
        self.tables += 1
        name = self.r.choice("tturrue")
        alias = f"x{self.tables}"
        return f"{name} AS {alias}", [f"{alias}.{column}" for column in NUMBERS[name]]

    def query(self) -> str:
        """Return a query of one table with subqueries."""
        table, own = self.table()
        items = [own[0]]
        if self.r.random() < 0.5:
            items.append(self.scalar(own, 2))
        if self.r.random() < 0.4:
            items.append(self.predicate(own, 2))
        return f"SELECT {', '.join(items)} FROM {table} WHERE {self.predicate(own, 3)}"

    def comparison(self, scope: Scope) -> str:
        """Return a comparison of a column."""
        right = self.r.choice(scope) if self.r.random() < 0.7 else self.r.choice("0127")
        return f"{self.r.choice(scope)} {self.r.choice(COMPARISONS)} {right}"

    def predicate(self, scope: Scope, depth: int) -> str:
        """Return a condition."""
        form = self.r.randrange(10) if depth > 0 else 0
        if form < 5:
            return self.comparison(scope)
        deeper = depth - 1
        column = self.r.choice(scope)
        if form == 5:
            word = self.r.choice(("AND", "OR"))
            return f"({self.predicate(scope, deeper)} {word} {self.predicate(scope, deeper)})"
        if form == 6:
            return f"NOT ({self.predicate(scope, deeper)})"
        if form == 7:
            return f"{self.r.choice(('', 'NOT '))}EXISTS ({self.subquery(scope, deeper)})"
        if form == 8:
            return f"{column} {self.r.choice(('IN', 'NOT IN'))} ({self.subquery(scope, deeper)})"
        return f"{column} {self.r.choice('=<>')} {self.scalar(scope, deeper)}"

    def scalar(self, outer: Scope, depth: int) -> str:
        """Return an aggregate as a subquery."""
        table, own = self.table()
        column = own[-1]
        call = self.r.choice(("count(*)", f"max({column})", f"sum({column})", f"count({column})"))
        where = self.predicate([*own, *outer, *own], depth)
        return f"(SELECT {call} FROM {table} WHERE {where})"

    def subquery(self, outer: Scope, depth: int) -> str:
        """Return a query of one column, which may read `outer`."""
        table, own = self.table()
        if self.r.random() < 0.3:
            other, columns = self.table()
            side = self.r.choice(SIDES)
            on = f"{own[0]} = {columns[-1]}" if side == "FULL" else self.comparison(own + columns)
            table, own = f"{table} {side} JOIN {other} ON {on}", own + columns
        where = self.predicate([*own, *outer, *own], depth)
        distinct = self.r.choice(("", "", "DISTINCT "))
        text = f"SELECT {distinct}{self.r.choice(own)} FROM {table} WHERE {where}"
        if self.r.random() > 0.15:
            return text
        other, columns = self.table()
        where = self.predicate([*columns, *outer], depth - 1)
        operation = self.r.choice(OPERATIONS)
        return f"{text} {operation} SELECT {columns[0]} FROM {other} WHERE {where}"


@pytest.mark.parametrize("seed", range(6))
def test_random_queries(seed: int) -> None:
    r = random.Random(seed)
    with open_twins() as both:
        for _ in range(20):
            both.check(Draw(r).query())
