"""Joins whose build does not fit the GPU's budget are met in parts, and answer as on the cpu."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.gpu import GpuDevice
from gpudb.devices.memory import GpuMemory
from gpudb.kernels import radix, shared_builds
from tests.plain.devices.papers import is_like, load_tables, use_device

CHUNK, ROWS, BUILD_ROWS, LIMIT = 2048, 18_000, 16_000, 240_000
QUERIES = (
    # A bitmap of unique keys, and one of keys with several rows.
    "SELECT sum(v), count(*), max(w), min(name) FROM facts JOIN large USING (k)",
    "SELECT r, v, w FROM facts JOIN large ON large.many = facts.k AND w + r < 900",
    "SELECT r, k, v, w FROM facts LEFT JOIN large USING (k) WHERE r % 23 = 0",
    # Keys that are found by their hash: far apart, of several words, or of 128 bits.
    "SELECT r, v, w, u FROM facts LEFT JOIN large ON facts.far = large.far WHERE r < 900",
    "SELECT name, count(*), stddev(v) FROM facts "
    "JOIN large ON facts.x = large.x AND facts.k = large.k GROUP BY name",
    "SELECT count(*), sum(r) FROM facts WHERE NOT EXISTS "
    "(SELECT 1 FROM large WHERE large.far = facts.far AND v > facts.r - 100)",
    "SELECT r, v FROM facts JOIN large USING (far) ORDER BY v % 7, w LIMIT 20 OFFSET 2",
)
# Whether a row has a match, or none. NULL is equal to nothing, and NOT IN a set with NULL is never
# true; `holes` is `far` with NULLs, `twice` has every value two times.
SETS = (
    "SELECT count(*), sum(r) FROM facts WHERE far IN (SELECT far FROM large)",
    "SELECT count(*), sum(r) FROM facts WHERE far IN (SELECT holes FROM large)",
    "SELECT count(*), sum(r) FROM facts WHERE far IN (SELECT twice FROM large WHERE w < 990)",
    "SELECT count(*), sum(r), count(far) FROM facts WHERE far NOT IN (SELECT far FROM large)",
    "SELECT count(*), sum(r) FROM facts WHERE far NOT IN (SELECT holes FROM large)",
    "SELECT count(*), sum(r), count(far) FROM facts WHERE NOT EXISTS "
    "(SELECT 1 FROM large WHERE large.holes = facts.far)",
    "SELECT count(*), sum(r), count(k) FROM facts WHERE NOT EXISTS "
    "(SELECT 1 FROM large WHERE large.x = facts.x AND large.far = facts.far AND u < 0.9)",
    "SELECT count(*), sum(r) FROM facts WHERE EXISTS "
    "(SELECT 1 FROM large WHERE large.many = facts.k AND v > r * 1000000 - u)",
    "SELECT r, k FROM facts WHERE r % 40 = 0 AND (k < 2000 OR far IN (SELECT far FROM large))",
)
# Sets without a value, or without one that is not NULL: nothing to cut.
EMPTY = (
    "SELECT count(*), sum(r), count(far) FROM facts "
    "WHERE far NOT IN (SELECT far FROM large WHERE w > 5000)",
    "SELECT count(*) FROM facts WHERE far NOT IN (SELECT holes FROM large WHERE holes IS NULL)",
    "SELECT count(*) FROM facts WHERE far IN (SELECT far FROM large WHERE w > 5000)",
    "SELECT count(*), sum(r) FROM facts WHERE NOT EXISTS "
    "(SELECT 1 FROM large WHERE large.far = facts.far AND w > 5000)",
)


def tables() -> dict[str, pa.Table]:
    rng = np.random.default_rng(6)
    far = np.unique(rng.integers(0, 2**50, 2 * BUILD_ROWS))[:BUILD_ROWS]
    keys = rng.permutation(BUILD_ROWS)
    large = {
        "k": keys,
        "many": keys // 3,
        "far": rng.permutation(far),
        "holes": pa.array(rng.permutation(far), mask=rng.random(BUILD_ROWS) < 0.02),
        "twice": rng.permutation(np.repeat(far[::2], 2)),
        "x": keys % 9 / 4,
        "v": rng.integers(-(2**40), 2**40, BUILD_ROWS),
        "w": pa.array(rng.random(BUILD_ROWS) * 1000, mask=rng.random(BUILD_ROWS) < 0.1),
        "u": rng.random(BUILD_ROWS),
        "name": rng.choice(["a", "ß", ""], BUILD_ROWS),
    }
    k = rng.integers(-300, BUILD_ROWS + 300, ROWS)
    facts = {
        "r": np.arange(ROWS),
        "k": pa.array(k, mask=rng.random(ROWS) < 0.1),
        "far": pa.array(rng.choice(far, ROWS) + rng.integers(0, 2, ROWS), mask=k % 11 == 0),
        "x": k % 9 / 4,
    }
    return {"large": pa.table(large), "facts": pa.table(facts)}


def loaded(connection: gpudb.Connection) -> gpudb.Connection:
    return load_tables(connection, tables())


@pytest.fixture(scope="module")
def memory() -> GpuMemory:
    return GpuMemory(PaperGpu(seed=4), LIMIT)


@pytest.fixture
def connection(memory: GpuMemory, monkeypatch: pytest.MonkeyPatch) -> Iterator[gpudb.Connection]:
    with loaded(gpudb.connect(chunk_rows=CHUNK, threads=1)) as connection:
        use_device(connection, GpuDevice("emulated", memory, 2, 48), monkeypatch)
        # Buffers of outputs are for a chunk, those of candidates for some.
        monkeypatch.setattr("gpudb.kernels.sinks.top.LEAST_CAPACITY", 64)
        connection.execute("SET morsel_rows = 2048")
        memory.limit_bytes = LIMIT
        yield connection


def rows_of(connection: gpudb.Connection, query: str) -> list[tuple[object, ...]]:
    rows = connection.execute(query).fetchall()
    return sorted(rows, key=repr) if "GROUP" in query else rows


@pytest.mark.parametrize("query", [*QUERIES, *SETS])
def test_a_build_in_parts_answers_as_a_whole_one(connection: gpudb.Connection, query: str) -> None:
    found = rows_of(connection, query)
    lines = [str(line) for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}")]
    assert any(line.startswith("  parts       pipeline ") for line in lines), lines
    connection.execute("SET device = 'cpu'")
    wanted = rows_of(connection, query)
    assert len(found) == len(wanted) > 0
    for row, other in zip(found, wanted, strict=True):
        assert all(map(is_like, row, other)), (row, other)


@pytest.mark.parametrize("query", EMPTY)
def test_sets_without_values(connection: gpudb.Connection, query: str) -> None:
    found = rows_of(connection, query)
    connection.execute("SET device = 'cpu'")
    assert found == rows_of(connection, query)


def test_what_has_no_room_for_an_index_says_that_the_cpu_made_it(
    connection: gpudb.Connection, memory: GpuMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_builds, "LEAST_ROWS", 64)
    monkeypatch.setattr(radix, "LEAST_ROWS", 64)
    query = "SELECT count(*), sum(r) FROM facts JOIN large USING (far)"
    connection.execute("SET device = 'cpu'")
    wanted = connection.execute(query).fetchall()
    connection.execute("SET device = 'emulated'")
    memory.clear()
    memory.limit_bytes = 60_000
    assert connection.execute(query).fetchall() == wanted
    lines = [str(line) for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}")]
    assert any("an index was made by the cpu: the query needs" in line for line in lines), lines


def test_parts_that_do_not_fit_either_are_an_error_or_the_cpu_s(
    connection: gpudb.Connection, memory: GpuMemory
) -> None:
    query = "SELECT sum(v), count(*), max(w), min(name) FROM facts JOIN large USING (k)"
    memory.clear()
    memory.limit_bytes = 6_000
    with pytest.raises(gpudb.OperationalError, match="more bytes of GPU memory"):
        connection.execute(query).fetchall()
    connection.execute("SET cpu_retry = on")
    with pytest.warns(gpudb.errors.DeviceWarning, match="ran on cpu"):
        found = connection.execute(query).fetchall()
    connection.execute("SET device = 'cpu'")
    assert found == connection.execute(query).fetchall()
