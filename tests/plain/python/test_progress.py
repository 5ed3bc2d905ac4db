"""What statements tell of how far they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gpudb

ROWS = 200_000
Step = tuple[int, int | None, int, int | None]


@pytest.fixture
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect(chunk_rows=65_536) as connection:
        yield connection


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.parquet"
    table = pa.table({"n": np.arange(ROWS), "x": np.arange(ROWS) / 7})
    pq.write_table(table, path, row_group_size=ROWS // 5)
    return path


def steps_of(connection: gpudb.Connection, statement: str) -> list[Step]:
    steps: list[Step] = []
    connection.on_progress = lambda *step: steps.append(step)
    try:
        connection.execute(statement)
    finally:
        connection.on_progress = None
    return steps


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t AS SELECT * FROM '{file}'",
        "COPY target FROM '{file}'",
        "SELECT sum(x) FROM '{file}' WHERE n % 3 = 0",
        "COPY (SELECT n + 1 AS n FROM '{file}') TO '{file}.csv'",
    ],
)
def test_files_tell_how_far_they_are_read(
    statement: str, file: Path, connection: gpudb.Connection
) -> None:
    connection.execute("CREATE TABLE target (n BIGINT, x DOUBLE)")
    steps = steps_of(connection, statement.format(file=file))
    rows = [step[0] for step in steps]
    # A query begins anew where the file is read.
    read = rows[: rows.index(ROWS) + 1]
    assert read == sorted(read)
    assert len(set(read)) > 1
    # The share is that of rows or of bytes, as far as the whole is known.
    shares = [done / whole for step in steps for done, whole in (step[:2], step[2:]) if whole]
    assert max(shares) == 1.0


def test_an_error_in_the_callback_stops_the_load(file: Path, connection: gpudb.Connection) -> None:
    def fail(*_: object) -> None:
        raise gpudb.OperationalError("enough")

    connection.on_progress = fail
    with pytest.raises(gpudb.OperationalError, match="enough"):
        connection.execute(f"CREATE TABLE t AS SELECT * FROM '{file}'")
    connection.on_progress = None
    assert connection.get_tables() == []
