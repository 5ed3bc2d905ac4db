"""GROUP BY with ORDER BY and LIMIT: of many groups the first ones alone become columns."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

import gpudb
from gpudb.connection import Connection
from gpudb.kernels import group_blocks
from gpudb.kernels.sinks import direct, hashed, keyed
from gpudb.kernels.sinks.best_groups import BestChoice

GROUPS = 3001
# Numbers in no order, of a group one to four rows, some groups of NULLs only.
FACTOR = "10000000019"
ROWS = f"""
CREATE TABLE r AS SELECT k * {FACTOR} AS k, CASE WHEN k % 7 = 0 THEN NULL ELSE k % 100 END AS t,
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


@pytest.fixture(name="ours", scope="module", params=["hashed", "places", "many places"])
def _ours(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """Groups by hashing, or by places that numpy lists, or kernels."""
    is_hashed = request.param == "hashed"
    with pytest.MonkeyPatch.context() as patch, gpudb.connect(threads=2) as connection:
        patch.setattr(keyed, "SMALL_PLACES", 0 if is_hashed else 1 << 20)
        patch.setattr(keyed, "FEW_BYTES", 0)
        patch.setattr(keyed, "SPARSE_WORDS", 1 << 40)
        patch.setattr(direct, "MANY_PLACES", 1 if request.param == "many places" else 1 << 40)
        patch.setattr(direct, "BEST_PLACES", 1)
        patch.setattr(direct, "FIRST_PLACES", 64)
        patch.setattr(direct, "BLOCK_PLACES", 1 << 13)
        connection.execute(ROWS if is_hashed else ROWS.replace(FACTOR, "1"))
        yield connection


@pytest.fixture(name="theirs", scope="module")
def _theirs() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"default_null_order": "nulls_last_on_asc_first_on_desc"})
    connection.execute(ROWS)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("order", "limit"),
    [*((order, "40 OFFSET 25") for order in ORDERS), (ORDERS[0], "1"), (ORDERS[1], "4000")],
)
def test_the_first_groups_are_those_of_all(
    ours: Connection, theirs: duckdb.DuckDBPyConnection, order: str, limit: str
) -> None:
    sql = f"SELECT {COLUMNS} FROM r GROUP BY k, t ORDER BY {order} LIMIT {limit}"
    found = ours.execute(sql).fetchall()
    expected = theirs.execute(sql).fetchall()
    if ours.execute("SELECT max(k) FROM r").fetchall()[0][0] < GROUPS:
        expected = [(row[0] // int(FACTOR), *row[1:]) for row in expected]
    assert [list(map(repr, row)) for row in found] == [list(map(repr, row)) for row in expected]


def test_of_equal_groups_any_are_shown(ours: Connection) -> None:
    found = ours.execute("SELECT k, count(*) AS c FROM r GROUP BY k ORDER BY c LIMIT 50").fetchall()
    counts: dict[int, int] = dict(ours.execute("SELECT k, count(*) FROM r GROUP BY k").fetchall())
    assert len({k for k, _ in found}) == 50
    assert [c for _, c in found] == sorted(counts.values())[:50]
    assert all(counts[k] == c for k, c in found)


def test_few_groups_become_columns(ours: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    find_places = BestChoice.find_places

    def noted(self: BestChoice, table: object, key_columns: object) -> object:
        places = find_places(self, table, key_columns)  # type: ignore[arg-type]
        assert places is not None
        made.append(len(places))
        return places

    monkeypatch.setattr(BestChoice, "find_places", noted)
    query = "SELECT k, count(*) AS c FROM r GROUP BY k ORDER BY k LIMIT 3"
    assert len(ours.execute(query).fetchall()) == 3
    assert len(made) > 4
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
