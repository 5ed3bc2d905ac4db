"""Thousands of random window functions answer as in DuckDB."""

from __future__ import annotations

import pytest

from tests.plain.engine.random_windows import check_windows

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("seed", range(100, 140))
def test_many_windows(seed: int) -> None:
    assert check_windows(seed, queries=100) > 80
