"""A process that loads and commits for ever, how it is killed, and what must be there afterwards.

Commit n appends ROWS rows to `numbers`, which follow from their places, and replaces `latest`,
whose one row is n. So the number of rows tells the commit, and every value can be checked.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from gpudb.storage import types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.folder import files_of
from gpudb.storage.snapshot import Snapshot
from tests.plain.storage.sample_tables import read_table

ROWS = 20_000
NUMBERS = (
    ColumnDefinition("place", types.BIGINT, not_null=True),
    ColumnDefinition("mixed", types.INTEGER),
    ColumnDefinition("kind", types.TEXT),
    ColumnDefinition("text", types.TEXT),
)
LATEST = (ColumnDefinition("commit", types.BIGINT),)


def numbers(first: int, rows: int) -> pa.RecordBatch:
    """Return the rows of `numbers` from place `first`."""
    place = pa.array(range(first, first + rows), pa.int64())
    mixed = pc.bit_wise_and(pc.multiply(place, 48_271), 0x3FFFFFFF).cast(pa.int32())
    kind = pc.binary_join_element_wise("kind", pc.shift_right(place, 6).cast(pa.string()), " ")
    text = pc.multiply(place, 7919).cast(pa.string())
    return pa.record_batch([place, mixed, kind, text], names=[column.name for column in NUMBERS])


def load_for_ever(path: str) -> None:
    """Commit after commit, printing the number of commits done."""
    with Database.open(path) as database:
        table = database.find_table("numbers")
        commit = 0 if table is None else table.row_count // ROWS
        print(commit, flush=True)
        while True:
            with database.begin() as transaction:
                if transaction.find_table("numbers") is None:
                    transaction.create_table("numbers", NUMBERS, chunk_rows=12_000)
                batches = [numbers(commit * ROWS + part, ROWS // 5) for part in _parts()]
                transaction.append("numbers", batches)
                if transaction.find_table("latest") is not None:
                    transaction.drop_table("latest")
                transaction.create_table("latest", LATEST)
                transaction.append("latest", [pa.record_batch([[commit]], names=["commit"])])
            commit += 1
            print(commit, flush=True)


def _parts() -> range:
    return range(0, ROWS, ROWS // 5)


def commit_seconds(path: Path) -> float:
    """Load in another process for two commits, and return what the second one took."""
    with _loading(path) as process:
        assert process.stdout is not None
        moments = []
        for _ in range(3):
            assert process.stdout.readline(), "the loading process did not begin"
            moments.append(time.monotonic())
        process.kill()
    return moments[2] - moments[1]


def kill_while_loading(path: Path, chance: random.Random, most_seconds: float) -> int:
    """Load in another process, kill it at a random moment, return the last commit it told of."""
    with _loading(path) as process:
        assert process.stdout is not None
        told = [process.stdout.readline()]
        assert told[0], "the loading process did not begin"
        time.sleep(chance.uniform(0, most_seconds))
        process.kill()
        told += process.stdout.read().splitlines()
    return int(told[-1])


def _loading(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.plain.storage.killed_loading", str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def check_last_commit(path: Path, told: int) -> int:
    """Check that the database holds commit `told` or the next, whole; return which."""
    with Database.open(str(path)) as database:
        snapshot = database.snapshot()
        if told == 0 and not snapshot.tables():
            return 0
        commit = snapshot.table("numbers").row_count // ROWS
        assert commit in (told, told + 1)
        _check_values(snapshot, commit)
        assert set(path.glob("tables/*/*")) == {file.path for file in files_of(snapshot)}
        return commit


def _check_values(snapshot: Snapshot, commit: int) -> None:
    table = snapshot.table("numbers")
    assert table.row_count == commit * ROWS
    expected = pa.Table.from_batches([numbers(0, table.row_count)])
    assert read_table(table).equals(expected)
    assert read_table(snapshot.table("latest")).column("commit").to_pylist() == [commit - 1]


if __name__ == "__main__":
    load_for_ever(sys.argv[1])
