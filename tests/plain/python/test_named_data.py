"""Data that is no table: registered, or in the caller's variables; and results as Arrow streams."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import gpudb

module_frame = pa.table({"n": [7]})


@pytest.fixture
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect() as connection:
        yield connection


def test_variables_of_every_kind(connection: gpudb.Connection) -> None:
    columns = {"n": [1, 2, 3], "s": ["a", None, "c"]}
    arrow = pa.table(columns)
    kinds = {
        "arrow": arrow,
        "batch": arrow.to_batches()[0],
        "pandas": pd.DataFrame(columns),
        "polars": pl.DataFrame(columns),
        "result": connection.execute(
            "SELECT * FROM (VALUES (1, 'a'), (2, NULL), (3, 'c')) v(n, s)"
        ),
        "reader": arrow.to_reader(),
    }
    for kind, frame in kinds.items():
        rows = connection.execute("SELECT n + 1, s FROM frame WHERE n > 1").fetchall()
        assert rows == [(3, None), (4, "c")], kind
        del frame


def test_a_stream_is_read_once(connection: gpudb.Connection) -> None:
    stream = pa.table({"n": [1]}).to_reader()
    assert connection.execute("SELECT n FROM stream").fetchall() == [(1,)]
    with pytest.raises(gpudb.ProgrammingError, match="has been read already"):
        connection.execute("SELECT n FROM stream")
    assert stream is not None


def test_where_variables_are_looked_for(connection: gpudb.Connection) -> None:
    assert connection.execute("SELECT n FROM module_frame").fetchall() == [(7,)]

    def inner() -> list[tuple[object, ...]]:
        module_frame = pa.table({"n": [8]})
        assert module_frame.num_rows == 1
        cursor = connection.cursor()
        return cursor.execute("SELECT n FROM module_frame").fetchall()

    assert inner() == [(8,)]
    hidden = pa.table({"n": [9]})

    def without() -> None:
        connection.execute("SELECT n FROM hidden")

    with pytest.raises(gpudb.ProgrammingError, match="hidden does not exist"):
        without()
    assert hidden.num_rows == 1


def test_tables_go_before_registered_data_and_that_before_variables(
    connection: gpudb.Connection,
) -> None:
    thing = pa.table({"n": [1]})
    query = "SELECT n FROM thing"
    assert connection.execute(query).fetchall() == [(1,)]
    connection.register("Thing", pa.table({"n": [2]}))
    assert connection.execute(query).fetchall() == [(2,)]
    connection.execute("CREATE TABLE thing AS SELECT 3 AS n")
    assert connection.execute(query).fetchall() == [(3,)]
    with pytest.raises(gpudb.ProgrammingError, match="there is a table 'THING'"):
        connection.register("THING", thing)
    connection.execute("DROP TABLE thing")
    assert connection.execute(query).fetchall() == [(2,)]
    connection.unregister("THING")
    assert connection.execute(query).fetchall() == [(1,)]
    with pytest.raises(gpudb.ProgrammingError, match="nothing is registered under the name"):
        connection.unregister("thing")


def test_variables_that_hold_no_rows_are_no_tables(connection: gpudb.Connection) -> None:
    text, kind, number = "n", pl.DataFrame, np.int64(1)
    for name in ("text", "kind", "number"):
        with pytest.raises(gpudb.ProgrammingError, match=f"{name} does not exist"):
            connection.execute(f"SELECT * FROM {name}")
    assert [text, kind, number] == ["n", pl.DataFrame, 1]


def test_a_setting_turns_variables_off(connection: gpudb.Connection) -> None:
    frame = pa.table({"n": [1]})
    connection.execute("SET replacement_scans = off")
    with pytest.raises(gpudb.ProgrammingError, match="frame does not exist"):
        connection.execute("SELECT * FROM frame")
    connection.register("frame", frame)
    assert connection.execute("SELECT * FROM frame").fetchall() == [(1,)]


def test_unsupported_columns_are_named(connection: gpudb.Connection) -> None:
    nested = pa.table({"good": [1], "bad": [[[1, 2]]]})
    with pytest.raises(gpudb.NotSupportedError, match="bad"):
        connection.execute("SELECT good FROM nested")
    with pytest.raises(gpudb.InterfaceError, match="cannot read rows from"):
        connection.register("nested", 7)
    assert nested.num_rows == 1


def test_frames_join_tables_and_are_loaded(connection: gpudb.Connection) -> None:
    prices = pd.DataFrame({"region": ["north", "south"], "price": [1.5, 2.5]})
    connection.execute("CREATE TABLE sales AS SELECT 'south' AS region, 4 AS n")
    query = "SELECT sum(n * price) FROM sales JOIN prices ON sales.region = prices.region"
    assert connection.execute(query).fetchall() == [(10.0,)]
    connection.execute("CREATE TABLE kept AS SELECT * FROM prices")
    connection.execute("INSERT INTO kept SELECT * FROM prices WHERE price > 2")
    assert connection.execute("SELECT count(*) FROM kept").fetchall() == [(3,)]
    assert len(prices) == 2


def test_threads_see_their_own_variables(connection: gpudb.Connection) -> None:
    found = {}

    def query(number: int) -> None:
        mine = pa.table({"n": [number]})
        found[number] = connection.execute("SELECT n FROM mine").fetchall()[0][0]
        assert mine.num_rows == 1

    threads = [threading.Thread(target=query, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: number for number in range(8)}


def test_results_are_arrow_streams(connection: gpudb.Connection) -> None:
    query = "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) v(n, s)"
    wanted = [{"n": 1, "s": "a"}, {"n": 2, "s": None}]
    assert pa.table(connection.execute(query)).to_pylist() == wanted
    assert pl.DataFrame(connection.execute(query)).to_dicts() == wanted
    reader = pa.RecordBatchReader.from_stream(connection.execute(query))
    assert reader.read_all().to_pylist() == wanted
    copy = connection.cursor().adbc_ingest("copy", connection.execute(query))
    assert copy == 2
    assert pa.table(connection.execute("SELECT n FROM copy WHERE n > 5")).num_rows == 0


def test_large_results_are_never_held_twice(connection: gpudb.Connection) -> None:
    row_count = 6_000_000
    frame = pa.table({"n": pa.array(np.arange(row_count))})
    connection.load_table("numbers", frame)
    del frame
    reader = connection.execute("SELECT n * 2 AS n FROM numbers").fetch_record_batch(1 << 20)
    before = pa.total_allocated_bytes()
    rows = peak = 0
    for batch in reader:
        rows += batch.num_rows
        peak = max(peak, pa.total_allocated_bytes() - before)
        assert batch.num_rows <= 1 << 20
    assert rows == row_count
    assert peak < 8 * row_count / 2


def test_fetchnumpy(connection: gpudb.Connection) -> None:
    query = (
        "SELECT n, n > 1 AS b, DATE '2024-01-01' AS d, s, n AS n FROM"
        " (VALUES (1, 'a'), (NULL, NULL), (3, 'c')) v(n, s)"
    )
    found = connection.execute(query).fetchnumpy()
    assert list(found) == ["n", "b", "d", "s", "n_1"]
    assert isinstance(found["n"], np.ma.MaskedArray)
    assert found["n"].dtype == np.int32
    assert found["n"].tolist() == [1, None, 3]
    assert found["b"].dtype == np.bool_
    assert found["b"].tolist() == [False, None, True]
    assert found["d"].dtype == np.dtype("datetime64[D]")
    assert not isinstance(found["d"], np.ma.MaskedArray)
    assert found["s"].tolist() == ["a", None, "c"]
    empty = connection.execute("SELECT 1 AS n, 'a' AS s WHERE FALSE").fetchnumpy()
    assert [len(values) for values in empty.values()] == [0, 0]
