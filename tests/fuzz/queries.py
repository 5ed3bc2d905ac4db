"""Random well-typed queries over the random tables: one text for gpudb, DuckDB and minimising.

A row of an answer never depends on an order among ties: LIMIT comes with an order by all columns,
windows that count rows are ordered by the ids of all tables in FROM.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.fuzz.expressions import Expressions, Reference
from tests.fuzz.grouping import Grouping
from tests.fuzz.select import Select, named
from tests.fuzz.sources import Source, Sources
from tests.fuzz.vocabulary import FAMILIES, Vocabulary
from tests.fuzz.windows import Windows

SET_OPERATIONS = ("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL")
SET_FAMILIES = ("int", "text", "date", "bool", "float", "time")


@dataclass(frozen=True)
class Query:
    """A query; the rows' order counts only where `is_ordered`.

    Its columns are called c1, c2, ... and have the types of `families`.
    """

    text: str
    is_ordered: bool = False
    families: tuple[str, ...] = ()


class Queries:
    """Makes random queries of what `vocabulary` holds."""

    def __init__(self, seed: int, vocabulary: Vocabulary | None = None) -> None:
        self.r = random.Random(seed)
        self.vocabulary = vocabulary or Vocabulary()
        self.sources = Sources(self.r, self)

    def make(self) -> Query:
        """Return a query of a random shape."""
        self.sources.clear()
        with_clause = self.sources.make_ctes() if self.r.random() < 0.15 else ""
        select = self.select(self.r.choice((0, 0, 0, 1, 1, 2)))
        text = with_clause + select.text
        if self.r.random() < 0.35 and "approximate" not in select.families:
            ordered = f"{text} {self.order(len(select.families))}"
            return Query(ordered, is_ordered=True, families=select.families)
        return Query(text, families=select.families)

    def select(
        self,
        depth: int,
        families: Sequence[str] | None = None,
        outer: Sequence[Reference] = (),
    ) -> Select:
        """Return a query of the given columns, which may read `outer`."""
        r = self.r
        if depth > 0 and r.random() < 0.15:
            return self.set_operation(depth, families, outer)
        chance = r.random()
        if families is None and chance < 0.12:
            return self.windowed(depth)
        if chance < 0.35:
            return self.grouped(depth, families, outer)
        return self.rows(depth, families, outer)

    def expressions(self, source: Source, outer: Sequence[Reference], depth: int) -> Expressions:
        """Return a maker of expressions over a source, with subqueries while `depth` lasts."""
        may_nest = depth > 0
        return Expressions(
            self.r,
            [*source.references, *outer],
            self.vocabulary,
            scalar=(lambda f, o: self.scalar(f, o, depth - 1)) if may_nest else None,
            test=(lambda f, o: self.test(f, o, depth - 1)) if may_nest else None,
        )

    def share(self, form: str, share: float) -> float:
        """Return how often a form comes: never where the vocabulary lacks it."""
        return share if form in self.vocabulary.forms else 0.0

    def where(self, source: Source, outer: Sequence[Reference], depth: int) -> str:
        """Return a WHERE clause, mostly."""
        chance = 0.35 if not outer else 0.1
        if self.r.random() < chance:
            return ""
        made = self.expressions(source, outer, depth)
        if outer and self.r.random() < 0.7:
            mine = Expressions(self.r, source.references, self.vocabulary)
            theirs = Expressions(self.r, outer)
            family = mine.family(("int", "text", "date", "int"))
            word = self.r.choice(("=", "=", "=", "<", ">=", "<>", "IS NOT DISTINCT FROM"))
            correlation = f"{mine.column(family)} {word} {theirs.column(family)}"
            more = f" AND {made.boolean(1)}" if self.r.random() < 0.4 else ""
            return f" WHERE {correlation}{more}"
        return f" WHERE {made.boolean(2)}"

    def order(self, columns: int, limits: bool = True) -> str:
        """Return ORDER BY all columns, at times with LIMIT."""
        places = list(range(1, columns + 1))
        self.r.shuffle(places)
        keys = [
            f"{p} {self.r.choice(('ASC', 'DESC'))} NULLS {self.r.choice(('FIRST', 'LAST'))}"
            for p in places
        ]
        limit = ""
        if limits and self.r.random() < 0.6:
            limit = f" LIMIT {self.r.choice((0, 1, 3, 10))}"
            limit += f" OFFSET {self.r.choice((1, 4))}" if self.r.random() < 0.3 else ""
        return f"ORDER BY {', '.join(keys)}{limit}"

    def rows(
        self, depth: int, families: Sequence[str] | None, outer: Sequence[Reference]
    ) -> Select:
        """Return SELECT of expressions."""
        r = self.r
        source = self.sources.make(depth, outer)
        made = self.expressions(source, outer, depth)
        chosen = list(families or [made.family(FAMILIES) for _ in range(r.randint(1, 4))])
        items = [made.make(family, 2) for family in chosen]
        if families is None and r.random() < 0.1 and self.vocabulary.approximate:
            items.append(made.fill(r.choice(self.vocabulary.approximate), 0))
            chosen.append("approximate")
        distinct = ""
        if "approximate" not in chosen and r.random() < 0.2:
            distinct = "DISTINCT "
        text = f"SELECT {distinct}{named(items)} {source.text}{self.where(source, outer, depth)}"
        if families is None and not distinct and r.random() < self.share("DISTINCT ON", 0.05):
            return self.distinct_on(source, chosen, items, outer)
        return Select(text, tuple(chosen))

    def distinct_on(
        self,
        source: Source,
        families: Sequence[str],
        items: Sequence[str],
        outer: Sequence[Reference],
    ) -> Select:
        """Return SELECT DISTINCT ON with an order of all ids."""
        key = Expressions(self.r, source.references).column(
            self.vocabulary.choose(self.r, ("int", "text", "date"))
        )
        if not source.ids:
            return Select(f"SELECT {named(items)} {source.text}", tuple(families))
        total = ", ".join([key, *source.ids])
        where = self.where(source, outer, 0)
        text = f"SELECT DISTINCT ON ({key}) {named(items)} {source.text}{where} ORDER BY {total}"
        return Select(f"SELECT * FROM ({text}) AS first_of_each", tuple(families))

    def grouped(
        self, depth: int, families: Sequence[str] | None, outer: Sequence[Reference]
    ) -> Select:
        """Return SELECT with aggregates, and mostly GROUP BY."""
        return Grouping(self.r, self).make(depth, families, outer)

    def windowed(self, depth: int) -> Select:
        """Return SELECT with windows, or plain rows where none are there."""
        if not self.vocabulary.windows:
            return self.rows(depth, None, ())
        return Windows(self.r, self).make(depth)

    def set_operation(
        self, depth: int, families: Sequence[str] | None, outer: Sequence[Reference]
    ) -> Select:
        """Return two or three SELECTs of the same types, united, intersected or subtracted."""
        r = self.r
        chosen = tuple(
            families or [self.vocabulary.choose(r, SET_FAMILIES) for _ in range(r.randint(1, 3))]
        )
        parts = []
        for _ in range(r.choice((2, 2, 2, 3))):
            part = self.select(depth - 1, chosen, outer).text
            is_bare = r.random() < self.share("INTERSECT ALL", 0.3)
            parts.append(f"({part})" if is_bare else f"SELECT * FROM ({part}) AS part")
        text = parts[0]
        words = SET_OPERATIONS if "INTERSECT ALL" in self.vocabulary.forms else SET_OPERATIONS[:4]
        for part in parts[1:]:
            text = f"SELECT * FROM ({text}) AS part {r.choice(words)} {part}"
        return Select(f"SELECT * FROM ({text}) AS united", chosen)

    def scalar(self, family: str, outer: Sequence[Reference], depth: int) -> str:
        """Return a subquery of one row."""
        r = self.r
        source = self.sources.make(0, ())
        aggregates = [t for t in self.vocabulary.aggregates if t.family == family]
        where = self.where(source, outer, depth)
        if aggregates and r.random() < 0.8:
            made = Expressions(r, source.references)
            item = Grouping(r, self).fill(made, r.choice(aggregates), source, 0)
            return f"(SELECT {item} {source.text}{where})"
        item = Expressions(r, source.references).column(family)
        return f"(SELECT {item} AS c1 {source.text}{where} ORDER BY 1 NULLS LAST LIMIT 1)"

    def test(self, family: str, outer: Sequence[Reference], depth: int) -> str:
        """Return EXISTS, IN or a comparison with ANY or ALL of a subquery."""
        r = self.r
        seen = outer if r.random() < 0.6 else ()
        inner = self.select(min(depth, 1), [family], seen).text
        left = Expressions(r, outer, self.vocabulary).make(family, 1)
        match r.randrange(5 if "ANY" in self.vocabulary.forms else 4):
            case 0:
                return f"EXISTS ({inner})"
            case 1:
                return f"(NOT EXISTS ({inner}))"
            case 2:
                return f"({left} IN ({inner}))"
            case 3:
                return f"({left} NOT IN ({inner}))"
        word = r.choice(("=", "<>", "<", ">="))
        return f"({left} {word} {r.choice(('ANY', 'ALL'))} ({inner}))"
