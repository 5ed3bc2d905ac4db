"""Commits of several threads that wait for the same disk: one record, or none of them."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import gpudb
from gpudb.storage.log import LogWriter
from gpudb.storage.sharing import open_shared

THREADS, APPENDS = 6, 12
Row = tuple[int, int]


def rows_of(path: Path) -> list[Row]:
    with gpudb.connect(path, read_only=True) as connection:
        return connection.execute("SELECT who, number FROM t").fetchall()


@pytest.fixture
def database(tmp_database: Path) -> Path:
    with gpudb.connect(tmp_database) as connection:
        connection.execute("CREATE TABLE t (who INTEGER, number INTEGER)")
    return tmp_database


class Appending:
    """Threads that append row after row, each on a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: set[Row] = set()
        self.failed: set[Row] = set()

    def run(self) -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            for done in [pool.submit(self._append, who) for who in range(THREADS)]:
                done.result()

    def _append(self, who: int) -> None:
        with gpudb.connect(self.path) as connection:
            for number in range(APPENDS):
                try:
                    connection.execute(f"INSERT INTO t VALUES ({who}, {number})")
                except gpudb.OperationalError as error:
                    assert "committing" in str(error) or "before this one" in str(error)
                    self.failed.add((who, number))
                    continue
                self.told.add((who, number))
                question = f"SELECT count(*), max(number) FROM t WHERE who = {who}"
                ((count, most),) = connection.execute(question).fetchall()
                assert most == number
                assert count == sum(row[0] == who for row in tuple(self.told))


def slow(force: Callable[[int], None]) -> Callable[[int], None]:
    def forced(descriptor: int) -> None:
        time.sleep(0.01)
        force(descriptor)

    return forced


def test_commits_share_a_record(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forces: list[int] = []
    force = slow(os.fdatasync)

    def counted(descriptor: int) -> None:
        forces.append(descriptor)
        force(descriptor)

    appending = Appending(database)
    # It keeps the log from being folded while no thread has the database open.
    with gpudb.connect(database):
        monkeypatch.setattr(os, "fdatasync", counted)
        appending.run()
    assert len(appending.told) == THREADS * APPENDS
    assert len(forces) < len(appending.told) / 2
    assert sorted(rows_of(database)) == sorted(appending.told)


def test_a_kill_loses_no_commit_that_was_told(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    appending, force, number = Appending(database), os.fdatasync, 0
    seen: list[tuple[set[Row], Path]] = []

    def copied(descriptor: int) -> None:
        nonlocal number
        number += 1
        time.sleep(0.01)
        # What others were told lies in the log before this record does.
        if number % 3 == 0:
            told, copy = set(appending.told), tmp_path / f"copy{number}"
            shutil.copytree(database, copy)
            seen.append((told, copy))
        force(descriptor)

    with gpudb.connect(database):
        monkeypatch.setattr(os, "fdatasync", copied)
        appending.run()
    monkeypatch.undo()
    assert seen
    for told, copy in seen:
        assert told <= set(rows_of(copy))
    assert sorted(rows_of(database)) == sorted(appending.told)


def test_commits_that_did_not_reach_the_disk_fail_all(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    appending, force, number = Appending(database), slow(os.fdatasync), 0

    def failing(descriptor: int) -> None:
        nonlocal number
        number += 1
        force(descriptor)
        if number % 3 == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with gpudb.connect(database) as connection:
        monkeypatch.setattr(os, "fdatasync", failing)
        appending.run()
        monkeypatch.undo()
        assert appending.failed and appending.told
        assert not appending.failed & appending.told
        found = connection.execute("SELECT who, number FROM t").fetchall()
        assert sorted(found) == sorted(appending.told)
        connection.execute("INSERT INTO t VALUES (100, 0)")
    assert sorted(rows_of(database)) == sorted({*appending.told, (100, 0)})


def test_what_is_no_append_waits_for_the_disk(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manifest holds what waits; where that fails, so does what was made of it."""
    begun, may_end = threading.Event(), threading.Event()
    append = LogWriter.append

    def held(self: LogWriter, *given: object) -> None:
        begun.set()
        may_end.wait()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with gpudb.connect(database) as first, gpudb.connect(database) as second:
        first.execute("INSERT INTO t VALUES (0, 0)")
        with monkeypatch.context() as patch, ThreadPoolExecutor(2) as pool:
            patch.setattr(LogWriter, "append", held)
            waiting = pool.submit(first.execute, "INSERT INTO t VALUES (1, 1)")
            begun.wait()
            # Readers do not see what waits, the next to write does.
            changing = pool.submit(second.execute, "UPDATE t SET number = number + 1")
            database_ = open_shared(str(database))
            assert database_.table("t").row_count == 1
            while not database_._writing.locked():
                time.sleep(0.001)
            time.sleep(0.05)
            assert not changing.done()
            may_end.set()
            with pytest.raises(gpudb.OperationalError, match="disk is full"):
                waiting.result()
            with pytest.raises(gpudb.OperationalError, match="a commit before this one"):
                changing.result()
            patch.setattr(LogWriter, "append", append)
        database_.close()
        second.execute("UPDATE t SET number = number + 5")
        assert first.execute("SELECT who, number FROM t").fetchall() == [(0, 5)]
    assert rows_of(database) == [(0, 5)]


def test_ctrl_c_leaves_no_commit_that_waits(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes while another thread forces the log: the commit behind is not left there."""
    with gpudb.connect(database) as connection, open_shared(str(database)) as shared:
        commits = shared.commits
        wait, interrupts = commits._force_until, [KeyboardInterrupt()]

        def interrupted(is_done: Callable[[], bool]) -> None:
            if interrupts:
                raise interrupts.pop()
            wait(is_done)

        monkeypatch.setattr(commits, "_force_until", interrupted)
        with pytest.raises(KeyboardInterrupt):
            connection.execute("INSERT INTO t VALUES (1, 1)")
        assert not commits._waiting
        assert connection.execute("SELECT * FROM t").fetchall() == [(1, 1)]
    assert rows_of(database) == [(1, 1)]
