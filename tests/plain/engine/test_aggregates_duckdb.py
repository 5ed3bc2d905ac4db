"""Aggregates of random rows answer as DuckDB does, with every clause that a call may have."""

from __future__ import annotations

import random

import duckdb
import pytest

import gpudb
from tests.plain.engine.agreement import find_difference
from tests.plain.engine.test_aggregate_splits import rows

NUMBERS = (
    *("var_pop", "var_samp", "stddev_pop", "stddev_samp", "variance", "stddev", "avg", "product"),
    *("median", "skewness", "kurtosis", "kurtosis_pop", "min", "max", "first", "last", "any_value"),
)
PAIRS = (
    *("covar_pop", "covar_samp", "corr", "regr_count", "regr_avgx", "regr_avgy", "regr_sxx"),
    *("regr_syy", "regr_sxy", "regr_slope", "regr_intercept", "regr_r2"),
)
# DuckDB's ANY_VALUE takes the first value, gpudb's the least; both agree over one value.
ONE_VALUE = {"any_value": "1"}


class Calls:
    """Makes random calls."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)

    def make(self) -> str:
        r = self.r
        kind = r.randrange(6)
        if kind == 0:
            function = r.choice(NUMBERS)
            argument = ONE_VALUE.get(function) or r.choice(("i", "x", "h"))
            distinct = (
                "DISTINCT " if function.startswith(("var", "std")) and r.random() < 0.3 else ""
            )
            order = " ORDER BY h" if function in ("first", "last") else ""
            return f"{function}({distinct}{argument}{order}){self.filter()}"
        if kind == 1:
            function = r.choice(PAIRS)
            return f"{function}({r.choice('xi')}, {r.choice(('i', 'h', 'x'))}){self.filter()}"
        if kind == 2:
            fraction = r.choice((0, 0.1, 0.25, 0.5, 0.9, 1))
            function, argument = r.choice(
                (("quantile_cont", "i"), ("quantile_cont", "x"), ("quantile_disc", "s"))
            )
            distinct = r.choice(("", "DISTINCT "))
            return f"{function}({distinct}{argument}, {fraction}){self.filter()}"
        if kind == 3:
            order = r.choice(("", " DESC"))
            return f"string_agg(s, '-' ORDER BY h{order}){self.filter()}"
        if kind == 4:
            choices = ("bool_and(b)", "bool_or(b)", "bit_and(i)", "bit_or(i)", "bit_xor(i)")
            return r.choice(choices) + self.filter()
        function = r.choice(("arg_min", "arg_max", "max_by", "min_by"))
        return f"{function}({r.choice(('s', 'i', 'x', 'b'))}, h){self.filter()}"

    def filter(self) -> str:
        """Return a FILTER, or nothing."""
        tests = ("b", "i > 2", "x IS NOT NULL", "s = 'a' OR i < 0", "h < 0")
        return f" FILTER (WHERE {self.r.choice(tests)})" if self.r.random() < 0.3 else ""


@pytest.mark.parametrize("device", ["python", "cpu"])
def test_random_calls_agree(device: str) -> None:
    table = rows(250)
    theirs = duckdb.connect()
    theirs.register("t", table)
    calls = Calls(17)
    with gpudb.connect(device=device, morsel_rows=1024) as ours:
        ours.register("given", table)
        ours.execute("CREATE TABLE t AS SELECT * FROM given")
        for keys in ("", "g", "g, b", "s"):
            for _ in range(6):
                listed = ", ".join(calls.make() for _ in range(5))
                query = f"SELECT {keys or 1}, {listed} FROM t"
                query += f" GROUP BY {keys} ORDER BY {keys}" if keys else ""
                mine = [tuple(row) for row in ours.execute(query).fetchall()]
                wanted = theirs.execute(query).fetchall()
                difference = find_difference(mine, wanted, is_ordered=True)
                assert difference is None, f"{query}: {difference}"


@pytest.mark.parametrize("values", [1, 40, 900, 3000, 20_000])
def test_estimates_are_near(values: int) -> None:
    with gpudb.connect(device="cpu", morsel_rows=16_384) as connection:
        connection.execute(
            f"CREATE TABLE t AS SELECT i % {values} AS i, CAST(i % {values} AS TEXT) AS s"
            " FROM generate_series(1, 60000) AS r(i)"
        )
        query = "SELECT approx_count_distinct(i), approx_count_distinct(s) FROM t"
        for found in connection.execute(query).fetchall()[0]:
            assert abs(int(found) - values) <= 0.08 * values
