"""Whole queries on the emulated device, whose threads share their memory, answer as on the cpu."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.compiler.device_words import WORDS
from gpudb.devices.gpu import GpuDevice
from gpudb.kernels.sinks import shared_hash
from gpudb.kernels.writer import SHARED_WORDS
from gpudb.settings import Settings
from tests.plain.devices.papers import load_tables, paper_device, use_device

ROWS = 3000
SHAPES = ((1, 1), (1, 32), (7, 64), (132, 256))
QUERIES = (
    # Collected rows come in the source's order, a row's matches in the build's.
    "SELECT id, name, amount FROM items WHERE amount > 20",
    "SELECT id, label FROM items JOIN labels ON items.kind = labels.kind WHERE id < 900",
    "SELECT id, label FROM items LEFT JOIN labels ON items.kind = labels.kind AND weight > 40",
    # Of rows with equal keys, the first ones stay.
    "SELECT id, kind FROM items ORDER BY kind LIMIT 40",
    "SELECT id, weight FROM items ORDER BY weight DESC NULLS LAST LIMIT 9 OFFSET 3",
    "SELECT count(*), sum(amount), min(weight), max(name), bit_xor(id), bit_or(kind) FROM items",
    "SELECT kind, count(*), sum(amount), max(weight), bit_and(id) FROM items GROUP BY kind",
    # Keys that pack into one number are claimed, others by their index.
    "SELECT far, count(*), min(id), sum(kind) FROM items GROUP BY far",
    "SELECT far, name, count(*), max(id) FROM items GROUP BY far, name",
    "SELECT wide, far, count(*), sum(amount) FROM items GROUP BY wide, far",
    "SELECT weight, count(*), min(id) FROM items GROUP BY weight",
    "SELECT DISTINCT wide, weight FROM items",
)


def tables() -> dict[str, pa.Table]:
    rng = np.random.default_rng(3)
    far = rng.choice(rng.choice(2**40, 300), ROWS)
    # Some 2**63 apart: no number holds where they lie in their range.
    wide = rng.choice(np.concatenate([rng.integers(-(2**63), 2**63 - 1, 200)]), ROWS)
    weight = pa.array(rng.integers(0, 400, ROWS) / 3, mask=rng.random(ROWS) < 0.1)
    items = {
        "id": rng.permutation(ROWS),
        "kind": rng.integers(0, 9, ROWS),
        "amount": pa.array(rng.integers(-50, 50, ROWS), mask=rng.random(ROWS) < 0.1),
        "weight": weight,
        "name": pa.array(rng.choice(["ä", "b", "", "dd"], ROWS), mask=rng.random(ROWS) < 0.1),
        "far": pa.array(far, mask=rng.random(ROWS) < 0.05),
        "wide": pa.array(wide, mask=rng.random(ROWS) < 0.05),
    }
    labels = {"kind": [3, 1, 3, 7, 3], "label": ["x", "y", None, "z", "ö"]}
    return {"items": pa.table(items), "labels": pa.table(labels)}


@pytest.fixture(scope="module")
def connection() -> Iterator[gpudb.Connection]:
    """Tables of several chunks; the device is what `use` last asked for."""
    with gpudb.connect(chunk_rows=1100) as connection:
        load_tables(connection, tables())
        yield connection


@pytest.fixture
def use(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> Callable[[GpuDevice], None]:
    """Run queries from now on on a device."""

    return lambda device: use_device(connection, device, monkeypatch)


def rows_of(connection: gpudb.Connection, query: str) -> list[tuple[object, ...]]:
    """Return the answer; groups have no order, so those are sorted."""
    rows = connection.execute(query).fetchall()
    return rows if "ORDER" in query or "id, " in query else sorted(rows, key=repr)


@pytest.fixture(scope="module")
def expected() -> dict[str, list[tuple[object, ...]]]:
    """The cpu's answers, of one thread."""
    with gpudb.connect(device="cpu", threads=1, chunk_rows=1100) as connection:
        load_tables(connection, tables())
        return {query: rows_of(connection, query) for query in QUERIES}


@pytest.mark.parametrize(("grid", "block"), SHAPES)
def test_threads_of_any_number_and_order_answer_alike(
    connection: gpudb.Connection,
    use: Callable[[GpuDevice], None],
    expected: dict[str, list[tuple[object, ...]]],
    grid: int,
    block: int,
) -> None:
    use(paper_device(grid, block, seed=grid))
    for query in QUERIES:
        assert rows_of(connection, query) == expected[query], query


def test_threads_do_not_race(
    connection: gpudb.Connection,
    use: Callable[[GpuDevice], None],
    expected: dict[str, list[tuple[object, ...]]],
) -> None:
    use(paper_device(3, 32, seed=1, races=True))
    for query in QUERIES:
        assert rows_of(connection, query) == expected[query], query


@pytest.mark.parametrize("query", [q for q in QUERIES if "BY far" in q or "BY wide" in q])
def test_a_table_too_small_grows_and_nothing_is_counted_twice(
    connection: gpudb.Connection,
    use: Callable[[GpuDevice], None],
    expected: dict[str, list[tuple[object, ...]]],
    monkeypatch: pytest.MonkeyPatch,
    query: str,
) -> None:
    monkeypatch.setattr("gpudb.kernels.guesses.estimated_groups", lambda _: 2.0)
    use(paper_device(4, 32, seed=5))
    assert rows_of(connection, query) == expected[query]
    plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}"))
    assert "-> Group, on emulated, run " in plan


def test_a_probe_that_finds_no_end_is_given_all_places(
    connection: gpudb.Connection,
    use: Callable[[GpuDevice], None],
    expected: dict[str, list[tuple[object, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However unlucky the hashes are, a table eight times as large as needed ends the growth."""
    monkeypatch.setattr(shared_hash, "PROBE_LIMIT", 0)
    use(paper_device(2, 32, seed=7))
    for query in QUERIES[7:9]:
        assert rows_of(connection, query) == expected[query]


def test_more_outputs_than_room_run_again(
    connection: gpudb.Connection, use: Callable[[GpuDevice], None]
) -> None:
    query = "SELECT a.id, b.id FROM items a JOIN items b ON a.kind = b.kind WHERE a.id < 20"
    connection.execute("SET device = 'cpu'")
    wanted = connection.execute(query).fetchall()
    connection.execute("SET morsel_rows = 64")
    use(paper_device(4, 32, seed=2))
    assert connection.execute(query).fetchall() == wanted
    connection.execute("SET morsel_rows = 524288")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT sum(9223372036854775807 - id + kind) FROM items",
        "SELECT id / (kind - 4) FROM items WHERE id > 10",
        "SELECT kind, sum(1000000000000000 * (id * 5000 + 1)) FROM items GROUP BY kind",
        "SELECT CAST(amount * 3 AS TINYINT) FROM items",
    ],
)
def test_errors_are_the_same(
    connection: gpudb.Connection, use: Callable[[GpuDevice], None], query: str
) -> None:
    connection.execute("SET device = 'cpu'")
    with pytest.raises(gpudb.DataError) as wanted:
        connection.execute(query).fetchall()
    use(paper_device(7, 64, seed=1))
    with pytest.raises(gpudb.DataError) as found:
        connection.execute(query).fetchall()
    assert type(found.value) is type(wanted.value)
    assert (found.value.begin, found.value.end) == (wanted.value.begin, wanted.value.end)


def test_what_atomics_cannot_do_runs_on_the_host_and_says_so(
    connection: gpudb.Connection, use: Callable[[GpuDevice], None]
) -> None:
    use(paper_device(4, 32))
    connection.execute("SET threads = 1")  # digests of fewer values are others
    query = "SELECT kind, approx_quantile(amount, 0.2) FROM items GROUP BY kind"
    found = connection.execute(query + " ORDER BY kind").fetchall()
    plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}"))
    assert "items -> Group, on cpu" in plan
    connection.execute("SET device = 'cpu'")
    assert found == connection.execute(query + " ORDER BY kind").fetchall()


def test_what_sinks_change_shared_memory_by_is_atomic() -> None:
    assert set(WORDS) >= SHARED_WORDS


def test_the_settings_choose_the_shape() -> None:
    with gpudb.connect(device="emulated", launch_grid=3, launch_block=16) as connection:
        assert connection.execute("SHOW DEVICE").fetchall()[0][0] == "emulated"
        assert connection.execute("SELECT sum(x) FROM (VALUES (1), (2)) v(x)").fetchall() == [(3,)]
    with pytest.raises(gpudb.ProgrammingError, match="launch_block takes a whole number from 0 to"):
        Settings(launch_block=1025)
