"""One folder opened several times in one process: one database, given back by its last user."""

from __future__ import annotations

import gc
import multiprocessing
import shutil
from pathlib import Path

import pytest

import gpudb
from gpudb.errors import OperationalError
from gpudb.storage.catalog import Database
from gpudb.storage.sharing import open_shared


def is_free(path: Path) -> bool:
    """Whether the folder's lock can be taken, as another process would."""
    try:
        Database.open(str(path)).close()
    except OperationalError:
        return False
    return True


def test_a_notebook_runs_its_first_cell_again(tmp_database: Path) -> None:
    old = gpudb.connect(tmp_database)
    old.execute("CREATE TABLE t AS SELECT 1 AS a")
    new = gpudb.connect(tmp_database)
    new.execute("INSERT INTO t VALUES (2)")
    assert old.execute("SELECT a FROM t ORDER BY a").fetchall() == [(1,), (2,)]
    old.close()
    assert not is_free(tmp_database)
    assert new.execute("SELECT count(*) FROM t").fetchall() == [(2,)]
    new.close()
    assert is_free(tmp_database)


def test_an_abandoned_connection_gives_the_folder_back(tmp_database: Path) -> None:
    connection = gpudb.connect(tmp_database)
    connection = gpudb.connect(tmp_database)
    gc.collect()
    connection.close()
    assert is_free(tmp_database)


def test_other_names_of_a_folder(tmp_database: Path) -> None:
    link = tmp_database.with_name("link")
    with gpudb.connect(tmp_database) as connection:
        link.symlink_to(tmp_database)
        with gpudb.connect(link) as other:
            other.execute("CREATE TABLE t AS SELECT 1 AS a")
        assert connection.execute("SELECT a FROM t").fetchall() == [(1,)]


def test_a_folder_made_anew_is_another_database(tmp_database: Path) -> None:
    old = open_shared(str(tmp_database))
    shutil.rmtree(tmp_database)
    new = open_shared(str(tmp_database))
    assert new is not old
    new.close()
    old.close()


def test_what_is_only_read_is_not_shared(tmp_database: Path) -> None:
    with gpudb.connect(tmp_database) as writer:
        writer.execute("CREATE TABLE t AS SELECT 1 AS a")
        with gpudb.connect(tmp_database, read_only=True) as reader:
            writer.execute("INSERT INTO t VALUES (2)")
            assert reader.execute("SELECT a FROM t").fetchall() == [(1,)]
            with pytest.raises(gpudb.OperationalError, match="read-only"):
                reader.execute("DROP TABLE t")


def open_in_child(path: str, answers: multiprocessing.SimpleQueue[str]) -> None:
    try:
        gpudb.connect(path)
    except gpudb.OperationalError as error:
        answers.put(error.message)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_may_not_write(tmp_database: Path) -> None:
    context = multiprocessing.get_context("fork")
    with gpudb.connect(tmp_database):
        answers = context.SimpleQueue()
        child = context.Process(target=open_in_child, args=(str(tmp_database), answers))
        child.start()
        child.join(20)
        assert child.exitcode == 0
        assert "is already open for writing in process" in answers.get()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_writes_nothing_into_its_parents_database(tmp_database: Path) -> None:
    context = multiprocessing.get_context("fork")
    with gpudb.connect(tmp_database) as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")
        connection.execute("INSERT INTO t VALUES (1)")
        answers = context.SimpleQueue()

        def write_and_close() -> None:
            try:
                connection.execute("INSERT INTO t VALUES (2)")
            except gpudb.OperationalError as error:
                answers.put(error.message)
            connection.close()

        child = context.Process(target=write_and_close)
        child.start()
        child.join(20)
        assert child.exitcode == 0
        assert "before this process was forked" in answers.get()
        connection.execute("INSERT INTO t VALUES (3)")
        assert connection.execute("SELECT a FROM t ORDER BY a").fetchall() == [(1,), (3,)]
    with gpudb.connect(tmp_database) as connection:
        assert connection.execute("SELECT a FROM t ORDER BY a").fetchall() == [(1,), (3,)]
