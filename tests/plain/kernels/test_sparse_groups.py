"""Groups of few rows and many possible places: these are hashed, others have their places."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

import gpudb
from gpudb.connection import Connection
from gpudb.kernels.sinks import keyed
from tests.plain.engine.kept_texts import checked_texts

KEYS = 90_000
ROWS = f"""
CREATE TABLE r AS SELECT NULLIF(i * 7919 % {KEYS}, 4) AS k, i % 1000 AS v,
    'text ' || (i * 31 % {KEYS}) AS s
FROM generate_series(1, {KEYS}) AS g(i)
"""
# A thousandth of the rows, and half of them.
FEW, MANY = "v = 17", "v < 500"
QUERIES = (
    "SELECT k, count(*) AS c FROM r WHERE {0} GROUP BY k ORDER BY c DESC, k LIMIT 200",
    "SELECT k, sum(v), max(s) FROM r WHERE {0} GROUP BY k ORDER BY k",
    "SELECT s, count(*), avg(k) FROM r WHERE {0} GROUP BY s ORDER BY s",
    "SELECT s, k FROM r WHERE {0} GROUP BY s, k HAVING count(*) < 2 ORDER BY s, k",
)


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


def is_hashed(connection: Connection, query: str) -> bool:
    """Whether a query's groups are looked up by a hash."""
    lines = connection.execute(f"EXPLAIN CODE {query}").fetchall()
    return any("group_mask" in str(line) for line in lines)


@pytest.mark.parametrize("where", [FEW, MANY, "v > 5000"])
@pytest.mark.parametrize("query", QUERIES)
def test_answers_agree(
    ours: Connection, theirs: duckdb.DuckDBPyConnection, query: str, where: str
) -> None:
    sql = query.format(where)
    assert ours.execute(sql).fetchall() == theirs.execute(sql).fetchall()


@pytest.mark.parametrize("query", QUERIES[:3])
def test_places_of_few_rows_are_hashed(ours: Connection, query: str) -> None:
    assert is_hashed(ours, query.format(FEW))
    assert not is_hashed(ours, query.format(MANY))


def test_tables_that_a_cache_holds_have_places(
    ours: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyed, "SPARSE_WORDS", 1 << 30)
    assert not is_hashed(ours, f"SELECT k, min(v) FROM r WHERE {FEW} GROUP BY k")


def test_a_kept_text_serves_where_as_many_rows_are_expected(ours: Connection) -> None:
    query = QUERIES[0].format("v < {0}")
    with checked_texts(is_varied=False) as checked:
        for limit in (3, 4, 900, 950, 5):
            expected = min(200, limit * KEYS // 1000)
            assert len(ours.execute(query.format(limit)).fetchall()) == expected
    assert is_hashed(ours, query.format(3))
    assert not is_hashed(ours, query.format(900))
    assert sum(checked.served.values()) > 0
