"""Random well-typed queries, each as gpudb's text and as DuckDB's.

The texts differ where the meanings do: integer division is `/` for gpudb, as for PostgreSQL, and
`//` for DuckDB; a division by zero is an error for gpudb, so divisors pass through NULLIF.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.plain.engine.random_expressions import DIVIDE, Expressions


@dataclass(frozen=True)
class Query:
    """One query in both dialects; the rows' order counts only where `is_ordered`."""

    text: str
    is_ordered: bool

    @property
    def ours(self) -> str:
        """The text for gpudb."""
        return self.text.replace(DIVIDE, "/")

    @property
    def theirs(self) -> str:
        """The text for DuckDB."""
        return self.text.replace(DIVIDE, "//")


class Queries:
    """Makes random queries."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)

    def make(self) -> Query:
        """Return a query of a random shape."""
        shapes = (self.rows, self.rows, self.groups, self.groups, self.derived, self.united)
        shape = self.r.choice(shapes)
        return shape()

    def _source(self) -> tuple[str, list[str]]:
        r = self.r
        first = r.choice(("p", "p", "p", "q", "e"))
        if r.random() < 0.55:
            return f"FROM {first} AS a", ["a"]
        second = r.choice(("p", "q", "q", "e"))
        kind = r.choice(("JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "CROSS JOIN"))
        source = f"FROM {first} AS a {kind} {second} AS b"
        if kind != "CROSS JOIN":
            source += f" ON {self._join_condition(kind)}"
        return source, ["a", "b"]

    def _join_condition(self, kind: str) -> str:
        r = self.r
        equal = ["k", "n", "s", "d", "x", "y", "b", "m", "i8", "t", "i64", "r", "c", "u", "m18"]
        parts = [f"a.{c} = b.{c}" for c in r.sample(equal, r.choice((1, 1, 1, 2, 3)))]
        if r.random() < 0.2:
            parts[0] = "a.k + 1 = b.k"
        if r.random() < 0.1:
            parts[0] = "a.s = b.u"
        if r.random() < 0.1:
            parts[0] = "a.k = b.i64"
        if r.random() < 0.4:
            parts.append(Expressions(r, r.choice((["a"], ["b"], ["a", "b"]))).boolean(1))
        return " AND ".join(parts)

    def _where(self, aliases: list[str]) -> str:
        if self.r.random() < 0.4:
            return ""
        return f" WHERE {Expressions(self.r, aliases).boolean(2)}"

    def _order(self, columns: int) -> str:
        places = list(range(1, columns + 1))
        self.r.shuffle(places)
        keys = [
            f"{p} {self.r.choice(('ASC', 'DESC'))} NULLS {self.r.choice(('FIRST', 'LAST'))}"
            for p in places
        ]
        limit = ""
        if self.r.random() < 0.6:
            limit = f" LIMIT {self.r.choice((0, 1, 3, 10))}"
            limit += f" OFFSET {self.r.choice((1, 4))}" if self.r.random() < 0.3 else ""
        return f" ORDER BY {', '.join(keys)}{limit}"

    def rows(self) -> Query:
        """Return SELECT of expressions."""
        source, aliases = self._source()
        expressions = Expressions(self.r, aliases)
        items = [expressions.any() for _ in range(self.r.randint(1, 4))]
        distinct = self.r.choice(("", "", "", "DISTINCT "))
        text = f"SELECT {distinct}{', '.join(items)} {source}{self._where(aliases)}"
        is_ordered = self.r.random() < 0.4
        return Query(text + (self._order(len(items)) if is_ordered else ""), is_ordered)

    def aggregate(self, aliases: list[str]) -> str:
        """Return an aggregate."""
        r, expressions = self.r, Expressions(self.r, aliases)
        match r.randrange(7):
            case 0:
                return "COUNT(*)"
            case 1:
                return f"COUNT({expressions.any(1)})"
            case 2:
                return f"COUNT(DISTINCT {expressions.any(1)})"
            case 3:
                return f"SUM({r.choice(aliases)}.{r.choice(('k', 'n', 'm', 'x', 'i64', 'm18'))})"
            case 4:
                return f"AVG({r.choice(aliases)}.{r.choice(('k', 'n', 'm', 'x', 'i8'))})"
        family = r.choice(("int", "float", "real", "clock", "date", "time", "text"))
        return f"{r.choice(('MIN', 'MAX'))}({expressions.make(family, 1)})"

    def groups(self) -> Query:
        """Return SELECT with aggregates, and mostly GROUP BY."""
        source, aliases = self._source()
        expressions = Expressions(self.r, aliases)
        keys = [expressions.any(1) for _ in range(self.r.choice((0, 1, 1, 2, 3)))]
        found = [self.aggregate(aliases) for _ in range(self.r.randint(1, 3))]
        text = f"SELECT {', '.join(keys + found)} {source}{self._where(aliases)}"
        if keys:
            text += f" GROUP BY {', '.join(str(i + 1) for i in range(len(keys)))}"
            if self.r.random() < 0.2:
                text += f" HAVING COUNT(*) > {self.r.choice((1, 2))}"
        is_ordered = self.r.random() < 0.3
        return Query(text + (self._order(len(keys + found)) if is_ordered else ""), is_ordered)

    def united(self) -> Query:
        """Return two SELECTs of the same types, united, intersected or subtracted."""
        families = [self.r.choice(("int", "text", "date", "bool")) for _ in range(2)]
        parts = []
        for _ in range(2):
            source, aliases = self._source()
            expressions = Expressions(self.r, aliases)
            items = ", ".join(expressions.make(family, 1) for family in families)
            parts.append(f"SELECT {items} {source}{self._where(aliases)}")
        words = ("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL")
        return Query(f" {self.r.choice(words)} ".join(parts), is_ordered=False)

    def derived(self) -> Query:
        """Return a query over a derived table or a CTE."""
        r = self.r
        source, aliases = self._source()
        expressions = Expressions(r, aliases)
        inner = (
            f"SELECT {expressions.make('int', 1)} AS g, {expressions.make('text', 1)} AS w, "
            f"{expressions.make('float', 1)} AS v {source}{self._where(aliases)}"
        )
        if r.random() < 0.4:
            inner = f"SELECT a.k AS g, MIN(a.s) AS w, SUM(a.x) AS v {source} GROUP BY a.k"
        outer = r.choice(
            (
                "SELECT g, COUNT(*), MAX(w), MIN(v) FROM inside GROUP BY g",
                "SELECT w, COUNT(DISTINCT g) FROM inside WHERE g IS NOT NULL GROUP BY w",
                "SELECT o.k, i.w, i.v FROM q AS o JOIN inside AS i ON o.k = i.g",
                "SELECT o.k, i.w, i.v FROM q AS o LEFT JOIN inside AS i ON o.k = i.g AND i.v > 0",
                "SELECT DISTINCT w FROM inside WHERE v < 3",
            )
        )
        if r.random() < 0.5:
            return Query(f"WITH inside AS ({inner}) {outer}", is_ordered=False)
        return Query(
            outer.replace("inside", f"({inner}) AS inside", 1).replace("AS inside AS i", "AS i"),
            is_ordered=False,
        )
