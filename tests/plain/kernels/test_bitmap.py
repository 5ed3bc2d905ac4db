"""Distinct keys and key sets by bits answer as numpy's sets do, NULLs and bounds included."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import gpudb

ROWS = 20_000
RANDOM = np.random.default_rng(9)
COLUMNS = {
    "narrow": pa.array(RANDOM.integers(-5, 6, ROWS)),
    "nulls": pa.array(RANDOM.integers(0, 300, ROWS), mask=RANDOM.random(ROWS) < 0.2),
    "wide": pa.array(RANDOM.integers(-(10**6), 10**6, ROWS)),
    "huge": pa.array(RANDOM.choice(np.array([-(2**63), 2**63 - 1, 0, 7]), ROWS)),
    "word": pa.array([None if n % 9 == 0 else f"w{n % 50}" for n in range(ROWS)]),
    "flag": pa.array([None, True, False][n % 3] for n in range(ROWS)),
}


@pytest.fixture(scope="module", params=[(1, 1 << 20), (2, 3000)], ids=["whole", "chunks"])
def connection(request: pytest.FixtureRequest) -> gpudb.Connection:
    threads, chunk_rows = request.param
    made = gpudb.connect(threads=threads, chunk_rows=chunk_rows, morsel_rows=2000)
    made.register("frame", pa.table(COLUMNS))
    made.execute("CREATE TABLE t AS SELECT * FROM frame")
    made.execute("CREATE TABLE few AS SELECT * FROM frame WHERE narrow > 2 AND wide < 0 LIMIT 400")
    made.execute("CREATE TABLE none AS SELECT * FROM frame LIMIT 0")
    return made


@pytest.mark.parametrize("name", COLUMNS)
def test_distinct(connection: gpudb.Connection, name: str) -> None:
    found = connection.execute(f"SELECT DISTINCT {name} FROM t").fetch_arrow_table().column(0)
    expected = set(COLUMNS[name].to_pylist())
    assert len(found) == len(expected)
    assert set(found.to_pylist()) == expected
    counted = connection.execute(f"SELECT count(DISTINCT {name}) FROM t").fetchall()
    assert counted == [(len(expected - {None}),)]
    assert connection.execute(f"SELECT DISTINCT {name} FROM none").fetchall() == []


def test_distinct_tuples(connection: gpudb.Connection) -> None:
    found = connection.execute("SELECT DISTINCT nulls, flag, narrow + 1 FROM t").fetchall()
    narrow = [n + 1 for n in COLUMNS["narrow"].to_pylist()]
    rows = zip(COLUMNS["nulls"].to_pylist(), COLUMNS["flag"].to_pylist(), narrow, strict=True)
    expected = set(rows)
    assert len(found) == len(expected)
    assert set(found) == expected


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("build", ["few", "none"])
def test_key_sets(connection: gpudb.Connection, name: str, build: str) -> None:
    (keys,) = connection.execute(f"SELECT {name} FROM {build}").fetch_arrow_table().columns
    wanted = set(keys.to_pylist()) - {None}
    values = COLUMNS[name].to_pylist()
    some = sum(value in wanted for value in values)
    exists = f"(SELECT 1 FROM {build} WHERE {build}.{name} = t.{name})"
    query = "SELECT count(*) FROM t WHERE"
    assert connection.execute(f"{query} EXISTS {exists}").fetchall() == [(some,)]
    assert connection.execute(f"{query} NOT EXISTS {exists}").fetchall() == [(ROWS - some,)]


def test_key_sets_of_two_keys_and_of_expressions(connection: gpudb.Connection) -> None:
    (few,) = (connection.execute("SELECT narrow, nulls FROM few").fetchall(),)
    wanted = {row for row in few if None not in row}
    rows = list(zip(COLUMNS["narrow"].to_pylist(), COLUMNS["nulls"].to_pylist(), strict=True))
    query = "SELECT count(*) FROM t WHERE EXISTS (SELECT 1 FROM few WHERE {})"
    both = query.format("few.narrow = t.narrow AND few.nulls = t.nulls")
    assert connection.execute(both).fetchall() == [(sum(row in wanted for row in rows),)]
    shifted = query.format("few.narrow - 2 = t.narrow")
    expected = sum(row[0] + 2 in {narrow for narrow, _ in few} for row in rows)
    assert connection.execute(shifted).fetchall() == [(expected,)]


def test_joins_on_two_keys_test_one_of_them_first(connection: gpudb.Connection) -> None:
    """Where few rows are built: by the bits of the key that drops most rows."""
    join = (
        "SELECT count(*), sum(t.wide + f.narrow) FROM t JOIN"
        " (SELECT DISTINCT wide, nulls, narrow FROM few WHERE nulls < 9) f"
        " ON t.wide = f.wide AND t.nulls * 1000003 = f.nulls * 1000003"
    )
    code = "\n".join(row[0] for row in connection.execute(f"EXPLAIN CODE {join}").fetchall())
    probing = code[: code.index("find(slots")]  # by hashes: the two keys' ranges are wide
    assert "flags[place] = int(" in probing[probing.rindex("def rows") :], code
    wanted = {
        (row["wide"], row["nulls"], row["narrow"])
        for row in connection.execute("SELECT * FROM few").fetch_arrow_table().to_pylist()
        if row["nulls"] is not None and row["nulls"] < 9
    }
    pairs = zip(COLUMNS["wide"].to_pylist(), COLUMNS["nulls"].to_pylist(), strict=True)
    sums = [
        wide + narrow
        for wide, nulls in pairs
        for key, second, narrow in wanted
        if (key, second) == (wide, nulls)
    ]
    assert connection.execute(join).fetchall() == [(len(sums), sum(sums))]
