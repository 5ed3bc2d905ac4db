"""Random FROM clauses: tables, derived tables, VALUES, common table expressions, joins."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.fuzz.expressions import Expressions, Reference, table_references
from tests.fuzz.vocabulary import Vocabulary

TABLES = ("p", "p", "p", "q", "q", "e", "o")
KEYS = ("k", "n", "s", "d", "x", "y", "b", "m", "i8", "t", "i64", "r", "c", "u", "m18", "w", "id")
JOINS = ("JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
INNER_FAMILIES = ("int", "int", "text", "date", "float", "bool", "time", "decimal")


@dataclass(frozen=True)
class Source:
    """A FROM clause, what can be read of it, and columns that together number its rows.

    Without `ids` its rows cannot be put into one certain order.
    """

    text: str
    references: tuple[Reference, ...]
    ids: tuple[str, ...] = ()


class SelectText(Protocol):
    """A query's text and the families of its columns."""

    @property
    def text(self) -> str:
        """The text."""
        ...

    @property
    def families(self) -> tuple[str, ...]:
        """The families of the columns."""
        ...


class Selects(Protocol):
    """What makes queries for derived tables."""

    vocabulary: Vocabulary

    def select(
        self, depth: int, families: Sequence[str] | None = None, outer: Sequence[Reference] = ()
    ) -> SelectText:
        """Return a query."""
        ...


class Sources:
    """Makes FROM clauses; aliases are never used twice in a query."""

    def __init__(self, r: random.Random, selects: Selects) -> None:
        self.r = r
        self.selects = selects
        self.vocabulary = selects.vocabulary
        self.aliases = 0
        self.ctes: list[tuple[str, tuple[str, ...]]] = []

    def clear(self) -> None:
        """Begin another query."""
        self.aliases = 0
        self.ctes = []

    def alias(self) -> str:
        """Return a name that is not used yet."""
        self.aliases += 1
        return f"a{self.aliases}"

    def make_ctes(self) -> str:
        """Return a WITH clause of one or two queries that the rest may read."""
        made = []
        for name in ("first_of", "second_of")[: self.r.choice((1, 1, 2))]:
            families = [
                self.vocabulary.choose(self.r, INNER_FAMILIES) for _ in range(self.r.randint(1, 4))
            ]
            select = self.selects.select(1, families)
            made.append(f"{name} AS ({select.text})")
            self.ctes.append((name, tuple(families)))
        if "RECURSIVE" in self.vocabulary.forms and self.r.random() < 0.3:
            made.append(self.recursive())
            return f"WITH RECURSIVE {', '.join(made)} "
        return f"WITH {', '.join(made)} "

    def recursive(self) -> str:
        """Return a common table expression that reads itself a few times."""
        word = self.r.choice(("UNION ALL", "UNION"))
        step = self.r.choice(("c1 + 1, c2 || 'b'", "c1 + 2, UPPER(c2)", "c1 + c1, c2"))
        self.ctes.append(("steps", ("int", "text")))
        first = f"SELECT CAST(1 AS BIGINT), {self.expressions(()).literal('text')}"
        joined = self.r.choice(("", "", " JOIN q AS r ON r.k = steps.c1", " CROSS JOIN o AS r"))
        again = f"SELECT {step} FROM steps{joined} WHERE c1 < {self.r.choice((1, 3, 9))}"
        return f"steps(c1, c2) AS ({first} {word} {again})"

    def make(self, depth: int, outer: Sequence[Reference]) -> Source:
        """Return a FROM clause of one to three relations."""
        first = self.relation(depth)
        chance = self.r.random()
        count = 0 if chance < 0.5 else 1 if chance < 0.9 else 2
        if depth <= 0:
            count = min(count, 1 if chance > 0.8 else 0)
        source = Source(f"FROM {first.text}", first.references, first.ids)
        for _ in range(count):
            source = self.joined(source, depth)
        return source

    def relation(self, depth: int) -> Source:
        """Return one relation with its alias."""
        chance = self.r.random()
        if self.ctes and chance < 0.35:
            name, families = self.r.choice(self.ctes)
            alias = self.alias()
            return Source(f"{name} AS {alias}", derived_references(alias, families))
        if depth > 0 and chance < 0.5:
            return self.derived(depth)
        if 0.5 <= chance < 0.54 and "VALUES" in self.vocabulary.forms:
            return self.values()
        if 0.54 <= chance < 0.57 and "SERIES" in self.vocabulary.forms:
            return self.series()
        name, alias = self.r.choice(TABLES), self.alias()
        every = table_references(alias)
        references = tuple(c for c in every if c.family in self.vocabulary.families)
        return Source(f"{name} AS {alias}", references, (f"{alias}.id",))

    def derived(self, depth: int) -> Source:
        """Return a query as a table."""
        families = [
            self.vocabulary.choose(self.r, INNER_FAMILIES) for _ in range(self.r.randint(2, 5))
        ]
        select = self.selects.select(depth - 1, families)
        alias = self.alias()
        return Source(f"({select.text}) AS {alias}", derived_references(alias, select.families))

    def values(self) -> Source:
        """Return a list of rows as a table."""
        made = Expressions(self.r, ())
        rows = [
            ", ".join(
                made.literal(f) if self.r.random() < 0.85 else null(f) for f in ("int", "text")
            )
            for _ in range(self.r.randint(1, 4))
        ]
        alias = self.alias()
        text = f"(VALUES {', '.join(f'({row})' for row in rows)}) AS {alias}(c1, c2)"
        return Source(text, derived_references(alias, ("int", "text")))

    def series(self) -> Source:
        """Return a range of numbers as a table; it numbers its own rows."""
        alias = self.alias()
        made = f"generate_series(1, {self.r.choice((0, 1, 4))})"
        if "UNNEST" in self.vocabulary.forms and self.r.random() < 0.4:
            made = self.r.choice(("UNNEST(ARRAY[3, 1])", "UNNEST(ARRAY[2, NULL, 5])"))
        text = f"{made} AS {alias}(c1)"
        return Source(text, (Reference(f"{alias}.c1", "int", ("small",)),), (f"{alias}.c1",))

    def joined(self, left: Source, depth: int) -> Source:
        """Return a source joined with another relation."""
        r = self.r
        if depth > 0 and r.random() < 0.06 and "LATERAL" in self.vocabulary.forms:
            return self.lateral(left)
        arrays = [c.text for c in left.references if c.family == "array"]
        if arrays and r.random() < 0.05 and "UNNEST" in self.vocabulary.forms:
            alias = self.alias()
            text = f"{left.text} CROSS JOIN UNNEST({r.choice(arrays)}) AS {alias}(c1)"
            return Source(text, (*left.references, Reference(f"{alias}.c1", "int", ("small",))))
        right = self.relation(depth - 1)
        references = (*left.references, *right.references)
        ids = (*left.ids, *right.ids) if left.ids and right.ids else ()
        chance = r.random()
        if chance < 0.08:
            return Source(f"{left.text} CROSS JOIN {right.text}", references, ids)
        on = self.condition(left, right)
        return Source(f"{left.text} {r.choice(JOINS)} {right.text} ON {on}", references, ids)

    def lateral(self, left: Source) -> Source:
        """Return a source joined with a query that reads it."""
        families = [
            self.vocabulary.choose(self.r, INNER_FAMILIES) for _ in range(self.r.randint(1, 2))
        ]
        select = self.selects.select(0, families, left.references)
        alias = self.alias()
        references = (*left.references, *derived_references(alias, select.families))
        kind = self.r.choice(("CROSS JOIN LATERAL", "LEFT JOIN LATERAL"))
        on = " ON TRUE" if kind.startswith("LEFT") else ""
        return Source(f"{left.text} {kind} ({select.text}) AS {alias}{on}", references)

    def condition(self, left: Source, right: Source) -> str:
        """Return a condition of a join, mostly with an equality."""
        r = self.r
        sides = self.expressions(left.references), self.expressions(right.references)
        both = self.expressions((*left.references, *right.references))
        chance = r.random()
        if chance < 0.08:
            return both.boolean(1)
        if chance < 0.16:
            return self.range(*sides)
        parts = [self.equality(*sides) for _ in range(r.choice((1, 1, 1, 2, 3)))]
        if r.random() < 0.4:
            parts.append(r.choice((*sides, both)).boolean(1))
        return " AND ".join(parts)

    def range(self, left: Expressions, right: Expressions) -> str:
        """Return one or two inequalities of columns, as of points in intervals."""
        family = left.family(("int", "float", "date", "time", "text", "decimal"))
        point = left.column(family)
        if self.r.random() < 0.5:
            return f"{point} {self.r.choice(('<', '<=', '>', '>='))} {right.column(family)}"
        return f"{point} BETWEEN {right.column(family)} AND {right.column(family)}"

    def expressions(self, references: Sequence[Reference]) -> Expressions:
        """Return a maker of expressions without subqueries."""
        return Expressions(self.r, references, self.vocabulary)

    def equality(self, left: Expressions, right: Expressions) -> str:
        """Return an equality of columns, of the same name where both have it."""
        r = self.r
        chance = r.random()
        if chance < 0.7:
            name = f".{r.choice(KEYS)}"
            pair = [
                [c.text for c in side.references if c.text.endswith(name)] for side in (left, right)
            ]
            if pair[0] and pair[1]:
                return f"{r.choice(pair[0])} = {r.choice(pair[1])}"
        family = left.family(("int", "int", "text", "date", "float"))
        if chance > 0.93:
            return f"{left.column('small')} + 1 = {right.column('int')}"
        if chance > 0.88:
            return f"{left.column(family)} IS NOT DISTINCT FROM {right.column(family)}"
        return f"{left.column(family)} = {right.column(family)}"


def derived_references(alias: str, families: Sequence[str]) -> tuple[Reference, ...]:
    """Return the columns c1, c2, ... of a derived table."""
    return tuple(
        Reference(f"{alias}.c{place}", family)
        for place, family in enumerate(families, 1)
        if family != "approximate"
    )


def null(family: str) -> str:
    """Return NULL with a type."""
    return f"CAST(NULL AS {'INTEGER' if family == 'int' else 'TEXT'})"
