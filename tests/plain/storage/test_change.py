"""storage/change.py: rows deleted and values replaced, in memory and in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import xxhash

from gpudb.errors import DataError, IntegrityError, OperationalError
from gpudb.storage import types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import EncodingRequest
from gpudb.storage.folder import files_of
from gpudb.storage.table import TableVersion
from tests.plain.storage.sample_tables import EVENTS, event_rows, read_table

CHUNK_ROWS = 64
ROWS = 5 * CHUNK_ROWS


@pytest.fixture(params=["memory", "folder"])
def database(request: pytest.FixtureRequest, tmp_database: Path) -> Iterator[Database]:
    """A database with the table `events` of five chunks."""
    path = None if request.param == "memory" else str(tmp_database)
    with Database.open(path) as opened:
        with opened.begin() as transaction:
            transaction.create_table("events", EVENTS, chunk_rows=CHUNK_ROWS)
            transaction.append("events", [event_rows(ROWS)])
        yield opened


def live_rows(table: TableVersion) -> pa.Table:
    """Return the rows that are there."""
    masks = [chunk.live_rows() for chunk in table.chunks]
    live = [
        np.ones(chunk.rows, np.bool_) if mask is None else mask
        for chunk, mask in zip(table.chunks, masks, strict=True)
    ]
    return read_table(table).filter(pa.array(np.concatenate([np.ones(0, np.bool_), *live])))


def expected(rows: list[int]) -> pa.Table:
    return pa.Table.from_batches([event_rows(ROWS)]).take(pa.array(rows, pa.int64()))


def check_files(database: Database) -> None:
    """Check that the folder holds what the last commit needs, and that it can be opened again."""
    if database.path is None:
        return
    with database.begin():
        pass
    files = {file.path for file in files_of(database.snapshot())}
    assert set(database.path.glob("tables/*/*")) == files
    with Database.open(str(database.path), read_only=True) as reader:
        reread = reader.table("events")
        assert live_rows(reread).equals(live_rows(database.table("events")))
        assert reread.row_count == database.table("events").row_count


def delete(database: Database, rows: list[int]) -> None:
    with database.begin() as transaction:
        transaction.delete("events", np.array(rows, np.int64))


def test_rows_go_and_old_snapshots_keep_them(database: Database) -> None:
    before = database.table("events")
    gone = [0, 63, 64, 100, 319]
    delete(database, gone)
    after = database.table("events")
    assert after.row_count == ROWS - 5 and after.deleted_rows == 5
    kept = [row for row in range(ROWS) if row not in gone]
    assert live_rows(after).equals(expected(kept))
    assert live_rows(before).equals(expected(list(range(ROWS))))
    assert after.chunks[2] is before.chunks[2]
    # The numbers count rows that are gone: these are two more of the second chunk.
    delete(database, [65, 66])
    kept = [row for row in kept if row not in (65, 66)]
    assert live_rows(database.table("events")).equals(expected(kept))
    del before, after
    check_files(database)


def test_a_chunk_without_rows_goes(database: Database) -> None:
    delete(database, list(range(CHUNK_ROWS, 2 * CHUNK_ROWS)))
    table = database.table("events")
    assert len(table.chunks) == 4 and table.deleted_rows == 0
    kept = [row for row in range(ROWS) if row // CHUNK_ROWS != 1]
    assert live_rows(table).equals(expected(kept))
    check_files(database)


def test_a_chunk_of_few_rows_is_written_anew(database: Database) -> None:
    delete(database, [row for row in range(ROWS) if row % CHUNK_ROWS >= 15])
    table = database.table("events")
    assert [chunk.rows for chunk in table.chunks] == [15] * 5 and table.deleted_rows == 0
    kept = [row for row in range(ROWS) if row % CHUNK_ROWS < 15]
    assert live_rows(table).equals(expected(kept))
    check_files(database)


def test_deleted_rows_do_not_come_back_with_an_append(database: Database) -> None:
    delete(database, [ROWS - 1, ROWS - 3])
    with database.begin() as transaction:
        transaction.append("events", [event_rows(3, ROWS)])
    table = database.table("events")
    kept = [*range(ROWS - 3), ROWS - 2]
    added = pa.Table.from_batches([event_rows(3, ROWS)])
    assert live_rows(table).equals(pa.concat_tables([expected(kept), added]))
    check_files(database)


def test_values_are_replaced(database: Database) -> None:
    rows = [1, 64, 65, 319]
    new = event_rows(4, 9000)
    with database.begin() as transaction:
        columns = {name: new.column(name) for name in new.schema.names}
        transaction.update("events", np.array(rows), columns)
    wanted = expected(list(range(ROWS))).to_pylist()
    for row, values in zip(rows, new.to_pylist(), strict=True):
        wanted[row] = values
    table = database.table("events")
    assert read_table(table).to_pylist() == wanted
    assert table.statistics("Id").maximum == 9003
    delete(database, [2, 64])
    with database.begin() as transaction:
        kinds = pa.array(["new", None])
        transaction.update("events", np.array([1, 3]), {"kind": kinds})
    wanted[1]["kind"], wanted[3]["kind"] = "new", None
    kept = [row for number, row in enumerate(wanted) if number not in (2, 64)]
    assert live_rows(database.table("events")).to_pylist() == kept
    check_files(database)


def test_columns_that_do_not_change_stay_where_they_are(database: Database) -> None:
    before = database.table("events").chunks[1]
    with database.begin() as transaction:
        transaction.update("events", np.array([70]), {"weight": pa.array([1.5])})
    after = database.table("events").chunks[1]
    assert [name for name in before.parts if before.parts[name] != after.parts[name]] in (
        [],
        ["weight"],
    )
    if not before.parts:
        assert after.columns["kind"] is before.columns["kind"]


def test_raw_strings_are_replaced() -> None:
    text = ColumnDefinition("x", types.TEXT, encoding=EncodingRequest("NONE"))
    with Database.open(None) as database:
        with database.begin() as transaction:
            transaction.create_table("t", [text], chunk_rows=4)
            strings = pa.array([f"text {row}" for row in range(10)])
            transaction.append("t", [pa.record_batch([strings], names=["x"])])
        with database.begin() as transaction:
            transaction.update("t", np.array([0, 5]), {"x": pa.array([None, "é"])})
        found = read_table(database.table("t")).column("x").to_pylist()
        assert found == [None, *(f"text {row}" for row in range(1, 5)), "é", *found[6:]]
        assert found[9] == "text 9"


@pytest.mark.parametrize(
    ("definition", "value", "message"),
    [
        (ColumnDefinition("x", types.INTEGER, not_null=True), None, "row 6: NULL in a column"),
        (
            ColumnDefinition("x", types.INTEGER, encoding=EncodingRequest("FIXED", 8)),
            200,
            r"row 6: 200 does not fit ENCODING FIXED\(8\)",
        ),
    ],
)
def test_what_a_column_refuses(definition: ColumnDefinition, value: int, message: str) -> None:
    with Database.open(None) as database:
        with database.begin() as transaction:
            transaction.create_table("t", [definition], chunk_rows=4)
            rows = pa.array(range(10), pa.int32())
            transaction.append("t", [pa.record_batch([rows], names=["x"])])
        before = database.snapshot()
        with (
            pytest.raises((IntegrityError, DataError), match=message),
            database.begin() as transaction,
        ):
            transaction.update("t", np.array([5]), {"x": pa.array([value], pa.int32())})
        assert database.snapshot() is before


def test_a_truncated_table_keeps_nothing(database: Database) -> None:
    with database.begin() as transaction:
        transaction.truncate("events")
    assert database.table("events").row_count == 0
    check_files(database)


def test_a_damaged_mask_is_named(tmp_database: Path) -> None:
    with Database.open(str(tmp_database)) as database:
        with database.begin() as transaction:
            transaction.create_table("events", EVENTS, chunk_rows=CHUNK_ROWS)
            transaction.append("events", [event_rows(ROWS)])
        delete(database, [5])
        path = database.table("events").chunks[0].parts["\0live"].file.path
    path.write_bytes(b"short")
    with (
        Database.open(str(tmp_database)) as database,
        pytest.raises(OperationalError, match=r"table 'events'.*chunk 0.*too short"),
    ):
        live_rows(database.table("events"))


def test_format_1_opens(tmp_database: Path) -> None:
    with Database.open(str(tmp_database)) as database, database.begin() as transaction:
        transaction.create_table("events", EVENTS, chunk_rows=CHUNK_ROWS)
        transaction.append("events", [event_rows(ROWS)])
    path = tmp_database / "manifest.json"
    body = json.loads(path.read_bytes().partition(b"\n")[2])
    for table in body["tables"]:
        table["dictionaries"] = [d and d[:3] for d in table["dictionaries"]]
    old = json.dumps(body).encode()
    head = {"gpudb": 1, "checksum": xxhash.xxh3_64_hexdigest(old)}
    path.write_bytes(json.dumps(head).encode() + b"\n" + old)
    with Database.open(str(tmp_database)) as database:
        assert live_rows(database.table("events")).equals(expected(list(range(ROWS))))
        delete(database, [7])
        check_files(database)
