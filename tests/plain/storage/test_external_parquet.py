"""Parquet, Arrow and in-memory sources: columns, statistics, batches, and bad files."""

from __future__ import annotations

import datetime
import decimal
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gpudb.errors import (
    DataError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from gpudb.storage.arrow import arrow_type
from gpudb.storage.external.arrow import open_data
from gpudb.storage.external.open import is_file_name, open_source
from gpudb.storage.external.source import ExternalSource
from gpudb.storage.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    TEXT,
    TIME,
    SqlType,
    timestamp,
)
from gpudb.storage.types import decimal as decimal_type

DAY = datetime.date(2024, 2, 29)
MOMENT = datetime.datetime(2024, 2, 29, 12, 30, 1, 500_000)


def example_table(rows: int = 100) -> pa.Table:
    places = range(rows)
    return pa.table(
        {
            "i": pa.array(places, pa.int32()),
            "b": pa.array([n if n % 3 else None for n in places], pa.int64()),
            "price": pa.array([decimal.Decimal(n) / 4 for n in places], pa.decimal128(10, 2)),
            "day": pa.array([DAY + datetime.timedelta(n) for n in places], pa.date32()),
            "moment": pa.array([MOMENT] * rows, pa.timestamp("us")),
            "time": pa.array([datetime.time(1, 2, 3)] * rows, pa.time64("us")),
            "name": pa.array([f"n{n % 5}" for n in places], pa.string_view()),
            "x": pa.array([n / 2 for n in places], pa.float64()),
            "flag": pa.array([n % 2 == 0 for n in places]),
        }
    )


EXAMPLE_TYPES: list[SqlType] = [
    INTEGER,
    BIGINT,
    decimal_type(10, 2),
    DATE,
    timestamp(6),
    TIME,
    TEXT,
    DOUBLE,
    BOOLEAN,
]


def read(source: ExternalSource, *names: str) -> pa.Table:
    batches = list(source.batches(names or None))
    return pa.Table.from_batches(batches)


@dataclass
class Zone:
    column: str
    minimum: int | None
    maximum: int | None


def test_parquet_columns_and_rows(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    pq.write_table(example_table(), path, row_group_size=30)
    source = open_source(path)
    assert [column.type for column in source.columns] == EXAMPLE_TYPES
    assert (source.row_count, source.is_row_count_exact) == (100, True)
    table = read(source)
    assert [field.type for field in table.schema] == [arrow_type(t) for t in EXAMPLE_TYPES]
    assert table.to_pylist() == example_table().to_pylist()
    assert read(source, "name", "i").column_names == ["name", "i"]


def test_parquet_statistics_are_physical_and_exact(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    pq.write_table(example_table(), path, row_group_size=30)
    source = open_source(path)

    def bounds(column: str) -> tuple[object, ...]:
        found = source.statistics(column)
        assert found is not None
        assert found.rows == 100
        return (found.nulls, found.minimum, found.maximum)

    first_day = (DAY - datetime.date(1970, 1, 1)).days
    moment = int(MOMENT.replace(tzinfo=datetime.UTC).timestamp() * 1_000_000)
    assert bounds("i") == (0, 0, 99)
    assert bounds("b") == (34, 1, 98)
    assert bounds("price") == (0, 0, 2475)
    assert bounds("day") == (0, first_day, first_day + 99)
    assert bounds("moment") == (0, moment, moment)
    assert bounds("time") == (0, 3_723_000_000, 3_723_000_000)
    assert bounds("flag") == (0, 0, 1)
    # A footer leaves out NaN, and TEXT has no codes yet.
    assert bounds("x") == (0, None, None)
    assert bounds("name") == (0, None, None)


def test_parquet_dictionaries_tell_distinct_texts(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    few = [f"color {n % 7}" for n in range(10_000)]
    many = [f"a long and distinct text {n}" for n in range(10_000)]
    pq.write_table(pa.table({"few": few, "many": many}), path, row_group_size=2_000)
    source = open_source(path)
    found = [source.statistics(name) for name in ("few", "many")]
    assert [statistics is not None for statistics in found] == [True, True]
    few_distinct, many_distinct = (s.distinct for s in found if s is not None)
    assert 7 <= few_distinct < 100
    assert many_distinct == 10_000


def test_parquet_without_statistics_has_no_bounds(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    pq.write_table(pa.table({"i": [1, 2]}), path, write_statistics=False)
    assert open_source(path).statistics("i") is None


def test_parquet_bounds_keep_nanoseconds(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    nanoseconds = 1_700_000_000_123_456_789
    pq.write_table(pa.table({"t": pa.array([nanoseconds], pa.timestamp("ns"))}), path)
    found = open_source(path).statistics("t")
    assert found is not None
    assert (found.minimum, found.maximum) == (nanoseconds, nanoseconds)


def test_parquet_skips_row_groups_outside_zones(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    pq.write_table(example_table(), path, row_group_size=10)
    source = open_source(path)

    def rows(*zones: Zone) -> list[int]:
        batches = list(source.batches(["i"], zones=zones))
        return [n for batch in batches for n in batch.column(0).to_pylist()]

    assert rows(Zone("i", 25, 31)) == list(range(20, 40))
    assert rows(Zone("I", 25, None), Zone("price", None, 800)) == list(range(20, 40))
    assert rows(Zone("i", 1000, None)) == []
    assert len(rows(Zone("x", 1000, None))) == 100


def test_parquet_without_columns_counts_rows(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    pq.write_table(example_table(), path, row_group_size=30)
    batches = list(open_source(path).batches([]))
    assert sum(batch.num_rows for batch in batches) == 100


def test_parquet_text_may_stay_dictionary(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    names = pa.array(["red", None, "blue"] * 100)
    pq.write_table(pa.table({"name": names}), path)
    source = open_source(path)
    (batch,) = source.batches(keep_dictionaries=True)
    assert batch.schema.types == [pa.dictionary(pa.int32(), pa.string())]
    assert batch.column(0).to_pylist() == names.to_pylist()
    assert read(source)["name"].combine_chunks() == names


def test_parquet_progress_reaches_the_end(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    pq.write_table(example_table(), path)
    seen: list[tuple[int, int | None, int, int | None]] = []
    list(open_source(path).batches(on_progress=lambda *step: seen.append(step)))
    size = os.path.getsize(path)
    assert seen[-1] == (100, 100, size, size)
    assert seen == sorted(seen)


def test_many_parquet_files(tmp_path: Path) -> None:
    for place in range(3):
        pq.write_table(pa.table({"i": [place]}), tmp_path / f"part{place}.parquet")
    (tmp_path / "_SUCCESS.parquet").write_bytes(b"")
    for path in (str(tmp_path), str(tmp_path / "part*.parquet")):
        source = open_source(path)
        assert source.row_count == 3
        assert read(source)["i"].to_pylist() == [0, 1, 2]
        found = source.statistics("i")
        assert found is not None
        assert (found.minimum, found.maximum) == (0, 2)


def test_parquet_files_of_other_columns_are_refused(tmp_path: Path) -> None:
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(pa.table({"i": [1]}), first)
    pq.write_table(pa.table({"i": ["x"]}), second)
    with pytest.raises(ProgrammingError) as caught:
        open_source(str(tmp_path))
    assert caught.value.message == (
        f"column 'i' is TEXT in '{second}' but BIGINT in '{first}'; "
        "files that are read together must have equal columns"
    )
    pq.write_table(pa.table({"j": [1]}), second)
    with pytest.raises(
        ProgrammingError, match=r"b\.parquet' has no column 'i', '.*a\.parquet' has"
    ):
        open_source(str(tmp_path))
    pq.write_table(pa.table({"i": [1], "j": [1]}), second)
    with pytest.raises(ProgrammingError, match=r"has a column 'j' that '.*a\.parquet' has not"):
        open_source(str(tmp_path))


def test_no_such_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OperationalError) as caught:
        open_source(str(tmp_path / "no.parquet"))
    assert caught.value.message == (f"there is no file '{tmp_path / 'no.parquet'}'; check the path")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OperationalError) as caught:
        open_source("no.parquet")
    assert caught.value.message == (
        f"there is no file 'no.parquet' in the folder '{tmp_path}'; check the path"
    )
    with pytest.raises(OperationalError) as caught:
        open_source("*.parquet")
    assert caught.value.message == (f"no file matches '*.parquet' (from the folder '{tmp_path}')")
    with pytest.raises(OperationalError, match=r"holds no file \.parquet or \.parq or \.pq"):
        open_source(str(tmp_path))


def test_a_file_that_is_not_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("i,j\n1,2\n")
    with pytest.raises(OperationalError) as caught:
        open_source(str(path))
    assert caught.value.message == (
        f"'{path}' is not a Parquet file: it does not begin with the bytes PAR1; rename it to "
        "what it is (.csv, .arrow) or give WITH (source_type = 'csv')"
    )
    assert read(open_source(str(path), {"source_type": "csv"})).to_pylist() == [{"i": 1, "j": 2}]
    path.write_bytes(b"")
    with pytest.raises(OperationalError, match="is not a Parquet file"):
        open_source(str(path))


def test_a_truncated_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(example_table(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:1000])
    with pytest.raises(OperationalError) as caught:
        open_source(str(path))
    assert caught.value.message == (
        f"'{path}' is truncated: the Parquet footer is missing after 1,000 bytes; "
        "copy or write the file again"
    )
    # The footer is whole but the pages before it are gone.
    path.write_bytes(whole[:4] + whole[400:])
    with pytest.raises(OperationalError, match=r"cannot read '.*', the file is damaged"):
        read(open_source(str(path)))


def test_nested_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"l": [[[1]], [[2]]]}), path)
    with pytest.raises(NotSupportedError, match=r"'.*a\.parquet', column 'l': the Arrow type list"):
        open_source(str(path))


def test_file_names() -> None:
    assert is_file_name("a.parquet")
    assert is_file_name("data/a")
    assert is_file_name("A.CSV.GZ")
    assert not is_file_name("lineitem")


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_arrow_files(tmp_path: Path, compression: str | None) -> None:
    path = tmp_path / "a.arrow"
    table = example_table().drop_columns(["name"]).append_column("name", pa.array(["x"] * 100))
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_file(path, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=30)
    source = open_source(str(path))
    assert (source.row_count, source.is_row_count_exact) == (100, True)
    assert read(source).equals(table)
    assert read(source, "day").column_names == ["day"]


def test_arrow_streams_in_files(tmp_path: Path) -> None:
    path = tmp_path / "a.arrows"
    with pa.ipc.new_stream(path, pa.schema([("i", pa.int64())])) as writer:
        writer.write_table(pa.table({"i": [1, 2]}))
    source = open_source(str(path))
    assert not source.is_row_count_exact
    assert read(source)["i"].to_pylist() == [1, 2]


def test_bad_arrow_files(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    path.write_text("hello")
    with pytest.raises(OperationalError, match=r"a\.arrow' is not an Arrow file"):
        open_source(str(path))
    with pa.ipc.new_file(path, example_table().schema) as writer:
        writer.write_table(example_table())
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(OperationalError, match=r"a\.arrow' is truncated: the Arrow footer"):
        open_source(str(path))
    other = tmp_path / "a.unknown"
    other.write_text("hello")
    with pytest.raises(OperationalError, match=r"cannot tell what '.*a\.unknown' is"):
        open_source(str(other))


def test_tables_and_frames() -> None:
    rows = [{"i": 1, "s": "a"}, {"i": 2, "s": None}]
    frame = pd.DataFrame({"i": [1, 2], "s": ["a", None]}, index=[7, 8])
    table = pa.Table.from_pylist(rows)
    for data in (table, table.to_batches()[0], frame, pl.DataFrame(rows)):
        source = open_data("data", data)
        assert [column.type for column in source.columns] == [BIGINT, TEXT]
        assert (source.row_count, source.is_row_count_exact) == (2, True)
        assert read(source).to_pylist() == rows
        assert read(source).to_pylist() == rows


def test_an_object_with_an_arrow_stream() -> None:
    class Stream:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return pa.table({"i": [1]}).__arrow_c_stream__(requested_schema)

    assert read(open_data("stream", Stream())).to_pylist() == [{"i": 1}]


def test_a_reader_is_read_once() -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"i": [1, 2]})

    schema = pa.schema([("i", pa.int64())])
    source = open_data("reader", pa.RecordBatchReader.from_batches(schema, batches()))
    assert read(source)["i"].to_pylist() == [1, 2]
    with pytest.raises(ProgrammingError, match="stream of record batches that has been read"):
        read(source)


def test_objects_that_hold_no_rows() -> None:
    with pytest.raises(InterfaceError, match=r"cannot read rows from a builtins\.int"):
        open_data("number", 5)
    with pytest.raises(InterfaceError, match="'frame' cannot become Arrow data"):
        open_data("frame", pd.DataFrame({"a": [1, "x"]}))


def test_two_columns_of_one_name() -> None:
    with pytest.raises(ProgrammingError, match="two columns of one name: 'a' and 'A'"):
        open_data("table", pa.table({"a": [1], "A": [2]}))


def test_dictionaries_and_odd_types_are_cast() -> None:
    table = pa.table(
        {
            "s": pa.array(["a", None, "a"]).dictionary_encode(),
            "u": pa.array([1, 2, 4_000_000_000], pa.uint32()),
            "z": pa.array([0, 1, None], pa.timestamp("ms", "Europe/Paris")),
        }
    )
    source = open_data("table", table)
    assert [c.type for c in source.columns] == [TEXT, BIGINT, timestamp(3)]
    assert read(source)["z"].to_pylist()[0] == datetime.datetime(1970, 1, 1)
    assert read(source)["s"].to_pylist() == ["a", None, "a"]


def test_dates_of_milliseconds_must_be_whole_days() -> None:
    half_day = pa.Array.from_buffers(
        pa.date64(), 1, [None, pa.py_buffer((43_200_000).to_bytes(8, "little"))]
    )
    with pytest.raises(DataError, match=r"'table', column 'd', row 1: the value .* does not fit"):
        read(open_data("table", pa.table({"d": half_day})))
