"""storage/measure.py: exact bounds, counts of NULLs, and estimates of distinct values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpudb.storage.measure import measure, zones
from gpudb.storage.statistics import ZONE_ROWS, Statistics


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), max_size=60))
@settings(derandomize=True, max_examples=80, deadline=None)
def test_integers(rows: list[int | None]) -> None:
    nulls = np.array([row is None for row in rows], np.bool_)
    values = np.array([row or 0 for row in rows], np.int64)
    known = [row for row in rows if row is not None]
    assert measure(values, nulls) == Statistics(
        rows=len(rows),
        nulls=len(rows) - len(known),
        minimum=min(known, default=None),
        maximum=max(known, default=None),
        distinct=len(set(known)),
    )


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "uint32", "int64"])
def test_bounds_of_narrow_integers(dtype: str) -> None:
    ends = np.iinfo(dtype)
    statistics = measure(np.array([ends.max, ends.min], dtype))
    assert (statistics.minimum, statistics.maximum) == (ends.min, ends.max)
    assert type(statistics.minimum) is int


def test_floats() -> None:
    assert measure(np.array([1.5, -2.0])) == Statistics(2, 0, -2.0, 1.5, 2)
    assert measure(np.array([1.5, -2.0], np.float32)).minimum == -2.0
    inf = float("inf")
    assert measure(np.array([inf, -inf])) == Statistics(2, 0, -inf, inf, 2)
    unbounded = measure(np.array([1.0, np.nan]))
    assert unbounded.minimum is None
    assert unbounded.maximum is None
    nulls = np.array([False, True])
    assert measure(np.array([1.0, np.nan]), nulls) == Statistics(2, 1, 1.0, 1.0, 1)


def test_zones() -> None:
    rows = 2 * ZONE_ROWS + 5
    values = np.arange(rows, dtype=np.int32)
    zone_map = zones(values)
    assert zone_map.minimum is not None
    assert zone_map.maximum is not None
    assert zone_map.minimum.tolist() == [0, ZONE_ROWS, 2 * ZONE_ROWS]
    assert zone_map.maximum.tolist() == [ZONE_ROWS - 1, 2 * ZONE_ROWS - 1, rows - 1]
    assert zone_map.minimum.dtype == np.int64
    assert zone_map.nulls.tolist() == [0, 0, 0]
    assert measure(values, None, zone_map) == measure(values)


def test_zones_of_nulls_hold_nothing() -> None:
    rows = ZONE_ROWS + 3
    nulls = np.arange(rows) < ZONE_ROWS
    for dtype in (np.int64, np.float64):
        zone_map = zones(np.arange(rows, dtype=dtype), nulls)
        assert zone_map.minimum is not None
        assert zone_map.maximum is not None
        assert zone_map.minimum[0] > zone_map.maximum[0]
        assert zone_map.minimum[1] == ZONE_ROWS
        assert zone_map.nulls.tolist() == [ZONE_ROWS, 0]


def test_zones_with_nan_may_hold_anything() -> None:
    values = np.ones(ZONE_ROWS + 1)
    values[5] = np.nan
    zone_map = zones(values)
    assert zone_map.minimum is not None
    assert zone_map.maximum is not None
    assert zone_map.minimum.tolist() == [float("-inf"), 1.0]
    assert zone_map.maximum.tolist() == [float("inf"), 1.0]


def test_no_rows() -> None:
    assert measure(np.zeros(0, np.int64)) == Statistics(0, 0, None, None, 0)
    assert len(zones(np.zeros(0)).nulls) == 0


@pytest.mark.parametrize("distinct", [1, 3, 100, 5_000, 100_000, 500_000])
@pytest.mark.parametrize("is_sorted", [False, True])
def test_distinct_is_near(distinct: int, is_sorted: bool) -> None:
    values = np.arange(500_000) % distinct * 1_000_003
    values = np.sort(values) if is_sorted else np.random.default_rng(4).permutation(values)
    assert measure(values).distinct == pytest.approx(distinct, rel=0.35)


def test_distinct_is_bounded_by_the_range() -> None:
    values = np.random.default_rng(4).integers(0, 50, 200_000)
    assert measure(values).distinct == 50
    nulls = np.arange(200_000) % 2 == 0
    serial = measure(np.arange(200_000), nulls)
    assert serial.distinct <= 100_000
    assert serial.distinct == pytest.approx(100_000, rel=0.1)
