"""The log of small appends: what a kill at any moment leaves, damage, failing disks, readers."""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gpudb.errors import OperationalError
from gpudb.storage import types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.folder import files_of
from gpudb.storage.log import LOG_NAME, read_log
from gpudb.storage.manifest import MANIFEST_NAME, read_manifest
from gpudb.storage.table import TableVersion

COLUMNS = (
    ColumnDefinition("x", types.BIGINT, not_null=True),
    ColumnDefinition("note", types.TEXT),
    ColumnDefinition("amount", types.DOUBLE),
)
Row = tuple[int, str | None, float]


def rows_from(first: int, count: int) -> pa.RecordBatch:
    numbers = range(first, first + count)
    notes = [None if n % 5 == 4 else f"nöte {n % 7}" for n in numbers]
    columns = [pa.array(numbers, pa.int64()), pa.array(notes, pa.string())]
    amounts = pa.array([n / 4 for n in numbers])
    return pa.record_batch([*columns, amounts], names=["x", "note", "amount"])


def contents(table: TableVersion) -> list[Row]:
    """Return the rows that are there."""
    found: list[Row] = []
    for index, chunk in enumerate(table.chunks):
        columns = [chunk.read_values("x").values, table.read_strings(index, "note")]
        rows = zip(columns[0].tolist(), columns[1].to_pylist(), _amounts(table, index), strict=True)
        live = chunk.live_rows()
        found += [row for place, row in enumerate(rows) if live is None or live[place]]
    return found


def _amounts(table: TableVersion, index: int) -> list[float]:
    values: list[float] = table.chunks[index].read_values("amount").values.tolist()
    return values


def expected(rows: int) -> list[Row]:
    return [(row["x"], row["note"], row["amount"]) for row in rows_from(0, rows).to_pylist()]


def created(path: Path, rows: int = 0) -> Database:
    database = Database.open(str(path))
    with database.begin() as transaction:
        transaction.create_table("t", COLUMNS)
        transaction.append("t", [rows_from(0, rows)])
    return database


def append(database: Database, first: int, count: int) -> None:
    with database.begin() as transaction:
        assert transaction.append("t", [rows_from(first, count)]) == count


def killed(path: Path, copy: Path) -> Path:
    """Return the folder as it would be if the process that has it open were killed now."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(path, copy)
    return copy


def reopened(path: Path) -> list[Row]:
    with Database.open(str(path)) as database:
        return contents(database.table("t"))


def test_an_append_is_one_record_and_lasts(tmp_path: Path) -> None:
    path, copy = tmp_path / "database", tmp_path / "copy"
    database = created(path, 3)
    manifest = (path / MANIFEST_NAME).read_bytes()
    for first in range(3, 30, 3):
        append(database, first, 3)
        assert (path / MANIFEST_NAME).read_bytes() == manifest
        assert reopened(killed(path, copy)) == expected(first + 3)
    # A second kill, before anything was written.
    assert reopened(killed(path, copy)) == expected(30)
    database.close()
    assert (path / MANIFEST_NAME).read_bytes() != manifest
    with Database.open(str(path)) as database:
        assert not database.table("t").has_tail
        assert contents(database.table("t")) == expected(30)
        assert set(path.glob("tables/*/*")) == {f.path for f in files_of(database.snapshot())}


def test_a_record_torn_anywhere_is_cut_off(tmp_path: Path) -> None:
    path, copy = tmp_path / "database", tmp_path / "copy"
    database = created(path, 3)
    append(database, 3, 2)
    begin = (path / LOG_NAME).stat().st_size
    append(database, 5, 2)
    whole = killed(path, tmp_path / "whole")
    log = (whole / LOG_NAME).read_bytes()
    for end in range(begin, len(log), 7):
        (killed(whole, copy) / LOG_NAME).write_bytes(log[:end] + b"\0" * (end % 3 * 50))
        torn = Database.open(str(copy))
        assert contents(torn.table("t")) == expected(5)
        append(torn, 5, 3)
        again = killed(copy, tmp_path / "again")
        torn.close()
        for each in (again, copy):
            assert reopened(each) == expected(8)
    for place in range(begin, len(log), 11):
        changed = bytearray(log)
        changed[place] ^= 0x40
        (killed(whole, copy) / LOG_NAME).write_bytes(changed)
        assert reopened(copy) == expected(5)


def test_a_bad_record_before_a_good_one_is_damage(tmp_path: Path) -> None:
    path, copy = tmp_path / "database", tmp_path / "copy"
    database = created(path, 3)
    append(database, 3, 2)
    begin = (path / LOG_NAME).stat().st_size
    append(database, 5, 2)
    log = (path / LOG_NAME).read_bytes()
    for place in range(0, begin, 13):
        changed = bytearray(log)
        changed[place] ^= 0x01
        (killed(path, copy) / LOG_NAME).write_bytes(changed)
        for read_only in (False, True):
            with pytest.raises(OperationalError, match=r"log' is damaged: record 0"):
                Database.open(str(copy), read_only=read_only)
    database.close()


def test_records_before_the_manifest_are_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "database"
    database = created(path, 3)
    append(database, 3, 2)
    log = (path / LOG_NAME).read_bytes()
    with database.begin() as transaction:
        transaction.delete("t", np.array([0]))
    # As if the kill had come between the manifest and whatever is done to the log.
    (path / LOG_NAME).write_bytes(log)
    assert reopened(killed(path, tmp_path / "copy")) == expected(5)[1:]
    append(database, 5, 1)
    assert reopened(killed(path, tmp_path / "copy")) == expected(6)[1:]
    database.close()
    assert reopened(path) == expected(6)[1:]


CALLS = ("pwrite", "fdatasync", "ftruncate", "fsync", "rename", "replace", "open")


@contextmanager
def watched(before: Callable[[str], None]) -> Iterator[None]:
    """Call `before` ahead of each call that changes what is on the disk."""
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            real = getattr(os, name)

            def call(*given: Any, _name: str = name, _real: Any = real, **named: Any) -> Any:
                before(_name)
                return _real(*given, **named)

            patch.setattr(os, name, call)
        yield


def changes(database: Database, step: int) -> None:
    """Make one commit: mostly small appends, and what makes the log's rows chunks."""
    if step == 4:
        with database.begin() as transaction:
            transaction.delete("t", np.array([0]))
    elif step == 7:
        with database.begin() as transaction:
            transaction.create_table("u", COLUMNS)
    else:
        append(database, 10 * step, 1 + step % 3)


def test_a_kill_at_any_call_leaves_the_last_commit_or_the_next(tmp_path: Path) -> None:
    path = tmp_path / "database"
    copies: list[tuple[int, Path]] = []
    database = created(path, 2)
    states = [contents(database.table("t"))]
    for step in range(10):

        def copy(_: str, step: int = step) -> None:
            copies.append((step, killed(path, tmp_path / f"{step}-{len(copies)}")))

        with watched(copy):
            changes(database, step)
        states.append(contents(database.table("t")))
    database.close()
    assert len(copies) > 30
    for step, name in copies:
        assert reopened(name) in (states[step], states[step + 1]), name


@pytest.mark.parametrize("call", ["pwrite", "fdatasync", "ftruncate", "fsync"])
def test_a_failing_disk_stores_nothing_and_the_next_append_goes_on(
    tmp_path: Path, call: str
) -> None:
    path = tmp_path / "database"
    database = created(path, 2)
    rows = 2
    for _ in range(3):
        left = [1]

        def fail(name: str, left: list[int] = left) -> None:
            if name == call and left:
                left.pop()
                raise OSError(errno.ENOSPC, "full")

        with watched(fail):
            try:
                append(database, rows, 3)
                rows += 3
            except OperationalError as error:
                assert "the disk is full while committing" in error.message
        assert contents(database.table("t")) == expected(rows)
        assert reopened(killed(path, tmp_path / "copy")) == expected(rows)
    append(database, rows, 2)
    database.close()
    assert reopened(path) == expected(rows + 2)


def test_a_log_that_cannot_be_cut_gives_way_to_a_manifest(tmp_path: Path) -> None:
    path = tmp_path / "database"
    database = created(path, 2)
    append(database, 2, 1)

    def fail(name: str) -> None:
        if name in ("fdatasync", "ftruncate"):
            raise OSError(errno.EIO, "broken")

    with watched(fail), pytest.raises(OperationalError, match="broken while committing"):
        append(database, 3, 1)
    commit = database.snapshot().commit
    append(database, 3, 2)
    assert database.snapshot().commit == commit + 1
    assert reopened(killed(path, tmp_path / "copy")) == expected(5)
    append(database, 5, 2)
    assert database.snapshot().commit == commit + 1
    assert reopened(killed(path, tmp_path / "copy")) == expected(7)
    database.close()


def test_readers_see_the_log_as_it_was_when_they_came(tmp_path: Path) -> None:
    path = tmp_path / "database"
    database = created(path, 2)
    append(database, 2, 2)
    with Database.open(str(path), read_only=True) as reader:
        append(database, 4, 2)
        with database.begin() as transaction:
            transaction.delete("t", np.array([0]))
        append(database, 6, 1)
        assert contents(reader.table("t")) == expected(4)
        with Database.open(str(path), read_only=True) as later:
            assert contents(later.table("t")) == expected(7)[1:]
    database.close()


def test_a_reader_tries_again_when_the_manifest_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gpudb.storage import replay

    path = tmp_path / "database"
    database = created(path, 2)
    append(database, 2, 2)
    left = [1]

    def slow(folder: Path, commit: int) -> Any:
        if left:
            left.pop()
            with database.begin() as transaction:
                transaction.delete("t", np.array([0]))
            append(database, 4, 1)
        return read_log(folder, commit)

    monkeypatch.setattr(replay, "read_log", slow)
    with Database.open(str(path), read_only=True) as reader:
        assert contents(reader.table("t")) == expected(5)[1:]
    database.close()


def test_an_older_format_is_written_anew_before_anything_is_logged(tmp_path: Path) -> None:
    path = tmp_path / "database"
    created(path, 2).close()
    manifest = path / MANIFEST_NAME
    manifest.write_bytes(manifest.read_bytes().replace(b'{"gpudb": 4', b'{"gpudb": 3'))
    with Database.open(str(path)) as database:
        append(database, 2, 2)
        assert not (path / LOG_NAME).exists()
        found = read_manifest(path)
        assert found is not None
        assert found.version == 4
        append(database, 4, 2)
        assert (path / LOG_NAME).exists()
    assert reopened(path) == expected(6)


def test_a_transaction_and_its_savepoints_are_one_record(tmp_path: Path) -> None:
    path = tmp_path / "database"
    database = created(path, 2)
    with database.begin_beside() as transaction:
        transaction.append("t", [rows_from(2, 1)])
        kept = transaction.savepoint()
        transaction.append("t", [rows_from(100, 5)])
        transaction.return_to(kept)
        transaction.append("t", [rows_from(3, 0), rows_from(3, 2)])
    with database.begin_beside() as transaction:
        transaction.append("t", [rows_from(100, 5)])
        transaction.rollback()
    assert reopened(killed(path, tmp_path / "copy")) == expected(5)
    database.close()


def test_encoding_a_tail_is_no_change_to_transactions_beside(tmp_path: Path) -> None:
    path = tmp_path / "database"
    database = created(path, 2)
    append(database, 2, 2)
    changing, appending = database.begin_beside(), database.begin_beside()
    changing.delete("t", np.array([3]))
    appending.append("t", [rows_from(3, 2)])
    with database.begin() as transaction:
        # The manifest that this writes makes a chunk of t's tail.
        transaction.create_table("u", COLUMNS)
    changing.commit()
    assert contents(database.table("t")) == expected(3)
    assert reopened(killed(path, tmp_path / "copy")) == expected(3)
    appending.commit()
    assert contents(database.table("t")) == expected(5)
    database.close()
    assert reopened(path) == expected(5)


def test_any_changes_survive_kills(tmp_path: Path) -> None:
    path, chance = tmp_path / "database", random.Random(7)
    database, rows, number = created(path), 0, 0
    model: list[Row] = []
    for _ in range(120):
        kind = chance.choice(["append"] * 12 + ["delete", "large", "beside", "kill", "other"])
        if kind in ("append", "large", "beside"):
            count = chance.randint(1, 40) if kind != "large" else 5000
            beside = database.begin_beside() if kind == "beside" else database.begin()
            if kind == "beside":
                append(database, rows, 2)
                model += expected(rows + 2)[rows:]
                rows += 2
            with beside as transaction:
                transaction.append("t", [rows_from(rows, count)])
            model += expected(rows + count)[rows:]
            rows += count
        elif kind == "delete" and model:
            table = database.table("t")
            masks = [chunk.live_rows() for chunk in table.chunks]
            sizes = [chunk.rows for chunk in table.chunks]
            live = np.concatenate(
                [np.ones(n, bool) if m is None else m for n, m in zip(sizes, masks, strict=True)]
            )
            place = chance.randrange(len(model))
            with database.begin() as transaction:
                transaction.delete("t", np.flatnonzero(live)[[place]])
            del model[place]
        elif kind == "other":
            number += 1
            with database.begin() as transaction:
                transaction.create_table(f"u{number}", COLUMNS)
        elif kind == "kill":
            copy = killed(path, tmp_path / f"copy{number}-{rows}")
            database.close()
            path, database = copy, Database.open(str(copy))
        assert database.table("t").row_count == len(model)
    assert contents(database.table("t")) == model
    database.close()
    assert reopened(path) == model
