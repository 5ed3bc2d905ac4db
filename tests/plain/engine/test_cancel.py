"""Ctrl-C and Cursor.cancel(): a statement stops soon, stores nothing, and leaves things usable."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gpudb

# The aim is 0.2 s on a machine that has nothing else to do; tests share theirs.
PATIENCE_SECONDS = 3.0
ROWS = 400_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a table of random numbers, and its rows as a Parquet and a CSV file."""
    made = tmp_path_factory.mktemp("cancel")
    random = np.random.default_rng(5)
    table = pa.table(
        {
            "k": random.integers(0, 1 << 62, ROWS),
            "g": random.integers(0, ROWS, ROWS),
            "f": random.random(ROWS),
            "one": np.ones(ROWS, np.int32),
        }
    )
    pq.write_table(table, made / "numbers.parquet", row_group_size=20_000)
    with gpudb.connect(made / "database.gpudb", chunk_rows=50_000) as connection:
        connection.cursor().adbc_ingest("numbers", table)
        connection.execute(f"COPY numbers TO '{made}/numbers.csv'")
    return made


@pytest.fixture
def connection(folder: Path) -> Iterator[gpudb.Connection]:
    with gpudb.connect(folder / "database.gpudb", chunk_rows=50_000) as opened:
        yield opened


def cancel_soon(connection: gpudb.Connection, text: str) -> float:
    """Cancel `text` when it has run for a moment; return how long it went on, in seconds."""
    cursor = connection.cursor()
    outcome: list[BaseException | None] = []

    def run() -> None:
        try:
            cursor.execute(text)
            outcome.append(None)
        except gpudb.Error as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive(), f"{text} ended by itself: {outcome}"
    began = time.monotonic()
    cursor.cancel()
    thread.join(60)
    went_on = time.monotonic() - began
    assert isinstance(outcome[0], gpudb.QueryCancelled), outcome
    return went_on


LONG = [
    "SELECT count(*) FROM numbers a, numbers b WHERE a.k + b.g = 17",
    "SELECT count(*) FROM numbers a JOIN numbers b ON a.one = b.one WHERE a.f < b.f",
    "SELECT a.k, b.k FROM numbers a JOIN numbers b ON a.one = b.one",
    "CREATE TABLE new AS SELECT a.k, b.g FROM numbers a JOIN numbers b ON a.one = b.one",
    "SELECT max(m) FROM (SELECT median(g) OVER (ORDER BY one, k GROUPS BETWEEN 100000 PRECEDING "
    "AND 100000 FOLLOWING EXCLUDE GROUP) AS m FROM (SELECT * FROM numbers UNION ALL "
    "SELECT * FROM numbers) AS n) AS q",
]


@pytest.mark.parametrize("text", LONG)
def test_long_queries_stop(connection: gpudb.Connection, text: str) -> None:
    assert cancel_soon(connection, text) < PATIENCE_SECONDS
    assert connection.execute("SELECT count(*) FROM numbers").fetchall() == [(ROWS,)]
    assert [row[0] for row in connection.execute("SHOW TABLES").fetchall()] == ["numbers"]


def copies(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield a name and a statement that reads or writes all rows, far too often."""
    many = " ".join(f"INSERT INTO n SELECT * FROM '{folder}/numbers.parquet';" for _ in range(90))
    yield "insert", many
    yield "copy from", f"COPY n FROM '{folder}/numbers.csv';" * 90
    yield "copy to", f"COPY numbers TO '{folder}/out.csv';" * 90
    yield "own rows", "INSERT INTO n SELECT * FROM numbers;" * 90


def test_loads_and_exports_stop(connection: gpudb.Connection, folder: Path) -> None:
    for name, text in copies(folder):
        connection.execute("CREATE TABLE n (k BIGINT, g BIGINT, f DOUBLE, one INTEGER)")
        assert cancel_soon(connection, text) < PATIENCE_SECONDS, name
        # Whole statements are stored, or nothing of them.
        count = connection.execute("SELECT count(*) FROM n").fetchall()[0][0]
        assert count % ROWS == 0 and count < 90 * ROWS
        connection.execute("DROP TABLE n")
    assert not list(folder.glob(".*.part"))


def test_waiting_for_another_writer_stops(connection: gpudb.Connection, folder: Path) -> None:
    with gpudb.connect(folder / "database.gpudb") as other, other._database.begin():
        assert cancel_soon(connection, "CREATE TABLE new (a INTEGER)") < PATIENCE_SECONDS
    assert [row[0] for row in connection.execute("SHOW TABLES").fetchall()] == ["numbers"]


INTERRUPTED = """
import sys, time
import gpudb
connection = gpudb.connect(sys.argv[1])
print("running", flush=True)
try:
    connection.execute(sys.argv[2])
except KeyboardInterrupt:
    print("stopped", connection.execute("SELECT count(*) FROM numbers").fetchall())
"""


@pytest.mark.parametrize("text", [LONG[0], LONG[3]])
def test_ctrl_c(folder: Path, text: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(folder / "database.gpudb"), text]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        time.sleep(0.5)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert out == f"stopped [({ROWS},)]\n"
    assert process.returncode == 0
