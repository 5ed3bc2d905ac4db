"""GROUP BY with ORDER BY and LIMIT: of many groups the first ones alone become columns."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

import gpudb
from gpudb.connection import Connection
from gpudb.kernels import group_blocks
from gpudb.kernels.held import Relation
from gpudb.kernels.sinks import hashed
from gpudb.kernels.sinks.best_groups import BestPieces

GROUPS = 3001
# Numbers in no order, of a group one to four rows, some groups of NULLs only.
ROWS = f"""
CREATE TABLE r AS SELECT k * 10000000019 AS k, CASE WHEN k % 7 = 0 THEN NULL ELSE k % 100 END AS t,
    CASE WHEN k % 11 < 2 THEN NULL ELSE (n * 7919) % 1000 - 300 END AS v,
    CASE WHEN k % 13 = 0 THEN CAST('NaN' AS DOUBLE) ELSE (n * 31) % 500 / 4.0 END AS x,
    CAST(((n * 7919) % 1000 - 300) * 1000000000000000 AS DECIMAL(30, 2)) AS d
FROM (SELECT n, (n * n) % {GROUPS} AS k FROM generate_series(1, 6000) AS g(n)) AS s
"""
ORDERS = (
    "c DESC, k, t",
    "c, k DESC, t",
    "k, t",
    "t DESC, k",
    "t NULLS FIRST, k DESC",
    "t DESC NULLS LAST, k DESC",
    "sum(v), k, t",
    "sum(v) DESC NULLS LAST, k, t",
    "sum(v) DESC NULLS FIRST, k, t",
    "avg(v) DESC NULLS LAST, k, t",
    "min(v) NULLS FIRST, c DESC, k, t",
    "max(x), k, t",
    "max(x) DESC, k, t",
    "sum(d) DESC, k, t",
)
COLUMNS = "k, t, count(*) AS c, sum(v), avg(v), min(v), max(x), sum(d)"


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all groups be dealt, and pieces have a few dozen of them."""
    monkeypatch.setattr(hashed, "LARGEST_TABLE_BYTES", 1)
    monkeypatch.setattr(group_blocks, "MERGED_GROUPS", 8)
    monkeypatch.setattr(group_blocks, "PIECE_GROUPS", 30)


@pytest.fixture(name="ours", scope="module")
def _ours() -> Iterator[Connection]:
    with gpudb.connect(threads=2) as connection:
        connection.execute(ROWS)
        yield connection


@pytest.fixture(name="theirs", scope="module")
def _theirs() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"default_null_order": "nulls_last_on_asc_first_on_desc"})
    connection.execute(ROWS)
    yield connection
    connection.close()


@pytest.mark.parametrize("limit", ["1", "10", "40 OFFSET 25", "4000"])
@pytest.mark.parametrize("order", ORDERS)
def test_the_first_groups_are_those_of_all(
    ours: Connection, theirs: duckdb.DuckDBPyConnection, order: str, limit: str
) -> None:
    sql = f"SELECT {COLUMNS} FROM r GROUP BY k, t ORDER BY {order} LIMIT {limit}"
    found = ours.execute(sql).fetchall()
    expected = theirs.execute(sql).fetchall()
    assert [list(map(repr, row)) for row in found] == [list(map(repr, row)) for row in expected]


def test_of_equal_groups_any_are_shown(ours: Connection) -> None:
    found = ours.execute("SELECT k, count(*) AS c FROM r GROUP BY k ORDER BY c LIMIT 50").fetchall()
    counts: dict[int, int] = dict(ours.execute("SELECT k, count(*) FROM r GROUP BY k").fetchall())
    assert len({k for k, _ in found}) == 50
    assert [c for _, c in found] == sorted(counts.values())[:50]
    assert all(counts[k] == c for k, c in found)


def test_few_groups_become_columns(ours: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    part = BestPieces.part

    def noted(self: BestPieces, words: object, groups: int) -> Relation:
        relation = part(self, words, groups)  # type: ignore[arg-type]
        made.append(relation.rows)
        return relation

    monkeypatch.setattr(BestPieces, "part", noted)
    ours.execute("SELECT k, count(*) AS c FROM r GROUP BY k ORDER BY k LIMIT 3").fetchall()
    assert len(made) > 20
    assert max(made) <= 3


@pytest.mark.parametrize("order", ["k LIMIT 3", "c LIMIT 3", "c"])
def test_a_sum_of_a_group_that_is_not_shown_may_be_too_large(order: str) -> None:
    with gpudb.connect() as connection:
        connection.execute(
            "CREATE TABLE b AS SELECT n * 10000000019 AS k,"
            " CASE WHEN n = 2999 THEN 9223372036854775807 ELSE n END AS v, n"
            " FROM (SELECT * FROM generate_series(1, 3000) AS g(n)"
            " UNION ALL SELECT 2999) AS s(n)"
        )
        with pytest.raises(gpudb.DataError, match="SUM is 18446744073709551614"):
            connection.execute(
                f"SELECT k, count(*) AS c, sum(v) FROM b GROUP BY k ORDER BY {order}"
            ).fetchall()
