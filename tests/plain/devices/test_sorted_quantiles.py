"""APPROX_QUANTILE on a GPU: exactly QUANTILE_CONT, and what digests of few values say."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.memory import GpuMemory
from gpudb.kernels import sorted_quantiles
from tests.plain.devices.papers import staying_connection, three_devices, use_device

ROWS, CHUNK = 2500, 400
# Of 700 values a group, which digests would not keep: the exact quantile stands beside.
EXACT = (
    "SELECT k, {0}(v, 0.3), {0}(v, 0.99), {0}(m, 0.5), count(*), sum(v), max(name) "
    "FROM items GROUP BY k ORDER BY k NULLS LAST",
    "SELECT {0}(d, 0.25), {0}(t, 0.75), {0}(x, 0.5) FROM items WHERE x < 'Infinity'",
    "SELECT name, flag, {0}(v + k, 0), {0}(y, 1), avg(v) FROM items WHERE v > 5 "
    "GROUP BY name, flag ORDER BY 1, 2",
    "SELECT x, wide, {0}(v, 0.5) FROM items WHERE id < 2000 GROUP BY x, wide ORDER BY 1, 2",
    "SELECT i.k, {0}(j.v, 0.1), count(j.v) FROM items i LEFT JOIN items j ON i.id = j.id + 50 "
    "GROUP BY i.k ORDER BY 1",
    "SELECT k, {0}(v, 0.5) FILTER (WHERE id > 1200) FROM items GROUP BY k ORDER BY k",
    "SELECT {0}(v, 0.5), count(*) FROM items WHERE v > 4000",
    "SELECT {0}(v, 0.5), k FROM items WHERE v > 4000 GROUP BY k",
)
FEW = (
    "SELECT n, approx_quantile(x, 0), approx_quantile(x, 0.4), approx_median(x), "
    "approx_quantile(x, 0.9), approx_quantile(x, 1) FROM few GROUP BY n ORDER BY n"
)


def tables() -> dict[str, pa.Table]:
    rng = np.random.default_rng(33)

    def some(values: object, type: pa.DataType | None = None) -> pa.Array:
        return pa.array(values, type, mask=rng.random(ROWS) < 0.1)

    wide = [Decimal(10) ** 30, Decimal(5)]
    items = {
        "id": np.arange(ROWS),
        "k": some(rng.integers(-1, 2, ROWS)),
        "v": some(rng.integers(-900, 900, ROWS)),
        "m": some([Decimal(int(each)) / 100 for each in rng.integers(0, 9**9, ROWS)]),
        "d": some(rng.integers(0, 900, ROWS).astype("datetime64[D]")),
        "t": some(rng.integers(0, 10**15, ROWS).astype("datetime64[us]")),
        "x": some(rng.choice([-0.0, 0.0, 1.5, -2.5, np.inf], ROWS)),
        "y": some(rng.random(ROWS).astype(np.float32)),
        "name": some(rng.choice(["ä", "", "zz"], ROWS)),
        "flag": some(rng.random(ROWS) < 0.5),
        "wide": some([wide[n] for n in rng.integers(0, 2, ROWS)], pa.decimal128(38, 0)),
    }
    odd = [-np.inf, -np.inf, -1.0, 2.0, 2.0, np.inf, np.nan, None]
    groups = [[value for at, value in enumerate(odd) if n >> at & 1] for n in range(256)]
    pairs = [(n, value) for n, values in enumerate(groups) for value in values]
    few = {"n": [n for n, _ in pairs], "x": pa.array([x for _, x in pairs], pa.float64())}
    return {"items": pa.table(items), "few": pa.table(few)}


@pytest.fixture(scope="module")
def memory() -> GpuMemory:
    return GpuMemory(PaperGpu(seed=8), 1 << 30)


@pytest.fixture(scope="module")
def connection(memory: GpuMemory) -> Iterator[gpudb.Connection]:
    with staying_connection(memory, tables(), CHUNK) as connection:
        yield connection


def answers(connection: gpudb.Connection, query: str, device: str) -> str:
    connection.execute(f"SET device = '{device}'")
    rows = connection.execute(query).fetchall()
    connection.execute("SET device = 'emulated'")
    return repr([[round(v, 7) + 0.0 if isinstance(v, float) else v for v in row] for row in rows])


@pytest.mark.parametrize("query", EXACT)
def test_quantiles_are_exact(connection: gpudb.Connection, query: str) -> None:
    exact = answers(connection, query.format("quantile_cont"), "cpu")
    assert answers(connection, query.format("approx_quantile"), "emulated") == exact


def test_few_values_are_those_of_digests(connection: gpudb.Connection) -> None:
    """Of every choice of infinities, NaN, equal values and NULL."""
    assert answers(connection, FEW, "emulated") == answers(connection, FEW, "cpu")


def test_it_is_said(connection: gpudb.Connection) -> None:
    query = "SELECT k, approx_median(v), sum(v) FROM items GROUP BY k"
    plan = str(connection.execute(f"EXPLAIN {query}").fetchall())
    assert f"groups in {sorted_quantiles.SORTED}" in plan
    done = str(connection.execute(f"EXPLAIN ANALYZE {query}").fetchall())
    assert sorted_quantiles.SORTED in done and "on cpu" not in done


def test_little_memory_and_several_gpus_are_for_the_host(
    connection: gpudb.Connection, memory: GpuMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "SELECT n, approx_quantile(x, 0.4) FROM few WHERE x < 9 GROUP BY n ORDER BY n"
    wanted = answers(connection, query, "cpu")
    for limit in (9_000, 30_000, 60_000):
        memory.clear()
        memory.limit_bytes = limit
        assert answers(connection, query, "emulated") == wanted
    memory.limit_bytes = 1 << 30
    use_device(connection, three_devices(), monkeypatch)
    assert answers(connection, query, "emulated") == wanted
