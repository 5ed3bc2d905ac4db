"""Partial states merge: any split of the rows into chunks, morsels and threads answers alike."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest

import gpudb
from tests.plain.engine.agreement import find_difference

MERGED = (
    *(f"{f}(i)" for f in ("sum", "avg", "min", "max", "bit_and", "bit_or", "bit_xor", "product")),
    *(f"{f}(x)" for f in ("var_pop", "stddev_samp", "skewness", "kurtosis", "min", "count")),
    *(f"{f}(x, i)" for f in ("corr", "covar_samp", "regr_slope", "regr_avgx", "regr_count")),
    *("count_if(b)", "bool_and(b)", "bool_or(b)", "any_value(s)"),
    *("min(m * 1000000000000000000)", "max(m * 1000000000000000000)"),
    *("arg_min(s, x)", "arg_max(x, i)", "arg_min(i, b)", "count(DISTINCT i, s)", "sum(DISTINCT m)"),
    *(
        "median(x)",
        "quantile_disc(s, 0.3)",
        "mode(i)",
        "first(i ORDER BY h)",
        "last(s ORDER BY x, h)",
    ),
    *("string_agg(s, ',' ORDER BY h)", "string_agg(DISTINCT s, ',')", "median(DISTINCT i)"),
)


def rows(count: int) -> pa.Table:
    """Return random rows with NULLs and duplicates, in three groups and one of NULLs."""
    r = random.Random(11)

    def column(*choices: object) -> list[object]:
        return [r.choice(choices) for _ in range(count)]

    return pa.table(
        {
            "g": pa.array(column(1, 2, 2, None), pa.int32()),
            "h": pa.array([r.randrange(1 << 40) for _ in range(count)], pa.int64()),
            "i": pa.array(column(None, *range(-3, 9)), pa.int32()),
            "x": pa.array([r.choice((None, 1e6 + r.random(), 7.5)) for _ in range(count)]),
            "m": pa.array(column(None, -5, 3, 10**15), pa.decimal128(18, 0)),
            "b": pa.array(column(None, True, True, False), pa.bool_()),
            "s": pa.array(column(None, "", "é", "zz", "a"), pa.string()),
        }
    )


def answers(table: pa.Table, query: str, **settings: Any) -> list[tuple[object, ...]]:
    with gpudb.connect(**settings) as connection:
        connection.register("given", table)
        connection.execute("CREATE TABLE t AS SELECT * FROM given")
        return [tuple(row) for row in connection.execute(query).fetchall()]


SPLITS = [
    {"device": "cpu", "chunk_rows": chunk, "morsel_rows": 1024, "threads": threads}
    for chunk, threads in itertools.product((1 << 20, 1500, 430), (1, 2))
]


@pytest.mark.parametrize("keys", ["", "g", "h % 700, g", "h"])
def test_any_split_gives_the_same_answer(keys: str) -> None:
    table = rows(3000)
    query = f"SELECT {', '.join(MERGED)} FROM t"
    query += f" GROUP BY {keys} ORDER BY {keys}" if keys else ""
    wanted = answers(table, query, device="python")
    for split in SPLITS:
        assert find_difference(answers(table, query, **split), wanted, is_ordered=True) is None


@pytest.mark.parametrize("mean", [0, 10**6, 10**9, 10**15])
@pytest.mark.parametrize("is_sorted", [False, True])
def test_variance_is_near_the_exact_one(mean: int, is_sorted: bool) -> None:
    r = random.Random(3)
    values = [mean + r.gauss(0, 1) for _ in range(4000)]
    values = sorted(values) if is_sorted else values
    exact = [Fraction(v) for v in values]
    center = sum(exact) / len(exact)
    variance = sum((v - center) ** 2 for v in exact) / (len(exact) - 1)
    table = pa.table({"x": pa.array(values)})
    for split in SPLITS[::2]:
        ((found,),) = answers(table, "SELECT var_samp(x) FROM t", **split)
        assert math.isclose(float(str(found)), float(variance), rel_tol=1e-13)


def test_variance_survives_a_first_value_far_away() -> None:
    values = [1e9, *(float(i % 10) for i in range(20_000))]
    exact = [Fraction(v) for v in values]
    center = sum(exact) / len(exact)
    variance = sum((v - center) ** 2 for v in exact) / len(exact)
    ((found,),) = answers(pa.table({"x": values}), "SELECT var_pop(x) FROM t", device="cpu")
    assert math.isclose(float(str(found)), float(variance), rel_tol=1e-13)
