"""Random well-typed expressions over the columns of the random tables."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.plain.engine.random_tables import COLUMNS, WORDS

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")
FAMILIES = ("int", "decimal", "float", "real", "clock", "date", "time", "text", "bool")
DIVIDE = "\0"  # stands for the operator of integer division


class Expressions:
    """Makes random expressions over the columns of some table aliases."""

    def __init__(self, r: random.Random, aliases: Sequence[str]) -> None:
        self.r = r
        self.aliases = aliases
        self.makers: dict[str, tuple[Callable[[int], str], ...]] = {
            "int": (self.integer, self.integer_of_other),
            "decimal": (self.decimal,),
            "float": (self.float,),
            "real": (self.real,),
            "clock": (self.clock,),
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
            case "real":
                return f"CAST({r.choice(('0.1', '-2.5', '7'))} AS REAL)"
            case "clock":
                return f"TIME '{r.choice(('11:59:30', '00:00:00'))}'"
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
        match self.r.randrange(7):
            case 0:
                return f"({a} + {b})"
            case 1:
                return f"({a} - {b})"
            case 2:
                return f"({a} * {b})"
            case 3:
                return f"({a} / NULLIF({b}, CAST(0 AS DOUBLE)))"
            case 6:
                return f"CAST({self.make('real', depth)} AS DOUBLE)"
            case 4:
                return f"CAST({self.make('int', depth)} AS DOUBLE)"
        return f"CAST({self.make('decimal', depth)} AS DOUBLE)"

    def real(self, depth: int) -> str:
        """Return arithmetic of FLOAT, which has 32 bits, or a cast to it."""
        a, b = self.make("real", depth), self.column("real")
        match self.r.randrange(4):
            case 0:
                return f"({a} + {b})"
            case 1:
                return f"({a} * CAST(0.3 AS REAL))"
            case 2:
                return f"TRY_CAST({self.column('float')} / 3 AS REAL)"
        return f"(-{a})"

    def clock(self, depth: int) -> str:
        """Return a TIME."""
        return f"CAST({self.make('time', depth)} AS TIME)"

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
