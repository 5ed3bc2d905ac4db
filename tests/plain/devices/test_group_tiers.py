"""Where groups lie on a GPU: the tier that is chosen, what it costs, and that it answers alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.gpu import GpuDevice
from tests.plain.devices.papers import (
    counting_device,
    device_of_small_cache,
    load_tables,
    paper_device,
    use_device,
)

ROWS, GRID, BLOCK = 4000, 4, 64
MANY = "count(amount), sum(amount), sum(money), min(weight), max(weight), max(name)"
# What is asked, and the tier that EXPLAIN ANALYZE names.
QUERIES = {
    f"SELECT {MANY}, bit_xor(id) FROM items": "registers: 1 group",
    f"SELECT {MANY}, bit_xor(id) FROM items WHERE id < 0": "registers: 1 group",
    f"SELECT {MANY}, bit_xor(id) FROM items WHERE id < 1": "registers: 1 group",
    "SELECT flag, count(*), avg(money), min(weight) FROM items GROUP BY flag": "registers: ",
    f"SELECT kind, {MANY} FROM items GROUP BY kind": "block tables: 10 groups",
    "SELECT kind, flag, product(small), bit_or(id) FROM items GROUP BY 1, 2": "block tables: ",
    "SELECT day, sum(money), max(weight) FROM items GROUP BY day": "block tables: ",
    "SELECT id, count(*), sum(amount), max(weight) FROM items GROUP BY id": "one table: ",
    # Keys far apart: hashed, in blocks where statistics expect few.
    "SELECT far, count(*), sum(money), min(weight) FROM items GROUP BY far": "block tables: some",
    "SELECT weight, count(*), max(id) FROM items GROUP BY 1": "one table: some ",
    # Keys of several words: doubles, numbers of 128 bits, and what marks a free place in a table.
    "SELECT small, name, sum(money) FROM items GROUP BY small, name": "block tables: some",
    "SELECT edge, count(*), sum(amount), max(day) FROM items GROUP BY edge": "block tables: some",
    "SELECT CAST(edge AS DECIMAL(38, 0)), bit_xor(id) FROM items GROUP BY 1": "block tables: some",
}


# Groups beyond a small cache, by each kind of key.
FAR = (
    f"SELECT id, {MANY} FROM items WHERE id > 5 GROUP BY id",
    f"SELECT far * id, {MANY} FROM items GROUP BY 1",
    "SELECT weight * id, name, edge, count(*), sum(money) FROM items GROUP BY 1, 2, 3",
    "SELECT a.id, b.day, count(*), sum(b.amount) FROM items a JOIN items b ON a.kind = b.kind "
    "WHERE a.id < 40 GROUP BY 1, 2",
)


def tables() -> dict[str, pa.Table]:
    rng = np.random.default_rng(8)

    def some(values: object, share: float) -> pa.Array:
        return pa.array(values, mask=rng.random(ROWS) < share)

    weight = rng.normal(0, 5, ROWS)
    weight[rng.random(ROWS) < 0.02] = np.nan
    weight[rng.random(ROWS) < 0.01] = -np.inf
    money = [Decimal(int(n)) * 10**16 for n in rng.integers(-(10**12), 10**12, ROWS)]
    items = {
        "id": rng.permutation(ROWS),
        "kind": some(rng.integers(3, 12, ROWS), 0.1),
        "flag": some(rng.choice(["x", "ü"], ROWS), 0.2),
        "day": some(rng.integers(0, 90, ROWS).astype("datetime64[D]"), 0.05),
        "amount": some(rng.integers(-(2**40), 2**40, ROWS), 0.3),
        "money": some(money, 0.1),
        "weight": some(weight, 0.1),
        "far": some(rng.choice(rng.choice(2**40, 300), ROWS), 0.05),
        "edge": some(rng.choice([-(2**63), 2**63 - 1, 0, -1], ROWS), 0.1),
        "small": some(rng.choice([0.5, 1.0, -1.0, 2.0], ROWS), 0.1),
        "name": some(rng.choice(["a", "b", "z", "ß"], ROWS), 0.1),
    }
    return {"items": pa.table(items)}


def loaded(connection: gpudb.Connection) -> gpudb.Connection:
    return load_tables(connection, tables())


@pytest.fixture(scope="module")
def connection() -> Iterator[gpudb.Connection]:
    """Tables of three chunks; the device is what `use` last asked for."""
    with loaded(gpudb.connect(chunk_rows=1500)) as connection:
        yield connection


@pytest.fixture
def use(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> Callable[[GpuDevice], None]:
    """Run queries from now on on a device."""

    return lambda device: use_device(connection, device, monkeypatch)


@pytest.fixture(scope="module")
def expected() -> dict[str, list[tuple[object, ...]]]:
    """The cpu's answers, of one thread."""
    with loaded(gpudb.connect(chunk_rows=1500, device="cpu", threads=1)) as connection:
        return {query: rows_of(connection, query) for query in (*QUERIES, *FAR)}


def rows_of(connection: gpudb.Connection, query: str) -> list[tuple[object, ...]]:
    return sorted(connection.execute(query).fetchall(), key=repr)


def tier_of(connection: gpudb.Connection, query: str) -> str:
    """Return what EXPLAIN ANALYZE says of the groups."""
    lines = [str(line) for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}")]
    return next(line for line in lines if "  groups " in line)


@pytest.mark.parametrize("query", QUERIES)
def test_every_tier_is_chosen_and_answers_as_the_cpu(
    connection: gpudb.Connection,
    use: Callable[[GpuDevice], None],
    expected: dict[str, list[tuple[object, ...]]],
    query: str,
) -> None:
    use(paper_device(GRID, BLOCK, seed=3))
    assert repr(rows_of(connection, query)) == repr(expected[query])
    assert f"  groups      {QUERIES[query]}" in tier_of(connection, query)


@pytest.mark.parametrize(("grid", "block"), [(1, 1), (13, 40)])
def test_blocks_of_any_size_answer_alike(
    connection: gpudb.Connection,
    use: Callable[[GpuDevice], None],
    expected: dict[str, list[tuple[object, ...]]],
    grid: int,
    block: int,
) -> None:
    """Warps that are not whole, blocks without rows."""
    use(paper_device(grid, block, seed=block))
    for query in list(QUERIES)[::3]:
        assert repr(rows_of(connection, query)) == repr(expected[query])


def test_blocks_do_not_race(
    connection: gpudb.Connection,
    use: Callable[[GpuDevice], None],
    expected: dict[str, list[tuple[object, ...]]],
) -> None:
    use(paper_device(2, 48, seed=4, races=True))
    for query in list(QUERIES)[1::2]:
        assert repr(rows_of(connection, query)) == repr(expected[query])


def counted(
    connection: gpudb.Connection, use: Callable[[GpuDevice], None], query: str
) -> dict[str, int]:
    """Return what the kernels of a query did, per launch of 1500, 1500 and 1000 rows."""
    device, counts = counting_device(GRID, BLOCK)
    use(device)
    connection.execute(query).fetchall()
    return counts


def test_a_sum_costs_one_atomic_a_block(
    connection: gpudb.Connection, use: Callable[[GpuDevice], None]
) -> None:
    """And ten shuffles a thread and word: five steps of 32 bits twice."""
    counts = counted(connection, use, "SELECT sum(small), max(id) FROM items")
    launches, words, threads = 3, 4, GRID * BLOCK
    assert counts["global atomics"] <= launches * words * GRID
    assert counts["shared atomics"] == launches * words * threads // 32
    assert counts["shuffles"] == launches * words * 10 * threads
    assert counts["barriers"] == launches * 2 * threads


def test_few_groups_cost_atomics_by_the_block_and_not_by_the_row(
    connection: gpudb.Connection, use: Callable[[GpuDevice], None]
) -> None:
    counts = counted(connection, use, "SELECT flag, count(*), max(id) FROM items GROUP BY flag")
    launches, groups, words = 3, 3, 2
    assert counts["global atomics"] <= launches * GRID * groups * words
    assert counts["shared atomics"] == launches * groups * words * GRID * BLOCK // 32


def test_block_tables_keep_the_rows_atomics_near(
    connection: gpudb.Connection, use: Callable[[GpuDevice], None]
) -> None:
    query = "SELECT day, count(*), max(id) FROM items WHERE day IS NOT NULL GROUP BY day"
    counts = counted(connection, use, query)
    launches, groups, words = 3, 90, 2
    assert counts["shared atomics"] >= words * ROWS * 0.9
    assert counts["global atomics"] <= launches * GRID * groups * words


@pytest.mark.parametrize(
    "query",
    [
        "SELECT sum(amount * amount * 4096) FROM items",
        "SELECT flag, sum(id / (id - 3000)) FROM items GROUP BY flag",
        "SELECT kind, max(CAST(id AS TINYINT)) FROM items GROUP BY kind",
    ],
)
def test_threads_that_fail_leave_and_keep_nobody_waiting(
    connection: gpudb.Connection, use: Callable[[GpuDevice], None], query: str
) -> None:
    connection.execute("SET device = 'cpu'")
    with pytest.raises(gpudb.DataError) as wanted:
        connection.execute(query).fetchall()
    use(paper_device(2, 48, seed=9))
    with pytest.raises(gpudb.DataError) as found:
        connection.execute(query).fetchall()
    assert (found.value.begin, found.value.end) == (wanted.value.begin, wanted.value.end)


def test_a_block_table_too_small_gives_way_to_a_common_one(
    connection: gpudb.Connection,
    use: Callable[[GpuDevice], None],
    expected: dict[str, list[tuple[object, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Statistics that expect far too few groups cost runs, not the answer."""
    monkeypatch.setattr("gpudb.kernels.guesses.estimated_groups", lambda _: 3.0)
    monkeypatch.setattr("gpudb.kernels.sinks.tiers.MOST_BLOCK_BYTES", 1000)
    use(paper_device(2, 48, seed=2))
    query = next(q for q in QUERIES if "BY far" in q)
    assert repr(rows_of(connection, query)) == repr(expected[query])
    assert "groups      one table: more than 16 groups" in tier_of(connection, query)


def test_explain_shows_the_tier_and_why(
    connection: gpudb.Connection, use: Callable[[GpuDevice], None]
) -> None:
    use(paper_device(2, 48))
    for query, tier in QUERIES.items():
        plan = [line for (line,) in connection.execute(f"EXPLAIN {query}")]
        assert f"pipeline 0 groups in {tier}" in plan[-1]
    join = "SELECT a.kind, count(*) FROM items a JOIN items b ON a.id = b.id GROUP BY 1"
    plan = [line for (line,) in connection.execute(f"EXPLAIN {join}")]
    assert plan[-1] == (
        "pipeline 1 groups in block tables: some 9 groups of 3 words are 432 bytes (a guess)"
    )
    query = "SELECT kind, approx_quantile(id, 0.5) FROM items GROUP BY kind"
    plan = [line for (line,) in connection.execute(f"EXPLAIN {query}")]
    assert "groups in the memory of the cpu: APPROX_QUANTILE" in plan[-1]


@pytest.mark.parametrize("query", FAR)
def test_beyond_the_cache_rows_are_dealt_first(
    connection: gpudb.Connection,
    use: Callable[[GpuDevice], None],
    expected: dict[str, list[tuple[object, ...]]],
    query: str,
) -> None:
    device = device_of_small_cache(2000)
    use(device)
    before = device.memory.used_bytes
    found = rows_of(connection, query)
    assert len(found) == len(expected[query]) > 300
    assert repr(found) == repr(expected[query])
    if query in FAR[:3]:
        assert "groups      partitions: " in tier_of(connection, query)
    connection.execute("ALTER SYSTEM CLEAR GPU MEMORY")
    assert device.memory.used_bytes <= before


def test_dealing_does_not_race_and_leaves_nothing_behind_an_error(
    connection: gpudb.Connection,
    use: Callable[[GpuDevice], None],
    expected: dict[str, list[tuple[object, ...]]],
) -> None:
    device = device_of_small_cache(2000, races=True)
    use(device)
    assert repr(rows_of(connection, FAR[1])) == repr(expected[FAR[1]])
    with pytest.raises(gpudb.DataError, match="division by zero"):
        connection.execute("SELECT id, sum(id / (id - 3000)) FROM items GROUP BY id").fetchall()
    connection.execute("ALTER SYSTEM CLEAR GPU MEMORY")
    # Less than one of the dealt columns: an exception keeps what its frames refer to.
    assert device.memory.used_bytes < 8 * ROWS
