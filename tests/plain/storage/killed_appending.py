"""A process that appends a few rows in each commit, to be killed: nearly all go to the log.

Commit c appends c % 9 + 1 rows to `numbers`, which count on, and the same to `again`.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa

from gpudb.storage import types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
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
    """Append in another process, kill it at a random moment, return the last commit it told of.

    The moment lies within or behind one of `most_commits`, however fast the machine is.
    """
    command = [sys.executable, "-m", "tests.plain.storage.killed_appending", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told, commit_seconds = [process.stdout.readline()], 0.01
        for _ in range(chance.randint(0, most_commits)):
            began = time.monotonic()
            told.append(process.stdout.readline())
            commit_seconds = time.monotonic() - began
        assert told[-1], "the appending process did not begin or go on"
        time.sleep(chance.uniform(0, 2 * commit_seconds))
        process.kill()
        told += process.stdout.read().splitlines()
    return int(told[-1])


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
