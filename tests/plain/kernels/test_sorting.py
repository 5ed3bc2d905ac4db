"""Keys of many rows become words a block at a time, the same as those made of whole columns."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import duckdb
import numpy as np
import pytest

import gpudb
from gpudb.devices.cpu import CpuDevice
from gpudb.kernels.domains import Domain
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.radix import LEAST_ROWS, Workers
from gpudb.kernels.sorting import find_words, order, packed
from gpudb.sql.expr import Literal, SortKey
from gpudb.storage import types
from gpudb.storage.encodings.arrays import text_array

ROWS = 2 * LEAST_ROWS + 77
RANDOM = np.random.default_rng(11)
INT64 = np.iinfo(np.int64)
NULLS = RANDOM.random(ROWS) < 0.1
# NULLs only in the last block.
LATE_NULLS = np.arange(ROWS) > ROWS - 9
SMALL = RANDOM.integers(-3, 9, ROWS)
HUGE = types.decimal(38, 0)
COLUMNS = {
    "small": HeldColumn(types.BIGINT, SMALL),
    "nulls": HeldColumn(types.BIGINT, np.where(NULLS, 0, SMALL), NULLS),
    "late nulls": HeldColumn(types.INTEGER, SMALL.astype(np.int32), LATE_NULLS),
    "every number": HeldColumn(types.BIGINT, RANDOM.integers(INT64.min, INT64.max, ROWS)),
    "both ends": HeldColumn(
        types.BIGINT, RANDOM.choice(np.array([INT64.min, INT64.max, 0]), ROWS), NULLS
    ),
    "floats": HeldColumn(
        types.DOUBLE, RANDOM.choice(np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1.5]), ROWS)
    ),
    "wide": HeldColumn(HUGE, RANDOM.integers(-9, 9, ROWS), high=RANDOM.integers(-2, 2, ROWS)),
    "texts": HeldColumn(
        types.TEXT,
        RANDOM.integers(0, 4, ROWS).astype(np.int32),
        NULLS,
        domain=Domain(text_array(["b", "", "ä", "a"])),
    ),
    "no texts": HeldColumn(
        types.TEXT,
        np.zeros(ROWS, np.int32),
        np.ones(ROWS, np.bool_),
        domain=Domain(text_array([])),
    ),
}
TABLE = """
CREATE TABLE r AS SELECT n % 7 AS a, CASE WHEN n % 5 = 0 THEN NULL ELSE n * 37 % 100 END AS b,
    CASE WHEN n % 3 = 0 THEN 'x' ELSE 'ä' END AS t FROM generate_series(1, 500) AS s(n)
"""


def sort_key(*, is_descending: bool, is_nulls_first: bool) -> SortKey:
    """Return the key of any column."""
    return SortKey(
        Literal(type=types.BOOLEAN, nullable=False, value=True), is_descending, is_nulls_first
    )


@pytest.fixture(scope="module", params=[1, 3])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    device = CpuDevice(request.param)
    yield Workers(FixedKernels(device), threading.Event())
    device.close()


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("name", COLUMNS)
def test_blocks_give_the_order_of_whole_columns(
    workers: Workers, name: str, is_descending: bool
) -> None:
    key = sort_key(is_descending=is_descending, is_nulls_first=not is_descending)
    last = sort_key(is_descending=not is_descending, is_nulls_first=is_descending)
    columns, keys = [COLUMNS[name], COLUMNS["nulls"]], [key, last]
    assert order(columns, keys, workers).tolist() == order(columns, keys).tolist()


def test_all_columns_at_once_give_the_order_of_whole_ones(workers: Workers) -> None:
    columns = list(COLUMNS.values())
    keys = [sort_key(is_descending=False, is_nulls_first=False)] * len(columns)
    assert order(columns, keys, workers).tolist() == order(columns, keys).tolist()


@pytest.mark.parametrize(
    ("limits", "places"),
    [
        ([(0, 9), (5, 5), (-4, 4)], [[0, 1, 2]]),
        ([(0, (1 << 31) - 1), (0, (1 << 30) - 1)], [[0, 1]]),
        ([(0, (1 << 31) - 1), (0, (1 << 31) - 1)], [[0], [1]]),
        ([(0, (1 << 31) - 1), (0, (1 << 31) - 1), (0, 1)], [[0], [1, 2]]),
        ([(INT64.min, INT64.max), (0, 1), (0, 1)], [[0], [1, 2]]),
        ([(0, 1), (INT64.min, INT64.max), (INT64.min, INT64.min + 3)], [[0], [1], [2]]),
    ],
)
def test_as_many_parts_as_fit_share_a_word(
    limits: list[tuple[int, int]], places: list[list[int]]
) -> None:
    found = find_words(limits)
    assert [[place for place, _, _ in word.fields] for word in found] == places
    parts = [RANDOM.choice(np.array([least, greatest]), 300) for least, greatest in limits]
    assert np.lexsort(packed(parts)[::-1]).tolist() == np.lexsort(parts[::-1]).tolist()


def test_no_rows_have_no_words() -> None:
    assert packed([]) == []
    assert [len(part) for part in packed([np.zeros(0, np.int64)] * 2)] == [0]


@pytest.mark.parametrize(
    ("shown", "keys", "held"),
    [
        ("a, b", "a, b", 2),
        ("b, a", "a DESC, b", 2),
        ("a, a AS again, b", "a, b DESC", 3),
        ("b", "a, b", 2),
        ("a, b", "a + 1, b, a", 4),
        ("a + 1, b", "a + 1 DESC, b", 3),
        ("t, a", "t DESC, a, b", 3),
    ],
)
def test_keys_that_are_shown_are_held_once(shown: str, keys: str, held: int) -> None:
    sql = f"SELECT {shown} FROM r ORDER BY {keys}"
    with gpudb.connect(chunk_rows=100) as ours, duckdb.connect() as theirs:
        theirs.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
        ours.execute(TABLE)
        theirs.execute(TABLE)
        assert ours.execute(sql).fetchall() == theirs.execute(sql).fetchall()
        code = "\n".join(line for (line,) in ours.execute(f"EXPLAIN CODE {sql}").fetchall())
    assert f"out_{held - 1}[count] = " in code
    assert f"out_{held}[count] = " not in code


def test_ties_are_found_by_keys_that_are_shown() -> None:
    with gpudb.connect(chunk_rows=100) as connection:
        connection.execute(TABLE)
        rows = connection.execute("SELECT t, a FROM r ORDER BY t, a").fetchall()
        sql = "SELECT t, a FROM r ORDER BY t, a FETCH FIRST 5 ROWS WITH TIES"
        assert connection.execute(sql).fetchall() == [row for row in rows if row == rows[0]]
