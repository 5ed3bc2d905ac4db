"""Random window functions answer as in DuckDB; many more in tests/slow."""

from __future__ import annotations

import pytest

from tests.plain.engine.random_windows import check_windows


@pytest.mark.parametrize("seed", [1, 2])
def test_random_windows(seed: int) -> None:
    assert check_windows(seed, queries=15) > 10
