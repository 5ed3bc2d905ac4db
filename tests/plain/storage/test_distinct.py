"""The estimate of a table's distinct values: repeated in its chunks, clustered and unique ones."""

from __future__ import annotations

import numpy as np
import pytest

from gpudb.storage import types
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.memory import transient_table
from tests.plain.storage.sample_tables import batch_of

ROWS = 40_000
RANDOM = np.random.default_rng(11)


@pytest.mark.parametrize(
    ("values", "share"),
    [
        pytest.param(RANDOM.integers(0, 25, ROWS), 0.05, id="few values in every chunk"),
        pytest.param(RANDOM.integers(0, 9000, ROWS), 0.25, id="as many as a chunk has rows"),
        pytest.param(np.arange(ROWS) // 4 * 32, 0.15, id="sorted, four rows each"),
        pytest.param(np.arange(ROWS), 0.01, id="unique"),
        pytest.param(RANDOM.integers(0, 20_000, ROWS) * 1000, 0.25, id="spread widely"),
    ],
)
def test_estimates_are_near(values: np.ndarray, share: float) -> None:
    batch = batch_of(values.tolist(), types.BIGINT)
    table = transient_table(
        "t", (ColumnDefinition("x", types.BIGINT),), [batch], chunk_rows=ROWS // 4
    )
    known = len(np.unique(values))
    assert abs(table.statistics("x").distinct - known) <= share * known
