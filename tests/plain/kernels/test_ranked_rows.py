"""Rows of builds in the order of keys that differ, put there by a bitmap of the keys."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels import ranked_rows

# One block of places, several, and the last one of few rows.
ROWS = (1, 900, 65_536, 65_537, 200_000)


def build(rows: int) -> pa.Table:
    """Return rows of keys that differ, in any order, beside values of every width."""
    random = np.random.default_rng(rows)
    keys = random.permutation(rows + rows // 4)[:rows] - 100
    some = random.integers(0, 100, rows)
    values = {
        "k": keys,
        "tiny": some.astype(np.int8),
        "small": some.astype(np.int16) * 300,
        "number": keys.astype(np.int32) * 7,
        "part": (keys / 3).astype(np.float32),
        "real": keys / 3,
        "flag": some > 50,
    }
    columns = {name: pa.array(array, mask=keys % 11 == 3) for name, array in values.items()}
    columns["k"] = pa.array(keys)
    columns["title"] = pa.array([f"t{key % 1000}" for key in keys])
    columns["wide"] = pa.array([(int(key) << 70) + 5 for key in keys], pa.decimal128(38, 0))
    return pa.table(columns)


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("block_bits", [4, 16])
def test_joined_values_are_their_keys(
    rows: int, block_bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranked_rows, "BLOCK_BITS", block_bits)
    held, probing = build(rows), pa.table({"k": np.arange(-120, rows + rows // 3)})
    answers = []
    for connection in (gpudb.connect(threads=3), duckdb.connect()):
        connection.register("held", held)
        connection.register("probing", probing)
        sql = "SELECT * FROM probing LEFT JOIN held USING (k) ORDER BY k"
        answers.append(connection.execute(sql).fetchall())
    assert answers[0] == answers[1]
