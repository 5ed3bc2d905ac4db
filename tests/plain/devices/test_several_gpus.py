"""Chunks are dealt round to several GPUs on paper; what they leave is merged to one answer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from weakref import WeakValueDictionary

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.emulated.machine import Module
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.gpu import GpuDevice
from gpudb.devices.gpus import GpusDevice
from gpudb.devices.memory import GpuMemory

ROWS, CHUNK = 3000, 400
QUERIES = (
    "SELECT count(*), sum(amount), min(weight), max(weight), avg(id) FROM items WHERE amount > -40",
    "SELECT kind, count(*), sum(amount), max(weight) FROM items GROUP BY kind ORDER BY kind",
    "SELECT far, count(*), sum(id), min(name) FROM items GROUP BY far ORDER BY far NULLS FIRST",
    "SELECT far, name, count(*), max(id) FROM items GROUP BY far, name ORDER BY far, name",
    "SELECT id, name FROM items WHERE amount > 30",
    "SELECT id, kind FROM items ORDER BY kind LIMIT 40",
    "SELECT a.id, b.weight FROM items a JOIN items b ON a.id = b.id + 1 WHERE b.amount > 45",
    "SELECT sum(amount) FROM items WHERE id < 0",
)


@lru_cache(maxsize=1)
def device() -> GpusDevice:
    """Three GPUs, each with threads in an order of its own."""
    modules: WeakValueDictionary[str, Module] = WeakValueDictionary()
    papers = [PaperGpu(seed=number, modules=modules) for number in range(3)]
    memories = [GpuMemory(paper, 1 << 30) for paper in papers]
    return GpusDevice([GpuDevice("emulated", memory, 2, 32) for memory in memories])


@pytest.fixture(scope="module")
def items() -> pa.Table:
    rng = np.random.default_rng(11)
    columns = {
        "id": rng.permutation(ROWS),
        "kind": rng.integers(0, 9, ROWS),
        "amount": pa.array(rng.integers(-50, 50, ROWS), mask=rng.random(ROWS) < 0.1),
        "weight": pa.array(rng.integers(0, 400, ROWS) / 4, mask=rng.random(ROWS) < 0.1),
        "name": pa.array(rng.choice(["ä", "b", "", "dd"], ROWS), mask=rng.random(ROWS) < 0.1),
        "far": pa.array(rng.choice(2**40, 200)[rng.integers(0, 200, ROWS)]),
    }
    return pa.table(columns)


@pytest.fixture
def connection(items: pa.Table, monkeypatch: pytest.MonkeyPatch) -> Iterator[gpudb.Connection]:
    monkeypatch.setattr("gpudb.opening.open_emulated", lambda _: device())
    with gpudb.connect(device="emulated", chunk_rows=CHUNK) as connection:
        connection.register("data", items)
        connection.execute("CREATE TABLE items AS SELECT * FROM data")
        yield connection


def test_answers_are_the_cpus(connection: gpudb.Connection, items: pa.Table) -> None:
    with gpudb.connect(device="cpu", chunk_rows=CHUNK) as other:
        other.register("data", items)
        other.execute("CREATE TABLE items AS SELECT * FROM data")
        for query in QUERIES:
            wanted = other.execute(query).fetchall()
            assert connection.execute(query).fetchall() == wanted, query


def test_chunks_are_dealt_round(connection: gpudb.Connection) -> None:
    logs = [part.memory.gpu.log for part in device().parts]  # type: ignore[attr-defined]
    for log in logs:
        log.clear()
    connection.execute("SELECT sum(id * 3) FROM items").fetchall()
    assert [log.count("launch") for log in logs] == [3, 3, 2]
    shown = connection.execute("SHOW DEVICE").fetchall()[0]
    assert shown[:4] == ("emulated", 64, "3 x a GPU on paper", 3 << 40)
    names = [row[6] for row in connection.execute("SHOW MEMORY").fetchall()]
    assert names == ["cpu", "emulated 0", "emulated 1", "emulated 2"]
    connection.execute("ALTER SYSTEM CLEAR GPU MEMORY")
    assert all(not part.memory.use().entries for part in device().parts)


def test_a_table_that_is_too_small_on_one_gpu_grows_on_all(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpudb.kernels.guesses.estimated_groups", lambda _: 2.0)
    query = "SELECT far, id, count(*) FROM items GROUP BY far, id"
    assert sorted(row[1] for row in connection.execute(query).fetchall()) == list(range(ROWS))
    plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}"))
    assert "-> Group, on emulated, run " in plan


def test_an_error_on_one_gpu_ends_the_query(connection: gpudb.Connection) -> None:
    with pytest.raises(gpudb.DataError, match="division by zero"):
        connection.execute("SELECT sum(7 / (id - 5)) FROM items").fetchall()
    assert connection.execute("SELECT count(*) FROM items").fetchall() == [(ROWS,)]


def test_the_setting_asks_for_several() -> None:
    with gpudb.connect(device="emulated", gpus=2, chunk_rows=2) as connection:
        assert connection.execute("SHOW DEVICE").fetchall()[0][2] == "2 x a GPU on paper"
        connection.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1), (2), (3), (4), (5)) v(x)")
        assert connection.execute("SELECT sum(x), count(*) FROM t").fetchall() == [(15, 5)]
