"""How often the host waits for a GPU, and what it does where outputs had too little room."""

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

ROWS, CHUNK = 6000, 500
# By query: how often the host waits once columns and code are there, whatever the chunks are.
WAITS = (
    ("SELECT sum(v), count(*) FROM facts WHERE v > 10", 1),
    ("SELECT v, w FROM facts WHERE v = 3", 1),
    ("SELECT v, w FROM facts WHERE v < 90", 2),
    ("SELECT k, sum(v) FROM facts GROUP BY k ORDER BY 2 DESC, k LIMIT 5", 1),
    # The build's rows, and the groups.
    (
        "SELECT name, sum(v) FROM facts JOIN kinds USING (k) WHERE size > 3 GROUP BY name "
        "ORDER BY 2 DESC LIMIT 3",
        2,
    ),
)
COLLECTED = (
    "SELECT v, w, k FROM facts WHERE v % 2 = 0",
    "SELECT v, name FROM facts JOIN kinds ON facts.k = kinds.k OR kinds.k IS NULL",
    "SELECT a.v, b.size FROM facts a LEFT JOIN kinds b ON a.k = b.k AND b.size > 4",
    "SELECT median(v), k FROM facts GROUP BY k ORDER BY k",
    "SELECT w, v FROM facts ORDER BY v DESC, w LIMIT 7 OFFSET 2",
    "SELECT v FROM facts LIMIT 1200 OFFSET 300",
)


def tables() -> dict[str, pa.Table]:
    rng = np.random.default_rng(9)
    facts = {
        "k": pa.array(rng.integers(0, 40, ROWS), mask=rng.random(ROWS) < 0.1),
        "v": rng.integers(0, 100, ROWS),
        "w": pa.array(rng.random(ROWS), mask=rng.random(ROWS) < 0.1),
    }
    kinds = {
        "k": pa.array([*range(40), None]),
        "size": rng.integers(0, 9, 41),
        "name": [f"ü{each % 7}" for each in range(41)],
    }
    return {"facts": pa.table(facts), "kinds": pa.table(kinds)}


@pytest.fixture
def gpu() -> PaperGpu:
    return PaperGpu(seed=2)


@pytest.fixture
def memory(gpu: PaperGpu) -> GpuMemory:
    return GpuMemory(gpu, 1 << 30)


@pytest.fixture
def connection(memory: GpuMemory, monkeypatch: pytest.MonkeyPatch) -> Iterator[gpudb.Connection]:
    monkeypatch.setattr(
        "gpudb.opening.open_emulated", lambda _: GpuDevice("emulated", memory, 2, 64)
    )
    with gpudb.connect(device="emulated", threads=1, chunk_rows=CHUNK) as connection:
        load_tables(connection, tables())
        yield connection


def on_cpu(connection: gpudb.Connection, query: str) -> list[tuple[object, ...]]:
    connection.execute("SET device = 'cpu'")
    rows = connection.execute(query).fetchall()
    connection.execute("SET device = 'emulated'")
    return rows


@pytest.mark.parametrize(("query", "waits"), WAITS)
def test_the_host_waits_once_for_what_it_needs(
    connection: gpudb.Connection, gpu: PaperGpu, query: str, waits: int
) -> None:
    connection.execute(query).fetchall()
    gpu.log.clear()
    found = connection.execute(query).fetchall()
    assert sum(line.startswith("wait") for line in gpu.log) == waits, gpu.log
    assert found == on_cpu(connection, query)


@pytest.mark.parametrize("query", COLLECTED)
@pytest.mark.parametrize("in_flight", [2, 16])
def test_outputs_beyond_the_room_are_launched_again(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch, query: str, in_flight: int
) -> None:
    """With room for 64 outputs at first, and with as much as there can be at most."""
    wanted = on_cpu(connection, query)
    monkeypatch.setattr("gpudb.kernels.launch.MOST_IN_FLIGHT", in_flight)
    assert connection.execute(query).fetchall() == wanted
    monkeypatch.setattr("gpudb.kernels.guesses.MOST_ROOM_BYTES", 0)
    connection.execute("SET morsel_rows = 64")
    assert connection.execute(query).fetchall() == wanted


def test_outputs_beyond_the_memory_go_to_the_host_launch_by_launch(
    connection: gpudb.Connection, memory: GpuMemory, gpu: PaperGpu
) -> None:
    query = "SELECT v, w, k, v + 1, v * 2, w * 2 FROM facts WHERE v >= 0"
    wanted = on_cpu(connection, query)
    connection.execute("SET morsel_rows = 64")
    memory.limit_bytes = 120_000
    gpu.log.clear()
    assert connection.execute(query).fetchall() == wanted
    assert memory.used_bytes <= memory.limit_bytes
    # All of them at once would be a wait for their number and one for them.
    assert sum(line.startswith("wait") for line in gpu.log) > ROWS // CHUNK


def test_an_error_is_that_of_the_first_row_however_many_launches_there_were(
    connection: gpudb.Connection,
) -> None:
    with pytest.raises(gpudb.DataError, match="division by zero"):
        connection.execute("SELECT 7 / (v - 50) FROM facts").fetchall()
    assert connection.execute("SELECT count(*) FROM facts").fetchall() == [(ROWS,)]
