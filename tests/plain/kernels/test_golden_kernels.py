"""The golden kernels answer alike by python, by our compiler, by Numba and by DuckDB."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

import gpudb
from tests.plain.engine.agreement import find_difference
from tests.plain.engine.scripts import SCRIPTS, read_script

STATEMENTS = [block.statement for block in read_script(SCRIPTS / "kernels.sql")]
EXPLAIN = "EXPLAIN CODE "
QUERIES = [s.removeprefix(EXPLAIN) for s in STATEMENTS if s.startswith(EXPLAIN)]
TABLES = [s for s in STATEMENTS if s.startswith(("CREATE", "INSERT"))]


@pytest.fixture(scope="module")
def connections() -> Iterator[list[gpudb.Connection]]:
    made = [
        gpudb.connect(device="python", morsel_rows=2),
        gpudb.connect(device="cpu", compiler="llvm", chunk_rows=2),
        gpudb.connect(device="cpu", quick_start=False, chunk_rows=2),
        gpudb.connect(device="cpu", compiler="numba", morsel_rows=1),
    ]
    for connection in made:
        for statement in TABLES:
            connection.execute(statement)
    yield made
    for connection in made:
        connection.close()


@pytest.fixture(scope="module")
def theirs() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    for statement in TABLES:
        connection.execute(statement)
    yield connection
    connection.close()


def test_there_are_a_dozen() -> None:
    assert len(QUERIES) >= 12


@pytest.mark.parametrize("query", QUERIES)
def test_golden_kernel(
    query: str, connections: list[gpudb.Connection], theirs: duckdb.DuckDBPyConnection
) -> None:
    # DuckDB's `/` gives DOUBLE where PostgreSQL's truncates, and its `//` truncates.
    expected = theirs.execute(query.replace("10 / (", "10 // (")).fetchall()
    for connection in connections:
        rows = connection.execute(query).fetchall()
        is_ordered = "ORDER BY" in query
        assert find_difference(rows, expected, is_ordered=is_ordered) is None
