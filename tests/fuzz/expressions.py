"""Random well-typed expressions over the columns in scope, filled into the lists of templates."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.fuzz.tables import ALL_COLUMNS, WORDS
from tests.fuzz.templates import Template
from tests.fuzz.vocabulary import FAMILIES, Vocabulary

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")
HOLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
LITERALS = {
    "int": [f"CAST({n} AS INTEGER)" for n in (0, 1, 2, -1, 7, 100)],
    "small": ["CAST(3 AS INTEGER)"],
    "decimal": [f"CAST({n} AS DECIMAL(10,2))" for n in ("0.5", "1.25", "-3", "100.00")],
    "cents": ["CAST(1.25 AS DECIMAL(10,2))"],
    "wide": [f"CAST({n} AS DECIMAL(38,3))" for n in ("0", "-1.5", "12345678901234567890123.456")],
    "array": ["ARRAY[1, 2]", "ARRAY[0, NULL, 3]", "CAST(NULL AS INTEGER[])"],
    "float": [f"CAST({n} AS DOUBLE)" for n in ("0.5", "1.25", "-3", "0")],
    "exact": ["CAST(0.75 AS DOUBLE)"],
    "real": [f"CAST({n} AS REAL)" for n in ("0.1", "-2.5", "7")],
    "clock": ["TIME '11:59:30'", "TIME '00:00:00'"],
    "date": ["DATE '2000-02-29'", "DATE '2000-03-01'", "DATE '1969-12-31'"],
    "time": ["TIMESTAMP '2000-02-29 11:59:30'", "TIMESTAMP '1969-12-31 23:59:59.5'"],
    "text": [f"'{word}'" for word in WORDS],
    "bool": ["TRUE", "FALSE"],
}
# Constants that stand in templates by themselves.
WORDS_OF_TEMPLATES: dict[str, tuple[str, ...]] = {
    "word": tuple(f"'{word}'" for word in WORDS),
    "letter": ("'a'", "'b'", "'é'", "'日'", "' '"),
    "count": ("0", "1", "2", "3", "5"),
    "place": ("1", "2", "3"),
    "share": ("0", "0.25", "0.5", "0.9", "1"),
    "days": ("-40", "-1", "0", "3", "29", "366"),
    "datepart": ("year", "quarter", "month", "week", "day", "dow", "doy", "isodow", "isoyear"),
    "timepart": ("year", "month", "day", "hour", "minute"),
    "dateunit": ("year", "quarter", "month", "week"),
    "diffunit": ("year", "quarter", "month", "day"),
    "timeunit": ("year", "month", "day", "hour", "minute"),
    "pattern": ("a%", "%b", "%", "_", "a_", "%a%", "é%", "A%", "日_", "", "%a_b%", "__%"),
    "regexp": ("a", "^a", "b$", "[ab]+", ".", "a|é", "^$", "(a)(b)"),
}

WHOLE = Vocabulary()

Subquery = Callable[[str, Sequence["Reference"]], str]


@dataclass(frozen=True)
class Reference:
    """A column that can be read: how it is written, its family, what it is good for."""

    text: str
    family: str
    tags: tuple[str, ...] = ()


def table_references(alias: str) -> list[Reference]:
    """Return the columns of one of the random tables."""
    return [Reference(f"{alias}.{c.name}", c.family, c.tags) for c in ALL_COLUMNS]


class Expressions:
    """Makes random expressions; `scalar`, if any, makes scalar subqueries, `test` predicates."""

    def __init__(
        self,
        r: random.Random,
        references: Sequence[Reference],
        vocabulary: Vocabulary = WHOLE,
        *,
        scalar: Subquery | None = None,
        test: Subquery | None = None,
    ) -> None:
        self.r = r
        self.references = references
        self.scalar = scalar
        self.test = test
        self.vocabulary = vocabulary
        self.scalars = {f: [t for t in vocabulary.scalars if t.family == f] for f in FAMILIES}

    def any(self, depth: int = 2) -> str:
        """Return an expression of any type, mostly of one that a column in scope has."""
        return self.make(self.family(FAMILIES), depth)

    def family(self, families: Sequence[str]) -> str:
        """Return one of `families`, mostly one that a column in scope has."""
        families = [f for f in families if f in self.vocabulary.families]
        here = [c.family for c in self.references if c.family in families]
        return self.r.choice(here if here and self.r.random() < 0.85 else families)

    def make(self, family: str, depth: int) -> str:
        """Return an expression whose type belongs to `family`."""
        r = self.r
        if depth <= 0 or r.random() < 0.3:
            return self.literal(family) if r.random() < 0.15 else self.column(family)
        if self.scalar is not None and r.random() < 0.04:
            return self.scalar(family, self.references)
        if r.random() < 0.2:
            return self.choice(family, depth - 1)
        if family == "bool" and r.random() < 0.6:
            return self.boolean(depth - 1)
        templates = self.scalars[family]
        return self.fill(r.choice(templates), depth - 1) if templates else self.column(family)

    def fill(self, template: Template, depth: int) -> str:
        """Return a template with its holes filled: {family}, or {family:name}, {name} again."""
        named: dict[str, str] = {}

        def replace(hole: re.Match[str]) -> str:
            what, name = hole[1], hole[2]
            if what in named:
                return named[what]
            text = self.hole(what, depth)
            if name:
                named[name] = text
            return text

        return HOLE.sub(replace, template.text)

    def hole(self, what: str, depth: int) -> str:
        """Return what fills a hole: a constant, a column with a tag, an expression."""
        if what in WORDS_OF_TEMPLATES:
            return self.r.choice(WORDS_OF_TEMPLATES[what])
        if what == "any":
            return self.any(depth)
        if what in ("small", "exact", "cents", "id", "array"):
            return self.column(what)
        if what == "decimal":
            return self.make(what, 0)
        return self.make(what, depth)

    def column(self, family: str) -> str:
        """Return a column of the family or with the tag, or a constant where there is none."""
        found = [c.text for c in self.references if c.family == family or family in c.tags]
        return self.r.choice(found) if found else self.literal(family)

    def literal(self, family: str) -> str:
        """Return a constant with its type."""
        return self.r.choice(LITERALS[family])

    def choice(self, family: str, depth: int) -> str:
        """Return CASE, COALESCE or NULLIF."""
        if family == "decimal":
            depth = 0
        a, b = self.make(family, depth), self.make(family, depth)
        match self.r.randrange(6):
            case 0:
                return f"COALESCE({a}, {b})"
            case 1:
                return f"NULLIF({a}, {b})"
            case 2:
                return f"CASE WHEN {self.boolean(depth)} THEN {a} END"
            case 3:
                c = self.make(family, depth)
                when = f"WHEN {self.boolean(depth)} THEN {a} WHEN {self.boolean(depth)} THEN {b}"
                return f"CASE {when} ELSE {c} END"
            case 4:
                other = self.family(("int", "text", "date"))
                values = [self.literal(other), self.literal(other)]
                when = f"WHEN {values[0]} THEN {a} WHEN {values[1]} THEN {b}"
                return f"CASE {self.make(other, depth)} {when} END"
        return f"CASE WHEN {self.boolean(depth)} THEN {a} ELSE {b} END"

    def boolean(self, depth: int) -> str:
        """Return a predicate."""
        r = self.r
        if self.test is not None and r.random() < 0.08:
            return self.test(self.family(FAMILIES[:-1]), self.references)
        match r.randrange(9):
            case 0:
                joined = f" {r.choice(('AND', 'OR'))} "
                parts = [self.make("bool", depth) for _ in range(r.randint(2, 3))]
                return f"({joined.join(parts)})"
            case 1:
                return f"(NOT {self.make('bool', depth)})"
            case 2:
                return f"({self.any(depth)} IS {r.choice(('', 'NOT '))}NULL)"
            case 3:
                return self.in_list(self.family(FAMILIES[:-1]), depth)
            case 4:
                family, word = self.family(FAMILIES[:-1]), r.choice(("", "NOT "))
                low, high = self.make(family, 0), self.make(family, 0)
                return f"({self.make(family, depth)} {word}BETWEEN {low} AND {high})"
            case 5:
                pattern = r.choice(WORDS_OF_TEMPLATES["pattern"])
                likes = ("LIKE", "NOT LIKE", "ILIKE")
                word = r.choice(likes if "ILIKE" in self.vocabulary.forms else likes[:2])
                return f"({self.make('text', depth)} {word} '{pattern}')"
            case 6:
                word = r.choice(("IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE"))
                return f"({self.make('bool', depth)} {word})"
        return self.comparison(self.family(FAMILIES[:-1]), depth)

    def comparison(self, family: str, depth: int) -> str:
        """Return a comparison of two values."""
        a, b = self.make(family, depth), self.make(family, depth)
        if self.r.random() < 0.4:
            b = self.literal(family)
        return f"({a} {self.r.choice(COMPARISONS)} {b})"

    def in_list(self, family: str, depth: int) -> str:
        """Return IN or NOT IN a list, at times with NULL in it."""
        values = [self.literal(family) for _ in range(self.r.randint(1, 4))]
        if self.r.random() < 0.15:
            values.append("NULL")
        word = self.r.choice(("IN", "NOT IN"))
        return f"({self.make(family, depth)} {word} ({', '.join(values)}))"
