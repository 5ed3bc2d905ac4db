"""Tables of groups that begin on a GPU, and of which only groups with rows travel."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.devices.emulated.paper import PaperGpu
from gpudb.kernels import resident_groups, shared_builds
from gpudb.kernels.held import Relation
from gpudb.kernels.kept_groups import Kept
from tests.plain.devices.papers import (
    device_of_small_cache,
    load_tables,
    three_devices,
    use_device,
)

ROWS, CHUNK = 1500, 400
FILTER = "FROM items WHERE v > 40"
QUERIES = (
    # By the places of keys, few of many; NULLs, texts, none at all.
    f"SELECT k, count(*), sum(v), min(x), max(day), avg(v) {FILTER} GROUP BY k",
    f"SELECT name, k % 7, min(v), sum(x), bool_or(v > 50) {FILTER} GROUP BY 1, 2",
    # By hashes: far apart, of several words, the word of free places among them.
    f"SELECT far, count(*), max(v), avg(x) {FILTER} GROUP BY far",
    f"SELECT far, wide, name, sum(v) {FILTER} GROUP BY far, wide, name",
    f"SELECT far, arg_max(name, v), stddev_pop(v), approx_count_distinct(v) {FILTER} GROUP BY far",
    "SELECT far FROM items WHERE v > 4000 GROUP BY far",
    # Without aggregates: bits, and hashes.
    "SELECT DISTINCT k FROM items WHERE v < 9",
    "SELECT count(*) FROM items WHERE far IN (SELECT far FROM items WHERE v < 9)",
    "SELECT sum(v), count(DISTINCT far) FROM items",
)
# Whose columns are words of a group: they stay for the pipeline that reads them.
KEPT = (
    "SELECT v, count(*), sum(v - 50), max(v) FROM items GROUP BY v HAVING sum(v) > 300",
    "SELECT count(*), max(n), sum(m) FROM (SELECT v * 99999999999 - 7 AS w, count(*) AS n, "
    "min(v - 90) AS m FROM items GROUP BY 1) WHERE m > -80",
    "SELECT a.v, b.n, b.w FROM items a JOIN (SELECT v, count(x) AS n, max(code) AS w FROM items "
    "GROUP BY v) b ON a.v = b.v - 1 WHERE b.n < 15",
    "SELECT code, sum(v), min(born), max(code) FROM items GROUP BY code HAVING count(*) > 2",
    "SELECT n, count(*) FROM (SELECT v, count(k) AS n FROM items GROUP BY v) GROUP BY n",
    "SELECT v, n FROM (SELECT v, count(*) AS n FROM items WHERE v > 4000 GROUP BY v) WHERE n > 1",
    # Computed of words: several keys, with NULLs, by places and by packed words.
    "SELECT n FROM (SELECT v, code, count(*) AS n FROM items GROUP BY v, code) WHERE n > 3",
    "SELECT k, name, day, n FROM (SELECT k, name, day, count(x) AS n, sum(v) AS w FROM items "
    "GROUP BY k, name, day) WHERE w < 70",
    "SELECT b.name, a.n FROM (SELECT name, k, count(*) AS n FROM items GROUP BY name, k) a "
    "JOIN items b ON a.k = b.k AND a.n > 2",
    # Aggregates that may be NULL, of floats, of several words of which one was counted.
    "SELECT w FROM (SELECT v, sum(k) AS w FROM items GROUP BY v) WHERE w > 3",
    "SELECT name, s, m, a FROM (SELECT name, v, sum(x) AS s, min(x) AS m, avg(x) AS a, "
    "max(x) AS g FROM items GROUP BY name, v) WHERE a < 1 OR a IS NULL OR g > 1",
    "SELECT k, s, m, g, a FROM (SELECT k, sum(CASE WHEN v < 9 THEN v END) AS s, max(name) AS m, "
    "min(CASE WHEN v < 5 THEN v - 9 END) AS g, avg(CASE WHEN v < 9 THEN v END) AS a FROM items "
    "GROUP BY k) WHERE s IS NULL OR s > 3 OR g < 0",
    "SELECT code, a FROM (SELECT code, v % 3 AS w, avg(CAST(v AS DECIMAL(9, 2)) / 7) AS a, "
    "avg(v) AS b FROM items GROUP BY 1, 2) WHERE b > 3",
)
# Of 128 bits, of several words of key, of states that are no numbers: these travel.
TRAVELLING = (
    "SELECT w FROM (SELECT v, sum(wide) AS w, min(x) AS m FROM items GROUP BY v) WHERE m < 3",
    "SELECT n FROM (SELECT far, x, count(*) AS n FROM items GROUP BY far, x) WHERE n > 3",
    "SELECT w FROM (SELECT v, stddev_pop(k) AS w FROM items GROUP BY v) WHERE w > 3",
)


def tables() -> dict[str, pa.Table]:
    rng = np.random.default_rng(21)

    def some(values: object, type: pa.DataType | None = None) -> pa.Array:
        return pa.array(values, type, mask=rng.random(ROWS) < 0.1)

    far = [-(2**63), 2**63 - 1, 0, -1, *(int(each) for each in rng.integers(-(2**62), 2**62, 60))]
    wide = [Decimal(10) ** 30, -(Decimal(10) ** 30), Decimal(5)]
    items = {
        "k": some(rng.integers(0, 900, ROWS)),
        "far": some(rng.choice(np.array(far), ROWS)),
        "v": rng.integers(0, 100, ROWS),
        "code": rng.choice(["ö", "oz", "", "p", "日本"], ROWS),
        "born": rng.integers(-900, 900, ROWS).astype("datetime64[D]"),
        "x": some(rng.choice([np.nan, -0.0, 0.0, 1.5, -2.5], ROWS)),
        "name": some(rng.choice(["ä", "", "zz", "日本"], ROWS)),
        "wide": some([wide[n] for n in rng.integers(0, 3, ROWS)], pa.decimal128(38, 0)),
        "day": some(rng.integers(0, 900, ROWS).astype("datetime64[D]")),
    }
    return {"items": pa.table(items)}


@pytest.fixture(scope="module")
def connection() -> Iterator[gpudb.Connection]:
    """However small tables are, they begin and are listed on the GPU."""
    with (
        pytest.MonkeyPatch.context() as patch,
        gpudb.connect(device="emulated", threads=1, chunk_rows=CHUNK) as connection,
    ):
        patch.setattr(resident_groups, "LEAST_FILLED_BYTES", 0)
        patch.setattr(resident_groups, "LEAST_LISTED_BYTES", 0)
        load_tables(connection, tables())
        yield connection


@pytest.fixture(scope="module")
def expected(connection: gpudb.Connection) -> dict[str, list[str]]:
    connection.execute("SET device = 'cpu'")
    return {query: answer(connection, query) for query in (*QUERIES, *KEPT, *TRAVELLING)}


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether tables were listed, in order."""
    found: list[bool] = []
    whole = resident_groups.ListedGroups.listed

    def noted(self: resident_groups.ListedGroups, count: int) -> object:
        groups = whole(self, count)
        found.append(groups is not None)
        return groups

    monkeypatch.setattr(resident_groups.ListedGroups, "listed", noted)
    return found


def answer(connection: gpudb.Connection, query: str) -> list[str]:
    """Return the rows, floats but for the last digits, in any order."""
    rows = connection.execute(query).fetchall()
    return sorted(
        repr([float(f"{v:.9g}") + 0.0 if isinstance(v, float) else v for v in row]) for row in rows
    )


def test_groups_are_the_cpus_on_every_kind_of_device(
    connection: gpudb.Connection, expected: dict[str, list[str]], listed: list[bool]
) -> None:
    """With one table, with partitions of one, and with one on each of several GPUs."""
    devices = (device_of_small_cache(1 << 30), device_of_small_cache(2048, races=True))
    for device in (*devices, three_devices()):
        listed.clear()
        with pytest.MonkeyPatch.context() as patch:
            use_device(connection, device, patch)
            for query in QUERIES:
                assert answer(connection, query) == expected[query], (device, query)
        assert sum(listed) > 4


def test_groups_that_stay_are_the_cpus(
    connection: gpudb.Connection, expected: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    whole = resident_groups.ListedGroups.kept

    def noted(self: resident_groups.ListedGroups, columns: list[Kept], count: int) -> Relation:
        kept.append(count)
        return whole(self, columns, count)

    monkeypatch.setattr(resident_groups.ListedGroups, "kept", noted)
    monkeypatch.setattr(shared_builds, "LEAST_ROWS", 1)
    device = device_of_small_cache(2048, races=True)
    use_device(connection, device, monkeypatch)
    for query in KEPT:
        kept.clear()
        assert answer(connection, query) == expected[query], query
        assert kept or "4000" in query, query
    kept.clear()
    for query in TRAVELLING:
        assert answer(connection, query) == expected[query], query
    assert not kept
    log = device.memory.gpu.log  # type: ignore[attr-defined]
    log.clear()
    connection.execute(f"SELECT max(v) FROM ({KEPT[0]})").fetchall()
    assert max(int(line.split()[1]) for line in log if line.startswith("wait")) < 300


def test_a_budget_that_is_too_small_for_lists_is_not_for_groups(
    connection: gpudb.Connection, expected: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    device, answered = device_of_small_cache(1 << 30), 0
    use_device(connection, device, monkeypatch)
    for limit in (40_000, 60_000, 80_000, 120_000):
        device.memory.limit_bytes = limit
        try:
            assert answer(connection, QUERIES[0]) == expected[QUERIES[0]], limit
            answered += 1
        except gpudb.OperationalError as error:
            assert "more bytes of GPU memory" in str(error)
    assert answered


def test_only_groups_with_rows_travel(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = device_of_small_cache(1 << 30)
    assert isinstance(device.memory.gpu, PaperGpu)
    use_device(connection, device, monkeypatch)
    log = device.memory.gpu.log
    query = "SELECT k, sum(v), min(day) FROM items WHERE v > 90 GROUP BY k"
    groups = len(connection.execute(query).fetchall())
    log.clear()
    connection.execute(query).fetchall()
    waits = [int(line.split()[1]) for line in log if line.startswith("wait")]
    copies = [int(line.split()[1]) for line in log if line.startswith("copy")]
    # Errors and their number; a place, rows, a sum, the rows with a day, and the least day.
    assert waits == [40, groups * 5 * 8]
    assert max(copies) < 1000
