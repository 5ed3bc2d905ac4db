"""Rows that a GPU puts in order: what they are, and that they travel only when they must."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.cuda import CudaGpu
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.gpu import GpuInfo
from gpudb.devices.memory import GpuMemory
from gpudb.kernels import resident_rows, sorted_quantiles
from tests.plain.devices.fake_cupy import fake_cupy
from tests.plain.devices.papers import staying_connection, three_devices, use_device

ROWS, CHUNK = 2000, 300
ALL = "small, big, x, y, name, wide, flag, day, id"
# Each column is some query's first key: ascending, descending, NULLs on either side.
SORTED = (
    f"SELECT {ALL} FROM items",
    f"SELECT {ALL} FROM items ORDER BY small, name DESC NULLS LAST, x",
    f"SELECT {ALL} FROM items ORDER BY big DESC, id OFFSET 30",
    f"SELECT {ALL} FROM items ORDER BY x DESC NULLS FIRST, small NULLS FIRST, id DESC",
    f"SELECT {ALL} FROM items ORDER BY name NULLS FIRST, flag DESC, day",
    f"SELECT {ALL} FROM items ORDER BY wide, small DESC NULLS FIRST OFFSET 1990",
    f"SELECT {ALL} FROM items ORDER BY flag NULLS FIRST, wide DESC NULLS FIRST, y",
    f"SELECT {ALL} FROM items ORDER BY day DESC, big OFFSET 5000",
    f"SELECT {ALL} FROM items ORDER BY small FETCH FIRST 7 PERCENT ROWS ONLY",
    f"SELECT {ALL} FROM items ORDER BY small FETCH FIRST 11 ROWS WITH TIES",
)
TOPS = tuple(
    f"SELECT {ALL} FROM items ORDER BY {keys} LIMIT {limit} OFFSET 2"
    for keys, limit in (
        ("small DESC, id", 5),
        ("small, name", 700),
        ("wide DESC, x", 20),
        ("big NULLS FIRST", 300),
        ("flag, y", 9),
    )
)
# Other pipelines read what was collected: on the GPU, and on the host.
FED = (
    "SELECT count(*), sum(small), min(x), max(name), sum(wide), count(day) FROM "
    "(SELECT * FROM items ORDER BY big OFFSET 100)",
    "SELECT name, count(*), sum(id) FROM (SELECT name, id FROM items ORDER BY x, id LIMIT 900) "
    "GROUP BY name ORDER BY name",
    "SELECT id, small, name FROM (SELECT * FROM items ORDER BY wide, id OFFSET 500) "
    "WHERE small > 3 AND name <> 'b' ORDER BY id",
    "WITH few AS MATERIALIZED (SELECT id, small, wide, name FROM items WHERE y > 0) "
    "SELECT a.id, b.small, b.wide FROM few a JOIN few b ON a.id = b.id + 1 ORDER BY a.id",
    "SELECT id, sum(small) OVER (ORDER BY id ROWS 3 PRECEDING), name FROM items ORDER BY id",
    "SELECT DISTINCT small, flag, name FROM items ORDER BY 1, 2, 3",
    "SELECT name, median(small), count(DISTINCT day) FROM items GROUP BY name ORDER BY name",
    "SELECT max(id) FROM (SELECT id, small FROM items ORDER BY small, id OFFSET 3000)",
)


def tables() -> dict[str, pa.Table]:
    rng = np.random.default_rng(12)

    def some(values: object, type: pa.DataType | None = None) -> pa.Array:
        return pa.array(values, type, mask=rng.random(ROWS) < 0.1)

    far = np.array([2**63 - 1, -(2**63) + 1, 0, 7, -7])
    wide = [Decimal(10) ** 30, -(Decimal(10) ** 30), Decimal(5), Decimal(-5), Decimal(2) ** 64]
    items = {
        "id": rng.permutation(ROWS) - 40,
        "small": some(rng.integers(-3, 9, ROWS).astype(np.int8)),
        "big": some(rng.choice(far, ROWS)),
        "x": some(rng.choice([np.nan, -0.0, 0.0, np.inf, -np.inf, 1.5], ROWS)),
        "y": some(rng.choice(np.array([1.25, -2.5, np.nan], np.float32), ROWS)),
        "name": some(rng.choice(["ä", "", "zz", "b", "日本"], ROWS)),
        "wide": some([wide[n] for n in rng.integers(0, 5, ROWS)], pa.decimal128(38, 0)),
        "flag": some(rng.random(ROWS) < 0.5),
        "day": some(rng.integers(0, 900, ROWS).astype("datetime64[D]")),
    }
    return {"items": pa.table(items)}


@pytest.fixture(scope="module")
def gpu() -> PaperGpu:
    return PaperGpu(seed=6)


@pytest.fixture(scope="module")
def memory(gpu: PaperGpu) -> GpuMemory:
    return GpuMemory(gpu, 1 << 30)


@pytest.fixture(scope="module")
def connection(memory: GpuMemory) -> Iterator[gpudb.Connection]:
    """However few rows there are, they may stay."""
    with staying_connection(
        memory, tables(), CHUNK, {"gpudb.kernels.outputs.FEW_BYTES": 0}
    ) as connection:
        yield connection


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was put in order on the GPU."""
    found: list[str] = []
    for name in ("arranged", "take_best"):
        whole = getattr(resident_rows.ResidentRows, name)

        def noted(self: object, *given: object, name: str = name, whole: object = whole) -> object:
            found.append(name)
            return whole(self, *given)  # type: ignore[operator]

        monkeypatch.setattr(resident_rows.ResidentRows, name, noted)
    return found


def on_cpu(connection: gpudb.Connection, query: str) -> str:
    connection.execute("SET device = 'cpu'")
    rows = connection.execute(query).fetchall()
    connection.execute("SET device = 'emulated'")
    return repr(rows)


def on_gpu(connection: gpudb.Connection, query: str) -> str:
    return repr(connection.execute(query).fetchall())


@pytest.mark.parametrize("query", SORTED)
def test_sorted_rows_are_the_cpus(
    connection: gpudb.Connection, made: list[str], query: str
) -> None:
    assert on_gpu(connection, query) == on_cpu(connection, query)
    assert made == ([] if "TIES" in query else ["arranged"])


@pytest.mark.parametrize("query", TOPS)
def test_first_rows_are_the_cpus(connection: gpudb.Connection, made: list[str], query: str) -> None:
    assert on_gpu(connection, query) == on_cpu(connection, query)
    assert "take_best" in made


@pytest.mark.parametrize("query", FED)
def test_what_others_read_is_the_cpus(
    connection: gpudb.Connection, made: list[str], query: str
) -> None:
    assert on_gpu(connection, query) == on_cpu(connection, query)
    assert made or "DISTINCT" in query


def test_rows_for_another_pipeline_do_not_travel(
    connection: gpudb.Connection, gpu: PaperGpu
) -> None:
    query = f"SELECT {ALL} FROM items ORDER BY x, id"
    held = f"WITH some AS MATERIALIZED (SELECT {ALL} FROM items)"
    sizes = []
    for each in (query, f"{held} SELECT sum(small), max(day), min(x) FROM some WHERE id > 7"):
        connection.execute(each).fetchall()
        gpu.log.clear()
        connection.execute(each).fetchall()
        sizes.append([int(line.split()[1]) for line in gpu.log if line.startswith("wait")])
    whole, fed = sizes
    # Errors, their number and bounds; and then the rows, or the sum of some of them.
    assert whole[-1] > 60 * ROWS and max(whole[:-1]) < 500 and max(fed) < 500


def test_of_first_rows_only_these_travel(connection: gpudb.Connection, gpu: PaperGpu) -> None:
    query = "SELECT id, x FROM items ORDER BY id LIMIT 10"
    connection.execute(query).fetchall()
    gpu.log.clear()
    connection.execute(query).fetchall()
    waits = [int(line.split()[1]) for line in gpu.log if line.startswith("wait")]
    # Ten rows of their values, their key's and their numbers, whatever the first chunks hold.
    assert max(waits) <= 10 * (8 + 8 + 1 + 8 + 8)


def test_rows_that_have_to_go_are_brought_to_the_host(
    connection: gpudb.Connection, memory: GpuMemory
) -> None:
    """Whatever the budget is, the answer is right, or it is said that there is too little."""
    answered = 0
    for query in (SORTED[1], FED[0], TOPS[1]):
        memory.clear()
        wanted = on_cpu(connection, query)
        for limit in (90_000, 250_000, 400_000, 700_000):
            memory.limit_bytes = limit
            try:
                assert on_gpu(connection, query) == wanted, limit
                answered += 1
            except gpudb.OperationalError as error:
                assert "more bytes of GPU memory" in str(error)
            assert memory.used_bytes <= limit
        memory.limit_bytes = 1 << 30
    assert answered >= 3


def test_the_host_reads_what_it_computes_alone(
    connection: gpudb.Connection, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What atomics cannot do runs on the cpu, over rows that were on the GPU only."""
    monkeypatch.setattr(sorted_quantiles, "sorts_quantiles", lambda *_: False)
    query = (
        "SELECT name, approx_quantile(small, 0.5), max(day) FROM "
        "(SELECT * FROM items ORDER BY x, id LIMIT 1500 OFFSET 4) GROUP BY name ORDER BY name"
    )
    assert on_gpu(connection, query) == on_cpu(connection, query)
    assert made


def test_several_gpus_give_their_rows_to_the_host(connection: gpudb.Connection) -> None:
    for query in (SORTED[1], TOPS[2], FED[0]):
        wanted = on_cpu(connection, query)
        with pytest.MonkeyPatch.context() as patch:
            use_device(connection, three_devices(), patch)
            assert on_gpu(connection, query) == wanted
    connection.execute("SET device = 'cpu'")
    connection.execute("SET device = 'emulated'")


def test_cupy_sorts_what_lies_in_its_memory() -> None:
    info = GpuInfo("a GPU", 1 << 30, "sm_90", "none")
    memory = GpuMemory(CudaGpu(fake_cupy(), info), 1 << 30)
    first, second = np.array([2, 1, 2, 1, 2]), np.array([0, -5, -(2**63), -5, 2**63 - 1])
    assert memory.orders.order([first]).tolist() == [1, 3, 0, 2, 4]
    assert memory.orders.order([first, second]).tolist() == [1, 3, 2, 0, 4]
