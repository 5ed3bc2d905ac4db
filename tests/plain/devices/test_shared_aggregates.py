"""Aggregates of several words on a GPU: centers that are claimed, ties, sketches; as on the cpu."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.gpu import GpuDevice
from gpudb.devices.gpus import GpusDevice
from tests.plain.devices.papers import (
    device_of_small_cache,
    is_like,
    paper_device,
    three_devices,
    use_device,
)

ROWS = 1200
# What is asked, and what EXPLAIN ANALYZE says of the groups.
QUERIES = {
    "SELECT count(*), var_pop(x), corr(x, small), kurtosis(small) FROM items": "registers: 1 group",
    "SELECT stddev(id), min(money), arg_max(x, day) FROM items WHERE id < 0": "2 passes over the",
    "SELECT flag, first(x ORDER BY small DESC), last(name ORDER BY day NULLS FIRST) FROM items "
    "GROUP BY flag": "4 passes over the rows",
    "SELECT kind, flag, stddev(money), max(money), arg_min(name, x) FROM items "
    "GROUP BY 1, 2": "block tables: 18 groups",
    "SELECT far, covar_samp(x, small), min(money) FROM items GROUP BY far": "block tables: some",
    "SELECT wide, day, arg_max(day, x), skewness(x) FROM items GROUP BY 1, 2": "one table: ",
    "SELECT approx_count_distinct(id), approx_count_distinct(x) FROM items": "registers: 1 group",
    "SELECT flag, approx_count_distinct(name), max(id) FROM items GROUP BY 1": "registers: 3",
}
IN_BLOCKS, IN_TABLE = list(QUERIES)[3], list(QUERIES)[5]


def items() -> pa.Table:
    rng = np.random.default_rng(5)

    def some(values: object, share: float = 0.1) -> pa.Array:
        return pa.array(values, mask=rng.random(ROWS) < share)

    money = [Decimal(int(n)) * 10**18 + 7 for n in rng.integers(-(10**12), 10**12, ROWS)]
    money += [Decimal(10**37), Decimal(-(10**37)), Decimal(0)]
    picked = rng.choice(len(money), ROWS)
    return pa.table(
        {
            "id": rng.permutation(ROWS),
            "kind": some(rng.integers(3, 8, ROWS)),
            "flag": some(rng.choice(["x", "ü"], ROWS), 0.2),
            "day": some(rng.integers(0, 30, ROWS).astype("datetime64[D]")),
            "money": some(pa.array([money[n] for n in picked], pa.decimal128(38, 0)).to_pylist()),
            "x": some(rng.normal(0, 2, ROWS) + 1e6 * rng.integers(-3, 3, ROWS)),
            "small": some(rng.integers(-9, 9, ROWS) / 4),
            "far": some(rng.choice(rng.choice(2**40, 25), ROWS)),
            "wide": some(rng.choice(rng.integers(-(2**63), 2**63 - 1, 90), ROWS)),
            "name": some(rng.choice(["a", "b", "", "ß"], ROWS)),
        }
    )


def loaded(connection: gpudb.Connection) -> gpudb.Connection:
    connection.register("data", items())
    connection.execute("CREATE TABLE items AS SELECT * FROM data")
    return connection


@pytest.fixture(scope="module")
def connection() -> Iterator[gpudb.Connection]:
    """A table of three chunks."""
    with loaded(gpudb.connect(chunk_rows=500)) as connection:
        yield connection


@pytest.fixture(scope="module")
def expected() -> dict[str, list[tuple[object, ...]]]:
    """The cpu's answers, of one thread."""
    with loaded(gpudb.connect(chunk_rows=500, device="cpu", threads=1)) as connection:
        return {query: rows_of(connection, query) for query in QUERIES}


def rows_of(connection: gpudb.Connection, query: str) -> list[tuple[object, ...]]:
    return sorted(connection.execute(query).fetchall(), key=repr)


def check(
    connection: gpudb.Connection, expected: dict[str, list[tuple[object, ...]]], query: str
) -> None:
    found, wanted = rows_of(connection, query), expected[query]
    assert len(found) == len(wanted)
    for row, other in zip(found, wanted, strict=True):
        assert all(map(is_like, row, other)), (query, row, other)


@pytest.mark.parametrize("query", QUERIES)
def test_the_device_answers_as_the_cpu(
    connection: gpudb.Connection,
    monkeypatch: pytest.MonkeyPatch,
    expected: dict[str, list[tuple[object, ...]]],
    query: str,
) -> None:
    use_device(connection, paper_device(4, 64, seed=3), monkeypatch)
    check(connection, expected, query)
    lines = [str(line) for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}")]
    assert "items -> Group, on emulated" in lines[0]
    assert QUERIES[query] in lines[1]


@pytest.mark.parametrize(
    ("device", "query"),
    [
        (paper_device(1, 1), IN_BLOCKS),
        (paper_device(13, 40, seed=8), IN_BLOCKS),
        (paper_device(13, 40, seed=8), IN_TABLE),
        (paper_device(2, 48, seed=4, races=True), IN_BLOCKS),
        (three_devices(), IN_TABLE),
        (device_of_small_cache(4000), IN_TABLE),
    ],
    ids=["one thread", "odd blocks", "odd blocks, table", "races", "three GPUs", "partitions"],
)
def test_any_device_answers_alike(
    connection: gpudb.Connection,
    monkeypatch: pytest.MonkeyPatch,
    expected: dict[str, list[tuple[object, ...]]],
    device: GpuDevice | GpusDevice,
    query: str,
) -> None:
    use_device(connection, device, monkeypatch)
    check(connection, expected, query)


def test_large_tables_of_several_gpus_are_merged(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpudb.kernels.sinks.direct.MANY_PLACES", 4)
    query = "SELECT kind, stddev(x), max(money) FROM items GROUP BY kind ORDER BY kind"
    connection.execute("SET device = 'cpu'")
    wanted = connection.execute(query).fetchall()
    use_device(connection, three_devices(), monkeypatch)
    for row, other in zip(connection.execute(query).fetchall(), wanted, strict=True):
        assert all(map(is_like, row, other)), (row, other)


def test_more_sketches_than_a_block_holds_lie_in_the_memory_of_all(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpudb.kernels.sinks.tiers.MOST_BLOCK_BYTES", 5000)
    calls = ", ".join(f"approx_count_distinct(id % {n})" for n in range(2, 6))
    query = f"SELECT sum(id), {calls} FROM items"
    connection.execute("SET device = 'cpu'")
    wanted = connection.execute(query).fetchall()
    use_device(connection, paper_device(2, 48, seed=4), monkeypatch)
    assert connection.execute(query).fetchall() == wanted


@pytest.fixture
def numbers(monkeypatch: pytest.MonkeyPatch) -> Iterator[gpudb.Connection]:
    """Values of which the first is far from all others, or all are nearly alike, by group."""
    rng = np.random.default_rng(2)
    far, near = rng.normal(0, 1, 500), 1e9 + rng.normal(0, 1e-3, 500)
    far[0] = 1e8
    groups = np.repeat([0, 1, 2, 3, 4], 500)
    odd = np.concatenate([[np.inf], np.ones(499)]), np.concatenate([np.ones(499), [np.nan]])
    values = np.concatenate([far, near, np.full(500, 0.1), *odd])
    with gpudb.connect(device="emulated", chunk_rows=1100) as connection:
        use_device(connection, paper_device(4, 64), monkeypatch)
        connection.register("data", pa.table({"g": groups, "x": values, "y": values[::-1].copy()}))
        connection.execute("CREATE TABLE numbers AS SELECT * FROM data")
        yield connection


def test_centers_keep_the_digits(numbers: gpudb.Connection) -> None:
    """And values that are all alike have no deviation at all; one without end has none either."""
    query = "SELECT g, var_pop(x), skewness(x), corr(x, x + g) FROM numbers GROUP BY g ORDER BY g"
    far, near, alike, endless, no_number = numbers.execute(query).fetchall()
    source = numbers.execute("SELECT g, x FROM numbers").fetchall()
    for group, found in ((0, far), (1, near)):
        values = [x for g, x in source if g == group]
        mean = math.fsum(values) / len(values)
        wanted = math.fsum((x - mean) ** 2 for x in values) / len(values)
        assert found[1] == pytest.approx(wanted, rel=1e-9)
        assert found[3] == pytest.approx(1.0)
    assert alike == (2, 0.0, None, None)
    assert math.isnan(endless[1])
    assert math.isnan(no_number[1])
