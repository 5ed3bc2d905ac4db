"""Random queries with window functions."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.fuzz.expressions import Expressions
from tests.fuzz.select import Select, named
from tests.fuzz.sources import Source
from tests.fuzz.templates import Template
from tests.fuzz.vocabulary import FAMILIES

if TYPE_CHECKING:
    from tests.fuzz.queries import Queries

ROWS_BOUNDS = (
    ("UNBOUNDED PRECEDING", "CURRENT ROW"),
    ("UNBOUNDED PRECEDING", "UNBOUNDED FOLLOWING"),
    ("2 PRECEDING", "1 FOLLOWING"),
    ("1 PRECEDING", "1 PRECEDING"),
    ("CURRENT ROW", "3 FOLLOWING"),
    ("2 FOLLOWING", "4 FOLLOWING"),
    ("CURRENT ROW", "UNBOUNDED FOLLOWING"),
)
EXCLUSIONS = ("", "", "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES")


class Windows:
    """Makes queries with windows with the help of `queries`."""

    def __init__(self, r: random.Random, queries: Queries) -> None:
        self.r = r
        self.queries = queries

    def make(self, depth: int) -> Select:
        """Return a query of plain columns and windows over tables whose rows have ids."""
        r, queries = self.r, self.queries
        source = queries.sources.make(depth - 2, ())
        made = queries.expressions(source, (), 0)
        families = [queries.vocabulary.choose(r, FAMILIES) for _ in range(r.randint(0, 2))]
        items = [made.make(family, 1) for family in families]
        for _ in range(r.randint(1, 3)):
            template = self.usable(source)
            items.append(
                made.fill(Template(template.family, self.clauses(template.text, source)), 1)
            )
            families.append(template.family)
        text = f"SELECT {named(items)} {source.text}{queries.where(source, (), 0)}"
        if source.ids and r.random() < queries.share("QUALIFY", 0.15):
            place = r.randint(1, 3)
            text += f" QUALIFY ROW_NUMBER() OVER ({self.total(source)}) <= {place}"
        return Select(text, tuple(families))

    def usable(self, source: Source) -> Template:
        """Return a template; one that needs an order without ties only where there are ids."""
        found = self.queries.vocabulary.windows
        if not source.ids:
            found = tuple(t for t in found if "{total}" not in t.text)
        return self.r.choice(found)

    def clauses(self, text: str, source: Source) -> str:
        """Return the text with the clauses of its windows filled in."""
        fills = {
            "{partition}": self.partition(source),
            "{total}": self.total(source),
            "{order}": self.order(source),
            "{frame}": self.frame(),
            "{peers}": self.peers(),
            "{range}": self.range(("2 PRECEDING", "1 FOLLOWING", "0 PRECEDING", "3 FOLLOWING")),
            "{days_range}": self.range(
                ("INTERVAL '2' DAY PRECEDING", "INTERVAL '1' MONTH FOLLOWING")
            ),
        }
        for hole, fill in fills.items():
            text = text.replace(hole, fill)
        return text

    def partition(self, source: Source) -> str:
        """Return PARTITION BY, or nothing."""
        if self.r.random() < 0.35:
            return ""
        made = Expressions(self.r, source.references)
        keys = [made.column(self.choose(("int", "text", "bool", "date"))) for _ in "ab"]
        return f"PARTITION BY {', '.join(keys[: self.r.choice((1, 1, 2))])} "

    def choose(self, families: tuple[str, ...]) -> str:
        """Return one of the families that the vocabulary has."""
        return self.queries.vocabulary.choose(self.r, families)

    def keys(self, source: Source) -> list[str]:
        """Return one or two keys of an order."""
        r = self.r
        made = Expressions(r, source.references)
        return [
            f"{made.column(self.choose(('int', 'text', 'date', 'float', 'time')))}"
            f" {r.choice(('ASC', 'DESC'))} NULLS {r.choice(('FIRST', 'LAST'))}"
            for _ in range(r.choice((1, 1, 2)))
        ]

    def order(self, source: Source) -> str:
        """Return ORDER BY with ties."""
        return f"ORDER BY {', '.join(self.keys(source))}"

    def total(self, source: Source) -> str:
        """Return ORDER BY without ties."""
        keys = self.keys(source) if self.r.random() < 0.6 else []
        # The ids of an outer join may be NULL, and SQLite has NULLs first.
        ids = (f"{one} NULLS LAST" for one in source.ids)
        return f"ORDER BY {', '.join([*keys, *ids])}"

    def frame(self) -> str:
        """Return a frame of rows, or none."""
        if self.r.random() < 0.3:
            return ""
        begin, end = self.r.choice(ROWS_BOUNDS)
        unit = self.r.choice(("ROWS", "ROWS", "ROWS", "GROUPS"))
        return f"{unit} BETWEEN {begin} AND {end}{self.r.choice(EXCLUSIONS)}"

    def peers(self) -> str:
        """Return a frame whose ends are peers."""
        begin, end = self.r.choice(ROWS_BOUNDS[:2])
        return f"RANGE BETWEEN {begin} AND {end}"

    def range(self, bounds: tuple[str, ...]) -> str:
        """Return a frame by distance."""
        begin = self.r.choice([b for b in (*bounds, "CURRENT ROW") if not b.endswith("FOLLOWING")])
        end = self.r.choice([b for b in (*bounds, "CURRENT ROW") if not b.endswith("PRECEDING")])
        return f"RANGE BETWEEN {begin} AND {end}"
