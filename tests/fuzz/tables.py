"""Random tables for differential tests: all types, NULLs, duplicates, extremes, Unicode.

The same Arrow table goes to gpudb, with random encodings and chunk sizes, and to DuckDB.
"""

from __future__ import annotations

import datetime
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

WORDS = ("", "a", "b", "ab", "abc", "aa", "é", "ü", "zürich", "日本", "a%b", "A", "Ab", " a", "z")
FIRST_DAY = datetime.date(1970, 1, 1)


@dataclass(frozen=True)
class Column:
    """A column to make: the group of its type, its SQL type, encodings to choose from, its values.

    `special` are values that come now and then, such as the extremes of the type. `tags` say what
    a column is good for: "small" integers and "exact" doubles have sums without rounding.
    """

    name: str
    family: str
    sql_type: str
    arrow_type: pa.DataType
    value: Callable[[random.Random], object]
    special: tuple[object, ...] = ()
    encodings: tuple[str, ...] = ("",)
    tags: tuple[str, ...] = ()


def small(low: int, high: int) -> Callable[[random.Random], object]:
    """Return a maker of whole numbers."""
    return lambda r: r.randint(low, high)


def cents(r: random.Random) -> object:
    """Return a DECIMAL(10,2)."""
    return Decimal(r.randint(-500, 500)).scaleb(-2)


def day(r: random.Random) -> datetime.date:
    """Return a day near the leap day of 2000."""
    return datetime.date(2000, 2, 28) + datetime.timedelta(days=r.randint(-3, 40))


def moment(r: random.Random) -> datetime.datetime:
    """Return a moment, some with a fraction of a second."""
    fraction = r.choice((0, 0, 1, 500_000, 999_999))
    clock = datetime.time(r.choice((0, 11, 23)), r.choice((0, 59)), 30, fraction)
    return datetime.datetime.combine(day(r), clock)


def wide(r: random.Random) -> object:
    """Return a DECIMAL(38,3), some of them beyond 64 bits."""
    return Decimal(r.randint(-9, 9) * r.choice((1, 1, 1000, 10**25))).scaleb(-3)


def numbers(r: random.Random) -> object:
    """Return a short list of numbers, NULL among them."""
    return [r.choice((0, 1, 2, 3, None)) for _ in range(r.choice((0, 1, 2, 3)))]


def word(r: random.Random) -> str:
    """Return one of few strings."""
    return r.choice(WORDS)


NONE = ("", " ENCODING NONE")
COLUMNS = (
    Column("i8", "int", "TINYINT", pa.int8(), small(-3, 3), (-128, 127)),
    Column("i16", "int", "SMALLINT", pa.int16(), small(-9, 9), (-32768, 32767)),
    Column("i32", "int", "INTEGER", pa.int32(), small(-5, 60), (-(1 << 31), (1 << 31) - 1)),
    Column("i64", "int", "BIGINT", pa.int64(), small(0, 9), (-(1 << 63), (1 << 63) - 1, 1 << 40)),
    Column("k", "int", "INTEGER", pa.int32(), small(0, 6), tags=("small",)),
    Column("n", "int", "INTEGER", pa.int32(), small(-40, 40), tags=("small",)),
    Column("m", "decimal", "DECIMAL(10,2)", pa.decimal128(10, 2), cents, tags=("cents",)),
    Column(
        *("m18", "decimal", "DECIMAL(18,0)", pa.decimal128(18, 0)),
        lambda r: Decimal(r.randint(-9, 9)),
        (Decimal(10**18 - 1), Decimal(1 - 10**18)),
    ),
    Column("w", "wide", "DECIMAL(38,3)", pa.decimal128(38, 3), wide, (Decimal(10**34),)),
    Column("v", "array", "INTEGER[]", pa.list_(pa.int32()), numbers),
    Column(
        *("x", "float", "DOUBLE", pa.float64(), lambda r: r.randint(-20, 20) / 4),
        tags=("exact",),
    ),
    Column(
        *("y", "float", "DOUBLE", pa.float64(), lambda r: r.choice((0.5, -0.5, 1.25, 3.0))),
        (math.nan, math.inf, -math.inf, -0.0, 1e300),
    ),
    Column(
        *("r", "real", "REAL", pa.float32(), lambda r: r.choice((0.1, -2.5, 7.0, 1e-3))),
        (math.nan, math.inf, 3e38, 1e-44),
    ),
    Column("c", "clock", "TIME", pa.time64("us"), lambda r: moment(r).time()),
    Column(
        "d",
        "date",
        "DATE",
        pa.date32(),
        day,
        (datetime.date(1600, 1, 1), datetime.date(9000, 1, 1), FIRST_DAY),
    ),
    Column("t", "time", "TIMESTAMP(6)", pa.timestamp("us"), moment),
    Column("s", "text", "TEXT", pa.string(), word, ("x" * 40,), NONE),
    Column("u", "text", "TEXT", pa.string(), word, (), NONE),
    Column("b", "bool", "BOOLEAN", pa.bool_(), lambda r: r.random() < 0.5),
)
# Numbers the rows of each table, so that an order can be total.
ID = Column("id", "int", "BIGINT", pa.int64(), small(0, 0), tags=("small", "id"))
ALL_COLUMNS = (ID, *COLUMNS)


@dataclass(frozen=True)
class Tables:
    """Random tables by name, and for each, how ours is made."""

    data: dict[str, pa.Table]
    definitions: dict[str, str]


def random_tables(r: random.Random, sizes: Mapping[str, Sequence[int]]) -> Tables:
    """Return a table of each name, of one of the given numbers of rows."""
    data, definitions = {}, {}
    for name, choices in sizes.items():
        data[name] = random_table(r, r.choice(choices))
        columns = [f"{c.name} {c.sql_type}{r.choice(c.encodings)}" for c in ALL_COLUMNS]
        chunk_rows = r.choice((1, 10, 1000))
        text = f"CREATE TABLE {name} ({', '.join(columns)}) WITH (chunk_rows = {chunk_rows})"
        definitions[name] = text
    return Tables(data, definitions)


def random_table(r: random.Random, rows: int) -> pa.Table:
    """Return `rows` rows of ALL_COLUMNS; each column has its own share of NULLs and specials."""
    arrays = [pa.array(range(rows), ID.arrow_type)]
    for column in COLUMNS:
        nulls = r.choice((0.0, 0.0, 0.2, 0.5, 1.0 if r.random() < 0.2 else 0.1))
        specials = r.choice((0.0, 0.0, 0.2)) if column.special else 0.0
        arrays.append(pa.array(_values(r, column, rows, nulls, specials), column.arrow_type))
    return pa.table(arrays, names=[c.name for c in ALL_COLUMNS])


def _values(
    r: random.Random, column: Column, rows: int, nulls: float, specials: float
) -> list[object]:
    values: list[object] = []
    for _ in range(rows):
        chance = r.random()
        if chance < nulls:
            values.append(None)
        elif chance < nulls + specials:
            values.append(r.choice(column.special))
        else:
            values.append(column.value(r))
    return values
