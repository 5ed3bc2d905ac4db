"""Sorts by a GPU's own library, and indexes of joins that its threads make."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.gpu import GpuDevice
from gpudb.devices.memory import GpuMemory
from tests.plain.devices.papers import load_tables

ROWS = 700
SORTS = (
    "SELECT id, kind FROM items ORDER BY kind, weight DESC NULLS FIRST, id",
    "SELECT weight FROM items ORDER BY weight",
    "SELECT name, id FROM items ORDER BY name DESC, id LIMIT 600 OFFSET 20",
    "SELECT id, row_number() OVER (PARTITION BY kind ORDER BY weight, id) FROM items ORDER BY id",
)
JOINS = (
    # A bitmap of keys, of one row each and of several.
    "SELECT a.id, b.name FROM items a JOIN items b ON a.id = b.id + 3",
    "SELECT a.id, b.id FROM items a JOIN items b ON a.kind = b.kind WHERE a.id < 30",
    # Keys far apart: open addressing, of one row each and of several.
    "SELECT a.id, b.id FROM items a JOIN items b ON a.far * 4096 + a.id = b.far * 4096 + b.id",
    "SELECT a.id, b.id FROM items a LEFT JOIN items b ON a.far = b.far AND b.id > 200",
    "SELECT count(*), sum(b.id) FROM items a JOIN items b ON a.far = b.far AND a.weight < b.weight",
    # Keys that do not pack are hashed, and compared.
    "SELECT a.id, b.id FROM items a JOIN items b ON a.weight = b.weight AND a.name = b.name",
    "SELECT a.id FROM items a WHERE EXISTS (SELECT 1 FROM items b WHERE b.far = a.far + b.kind)",
    "SELECT a.id FROM items a WHERE a.far IN (SELECT far * 3 FROM items)",
    "SELECT a.id FROM items a WHERE NOT EXISTS (SELECT 1 FROM items b "
    "WHERE b.far = a.far AND b.id > a.id)",
    "SELECT a.id, b.id FROM items a FULL JOIN items b ON a.far = b.far + 1 WHERE b.id < 50",
)


def items() -> pa.Table:
    rng = np.random.default_rng(5)

    def some(values: object) -> pa.Array:
        return pa.array(values, mask=rng.random(ROWS) < 0.1)

    columns = {
        "id": rng.permutation(ROWS),
        "kind": some(rng.integers(0, 40, ROWS)),
        "far": some(rng.choice(rng.choice(2**45, 250), ROWS)),
        "weight": some(rng.choice([0.5, -0.0, 0.0, np.nan, np.inf, 7.25], ROWS)),
        "name": some(rng.choice(["a", "ß", "zz", ""], ROWS)),
    }
    return pa.table(columns)


@pytest.fixture(scope="module")
def gpu() -> PaperGpu:
    return PaperGpu(seed=5)


@pytest.fixture(scope="module")
def memory(gpu: PaperGpu) -> GpuMemory:
    return GpuMemory(gpu, 1 << 40)


@pytest.fixture(scope="module")
def connection(memory: GpuMemory) -> Iterator[gpudb.Connection]:
    """Builds and sorts of any size are for the GPU."""
    device = GpuDevice("emulated", memory, 3, 48)
    with (
        pytest.MonkeyPatch.context() as patch,
        gpudb.connect(device="emulated", chunk_rows=300) as connection,
    ):
        patch.setattr("gpudb.opening.open_emulated", lambda _: device)
        patch.setattr("gpudb.kernels.radix.LEAST_ROWS", 1)
        patch.setattr("gpudb.kernels.sorting.LEAST_ROWS", 1)
        patch.setattr("gpudb.kernels.shared_builds.LEAST_ROWS", 1)
        load_tables(connection, {"items": items()})
        yield connection


@pytest.fixture(scope="module")
def expected() -> dict[str, list[tuple[object, ...]]]:
    with gpudb.connect(device="cpu", threads=1, chunk_rows=300) as connection:
        load_tables(connection, {"items": items()})
        return {q: connection.execute(q).fetchall() for q in (*SORTS, *JOINS)}


@pytest.mark.parametrize("query", SORTS)
def test_sorts_are_the_gpus(
    connection: gpudb.Connection,
    gpu: PaperGpu,
    expected: dict[str, list[tuple[object, ...]]],
    query: str,
) -> None:
    gpu.log.clear()
    assert repr(connection.execute(query).fetchall()) == repr(expected[query])
    assert any(line.startswith("order") for line in gpu.log)


@pytest.mark.parametrize("query", JOINS)
def test_joins_by_indexes_that_threads_made(
    connection: gpudb.Connection, expected: dict[str, list[tuple[object, ...]]], query: str
) -> None:
    assert connection.execute(query).fetchall() == expected[query]


def test_a_filter_of_bits_stands_before_the_slots(connection: gpudb.Connection) -> None:
    code = "\n".join(str(line) for (line,) in connection.execute(f"EXPLAIN CODE {JOINS[2]}"))
    assert "find_filtered(filter, filter_mask, slots, mask, words, " in code


def test_an_index_that_was_made_there_is_not_copied_there(
    connection: gpudb.Connection, gpu: PaperGpu
) -> None:
    """Nor are the rows, of keys that have one each or some."""
    for key in ("id", "kind"):
        query = f"SELECT count(*), max(b.far) FROM items a JOIN items b ON a.id = b.{key}"
        connection.execute(query).fetchall()
        gpu.log.clear()
        connection.execute(query).fetchall()
        copied = {int(line.split()[1]) for line in gpu.log if line.startswith("copy")}
        rows = connection.execute(f"SELECT count({key}) FROM items").fetchall()[0][0]
        words = -(-ROWS // 64)
        assert not copied & {8 * words, 4 * words, 8, 4 * 40, 4 * 41, rows, 8 * rows} - {8}


def test_a_sort_beyond_the_budget_is_an_error(
    connection: gpudb.Connection, memory: GpuMemory
) -> None:
    # What other tests have left would make room.
    memory.clear()
    connection.execute(SORTS[0]).fetchall()
    limit, memory.limit_bytes = memory.limit_bytes, memory.used_bytes + 20_000
    with pytest.raises(gpudb.OperationalError, match="more bytes of GPU memory"):
        connection.execute(SORTS[0]).fetchall()
    memory.limit_bytes = limit
    assert len(connection.execute(SORTS[0]).fetchall()) == ROWS
