"""Random well-typed queries, each as gpudb's text and as DuckDB's.

The texts differ where the meanings do: integer division is `/` for gpudb, as for PostgreSQL, and
`//` for DuckDB; a division by zero is an error for gpudb, so divisors pass through NULLIF.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.plain.engine.random_tables import COLUMNS, WORDS

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")
FAMILIES = ("int", "decimal", "float", "date", "time", "text", "bool")
DIVIDE = "\0"  # stands for the operator of integer division


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


class Expressions:
    """Makes random expressions over the columns of some table aliases."""

    def __init__(self, r: random.Random, aliases: Sequence[str]) -> None:
        self.r = r
        self.aliases = aliases
        self.makers: dict[str, tuple[Callable[[int], str], ...]] = {
            "int": (self.integer, self.integer_of_other),
            "decimal": (self.decimal,),
            "float": (self.float,),
            "date": (self.date,),
            "time": (self.time,),
            "text": (self.text,),
            "bool": (self.boolean,),
        }

    def any(self, depth: int = 2) -> str:
        """Return an expression of any type."""
        return self.make(self.r.choice(FAMILIES), depth)

    def make(self, family: str, depth: int) -> str:
        """Return an expression whose type belongs to `family`."""
        r = self.r
        if depth <= 0 or r.random() < 0.3:
            return self.literal(family) if r.random() < 0.15 else self.column(family)
        if r.random() < 0.2:
            return self.choice(family, depth - 1)
        return r.choice(self.makers[family])(depth - 1)

    def column(self, family: str) -> str:
        """Return a column's name."""
        names = [c.name for c in COLUMNS if c.family == family]
        return f"{self.r.choice(self.aliases)}.{self.r.choice(names)}"

    def literal(self, family: str) -> str:
        """Return a constant with its type."""
        r = self.r
        match family:
            case "int":
                return f"CAST({r.choice((0, 1, 2, -1, 7, 100))} AS INTEGER)"
            case "decimal":
                return f"CAST({r.choice(('0.5', '1.25', '-3', '100.00'))} AS DECIMAL(10,2))"
            case "float":
                return f"CAST({r.choice(('0.5', '1.25', '-3', '0'))} AS DOUBLE)"
            case "date":
                return f"DATE '{r.choice(('2000-02-29', '2000-03-01', '1969-12-31'))}'"
            case "time":
                return f"TIMESTAMP '{r.choice(('2000-02-29 11:59:30', '1969-12-31 23:59:59.5'))}'"
            case "text":
                return f"'{r.choice(WORDS)}'"
        return r.choice(("TRUE", "FALSE"))

    def choice(self, family: str, depth: int) -> str:
        """Return CASE, COALESCE or NULLIF."""
        a, b = self.make(family, depth), self.make(family, depth)
        kind = self.r.randrange(5)
        if kind == 0:
            return f"COALESCE({a}, {b})"
        if kind == 1:
            return f"NULLIF({a}, {b})"
        if kind == 2:
            return f"CASE WHEN {self.boolean(depth)} THEN {a} END"
        if kind == 3:
            c = self.make(family, depth)
            when = f"WHEN {self.boolean(depth)} THEN {a} WHEN {self.boolean(depth)} THEN {b}"
            return f"CASE {when} ELSE {c} END"
        return f"CASE WHEN {self.boolean(depth)} THEN {a} ELSE {b} END"

    def integer(self, depth: int) -> str:
        """Return arithmetic over BIGINT, or over the columns' own types."""
        r = self.r
        a, b = self.make("int", depth), self.make("int", depth)
        if r.random() < 0.6:
            a, b = (f"{r.choice(self.aliases)}.{r.choice(('k', 'n', 'i8'))}" for _ in "ab")
        match r.randrange(6):
            case 0:
                return f"(CAST({a} AS BIGINT) + {b})"
            case 1:
                return f"(CAST({a} AS BIGINT) - {b})"
            case 2:
                return f"(CAST({a} AS BIGINT) * CAST({b} AS BIGINT))"
            case 3:
                return f"(CAST({a} AS BIGINT) {DIVIDE} NULLIF(CAST({b} AS BIGINT), 0))"
            case 4:
                return f"(CAST({a} AS BIGINT) % NULLIF(CAST({b} AS BIGINT), 0))"
        return f"ABS(CAST({a} AS BIGINT))" if r.random() < 0.5 else f"(-CAST({a} AS BIGINT))"

    def integer_of_other(self, depth: int) -> str:
        """Return an integer made of something else."""
        match self.r.randrange(6):
            case 0:
                return f"LENGTH({self.make('text', depth)})"
            case 1:
                part = self.r.choice(("year", "month", "day", "dow", "doy", "quarter", "week"))
                return f"EXTRACT({part} FROM {self.make('date', depth)})"
            case 2:
                part = self.r.choice(("hour", "minute", "year", "day"))
                return f"EXTRACT({part} FROM {self.make('time', depth)})"
            case 3:
                return f"CAST({self.make('decimal', 0)} AS BIGINT)"
            case 4:
                return f"TRY_CAST({self.make('float', depth)} AS INTEGER)"
        return f"({self.column('date')} - {self.make('date', 0)})"

    def decimal(self, depth: int) -> str:
        """Return arithmetic of DECIMALs that stays within 38 digits."""
        a, b = self.make("decimal", 0), self.make("decimal", 0)
        match self.r.randrange(6):
            case 0:
                return f"CAST({a} + {b} AS DECIMAL(22,2))"
            case 1:
                return f"CAST({a} - {b} AS DECIMAL(22,2))"
            case 2:
                return f"({a} * {b})"
            case 3:
                return f"(-({a}))"
            case 4:
                return f"CAST({self.make('int', depth)} AS DECIMAL(21,2))"
        return f"CAST({a} AS DECIMAL(20,{self.r.choice((0, 1))}))"

    def float(self, depth: int) -> str:
        """Return arithmetic of doubles."""
        a, b = self.make("float", depth), self.make("float", depth)
        match self.r.randrange(6):
            case 0:
                return f"({a} + {b})"
            case 1:
                return f"({a} - {b})"
            case 2:
                return f"({a} * {b})"
            case 3:
                return f"({a} / NULLIF({b}, CAST(0 AS DOUBLE)))"
            case 4:
                return f"CAST({self.make('int', depth)} AS DOUBLE)"
        return f"CAST({self.make('decimal', depth)} AS DOUBLE)"

    def date(self, depth: int) -> str:
        """Return a DATE."""
        match self.r.randrange(3):
            case 0:
                return f"({self.column('date')} + CAST({self.r.randint(-40, 40)} AS INTEGER))"
            case 1:
                return f"CAST({self.make('time', depth)} AS DATE)"
        part = self.r.choice(("month", "year", "week", "quarter"))
        return f"CAST(DATE_TRUNC('{part}', {self.make('date', depth)}) AS DATE)"

    def time(self, depth: int) -> str:
        """Return a TIMESTAMP."""
        match self.r.randrange(4):
            case 0:
                unit = self.r.choice(("day", "hour", "minute", "month", "year"))
                amount = self.r.randint(1, 40)
                return f"({self.make('time', depth)} - INTERVAL '{amount}' {unit})"
            case 1:
                return f"CAST({self.make('date', depth)} AS TIMESTAMP)"
            case 2:
                return f"({self.make('date', depth)} + INTERVAL '{self.r.randint(1, 40)}' month)"
        part = self.r.choice(("month", "hour", "day", "minute"))
        return f"DATE_TRUNC('{part}', {self.make('time', depth)})"

    def text(self, depth: int) -> str:
        """Return a TEXT."""
        a = self.make("text", depth)
        match self.r.randrange(7):
            case 0:
                return f"UPPER({a})"
            case 1:
                return f"LOWER({a})"
            case 2:
                start, length = self.r.randint(1, 3), self.r.randint(0, 3)
                return f"SUBSTRING({a}, {start}, {length})"
            case 3:
                return f"({a} || {self.make('text', depth)})"
            case 4:
                return f"TRIM({a})"
            case 5:
                return f"REPLACE({a}, 'a', '{self.r.choice(WORDS)}')"
        return f"CAST({self.make(self.r.choice(('int', 'date', 'bool')), depth)} AS TEXT)"

    def boolean(self, depth: int) -> str:
        """Return a predicate."""
        r = self.r
        family = r.choice(FAMILIES[:-1])
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
                return self.in_list(family, depth)
            case 4:
                low, high = self.make(family, 0), self.make(family, 0)
                word = r.choice(("", "NOT "))
                return f"({self.make(family, depth)} {word}BETWEEN {low} AND {high})"
            case 5:
                pattern = r.choice(("a%", "%b", "%", "_", "a_", "%a%", "é%", "A%", "日_", ""))
                return f"({self.make('text', depth)} {r.choice(('', 'NOT '))}LIKE '{pattern}')"
        a, b = self.make(family, depth), self.make(family, depth)
        if r.random() < 0.4:
            b = self.literal(family)
        return f"({a} {r.choice(COMPARISONS)} {b})"

    def in_list(self, family: str, depth: int) -> str:
        """Return IN or NOT IN a list, at times with NULL in it."""
        values = [self.literal(family) for _ in range(self.r.randint(1, 4))]
        if self.r.random() < 0.15:
            values.append("NULL")
        word = self.r.choice(("IN", "NOT IN"))
        return f"({self.make(family, depth)} {word} ({', '.join(values)}))"


class Queries:
    """Makes random queries."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)

    def make(self) -> Query:
        """Return a query of a random shape."""
        shape = self.r.choice((self.rows, self.rows, self.groups, self.groups, self.derived))
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
        equal = ["k", "n", "s", "d", "x", "y", "b", "m", "i8", "t", "i64"]
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
        family = r.choice(("int", "float", "date", "time", "text"))
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
