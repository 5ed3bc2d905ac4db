"""On the machine's own GPU (`pytest -m gpu`): scripts, bounds, arrays for others, several sizes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from tests.plain.engine.scripts import answers, read_script
from tests.plain.engine.test_scripts import PATHS, without_groups

SHAPES = ((0, 0), (1, 32), (7, 64), (132, 256))
ROWS = 3_000_000


@pytest.fixture
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect(device="cuda") as connection:
        yield connection


def test_the_gpu_is_named(connection: gpudb.Connection) -> None:
    name, threads, gpu, memory, _, driver = connection.execute("SHOW DEVICE").fetchall()[0]
    assert name == "cuda" and threads > 0 and gpu and memory > 1 << 30 and "CUDA" in driver


@pytest.mark.parametrize(("grid", "block"), SHAPES)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_script(path: Path, grid: int, block: int) -> None:
    with gpudb.connect(device="cuda", launch_grid=grid, launch_block=block) as connection:
        blocks = read_script(path)
        for one, got in zip(blocks, answers(blocks, connection), strict=True):
            if not one.statement.startswith("EXPLAIN CODE"):
                found = without_groups(got.expected)
                assert found == one.expected, f"{path.name}: {one.statement}"


def test_millions_of_rows_answer_as_on_the_cpu(connection: gpudb.Connection) -> None:
    rng = np.random.default_rng(7)
    data = pa.table(
        {
            "k": rng.integers(0, 200_000, ROWS),
            "few": rng.integers(0, 12, ROWS),
            "v": rng.integers(-(10**6), 10**6, ROWS),
            "f": rng.random(ROWS),
        }
    )
    queries = (
        "SELECT count(*), sum(v), min(f), max(k) FROM t WHERE few < 7",
        "SELECT few, count(*), sum(v) FROM t GROUP BY few ORDER BY few",
        "SELECT k, count(*), sum(v) FROM t GROUP BY k ORDER BY k",
        "SELECT k, v FROM t WHERE f > 0.999",
        "SELECT a.k, b.v FROM t a JOIN t b ON a.k = b.k AND b.f > 0.9999 WHERE a.f > 0.9999",
        "SELECT v, k FROM t ORDER BY f DESC LIMIT 20",
    )
    connection.register("data", data)
    connection.execute("CREATE TABLE t AS SELECT * FROM data")
    for query in queries:
        connection.execute("SET device = 'cuda'")
        found = connection.execute(query).fetchall()
        connection.execute("SET device = 'cpu'")
        assert found == connection.execute(query).fetchall(), query


def test_a_table_larger_than_the_budget_streams(connection: gpudb.Connection) -> None:
    connection.execute("SET gpu_memory_limit = '16MiB'")
    connection.execute("CREATE TABLE t AS SELECT x FROM generate_series(1, 8000000) s(x)")
    assert connection.execute("SELECT sum(x), count(*) FROM t").fetchall() == [
        (32_000_004_000_000, 8_000_000)
    ]


def test_cupy_takes_results_without_a_copy(connection: gpudb.Connection) -> None:
    import cupy

    table = connection.execute("SELECT x FROM generate_series(1, 1000) t(x)").fetch_device_table()
    taken = cupy.asarray(table["x"])
    assert taken.data.ptr == table["x"].__cuda_array_interface__["data"][0]
    assert int(taken.sum()) == 500_500
    assert int(cupy.from_dlpack(table["x"]).max()) == 1000


def test_a_connection_survives_a_fault_with_the_gpu_or_without() -> None:
    """In a process of its own, since the driver may refuse all others that this one has left."""
    command = [sys.executable, "-m", "tests.gpu.fault", "cuda"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout.strip() in ("again", "cpu"), done.stdout + done.stderr


def test_orders_of_many_rows_are_the_cpus(connection: gpudb.Connection) -> None:
    """By one word and by several, which are sorts of two kinds."""
    connection.execute(
        "CREATE TABLE t AS SELECT x, x % 1009 AS k, sin(x) AS f "
        "FROM generate_series(1, 500000) s(x)"
    )
    for keys in ("k, x", "f", "k DESC, f", "f, k, x DESC"):
        query = f"SELECT x FROM t ORDER BY {keys} LIMIT 400000"
        connection.execute("SET device = 'cuda'")
        found = connection.execute(query).fetch_arrow_table()
        connection.execute("SET device = 'cpu'")
        assert found == connection.execute(query).fetch_arrow_table(), keys
