"""storage/encodings: what goes in comes out, by `decode` and by `at`, for every encoding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpudb.storage import types
from gpudb.storage.encodings import (
    ENCODINGS,
    Encoded,
    Encoding,
    PhysicalColumn,
    bitpack,
    find_encoding,
    frame,
    planes,
    scaled,
    strings,
)
from gpudb.storage.encodings.choose import choose
from gpudb.storage.measure import measure

INT64 = (-(2**63), 2**63 - 1)
QUICK = settings(derandomize=True, max_examples=60, deadline=None)


def integers() -> st.SearchStrategy[list[int | None]]:
    """Lists of integers: wide, narrow, repeated, sorted, with NULLs and without."""
    wide = st.integers(*INT64) | st.sampled_from([*INT64, 0, -1])
    base = st.integers(-(2**40), 2**40)
    narrow = st.tuples(base, st.lists(st.integers(0, 300), max_size=200)).map(
        lambda pair: [pair[0] + step for step in pair[1]]
    )
    runs = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 40)), max_size=9).map(
        lambda pairs: [value for value, count in pairs for _ in range(count)]
    )
    plain = st.one_of(st.lists(wide, max_size=80), narrow, runs, narrow.map(sorted))
    return st.tuples(plain, st.integers(0, 5)).map(
        lambda pair: [None if row % 6 < pair[1] else v for row, v in enumerate(pair[0])]
    )


def floats() -> st.SearchStrategy[list[float | None]]:
    """Lists of floats: any, decimals, few distinct, with NULLs and without."""
    decimals = st.integers(-(10**9), 10**9).map(lambda n: n / 1000)
    special = st.sampled_from([0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e300])
    plain = st.one_of(*(st.lists(s, max_size=90) for s in (st.floats(), decimals, special)))
    return plain | st.lists(decimals | st.none(), max_size=90)


def column_of(rows: list[Any], dtype: str) -> PhysicalColumn:
    nulls = np.array([row is None for row in rows], np.bool_)
    # What lies under a NULL is arbitrary.
    values = np.array([77 if row is None else row for row in rows], dtype)
    return PhysicalColumn(values, nulls if nulls.any() else None)


def bits(value: float) -> bytes:
    """Tell -0.0 from 0.0, and NaN from nothing."""
    return np.array(value).tobytes()


def check(encoding: Encoding, encoded: Encoded, rows: list[Any]) -> None:
    assert encoded.layout.encoding == encoding.name
    assert tuple(b.dtype.name for b in encoded.buffers) == tuple(
        dtype for _, dtype in encoded.layout.buffers
    )
    for value, (_, kind) in zip(encoded.scalars, encoded.layout.scalars, strict=True):
        assert type(value).__name__ == kind
    decoded = encoding.decode(encoded)
    assert len(decoded) == encoded.rows == len(rows)
    buffers = [buffer.tolist() for buffer in encoded.buffers]
    arguments = (*buffers, *encoded.scalars)
    has_nulls = encoded.layout.nulls != "none"
    for row, expected in enumerate(rows):
        is_null = has_nulls and encoding.is_null_at(*arguments, row)
        value = encoding.at(*arguments, row)
        assert is_null == (expected is None)
        assert (decoded.nulls is not None and bool(decoded.nulls[row])) == is_null
        if not is_null:
            assert bits(value) == bits(expected), row
            assert bits(decoded.values[row].item()) == bits(expected), row


def check_all(rows: list[Any], dtype: str) -> set[str]:
    """Check every encoding that takes the column, and the chosen one; return their names."""
    column = column_of(rows, dtype)
    statistics = measure(column.values, column.nulls)
    taken = set()
    for encoding in ENCODINGS:
        size = encoding.estimate(column, statistics)
        encoded = encoding.encode(column, statistics) if size is not None else None
        if encoded is not None:
            taken.add(encoding.name)
            check(encoding, encoded, rows)
    chosen = choose(column, statistics, types.BIGINT)
    assert chosen.layout.encoding in taken
    return taken


@given(integers())
@QUICK
def test_integers_come_back(rows: list[int | None]) -> None:
    assert "raw" in check_all(rows, "int64")


@given(st.lists(st.integers(-128, 127) | st.none(), max_size=300))
@QUICK
def test_narrow_integers_come_back(rows: list[int | None]) -> None:
    for dtype in ("int8", "int16", "int32"):
        check_all(rows, dtype)


@given(floats())
@QUICK
def test_floats_come_back(rows: list[float | None]) -> None:
    assert "raw" in check_all(rows, "float64")


@given(st.lists(st.floats(width=32), max_size=50))
@QUICK
def test_narrow_floats_come_back(rows: list[float]) -> None:
    check_all(rows, "float32")


@pytest.mark.parametrize("count", [0, 1, 2, 127, 128, 129, 1000, 9000])
def test_every_encoding_serves_some_column(count: int) -> None:
    taken = check_all([7] * count, "int64")
    taken |= check_all([10**12 + 3 * row for row in range(count)], "int64")
    taken |= check_all([row - 7 for row in range(count)], "int64")
    taken |= check_all([row // 100 for row in range(count)], "int64")
    taken |= check_all([row % 5 / 100 for row in range(count)], "float64")
    taken |= check_all([None] * count, "int64") | check_all([None] * count, "float64")
    if count >= 1000:
        assert taken == {encoding.name for encoding in ENCODINGS}


@pytest.mark.parametrize("width", range(1, 63))
def test_bits_are_packed_in_any_width(width: int) -> None:
    random = np.random.default_rng(width)
    for count in (1, 63, 64, 65, 70_000 if width % 10 == 5 else 300):
        codes = random.integers(0, 1 << width, count).astype(
            bitpack.unpack(np.zeros(2, np.int64), width, 1).dtype
        )
        codes[-1] = (1 << width) - 1
        words = bitpack.pack(codes, width)
        assert len(words) == -(-count * width // 64) + 1
        assert np.array_equal(bitpack.unpack(words, width, count), codes)
        arguments = (words.tolist(), width, 5, -1)
        places = random.integers(0, count, 20).tolist()
        assert [bitpack.bitpack_at(*arguments, row) - 5 for row in places] == [
            int(codes[row]) for row in places
        ]
        if width <= 32:
            arguments = (words.view(np.uint32).tolist(), width, 5, int(codes[-1]))
            found = [bitpack.narrow_bitpack_at(*arguments, row) - 5 for row in places]
            assert found == [int(codes[row]) for row in places]
            assert bitpack.narrow_bitpack_is_null_at(*arguments, count - 1)


def test_scaled_decimals() -> None:
    exact = np.round(np.random.default_rng(3).random(40_000) * 100, 6)
    assert scaled.find_exponent(exact) == 6
    for spoiler in (float("nan"), float("inf"), -0.0, 1 / 3, 1e17, 1e-12):
        values = exact.copy()
        values[39_999] = spoiler
        assert scaled.find_exponent(values) is None
        statistics = measure(values)
        encoded = choose(PhysicalColumn(values), statistics, types.DOUBLE)
        assert encoded.layout.encoding == "raw"
    encoded = choose(PhysicalColumn(exact), measure(exact), types.DOUBLE)
    assert encoded.layout == scaled.layout("uint32", has_nulls=False)
    assert scaled.decode(encoded).values.tobytes() == exact.tobytes()


def test_scaled_finds_a_longer_fraction_behind_the_sample() -> None:
    values = np.zeros(100_000)
    values[77_777] = 0.125
    encoded = scaled.encode(PhysicalColumn(values), measure(values))
    assert encoded is not None
    assert encoded.scalar("divisor") == 1000.0
    assert np.array_equal(scaled.decode(encoded).values, values)


def test_layouts_are_keys() -> None:
    one = frame.layout("uint8", has_nulls=True)
    assert one == frame.layout("uint8", has_nulls=True)
    assert len({one, frame.layout("uint8", has_nulls=True)}) == 1
    assert one != frame.layout("uint8", has_nulls=False)
    assert find_encoding("frame") is frame.ENCODING
    assert find_encoding("strings") is None


@given(st.lists(st.text(max_size=300) | st.none(), max_size=50), st.integers(0, 10))
@QUICK
def test_strings_come_back(words: list[str | None], begin: int) -> None:
    for data_type in (pa.string(), pa.large_string()):
        array = pa.array(words, data_type).slice(begin)
        encoded = strings.encode(array)
        back = strings.decode(encoded)
        back.validate(full=True)
        assert back.to_pylist() == words[begin:]
        nulls = strings.nulls(encoded)
        assert (nulls is None) == (None not in words[begin:])


def test_strings_under_nulls_are_dropped() -> None:
    whole = pa.array(["abc", "de", "f"])
    hidden = pa.Array.from_buffers(
        pa.string(), 3, [pa.py_buffer(bytes([0b101])), *whole.buffers()[1:]]
    )
    encoded = strings.encode(hidden)
    assert bytes(encoded.buffers[1]) == b"abcf"
    assert strings.decode(encoded).to_pylist() == ["abc", None, "f"]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "int64", "float32", "float64"])
@pytest.mark.parametrize("count", [0, 1, 5, 40_000])
def test_planes_come_back(dtype: str, count: int) -> None:
    size = count * np.dtype(dtype).itemsize
    data = np.random.default_rng(1).integers(0, 256, size).astype(np.uint8).tobytes()
    array = np.frombuffer(data, dtype)
    laid = planes.to_planes(array)
    assert (
        bytes(laid)
        == np.frombuffer(data, np.uint8).reshape(count, np.dtype(dtype).itemsize).T.tobytes()
    )
    assert planes.from_planes(bytes(laid), dtype).tobytes() == data
