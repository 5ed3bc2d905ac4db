"""TPC-H's 22 queries at scale 0.01, over many chunks and morsels: the answers are DuckDB's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.tpch import QUERIES, TABLES, generate
from tests.plain.engine.agreement import find_difference
from tests.plain.engine.twins import Twins, open_twins


@pytest.fixture(scope="module")
def tpch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    files = generate(0.01, tmp_path_factory.mktemp("tpch"))
    statements = [f"CREATE TABLE {t} AS SELECT * FROM '{files[t]}'" for t in TABLES]
    with open_twins(statements, device="cpu", chunk_rows=9_000, morsel_rows=1_000) as both:
        yield both


def test_there_are_22() -> None:
    assert list(QUERIES) == [f"q{number}" for number in range(1, 23)]


@pytest.mark.parametrize("name", QUERIES)
def test_query(tpch: Twins, name: str) -> None:
    tpch.check(QUERIES[name])


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_whole(tpch: Twins, name: str) -> None:
    ours = tpch.ours.execute(f"SELECT * FROM {name}").fetchall()
    theirs = [tuple(row) for row in tpch.theirs.execute(f"SELECT * FROM {name}").fetchall()]
    assert find_difference(ours, theirs, is_ordered=True) is None
