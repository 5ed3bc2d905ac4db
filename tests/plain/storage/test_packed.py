"""Columns that stay packed are unpacked to what kernels read, whole and in parts."""

from __future__ import annotations

import numpy as np
import pytest

from gpudb.storage.cache import CacheKey, ColumnCache
from gpudb.storage.encodings import bitpack, constant, frame, packed, plain, runs
from gpudb.storage.encodings.encoded import Encoded, PhysicalColumn
from gpudb.storage.encodings.packed import (
    PATIENCE,
    BitCodes,
    SparseCodes,
    StepCodes,
    pack,
    pack_steps,
)
from gpudb.storage.encodings.widen import convert
from gpudb.storage.measure import measure

ROWS = 70_003
RANDOM = np.random.default_rng(7)


def stored_as(encoding: object, values: np.ndarray, nulls: np.ndarray | None = None) -> Encoded:
    column = PhysicalColumn(values, nulls)
    found = encoding.encode(column, measure(values, nulls))  # type: ignore[attr-defined]
    assert isinstance(found, Encoded)
    return found


def check_same(held: packed.Packed | None, wanted: Encoded) -> None:
    assert held is not None
    whole = held.whole()
    assert (whole.layout, whole.rows) == (wanted.layout, wanted.rows)
    assert whole.scalars == wanted.scalars
    assert whole.buffers[0].dtype == wanted.buffers[0].dtype
    assert np.array_equal(whole.buffers[0], wanted.buffers[0])
    assert held.size_bytes <= held.whole_bytes / 2 + 16


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
@pytest.mark.parametrize("has_nulls", [False, True])
def test_few_bits_stay_packed(bits: int, has_nulls: bool) -> None:
    values = RANDOM.integers(0, 1 << bits, ROWS)
    stored = stored_as(bitpack.ENCODING, values)
    layout = plain.layout("uint8", has_nulls=has_nulls)
    held = pack(stored, layout)
    assert isinstance(held, BitCodes)
    check_same(held, convert(stored, layout))


def test_frames_of_few_bits_keep_their_base() -> None:
    stored = stored_as(bitpack.ENCODING, RANDOM.integers(-1_000_003, -1_000_000, ROWS))
    layout = frame.layout("uint8", has_nulls=False)
    check_same(pack(stored, layout), convert(stored, layout))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "int64"])
@pytest.mark.parametrize("has_nulls", [False, True])
def test_few_rows_unlike_the_others_are_listed(dtype: str, has_nulls: bool) -> None:
    values = np.where(RANDOM.random(ROWS) < 0.01, RANDOM.integers(0, 99, ROWS), 5)
    nulls = RANDOM.random(ROWS) < 0.001 if has_nulls else None
    stored = stored_as(runs.ENCODING, values, nulls)
    layout = plain.layout(dtype, has_nulls=has_nulls)
    held = pack(stored, layout)
    assert isinstance(held, SparseCodes)
    wanted = convert(stored, layout)
    check_same(held, wanted)
    part = np.full(ROWS, 77, wanted.buffers[0].dtype)
    held.fill(1000, 2001, part)
    assert np.array_equal(part[1000:2001], wanted.buffers[0][1000:2001])
    assert set(part[:1000]) | set(part[2001:]) == {77}


def test_mostly_null_and_constant_columns_take_next_to_nothing() -> None:
    nulls = RANDOM.random(ROWS) < 0.99
    layout = plain.layout("uint8", has_nulls=True)
    stored = stored_as(runs.ENCODING, RANDOM.integers(0, 9, ROWS), nulls)
    check_same(pack(stored, layout), convert(stored, layout))
    alike = stored_as(constant.ENCODING, np.full(ROWS, 3))
    all_null = stored_as(constant.ENCODING, np.zeros(ROWS, np.int64), np.ones(ROWS, np.bool_))
    for each in (alike, all_null):
        check_same(pack(each, layout), convert(each, layout))
        held = pack(each, layout)
        assert held is not None
        assert held.size_bytes == 0


def test_what_does_not_pay_is_not_packed() -> None:
    layout = plain.layout("uint8", has_nulls=False)
    five_bits = stored_as(bitpack.ENCODING, RANDOM.integers(0, 32, ROWS))
    other_codes = stored_as(bitpack.ENCODING, RANDOM.integers(1, 3, ROWS))
    long_runs = stored_as(runs.ENCODING, np.arange(ROWS) // 10_000)
    small = stored_as(bitpack.ENCODING, RANDOM.integers(0, 2, 1000))
    for stored in (five_bits, other_codes, long_runs, small):
        assert pack(stored, layout) is None
    two_bytes = frame.layout("uint16", has_nulls=False)
    assert pack(stored_as(bitpack.ENCODING, np.arange(ROWS) % 2), two_bytes) is None


LEAST, GREATEST = -(1 << 63), (1 << 63) - 1


@pytest.mark.parametrize(
    ("dtype", "least", "step", "bits", "held_bits"),
    [
        ("int64", 1_372_636_800_000_000, 1_000_000, 18, 20),
        ("int64", -1_372_636_800_000_007, 1_000_000, 22, 24),
        ("int64", -5, 1, 30, 32),
        ("int64", LEAST, 3_600_000_000_000, 21, 24),
        ("int64", GREATEST - (1 << 31), 1, 31, 32),
        ("uint32", 17, 4, 20, 20),
        ("uint32", 0, 1, 22, 24),
        ("int32", -(1 << 31), 1, 16, 16),
        ("int16", -720, 60, 5, 8),
        ("uint16", 3, 1, 11, 12),
    ],
)
def test_codes_of_few_steps_stay_packed(
    dtype: str, least: int, step: int, bits: int, held_bits: int
) -> None:
    numbers = RANDOM.integers(0, 1 << bits, ROWS)
    numbers[:2] = 0, (1 << bits) - 1
    values = np.array([least + step * number for number in numbers.tolist()], dtype)
    read = Encoded(plain.layout(dtype, has_nulls=False), ROWS, (values,), (-1,))
    held = pack_steps(read)
    assert isinstance(held, StepCodes)
    assert (held.step, held.size_bytes // (ROWS // 64 + 1)) == (step, 8 * held_bits)
    assert held.is_number == (step == 1 and 0 <= least < 1 << 16)
    whole = held.whole()
    assert (whole.layout, whole.rows, whole.scalars) == (read.layout, ROWS, (-1,))
    assert whole.buffers[0].dtype == dtype
    assert np.array_equal(whole.buffers[0], values)
    rows = np.append(RANDOM.integers(0, ROWS, 1_000), [0, 31, 32, 63, 64, ROWS - 1])
    some = held.of_rows(rows)
    assert (some.layout, some.rows, some.scalars) == (read.layout, len(rows), (-1,))
    assert some.buffers[0].dtype == dtype
    assert np.array_equal(some.buffers[0], values[rows])


def test_steps_that_only_most_rows_keep_are_none() -> None:
    values = RANDOM.integers(0, 1 << 20, ROWS) * 1_000
    values[12_345] += 1
    layout = plain.layout("int64", has_nulls=False)
    held = pack_steps(Encoded(layout, ROWS, (values,), (-1,)))
    assert held is not None
    assert held.step == 1
    assert np.array_equal(held.whole().buffers[0], values)
    values[12_346] = 1 << 40
    assert pack_steps(Encoded(layout, ROWS, (values,), (-1,))) is None


def test_columns_without_a_small_range_have_no_steps() -> None:
    def packed_as(dtype: str, least: int, end: int, rows: int = ROWS) -> StepCodes | None:
        values = RANDOM.integers(least, end, rows).astype(dtype)
        values[0] = least
        values[1:] |= 1
        return pack_steps(Encoded(plain.layout(dtype, has_nulls=False), rows, (values,), (-1,)))

    assert packed_as("int64", LEAST, GREATEST) is None
    assert packed_as("int64", 0, 1 << 40) is None
    assert packed_as("uint32", 0, 1 << 31) is None
    assert packed_as("uint16", 0, 1 << 15) is None
    assert packed_as("uint8", 0, 16) is None
    assert packed_as("int64", 0, 1 << 20, rows=1_000) is None
    alike = np.full(ROWS, 7)
    held = pack_steps(Encoded(plain.layout("int64", has_nulls=False), ROWS, (alike,), (-1,)))
    assert held is not None
    assert np.array_equal(held.whole().buffers[0], alike)


def test_frames_and_codes_for_null_are_kept() -> None:
    codes = RANDOM.integers(0, 1 << 20, ROWS).astype(np.uint32)
    codes[RANDOM.random(ROWS) < 0.1] = 1 << 20
    read = Encoded(frame.layout("uint32", has_nulls=True), ROWS, (codes,), (-77, 1 << 20))
    held = pack_steps(read)
    assert held is not None
    assert held.scalars == (-77, 1 << 20)
    assert np.array_equal(held.whole().buffers[0], codes)


def test_a_column_that_is_read_again_is_held_whole_if_there_is_room() -> None:
    layout = plain.layout("uint8", has_nulls=False)
    held = pack(stored_as(bitpack.ENCODING, RANDOM.integers(0, 2, ROWS)), layout)
    assert held is not None
    assert not held.is_wanted_whole
    held.unpacked_rows = PATIENCE * ROWS
    assert held.is_wanted_whole
    key = CacheKey(1, "x", layout, may_be_packed=True)
    for limit, is_exchanged in ((ROWS - 1, False), (ROWS, True)):
        cache = ColumnCache(limit)
        assert cache.get(key, lambda: held) is held
        found = cache.exchange(key, held, held.whole_bytes, held.whole)
        assert isinstance(found, Encoded) == is_exchanged
        assert cache.get(key, lambda: held) is found
        assert cache.used_bytes == found.size_bytes
