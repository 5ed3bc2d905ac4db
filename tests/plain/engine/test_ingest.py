"""Loading into tables: COPY FROM, CREATE TABLE AS, frames and rows, matching and checked casts."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gpudb import ingest
from gpudb.errors import DataError, Error, NotSupportedError, OperationalError, ProgrammingError
from gpudb.storage.arrow import to_arrow, to_arrow_text
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import EncodingRequest
from gpudb.storage.external.open import open_source
from gpudb.storage.external.source import SourceColumn
from gpudb.storage.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    INTEGER,
    INTERVAL_TIME,
    NULL,
    SMALLINT,
    TEXT,
    TIME,
    SqlType,
    decimal,
    timestamp,
)

Row = tuple[object, ...]
DAY = datetime.date(2024, 2, 29)


@pytest.fixture
def database() -> Iterator[Database]:
    with Database.open(None) as opened:
        yield opened


def make(database: Database, table_name: str = "t", /, **columns: SqlType) -> None:
    with database.begin() as transaction:
        transaction.create_table(table_name, [ColumnDefinition(n, t) for n, t in columns.items()])


def rows_of(database: Database, name: str = "t") -> list[Row]:
    table = database.table(name)
    rows: list[Row] = []
    for index, chunk in enumerate(table.chunks):
        columns: list[list[object]] = []
        for column in table.columns:
            if column.type.is_text and not table.is_dictionary(column.name):
                array = table.read_strings(index, column.name)
            else:
                values = chunk.read_values(column.name)
                if column.type.is_text:
                    strings = table.dictionary(column.name).strings
                    array = to_arrow_text(values.values, values.nulls, strings)
                else:
                    array = to_arrow(values.values, values.nulls, column.type)
            columns.append(array.to_pylist())
        rows += zip(*columns, strict=True)
    return rows


def failure(database: Database, data: object, **options: object) -> str:
    """Load into t, which must fail and change nothing, and return the message."""
    before = rows_of(database)
    with pytest.raises(Error) as caught, database.begin() as transaction:
        ingest.load(transaction, "t", data, **options)  # type: ignore[arg-type]
    assert rows_of(database) == before
    return caught.value.message


def test_copy_from_csv_and_parquet(database: Database, tmp_path: Path) -> None:
    make(database, id=INTEGER, price=decimal(8, 2), day=DATE, name=TEXT)
    csv = tmp_path / "a.csv"
    csv.write_text("1,2.5,2024-02-29,a\n2,,,\n")
    parquet = tmp_path / "a.parquet"
    pq.write_table(pa.table({"NAME": ["b"], "id": pa.array([3], pa.int64())}), parquet)
    steps: list[tuple[int, int | None, int, int | None]] = []
    with database.begin() as transaction:
        progress = steps.append
        assert ingest.copy_from(transaction, "T", str(csv)) == 2
        assert (
            ingest.copy_from(
                transaction, "t", str(parquet), on_progress=lambda *step: progress(step)
            )
            == 1
        )
    assert rows_of(database) == [
        (1, Decimal("2.50"), DAY, "a"),
        (2, None, None, None),
        (3, None, None, "b"),
    ]
    assert steps[-1][:2] == (1, 1)


def test_a_bad_row_undoes_the_whole_copy(database: Database, tmp_path: Path) -> None:
    make(database, n=INTEGER)
    path = tmp_path / "a.csv"
    path.write_text("n\n1\n2\nthree\n4\n")
    with pytest.raises(DataError) as caught, database.begin() as transaction:
        ingest.copy_from(transaction, "t", str(path))
    assert caught.value.message == (
        f"'{path}', line 4, column 'n': the value 'three' does not fit INTEGER; "
        "nothing was loaded (WITH (max_reject = n) skips such rows)"
    )
    assert rows_of(database) == []
    assert database.find_table("t_rejects") is None


def test_rejects_are_kept_in_a_table(database: Database, tmp_path: Path) -> None:
    make(database, n=INTEGER)
    path = tmp_path / "a.csv"
    path.write_text("n\n1\ntwo\n3\n4,5\n")
    for _ in range(2):
        with database.begin() as transaction:
            assert ingest.copy_from(transaction, "t", str(path), {"max_reject": 2}) == 2
    assert rows_of(database) == [(1,), (3,), (1,), (3,)]
    rejects = rows_of(database, "t_rejects")
    assert rejects[:2] == [
        (str(path), 3, "n", "two", "does not fit INTEGER", "two"),
        (str(path), 5, None, None, "the row has 2 values where 1 are expected", "4,5"),
    ]
    assert rejects[2:] == rejects[:2]
    with pytest.raises(DataError, match="more than max_reject = 1"), database.begin() as writing:
        ingest.copy_from(writing, "t", str(path), {"max_reject": 1})
    assert len(rows_of(database)) == 4
    assert len(rows_of(database, "t_rejects")) == 4


def test_rejects_need_their_name(database: Database, tmp_path: Path) -> None:
    make(database, n=INTEGER)
    make(database, "t_rejects", n=INTEGER)
    path = tmp_path / "a.csv"
    path.write_text("n\n1\n")
    message = "'t_rejects', which exists with other columns"
    with pytest.raises(ProgrammingError, match=message), database.begin() as transaction:
        ingest.copy_from(transaction, "t", str(path), {"max_reject": 1})


def test_copy_from_what_is_not_there(database: Database, tmp_path: Path) -> None:
    make(database, n=INTEGER)
    with pytest.raises(OperationalError, match="there is no file"), database.begin() as writing:
        ingest.copy_from(writing, "t", str(tmp_path / "no.csv"))
    with pytest.raises(ProgrammingError), database.begin() as writing:
        ingest.copy_from(writing, "u", str(tmp_path / "no.csv"))
    with pytest.raises(ProgrammingError, match="did you mean header"), database.begin() as writing:
        ingest.copy_from(writing, "t", str(tmp_path / "no.csv"), {"heder": True})


def test_csv_with_more_columns_than_the_table(database: Database, tmp_path: Path) -> None:
    make(database, n=INTEGER, m=INTEGER)
    path = tmp_path / "a.csv"
    path.write_text("1,2,3\n")
    with pytest.raises(ProgrammingError) as caught, database.begin() as transaction:
        ingest.copy_from(transaction, "t", str(path))
    assert caught.value.message == (
        f"'{path}' has 3 columns and table 't' 2: no column 'column2' in the table"
    )


def test_create_table_from_a_file(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"i": [1, None], "s": ["a", "b"], "x": [1.5, None], "d": [DAY, None]})
    pq.write_table(table, path)
    with database.begin() as transaction:
        assert ingest.create_table_from(transaction, "t", open_source(str(path))) == 2
    columns = database.table("t").columns
    assert [(c.name, c.type) for c in columns] == [
        ("i", BIGINT),
        ("s", TEXT),
        ("x", DOUBLE),
        ("d", DATE),
    ]
    assert rows_of(database) == [(1, "a", 1.5, DAY), (None, "b", None, None)]


def test_create_table_as(database: Database) -> None:
    columns = [SourceColumn("total", decimal(38, 2)), SourceColumn("nothing", NULL)]
    batch = pa.record_batch(
        [pa.array([Decimal("12.50")], pa.decimal128(38, 2)), pa.nulls(1)],
        names=["total", "nothing"],
    )
    with database.begin() as transaction:
        assert ingest.create_table_as(transaction, "t", columns, [batch]) == 1
    assert [c.type for c in database.table("t").columns] == [decimal(38, 2), INTEGER]
    assert rows_of(database) == [(Decimal("12.50"), None)]
    wide = pa.record_batch(
        [pa.array([Decimal(10**20)], pa.decimal128(38, 2)), pa.nulls(1)],
        names=["total", "nothing"],
    )
    with database.begin() as transaction:
        assert ingest.create_table_as(transaction, "wide", columns, [batch, wide]) == 2
    kept = [chunk.read_values("total") for chunk in database.table("wide").chunks]
    assert [len(values) for values in kept] == [2]
    message = "column 'i': INTERVAL DAY TO SECOND cannot be stored"
    with pytest.raises(NotSupportedError, match=message), database.begin() as transaction:
        ingest.create_table_as(transaction, "u", [SourceColumn("i", INTERVAL_TIME)], [])


def test_frames_are_matched_by_name_or_place(database: Database) -> None:
    make(database, id=INTEGER, name=TEXT)
    frame = pd.DataFrame({"Name": ["a", None], "id": [1, 2]})
    with database.begin() as transaction:
        assert ingest.load(transaction, "t", frame) == 2
        assert ingest.load(transaction, "t", pl.DataFrame({"x": [3], "y": ["c"]})) == 1
        assert ingest.load(transaction, "t", pa.table({"name": ["d"]})) == 1
        assert ingest.load(transaction, "t", pa.table({"x": [5]})) == 1
    assert rows_of(database) == [(1, "a"), (2, None), (3, "c"), (None, "d"), (5, None)]
    assert failure(database, pa.table({"id": [1], "nam": ["b"]})) == (
        "'data for t' has 2 columns and table 't' 2: no column 'nam' in the table; "
        "did you mean 'name'?"
    )
    assert failure(database, pa.table({"a": [1], "b": ["b"], "c": [1], "d": [2]})) == (
        "'data for t' has 4 columns and table 't' 2: no columns 'c', 'd' in the table"
    )


def test_text_forced_raw_takes_dictionaries(database: Database) -> None:
    raw = ColumnDefinition("s", TEXT, encoding=EncodingRequest("NONE"))
    with database.begin() as transaction:
        transaction.create_table("t", [raw])
        ingest.load(transaction, "t", pa.table({"s": pa.array(["a", None]).dictionary_encode()}))
    assert rows_of(database) == [("a",), (None,)]


@pytest.mark.parametrize(
    ("type_", "value", "shown"),
    [
        (SMALLINT, 40_000, "40000"),
        (INTEGER, 1.5, "1.5"),
        (INTEGER, float("nan"), "nan"),
        (INTEGER, Decimal("1.5"), "1.5"),
        (decimal(4, 2), 100, "100"),
        (decimal(4, 2), 0.125, "0.125"),
        (decimal(4, 2), Decimal("0.125"), "0.125"),
        (decimal(4, 2), 1e300, "1e+300"),
        (BOOLEAN, 2, "2"),
        (DATE, datetime.datetime(2024, 2, 29, 1), "2024-02-29 01:00:00"),
        (DATE, "2024-02-30", "'2024-02-30'"),
        (FLOAT, 1e300, "1e+300"),
        (DOUBLE, (1 << 53) + 1, "9007199254740993"),
        (timestamp(0), datetime.datetime(2024, 2, 29, 1, 1, 1, 5), "2024-02-29 01:01:01.000005"),
    ],
)
def test_values_that_do_not_fit(
    database: Database, type_: SqlType, value: object, shown: str
) -> None:
    make(database, v=type_)
    assert failure(database, pa.table({"v": pa.array([None, value])})) == (
        f"table 't', column 'v', row 2: the value {shown} does not fit {type_}"
    )
    assert failure(database, [(None,), (value,)]).startswith("table 't', column 'v', row 2: ")


def test_values_that_fit_another_type(database: Database) -> None:
    make(
        database, n=SMALLINT, p=decimal(6, 2), x=DOUBLE, f=FLOAT, b=BOOLEAN, d=DATE, m=timestamp(3)
    )
    moment = datetime.datetime(2024, 2, 29)
    rows: list[Row] = [
        (1, 2, 3, 0.1, 1, DAY, DAY),
        (1.0, 2.25, Decimal("0.5"), 1, False, moment, moment),
        (Decimal(1), Decimal("1.5"), 1, None, None, "2024-02-29", "2024-02-29 00:00:00"),
    ]
    for row in rows:
        with database.begin() as transaction:
            ingest.load(transaction, "t", [row])
    loaded = rows_of(database)
    assert loaded[0][:3] == (1, Decimal("2.00"), 3.0)
    assert loaded[0][4:] == (True, DAY, moment)
    assert loaded[1] == (1, Decimal("2.25"), 0.5, 1.0, False, DAY, moment)
    assert loaded[2] == (1, Decimal("1.50"), 1.0, None, None, DAY, moment)


def test_python_rows(database: Database) -> None:
    make(database, n=BIGINT, p=decimal(6, 2), s=TEXT, t=TIME)
    noon = datetime.time(12)
    with database.begin() as transaction:
        assert ingest.load(transaction, "t", [(1, 2, "a", noon), [None] * 4]) == 2
        assert ingest.load(transaction, "t", [("b", 2)], columns=["S", "n"]) == 1
        assert ingest.load(transaction, "t", [{"s": "c"}, {"N": 3}]) == 2
        # Values of several Python types in one column.
        mixed = [(1, Decimal("1.5"), "a", None), (2, 1, None, noon), (3, 0.5, "b", None)]
        assert ingest.load(transaction, "t", mixed) == 3
        assert ingest.load(transaction, "t", []) == 0
    assert rows_of(database) == [
        (1, Decimal(2), "a", noon),
        (None, None, None, None),
        (2, None, "b", None),
        (None, None, "c", None),
        (3, None, None, None),
        (1, Decimal("1.5"), "a", None),
        (2, Decimal(1), None, noon),
        (3, Decimal("0.5"), "b", None),
    ]


def test_bad_python_rows(database: Database) -> None:
    make(database, n=BIGINT, s=TEXT)
    assert failure(database, [(1, "a"), (2,)]) == (
        "row 2 for table 't' has 1 values where 2 are expected"
    )
    assert failure(database, ["ab"]) == "row 1 for table 't' is no sequence: 'ab'"
    assert failure(database, [(1, "a"), (1 << 70, "b")]).endswith(
        f"row 2: the value {1 << 70} does not fit BIGINT"
    )
    assert "no column 'm'" in failure(database, [{"m": 1}])
    assert "no column 'm'" in failure(database, [(1,)], columns=["m"])
    assert "row 1: the value <object" in failure(database, [(object(), "a")])


def test_rows_are_numbered_over_batches(database: Database) -> None:
    make(database, n=SMALLINT)
    values = pa.array([1] * 70_000 + [1 << 20])
    assert failure(database, pa.table({"n": values})) == (
        "table 't', column 'n', row 70001: the value 1048576 does not fit SMALLINT"
    )
