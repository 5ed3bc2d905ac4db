"""Arrow values become exact Python values."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from gpudb.errors import DataError
from gpudb.rows import python_rows, python_values


def values(given: list[Any], kind: pa.DataType) -> list[Any]:
    return python_values(pa.array(given, kind), "column")


@pytest.fixture(params=[1, 1024], ids=["by NumPy", "by PyArrow"], autouse=True)
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the values both ways: NumPy makes those of many rows."""
    monkeypatch.setattr("gpudb.rows.MANY_ROWS", request.param)


@pytest.mark.parametrize("with_null", [False, True])
@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (pa.bool_(), [True, False]),
        (pa.int8(), [-128, 127]),
        (pa.int16(), [-(1 << 15), 0]),
        (pa.int32(), [1 << 30]),
        (pa.int64(), [-(1 << 63), (1 << 63) - 1, (1 << 53) + 1]),
        (pa.float32(), [0.5, -1.25]),
        (pa.float64(), [0.1, math.inf, -0.0]),
        (pa.decimal128(15, 2), [Decimal("-1.10"), Decimal("9999999999999.99")]),
        (pa.decimal128(38, 0), [Decimal(10**37)]),
        (pa.date32(), [datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]),
        (pa.time64("us"), [datetime.time(23, 59, 59, 999_999), datetime.time()]),
        (pa.time32("s"), [datetime.time(1, 2, 3)]),
        (pa.timestamp("s"), [datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23)]),
        (pa.timestamp("ms"), [datetime.datetime(1969, 12, 31, 23, 59, 59, 999_000)]),
        (pa.timestamp("us"), [datetime.datetime(9999, 12, 31, 23, 59, 59, 999_999)]),
        (pa.timestamp("ns"), [datetime.datetime(2020, 2, 29, 1, 2, 3, 456_789)]),
        (pa.string(), ["", "é", "a\x00b"]),
        (pa.large_string(), ["text"]),
        (pa.dictionary(pa.int32(), pa.string()), ["a", "b", "a"]),
        (pa.duration("us"), [datetime.timedelta(days=-1, microseconds=5)]),
        (pa.null(), []),
    ],
)
def test_values_survive(kind: pa.DataType, given: list[Any], with_null: bool) -> None:
    expected = [*given, None] if with_null else given
    found = values(expected, kind)
    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]


def test_nan_stays_nan_beside_null() -> None:
    found = values([math.nan, None, 1.0], pa.float64())
    assert math.isnan(found[0])
    assert found[1:] == [None, 1.0]


@pytest.mark.parametrize(
    ("nanoseconds", "expected"),
    [
        (1_999, datetime.datetime(1970, 1, 1, 0, 0, 0, 1)),
        (-1, datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999)),
        (-1_000, datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999)),
        (-1_001, datetime.datetime(1969, 12, 31, 23, 59, 59, 999_998)),
    ],
)
def test_nanoseconds_are_rounded_down(nanoseconds: int, expected: datetime.datetime) -> None:
    assert values([nanoseconds, None], pa.timestamp("ns")) == [expected, None]


def test_moments_with_a_zone_are_in_utc() -> None:
    noon = datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.UTC)
    for zone in ("UTC", "Europe/Berlin"):
        found = values([noon, None], pa.timestamp("us", zone))
        assert found == [noon, None]
        assert found[0].tzinfo is datetime.UTC


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.date32(), 2_932_897),
        (pa.date32(), -719_163),
        (pa.timestamp("s"), 253_402_300_800),
        (pa.timestamp("s"), 1 << 60),
        (pa.timestamp("us"), -62_135_596_800_000_001),
    ],
)
def test_years_that_python_lacks(kind: pa.DataType, value: int) -> None:
    batch = pa.record_batch({"day": pa.array([value, None], kind)})
    with pytest.raises(DataError, match="column day holds a value outside the years 1 to 9999"):
        python_rows(batch)


def test_rows_are_tuples_and_names_may_repeat() -> None:
    batch = pa.record_batch([pa.array([1, 2]), pa.array(["a", None])], names=["x", "x"])
    assert python_rows(batch) == [(1, "a"), (2, None)]
    assert python_rows(batch.slice(1)) == [(2, None)]
    assert python_rows(batch.select([])) == [(), ()]
