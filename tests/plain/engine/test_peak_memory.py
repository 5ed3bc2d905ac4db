"""The most memory that large answers take: little more than they and the columns touched."""

from __future__ import annotations

from pathlib import Path

import pytest

import gpudb
from bench.memory_use import measure_apart

ROWS = 1_000_000
TABLES = (
    "CREATE TABLE x AS SELECT 'id' || CAST(100 + i * 709 % 100 AS TEXT) AS id1,"
    f" 'id0000' || CAST({ROWS} + i * 1013 % {ROWS // 10} AS TEXT) AS id2,"
    " CAST(i * 31 % 100 AS INTEGER) AS id3, CAST(i * 37 % 1000 AS INTEGER) AS id4,"
    f" CAST(i * 1999 % {ROWS} AS INTEGER) AS id5, i * 0.5e0 AS v"
    f" FROM generate_series(1, {ROWS}) AS g(i)",
    "CREATE TABLE y AS SELECT id5 AS id, id1 AS name, id2 AS other, v * 2 AS w FROM x",
)
# The join comes first: its texts have no codes then, as in a process that asks nothing else.
QUERIES = {
    "join": "SELECT x.*, y.name, y.other, y.w FROM x JOIN y ON x.id5 = y.id",
    "groups": "SELECT id1, id2, id3, id4, id5, sum(v) AS v, count(*) AS n"
    " FROM x GROUP BY id1, id2, id3, id4, id5",
}


# Of the bytes of the columns touched and of the answer; the peak was 3.8 and 2.2 times these.
MOST_TIMES = {"groups": 2.2, "join": 1.9}


@pytest.fixture(name="database", scope="module")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("peaks")
    kernels = str(folder / "kernels")
    # Chunks are many, as those of a table of ten times the rows.
    with gpudb.connect(
        folder / "data", threads=2, chunk_rows=1 << 17, cache_directory=kernels
    ) as connection:
        for statement in TABLES:
            connection.execute(statement)
        connection.execute("SET quick_start = off")
        for query in QUERIES.values():  # compiles: LLVM's memory is not a query's
            connection.execute(query)
    return folder


@pytest.mark.parametrize("name", QUERIES)
def test_peaks_are_little_more_than_columns_and_answer(database: Path, name: str) -> None:
    use = measure_apart(database / "data", database / "kernels", 2, [QUERIES[name]])
    assert use.answered > 50 * ROWS
    assert use.peak <= MOST_TIMES[name] * (use.answered + use.touched)
