"""Thousands of random queries answer as DuckDB does; see tests/plain/engine/random_queries.py."""

from __future__ import annotations

import random

import pytest

import gpudb
from tests.plain.engine.agreement import check_agreement
from tests.plain.engine.random_queries import Queries
from tests.plain.engine.random_tables import make_databases

MORSELS = (1, 3, 1 << 17)


@pytest.mark.parametrize("seed", range(10_000, 10_200))
def test_python_agrees_with_duckdb(seed: int) -> None:
    check_seed(seed, gpudb.connect(device="python", morsel_rows=MORSELS[seed % 3]), 50)


@pytest.mark.parametrize("seed", range(20_000, 20_050))
def test_compiled_agrees_with_duckdb(seed: int) -> None:
    check_seed(seed, gpudb.connect(device="cpu", morsel_rows=MORSELS[seed % 3]), 40)


@pytest.mark.parametrize("seed", range(30_000, 30_010))
def test_numba_agrees_with_duckdb(seed: int) -> None:
    check_seed(seed, gpudb.connect(device="cpu", compiler="numba"), 10)


def check_seed(seed: int, ours: gpudb.Connection, count: int) -> None:
    databases = make_databases(random.Random(seed), ours)
    queries = Queries(seed)
    answered = sum(check_agreement(databases, queries.make()) for _ in range(count))
    databases.close()
    assert answered > count // 2
