"""COPY TO: files of each kind, read back as the same values, and what can go wrong."""

from __future__ import annotations

import datetime
import gzip
import os
import resource
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gpudb.errors import DataError, NotSupportedError, OperationalError, ProgrammingError
from gpudb.export import copy_to
from gpudb.storage.external.open import open_source
from gpudb.storage.external.source import SourceColumn
from gpudb.storage.types import BIGINT, BOOLEAN, DATE, DOUBLE, TEXT, decimal, timestamp

TABLE = pa.table(
    {
        "n": pa.array([1, None, -3], pa.int64()),
        "p": pa.array([Decimal("1.50"), None, Decimal("0.01")], pa.decimal128(10, 2)),
        "x": pa.array([0.1, None, 1e300], pa.float64()),
        "b": pa.array([True, None, False]),
        "d": pa.array([datetime.date(2024, 2, 29), None, datetime.date(1, 1, 1)]),
        "t": pa.array([datetime.datetime(2024, 2, 29, 1, 2, 3, 4), None, None]),
        "s": pa.array(['a,"b"\nc', None, ""]),
        "u": pa.array(["\\N", "plain", "caf\u00e9"]),
    }
)
COLUMNS = [
    SourceColumn("n", BIGINT),
    SourceColumn("p", decimal(10, 2)),
    SourceColumn("x", DOUBLE),
    SourceColumn("b", BOOLEAN),
    SourceColumn("d", DATE),
    SourceColumn("t", timestamp(6)),
    SourceColumn("s", TEXT),
    SourceColumn("u", TEXT),
]


def write(path: Path, table: pa.Table = TABLE, **options: object) -> int:
    return copy_to(table.to_batches(max_chunksize=2), table.schema, str(path), options)


def read(path: Path, **options: object) -> pa.Table:
    source = open_source(str(path), options, COLUMNS)
    return pa.Table.from_batches(list(source.batches()))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.parquet", {}),
        ("a.parquet", {"compression": "zstd", "row_group_rows": 2}),
        ("a.arrow", {}),
        ("a.feather", {"compression": "lz4"}),
        ("a.csv", {}),
        ("a.csv.gz", {}),
        ("a.tsv", {}),
        ("a.csv", {"header": False, "delimiter": "|"}),
        ("a.csv", {"delimiter": "-"}),
        ("a.csv", {"quote": "'"}),
    ],
)
def test_what_is_written_reads_back(tmp_path: Path, name: str, options: dict[str, object]) -> None:
    path = tmp_path / name
    assert write(path, **options) == 3
    reading = {key: options[key] for key in ("delimiter", "header", "quote") if key in options}
    assert read(path, **reading).to_pylist() == TABLE.to_pylist()
    assert os.listdir(tmp_path) == [name]


def test_the_text_of_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write(path)
    assert path.read_text() == (
        "n,p,x,b,d,t,s,u\n"
        '1,1.50,0.1,true,2024-02-29,2024-02-29 01:02:03.000004,"a,""b""\nc","\\N"\n'
        ",,,,,,,plain\n"
        '-3,0.01,1e+300,false,0001-01-01,,"",caf\u00e9\n'
    )
    write(path, TABLE.select(["n"]))
    assert path.read_text() == "n\n1\n\\N\n-3\n"
    write(path, TABLE.select(["n", "s"]), nulls="NULL")
    assert path.read_text() == 'n,s\n1,"a,""b""\nc"\nNULL,NULL\n-3,""\n'
    write(tmp_path / "a.txt", TABLE.select(["n"]), file_type="csv", compression="gzip")
    assert gzip.decompress((tmp_path / "a.txt").read_bytes()) == b"n\n1\n\\N\n-3\n"


def test_parquet_options(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write(path, compression="zstd", row_group_rows=2)
    footer = pq.read_metadata(path)
    assert footer.num_row_groups == 2
    assert footer.row_group(0).column(0).compression == "ZSTD"
    write(path, compression="none")
    assert pq.read_metadata(path).row_group(0).column(0).compression == "UNCOMPRESSED"


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.arrow"])
def test_no_rows(tmp_path: Path, name: str) -> None:
    assert write(tmp_path / name, TABLE.slice(0, 0)) == 0
    assert open_source(str(tmp_path / name), None, COLUMNS).row_count == 0


def test_values_that_need_quotes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(DataError, match=r"column 's': the value 'a,\"b\"\\nc' cannot be written"):
        write(path, quoted=False)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.xyz", {}, "cannot tell how to write"),
        ("a.csv", {"compression": "zstd"}, "csv files have no compression zstd; there are none,"),
        (
            "a.csv",
            {"compresion": "zstd"},
            "there is no option compresion; did you mean compression",
        ),
        ("a.csv", {"delimiter": "ab"}, "the option delimiter must be one character, or tab"),
        ("a.csv", {"header": "maybe"}, "the option header must be true or false"),
        ("a.parquet", {"row_group_rows": 0}, "must be a whole number above 0"),
        ("a.csv", {"file_type": "xlsx"}, "the option file_type must be one of parquet, arrow, csv"),
    ],
)
def test_bad_options(tmp_path: Path, name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(ProgrammingError, match=message):
        write(tmp_path / name, **options)
    assert os.listdir(tmp_path) == []


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "no"
    with pytest.raises(OperationalError) as caught:
        write(folder / "a.csv")
    assert caught.value.message == (
        f"cannot write '{folder / 'a.csv'}': there is no folder '{folder}'; make it"
    )
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(OperationalError, match="it is a folder; name a file in it"):
        write(tmp_path / "a.csv")
    with pytest.raises(OperationalError, match=r"cannot write '/proc/a\.csv': .*nothing was"):
        write(Path("/proc/a.csv"))


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.arrow"])
def test_a_full_disk_keeps_the_old_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("old")
    numbers = pa.table({"n": list(range(100_000))})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OperationalError) as caught:
            write(path, numbers)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.message == (
        f"cannot write '{path}': the disk is full or a limit is reached (File too large); "
        "nothing was written"
    )
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == [name]


def test_a_query_that_fails_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def batches() -> Iterator[pa.RecordBatch]:
        yield TABLE.to_batches()[0]
        raise DataError("division by zero")

    with pytest.raises(DataError, match="division by zero"):
        copy_to(batches(), TABLE.schema, str(path))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_a_type_that_a_format_lacks(tmp_path: Path) -> None:
    months = pa.table({"i": pa.array([(1, 0, 0)], pa.month_day_nano_interval())})
    with pytest.raises(NotSupportedError, match=r"cannot write '.*a\.parquet' as parquet"):
        write(tmp_path / "a.parquet", months)
    assert os.listdir(tmp_path) == []
