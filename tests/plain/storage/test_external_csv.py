"""CSV sources: dialects, headers and types from a sample, NULLs, options."""

from __future__ import annotations

import datetime
import gzip
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from gpudb.errors import DataError, OperationalError, ProgrammingError
from gpudb.storage.external.csv import CsvSource
from gpudb.storage.external.open import open_source
from gpudb.storage.external.options import CsvOptions, read_options
from gpudb.storage.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    TEXT,
    TIME,
    decimal,
    timestamp,
)
from tests.plain.storage.csv_samples import Row, message_of, rows_of, shape_of, source_of


def test_types_are_detected(tmp_path: Path) -> None:
    source = source_of(
        tmp_path,
        "n,x,b,d,t,f,m,s,e\n"
        "1,1.5,true,2024-02-29,10:00:00,10:00:00.25,2024-02-29 10:00:00.5,a,\n"
        ",2,,,,,,,\n",
    )
    assert shape_of(source) == {
        "n": BIGINT,
        "x": DOUBLE,
        "b": BOOLEAN,
        "d": DATE,
        "t": TIME,
        "f": TIME,
        "m": timestamp(6),
        "s": TEXT,
        "e": TEXT,
    }
    day = datetime.date(2024, 2, 29)
    moment = datetime.datetime(2024, 2, 29, 10, 0, 0, 500_000)
    ten, later = datetime.time(10), datetime.time(10, 0, 0, 250_000)
    assert rows_of(source) == [
        (1, 1.5, True, day, ten, later, moment, "a", None),
        (None, 2.0, *[None] * 7),
    ]
    assert rows_of(source, "s", "n") == [("a", 1), (None, None)]


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_delimiters_are_detected(tmp_path: Path, delimiter: str) -> None:
    text = 'id,note,x\n1,"a,b;c|d",1\n2,"e",2\n'
    if delimiter != ",":
        text = f"id{delimiter}note{delimiter}x\n1{delimiter}a,b{delimiter}1\n"
    source = source_of(tmp_path, text)
    assert [column.name for column in source.columns] == ["id", "note", "x"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,2\n", ["a", "b"]),
        ("1,2\n3,4\n", ["column0", "column1"]),
        ("a,b\nc,d\n", ["a", "b"]),
        ("a,a\nc,d\n", ["column0", "column1"]),
        ("a,b\n", ["a", "b"]),
        ("1,b\n", ["column0", "column1"]),
        # A bad value in row 1 is not taken for a header.
        ("a,5\n1,2\n", ["column0", "column1"]),
        ("id, ,ID\n1,2,3\n", ["id", "column1", "ID_1"]),
    ],
)
def test_headers_are_detected(tmp_path: Path, text: str, names: list[str]) -> None:
    assert [column.name for column in source_of(tmp_path, text).columns] == names


def test_a_header_can_be_given(tmp_path: Path) -> None:
    source = source_of(tmp_path, "a,b\nc,d\n", header=False)
    assert rows_of(source) == [("a", "b"), ("c", "d")]
    source = source_of(tmp_path, "1,2\n3,4\n", header=True)
    assert shape_of(source) == {"1": BIGINT, "2": BIGINT}
    assert rows_of(source) == [(3, 4)]


def test_a_target_gives_names_and_types(tmp_path: Path) -> None:
    target = {"id": INTEGER, "price": decimal(8, 2), "day": DATE, "name": TEXT}
    day = datetime.date(2024, 1, 2)
    wanted: list[Row] = [(1, Decimal("2.50"), day, "007")]
    source = source_of(tmp_path, "1,2.5,2024-01-02,007\n", target=target)
    assert shape_of(source) == target
    assert rows_of(source) == wanted
    # By name where the file names columns of the table, in whatever order and case.
    source = source_of(tmp_path, "NAME,id\n007,1\n", target=target)
    assert shape_of(source) == {"name": TEXT, "id": INTEGER}
    assert rows_of(source) == [("007", 1)]
    # By place where it names none.
    source = source_of(tmp_path, "w,x,y,z\n1,2.5,2024-01-02,007\n", target=target)
    assert shape_of(source) == target
    assert rows_of(source) == wanted


def test_a_text_target_takes_row_1_for_data(tmp_path: Path) -> None:
    source = source_of(tmp_path, "x,y\nz,w\n", target={"a": TEXT, "b": TEXT})
    assert rows_of(source) == [("x", "y"), ("z", "w")]
    source = source_of(tmp_path, "b,A\nz,w\n", target={"a": TEXT, "b": TEXT})
    assert shape_of(source) == {"b": TEXT, "a": TEXT}
    assert rows_of(source) == [("z", "w")]


def test_nulls_and_quotes(tmp_path: Path) -> None:
    text = 'n,s\n1,\n2,""\n3,\\N\n"","a ""b"" c"\n"5","x,\ny"\n'
    assert rows_of(source_of(tmp_path, text)) == [
        (1, None),
        (2, ""),
        (3, None),
        (None, 'a "b" c'),
        (5, "x,\ny"),
    ]
    source = source_of(tmp_path, "n,s\n1,-\n-,b\n", nulls="-")
    assert rows_of(source) == [(1, None), (None, "b")]
    source = source_of(tmp_path, "n,s\n1,-\nNA,\n", nulls=("-", "NA"))
    assert rows_of(source) == [(1, None), (None, "")]


def test_quotes_may_be_other_or_none(tmp_path: Path) -> None:
    assert rows_of(source_of(tmp_path, "n,s\n1,'a,b'\n", quote="'")) == [(1, "a,b")]
    assert rows_of(source_of(tmp_path, 'n,s\n1,"a\n', quoted=False)) == [(1, '"a')]
    assert rows_of(source_of(tmp_path, 'n,s\n1,"a\\"b"\n', escape="\\")) == [(1, 'a"b')]
    # A quote within an unquoted value is a character.
    text = 'n,s\n1,5" pipe\n2,"a\nb"\n3,c\n'
    assert rows_of(source_of(tmp_path, text)) == [(1, '5" pipe'), (2, "a\nb"), (3, "c")]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_marks_and_empty_lines(tmp_path: Path, ending: str) -> None:
    lines = ["", "n,s", "1,a", "", "2,b"]
    for end in ("", ending, ending * 3):
        data = b"\xef\xbb\xbf" + (ending.join(lines) + end).encode()
        source = source_of(tmp_path, data)
        assert shape_of(source) == {"n": BIGINT, "s": TEXT}
        assert rows_of(source) == [(1, "a"), (2, "b")]


def test_empty_files(tmp_path: Path) -> None:
    for text in ("", "\n\n", "\ufeff"):
        with pytest.raises(DataError, match=r"a\.csv' is empty: it has neither a header nor rows"):
            source_of(tmp_path, text)
    source = source_of(tmp_path, "a,b\n")
    assert shape_of(source) == {"a": TEXT, "b": TEXT}
    assert rows_of(source) == []


def test_a_delimiter_that_ends_each_row(tmp_path: Path) -> None:
    target = {"n": BIGINT, "s": TEXT}
    assert rows_of(source_of(tmp_path, "1|a|\n2|b|\n", target=target)) == [(1, "a"), (2, "b")]
    assert shape_of(source_of(tmp_path, "1|a|\n2|b|\n", name="a.tbl")) == {
        "column0": BIGINT,
        "column1": TEXT,
    }
    assert shape_of(source_of(tmp_path, "n,s,\n1,a,\n")) == {"n": BIGINT, "s": TEXT}


def test_dates_and_timestamps_in_a_format(tmp_path: Path) -> None:
    text = "d,t\n29/02/2024,29.02.2024 10.30\n"
    formats: dict[str, Any] = {
        "date_format": "%d/%m/%Y",
        "timestamp_format": "%d.%m.%Y %H.%M",
    }
    moment = datetime.datetime(2024, 2, 29, 10, 30)
    wanted: list[Row] = [(moment.date(), moment)]
    source = source_of(tmp_path, text, **formats)
    assert shape_of(source) == {"d": DATE, "t": timestamp(6)}
    assert rows_of(source) == wanted
    target = {"d": DATE, "t": timestamp(0)}
    assert rows_of(source_of(tmp_path, text, target=target, **formats)) == wanted
    source = source_of(tmp_path, "d\n2024-99-01\n", target={"d": DATE}, date_format="%d/%m/%Y")
    assert "the value '2024-99-01' is no DATE written as %d/%m/%Y" in message_of(source)


def test_timestamps_with_a_zone_become_utc(tmp_path: Path) -> None:
    source = source_of(tmp_path, "t\n2024-02-29T10:00:00+02:00\n2024-02-29T10:00:00Z\n")
    assert shape_of(source) == {"t": timestamp(6)}
    assert [t for (t,) in rows_of(source)] == [
        datetime.datetime(2024, 2, 29, 8),
        datetime.datetime(2024, 2, 29, 10),
    ]


def test_nanoseconds_are_kept(tmp_path: Path) -> None:
    source = source_of(tmp_path, "t\n2024-02-29T10:00:00.123456789\n")
    assert shape_of(source) == {"t": timestamp(9)}


@pytest.mark.parametrize("extension", [".csv.gz", ".tsv.gz"])
def test_compressed_files(tmp_path: Path, extension: str) -> None:
    data = gzip.compress(b"n\ts\n1\ta\n")
    source = source_of(tmp_path, data, name=f"a{extension}")
    assert rows_of(source) == [(1, "a")]
    path = tmp_path / f"broken{extension}"
    path.write_bytes(data[:12])
    with pytest.raises((OperationalError, DataError)):
        rows_of(CsvSource("broken", [str(path)], CsvOptions()))


def test_many_files_have_the_columns_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "a1.csv").write_text("n,s\n1,a\n")
    (tmp_path / "a2.csv").write_text("s,n\nb,2\n")
    source = open_source(str(tmp_path / "a*.csv"))
    assert isinstance(source, CsvSource)
    assert rows_of(source) == [(1, "a"), (2, "b")]
    (tmp_path / "a3.csv").write_text("n\n1\n")
    with pytest.raises(ProgrammingError, match=r"a3\.csv' has 1 columns but '.*a1\.csv' has 2"):
        open_source(str(tmp_path / "a*.csv"))
    (tmp_path / "a3.csv").write_text("n,z\n1,2\n")
    with pytest.raises(ProgrammingError, match=r"a3\.csv' has a column 'z' that '.*a1\.csv' has"):
        open_source(str(tmp_path / "a*.csv"))


def test_utf16_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperationalError, match="is written in UTF-16; convert it to UTF-8 first"):
        source_of(tmp_path, "a,b\n1,2\n".encode("utf-16"))


def test_progress_and_estimates(tmp_path: Path) -> None:
    rows = 300_000
    text = "n,s\n" + "".join(f"{100_000 + n},text {n % 10}\n" for n in range(rows))
    source = source_of(tmp_path, text)
    assert abs(source.row_count - rows) < rows / 100
    assert not source.is_row_count_exact
    assert source.statistics("n") is None
    seen: list[tuple[int, int | None, int, int | None]] = []
    list(source.batches(on_progress=lambda *step: seen.append(step)))
    size = os.path.getsize(source.paths[0])
    assert seen[-1] == (rows, rows, size, size)
    assert [step[2] for step in seen] == sorted(step[2] for step in seen)


def test_rows_without_columns_are_counted(tmp_path: Path) -> None:
    batches = list(source_of(tmp_path, "n,s\n1,a\n2,b\n").batches([]))
    assert [(batch.num_rows, batch.num_columns) for batch in batches] == [(2, 0)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimeter": ","}, "there is no option delimeter; did you mean delimiter?"),
        ({"delimiter": ",,"}, "the option delimiter must be one ASCII character, or tab, not ',,'"),
        ({"header": "perhaps"}, "the option header must be true or false, not 'perhaps'"),
        ({"max_reject": -1}, "the option max_reject must be a whole number that is not negative"),
        ({"source_type": "xml"}, "the option source_type must be one of delimited_file, csv,"),
        ({"null": "a", "nulls": "b"}, "the option nulls is given twice"),
        ({"delimiter": '"'}, "the delimiter '\"' is also the quote or the escape"),
    ],
)
def test_bad_options(options: dict[str, object], message: str) -> None:
    with pytest.raises(ProgrammingError) as caught:
        read_options(options)
    assert caught.value.message.startswith(message)


def test_options() -> None:
    given = {"DELIM": "tab", "header": "f", "quoted": "true", "escape": '"', "max_reject": "5"}
    assert read_options(given).csv == CsvOptions(header=False, delimiter="\t", max_reject=5)
    assert read_options({"source_type": "delimited_file"}).source_type == "csv"
    assert read_options(None).csv == CsvOptions()


def test_batches_have_the_types_of_columns(tmp_path: Path) -> None:
    target = {"d": DATE, "t": timestamp(3), "s": TEXT, "p": decimal(18, 4)}
    source = source_of(tmp_path, "2024-01-01,2024-01-01 00:00:00.5,a,1\n", target=target)
    (batch,) = source.batches()
    assert batch.schema.types == [
        pa.date32(),
        pa.timestamp("ms"),
        pa.string(),
        pa.decimal128(18, 4),
    ]
