"""The memory of a GPU: a budget that connections share, columns that stay, copies that overlap."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.gpu import Allocation, Bytes, GpuDevice
from gpudb.devices.memory import GpuMemory
from gpudb.devices.staging import STAGING_BYTES

ROWS, CHUNK = 12_000, 4000


@pytest.fixture
def gpu() -> PaperGpu:
    return PaperGpu()


@pytest.fixture
def connection(gpu: PaperGpu, monkeypatch: pytest.MonkeyPatch) -> Iterator[gpudb.Connection]:
    """Three chunks of raw doubles, 32,000 bytes a column and chunk."""
    memory = GpuMemory(gpu, 1 << 30)
    monkeypatch.setattr(
        "gpudb.opening.open_emulated", lambda _: GpuDevice("emulated", memory, 2, 32)
    )
    rng = np.random.default_rng(1)
    with gpudb.connect(device="emulated", chunk_rows=CHUNK) as connection:
        connection.register("data", pa.table({name: rng.random(ROWS) for name in "abc"}))
        connection.execute("CREATE TABLE t AS SELECT * FROM data")
        connection.memory = memory  # type: ignore[attr-defined]
        yield connection


def memory_of(connection: gpudb.Connection) -> GpuMemory:
    memory: GpuMemory = connection.memory  # type: ignore[attr-defined]
    return memory


def test_columns_are_copied_once(connection: gpudb.Connection, gpu: PaperGpu) -> None:
    connection.execute("SELECT max(a) FROM t").fetchall()
    first = sum(int(line.split()[1]) for line in gpu.log if line.startswith("copy"))
    gpu.log.clear()
    connection.execute("SELECT max(a) FROM t").fetchall()
    again = sum(int(line.split()[1]) for line in gpu.log if line.startswith("copy"))
    assert first > ROWS * 8 > 1000 > again
    use = connection.execute("SHOW MEMORY").fetchall()[1]
    assert use[0] >= 3 and use[3] >= 3 and use[6] == "emulated"
    connection.execute("ALTER SYSTEM CLEAR GPU MEMORY")
    assert connection.execute("SHOW MEMORY").fetchall()[1][:2] == (0, 0)


def test_the_next_chunk_is_on_its_way_while_one_is_computed(
    connection: gpudb.Connection, gpu: PaperGpu
) -> None:
    gpu.log.clear()
    connection.execute("SELECT max(a) FROM t").fetchall()
    big = [i for i, line in enumerate(gpu.log) if line == f"copy {CHUNK * 8}"]
    launches = [i for i, line in enumerate(gpu.log) if line == "launch"]
    waits = [i for i, line in enumerate(gpu.log) if line.startswith("wait")]
    assert len(big) == len(launches) == 3
    # Nobody waits for a launch before the result.
    assert big[0] < launches[0] < big[1] < launches[1] < big[2] < launches[2] < waits[0]


def test_copies_and_launches_are_timed_apart_and_counted(connection: gpudb.Connection) -> None:
    memory, query = memory_of(connection), "SELECT max(a) FROM t"
    with memory.timing() as times:
        connection.execute(query).fetchall()
    assert len(times.launches) == 3 and len(times.copies) > 3
    assert times.launch_seconds > 0 and times.copy_seconds > 0
    lines = [str(line) for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}")]
    copied = next(line for line in lines if line.startswith("  copied "))
    # The columns are there already: states and errors travel.
    assert int(copied.split()[1].replace(",", "")) < 1000
    assert len(times.launches) == 3
    memory.clear()
    lines = [str(line) for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}")]
    copied = next(line for line in lines if line.startswith("  copied "))
    assert int(copied.split()[1].replace(",", "")) >= 8 * ROWS


def test_a_budget_evicts_the_least_recently_used(connection: gpudb.Connection) -> None:
    memory = memory_of(connection)
    memory.limit_bytes = 100_000
    for column in "abcab":
        found = connection.execute(f"SELECT max({column}), count(*) FROM t").fetchall()
        connection.execute("SET device = 'cpu'")
        wanted = connection.execute(f"SELECT max({column}), count(*) FROM t").fetchall()
        assert found == wanted
        connection.execute("SET device = 'emulated'")
        assert memory.used_bytes <= 100_000
    assert memory.use().evictions > 0


def test_a_budget_of_less_than_a_chunk_is_an_error_and_the_connection_goes_on(
    connection: gpudb.Connection,
) -> None:
    memory_of(connection).limit_bytes = 20_000
    with pytest.raises(
        gpudb.OperationalError, match=r"more bytes of GPU memory; .* gpu_memory_limit"
    ):
        connection.execute("SELECT max(a) FROM t").fetchall()
    memory_of(connection).limit_bytes = 1 << 20
    assert connection.execute("SELECT count(a) FROM t").fetchall() == [(ROWS,)]


def test_a_table_larger_than_the_memory_streams_through_it(connection: gpudb.Connection) -> None:
    """There is room for one chunk of a column beside the result, not for two."""
    memory = memory_of(connection)
    connection.execute("SET device = 'cpu'")
    queries = (
        "SELECT max(a), count(*) FROM t",
        "SELECT count(*), max(b) FROM t WHERE b > 0.5 GROUP BY b > 0.75 ORDER BY 1",
        "SELECT a FROM t WHERE a > 0.99",
    )
    wanted = [connection.execute(query).fetchall() for query in queries]
    connection.execute("SET device = 'emulated'")
    memory.clear()
    for limit in (45_000, 70_000, 1 << 20):
        for query, rows in zip(queries[: 3 if limit > 100_000 else 2], wanted, strict=False):
            memory.limit_bytes = limit
            assert connection.execute(query).fetchall() == rows, (limit, query)
            assert memory.used_bytes <= limit


def test_what_does_not_fit_runs_on_the_cpu_where_cpu_retry_allows(
    connection: gpudb.Connection,
) -> None:
    memory_of(connection).limit_bytes = 20_000
    connection.execute("SET cpu_retry = on")
    said = "pipeline 0 ran on cpu: the query needs .* more bytes of GPU memory"
    with pytest.warns(gpudb.errors.DeviceWarning, match=said):
        rows = connection.execute("SELECT count(a * 2) FROM t").fetchall()
    assert rows == [(ROWS,)]
    with pytest.warns(gpudb.errors.DeviceWarning, match=said):
        lines = connection.execute("EXPLAIN ANALYZE SELECT max(a) FROM t").fetchall()
    plan = "\n".join(line for (line,) in lines)
    assert "t -> Group, on cpu" in plan
    assert "  retried     pipeline 0 ran on cpu: the query needs" in plan


class FaultyGpu(PaperGpu):
    """Gives half of the memory that is asked for, for as long as it `is_faulty`."""

    is_faulty = False

    def allocate(self, size_bytes: int) -> Allocation:
        return super().allocate(size_bytes // 2 if self.is_faulty else size_bytes)

    def copy_in(self, target: Allocation, offset: int, source: Bytes) -> None:
        super().copy_in(target, offset, source[: target.size_bytes - offset])


def test_a_kernel_that_faults_names_its_pipeline_and_the_connection_survives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gpu = FaultyGpu()
    memory = GpuMemory(gpu, 1 << 30)
    monkeypatch.setattr(
        "gpudb.opening.open_emulated", lambda _: GpuDevice("emulated", memory, 2, 32)
    )
    with gpudb.connect(device="emulated") as connection:
        connection.register("data", pa.table({"x": np.arange(50_000) * 3_000_000_000}))
        connection.execute("CREATE TABLE t AS SELECT * FROM data")
        gpu.is_faulty = True
        said = r"pipeline 0 \(t -> Group\): a kernel failed on a GPU on paper: .*outside"
        with pytest.raises(gpudb.errors.DeviceFaultError, match=said):
            connection.execute("SELECT max(x) FROM t WHERE x >= 0").fetchall()
        assert gpu.log[-1] == "rebuild"
        assert len(memory.programs) == memory.use().entries == 0
        gpu.is_faulty = False
        wanted = (49_999 * 3_000_000_000,)
        assert connection.execute("SELECT max(x) FROM t WHERE x >= 0").fetchall() == [wanted]


def test_the_gpus_own_lack_of_memory_empties_the_cache_first() -> None:
    gpu = PaperGpu(memory_bytes=1000)
    memory = GpuMemory(gpu, 1 << 30)
    kept = np.zeros(100)
    memory.resident(kept)
    with pytest.raises(gpudb.OperationalError, match="more bytes of GPU memory"):
        memory.resident(np.zeros(1000))
    assert memory.use().entries == 0


def test_an_array_is_forgotten_with_the_host_s(gpu: PaperGpu) -> None:
    memory = GpuMemory(gpu, 1 << 30)
    array = np.arange(1000)
    memory.resident(array[:500])
    memory.resident(array)
    assert memory.use().entries == 2
    gpu.wait(gpu.mark())
    del array
    assert memory.use().entries == 0
    assert memory.used_bytes == 0


def test_staging_memory_is_filled_again_only_when_it_was_read(gpu: PaperGpu) -> None:
    memory = GpuMemory(gpu, 1 << 40)
    wanted = np.arange(5 * STAGING_BYTES // 8 + 3)
    found = wanted.copy()
    memory.own(found)
    memory.push(found)
    gpu.wait(gpu.mark())
    found[:] = 0
    memory.pull([found])
    memory.release(found)
    np.testing.assert_array_equal(found, wanted)


def test_two_connections_share_one_gpu_and_its_budget() -> None:
    with (
        gpudb.connect(device="emulated", gpu_memory_limit="3MiB") as first,
        gpudb.connect(device="emulated", gpu_memory_limit="3MiB") as second,
    ):
        for each in (first, second):
            each.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1), (2)) v(x)")
            assert each.execute("SELECT sum(x) FROM t").fetchall() == [(3,)]
        uses = [c.execute("SHOW MEMORY").fetchall()[1] for c in (first, second)]
        assert uses[0][2] == uses[1][2] == 3 << 20
        assert uses[0][1] == uses[1][1]


def test_connections_that_run_at_once_stay_within_one_budget(
    connection: gpudb.Connection,
) -> None:
    """There is room for the chunks of both, and not for their columns."""
    memory = memory_of(connection)
    with gpudb.connect(device="emulated", chunk_rows=CHUNK) as other:
        other.register("data", pa.table({name: np.arange(ROWS) * 0.1 for name in "abc"}))
        other.execute("CREATE TABLE t AS SELECT * FROM data")
        both = (connection, other)
        queries = [f"SELECT max({column}), count(*) FROM t" for column in "abc"]
        wanted = [[each.execute(query).fetchall() for query in queries] for each in both]
        assert wanted[0] != wanted[1]
        memory.clear()
        memory.limit_bytes = 250_000
        found: list[list[object]] = [[], []]

        def run(place: int) -> None:
            for query in queries * 2:
                found[place].append(both[place].execute(query).fetchall())
                assert memory.used_bytes <= 250_000

        threads = [threading.Thread(target=run, args=(place,)) for place in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [rows * 2 for rows in wanted]
        assert memory.use().evictions > 0
        uses = [each.execute("SHOW MEMORY").fetchall()[1] for each in both]
        assert uses[0] == uses[1]


def test_finalisers_wait_for_nobody(gpu: PaperGpu) -> None:
    """Another thread may hold the lock, and wait for one that this one holds."""
    memory = GpuMemory(gpu, 1 << 30)
    array = np.arange(1000)
    memory.resident(array)
    holds, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with memory._lock:
            holds.set()
            may_go.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holds.wait(60)
    before = time.perf_counter()
    del array
    assert time.perf_counter() - before < 30
    may_go.set()
    thread.join()
    gpu.wait(gpu.mark())
    assert memory.use().entries == memory.used_bytes == 0
