"""Groups and key sets beyond the GPU's budget are made in parts, and answer as on the cpu."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.devices.gpu import GpuDevice
from gpudb.devices.gpus import GpusDevice
from gpudb.devices.memory import GpuMemory
from tests.plain.devices.papers import device_of_small_cache, is_like, load_tables, use_device

ROWS, CHUNK, LIMIT = 4500, 2048, 160_000
ALL = "count(*), count(v), sum(v), sum(money), min(x), max(name), stddev(v)"
DIRECT = f"SELECT id, {ALL} FROM items GROUP BY id"
PACKED = f"SELECT far, {ALL} FROM items WHERE id <> 7 GROUP BY far"
WORDS = f"SELECT x, name, {ALL} FROM items GROUP BY x, name"
QUERIES = (
    DIRECT,
    PACKED,
    WORDS,
    # Keys of 128 bits; words settled in a second pass over the rows; nothing at all.
    "SELECT money * 10000000000, kind, count(*) FROM items GROUP BY 1, 2",
    "SELECT far, arg_max(name, v), max(money * 1000000000000) FROM items GROUP BY far",
    "SELECT id, arg_min(v, x), count(*) FROM items GROUP BY id",
    "SELECT far, sum(v), count(x), max(name), stddev(v), min(money) FROM items "
    "WHERE id + kind < 0 GROUP BY far",
    # Sets: bits, places of hashes, words.
    "SELECT DISTINCT id * 1000 FROM items",
    "SELECT DISTINCT far, kind FROM items",
    "SELECT DISTINCT x FROM items",
    "SELECT kind, count(DISTINCT far), count(DISTINCT x), sum(DISTINCT v) FROM items GROUP BY 1",
    # Of rows that a join makes, by keys of both sides.
    "SELECT a.id, b.name, count(*), sum(b.v) FROM items a JOIN items b ON a.kind = b.id "
    "GROUP BY a.id, b.name",
)
# Sets of keys that a join only looks into, as bits.
SETS = (
    "SELECT count(*), sum(id) FROM items WHERE id * 1000 IN (SELECT id * 1000 FROM others)",
    "SELECT count(*), sum(id) FROM items WHERE NOT EXISTS "
    "(SELECT 1 FROM others WHERE others.id * 1000 = items.id * 1000)",
)


def tables() -> dict[str, pa.Table]:
    rng = np.random.default_rng(3)

    def some(values: object, share: float = 0.1) -> pa.Array:
        return pa.array(values, mask=rng.random(ROWS) < share)

    x = np.round(rng.normal(0, 100, ROWS), 1)
    x[rng.random(ROWS) < 0.02] = np.nan
    x[rng.random(ROWS) < 0.02] = -0.0
    money = [Decimal(int(n)) * 10**12 for n in rng.integers(-(10**12), 10**12, 2 * ROWS // 3)]
    items = pa.table(
        {
            "id": rng.permutation(ROWS),
            "far": some(rng.choice(rng.integers(-(2**50), 2**50, 2 * ROWS // 3), ROWS)),
            "kind": some(rng.integers(0, 9, ROWS)),
            "x": some(x),
            "v": some(rng.integers(-(2**40), 2**40, ROWS)),
            "money": some([money[n] for n in rng.integers(0, len(money), ROWS)]),
            "name": some(rng.choice(["a", "ß", "", "zz"], ROWS)),
        }
    )
    return {"items": items, "others": items.take(rng.permutation(ROWS)[: ROWS // 3])}


def loaded(connection: gpudb.Connection) -> gpudb.Connection:
    return load_tables(connection, tables())


@pytest.fixture(scope="module")
def expected() -> dict[str, list[tuple[object, ...]]]:
    """The cpu's answers, of one thread."""
    with loaded(gpudb.connect(chunk_rows=CHUNK, device="cpu", threads=1)) as connection:
        return {query: rows_of(connection, query) for query in (*QUERIES, *SETS)}


@pytest.fixture(scope="module")
def tables_of_items() -> Iterator[gpudb.Connection]:
    with loaded(gpudb.connect(chunk_rows=CHUNK, threads=1)) as connection:
        yield connection


@pytest.fixture(scope="module")
def memory() -> GpuMemory:
    return GpuMemory(PaperGpu(seed=4), LIMIT)


@pytest.fixture
def connection(
    tables_of_items: gpudb.Connection, memory: GpuMemory, monkeypatch: pytest.MonkeyPatch
) -> gpudb.Connection:
    use_device(tables_of_items, GpuDevice("emulated", memory, 2, 48), monkeypatch)
    memory.limit_bytes = LIMIT
    tables_of_items.execute("SET cpu_retry = off")
    return tables_of_items


def rows_of(connection: gpudb.Connection, query: str) -> list[tuple[object, ...]]:
    return sorted(connection.execute(query).fetchall(), key=repr)


def check(
    connection: gpudb.Connection, expected: dict[str, list[tuple[object, ...]]], query: str
) -> None:
    compare(rows_of(connection, query), expected[query])


def compare(found: list[tuple[object, ...]], wanted: list[tuple[object, ...]]) -> None:
    assert len(found) == len(wanted)
    for row, other in zip(found, wanted, strict=True):
        assert all(map(is_like, row, other)), (row, other)


def lines_of(connection: gpudb.Connection, query: str, how: str = "EXPLAIN ANALYZE") -> list[str]:
    return [str(line) for (line,) in connection.execute(f"{how} {query}")]


def parts_of(connection: gpudb.Connection, query: str) -> list[str]:
    """Return what EXPLAIN ANALYZE says of parts."""
    lines = lines_of(connection, query)
    return [line[14:] for line in lines if line.startswith("  parts       ")]


@pytest.mark.parametrize("query", [*QUERIES, *SETS])
def test_groups_in_parts_are_those_of_the_cpu(
    connection: gpudb.Connection, expected: dict[str, list[tuple[object, ...]]], query: str
) -> None:
    check(connection, expected, query)
    assert any("groups, " in line for line in parts_of(connection, query))


@pytest.mark.parametrize("query", [DIRECT, PACKED, WORDS])
def test_explain_knows_the_parts_before(connection: gpudb.Connection, query: str) -> None:
    lines = lines_of(connection, query, "EXPLAIN")
    (line,) = [line for line in lines if "groups in" in line]
    assert line.endswith(" parts"), line
    said = int(line.split(", in ")[1].split()[0])
    (found,) = parts_of(connection, query)
    assert int(found.split(", in ")[1].split()[0]) >= said > 2


def test_a_table_that_grows_beyond_the_memory_goes_on_in_parts(
    connection: gpudb.Connection,
    expected: dict[str, list[tuple[object, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And has not forgotten how far it had come."""
    monkeypatch.setattr("gpudb.kernels.guesses.estimated_groups", lambda _: 8.0)
    for query in (PACKED, WORDS):
        check(connection, expected, query)
        (found,) = parts_of(connection, query)
        assert "in 1 part" not in found
        assert not any("parts" in line for line in lines_of(connection, query, "EXPLAIN"))


def test_three_gpus_make_the_same_parts(
    connection: gpudb.Connection,
    expected: dict[str, list[tuple[object, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memories = [GpuMemory(PaperGpu(seed=number), LIMIT) for number in range(3)]
    devices = [GpuDevice("emulated", memory, 2, 32) for memory in memories]
    use_device(connection, GpusDevice(devices), monkeypatch)
    check(connection, expected, WORDS)
    assert parts_of(connection, WORDS)


def test_rows_that_have_no_room_to_be_dealt_are_not(
    connection: gpudb.Connection,
    expected: dict[str, list[tuple[object, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    device = device_of_small_cache(40_000)
    use_device(connection, device, monkeypatch)
    assert "  groups      partitions: " in "\n".join(lines_of(connection, DIRECT))
    device.memory.clear()
    device.memory.limit_bytes = 650_000
    check(connection, expected, DIRECT)
    (found,) = parts_of(connection, DIRECT)
    assert found.endswith(" in 1 part"), found


def test_held_rows_are_read_in_pieces(connection: gpudb.Connection, memory: GpuMemory) -> None:
    """In the order that they have, with NULLs, and numbers of 128 bits."""
    query = (
        "SELECT i, NULLIF(i % 7, 3) + i, i * CAST(4611686018427387904 AS DECIMAL(38, 0)) "
        "FROM (SELECT i, row_number() OVER (ORDER BY -i) AS r "
        "FROM generate_series(1, 9000) g(i)) q "
        "WHERE r % 3 > 0"
    )
    connection.execute("SET device = 'cpu'")
    wanted = connection.execute(query).fetchall()
    connection.execute("SET device = 'emulated'")
    memory.clear()
    memory.limit_bytes = 70_000
    assert connection.execute(query).fetchall() == wanted
    assert any("rows that are read, " in line for line in parts_of(connection, query))


def test_builds_and_groups_in_parts(connection: gpudb.Connection, memory: GpuMemory) -> None:
    query = (
        "SELECT a.far, count(*), sum(b.v), min(b.x), max(c.money) FROM items a "
        "JOIN items b ON a.id = b.id LEFT JOIN others c ON a.far = c.far GROUP BY a.far"
    )
    connection.execute("SET device = 'cpu'")
    wanted = rows_of(connection, query)
    connection.execute("SET device = 'emulated'")
    memory.clear()
    memory.limit_bytes = 160_000
    compare(rows_of(connection, query), wanted)
    (found,) = parts_of(connection, query)
    assert "groups, " in found and "'s rows, " in found, found


def test_what_fits_in_no_parts_is_an_error_or_the_cpu_s(
    connection: gpudb.Connection, memory: GpuMemory, expected: dict[str, list[tuple[object, ...]]]
) -> None:
    memory.clear()
    memory.limit_bytes = 9_000
    with pytest.raises(gpudb.OperationalError, match="more bytes of GPU memory"):
        connection.execute(PACKED).fetchall()
    connection.execute("SET cpu_retry = on")
    with pytest.warns(gpudb.errors.DeviceWarning, match="ran on cpu"):
        check(connection, expected, PACKED)
    with pytest.warns(gpudb.errors.DeviceWarning, match="ran on cpu"):
        lines = lines_of(connection, PACKED)
    assert any(line.startswith("  retried     pipeline 0 ran on cpu") for line in lines)
    assert not any(line.startswith("  parts") for line in lines)
