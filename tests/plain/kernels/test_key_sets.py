"""Sets of keys, as IN and EXISTS ask of them: a pipeline's bitmap is the index of the probe."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

import gpudb
from gpudb.kernels.fixed import FixedKernels

# What the keys of the build are, n being 0 to 999, and whether the bitmap of several is the index.
KEYS = {
    "n * 3": True,
    "n - 500": True,
    "n * 3 - 7777777777": True,
    "CASE WHEN n % 7 > 0 THEN n - 63 END": True,
    "CASE WHEN n < 0 THEN n END": True,
    "n % 2 = 0": True,
    "CASE WHEN n % 3 > 0 THEN n % 3 = 1 END": True,
    "n * 10000": False,
    "CASE WHEN n % 7 > 0 THEN n * 10000 - 1 END": False,
}
TESTS = (
    "k IN (SELECT k FROM b WHERE x < {limit})",
    "k NOT IN (SELECT k FROM b WHERE x < {limit})",
    "EXISTS (SELECT 1 FROM b WHERE b.k = p.k AND x < {limit})",
    "NOT EXISTS (SELECT 1 FROM b WHERE b.k = p.k AND x < {limit})",
)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("key", KEYS)
def test_sets_of_keys_answer_as_duckdb_does(
    key: str, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[object] = []
    list_bits = FixedKernels.list_bits

    def noted(fixed: FixedKernels, bits: np.ndarray) -> np.ndarray:
        if np.bitwise_count(bits.view(np.uint64)).sum() > 1:
            listed.append(bits)
        return list_bits(fixed, bits)

    monkeypatch.setattr(FixedKernels, "list_bits", noted)
    # Rows enough for each worker to have a morsel; the keys of p lie in and around those of b.
    made = "SELECT {0} AS k, i % 1000 AS x FROM (SELECT i, {1} AS n FROM range({2}) AS r(i)) AS s"
    tables = {"b": made.format(key, "i % 1000", 160_000), "p": made.format(key, "i - 200", 1500)}
    with gpudb.connect(threads=workers) as ours, duckdb.connect() as theirs:
        for name, rows in tables.items():
            ours.execute(f"CREATE TABLE {name} AS {rows}")
            theirs.execute(f"CREATE TABLE {name} AS {rows}")
        for test in TESTS:
            for limit in (0, 1, 700, 5000):
                sql = f"SELECT count(*), sum(x) FROM p WHERE {test.format(limit=limit)}"
                assert ours.execute(sql).fetchall() == theirs.execute(sql).fetchall(), sql
    assert bool(listed) is not KEYS[key]
