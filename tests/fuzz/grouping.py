"""Random grouped queries: keys, aggregates with FILTER, HAVING, grouping sets."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tests.fuzz.expressions import Expressions, Reference
from tests.fuzz.select import Select, named
from tests.fuzz.sources import Source
from tests.fuzz.templates import Template
from tests.fuzz.vocabulary import FAMILIES

if TYPE_CHECKING:
    from tests.fuzz.queries import Queries

KEY_FAMILIES = ("int", "text", "date", "bool", "float", "time", "decimal")


class Grouping:
    """Makes grouped queries with the help of `queries`."""

    def __init__(self, r: random.Random, queries: Queries) -> None:
        self.r = r
        self.queries = queries

    def make(
        self, depth: int, families: Sequence[str] | None, outer: Sequence[Reference]
    ) -> Select:
        """Return a grouped query, with columns of `families` where they are given."""
        r, queries = self.r, self.queries
        source = queries.sources.make(depth, ())
        if families is None and r.random() < self.sets_share():
            return self.sets(source, depth)
        made = queries.expressions(source, (), depth - 1)
        chosen = list(families or [made.family(FAMILIES) for _ in range(r.randint(1, 4))])
        items, keys = [], []
        for place, family in enumerate(chosen, 1):
            call = self.aggregate(source, family)
            if call is None or r.random() < 0.45:
                items.append(made.make(family, 1))
                keys.append(str(place))
            else:
                items.append(call)
        if families is None and r.random() < 0.15 and queries.vocabulary.approximate_aggregates:
            template = r.choice(queries.vocabulary.approximate_aggregates)
            items.append(self.filtered(source, Expressions(r, source.references).fill(template, 0)))
            chosen.append("approximate")
        text = f"SELECT {named(items)} {source.text}{queries.where(source, outer, depth)}"
        if len(keys) == len(items) and r.random() < 0.5:
            keys = [*keys, *(Expressions(r, source.references).column("text") for _ in "a")]
        if keys:
            text += f" GROUP BY {', '.join(keys)}"
        if r.random() < 0.2:
            text += f" HAVING {self.having(source)}"
        return Select(text, tuple(chosen))

    def sets_share(self) -> float:
        """Return how often grouping sets come."""
        return 0.15 if "GROUPING SETS" in self.queries.vocabulary.forms else 0.0

    def aggregate(self, source: Source, family: str) -> str | None:
        """Return an aggregate of `family`, or None where there is none."""
        found = [t for t in self.queries.vocabulary.aggregates if t.family == family]
        if not found:
            return None
        made = self.queries.expressions(source, (), 0)
        return self.filtered(source, self.fill(made, self.r.choice(found), source))

    def fill(self, made: Expressions, template: Template, source: Source, depth: int = 1) -> str:
        """Fill a template; one that needs an order without ties only where one id gives it."""
        text = template.text
        if "{id}" in text:
            if len(source.ids) != 1:
                return made.fill(self.plain(template.family), depth)
            text = text.replace("{id}", source.ids[0])
        return made.fill(Template(template.family, text), depth)

    def plain(self, family: str) -> Template:
        """Return an aggregate of `family` that needs no order."""
        found = [
            t
            for t in self.queries.vocabulary.aggregates
            if t.family == family and "{id}" not in t.text
        ]
        return self.r.choice(found)

    def filtered(self, source: Source, call: str) -> str:
        """Return an aggregate, at times with FILTER."""
        if self.r.random() > 0.15 or call.startswith(("CAST(", "NULLIF(")):
            return call
        made = Expressions(self.r, source.references, self.queries.vocabulary)
        return f"{call} FILTER (WHERE {made.boolean(1)})"

    def having(self, source: Source) -> str:
        """Return a condition on an aggregate."""
        r = self.r
        if r.random() < 0.5:
            return f"COUNT(*) > {r.choice((0, 1, 2))}"
        family = self.queries.vocabulary.choose(r, ("int", "float", "text", "date"))
        made = Expressions(r, source.references)
        call = self.aggregate(source, family) or "COUNT(*)"
        return f"{call} {r.choice(('=', '<', '>=', '<>'))} {made.literal(family)}"

    def sets(self, source: Source, depth: int) -> Select:
        """Return a query with GROUPING SETS, ROLLUP or CUBE over columns."""
        r = self.r
        made = Expressions(r, source.references)
        families = [
            self.queries.vocabulary.choose(r, KEY_FAMILIES) for _ in range(r.choice((1, 2, 2, 3)))
        ]
        keys = list(dict.fromkeys(made.column(f) for f in families))
        by_column = {c.text: c.family for c in source.references}
        keys = [key for key in keys if key in by_column] or [source.references[0].text]
        families = [by_column[key] for key in keys]
        calls, call_families = [], []
        for family in (r.choice(("int", "float", "text", "date")) for _ in range(r.randint(1, 2))):
            calls.append(self.aggregate(source, family) or "COUNT(*)")
            call_families.append(family)
        if r.random() < 0.4:
            calls.append(f"GROUPING({r.choice(keys)})")
            call_families.append("int")
        text = f"SELECT {named([*keys, *calls])} {source.text}"
        text += f"{self.queries.where(source, (), depth - 1)} GROUP BY {self.set_list(keys)}"
        return Select(text, (*families, *call_families))

    def set_list(self, keys: Sequence[str]) -> str:
        """Return what follows GROUP BY."""
        r = self.r
        whole = ", ".join(keys)
        match r.randrange(4):
            case 0:
                return f"ROLLUP ({whole})"
            case 1:
                return f"CUBE ({whole})"
            case 2:
                return f"GROUPING SETS (({whole}), ({keys[0]}), ())"
        return f"GROUPING SETS (({keys[-1]}), ({whole}), ({whole}))"
