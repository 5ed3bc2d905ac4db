"""Appending: any batches in, chunks out, the same rows back, in memory and on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

import gpudb
from gpudb.errors import DataError, IntegrityError, InterfaceError
from gpudb.storage import types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import EncodingRequest
from gpudb.storage.memory import transient_table
from tests.plain.storage.sample_tables import (
    EVENTS,
    batch_of,
    event_batches,
    event_rows,
    read_table,
)


@pytest.fixture(params=["memory", "folder"])
def database(request: pytest.FixtureRequest, tmp_database: Path) -> Iterator[Database]:
    with Database.open(None if request.param == "memory" else str(tmp_database)) as opened:
        yield opened


@pytest.mark.parametrize("sizes", [[1000], [1, 2, 300, 0, 697], [256, 256, 256], [255, 2], [0], []])
def test_rows_come_back_as_they_went_in(database: Database, sizes: list[int]) -> None:
    with database.begin() as transaction:
        transaction.create_table("events", EVENTS, chunk_rows=256)
        assert transaction.append("events", event_batches(sizes)) == sum(sizes)
    table = database.table("events")
    assert table.row_count == sum(sizes)
    assert [chunk.rows for chunk in table.chunks[:-1]] == [256] * (len(table.chunks) - 1)
    assert read_table(table).equals(pa.Table.from_batches([event_rows(sum(sizes))]))


def test_an_append_goes_on_where_the_last_ended(database: Database) -> None:
    with database.begin() as transaction:
        transaction.create_table("events", EVENTS, chunk_rows=100)
        transaction.append("events", [event_rows(150)])
    before = database.table("events")
    with database.begin() as transaction:
        transaction.append("events", [event_rows(120, first=150)])
    after = database.table("events")
    assert [chunk.rows for chunk in after.chunks] == [100, 100, 70]
    assert after.chunks[0] is before.chunks[0]
    assert read_table(after).equals(pa.Table.from_batches([event_rows(270)]))
    assert read_table(before).equals(pa.Table.from_batches([event_rows(150)]))
    assert after.version != before.version


def test_many_small_appends_leave_few_chunks() -> None:
    database = Database.open(None)
    columns = (ColumnDefinition("x", types.INTEGER),)
    with database.begin() as transaction:
        transaction.create_table("t", columns, chunk_rows=1 << 20)
        for _ in range(60):
            transaction.append("t", [batch_of(range(500), types.INTEGER)])
    table = database.table("t")
    assert table.row_count == 30_000
    assert len(table.chunks) <= 4
    assert table.statistics("x").maximum == 499


def test_a_long_last_chunk_is_not_written_again_for_one_row() -> None:
    database = Database.open(None)
    with database.begin() as transaction:
        transaction.create_table("t", (ColumnDefinition("x", types.INTEGER),))
        transaction.append("t", [batch_of(range(50_000), types.INTEGER)])
        transaction.append("t", [batch_of([1], types.INTEGER)])
    assert [chunk.rows for chunk in database.table("t").chunks] == [50_000, 1]


def test_progress_counts_rows_and_bytes(database: Database) -> None:
    seen: list[tuple[int, int]] = []
    with database.begin() as transaction:
        transaction.create_table("events", EVENTS)
        transaction.append(
            "events", event_batches([10, 20]), lambda rows, size: seen.append((rows, size))
        )
    assert [rows for rows, _ in seen] == [10, 30]
    assert 0 < seen[0][1] < seen[1][1]


def test_null_in_a_not_null_column_names_the_row(database: Database) -> None:
    columns = (ColumnDefinition("x", types.INTEGER, not_null=True),)
    with database.begin() as transaction:
        transaction.create_table("t", columns, chunk_rows=4)
    batches = [batch_of([1, 2, 3, 4, 5], types.INTEGER), batch_of([6, None], types.INTEGER)]
    with (
        pytest.raises(IntegrityError, match="table 't', column 'x', row 7: NULL"),
        database.begin() as transaction,
    ):
        transaction.append("t", batches)
    assert database.table("t").row_count == 0


def test_null_in_a_not_null_text_names_the_row(database: Database) -> None:
    columns = (ColumnDefinition("x", types.TEXT, not_null=True),)
    with (
        pytest.raises(IntegrityError, match="column 'x', row 2: NULL"),
        database.begin() as transaction,
    ):
        transaction.create_table("t", columns)
        transaction.append("t", [batch_of(["a", None], types.TEXT)])
    assert database.tables() == ()


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (
            ColumnDefinition("x", types.INTEGER, encoding=EncodingRequest("FIXED", 8)),
            [5, 127, -127, 128],
            r"table 't', column 'x', row 4: 128 does not fit ENCODING FIXED\(8\)",
        ),
        (
            ColumnDefinition("x", types.decimal(9, 2), encoding=EncodingRequest("FIXED", 16)),
            [None, "327.67", "-327.68"],
            r"row 3: -327.68 does not fit ENCODING FIXED\(16\)",
        ),
        (
            ColumnDefinition("x", types.DATE, encoding=EncodingRequest("DAYS", 16)),
            ["2059-09-18", "2059-09-19"],
            r"row 2: 2059-09-19 does not fit ENCODING DAYS\(16\)",
        ),
    ],
)
def test_a_value_outside_a_forced_encoding_undoes_the_append(
    database: Database, column: ColumnDefinition, values: list[object], message: str
) -> None:
    arrow = pa.array(values) if column.type is types.INTEGER else pa.array(values, pa.string())
    batch = pa.record_batch([arrow.cast(_arrow_type(column))], names=["x"])
    with database.begin() as transaction:
        transaction.create_table("t", [column])
    with pytest.raises(DataError, match=message), database.begin() as transaction:
        transaction.append("t", [batch])
    assert database.table("t").row_count == 0
    with database.begin() as transaction:
        transaction.append("t", [batch.slice(0, len(values) - 1)])
    assert database.table("t").row_count == len(values) - 1


def _arrow_type(column: ColumnDefinition) -> pa.DataType:
    return (
        pa.decimal128(9, 2)
        if column.type.precision
        else (pa.int32() if column.type is types.INTEGER else pa.date32())
    )


def test_a_failing_source_undoes_the_transaction(database: Database) -> None:
    def failing() -> Iterator[pa.RecordBatch]:
        yield event_rows(600)
        raise DataError("row 601 does not fit")

    with database.begin() as transaction:
        transaction.create_table("events", EVENTS, chunk_rows=256)
        transaction.append("events", [event_rows(10)])
    with pytest.raises(DataError, match="row 601"), database.begin() as transaction:
        transaction.create_table("other", EVENTS)
        transaction.append("events", failing())
    assert [table.name for table in database.tables()] == ["events"]
    assert read_table(database.table("events")).equals(pa.Table.from_batches([event_rows(10)]))


def test_rows_of_another_width_are_refused(database: Database) -> None:
    with (
        pytest.raises(InterfaceError, match="has 7 columns, the rows have 1"),
        database.begin() as transaction,
    ):
        transaction.create_table("events", EVENTS)
        transaction.append("events", [batch_of([1], types.BIGINT)])


def test_columns_encode_in_parallel_as_alone() -> None:
    """Above some size the columns of a chunk are encoded by threads."""
    database = Database.open(None)
    with database.begin() as transaction:
        transaction.create_table("events", EVENTS, chunk_rows=30_000)
        transaction.append("events", [event_rows(70_000)])
    table = database.table("events")
    assert [chunk.rows for chunk in table.chunks] == [30_000, 30_000, 10_000]
    assert read_table(table).equals(pa.Table.from_batches([event_rows(70_000)]))


def test_a_transient_table_is_like_a_stored_one() -> None:
    one = transient_table("f", EVENTS, event_batches([300, 40]), chunk_rows=128)
    other = transient_table("f", EVENTS, [])
    assert read_table(one).equals(pa.Table.from_batches([event_rows(340)]))
    assert (one.row_count, len(one.chunks), other.row_count) == (340, 3, 0)
    assert len({one.version, other.version}) == 2
    assert one.version < 0


def test_many_strings_of_a_file_are_appended_to(tmp_database: Path) -> None:
    """So many that they are read again when they are asked for, and not held."""
    with gpudb.connect(tmp_database) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT 'k' || CAST(i % 70000 AS TEXT) AS k"
            " FROM generate_series(1, 150000) AS g(i)"
        )
    question = "SELECT count(*), count(DISTINCT k), max(k) FROM t"
    with gpudb.connect(tmp_database) as connection:
        connection.execute("INSERT INTO t VALUES ('k5')")
        assert connection.execute(question).fetchall() == [(150_001, 70_000, "k9999")]
        connection.execute("BEGIN")
        connection.execute("INSERT INTO t VALUES ('z')")
        connection.execute("ROLLBACK")
        connection.execute("INSERT INTO t VALUES ('y')")
        assert connection.execute(question).fetchall() == [(150_002, 70_001, "y")]
