"""Many random changes and transactions, in gpudb, DuckDB and SQLite alike."""

from __future__ import annotations

import pytest

from tests.plain.engine.random_changes import Changes


@pytest.mark.parametrize("seed", range(100, 130))
def test_random_changes_agree_with_duckdb_and_sqlite(seed: int) -> None:
    with Changes(seed) as changes:
        for _ in range(80):
            changes.step()
