"""Databases: names, snapshots, transactions, what survives closing."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from gpudb.errors import InterfaceError, OperationalError, ProgrammingError
from gpudb.storage import catalog, types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import EncodingRequest
from gpudb.storage.types import decimal, timestamp
from tests.plain.storage.sample_tables import EVENTS, event_rows, read_table


@pytest.fixture(params=["memory", "folder"])
def database(request: pytest.FixtureRequest, tmp_database: Path) -> Iterator[Database]:
    with Database.open(None if request.param == "memory" else str(tmp_database)) as opened:
        yield opened


def make_events(database: Database, rows: int = 30, name: str = "Events") -> None:
    with database.begin() as transaction:
        transaction.create_table(name, EVENTS, chunk_rows=16)
        transaction.append(name, [event_rows(rows)])


def files_of(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("tables/*/*")}


def test_names_keep_their_case_and_are_found_in_any(database: Database) -> None:
    make_events(database)
    assert database.table("EVENTS").name == "Events"
    assert database.find_table("events") is database.table("eVents")
    assert database.table("events").column("ID").name == "Id"
    assert database.find_table("event") is None


def test_unknown_names_offer_the_nearest(database: Database) -> None:
    make_events(database)
    with pytest.raises(ProgrammingError, match="no table 'evnts'; did you mean 'Events'"):
        database.table("evnts")
    with pytest.raises(ProgrammingError, match=r"^no table 'zzz'$"):
        database.table("zzz")
    with pytest.raises(ProgrammingError, match="no column 'pris' in table 'Events'; did you mean"):
        database.table("events").column("pris")


def test_tables_are_sorted_by_name(database: Database) -> None:
    for name in ("b", "C", "a"):
        make_events(database, name=name)
    assert [table.name for table in database.tables()] == ["a", "b", "C"]


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("EVENTS", EVENTS, "table 'Events' exists already"),
        ("none", (), "table 'none' needs a column"),
        ("two", (EVENTS[0], ColumnDefinition("ID", types.TEXT)), "two columns called 'ID'"),
    ],
)
def test_impossible_tables_are_refused(
    database: Database, name: str, columns: tuple[ColumnDefinition, ...], message: str
) -> None:
    make_events(database)
    with pytest.raises(ProgrammingError, match=message), database.begin() as transaction:
        transaction.create_table(name, columns)
    assert [table.name for table in database.tables()] == ["Events"]


def test_readers_keep_their_snapshot(database: Database) -> None:
    make_events(database)
    before = database.table("events")
    rows = read_table(before)
    with database.begin() as transaction:
        transaction.drop_table("events")
        assert transaction.find_table("events") is None
        assert database.table("events") is before
    assert database.tables() == ()
    make_events(database, rows=5)
    assert read_table(before).equals(rows)
    assert database.table("events").row_count == 5


def test_a_transaction_sees_its_own_tables(database: Database) -> None:
    with database.begin() as transaction:
        transaction.create_table("events", EVENTS)
        transaction.append("events", [event_rows(3)])
        assert transaction.table("EVENTS").row_count == 3
        assert [table.name for table in transaction.tables()] == ["events"]
        assert database.tables() == ()
        with pytest.raises(ProgrammingError, match="did you mean 'events'"):
            transaction.table("event")
    assert database.table("events").row_count == 3


def test_rolling_back_leaves_nothing(database: Database) -> None:
    make_events(database)
    before = database.table("events")
    transaction = database.begin()
    transaction.create_table("more", EVENTS)
    transaction.append("more", [event_rows(40)])
    transaction.append("events", [event_rows(40)])
    transaction.rollback()
    transaction.rollback()
    assert database.tables() == (before,)
    assert read_table(before).num_rows == 30
    if database.path is not None:
        assert len(files_of(database.path)) == len(before.chunks) + 2
    with pytest.raises(InterfaceError, match="has ended"):
        transaction.commit()


def test_one_transaction_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "WAIT_SECONDS", 0.01)
    first = database.begin()
    with pytest.raises(OperationalError, match="a transaction is open already"):
        database.begin()
    errors: list[Exception] = []

    def begin_elsewhere() -> None:
        try:
            database.begin()
        except OperationalError as error:
            errors.append(error)

    thread = threading.Thread(target=begin_elsewhere)
    thread.start()
    thread.join()
    assert "has been open for more than" in str(errors[0])
    first.rollback()
    database.begin().rollback()


def test_versions_name_contents(database: Database) -> None:
    make_events(database)
    make_events(database, name="other")
    versions = {table.version for table in database.tables()}
    with database.begin() as transaction:
        transaction.append("events", [event_rows(1)])
        transaction.append("events", [])
    versions |= {table.version for table in database.tables()}
    assert len(versions) == 3


def test_a_closed_database_says_so(database: Database) -> None:
    make_events(database)
    table = database.table("events")
    database.close()
    database.close()
    with pytest.raises(InterfaceError, match="closed"):
        database.tables()
    assert read_table(table).num_rows == 30


def test_everything_survives_closing(tmp_database: Path) -> None:
    columns = (
        *EVENTS,
        ColumnDefinition("at", timestamp(9)),
        ColumnDefinition("small", decimal(4, 1), encoding=EncodingRequest("FIXED", 16)),
    )
    with Database.open(str(tmp_database)) as database:
        make_events(database)
        with database.begin() as transaction:
            transaction.create_table("wide", columns, chunk_rows=77)
        rows, version = read_table(database.table("events")), database.table("events").version
        statistics = [database.table("events").statistics(column.name) for column in EVENTS]
    with Database.open(str(tmp_database)) as database:
        table = database.table("events")
        assert read_table(table).equals(rows)
        assert table.version == version
        assert [table.statistics(column.name) for column in EVENTS] == statistics
        assert table.chunks[1].columns["Id"].zones.maximum is not None
        assert table.chunks[1].columns["Id"].zones.maximum.tolist() == [29]
        assert database.table("wide").columns == columns
        assert database.table("wide").chunk_rows == 77
        make_events(database, name="later")
        assert len({each.version for each in database.tables()}) == 3


def test_replaced_files_go_once_nobody_reads_them(tmp_database: Path) -> None:
    with Database.open(str(tmp_database)) as database:
        make_events(database, rows=10)
        reader = database.table("events")
        (old,) = (file.path for chunk in reader.chunks for file in chunk.files)
        with database.begin() as transaction:
            transaction.append("events", [event_rows(10, first=10)])
        assert old.exists()
        assert read_table(reader).equals(pa.Table.from_batches([event_rows(10)]))
        del reader
        gc.collect()
        database.begin().rollback()
        assert not old.exists()
        with database.begin() as transaction:
            transaction.drop_table("events")
        gc.collect()
        database.begin().rollback()
        assert files_of(tmp_database) == set()
        assert list((tmp_database / "tables").glob("*")) == []


def test_merging_within_a_transaction_leaves_no_file_behind(tmp_database: Path) -> None:
    with Database.open(str(tmp_database)) as database:
        with database.begin() as transaction:
            transaction.create_table("events", EVENTS)
            for first in range(0, 100, 10):
                transaction.append("events", [event_rows(10, first)])
        table = database.table("events")
        assert read_table(table).equals(pa.Table.from_batches([event_rows(100)]))
    assert len(files_of(tmp_database)) == 1 + 2


def test_a_forgotten_database_gives_its_lock_back(tmp_database: Path) -> None:
    forgotten = Database.open(str(tmp_database))
    make_events(forgotten)
    del forgotten
    gc.collect()
    with Database.open(str(tmp_database)) as found:
        assert found.table("events").row_count == 30


def test_readers_in_threads_see_whole_commits(tmp_database: Path) -> None:
    """Each commit replaces the table; files go while readers come and go."""
    failures: list[BaseException] = []
    is_over = threading.Event()

    def read_all() -> None:
        try:
            while not is_over.is_set():
                table = shared.table("events")
                rows = read_table(table).column("Id")
                assert len(rows) == table.row_count
                assert rows[0].as_py() == table.row_count
        except (AssertionError, OperationalError) as error:
            failures.append(error)

    with Database.open(str(tmp_database)) as shared:
        make_events(shared, rows=0)
        threads = [threading.Thread(target=read_all) for _ in range(3)]
        for count in range(1, 16):
            with shared.begin() as transaction:
                transaction.drop_table("events")
                transaction.create_table("events", EVENTS, chunk_rows=8)
                transaction.append("events", [event_rows(count, first=count)])
            if count == 1:
                for thread in threads:
                    thread.start()
        is_over.set()
        for thread in threads:
            thread.join()
        assert failures == []
        gc.collect()
    with Database.open(str(tmp_database)):
        assert len(files_of(tmp_database)) == 2 + 2


def test_snapshots_differ_in_the_relations_that_were_changed() -> None:
    with Database.open(None) as database:
        with database.begin() as transaction:
            for name in ("a", "b"):
                transaction.create_table(name, [ColumnDefinition("x", types.BIGINT)])
        first = database.snapshot()
        assert first.differing(first) == []
        with database.begin() as transaction:
            transaction.append("b", [pa.record_batch([pa.array([1])], names=["x"])])
        second = database.snapshot()
        assert first.differing(second) == [(first.table("b"), second.table("b"))]
        with database.begin() as transaction:
            transaction.rename("b", "B")
        assert second.differing(database.snapshot()) is None, "the case of a name counts"
        with database.begin() as transaction:
            transaction.create_schema("s")
        assert second.differing(database.snapshot()) is None
        assert second.with_schemas(["main", "s"]).find_schema("S") == "s"
        assert [t.name for t in second.without("a").tables()] == ["b"]
