"""The names that pymapd's users know."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import gpudb

FRAME = pd.DataFrame({"n": [1, 2], "s": ["a", None]}, index=pd.Index([10, 20], name="key"))


@pytest.fixture
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect() as connection:
        yield connection


def rows(connection: gpudb.Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def test_a_table_is_made_after_a_frame(connection: gpudb.Connection) -> None:
    connection.create_table("t", FRAME)
    connection.create_table("indexed", FRAME, preserve_index=True)
    assert connection.get_tables() == ["indexed", "t"]
    assert rows(connection, "t") == []
    assert [column.name for column in connection.get_table_details("indexed")] == ["key", "n", "s"]


def test_tables_are_loaded(connection: gpudb.Connection) -> None:
    wanted = [(1, "a"), (2, None)]
    assert connection.load_table("t", FRAME) == 2
    assert connection.load_table("u", FRAME, preserve_index=True, create=True) == 2
    assert rows(connection, "t") == wanted
    assert rows(connection, "u") == [(10, 1, "a"), (20, 2, None)]
    connection.load_table("t", [(3, "c")])
    connection.load_table("t", (row for row in [(4, "d")]))
    connection.load_table_rowwise("t", [(5, None)])
    connection.load_table_columnar("t", pl.DataFrame({"n": [6], "s": ["f"]}))
    connection.load_table_arrow("t", pa.table({"n": [7], "s": ["g"]}))
    more = [(3, "c"), (4, "d"), (5, None), (6, "f"), (7, "g")]
    assert rows(connection, "t") == wanted + more


def test_loading_is_checked(connection: gpudb.Connection) -> None:
    with pytest.raises(gpudb.ProgrammingError, match="t"):
        connection.load_table("t", FRAME, create=False)
    with pytest.raises(gpudb.InterfaceError, match="method must be one of"):
        connection.load_table("t", FRAME, method="fast")
    with pytest.raises(gpudb.InterfaceError, match="create must be"):
        connection.load_table("t", FRAME, create="maybe")
    assert connection.get_tables() == []


def test_details_of_columns(connection: gpudb.Connection) -> None:
    connection.execute(
        "CREATE TABLE t (n INTEGER NOT NULL, p DECIMAL(9, 2), s TEXT ENCODING DICT(16),"
        " at TIMESTAMP(3))"
    )
    found = {column.name: column for column in connection.get_table_details("T")}
    assert (found["n"].type, found["n"].nullable, found["n"].encoding) == ("INTEGER", False, "")
    assert (found["p"].precision, found["p"].scale) == (9, 2)
    assert (found["s"].encoding, found["s"].comp_param, found["s"].is_array) == ("DICT", 16, False)
    assert found["at"].precision == 3


def test_select_ipc(connection: gpudb.Connection) -> None:
    connection.load_table("t", FRAME)
    frame = connection.select_ipc("SELECT n FROM t WHERE n >= ? ORDER BY n", [1])
    assert frame["n"].tolist() == [1, 2]
    assert len(connection.select_ipc("SELECT n FROM t", first_n=1)) == 1
    assert len(connection.select_ipc("SELECT n FROM t WHERE n > 5")) == 0
