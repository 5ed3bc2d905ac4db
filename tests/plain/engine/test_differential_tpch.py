"""TPC-H at a hundredth of scale 1: the bench's eight queries give DuckDB's answers."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

import gpudb
from bench.tpch import QUERIES, TABLES, generate
from tests.plain.engine.agreement import find_difference
from tests.plain.engine.twins import Twins

SCALE = 0.01


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    files = generate(SCALE, tmp_path_factory.mktemp("tpch"))
    # Small chunks and morsels, so that every query has many of both.
    ours = gpudb.connect(device="cpu", chunk_rows=9_000, morsel_rows=1_000)
    theirs = duckdb.connect()
    for name in TABLES:
        ours.execute(f"CREATE TABLE {name} AS SELECT * FROM '{files[name]}'")
        theirs.execute(f"CREATE TABLE {name} AS SELECT * FROM '{files[name]}'")
    yield Twins(ours, theirs)
    ours.close()
    theirs.close()


@pytest.mark.parametrize("name", QUERIES)
def test_query(databases: Twins, name: str) -> None:
    ours = databases.ours.execute(QUERIES[name]).fetchall()
    theirs = databases.theirs.execute(QUERIES[name]).fetchall()
    assert theirs
    assert find_difference(ours, theirs, is_ordered=True) is None


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_whole(databases: Twins, name: str) -> None:
    ours = databases.ours.execute(f"SELECT * FROM {name}").fetchall()
    theirs = databases.theirs.execute(f"SELECT * FROM {name}").fetchall()
    assert find_difference(ours, theirs, is_ordered=True) is None
