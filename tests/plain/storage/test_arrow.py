"""storage/arrow.py: types both ways, and arrays to physical values and back."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gpudb.errors import DataError, NotSupportedError
from gpudb.storage import types
from gpudb.storage.arrow import (
    arrow_type,
    physical,
    sql_type,
    texts,
    to_arrow,
    to_arrow_decimal128,
    to_arrow_text,
)

STORED_TYPES = [
    types.BOOLEAN,
    types.TINYINT,
    types.SMALLINT,
    types.INTEGER,
    types.BIGINT,
    types.FLOAT,
    types.DOUBLE,
    types.decimal(15, 2),
    types.decimal(18, 0),
    types.DATE,
    types.TIME,
    types.timestamp(0),
    types.timestamp(3),
    types.timestamp(6),
    types.timestamp(9),
]

INTERVALS = [types.INTERVAL_MONTHS, types.INTERVAL_TIME]


@pytest.mark.parametrize("stored", [*STORED_TYPES, *INTERVALS, types.TEXT], ids=str)
def test_types_come_back(stored: types.SqlType) -> None:
    assert sql_type(arrow_type(stored)) == stored


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (pa.uint8(), types.SMALLINT),
        (pa.uint16(), types.INTEGER),
        (pa.uint32(), types.BIGINT),
        (pa.float16(), types.FLOAT),
        (pa.date64(), types.DATE),
        (pa.time32("s"), types.TIME),
        (pa.time64("ns"), types.TIME),
        (pa.duration("ns"), types.INTERVAL_TIME),
        (pa.timestamp("ms", "Europe/Berlin"), types.timestamp(3)),
        (pa.decimal32(9, 2), types.decimal(9, 2)),
        (pa.decimal256(18, 3), types.decimal(18, 3)),
        (pa.large_string(), types.TEXT),
        (pa.string_view(), types.TEXT),
        (pa.dictionary(pa.int8(), pa.large_string()), types.TEXT),
        (pa.dictionary(pa.int8(), pa.int64()), types.BIGINT),
        (pa.null(), types.INTEGER),
    ],
    ids=str,
)
def test_types_of_arrow(given: pa.DataType, expected: types.SqlType) -> None:
    assert sql_type(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        pa.uint64(),
        pa.decimal256(39, 2),
        pa.decimal128(5, -2),
        pa.list_(pa.list_(pa.int32())),
        pa.map_(pa.string(), pa.int32()),
        pa.struct([("a", pa.int32())]),
        pa.binary(),
    ],
    ids=str,
)
def test_types_that_are_refused_are_named(given: pa.DataType) -> None:
    with pytest.raises(NotSupportedError, match="column 'c'") as error:
        sql_type(given, "c")
    assert str(given) in str(error.value)


SAMPLES: dict[types.SqlType, list[Any]] = {
    types.BOOLEAN: [True, False, True],
    types.TINYINT: [-128, 0, 127],
    types.SMALLINT: [-(2**15), 0, 2**15 - 1],
    types.INTEGER: [-(2**31), 5, 2**31 - 1],
    types.BIGINT: [-(2**63), 5, 2**63 - 1],
    types.FLOAT: [1.5, -0.0, float("inf")],
    types.DOUBLE: [0.1, -0.0, float("-inf")],
    types.decimal(15, 2): [Decimal("12.34"), Decimal("-0.01"), Decimal("9999999999999.99")],
    types.decimal(18, 0): [Decimal(10**18 - 1), Decimal(1 - 10**18), Decimal(0)],
    types.DATE: [datetime.date(1969, 12, 31), datetime.date(2026, 2, 28), datetime.date(1, 1, 1)],
    types.TIME: [datetime.time(0), datetime.time(23, 59, 59, 999999), datetime.time(12)],
    types.INTERVAL_MONTHS: [pa.MonthDayNano([m, 0, 0]) for m in (-5, 0, 1200)],
    types.INTERVAL_TIME: [datetime.timedelta(days=d, microseconds=7) for d in (-3, 0, 99)],
    **{
        types.timestamp(p): [datetime.datetime(1950 + 9 * p, 5, 6, 7, 8, 9), None, None]
        for p in types.TIMESTAMP_PRECISIONS
    },
}


@pytest.mark.parametrize("stored", SAMPLES, ids=str)
@pytest.mark.parametrize("has_nulls", [False, True])
def test_arrays_come_back(stored: types.SqlType, has_nulls: bool) -> None:
    values = [*SAMPLES[stored] * 7, *([None, SAMPLES[stored][0]] if has_nulls else [])]
    whole = pa.array(values, arrow_type(stored))
    for begin in (0, 1, 9, len(whole)):
        array = whole.slice(begin)
        column = physical(array, stored)
        assert (column.nulls is None) == (array.null_count == 0)
        back = to_arrow(column.values, column.nulls, stored)
        back.validate(full=True)
        assert back.equals(array)


def test_physical_values() -> None:
    cases = [
        (pa.array([True, False]), types.BOOLEAN, [1, 0], "uint8"),
        (pa.array([7], pa.int32()), types.INTEGER, [7], "int32"),
        (pa.array([7], pa.int32()), types.BIGINT, [7], "int32"),
        (pa.array([255], pa.uint8()), types.SMALLINT, [255], "uint8"),
        (pa.array([2**32 - 1], pa.uint32()), types.BIGINT, [2**32 - 1], "uint32"),
        (pa.array([Decimal("1.25")]), types.decimal(3, 2), [125], "int64"),
        (pa.array([Decimal("-1.25")], pa.decimal32(3, 2)), types.decimal(3, 2), [-125], "int64"),
        (pa.array([datetime.date(1970, 1, 3)]), types.DATE, [2], "int32"),
        (pa.array([86_400_000], pa.date64()), types.DATE, [1], "int32"),
        (pa.array([3], pa.time32("s")), types.TIME, [3_000_000], "int64"),
        (pa.array([3], pa.timestamp("ms", "Asia/Tokyo")), types.timestamp(3), [3], "int64"),
        (pa.array([1.5], pa.float16()), types.FLOAT, [1.5], "float32"),
        (pa.array([9, 9]).dictionary_encode(), types.BIGINT, [9, 9], "int64"),
    ]
    for array, stored, expected, dtype in cases:
        values, nulls = physical(array, stored)
        assert values.tolist() == expected
        assert values.dtype == np.dtype(dtype)
        assert nulls is None


def test_physical_shares_memory() -> None:
    array = pa.array(range(100), pa.int32())
    values = physical(array.slice(10, 50), types.INTEGER).values
    assert values.ctypes.data == array.buffers()[1].address + 40
    assert to_arrow(values, None, types.INTEGER).buffers()[1].address == values.ctypes.data


def test_physical_of_nulls_alone() -> None:
    column = physical(pa.nulls(3), types.INTEGER)
    assert column.nulls is not None
    assert column.nulls.tolist() == [True] * 3


def test_values_that_do_not_fit() -> None:
    huge = pa.array([1, 10**20], pa.decimal128(38, 0))
    words = huge.buffers()
    array = pa.Array.from_buffers(pa.decimal128(18, 0), 2, words)
    with pytest.raises(DataError, match="row 2: 100000000000000000000 does not fit"):
        physical(array, types.decimal(18, 0))
    with pytest.raises(DataError, match="does not fit INTEGER"):
        physical(pa.array([2**40]), types.INTEGER)
    with pytest.raises(DataError, match="does not fit TIME"):
        physical(pa.array([1], pa.time64("ns")), types.TIME)
    with pytest.raises(DataError, match="months"):
        physical(pa.array([pa.MonthDayNano([1, 2, 0])]), types.INTERVAL_MONTHS)


def test_decimals_of_two_words() -> None:
    numbers = [0, -1, 10**37, 1 - 10**37, 2**64]
    low = np.array([n & (2**64 - 1) for n in numbers], np.uint64).view(np.int64)
    high = np.array([n >> 64 for n in numbers], np.int64)
    nulls = np.array([0, 0, 0, 0, 1], np.uint8)
    array = to_arrow_decimal128(low, high, nulls, types.decimal(38, 0))
    array.validate(full=True)
    assert array.to_pylist() == [*map(Decimal, numbers[:4]), None]


def test_texts() -> None:
    words = ["a", None, "", "ä€😀"]
    for data_type in (pa.string(), pa.large_string(), pa.string_view()):
        array = texts(pa.array(words, data_type))
        assert array.type == pa.string()
        assert array.to_pylist() == words
    assert texts(pa.array(words).dictionary_encode()).to_pylist() == words
    codes = np.array([1, 99, 0], np.uint8)
    nulls = np.array([False, True, False])
    assert to_arrow_text(codes, nulls, pa.array(["x", "y"])).to_pylist() == ["y", None, "x"]


@pytest.mark.parametrize("data_type", [pa.string(), pa.large_string()])
@pytest.mark.parametrize("begin", [0, 1, 4])
def test_few_texts_are_those_of_arrow(data_type: pa.DataType, begin: int) -> None:
    strings = pa.array(["", "ä€😀", "x", "", "long" * 20], data_type)[begin:]
    for places, nulls in (([0], None), ([0, 99, 0], [False, True, False]), ([], None)):
        codes = np.array(places, np.int32)
        mask = None if nulls is None else np.array(nulls)
        found = to_arrow_text(codes, mask, strings)
        found.validate(full=True)
        wanted = strings.take(
            pa.array([0 if p == 99 else p for p in places], pa.int32(), mask=mask)
        )
        assert found.equals(wanted)
        assert found.type == data_type
    none = to_arrow_text(np.array([5]), np.array([True]), pa.array([], data_type))
    assert none.to_pylist() == [None]


def test_null_type() -> None:
    array = to_arrow(np.zeros(2, np.int64), np.ones(2, np.bool_), types.NULL)
    assert array.equals(pa.nulls(2))
