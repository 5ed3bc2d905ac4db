"""GROUP BY ... LIMIT without an order: any groups, but each with all of its rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

import gpudb

ROWS = 150_000
KEYS = {
    "user_id": "closed",
    "user_id, word": "closed",
    "user_id % 90001, word": "closed",
    "wild": "closed",
    "upper(word), user_id / 2": "closed",
    "late": "open",  # whose first rows are all of one group
}
AGGREGATES = (
    "count(*), count(amount), sum(amount), min(amount), max(price), avg(price), stddev(price)"
)


def frame(rows: int) -> pa.Table:
    """Keys with NULLs, NaN and far numbers, most of them of several rows."""
    random = np.random.default_rng(18)
    at = np.arange(rows)
    user = random.integers(0, rows // 4, rows) * 1_000_003_000_019 - (1 << 60)
    wild = np.round(random.normal(size=rows), 3) * 1e30
    wild[::70] = np.nan
    nulls = random.random(rows) < 0.05
    return pa.table(
        {
            "user_id": pa.array(user, mask=nulls),
            "word": pa.array([f"wörd{n % 5003}" for n in (user % 7919).tolist()], mask=nulls),
            "wild": pa.array(wild, mask=random.random(rows) < 0.01),
            "late": pa.array(np.where(at < rows - 70_000, -1, user)),
            "amount": pa.array(random.integers(-1000, 1000, rows), mask=random.random(rows) < 0.3),
            "price": pa.array(random.integers(0, 10**6, rows) / 100),
        }
    )


@pytest.fixture(scope="module", params=[1, 2])
def connection(request: pytest.FixtureRequest) -> Iterator[gpudb.Connection]:
    """A table of several chunks."""
    with gpudb.connect(threads=request.param, chunk_rows=40_000, device="cpu") as made:
        made.register("frame", frame(ROWS))
        made.execute("CREATE TABLE t AS SELECT * FROM frame")
        yield made


@pytest.mark.parametrize("keys", KEYS)
@pytest.mark.parametrize("limit", ["LIMIT 10", "LIMIT 7 OFFSET 90"])
def test_the_groups_that_are_shown_are_whole(
    keys: str, limit: str, connection: gpudb.Connection
) -> None:
    grouped = f"SELECT {keys}, {AGGREGATES} FROM t WHERE price > 100 GROUP BY {keys}"
    some = connection.execute(f"{grouped} {limit}").fetchall()
    whole = dict(split(row, keys) for row in connection.execute(grouped).fetchall())
    found = dict(split(row, keys) for row in some)
    assert len(found) == len(some) == int(limit.split()[1])
    for key, values in found.items():
        assert values == pytest.approx(whole[key], nan_ok=True), key
    code = connection.execute(f"EXPLAIN CODE {grouped} {limit}").fetchall()
    assert any("is_closed" in line for (line,) in code)


def split(row: tuple[object, ...], keys: str) -> tuple[str, list[object]]:
    """Return a row's keys as a text, in which NaN equals itself, and its aggregates."""
    count = keys.count(",") + 1
    return repr(row[:count]), [0 if value is None else value for value in row[count:]]


@pytest.mark.parametrize("device", ["cpu", "python", "emulated"])
def test_every_device_shows_whole_groups(device: str) -> None:
    rows = frame(1500)
    with gpudb.connect(threads=2, chunk_rows=400, device=device) as connection:
        connection.register("frame", rows)
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        grouped = "SELECT user_id, word, count(*), sum(amount) FROM t GROUP BY user_id, word"
        whole = set(connection.execute(grouped).fetchall())
        some = connection.execute(f"{grouped} LIMIT 4").fetchall()
        assert len(set(some)) == 4
        assert set(some) <= whole
        distinct = connection.execute("SELECT DISTINCT user_id, word FROM t LIMIT 4").fetchall()
        assert len(set(distinct)) == 4
        assert set(distinct) <= {row[:2] for row in whole}
        # HAVING, an order or another reader asks for all groups.
        having = connection.execute(f"{grouped} HAVING count(*) > 1 LIMIT 4").fetchall()
        assert len(having) == 4
        assert set(having) <= {row for row in whole if row[2] > 1}
        ordered = connection.execute(f"{grouped} ORDER BY 3 DESC, 1, 2 LIMIT 4").fetchall()
        assert [row[2] for row in ordered] == sorted((row[2] for row in whole), reverse=True)[:4]
        twice = f"WITH g AS ({grouped}) SELECT (SELECT count(*) FROM g), n FROM"
        twice += " (SELECT count(*) AS n FROM (SELECT * FROM g LIMIT 4) AS few)"
        assert connection.execute(twice).fetchall() == [(len(whole), 4)]


def test_fewer_groups_than_wanted_are_all_shown() -> None:
    with gpudb.connect(threads=2, chunk_rows=400) as connection:
        connection.register("frame", frame(1500))
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        few = "SELECT user_id, count(*) FROM t WHERE user_id % 97 = -5 GROUP BY user_id"
        whole = connection.execute(few).fetchall()
        assert 0 < len(whole) < 20
        assert sorted(connection.execute(f"{few} LIMIT 20").fetchall()) == sorted(whole)
        none = "SELECT user_id, word, count(*) FROM t WHERE amount > 5000 GROUP BY 1, 2 LIMIT 3"
        assert connection.execute(none).fetchall() == []
        nobody = "SELECT user_id, word, count(*) FROM t GROUP BY 1, 2 LIMIT 0"
        assert connection.execute(nobody).fetchall() == []
