"""Kernels read packed columns as they read others: whole, in blocks, in groups, for answers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gpudb
from gpudb.kernels import unpacked
from gpudb.kernels.arguments import Places
from gpudb.kernels.unpacked import Unpacked
from gpudb.kernels.writer import FromChunk
from gpudb.storage.cache import CACHE
from gpudb.storage.encodings.packed import PATIENCE
from tests.plain.engine.agreement import find_difference

RANDOM = np.random.default_rng(7)
QUERIES = (
    "SELECT sum(one), sum(two), sum(three), sum(four), sum(rare), sum(alike) FROM t",
    "SELECT count(*), min(n), max(n) FROM t WHERE one = 1 AND two <> 3 AND rare <> 0",
    "SELECT two, three, count(*), sum(rare) FROM t WHERE four > 3 GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT tag, count(*) FROM t WHERE tag LIKE '%1%' AND one = 0 GROUP BY 1 ORDER BY 1",
    "SELECT n, tag, hole FROM t WHERE tag <> '' AND n > 139000 ORDER BY n",
    "SELECT n, hole, one FROM t WHERE hole IS NOT NULL AND four = 7 ORDER BY n",
    "SELECT sum(wide), min(wide), max(steps), count(DISTINCT half), sum(half) FROM t",
    "SELECT moment, count(*) FROM t WHERE moment < TIMESTAMP '2013-07-01 00:00:40' AND half > 9"
    " GROUP BY 1 ORDER BY 1",
    "SELECT steps, count(*), max(moment) FROM t WHERE wide > 1000000 GROUP BY 1 ORDER BY 1",
    "SELECT * FROM t WHERE n IN (0, 65535, 65536, 99999, 100000, 140010) ORDER BY n",
)


@pytest.mark.parametrize("piece_rows", [3_001, 1 << 17])
def test_packed_columns_answer_as_others_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece_rows: int
) -> None:
    monkeypatch.setattr(unpacked, "PIECE_ROWS", piece_rows)
    rows = 140_011
    is_rare = RANDOM.random(rows) < 0.01
    tags = np.where(is_rare, np.char.add("tag", RANDOM.integers(0, 40, rows).astype(str)), "")
    table = pa.table(
        {
            "n": np.arange(rows),
            **{
                name: RANDOM.integers(0, 1 << bits, rows)
                for bits, name in enumerate(("one", "two", "three", "four"), 1)
            },
            "rare": np.where(is_rare, RANDOM.integers(-50, 50, rows), 0),
            "alike": np.full(rows, 41),
            "moment": np.datetime64("2013-07-01", "us")
            + RANDOM.integers(0, 100_000, rows).astype("timedelta64[s]"),
            "steps": RANDOM.integers(-12, 13, rows) * 60,
            "half": RANDOM.integers(0, 1_500, rows),
            "wide": RANDOM.integers(-3, 1 << 22, rows),
            "tag": tags,
            "hole": pa.array(RANDOM.integers(0, 9, rows), mask=~is_rare),
        }
    )
    file = tmp_path / "t.parquet"
    pq.write_table(table, file)
    with gpudb.connect(tmp_path / "db") as connection:
        others = {"tag": "TEXT", "moment": "TIMESTAMP(6)"}
        kinds = ", ".join(f"{n} {others.get(n, 'BIGINT')}" for n in table.column_names)
        connection.execute(f"CREATE TABLE t ({kinds}) WITH (chunk_rows = 70000)")
        connection.execute(f"INSERT INTO t SELECT * FROM '{file}'")
    there, peer = f"FROM '{file}'", duckdb.connect()
    answers = {sql: peer.execute(sql.replace("FROM t", there)).fetchall() for sql in QUERIES}
    CACHE.clear()
    with gpudb.connect(tmp_path / "db", threads=2) as connection:
        used = []
        for _ in range(PATIENCE + 2):
            for sql, answer in answers.items():
                found = connection.execute(sql).fetchall()
                assert find_difference(found, answer, is_ordered=True) is None, sql
            used.append(CACHE.used_bytes)
        # What is read again and again is held as kernels read it.
        assert used[0] < used[-1]


def test_every_other_worker_begins_with_the_last_column() -> None:
    read: list[int] = []

    def held(chunk: int, field: int) -> list[int]:
        read.append(field)
        return [chunk]

    source: Any = SimpleNamespace(held=held)
    supplies = (FromChunk(3, 0), FromChunk(1, 0), FromChunk(2, 0), FromChunk(1, 1))
    kernel: Any = SimpleNamespace(places=Places((), (), tuple(enumerate(supplies)), ()))
    for number, order in ((1, [3, 2, 1]), (2, [1, 2, 3])):
        worker = Unpacked(source, kernel, lambda _: pytest.fail("nothing is packed"), number)
        assert set(worker.of(0)) == {1, 2, 3} and worker.of(0) is worker.of(0)
        assert read == order
        read.clear()
