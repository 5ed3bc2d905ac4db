"""The layouts that kernels read: one for all chunks, wide enough for each, with the same values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gpudb.errors import InternalError
from gpudb.storage import cache, types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings import plain
from gpudb.storage.encodings.choose import find_encoding
from gpudb.storage.encodings.encoded import Encoded, EncodingRequest, PhysicalColumn
from gpudb.storage.encodings.widen import convert
from gpudb.storage.measure import measure
from gpudb.storage.memory import transient_table
from gpudb.storage.resident import read_resident, resident_layout
from gpudb.storage.table import TableVersion
from gpudb.storage.types import SqlType
from tests.plain.storage.sample_tables import EVENTS, batch_of, event_batches


def one_column(
    values: list[object], sql_type: SqlType, chunk_rows: int = 4, **definition: object
) -> TableVersion:
    column = ColumnDefinition("x", sql_type, **definition)  # type: ignore[arg-type]
    return transient_table("t", (column,), [batch_of(values, sql_type)], chunk_rows=chunk_rows)


def values_at(encoded: Encoded) -> list[int | float | None]:
    """Read row by row, as kernels do."""
    encoding = find_encoding(encoded.layout.encoding)
    assert encoding is not None
    parts = [*(buffer.tolist() for buffer in encoded.buffers), *encoded.scalars]
    has_nulls = encoded.layout.nulls != "none"
    return [
        None if has_nulls and encoding.is_null_at(*parts, row) else encoding.at(*parts, row)
        for row in range(encoded.rows)
    ]


def resident_values(table: TableVersion, device_kind: str = "cpu") -> list[int | float | None]:
    layout = resident_layout(table, "x", device_kind)
    values = []
    for index in range(len(table.chunks)):
        encoded = read_resident(table, index, "x", layout)
        assert encoded.layout == layout
        values += values_at(encoded)
    return values


INTEGERS: list[tuple[list[object], str, str]] = [
    ([1000, 1001, 1255, 1000, 5, 6, 7, 8], "frame", "uint8"),
    ([0, 255, 1, 2, None, 3, 4, 5], "frame", "uint8"),
    ([0, 255, 1, None], "plain", "uint16"),
    ([8000, 10_561, 9000, None], "plain", "uint16"),
    ([-100, 27, 0, None], "plain", "int8"),
    ([0, 1, 2, 3, -70_000, 70_000], "plain", "int32"),
    ([-1, (1 << 32) - 2, 0], "frame", "uint32"),
    ([7, 7, 7, 7, 7, 7, 7, 7, None, None, None, None], "plain", "uint8"),
    ([None] * 5, "plain", "uint8"),
    ([1, 2, 3, 4, -(2**62), 2**62, None], "plain", "int64"),
    ([-(2**63), 2**63 - 1, 5], "plain", "int64"),
    ([0, 1, 2, 3, -(2**63), 0, None], "plain", "int64"),
    ([-(2**31), 2**31 - 1, None], "plain", "int64"),
]


@pytest.mark.parametrize("device_kind", ["cpu", "cuda"])
@pytest.mark.parametrize(("values", "encoding", "width"), INTEGERS)
def test_integers_are_plain_where_a_frame_takes_as_many_bytes(
    values: list[object], encoding: str, width: str, device_kind: str
) -> None:
    table = one_column(values, types.BIGINT)
    layout = resident_layout(table, "x", device_kind)
    if device_kind == "cpu":
        assert (layout.encoding, layout.buffers) == (encoding, (("codes", width),))
    assert resident_values(table, device_kind) == values


@pytest.mark.parametrize(
    "source", ["frame", "bitpack", "constant", "runs", "delta", "raw", "plain", "dictionary"]
)
@pytest.mark.parametrize("dtype", plain.DTYPES)
@pytest.mark.parametrize("some_nulls", [False, True])
def test_every_encoding_turns_plain(source: str, dtype: str, some_nulls: bool) -> None:
    info = np.iinfo(dtype)
    least, greatest = int(info.min) + (info.min < 0), int(info.max) - 1
    values = np.repeat(np.array([least, greatest, 0, 77, 77]), 10)
    if source == "constant":
        values = np.full(50, greatest)
    elif source == "delta":
        values = np.arange(50)
    nulls = np.arange(50) % 7 == 3 if some_nulls and source not in ("constant", "delta") else None
    encoding = find_encoding(source)
    assert encoding is not None
    encoded = encoding.encode(PhysicalColumn(values, nulls), measure(values, nulls))
    if encoded is None:
        assert source == "bitpack" and dtype == "int64"
        return
    for has_nulls in {some_nulls, True}:
        converted = convert(encoded, plain.layout(dtype, has_nulls=has_nulls))
        found = plain.decode(converted)
        assert np.array_equal(found.nulls is not None and found.nulls, nulls is not None and nulls)
        kept = slice(None) if nulls is None else ~nulls
        assert np.array_equal(found.values[kept], values[kept])
        is_null = [value is None for value in values_at(converted)]
        assert is_null == ([False] * 50 if nulls is None else nulls.tolist())
        assert np.array_equal(encoding.decode(encoded).values[kept], values[kept])


@pytest.mark.parametrize("bits", [8, 12, 24])
def test_many_rows_turn_plain_and_stay_what_they_are_where_they_are_stored(bits: int) -> None:
    random = np.random.default_rng(bits)
    few = random.integers(10**6, 10**6 + (1 << bits) - 1, 40)
    values = few[random.integers(0, 40, 100_001)]
    nulls = random.random(100_001) < 0.1
    for mask in (None, nulls):
        for source in ("dictionary", "bitpack"):
            encoding = find_encoding(source)
            assert encoding is not None
            encoded = encoding.encode(PhysicalColumn(values, mask), measure(values, mask))
            assert encoded is not None
            for _ in range(2):
                converted = convert(encoded, plain.layout("uint32", has_nulls=mask is not None))
                found, kept = plain.decode(converted), slice(None) if mask is None else ~mask
                assert np.array_equal(found.values[kept], values[kept])
                assert np.array_equal(
                    found.nulls is not None and found.nulls, mask is not None and mask
                )


def test_integers_without_a_free_code_are_raw() -> None:
    values: list[object] = [-(2**63), 2**63 - 1, None]
    table = one_column(values, types.BIGINT)
    assert resident_layout(table, "x", "cpu").encoding == "raw"
    assert resident_values(table) == values


def test_gpus_get_packed_bits_where_frames_waste_them() -> None:
    narrow = one_column([1, 2, 3, 9, 100, 101, 103, None], types.INTEGER)
    even = one_column([0, 255, 1, 254], types.INTEGER)
    assert resident_layout(narrow, "x", "cuda").encoding == "bitpack"
    assert resident_layout(even, "x", "cuda").encoding == "plain"
    assert resident_values(narrow, "cuda") == [1, 2, 3, 9, 100, 101, 103, None]


def test_texts_are_plain_codes() -> None:
    values = [f"s{place}" for place in range(300)]
    table = one_column([*values, None, "s7", "s299"], types.TEXT, chunk_rows=100)
    layout = resident_layout(table, "x", "cpu")
    assert (layout.encoding, layout.buffers) == ("plain", (("codes", "uint16"),))
    assert resident_values(table) == [*range(300), None, 7, 299]
    assert table.read_strings(3, "x").to_pylist() == [None, "s7", "s299"]


def test_raw_texts_have_no_such_layout() -> None:
    table = one_column(["a"], types.TEXT, encoding=EncodingRequest("NONE"))
    with pytest.raises(InternalError, match="not held as codes"):
        resident_layout(table, "x", "cpu")


def test_decimal_doubles_are_scaled_in_every_chunk_or_raw() -> None:
    decimals: list[object] = [place / 100 for place in range(1000)]
    scaled = one_column([*decimals, None], types.DOUBLE, chunk_rows=300)
    assert resident_layout(scaled, "x", "cpu").encoding == "scaled"
    assert resident_values(scaled) == [*decimals, None]
    mixed = one_column([*decimals, 1 / 3], types.DOUBLE, chunk_rows=300)
    assert resident_layout(mixed, "x", "cpu").buffers[0] == ("values", "float64")
    assert resident_values(mixed) == [*decimals, 1 / 3]


def test_floats_stay_four_bytes_wide() -> None:
    values = [float(np.float32(place) / np.float32(7)) for place in range(9)]
    table = one_column([*values, None], types.FLOAT)
    layout = resident_layout(table, "x", "cpu")
    assert layout.buffers[0] == ("values", "float32")
    assert resident_values(table) == [*values, None]


def test_a_column_in_memory_that_has_the_layout_is_not_copied() -> None:
    values: list[object] = [place % 256 for place in range(1000)]
    table = one_column(values, types.INTEGER, 1000, encoding=EncodingRequest("FIXED", 16))
    (chunk,) = table.chunks
    stored = chunk.columns["x"].read()
    assert read_resident(table, 0, "X", stored.layout) is stored
    as_plain = read_resident(table, 0, "X", resident_layout(table, "X", "cpu"))
    assert as_plain.layout.encoding == "plain"
    narrow = one_column(values, types.INTEGER, 1000)
    (chunk,) = narrow.chunks
    as_plain = read_resident(narrow, 0, "X", resident_layout(narrow, "X", "cpu"))
    assert as_plain.buffers[0] is chunk.columns["x"].read().buffers[0]


def test_chunks_of_a_folder_are_read_once(tmp_database: Path) -> None:
    with Database.open(str(tmp_database)) as database:
        with database.begin() as transaction:
            transaction.create_table("events", EVENTS, chunk_rows=100)
            transaction.append("events", event_batches([250]))
        table = database.table("events")
        layout = resident_layout(table, "price", "cpu")
        before = cache.CACHE.use()
        first = [read_resident(table, index, "price", layout) for index in range(3)]
        again = [read_resident(table, index, "price", layout) for index in range(3)]
        after = cache.CACHE.use()
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert (after.misses - before.misses, after.hits - before.hits) == (3, 3)


def test_an_empty_table_has_layouts_too() -> None:
    table = transient_table("t", EVENTS, [])
    encodings = [resident_layout(table, column.name, "cpu").encoding for column in EVENTS]
    assert encodings == ["plain", "plain", "plain", "raw", "plain", "plain", "plain"]
