"""Rows gathered in arrays as long as a chunk: the values of every chunk are those that came."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gpudb.storage import load, types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings import raw
from gpudb.storage.encodings.encoded import PhysicalColumn
from gpudb.storage.memory import transient_table
from gpudb.storage.rooms import Rooms, neighbours
from gpudb.storage.table import TableVersion

CHUNK_ROWS = 64
COLUMNS = (
    ColumnDefinition("a", types.BIGINT),
    ColumnDefinition("b", types.decimal(12, 2)),
    ColumnDefinition("c", types.DOUBLE),
    ColumnDefinition("d", types.DATE),
    ColumnDefinition("e", types.BOOLEAN),
    ColumnDefinition("f", types.decimal(38, 0)),
    ColumnDefinition("g", types.TEXT),
)


@pytest.fixture(autouse=True)
def every_batch_is_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MANY_ROWS", 1)
    monkeypatch.setattr(load, "SMALL_CHUNK_ROWS", 8)


def rows(count: int, seed: int) -> list[tuple[object, ...]]:
    random = np.random.default_rng(seed)
    made: list[tuple[object, ...]] = []
    for number in random.integers(-(1 << 62), 1 << 62, count).tolist():
        row = (number, Decimal(number % 10**9).scaleb(-2), number / 3, number % 20_000)
        wide = Decimal(number) * 10**18 if number % 90 == 0 else Decimal(number % 10**6)
        whole = (*row, number % 2 == 0, wide, f"s{number % 7}")
        made.append(tuple(None if (number + i) % 11 == 0 else v for i, v in enumerate(whole)))
    return made


def batches(values: list[tuple[object, ...]], sizes: list[int]) -> list[pa.RecordBatch]:
    kinds = [pa.int64(), pa.decimal128(12, 2), pa.float64(), pa.date32(), pa.bool_()]
    kinds += [pa.decimal128(38, 0), pa.string()]
    made: list[pa.RecordBatch] = []
    begin = 0
    while begin < len(values):
        part = values[begin : begin + sizes[len(made) % len(sizes)]]
        columns = zip(zip(*part, strict=True), kinds, strict=True)
        arrays = [pa.array(column, kind) for column, kind in columns]
        made.append(pa.record_batch(arrays, names=[column.name for column in COLUMNS]))
        begin += len(part)
    return made


def held(table: TableVersion) -> list[tuple[object, ...]]:
    """What the physical values and strings of all chunks say, as `expected` does."""
    columns: list[list[object]] = []
    for column in COLUMNS:
        found: list[object] = []
        for index, chunk in enumerate(table.chunks):
            if column.type.is_text:
                found += table.read_strings(index, column.name).to_pylist()
                continue
            values, nulls = chunk.read_values(column.name)
            if values.dtype.names is not None:
                pairs = zip(
                    values["high"].tolist(), values["low"].view(np.uint64).tolist(), strict=True
                )
                given = [(high << 64) + low for high, low in pairs]
            else:
                given = values.tolist()
            mask = [False] * len(given) if nulls is None else nulls.tolist()
            found += [None if is_null else v for v, is_null in zip(given, mask, strict=True)]
        columns.append(found)
    return list(zip(*columns, strict=True))


def expected(values: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [
        tuple(
            int(v.scaleb(2 if i == 1 else 0)) if isinstance(v, Decimal) else v
            for i, v in enumerate(row)
        )
        for row in values
    ]


@pytest.mark.parametrize("sizes", [[64], [16], [10], [1], [63, 2], [200], [7, 64, 130, 3]])
def test_batches_of_any_size_make_the_same_chunks(sizes: list[int]) -> None:
    values = rows(500, seed=len(sizes) + sizes[0])
    table = transient_table("t", COLUMNS, batches(values, sizes), chunk_rows=CHUNK_ROWS)
    assert [chunk.rows for chunk in table.chunks] == [64] * 7 + [52]
    assert held(table) == expected(values)


@pytest.mark.parametrize("first", [5, 40, 64, 70])
def test_rows_follow_those_of_short_chunks(first: int, tmp_database: Path) -> None:
    values = rows(400, seed=first)
    with Database.open(str(tmp_database)) as database:
        with database.begin() as transaction:
            transaction.create_table("t", COLUMNS, chunk_rows=CHUNK_ROWS)
        for part in (values[:first], values[first:]):
            with database.begin() as transaction:
                transaction.append("t", batches(part, [25]))
        assert held(database.table("t")) == expected(values)
    with Database.open(str(tmp_database)) as database:
        assert held(database.table("t")) == expected(values)


def test_a_room_serves_again_unless_a_column_holds_it() -> None:
    rooms = Rooms(4)
    given = PhysicalColumn(np.array([1, 2]))
    parts = [rooms.gathered(given), rooms.gathered(given)]
    values = neighbours([part.values for part in parts])
    assert values is not None
    assert values.tolist() == [1, 2, 1, 2]
    kept = raw.encode_as(PhysicalColumn(values), "int64", has_nulls=False)
    copied = raw.encode_as(PhysicalColumn(values), "int32", has_nulls=False)
    rooms.give_back(values, kept)
    assert rooms.gathered(given).values.base is not values.base
    rooms.give_back(values[:2], copied)  # beside a part of a room may lie another chunk's rows
    rooms.give_back(np.arange(8).view()[:4], copied)  # somebody else's
    rooms.gathered(given)
    assert rooms.gathered(given).values.base is not values.base
    rooms.give_back(values, copied)
    rooms.gathered(given)
    assert rooms.gathered(given).values.base is values.base


def test_only_what_lies_side_by_side_is_one_array() -> None:
    room, other = np.arange(8), np.arange(8)
    found = neighbours([room[2:4], room[4:5]])
    assert found is not None
    assert found.tolist() == [2, 3, 4]
    assert neighbours([room[2:4], room[5:6]]) is None
    assert neighbours([room[4:5], room[2:4]]) is None
    assert neighbours([room[2:4], other[4:5]]) is None
    assert neighbours([room, room]) is None
    assert neighbours([room[0:4:2], room[2:4]]) is None
    square = np.arange(8).reshape(4, 2).copy()
    assert neighbours([square[0], square[1]]) is None
    assert neighbours([room[:2].view(np.uint64), room[2:4]]) is None


def test_chunks_of_any_number_of_rows_take_no_room_beforehand() -> None:
    column = PhysicalColumn(np.arange(10), None)
    assert Rooms(1 << 62).gathered(column) is column
