"""Digests of quantiles: accurate by rank, in whatever order values come and digests merge."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels.digests import DIGEST_WORDS, VALUES, WEIGHTS, digest_quantiles, merge_digests

FRACTIONS = (0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0)
ROWS = 60_000


def made(kind: str) -> np.ndarray:
    r = np.random.default_rng(11)
    return {
        "normal": r.normal(size=ROWS),
        "skewed": r.lognormal(0, 2, ROWS),
        "ascending": np.arange(ROWS, dtype=float),
        "descending": -np.arange(ROWS, dtype=float),
        "few": r.integers(0, 50, ROWS).astype(float),
        "huge": r.choice([-1.7e308, 1.7e308, 0.0], ROWS),
    }[kind]


def rank_error(values: np.ndarray, found: float, fraction: float) -> float:
    """Return how far a quantile is from where it belongs; values between two are right for both."""
    values = np.sort(values)
    below = np.searchsorted(values, found, "left") / len(values)
    upto = np.searchsorted(values, found, "right") / len(values)
    return max(below - fraction, fraction - upto, 0.0)


def digest_of(values: np.ndarray) -> np.ndarray:
    """Return the digest of a few values: int64[1, DIGEST_WORDS]."""
    words = np.zeros((1, DIGEST_WORDS), np.int64)
    words[0, 0] = len(values)
    floats = words.view(np.float64)
    floats[0, VALUES : VALUES + len(values)] = values
    floats[0, WEIGHTS : WEIGHTS + len(values)] = 1.0
    return words


@pytest.mark.parametrize("kind", ["normal", "skewed", "ascending", "descending", "few", "huge"])
def test_queries_are_accurate(kind: str) -> None:
    values = made(kind)
    frame = pa.table({"x": values})
    assert frame.num_rows == ROWS
    with gpudb.connect(chunk_rows=7_000, threads=3) as connection:
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        calls = ", ".join(f"approx_quantile(x, {fraction})" for fraction in FRACTIONS)
        found = connection.execute(f"SELECT {calls} FROM t").fetchall()[0]
    assert (found[0], found[-1]) == (values.min(), values.max())
    for fraction, value in zip(FRACTIONS, found, strict=True):
        # Half a cell, and at the ends less.
        assert rank_error(values, value, fraction) < 0.012 * (0.1 + 6 * fraction * (1 - fraction))


@pytest.mark.parametrize("kind", ["normal", "few"])
def test_merged_digests_are_accurate(kind: str) -> None:
    values = made(kind)[:20_000]
    merged = digest_of(values[:0])
    for part in np.split(values, 100):
        merge_digests(merged, digest_of(part))
    assert merged[0, 0] < 256
    assert merged.view(np.float64)[0, WEIGHTS:].sum() == pytest.approx(len(values))
    for fraction in FRACTIONS:
        assert rank_error(values, digest_quantiles(merged, fraction)[0], fraction) < 0.02


def test_few_values_are_exact() -> None:
    r = np.random.default_rng(5)
    for count in (1, 2, 7, 254):
        values = r.normal(size=count)
        merged = digest_of(values[: count // 2])
        merge_digests(merged, digest_of(values[count // 2 :]))
        for fraction in FRACTIONS:
            exact = np.quantile(values, fraction)
            assert digest_quantiles(merged, fraction)[0] == pytest.approx(exact, rel=1e-12)
