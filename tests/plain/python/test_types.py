"""Every type, with its extremes and NULL, on every way in and out, and of results without rows."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import gpudb

LEAST_DATE, GREATEST_DATE = datetime.date(1, 1, 1), datetime.date(9999, 12, 31)
LEAST, GREATEST = datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59)
DIGITS = Decimal("9" * 28 + "." + "9" * 10)

# SQL type, Arrow type, values: all in one table, whose last row is NULL everywhere.
TYPES: tuple[tuple[str, pa.DataType, list[Any]], ...] = (
    ("BOOLEAN", pa.bool_(), [True, False, True]),
    ("TINYINT", pa.int8(), [-128, 0, 127]),
    ("SMALLINT", pa.int16(), [-(1 << 15), 0, (1 << 15) - 1]),
    ("INTEGER", pa.int32(), [-(1 << 31), 0, (1 << 31) - 1]),
    ("BIGINT", pa.int64(), [-(1 << 63), 0, (1 << 63) - 1]),
    ("FLOAT", pa.float32(), [-math.inf, 0.5, math.nan]),
    ("DOUBLE", pa.float64(), [5e-324, -0.0, 1.7976931348623157e308]),
    (
        "DECIMAL(9, 2)",
        pa.decimal128(9, 2),
        [Decimal("-9999999.99"), Decimal("0.00"), Decimal("1.10")],
    ),
    ("DECIMAL(18, 0)", pa.decimal128(18, 0), [Decimal(-(10**18) + 1), Decimal(0), Decimal(7)]),
    ("DECIMAL(38, 10)", pa.decimal128(38, 10), [DIGITS.copy_negate(), Decimal("1e-10"), DIGITS]),
    ("DATE", pa.date32(), [LEAST_DATE, datetime.date(1969, 12, 31), GREATEST_DATE]),
    (
        "TIME",
        pa.time64("us"),
        [datetime.time(), datetime.time(1, 2, 3, 4), datetime.time(23, 59, 59)],
    ),
    (
        "TIMESTAMP(0)",
        pa.timestamp("s"),
        [LEAST, datetime.datetime(1969, 12, 31, 23, 59, 59), GREATEST],
    ),
    (
        "TIMESTAMP(3)",
        pa.timestamp("ms"),
        [LEAST, datetime.datetime(2024, 2, 29, 1, 2, 3, 4000), GREATEST],
    ),
    (
        "TIMESTAMP(6)",
        pa.timestamp("us"),
        [LEAST, datetime.datetime(2024, 2, 29, 1, 2, 3, 4), GREATEST],
    ),
    (
        "TIMESTAMP(9)",
        pa.timestamp("ns"),
        [datetime.datetime(1900, 1, 1, 0, 0, 0, 1), GREATEST.replace(2200), LEAST.replace(1970)],
    ),
    ("TEXT", pa.string(), ["", "naïve 🙂", "a\x00b\n'\""]),
    ("INTEGER[]", pa.list_(pa.int32()), [[], [1, None, -(1 << 31)], [7]]),
    ("TEXT[]", pa.list_(pa.string()), [["", None, 'é,{}"'], [], ["NULL"]]),
    ("DOUBLE[]", pa.list_(pa.float64()), [[0.1, math.inf], [None], []]),
    (
        "DECIMAL(38, 10)[]",
        pa.list_(pa.decimal128(38, 10)),
        [[DIGITS, None], [], [Decimal("1e-10")]],
    ),
    ("DATE[]", pa.list_(pa.date32()), [[GREATEST_DATE], [None], []]),
    ("BOOLEAN[]", pa.list_(pa.bool_()), [[True, None, False], [], [True]]),
)
NAMES = [f"c{place}" for place in range(len(TYPES))]
COLUMNS = [[*values, None] for _, _, values in TYPES]
ROWS = list(zip(*COLUMNS, strict=True))
TABLE = pa.table([pa.array(c, t[1]) for c, t in zip(COLUMNS, TYPES, strict=True)], names=NAMES)


class Capsule:
    """Data that speaks nothing but Arrow's PyCapsule protocol."""

    def __init__(self, data: pa.Table) -> None:
        self._data = data

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._data.__arrow_c_stream__(requested_schema)


@pytest.fixture(scope="module")
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect() as connection:
        yield connection


def rows_of(cursor: gpudb.Cursor) -> list[tuple[str, ...]]:
    """Return rows as texts, which tell NaN, -0.0 and digits."""
    return [tuple(repr(value) for value in row) for row in cursor.fetchall()]


def make(connection: gpudb.Connection, name: str) -> None:
    columns = ", ".join(f"{n} {t[0]}" for n, t in zip(NAMES, TYPES, strict=True))
    connection.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")


def by_parameters(connection: gpudb.Connection) -> None:
    marks = ", ".join("?" for _ in NAMES)
    connection.cursor().executemany(f"INSERT INTO given VALUES ({marks})", ROWS)


def by_statements(connection: gpudb.Connection) -> None:
    """Insert row by row: each value is a literal of the statement. Empty lists need a cast."""
    marks = ", ".join(f"CAST(? AS {t[0]})" for t in TYPES)
    for row in ROWS:
        values = ["{}" if value == [] else "{NULL}" if value == [None] else value for value in row]
        connection.execute(f"INSERT INTO given SELECT {marks}", values)


def by_appender(connection: gpudb.Connection) -> None:
    with connection.appender("given") as appender:
        for row in ROWS:
            appender.append_row(*row)


WAYS_IN: dict[str, Callable[[gpudb.Connection], object]] = {
    "parameters": by_parameters,
    "statements": by_statements,
    "Arrow": lambda c: c.cursor().adbc_ingest("given", TABLE, mode="append"),
    "capsule": lambda c: c.cursor().adbc_ingest("given", Capsule(TABLE), mode="append"),
    "polars": lambda c: c.load_table("given", pl.DataFrame(TABLE)),
    "rows": lambda c: c.load_table_rowwise("given", ROWS),
    "appender": by_appender,
}


@pytest.mark.parametrize("way", WAYS_IN)
def test_values_survive_every_way_in(way: str, connection: gpudb.Connection) -> None:
    make(connection, "given")
    WAYS_IN[way](connection)
    cursor = connection.execute("SELECT * FROM given")
    assert rows_of(cursor) == [tuple(map(repr, row)) for row in ROWS]
    found = connection.execute("SELECT * FROM given").fetch_arrow_table()
    assert found.schema.types == TABLE.schema.types
    assert repr(found.to_pydict()) == repr(TABLE.to_pydict())


@pytest.fixture(scope="module")
def stored(connection: gpudb.Connection) -> gpudb.Connection:
    make(connection, "stored")
    connection.cursor().adbc_ingest("stored", TABLE, mode="append")
    return connection


def test_values_survive_every_way_out(stored: gpudb.Connection) -> None:
    wanted = repr(TABLE.to_pydict())

    def run(where: str = "TRUE") -> gpudb.Cursor:
        return stored.execute(f"SELECT * FROM stored WHERE {where}")

    assert repr(pa.Table.from_batches(run().fetch_record_batch(2)).to_pydict()) == wanted
    assert repr(pa.table(run()).to_pydict()) == wanted
    polars = run().fetch_polars()
    assert polars.schema["c9"] == pl.Decimal(38, 10)
    assert repr(polars.to_arrow().select(NAMES).cast(TABLE.schema).to_pydict()) == wanted
    assert polars.equals(pl.DataFrame(run()), null_equal=True)
    frame = run().fetch_df()
    assert list(frame.columns) == NAMES
    assert frame["c4"].isna().tolist() == [False, False, False, True]
    assert frame["c9"].tolist() == COLUMNS[9]
    assert frame["c17"][1].tolist()[0] == 1
    arrays = run().fetchnumpy()
    assert arrays["c4"].tolist() == COLUMNS[4]
    assert arrays["c4"].dtype == np.int64
    assert arrays["c16"].tolist() == COLUMNS[16]
    # What a frame was made of comes back as it was.
    again = stored.cursor().adbc_ingest("again", frame.drop(columns=["c15"]), mode="create")
    assert again == len(ROWS)
    assert stored.execute("SELECT max(c9), min(c10) FROM again").fetchall() == [
        (DIGITS, LEAST_DATE)
    ]


def test_results_without_rows_have_the_types(stored: gpudb.Connection) -> None:
    def run() -> gpudb.Cursor:
        return stored.execute("SELECT * FROM stored WHERE c4 = 5")

    assert run().fetchall() == []
    assert run().fetch_arrow_table().schema.types == TABLE.schema.types
    assert run().fetch_record_batch().read_all().schema.types == TABLE.schema.types
    assert pa.table(run()).schema.types == TABLE.schema.types
    assert run().fetch_polars().schema == pl.DataFrame(TABLE).schema
    assert list(run().fetch_df().columns) == NAMES
    assert [len(array) for array in run().fetchnumpy().values()] == [0] * len(NAMES)
    assert [str(column[1]) for column in run().description or ()][:3] == [t[0] for t in TYPES[:3]]
    stored.cursor().adbc_ingest("empty", run().fetch_arrow_table(), mode="replace")
    assert stored.execute("SELECT count(*) FROM empty").fetchall() == [(0,)]


def one(connection: gpudb.Connection, value: object) -> tuple[str, object]:
    cursor = connection.execute("SELECT ? AS v", (value,))
    assert cursor.description is not None
    return str(cursor.description[0][1]), cursor.fetchall()[0][0]


ZONE = datetime.timezone(datetime.timedelta(hours=2))
MOMENT = datetime.datetime(2024, 1, 1)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.int64(4), ("INTEGER", 4)),
        (np.float32(1.5), ("DOUBLE", 1.5)),
        (np.bool_(True), ("BOOLEAN", True)),
        (np.str_("é"), ("TEXT", "é")),
        (pd.NaT, ("TEXT", None)),
        (pd.NA, ("TEXT", None)),
        (np.datetime64("NaT"), ("TEXT", None)),
        (np.timedelta64("NaT"), ("TEXT", None)),
        (pd.Timestamp("2024-01-01"), ("TIMESTAMP(6)", MOMENT)),
        (
            pd.Timestamp("2024-01-01", tz="Europe/Berlin"),
            ("TIMESTAMP(6)", datetime.datetime(2023, 12, 31, 23)),
        ),
        (MOMENT.replace(tzinfo=ZONE), ("TIMESTAMP(6)", datetime.datetime(2023, 12, 31, 22))),
        (np.datetime64("2024-01-01"), ("TIMESTAMP(6)", MOMENT)),
        (
            np.datetime64("2024-01-01T00:00:00.000001001"),
            ("TIMESTAMP(9)", MOMENT.replace(microsecond=1)),
        ),
        (pd.Timestamp(1_001), ("TIMESTAMP(9)", datetime.datetime(1970, 1, 1, 0, 0, 0, 1))),
        (
            np.timedelta64(5_000, "ns"),
            ("INTERVAL DAY TO SECOND", datetime.timedelta(microseconds=5)),
        ),
        (pd.Timedelta("1s"), ("INTERVAL DAY TO SECOND", datetime.timedelta(seconds=1))),
        (1 << 63, ("DECIMAL(19,0)", Decimal(1 << 63))),
        ([1.5, None], ("DOUBLE[]", [1.5, None])),
        ([pd.NA, "a"], ("TEXT[]", [None, "a"])),
    ],
)
def test_parameters_of_numpy_and_pandas(
    given: object, expected: tuple[str, object], connection: gpudb.Connection
) -> None:
    assert one(connection, given) == expected


@pytest.mark.parametrize(
    "given",
    [
        *(b"bytes", {"a": 1}, object(), [], [object()], 10**38, Decimal("1e-39"), Decimal("NaN")),
        *(datetime.time(1, tzinfo=ZONE), pd.Timedelta(1), np.timedelta64(1, "ns")),
        *(np.timedelta64(1, "M"), np.datetime64(1, "ps"), np.datetime64(400_000, "Y")),
    ],
)
def test_parameters_that_no_type_holds(given: object, connection: gpudb.Connection) -> None:
    with pytest.raises(gpudb.ProgrammingError) as raised:
        one(connection, given)
    assert raised.value.begin == len("SELECT ")


def test_equal_values_are_not_the_same_parameter(connection: gpudb.Connection) -> None:
    for values in (
        (Decimal("1.20"), Decimal("1.2"), Decimal("1")),
        (0.0, -0.0),
        (1, True, 1.0, Decimal(1)),
        ((1, 2), (1.0, 2.0), (True, True)),
    ):
        assert [repr(one(connection, value)[1]) for value in values] == [
            repr(list(value) if isinstance(value, tuple) else value) for value in values
        ]


def test_missing_values_of_pandas_in_rows(connection: gpudb.Connection) -> None:
    connection.execute("CREATE OR REPLACE TABLE missing (at TIMESTAMP, x DOUBLE, n INTEGER)")
    rows = [(pd.NaT, math.nan, 1), (pd.Timestamp("2024-01-01"), None, pd.NA)]
    connection.cursor().executemany("INSERT INTO missing VALUES (?, ?, ?)", rows)
    first, second = connection.execute("SELECT * FROM missing").fetchall()
    assert (first[0], second) == (None, (MOMENT, None, None))
    assert math.isnan(first[1])


def test_types_of_expressions_only(connection: gpudb.Connection) -> None:
    query = (
        "SELECT TIMESTAMP '2024-01-01 12:00:00' AT TIME ZONE 'Europe/Berlin', INTERVAL '3' HOUR,"
        " INTERVAL '2' MONTH, INTERVAL '1 month 3 hours', NULL"
    )
    row = connection.execute(query).fetchone()
    assert row is not None
    assert row[0] == datetime.datetime(2024, 1, 1, 11, tzinfo=datetime.UTC)
    assert row[0].tzinfo is datetime.UTC
    assert row[1] == datetime.timedelta(hours=3)
    assert tuple(row[2]) == (2, 0, 0)
    assert tuple(row[3]) == (1, 0, 3 * 3600 * 10**9)
    assert row[4] is None
    types = connection.execute(query).fetch_arrow_table().schema.types
    assert types[0] == pa.timestamp("us", "UTC")
    assert types[1] == pa.duration("us")
    assert connection.execute(
        "SELECT ? + DATE '2024-01-01'", (datetime.timedelta(days=1),)
    ).fetchone() == (datetime.datetime(2024, 1, 2),)


def test_frames_of_polars_own_types(connection: gpudb.Connection) -> None:
    words = pl.Series(["a", None, "b"], dtype=pl.Categorical)
    levels = pl.Series(["low", "high", None], dtype=pl.Enum(["low", "high"]))
    times = [datetime.time(1, 2, 3, 4), None, datetime.time()]
    frame = pl.DataFrame({"word": words, "level": levels, "at": times})
    wanted = list(zip(words, levels, times, strict=True))
    assert connection.execute("SELECT * FROM frame").fetchall() == wanted
    connection.cursor().adbc_ingest("own", frame, mode="replace")
    assert connection.execute("SELECT * FROM own").fetchall() == wanted


@pytest.mark.parametrize(
    ("data", "column"),
    [
        (pa.table({"fine": [1], "odd": pa.array([b"x"])}), "odd"),
        (pl.DataFrame({"fine": [1], "odd": [{"a": 1}]}), "odd"),
        (pd.DataFrame({"fine": [1], "odd": [object()]}), "odd"),
        (pa.table({"fine": [1], "odd": pa.array([[[1]]])}), "odd"),
        (pl.DataFrame({"odd": [datetime.timedelta(1)]}), "odd"),
    ],
)
def test_a_column_of_no_type_is_named(
    data: object, column: str, connection: gpudb.Connection
) -> None:
    with pytest.raises(gpudb.Error, match=column):
        connection.cursor().adbc_ingest("refused", data, mode="replace")
    assert "refused" not in connection.get_tables()


@pytest.mark.parametrize(
    "strings",
    [
        ["ab", "cd", None, "\0b", "é", "ab"],
        ["x", None, "y", "x", "x", None],
        ["", "", None, ""],
        ["z" * 64, "y" * 64],
        ["z" * 65, "y" * 65, None],
        ["a", "ab", "abc"],
        [None, None],
    ],
    ids=["two bytes", "one byte", "empty", "longest", "longer", "of several lengths", "none"],
)
def test_texts_of_one_length_are_answered_like_others(strings: list[str | None]) -> None:
    with gpudb.connect() as connection:
        given = pa.table({"s": pa.array(strings, pa.string()), "n": list(range(len(strings)))})
        connection.cursor().adbc_ingest("t", given)
        found = connection.execute("SELECT s FROM t ORDER BY n").fetch_arrow_table()
        found.validate(full=True)
        assert found.column("s").to_pylist() == strings
        last = connection.execute("SELECT s FROM t WHERE n > 0 ORDER BY n").fetch_arrow_table()
        last.validate(full=True)
        assert last.column("s").to_pylist() == strings[1:]
