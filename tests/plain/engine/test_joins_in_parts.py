"""Joins whose builds exceed the memory budget meet them part by part, and answer as ever."""

from __future__ import annotations

import random
import threading
import weakref
from collections.abc import Iterator, Mapping

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels import dealt_builds, in_parts
from gpudb.kernels.builds import BuildTable, HashPart, RankIndex, WordRange
from gpudb.kernels.join_parts import part_of
from tests.plain.engine.agreement import find_difference
from tests.plain.engine.random_joins import KEYS, random_query, random_table

LARGE_ROWS, ROWS, ROOM = 2400, 3000, 12_000
QUERIES = (
    # A bitmap finds them: unique keys, several rows a key, a key that most rows have, dates.
    "SELECT sum(v), count(*), max(w), min(name) FROM facts JOIN large USING (k)",
    "SELECT r, v, w FROM facts JOIN large ON large.many = facts.k AND w + r < 2900",
    "SELECT r, v FROM facts JOIN large ON large.skewed = facts.k",
    "SELECT r, k, v, w FROM facts LEFT JOIN large USING (k) WHERE r % 23 = 0",
    "SELECT r, large.day, w FROM facts LEFT JOIN large ON facts.day = large.day AND w > 50",
    # A hash does: keys that are far apart, of several words, floats, of 128 bits; texts.
    "SELECT r, v, w, large.u FROM facts LEFT JOIN large ON facts.far = large.far WHERE r < 900",
    "SELECT r, large.u FROM facts JOIN large ON facts.x = large.x AND facts.k = large.k",
    "SELECT r, v FROM facts LEFT JOIN large ON facts.far = large.far AND facts.k = large.k",
    "SELECT r, large.k FROM facts JOIN large ON facts.u = large.u",
    "SELECT r, large.k, w FROM facts LEFT JOIN large ON facts.wide = large.wide",
    "SELECT r, large.k FROM facts JOIN large ON facts.wide = large.wide AND facts.x = large.x",
    "SELECT r, large.k FROM facts JOIN large ON facts.title = large.title",
    "SELECT r, large.k FROM facts LEFT JOIN large ON facts.title = large.title AND v > 0",
    # Every side.
    "SELECT r, large.k, w FROM facts RIGHT JOIN large ON facts.far = large.far",
    "SELECT r, large.k, w FROM facts FULL JOIN large ON facts.far = large.far",
    "SELECT count(*), sum(r), count(v) FROM facts FULL JOIN large USING (title)",
    # Whether there is a match, or none; NULL is equal to nothing.
    "SELECT r FROM facts WHERE far IN (SELECT holes FROM large)",
    "SELECT r FROM facts WHERE title IN (SELECT title FROM large WHERE w < 90)",
    "SELECT r FROM facts WHERE k IN (SELECT l.many FROM large l JOIN facts f ON l.far = f.far)",
    "SELECT r FROM facts WHERE far NOT IN (SELECT far FROM large)",
    "SELECT count(*) FROM facts WHERE far NOT IN (SELECT holes FROM large)",
    "SELECT r, far IN (SELECT holes FROM large), k IN (SELECT many FROM large) FROM facts",
    "SELECT r FROM facts WHERE k < 200 OR title IN (SELECT title FROM large WHERE w > 9)",
    "SELECT r FROM facts WHERE EXISTS (SELECT 1 FROM large"
    " WHERE large.many = facts.k AND v > r * 1000000 - u)",
    "SELECT r FROM facts WHERE NOT EXISTS (SELECT 1 FROM large"
    " WHERE large.far = facts.far AND v > facts.r - 100)",
    "SELECT r, (SELECT max(w) FROM large WHERE large.many = facts.k) FROM facts",
    # Several builds in parts, builds of rows that met one, bands and products beside.
    "SELECT r, a.v, b.w FROM facts JOIN large a USING (k) LEFT JOIN large b ON b.far = facts.far",
    "SELECT r, a.w, b.w FROM facts LEFT JOIN large a ON a.many = facts.k"
    " JOIN large b ON b.k = a.k + 1",
    "SELECT r, q.v, q.r2 FROM facts JOIN (SELECT large.far, v, facts.r AS r2 FROM facts"
    " JOIN large ON facts.k = large.k) AS q ON q.far = facts.far",
    "SELECT r, v, low FROM facts JOIN large USING (k)"
    " JOIN (VALUES (1, 9), (5, 40)) AS b(low, high) ON r % 50 BETWEEN low AND high",
    "SELECT r, v, one FROM facts JOIN large USING (far) CROSS JOIN (VALUES (1), (2)) AS p(one)",
    # Sinks: groups of every kind, numbers of groups, text made by the host, windows, rounds.
    "SELECT name, count(*), stddev(v), min(facts.title) FROM facts JOIN large USING (k)"
    " GROUP BY name",
    "SELECT far, count(*), sum(v), avg(w) FROM facts JOIN large USING (k, far) GROUP BY far",
    "SELECT DISTINCT facts.k % 300 FROM facts JOIN large ON large.many = facts.k",
    "SELECT name, count(DISTINCT w), median(v) FROM facts JOIN large USING (k) GROUP BY name",
    "SELECT facts.x, sum(v) FROM facts JOIN large ON large.many = facts.k GROUP BY facts.x, name"
    " HAVING count(*) > 3",
    "SELECT r, large.name || facts.title FROM facts JOIN large USING (far)",
    "SELECT r, sum(w) OVER (PARTITION BY name ORDER BY r) FROM facts JOIN large USING (k)",
    "SELECT r, v FROM facts JOIN large USING (far) ORDER BY v % 7, w, r LIMIT 20 OFFSET 2",
    "SELECT r, v, w FROM facts LEFT JOIN large USING (k) ORDER BY w NULLS FIRST, r DESC, v",
    "SELECT count(*) FROM facts JOIN large USING (k) WHERE w IS NOT NULL",
    "WITH RECURSIVE n(i, k) AS (SELECT 0, 5 UNION ALL SELECT i + 1, large.many FROM n"
    " JOIN large ON large.k = n.k * 2 WHERE i < 9) SELECT * FROM n",
)


def tables() -> dict[str, pa.Table]:
    rng = np.random.default_rng(6)
    far = np.unique(rng.integers(0, 2**50, 2 * LARGE_ROWS))[:LARGE_ROWS]
    keys = rng.permutation(LARGE_ROWS)
    wide = pa.array([int(f) << 40 for f in far], pa.decimal128(38, 0))
    floats = np.concatenate([[np.nan, -0.0, np.inf], rng.random(LARGE_ROWS - 3)])
    titles = pa.array([f"Straße {k % 900}" for k in keys])
    large = {
        "k": keys,
        "many": keys // 3,
        "skewed": np.where(keys % 3 == 0, keys, 77),
        "day": pa.array(keys // 2, pa.int32()).cast(pa.date32()),
        "far": rng.permutation(far),
        "holes": pa.array(rng.permutation(far), mask=rng.random(LARGE_ROWS) < 0.02),
        "x": keys % 9 / 4,
        "wide": wide,
        "v": rng.integers(-(2**40), 2**40, LARGE_ROWS),
        "w": pa.array(rng.integers(0, 100, LARGE_ROWS), mask=rng.random(LARGE_ROWS) < 0.1),
        "u": rng.permutation(floats),
        "name": rng.choice(["a", "ß", ""], LARGE_ROWS),
        "title": titles,
    }
    k = rng.integers(-300, LARGE_ROWS + 300, ROWS)
    facts = {
        "r": np.arange(ROWS),
        "k": pa.array(k, mask=rng.random(ROWS) < 0.1),
        "far": pa.array(rng.choice(far, ROWS) + rng.integers(0, 2, ROWS), mask=k % 11 == 0),
        "day": pa.array(k, pa.int32()).cast(pa.date32()),
        "x": k % 9 / 4,
        "wide": wide.take(pa.array(rng.integers(0, LARGE_ROWS, ROWS))),
        "u": pa.array(rng.choice(floats, ROWS), mask=k % 13 == 0),
        "title": pa.array([f"Straße {n % 1200}" for n in k], mask=k % 17 == 0),
    }
    return {"large": pa.table(large), "facts": pa.table(facts)}


def load(made: Mapping[str, pa.Table], connection: gpudb.Connection) -> duckdb.DuckDBPyConnection:
    """Make tables of these in both databases, and return DuckDB's."""
    theirs = duckdb.connect()
    for name, table in made.items():
        connection.cursor().adbc_ingest(name, table)
        theirs.register(f"{name}_arrow", table)
        theirs.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_arrow")
    return theirs


@pytest.fixture(name="both", scope="module")
def _both() -> Iterator[tuple[gpudb.Connection, duckdb.DuckDBPyConnection]]:
    with (
        gpudb.connect(chunk_rows=1024, morsel_rows=512, threads=2, device="cpu") as ours,
        load(tables(), ours) as theirs,
    ):
        yield ours, theirs


@pytest.fixture(name="ours")
def _ours(both: tuple[gpudb.Connection, duckdb.DuckDBPyConnection]) -> gpudb.Connection:
    return both[0]


@pytest.fixture(name="theirs")
def _theirs(
    both: tuple[gpudb.Connection, duckdb.DuckDBPyConnection],
) -> duckdb.DuckDBPyConnection:
    return both[1]


def give_room(patch: pytest.MonkeyPatch, room: int, most_parts: int = 4) -> None:
    """Let builds have so many bytes, whatever the budget is."""
    patch.setattr(dealt_builds, "room_bytes", lambda *_: room)
    patch.setattr(dealt_builds, "MOST_PARTS", most_parts)


def parts_of(connection: gpudb.Connection, query: str) -> list[str]:
    """Return what EXPLAIN ANALYZE says of parts."""
    lines = [str(line) for (line,) in connection.execute(f"EXPLAIN ANALYZE {query}")]
    return [line for line in lines if line.startswith("  parts  ")]


@pytest.mark.parametrize("query", QUERIES)
def test_a_build_in_parts_answers_as_a_whole_one(
    ours: gpudb.Connection,
    theirs: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
) -> None:
    expected = [tuple(row) for row in theirs.execute(query).fetchall()]
    is_ordered = "ORDER BY" in query.rsplit(")", 1)[-1]
    whole = ours.execute(query).fetchall()
    assert not find_difference(whole, expected, is_ordered=is_ordered)
    give_room(monkeypatch, ROOM)
    found = ours.execute(query).fetchall()
    difference = find_difference(found, expected, is_ordered=is_ordered)
    assert difference is None, difference
    assert len(found) > 0
    assert parts_of(ours, query), "nothing was dealt"


def test_parts_are_told(ours: gpudb.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "SELECT count(*), sum(v) FROM facts JOIN large USING (far)"
    assert parts_of(ours, query) == []
    give_room(monkeypatch, 40_000)
    said = parts_of(ours, query)
    assert said == ["  parts       pipeline 0's rows, 99,968 bytes, in 4 parts"]


def test_some_rows_without_an_order_end_the_rounds(
    ours: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(table: BuildTable, *rest: object) -> BuildTable:
        made.append(table)
        return part_of(table, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(in_parts, "part_of", counted)
    give_room(monkeypatch, 0, most_parts=8)
    query = "SELECT r, facts.k, large.k FROM facts JOIN large USING (far) LIMIT 7"
    rows = ours.execute(query).fetchall()
    every = ours.execute(query.replace(" LIMIT 7", "")).fetchall()
    assert len(rows) == 7 and set(rows) <= set(every)
    assert len(made) == 1 + 8
    groups = "SELECT far, count(*) FROM facts JOIN large USING (far) GROUP BY far"
    some = ours.execute(f"{groups} LIMIT 3").fetchall()
    assert len(some) == 3 and set(some) <= set(ours.execute(groups).fetchall())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*), sum(r) FROM facts JOIN (SELECT 5 AS k FROM large) AS s USING (k)",
        "SELECT count(*), sum(r) FROM facts JOIN (SELECT 'ß' AS title FROM large) s USING (title)",
        "SELECT count(*), sum(r) FROM facts LEFT JOIN large ON facts.k = large.k AND FALSE",
        "SELECT count(*), sum(r) FROM facts WHERE far NOT IN (SELECT far FROM large WHERE w > 500)",
        "SELECT count(*), sum(v) FROM (SELECT * FROM facts WHERE r < 0) f JOIN large USING (far)",
    ],
)
def test_one_key_or_no_row_has_no_parts(
    ours: gpudb.Connection,
    theirs: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
) -> None:
    give_room(monkeypatch, 0)
    difference = find_difference(
        ours.execute(query).fetchall(), theirs.execute(query).fetchall(), is_ordered=False
    )
    assert difference is None, difference


def test_a_division_by_zero_is_an_error_in_any_round(
    ours: gpudb.Connection, theirs: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_room(monkeypatch, 0)
    (largest,) = theirs.execute("SELECT max(r) FROM facts JOIN large USING (k)").fetchone() or ()
    with pytest.raises(gpudb.DataError, match="division by zero"):
        ours.execute(f"SELECT v / (r - {largest}) FROM facts JOIN large USING (k)")


def test_bitmaps_are_cut_by_ranges_and_others_by_hashes(
    ours: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[BuildTable] = []

    def kept(*given: object) -> BuildTable:
        parts.append(part_of(*given))  # type: ignore[arg-type]
        return parts[-1]

    monkeypatch.setattr(in_parts, "part_of", kept)
    give_room(monkeypatch, 0)
    ours.execute("SELECT count(v) FROM facts JOIN large USING (k)")
    assert [p.relation.rows for p in parts] == [LARGE_ROWS // 4] * 4
    assert [p.part for p in parts] == [
        WordRange(None, 600), WordRange(600, 1200), WordRange(1200, 1800), WordRange(1800, None)
    ]  # fmt: skip
    assert all(isinstance(p.index, RankIndex) for p in parts)
    parts.clear()
    ours.execute("SELECT count(v) FROM facts JOIN large USING (far)")
    assert sum(p.relation.rows for p in parts) == LARGE_ROWS
    assert [p.part for p in parts] == [HashPart(n, 4) for n in range(4)]


def test_the_budget_is_what_columns_and_arrays_leave_of_memory_limit() -> None:
    rows = 120_000
    rng = np.random.default_rng(3)
    far = rng.permutation(rows) * 1_000_003
    query = "SELECT sum(b.v), count(*), sum(a.v) FROM a JOIN b USING (far)"
    made = {
        "a": pa.table({"far": rng.permutation(far), "v": np.arange(rows)}),
        "b": pa.table({"far": far, "v": rng.integers(0, 1000, rows)}),
    }
    with gpudb.connect(threads=2, device="cpu") as connection:
        expected = load(made, connection).execute(query).fetchall()
        assert connection.execute(query).fetchall() == expected
        assert parts_of(connection, query) == []
        connection.execute("SET memory_limit = '3MB'")
        assert connection.execute(query).fetchall() == expected
        assert parts_of(connection, query)


def test_a_part_is_gone_before_the_next_is_made(
    ours: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    bits: list[weakref.ref[np.ndarray]] = []
    alive: list[int] = []

    def watched(*given: object) -> BuildTable:
        alive.append(sum(each() is not None for each in bits))
        made = part_of(*given)  # type: ignore[arg-type]
        assert isinstance(made.index, RankIndex)
        bits.append(weakref.ref(made.index.bits))
        return made

    monkeypatch.setattr(in_parts, "part_of", watched)
    give_room(monkeypatch, 0)
    ours.execute("SET quick_start = off")  # a thread that makes better code may hold the arguments
    ours.execute("SELECT name, count(*), sum(v) FROM facts JOIN large USING (k) GROUP BY name")
    assert alive == [0, 0, 0, 0]
    # Of two builds a part of the larger one stays while those of the other come and go.
    alive.clear()
    ours.execute(
        "SELECT count(a.v), sum(a.w), sum(b.w) FROM facts"
        " LEFT JOIN large a USING (k) LEFT JOIN large b ON b.day = facts.day"
    )
    assert len(alive) == 4 + 4 * 4 and set(alive) == {0, 1}
    ours.execute("SET quick_start = on")


def test_a_round_is_cancelled(ours: gpudb.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    give_room(monkeypatch, 0)
    cursor = ours.cursor()
    rounds: list[int] = []

    def cancelling(table: BuildTable, number: int, *rest: object) -> BuildTable:
        rounds.append(number)
        if number == 1:
            thread = threading.Thread(target=cursor.cancel)
            thread.start()
            thread.join()
        return part_of(table, number, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(in_parts, "part_of", cancelling)
    query = "SELECT count(*), sum(v) FROM facts JOIN large USING (far)"
    with pytest.raises(gpudb.QueryCancelled):
        cursor.execute(query)
    assert rounds == [0, 1]
    monkeypatch.undo()
    assert len(ours.execute(query).fetchall()) == 1


@pytest.mark.parametrize("seed", range(12))
def test_random_joins(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    rng = random.Random(seed)
    device = "cpu" if seed % 3 == 0 else "python"
    columns = ", ".join(f"{name} {type}" for name, type in KEYS.items())
    with gpudb.connect(device=device, chunk_rows=100, threads=2) as ours:
        theirs = duckdb.connect()
        for name in "abc":
            values = random_table(rng, rng.choice((0, 1, 40, 150)))
            for connection in (ours, theirs):
                connection.execute(f"CREATE TABLE {name} (n INTEGER, {columns})")
                if values:
                    connection.execute(f"INSERT INTO {name} VALUES {', '.join(values)}")
        for _ in range(4):
            query = random_query(rng)
            give_room(monkeypatch, rng.choice((0, 500, 3000)), rng.choice((2, 8)))
            expected = [tuple(row) for row in theirs.execute(query).fetchall()]
            found = ours.execute(query).fetchall()
            difference = find_difference(found, expected, is_ordered="LIMIT" in query)
            assert difference is None, f"{query}\n{difference}"
