"""A process that appends a few rows in each commit, to be killed: nearly all go to the log.

Commit c appends c % 9 + 1 rows to `numbers`, which count on, and the same to `again`.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pyarrow as pa

from gpudb.storage import types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from tests.plain.storage.killing import kill_while_committing
from tests.plain.storage.sample_tables import read_table

COLUMNS = (ColumnDefinition("place", types.BIGINT), ColumnDefinition("text", types.TEXT))
TABLES = ("numbers", "again")
# Another statement makes the log's rows chunks now and then.
FOLDED_EVERY = 50


def rows_after(commits: int) -> int:
    """Return how many rows there are after so many commits."""
    return sum(commit % 9 + 1 for commit in range(commits))


def rows_from(first: int, end: int) -> pa.RecordBatch:
    """Return the rows of these numbers."""
    texts = [f"text {place % 1000}" for place in range(first, end)]
    return pa.record_batch([pa.array(range(first, end)), pa.array(texts)], ["place", "text"])


def append_for_ever(path: str) -> None:
    """Commit after commit, printing the number of commits done."""
    with Database.open(path) as database:
        if database.find_table("numbers") is None:
            with database.begin() as transaction:
                for name in TABLES:
                    transaction.create_table(name, COLUMNS)
        rows, commit = database.table("numbers").row_count, 0
        while rows_after(commit) < rows:
            commit += 1
        print(commit, flush=True)
        while True:
            batch = rows_from(rows_after(commit), rows_after(commit + 1))
            with database.begin() as transaction:
                for name in TABLES:
                    transaction.append(name, [batch])
                if commit % FOLDED_EVERY == 0:
                    transaction.encode_tails()
            commit += 1
            print(commit, flush=True)


def kill_while_appending(path: Path, chance: random.Random, most_commits: int) -> int:
    """Append in another process, kill it at a random moment, return the last commit it told of."""
    module = "tests.plain.storage.killed_appending"
    return kill_while_committing(module, path, chance, most_commits, commit_seconds=0.01)


def check_last_commit(path: Path, told: int) -> int:
    """Check that the database holds commit `told` or the next, whole; return which."""
    with Database.open(str(path), read_only=True) as database:
        rows = database.table("numbers").row_count
        assert rows in (rows_after(told), rows_after(told + 1))
        for name in TABLES:
            found = read_table(database.table(name))
            assert found.equals(pa.Table.from_batches([rows_from(0, rows)]).cast(found.schema))
        return told if rows == rows_after(told) else told + 1


if __name__ == "__main__":
    append_for_ever(sys.argv[1])
