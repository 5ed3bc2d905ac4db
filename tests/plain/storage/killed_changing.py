"""A process that appends, updates and deletes in one transaction after the other, to be killed.

Commit c appends ROWS rows, gives every fifth row the value c, and deletes every thirteenth; which
ones depends on c. `state` computes what the table holds then.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gpudb.storage import types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.folder import files_of
from gpudb.storage.table import TableVersion
from tests.plain.storage.killing import kill_while_committing

ROWS = 500
COLUMNS = (ColumnDefinition("place", types.BIGINT), ColumnDefinition("value", types.BIGINT))
Numbers = npt.NDArray[np.int64]


def state(commits: int) -> tuple[Numbers, Numbers]:
    """Return the places and the values of the rows after so many commits."""
    places, values = np.zeros(0, np.int64), np.zeros(0, np.int64)
    for commit in range(commits):
        places = np.concatenate([places, np.arange(commit * ROWS, (commit + 1) * ROWS)])
        values = np.concatenate([values, np.full(ROWS, -1, np.int64)])
        values[places % 5 == commit % 5] = commit
        kept = places % 13 != commit % 13
        places, values = places[kept], values[kept]
    return places, values


def read(table: TableVersion) -> tuple[Numbers, Numbers, Numbers]:
    """Return the numbers, places and values of the rows that are there."""
    found = [np.zeros((3, 0), np.int64)]
    for index, chunk in enumerate(table.chunks):
        numbers = table.first_rows[index] + np.arange(chunk.rows)
        columns = [numbers, chunk.read_values("place").values, chunk.read_values("value").values]
        live = chunk.live_rows()
        found.append(np.stack(columns)[:, slice(None) if live is None else live])
    numbers, places, values = np.concatenate(found, axis=1)
    return numbers, places, values


def change(database: Database, commit: int) -> None:
    """Make commit number `commit`."""
    with database.begin_beside() as transaction:
        new = np.arange(commit * ROWS, (commit + 1) * ROWS)
        rows = pa.record_batch([new, np.full(ROWS, -1, np.int64)], names=["place", "value"])
        transaction.append("numbers", [rows])
        numbers, places, _ = read(transaction.table("numbers"))
        touched = numbers[places % 5 == commit % 5]
        values = pa.array(np.full(len(touched), commit, np.int64))
        transaction.update("numbers", touched, {"value": values})
        transaction.delete("numbers", numbers[places % 13 == commit % 13])


def change_for_ever(path: str) -> None:
    """Commit after commit, printing the number of commits done."""
    with Database.open(path) as database:
        if database.find_table("numbers") is None:
            with database.begin() as transaction:
                transaction.create_table("numbers", COLUMNS, chunk_rows=700)
            commit = 0
        else:
            # The manifest counts the table's creation, too.
            commit = database.snapshot().commit - 1
        print(commit, flush=True)
        while True:
            change(database, commit)
            commit += 1
            print(commit, flush=True)


def kill_while_changing(path: Path, chance: random.Random, most_commits: int) -> int:
    """Change in another process, kill it at a random moment, return the last commit it told of."""
    module = "tests.plain.storage.killed_changing"
    return kill_while_committing(module, path, chance, most_commits, commit_seconds=0.05)


def check_last_commit(path: Path, told: int) -> int:
    """Check that the database holds commit `told` or the next, whole; return which."""
    with Database.open(str(path)) as database:
        snapshot = database.snapshot()
        commit = snapshot.commit - 1
        assert commit in (told, told + 1)
        _, places, values = read(snapshot.table("numbers"))
        expected_places, expected_values = state(commit)
        assert np.array_equal(places, expected_places)
        assert np.array_equal(values, expected_values)
        assert set(path.glob("tables/*/*")) == {file.path for file in files_of(snapshot)}
        return commit


if __name__ == "__main__":
    change_for_ever(sys.argv[1])
