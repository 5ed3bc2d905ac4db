"""Hash groups that outgrow a worker's table are dealt to partitions and merged at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

import gpudb
from gpudb.connection import Connection
from gpudb.kernels.sinks import hashed

ROWS = 60_000
GROUPS = 20_011  # a prime: every group comes again and again, in every morsel

QUERY = (
    "SELECT count(*), sum(n), sum(s), min(least), max(greatest), sum(total) FROM ("
    "SELECT k, t, count(*) n, sum(v) s, min(v) least, max(v) greatest, sum(x) total"
    " FROM r GROUP BY k, t) g"
)


@pytest.fixture(name="connection")
def _connection() -> Iterator[Connection]:
    numbers = [i * 7919 for i in range(ROWS)]
    table = pa.table(
        {
            "k": pa.array([(n % GROUPS) * 1_000_003 for n in numbers], pa.int64()),
            "t": pa.array([None if n % GROUPS % 5 == 0 else n % GROUPS for n in numbers]),
            "v": pa.array([i % 1000 for i in range(ROWS)], pa.int64()),
            "x": pa.array([float(i % 10) for i in range(ROWS)]),
        }
    )
    connection = gpudb.connect(morsel_rows=16_384, threads=2)
    connection.execute("CREATE TABLE r (k BIGINT, t BIGINT, v BIGINT, x DOUBLE)")
    connection.cursor().adbc_ingest("r", table, mode="append")
    yield connection
    connection.close()


@pytest.mark.parametrize("largest_bytes", [1, 1 << 18, 1 << 30])
def test_dealt_groups_keep_their_sums(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, largest_bytes: int
) -> None:
    monkeypatch.setattr(hashed, "LARGEST_TABLE_BYTES", largest_bytes)
    values = sum(i % 1000 for i in range(ROWS))
    floats = float(sum(i % 10 for i in range(ROWS)))
    rows = connection.execute(QUERY).fetchall()
    assert rows == [(GROUPS, ROWS, values, 0, 999, floats)]


@pytest.mark.parametrize("largest_bytes", [1, 1 << 16])
def test_rows_that_hardly_group_are_dealt_at_once(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, largest_bytes: int
) -> None:
    """Each of the first rows is a group of its own; those behind fall into few."""
    monkeypatch.setattr(hashed, "LARGEST_TABLE_BYTES", largest_bytes)
    monkeypatch.setattr(hashed, "BLOCK_BYTES", 1 << 14)
    connection.execute(
        "CREATE TABLE s AS SELECT CASE WHEN i < 20000 THEN i * 100003 ELSE i % 7 END AS k,"
        " NULLIF(i % 5, 0) AS v FROM generate_series(0, 39999) AS g(i)"
    )
    query = "SELECT k, count(*), sum(v), min(v), avg(v) FROM s GROUP BY k ORDER BY k"
    rows = connection.execute(query).fetchall()
    groups: dict[int, list[int | None]] = {}
    for i in range(40_000):
        key = i * 100_003 if i < 20_000 else i % 7
        groups.setdefault(key, []).append(i % 5 or None)
    expected = []
    for key in sorted(groups):
        known = [v for v in groups[key] if v is not None]
        total = sum(known) if known else None
        average = None if total is None else total / len(known)
        expected.append((key, len(groups[key]), total, min(known, default=None), average))
    assert [(*row[:4], None if row[4] is None else float(row[4])) for row in rows] == expected
    connection.execute("DROP TABLE s")


STATES = (
    "SELECT k, t, count(*), count(t), sum(v), avg(v), min(x), max(x), product(1 + v % 2),"
    " bit_and(v), bit_or(v), bit_xor(v), var_pop(v), corr(v, k), kurtosis(v), arg_min(v, x),"
    " arg_max(x, v), first(v ORDER BY v), sum(CAST(k AS DECIMAL(30, 2)) * 1000000000),"
    " min(CAST(v AS DECIMAL(30, 2)) * 1000000000)"
    " FROM r WHERE k % 97 < 40 GROUP BY k, t ORDER BY k, t"
)


def test_every_state_merges_as_it_does_within_one_table(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = connection.execute(STATES).fetchall()
    monkeypatch.setattr(hashed, "LARGEST_TABLE_BYTES", 1)
    monkeypatch.setattr(hashed, "BLOCK_BYTES", 1 << 18)
    rows = connection.execute(STATES).fetchall()
    assert len(rows) > 8000
    for row, other in zip(rows, expected, strict=True):
        assert [_rounded(value) for value in row] == [_rounded(value) for value in other]


def _rounded(value: object) -> object:
    """Return what the order of merging leaves of a value."""
    return f"{value:.9g}" if isinstance(value, float) else value
