"""Joins' builds that stay on a GPU: what they answer, and that they travel only when they must."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.emulated.fault import KernelError
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.memory import GpuMemory
from gpudb.kernels import resident_builds, sorted_quantiles
from tests.plain.devices.papers import staying_connection

ROWS, CHUNK = 3000, 500
QUERIES = (
    # One row a key, with and without NULLs, of every width, of text, doubles and 128 bits.
    "SELECT f.v, i.* FROM facts f JOIN items i ON f.k = i.id",
    "SELECT f.v, i.small, i.name FROM facts f LEFT JOIN items i ON f.k = i.id AND i.day > f.day",
    "SELECT sum(i.wide), max(i.name), min(i.day), count(i.flag) FROM facts f JOIN items i "
    "ON f.k = i.id GROUP BY i.small",
    # Some rows a key, in their order, and so many that one thread shall not sort them.
    "SELECT i.id, f.v, f.w FROM items i JOIN facts f ON i.id = f.k WHERE i.id < 900",
    "SELECT i.id, f.v, f.w FROM items i LEFT JOIN facts f ON i.id = f.k AND f.v > 40",
    "SELECT i.id, f.v FROM items i JOIN facts f ON i.small = f.v AND i.id < 40",
    "SELECT a.id, b.id FROM items a FULL JOIN items b ON a.id = b.id + 2900",
    # Whether there is a row that another condition holds for.
    "SELECT v FROM facts f WHERE EXISTS (SELECT 1 FROM items i WHERE i.id = f.k AND i.small < f.v)",
    "SELECT id FROM items i WHERE NOT EXISTS (SELECT 1 FROM facts f WHERE f.k = i.id AND v > w)",
    "SELECT count(*) FROM facts WHERE k IN (SELECT id FROM items WHERE small > 3)",
    "SELECT id, x FROM items WHERE id IN (SELECT k FROM facts WHERE v > 50)",
    "SELECT id FROM items i WHERE NOT EXISTS (SELECT 1 FROM facts f WHERE f.k = i.id)",
    "SELECT v FROM facts f WHERE k IS NULL OR k NOT IN (SELECT id FROM items WHERE small = 1)",
    # A build of a build's rows, keys with an offset, and none at all.
    "SELECT a.v, c.name FROM facts a JOIN items b ON a.k = b.id "
    "JOIN items c ON b.id - 7 = c.id + 9",
    "SELECT f.v FROM facts f JOIN items i ON f.k = i.id WHERE i.small > 99",
)


def tables() -> dict[str, pa.Table]:
    rng = np.random.default_rng(12)

    def some(values: object) -> pa.Array:
        return pa.array(values, mask=rng.random(ROWS) < 0.1)

    items = {
        "id": rng.permutation(ROWS) - 40,
        "small": some(rng.integers(-3, 9, ROWS).astype(np.int8)),
        "day": some(rng.integers(0, 900, ROWS).astype("datetime64[D]")),
        "name": some(rng.choice(["ä", "", "zz", "b"], ROWS)),
        "wide": some([Decimal(10**25 + int(each)) for each in rng.integers(0, 99, ROWS)]),
        "flag": some(rng.random(ROWS) < 0.5),
        "x": some(rng.choice([np.nan, -0.0, np.inf, 1.5], ROWS)),
    }
    facts = {
        "k": some(rng.integers(-60, ROWS, ROWS)),
        "v": rng.integers(0, 100, ROWS),
        "w": some(rng.random(ROWS) * 100),
        "day": rng.integers(0, 900, ROWS).astype("datetime64[D]"),
    }
    return {"items": pa.table(items), "facts": pa.table(facts)}


@pytest.fixture(scope="module")
def gpu() -> PaperGpu:
    return PaperGpu(seed=6)


@pytest.fixture(scope="module")
def memory(gpu: PaperGpu) -> GpuMemory:
    return GpuMemory(gpu, 1 << 30)


@pytest.fixture(scope="module")
def connection(memory: GpuMemory) -> Iterator[gpudb.Connection]:
    """Builds of any size may stay."""
    with staying_connection(memory, tables(), CHUNK) as connection:
        yield connection


def on_cpu(connection: gpudb.Connection, query: str) -> str:
    connection.execute("SET device = 'cpu'")
    rows = connection.execute(query).fetchall()
    connection.execute("SET device = 'emulated'")
    return repr(sorted(map(repr, rows)) if "GROUP" in query else rows)


def on_gpu(connection: gpudb.Connection, query: str) -> str:
    rows = connection.execute(query).fetchall()
    return repr(sorted(map(repr, rows)) if "GROUP" in query else rows)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether builds stayed, in order."""
    found: list[bool] = []
    build = resident_builds.ResidentBuild.made

    def noted(self: resident_builds.ResidentBuild) -> object:
        table = build(self)
        found.append(table is not None)
        return table

    monkeypatch.setattr(resident_builds.ResidentBuild, "made", noted)
    return found


@pytest.mark.parametrize("query", QUERIES)
def test_answers_are_the_cpus(connection: gpudb.Connection, query: str) -> None:
    assert on_gpu(connection, query) == on_cpu(connection, query)


def test_rows_stay_unless_one_key_has_many(
    connection: gpudb.Connection, gpu: PaperGpu, made: list[bool]
) -> None:
    waits = []
    for key, build in (("id", "items b ON a.k = b.id"), ("k", "facts b ON a.k = b.k")):
        query = f"SELECT count(*), max(b.{key}), sum(b.day - a.day) FROM facts a JOIN {build}"
        connection.execute(query).fetchall()
        gpu.log.clear()
        connection.execute(query).fetchall()
        waits.append(sum(line.startswith("wait") for line in gpu.log))
    # The number of rows and of keys; for several rows a key, how many at most; and the result.
    assert waits == [2, 3]
    connection.execute("SELECT count(*) FROM items a JOIN facts b ON a.small = b.v % 2").fetchall()
    assert made == [True, True, True, True, False]


def test_the_bits_of_a_set_stay(connection: gpudb.Connection, gpu: PaperGpu) -> None:
    query = (
        "SELECT count(*), sum(v) FROM facts WHERE k IN (SELECT id FROM items WHERE small > 2) "
        "AND k IN (SELECT k FROM facts WHERE w > 9)"
    )
    connection.execute(query).fetchall()
    gpu.log.clear()
    assert on_gpu(connection, query) == on_cpu(connection, query)
    waits = [int(line.split()[1]) for line in gpu.log if line.startswith("wait")]
    # Errors and the number of keys for each set, and then the result.
    assert waits[:2] == [40, 40] and len(waits) == 3


def test_a_pipeline_of_the_host_has_the_rows_brought(
    connection: gpudb.Connection, made: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What atomics cannot do runs on the cpu: digests, whose values are not to be sorted here."""
    monkeypatch.setattr(sorted_quantiles, "sorts_quantiles", lambda *_: False)
    query = (
        "SELECT small, approx_quantile(v, 0.5), max(day) FROM "
        "(SELECT i.small, f.v, i.day FROM facts f JOIN items i ON f.k = i.id) GROUP BY small"
    )
    lines = connection.execute(f"EXPLAIN ANALYZE {query}").fetchall()
    assert made == [True]
    assert any("on cpu" in str(line) for (line,) in lines), lines
    assert on_gpu(connection, query) == on_cpu(connection, query)


def test_rows_that_have_to_go_are_brought_to_the_host(
    connection: gpudb.Connection, memory: GpuMemory
) -> None:
    """Whatever the budget is, the answer is right, or it is said that there is too little."""
    memory.clear()
    answered = 0
    query = QUERIES[0]
    wanted = on_cpu(connection, query)
    for limit in (60_000, 350_000, 500_000):
        memory.limit_bytes = limit
        try:
            assert on_gpu(connection, query) == wanted, limit
            answered += 1
        except gpudb.OperationalError as error:
            assert "more bytes of GPU memory" in str(error)
        assert memory.used_bytes <= limit
    memory.limit_bytes = 1 << 30
    assert answered >= 1
    assert memory.use().evictions > 0


def test_kept_arrays_travel_once_when_asked_or_dropped(gpu: PaperGpu, memory: GpuMemory) -> None:
    def kept(value: int) -> np.ndarray:
        array = np.full(100, value)
        memory.own(array)
        memory.push(array)
        gpu.wait(gpu.mark())
        memory.keep(array)
        array[:] = 0  # as if it had never been here
        return array

    memory.clear()
    first, second, third = kept(1), kept(2), kept(3)
    gpu.log.clear()
    memory.fetch([first, second])
    memory.fetch([first])
    assert (first == 1).all() and (second == 2).all() and gpu.log == ["wait 1600"]
    memory.clear()
    assert (third == 3).all() and gpu.log == ["wait 1600", "wait 800"]
    # What is here again goes there as any array does.
    memory.resident(third)
    assert gpu.log[-1] == "copy 800"


def test_rows_that_a_fault_has_taken_are_an_error(gpu: PaperGpu, memory: GpuMemory) -> None:
    array = np.zeros(64, np.int64)
    memory.own(array)
    memory.keep(array)
    with pytest.raises(gpudb.errors.DeviceFaultError), memory.guarded():
        raise KernelError("a fault of another query")
    for use in (memory.resident, lambda each: memory.fetch([each])):
        with pytest.raises(gpudb.errors.DeviceFaultError, match="are lost"):
            use(array)
    other = np.zeros(64, np.int64)
    memory.resident(other)


def test_memory_that_launches_may_use_is_free_after_them(memory: GpuMemory) -> None:
    memory.clear()
    before = memory.used_bytes
    array = np.zeros(64, np.int64)
    memory.own(array)
    memory.retired.launching()
    memory.release(array)
    assert memory.used_bytes == before + 512
    memory.pull([])
    assert memory.used_bytes == before
