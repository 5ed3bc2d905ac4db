"""storage/encodings/choose.py and widen.py: the smallest encoding, forced ones, and conversions."""

from __future__ import annotations

import numpy as np
import pytest

from gpudb.errors import DataError, InternalError
from gpudb.storage import types
from gpudb.storage.encodings import (
    EncodingRequest,
    Layout,
    PhysicalColumn,
    bitpack,
    frame,
    raw,
    scaled,
)
from gpudb.storage.encodings.choose import choose
from gpudb.storage.encodings.encoded import Array, Encoded, Mask
from gpudb.storage.encodings.widen import convert, decode
from gpudb.storage.measure import measure
from gpudb.storage.types import SqlType

ROWS = 20_000
RANDOM = np.random.default_rng(9)
SOME = RANDOM.random(ROWS) < 0.2

INTEGERS: dict[str, Array] = {
    "constant": np.full(ROWS, -4),
    "frame": RANDOM.integers(0, 256, ROWS),
    "bitpack": RANDOM.integers(1000, 1020, ROWS),
    "delta": 10**15 + np.cumsum(RANDOM.integers(0, 200, ROWS)),
    "runs": np.repeat(RANDOM.integers(0, 10**9, ROWS // 100), 100),
    "dictionary": np.array([-(10**15), 3, 10**15])[RANDOM.integers(0, 3, ROWS)],
}

FLOATS: dict[str, Array] = {
    "constant": np.full(ROWS, 0.1),
    "scaled": RANDOM.integers(0, 10**4, ROWS) / 100,
    "dictionary": RANDOM.random(9)[RANDOM.integers(0, 9, ROWS)],
    "raw": RANDOM.random(ROWS),
}


def chosen(
    values: Array,
    nulls: Mask | None = None,
    stored: SqlType = types.BIGINT,
    request: EncodingRequest | None = None,
) -> Encoded:
    return choose(PhysicalColumn(values, nulls), measure(values, nulls), stored, request)


def assert_holds(encoded: Encoded, values: Array, nulls: Mask | None) -> None:
    column = decode(encoded)
    if nulls is None:
        assert column.nulls is None
        assert np.array_equal(column.values, values)
    else:
        assert column.nulls is not None
        assert np.array_equal(column.nulls, nulls)
        assert np.array_equal(column.values[~nulls], values[~nulls])


@pytest.mark.parametrize("name", INTEGERS)
def test_the_smallest_is_chosen(name: str) -> None:
    encoded = chosen(INTEGERS[name])
    assert encoded.layout.encoding == name
    assert encoded.size_bytes <= INTEGERS[name].nbytes
    assert_holds(encoded, INTEGERS[name], None)


@pytest.mark.parametrize("name", FLOATS)
def test_the_smallest_is_chosen_for_floats(name: str) -> None:
    encoded = chosen(FLOATS[name], stored=types.DOUBLE)
    assert encoded.layout.encoding == name
    assert_holds(encoded, FLOATS[name], None)


def test_decimals_are_scaled_even_if_few() -> None:
    values = np.array([0.25, 1e6])[RANDOM.integers(0, 2, ROWS)]
    assert chosen(values, None, types.DOUBLE).layout.encoding == "scaled"
    values[7] = -0.0
    assert chosen(values, None, types.DOUBLE).layout.encoding == "dictionary"


def test_nulls_alone() -> None:
    encoded = chosen(np.arange(5), np.ones(5, np.bool_))
    assert encoded.layout.encoding == "constant"
    assert_holds(encoded, np.arange(5), np.ones(5, np.bool_))


def test_no_code_is_free_for_null() -> None:
    values = np.array([-(2**63), 2**63 - 1, 0])
    nulls = np.array([False, False, True])
    encoded = chosen(values, nulls)
    assert encoded.layout.nulls == "bitmap" or encoded.layout.encoding == "dictionary"
    assert_holds(encoded, values, nulls)
    assert frame.encode(PhysicalColumn(values, nulls), measure(values, nulls)) is None


@pytest.mark.parametrize("nulls", [None, SOME], ids=["whole", "nulls"])
@pytest.mark.parametrize("name", INTEGERS)
def test_integers_become_frames(name: str, nulls: Mask | None) -> None:
    values = INTEGERS[name]
    encoded = chosen(values, nulls)
    narrowest = frame.code_dtype(int(values.min()), int(values.max()), has_nulls=nulls is not None)
    has_nulls = nulls is not None
    for dtype in (narrowest, "int64"):
        for layout in (
            frame.layout(dtype, has_nulls=True),
            frame.layout(dtype, has_nulls=has_nulls),
            raw.layout("int64", has_nulls=has_nulls),
            bitpack.layout(has_nulls=has_nulls),
        ):
            converted = convert(encoded, layout)
            assert converted.layout == layout
            assert_holds(converted, values, nulls)
            assert convert(converted, layout) is converted
            assert_holds(convert(converted, frame.layout("int64", has_nulls=True)), values, nulls)


def test_a_chunk_without_nulls_keeps_all_codes() -> None:
    """Its null code is -1 in a layout with NULLs, so that 255 stays a value."""
    values = np.arange(256)
    layout = frame.layout("uint8", has_nulls=True)
    for source in (chosen(values), raw.encode_as(PhysicalColumn(values), "int64", has_nulls=False)):
        converted = convert(source, layout)
        assert converted.scalar("null_code") == frame.NO_NULL_CODE
        assert_holds(converted, values, None)


def test_minus_one_stays_a_value_in_wide_codes() -> None:
    values = np.array([-1, 2**62, -(2**62)])
    source = chosen(values)
    converted = convert(source, frame.layout("int64", has_nulls=True))
    assert_holds(converted, values, None)


@pytest.mark.parametrize("nulls", [None, SOME], ids=["whole", "nulls"])
def test_floats_are_converted(nulls: Mask | None) -> None:
    has_nulls = nulls is not None
    for values in FLOATS.values():
        converted = convert(
            chosen(values, nulls, types.DOUBLE), raw.layout("float64", has_nulls=has_nulls)
        )
        assert_holds(converted, values, nulls)
    for values in (FLOATS["scaled"], FLOATS["constant"]):
        for dtype in ("uint16", "uint32", "int64"):
            layout = scaled.layout(dtype, has_nulls=has_nulls)
            converted = convert(chosen(values, nulls, types.DOUBLE), layout)
            assert converted.layout == layout
            assert_holds(converted, values, nulls)


@pytest.mark.parametrize(
    ("values", "nulls", "layout"),
    [
        (np.array([0, 1000]), None, frame.layout("uint8", has_nulls=False)),
        (np.array([0, 1]), np.array([True, False]), frame.layout("uint8", has_nulls=False)),
        (np.array([0.1, 1 / 3]), None, scaled.layout("uint32", has_nulls=False)),
        (np.array([0, 2**63 - 1]), None, bitpack.layout(has_nulls=False)),
    ],
)
def test_layouts_that_do_not_fit(values: Array, nulls: Mask | None, layout: Layout) -> None:
    encoded = raw.encode_as(
        PhysicalColumn(values, nulls), values.dtype.name, has_nulls=nulls is not None
    )
    with pytest.raises(InternalError, match="does not fit"):
        convert(encoded, layout)


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_fixed(bits: int) -> None:
    request = EncodingRequest("FIXED", bits)
    greatest = (1 << bits - 1) - 1
    values = np.array([-greatest, greatest, 0])
    nulls = np.array([False, False, True])
    for mask in (None, nulls):
        encoded = chosen(values, mask, types.BIGINT, request)
        assert encoded.layout == frame.layout(f"uint{bits}", has_nulls=mask is not None)
        assert_holds(encoded, values, mask)
    values[2] = greatest + 1
    assert_holds(chosen(values, nulls, types.BIGINT, request), values, nulls)
    with pytest.raises(DataError) as error:
        chosen(values, None, types.BIGINT, request)
    assert str(error.value) == (
        f"row 3: {greatest + 1} does not fit ENCODING FIXED({bits}), "
        f"which holds {-greatest} to {greatest}"
    )


@pytest.mark.parametrize(
    ("stored", "request_", "value", "message"),
    [
        (types.DATE, EncodingRequest("DAYS", 16), 40_000, "2079-07-08 does not fit"),
        (types.decimal(9, 2), EncodingRequest("FIXED", 16), -40_001, "-400.01 does not fit"),
        (types.timestamp(0), EncodingRequest("FIXED", 32), 2**31, "2038-01-19 03:14:08 does not"),
        (types.INTEGER, EncodingRequest("FIXED", 8), 128, "128 does not fit ENCODING FIXED(8)"),
    ],
    ids=str,
)
def test_values_outside_are_shown_as_sql(
    stored: SqlType, request_: EncodingRequest, value: int, message: str
) -> None:
    with pytest.raises(DataError) as error:
        chosen(np.array([1, value, value + 1]), None, stored, request_)
    assert str(error.value).startswith(f"row 2: {message}")


def test_none_keeps_values_as_they_are() -> None:
    request = EncodingRequest("NONE")
    for values in (np.zeros(5, np.int16), np.zeros(5), np.zeros(5, np.float32)):
        encoded = chosen(values, None, types.DOUBLE, request)
        assert encoded.layout == raw.layout(values.dtype.name, has_nulls=False)


def test_dict_concerns_texts_only() -> None:
    encoded = chosen(INTEGERS["bitpack"], None, types.TEXT, EncodingRequest("DICT", 32))
    assert encoded.layout.encoding == "bitpack"


def test_fixed_is_for_integers() -> None:
    with pytest.raises(DataError, match=r"FIXED\(8\) does not apply to DOUBLE"):
        chosen(np.ones(2), None, types.DOUBLE, EncodingRequest("FIXED", 8))
