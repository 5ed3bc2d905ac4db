"""Bad folders and files: each is refused in words, and what is whole still answers."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from gpudb.errors import OperationalError
from gpudb.storage import commit, files, folder, manifest, store
from gpudb.storage.cache import CACHE
from gpudb.storage.catalog import Database
from tests.plain.storage.sample_tables import EVENTS, event_batches, event_rows, read_table

CHUNK_ROWS = 64


@pytest.fixture
def written(tmp_database: Path) -> Path:
    """A closed database with the tables `events`, of three chunks, and `other`."""
    with Database.open(str(tmp_database)) as database, database.begin() as opened:
        for name in ("events", "other"):
            opened.create_table(name, EVENTS, chunk_rows=CHUNK_ROWS)
            opened.append(name, [event_rows(3 * CHUNK_ROWS)])
    CACHE.clear()
    return tmp_database


def chunk_path(path: Path, number: int) -> Path:
    with Database.open(str(path), read_only=True) as database:
        (file,) = database.table("events").chunks[number].files
    return file.path


def damage(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)


def expect_damage(path: Path, column: str, message: str) -> None:
    """Check that `events` cannot be read, and `other` can."""
    with Database.open(str(path)) as database:
        pattern = rf"table 'events', column '{column}', chunk 1: cannot read '.*': {message}"
        with pytest.raises(OperationalError, match=pattern):
            read_table(database.table("events"))
        assert read_table(database.table("other")).num_rows == 3 * CHUNK_ROWS


def test_a_missing_chunk_file_is_named(written: Path) -> None:
    chunk_path(written, 1).unlink()
    expect_damage(written, "Id", "it is missing")


def test_a_damaged_value_is_found(written: Path) -> None:
    damage(chunk_path(written, 1), len(files.MAGIC) + 3)
    expect_damage(written, "kind", "a checksum does not match")


def test_a_damaged_head_is_found(written: Path) -> None:
    path = chunk_path(written, 1)
    damage(path, path.stat().st_size - files.TRAILER.size - 10)
    expect_damage(written, "Id", "the checksum of its heads does not match")


def test_a_truncated_chunk_file_is_found(written: Path) -> None:
    path = chunk_path(written, 1)
    path.write_bytes(path.read_bytes()[:-100])
    expect_damage(written, "Id", "it does not end as a chunk file does")
    path.write_bytes(b"short")
    expect_damage(written, "Id", "it is too short")


def test_only_the_damaged_column_fails(written: Path) -> None:
    path = chunk_path(written, 1)
    with Database.open(str(written)) as database:
        head = files.ChunkFile(
            path,
            database.folder.garbage if database.folder else None,  # type: ignore[arg-type]
            table="events",
            number=1,
            columns=tuple(column.name for column in EVENTS),
        )._head(3)
    damage(path, head["offset"] + 1)
    with Database.open(str(written)) as database:
        chunk = database.table("events").chunks[1]
        assert len(chunk.read_values("price")) == CHUNK_ROWS
        with pytest.raises(OperationalError, match="column 'weight', chunk 1"):
            chunk.read_values("weight")


def test_a_damaged_dictionary_is_found(written: Path) -> None:
    table_folder = chunk_path(written, 1).parent
    damage(table_folder / "dictionary-1", 60)
    with Database.open(str(written)) as database:
        message = "the dictionary of table 'events', column 'kind': cannot read"
        with pytest.raises(OperationalError, match=message):
            database.table("events").read_strings(0, "kind")
        assert database.table("events").read_strings(0, "note")[0].as_py() == "note 0"
    (table_folder / "dictionary-1").unlink()
    with (
        Database.open(str(written)) as database,
        pytest.raises(OperationalError, match="No such file"),
    ):
        database.table("events").read_strings(0, "kind")


def test_a_newer_format_is_refused(written: Path) -> None:
    path = written / manifest.MANIFEST_NAME
    path.write_bytes(path.read_bytes().replace(b'{"gpudb": 4', b'{"gpudb": 99'))
    with pytest.raises(OperationalError, match="has format 99; this gpudb reads formats up to 4"):
        Database.open(str(written))


def test_a_damaged_manifest_is_refused(written: Path) -> None:
    path = written / manifest.MANIFEST_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(OperationalError, match="is damaged: its checksum does not match"):
        Database.open(str(written))
    path.write_bytes(b"\x00\x01")
    with pytest.raises(OperationalError, match="is no manifest of gpudb, or is damaged"):
        Database.open(str(written))
    path.write_bytes(whole)
    with Database.open(str(written)) as database:
        assert len(database.tables()) == 2


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("do not delete")
    with pytest.raises(OperationalError, match=r"no database of gpudb: it holds 'thesis\.txt'"):
        Database.open(str(tmp_path))
    with pytest.raises(OperationalError, match="is not a folder"):
        Database.open(str(tmp_path / "thesis.txt"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.txt"]


def test_reading_makes_no_database(tmp_database: Path) -> None:
    with pytest.raises(OperationalError, match="no database '"):
        Database.open(str(tmp_database), read_only=True)
    assert not tmp_database.exists()


def test_what_no_commit_names_goes_at_opening(written: Path) -> None:
    kept = {path for path in written.rglob("*") if path.is_file()}
    stray = chunk_path(written, 0).parent / "chunk-999"
    other = written / "tables" / "777" / "chunk-1000"
    other.parent.mkdir()
    for path in (stray, other, written / "manifest.json.new"):
        path.write_bytes(b"half a chunk")
    with Database.open(str(written)):
        assert not stray.exists()
        assert not other.parent.exists()
        assert all(path.exists() for path in kept)


def test_a_second_writing_process_is_refused(written: Path) -> None:
    program = f"""
import sys
from gpudb.storage.catalog import Database
database = Database.open({str(written)!r})
print("open", flush=True)
sys.stdin.readline()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        message = f"already open for writing in process {process.pid}"
        with pytest.raises(OperationalError, match=message):
            Database.open(str(written))
        with Database.open(str(written), read_only=True) as database:
            assert read_table(database.table("events")).num_rows == 3 * CHUNK_ROWS
            with pytest.raises(OperationalError, match="opened read-only"):
                database.begin()
        process.communicate("end\n")
    message = "already open for writing in this process"
    with Database.open(str(written)), pytest.raises(OperationalError, match=message):
        Database.open(str(written))


def test_files_stay_while_another_opening_reads_them(written: Path) -> None:
    reader = Database.open(str(written), read_only=True)
    table = reader.table("events")
    with Database.open(str(written)) as writer:
        with writer.begin() as opened:
            opened.drop_table("events")
        assert read_table(table).num_rows == 3 * CHUNK_ROWS
    assert read_table(table).num_rows == 3 * CHUNK_ROWS
    reader.close()
    with Database.open(str(written)):
        assert len(list((written / "tables").glob("*"))) == 1


DISK_FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fail(*_: Any) -> Any:
    raise DISK_FULL


@pytest.mark.parametrize(
    ("module", "function", "doing"),
    [
        (store, "write_chunk_file", "writing table 'events'"),
        (folder, "write_dictionary", "committing"),
        (commit, "write_manifest", "committing"),
    ],
)
def test_a_full_disk_keeps_the_old_state(
    written: Path, monkeypatch: pytest.MonkeyPatch, module: Any, function: str, doing: str
) -> None:
    before = {path: path.stat().st_size for path in written.glob("tables/*/chunk*")}
    with Database.open(str(written)) as database:
        monkeypatch.setattr(module, function, fail)
        with (
            pytest.raises(OperationalError, match=f"the disk is full while {doing}"),
            database.begin() as opened,
        ):
            opened.create_table("new", EVENTS)
            opened.append("new", [event_rows(10)])
            opened.append("events", event_batches([30] * 10, first=1000))
        monkeypatch.undo()
        assert [table.name for table in database.tables()] == ["events", "other"]
        assert read_table(database.table("events")).num_rows == 3 * CHUNK_ROWS
        assert {path: path.stat().st_size for path in written.glob("tables/*/chunk*")} == before
        with database.begin() as opened:
            opened.append("events", [event_rows(10)])
    with Database.open(str(written)) as database:
        expected = pa.Table.from_batches([event_rows(3 * CHUNK_ROWS), event_rows(10)])
        assert read_table(database.table("events")).equals(expected)


@pytest.mark.parametrize("is_written", [False, True])
def test_an_interrupted_commit_is_whole_or_never_was(
    written: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_written: bool,
) -> None:
    def interrupt(path: Path, content: manifest.Manifest) -> None:
        if is_written:
            manifest.write_manifest(path, content)
        raise KeyboardInterrupt

    rows = 3 * CHUNK_ROWS + (10 if is_written else 0)
    with Database.open(str(written)) as database:
        monkeypatch.setattr(commit, "write_manifest", interrupt)
        with pytest.raises(KeyboardInterrupt), database.begin() as opened:
            opened.append("events", [event_rows(10)])
        monkeypatch.undo()
        assert read_table(database.table("events")).num_rows == rows
        with database.begin() as opened:
            opened.append("other", [event_rows(1)])
    with Database.open(str(written)) as database:
        assert read_table(database.table("events")).num_rows == rows


@pytest.mark.parametrize("is_forced", [False, True])
def test_files_of_a_commit_stay_until_the_next_one_survives_a_loss_of_power(
    written: Path, monkeypatch: pytest.MonkeyPatch, is_forced: bool
) -> None:
    before = set(written.glob("tables/*/chunk*"))
    seen: list[set[Path]] = []

    def force(path: Path) -> None:
        seen.append(set(path.glob("tables/*/chunk*")))
        if not is_forced:
            fail()

    with Database.open(str(written)) as database:
        monkeypatch.setattr(commit, "sync_folder", force)
        opened = database.begin()
        opened.drop_table("events")
        if is_forced:
            opened.commit()
        else:
            with pytest.raises(OperationalError, match="may not survive a loss of power"):
                opened.commit()
        assert seen == [before]
        assert [table.name for table in database.tables()] == ["other"]
        assert (set(written.glob("tables/*/chunk*")) == before) != is_forced
