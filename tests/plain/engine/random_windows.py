"""Random window functions over random rows, which gpudb and DuckDB must answer alike."""

from __future__ import annotations

import random
from dataclasses import dataclass

import duckdb

import gpudb
from tests.plain.engine.agreement import find_difference

COLUMNS = (
    "id INTEGER, g SMALLINT, k INTEGER, v BIGINT, x DOUBLE, m DECIMAL(12,2), s TEXT, d DATE, "
    "t TIMESTAMP(6), b BOOLEAN"
)
SIZES = {"w": 120, "one": 1, "none": 0}
NUMBERS = ("k", "v", "x", "m", "id", "g")
VALUES = (*NUMBERS, "s", "d", "t", "b")
ORDERS = ("k", "v", "x", "m", "s", "d", "t", "b", "g")
EXCLUSIONS = ("", "", "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES")
INTERVALS = ("INTERVAL '1' DAY", "INTERVAL '40' DAY", "INTERVAL '2' MONTH", "INTERVAL '0' DAY")
OTHERS = (
    *("count(*)", "count(*)", "stddev_samp(k)", "var_pop(m)", "bool_and(b)", "bool_or(k > 2)"),
    *("bit_or(k)", "bit_xor(g)", "regr_count(k, m)", "covar_samp(m, k)", "product(g)"),
)
# Another offset in each row.
BY_ROW = "coalesce(abs(k), 1)"
FRACTIONS = ("0", "0.25", "0.5", "0.9", "1")
OFFSETS = {"k": "02", "v": ("0", "300", "1000000"), "x": ("0", "0.5", "40"), "m": ("0.25", "7")}


def open_databases(seed: int) -> tuple[gpudb.Connection, duckdb.DuckDBPyConnection]:
    """Return both databases with the same tables."""
    r = random.Random(seed)
    ours = gpudb.connect(chunk_rows=r.choice((7, 50, 1 << 20)))
    theirs = duckdb.connect()
    theirs.execute("SET threads = 1")
    for name, size in SIZES.items():
        rows = [f"({', '.join(random_row(i, r))})" for i in range(size)]
        r.shuffle(rows)
        for each in (ours, theirs):
            each.execute(f"CREATE TABLE {name} ({COLUMNS})")
            if rows:
                each.execute(f"INSERT INTO {name} VALUES {', '.join(rows)}")
    return ours, theirs


def random_row(number: int, r: random.Random) -> list[str]:
    """Return a row's literals; each but the first may be NULL."""
    values = [
        str(r.randrange(4)),
        str(r.randrange(-3, 9)),
        str(r.choice((r.randrange(-900, 900), r.choice((-(1 << 40), 1 << 40))))),
        r.choice((f"{r.uniform(-50, 50):.3f}", "0.0", "'NaN'", "'Infinity'", "1.5")),
        f"{r.uniform(-20, 20):.2f}",
        repr(r.choice(("", "a", "b", "Ä", "zz", "漢字", "a b"))),
        f"DATE '{r.randrange(2019, 2021)}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}'",
        f"TIMESTAMP '2020-02-{r.randrange(20, 30)} {r.randrange(24):02}:00:00'",
        r.choice(("TRUE", "FALSE")),
    ]
    casts = {3: "CAST({} AS DOUBLE)"}
    shown = [casts.get(place, "{}").format(value) for place, value in enumerate(values)]
    return [str(number), *(v if r.random() < 0.85 else "NULL" for v in shown)]


@dataclass
class Draw:
    """Draws window functions; those that depend on the order of equal rows get a unique one."""

    r: random.Random

    def query(self) -> str:
        """Return a query of several window functions, a row for each id."""
        calls = ", ".join(self.call() for _ in range(self.r.randrange(1, 4)))
        table = self.r.choice(("w", "w", "w", "w", "one", "none"))
        where = self.r.choice(("", "", " WHERE g IS NOT NULL", " WHERE k > 2"))
        return f"SELECT id, {calls} FROM {table}{where}"

    def call(self) -> str:
        """Return one call with its window."""
        form = self.r.randrange(13)
        if form >= 10:
            return f"{self.of_values()} OVER ({self.partition()}{self.ordered_frame()})"
        if form < 2:
            return f"{self.numbering()} OVER ({self.partition()}{self.order(is_unique=form == 0)})"
        if form < 4:
            return f"{self.shift()} OVER ({self.partition()}{self.unique_order()})"
        if form < 6:
            frame = self.r.choice((self.rows, self.groups))()
            return f"{self.value()} OVER ({self.partition()}{self.unique_order()}{frame})"
        return f"{self.aggregate()} OVER ({self.partition()}{self.ordered_frame()})"

    def numbering(self) -> str:
        """Return a ranking function of which equal rows get equal numbers."""
        return self.r.choice(("rank()", "dense_rank()", "percent_rank()", "cume_dist()"))

    def shift(self) -> str:
        """Return a function that needs a unique order."""
        column = self.r.choice(VALUES)
        name, skips = self.r.choice(("lag", "lead")), self.r.choice(("", "", " IGNORE NULLS"))
        offset = self.r.choice(("1", "2", "5", "-1", "200"))
        default = f", {self.r.choice(VALUES)}"
        default = f", {column}" if skips == "" and self.r.random() < 0.4 else ""
        return self.r.choice(
            (
                "row_number()",
                f"ntile({self.r.choice((1, 3, 7, 500))})",
                f"{name}({column}{skips})",
                f"{name}({column}, {offset}{default}{skips})",
                f"{name}(v, {offset}, -7)",
                f"{name}(s, {offset}, 'none')",
            )
        )

    def value(self) -> str:
        """Return a value of a row of the frame."""
        column, skips = self.r.choice(VALUES), self.r.choice(("", " IGNORE NULLS"))
        name = self.r.choice(("first_value", "last_value", "nth_value"))
        number = f", {self.r.choice('1235')}" if name == "nth_value" else ""
        return f"{name}({column}{number}{skips})"

    def aggregate(self) -> str:
        """Return an aggregate, some with a FILTER."""
        name = self.r.choice(("sum", "avg", "min", "max", "count", "min", "max"))
        columns = NUMBERS if name in ("sum", "avg") else tuple(c for c in VALUES if c != "b")
        call = f"{name}({self.r.choice(columns)})"
        if self.r.random() < 0.3:
            call = self.r.choice(OTHERS)
        tests = (" FILTER (WHERE k > 2)", " FILTER (WHERE s < 'b')")
        return call + (self.r.choice(tests) if self.r.random() < 0.25 else "")

    def of_values(self) -> str:
        """Return an aggregate of all values at once, or of distinct ones."""
        number, any_, key = self.r.choice(NUMBERS), self.r.choice(VALUES), self.r.choice(ORDERS)
        order = f"ORDER BY {key}{self.direction()}, id"
        # DuckDB's median of DECIMAL is one, and rounded.
        number = "CAST(m AS DOUBLE)" if number == "m" else number
        return self.r.choice(
            (
                *(f"median({number})", f"quantile_cont({number}, {self.r.choice(FRACTIONS)})"),
                *(
                    f"quantile_disc({any_}, {self.r.choice(FRACTIONS)})",
                    f"median(DISTINCT {number})",
                ),
                *(f"count(DISTINCT {any_})", f"count(DISTINCT {any_}) FILTER (WHERE k > 2)"),
                *(f"sum(DISTINCT {number})", f"avg(DISTINCT {number})", "stddev_pop(DISTINCT m)"),
                *(f"first({any_} {order})", f"last({any_} {order})"),
                *(f"string_agg(s, '-' {order})", "string_agg(DISTINCT s, ';' ORDER BY s)"),
            )
        )

    def partition(self) -> str:
        """Return no PARTITION BY, or one of one or two columns."""
        columns = self.r.choice(("", "g", "g", "s", "b, g", "k % 3", "g, s"))
        return f"PARTITION BY {columns} " if columns else ""

    def direction(self) -> str:
        """Return a direction and where NULLs stand, in which the two databases differ else."""
        return f"{self.r.choice(('', ' DESC'))} NULLS {self.r.choice(('FIRST', 'LAST'))}"

    def order(self, *, is_unique: bool = False) -> str:
        """Return an ORDER BY."""
        columns = self.r.sample(ORDERS, self.r.randrange(1, 3))
        keys = [f"{column}{self.direction()}" for column in columns]
        return f"ORDER BY {', '.join([*keys, *(['id'] if is_unique else [])])}"

    def unique_order(self) -> str:
        """Return an ORDER BY in which no two rows are equal."""
        return self.order(is_unique=True)

    def ordered_frame(self) -> str:
        """Return ORDER BY and a frame of one of the units."""
        form = self.r.randrange(8)
        if form == 0:
            return ""
        if form == 1:
            return self.order()
        if form < 4:
            return self.unique_order() + self.rows()
        if form == 4:
            return self.order() + self.groups()
        if form == 5:
            return f"{self.order()} RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW{self.out()}"
        return self.values_frame()

    def out(self) -> str:
        """Return an EXCLUDE, or nothing."""
        return self.r.choice(EXCLUSIONS)

    def rows(self) -> str:
        """Return a frame of ROWS."""
        return f" ROWS BETWEEN {self.bounds(('0', '1', '3', '40', BY_ROW))}{self.out()}"

    def groups(self) -> str:
        """Return a frame of GROUPS."""
        return f" GROUPS BETWEEN {self.bounds(('0', '1', '2', '30', BY_ROW))}{self.out()}"

    def values_frame(self) -> str:
        """Return ORDER BY one column and a frame of its values."""
        column = self.r.choice((*OFFSETS, "d", "t"))
        offsets = OFFSETS.get(column, INTERVALS)
        between = self.bounds(tuple(offsets))
        return f"ORDER BY {column}{self.direction()} RANGE BETWEEN {between}{self.out()}"

    def bounds(self, offsets: tuple[str, ...]) -> str:
        """Return two bounds of which the first is not behind the second by its words."""
        begin = self.r.choice((0, 1, 1, 2, 3))
        end = self.r.choice([e for e in (1, 2, 3, 3, 4) if e >= begin])
        return f"{self.bound(begin, offsets)} AND {self.bound(end, offsets)}"

    def bound(self, place: int, offsets: tuple[str, ...]) -> str:
        """Return the bound that is `place` of five, from the first row to the last."""
        offset = self.r.choice(offsets)
        return (
            "UNBOUNDED PRECEDING",
            f"{offset} PRECEDING",
            "CURRENT ROW",
            f"{offset} FOLLOWING",
            "UNBOUNDED FOLLOWING",
        )[place]


def check_windows(seed: int, queries: int) -> int:
    """Compare so many queries; return how many answered."""
    ours, theirs = open_databases(seed)
    draw = Draw(random.Random(seed))
    answered = 0
    for _ in range(queries):
        query = draw.query()
        try:
            expected = theirs.execute(query).fetchall()
        except (duckdb.OutOfRangeException, duckdb.ConversionException):
            continue
        got = ours.execute(query).fetchall()
        difference = find_difference(got, expected, is_ordered=False)
        assert difference is None, f"seed {seed}: {query}\n{difference}"
        answered += 1
    return answered
