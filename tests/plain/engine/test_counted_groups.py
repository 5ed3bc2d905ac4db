"""Distinct values that are only counted, each argument by itself: answers as those of DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import duckdb
import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels import buffers
from gpudb.kernels.sinks import bitmap, hashed
from tests.plain.engine.agreement import find_difference
from tests.plain.engine.test_past_memory import made_rows

# The package has the rule under the name of its module.
SPLIT = import_module("gpudb.sql.optimize.split_distinct")

COUNTS = {
    "bits": "count(DISTINCT i)",
    "words": "count(DISTINCT k), count(DISTINCT w)",
    "floats": "count(DISTINCT x), count(DISTINCT -x), count(DISTINCT x * 0)",
    "texts": "count(DISTINCT t), count(DISTINCT upper(t)), count(DISTINCT t || 'é')",
    "wide": "count(DISTINCT h), count(DISTINCT d)",
    "booleans": "count(DISTINCT b), count(DISTINCT b OR i > 7)",
    "with others": "count(*), count(DISTINCT k), sum(w), count(DISTINCT i), min(DISTINCT x)",
    "other aggregates": "sum(DISTINCT i), count(DISTINCT i), avg(DISTINCT k % 1000), max(w)",
    "in several passes": "count(DISTINCT k), median(i), count(DISTINCT d), var_pop(i)",
    "filtered": "count(DISTINCT k) FILTER (WHERE i > 99), count(DISTINCT k) FILTER (WHERE b)",
    "nothing but NULL": "count(DISTINCT nullif(i, i)), count(DISTINCT w)",
}
SOURCES = ("r", "r WHERE w % 2 = 0", "r WHERE w < 0", "(SELECT * FROM r WHERE i < 9) AS q")


@pytest.fixture(name="rows", scope="module")
def _rows() -> pa.Table:
    return made_rows()


@pytest.fixture(name="peer", scope="module")
def _peer(rows: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as peer:
        peer.register("r", rows)
        yield peer


@pytest.fixture(name="connection", scope="module")
def _connection(rows: pa.Table) -> Iterator[gpudb.Connection]:
    with gpudb.connect(threads=2, morsel_rows=8192, chunk_rows=16_384) as connection:
        connection.cursor().adbc_ingest("r", rows)
        yield connection


@pytest.fixture(name="_small")
def _make_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few rows be read again, small tables of groups be dealt, and small arrays count."""
    monkeypatch.setattr(SPLIT, "LEAST_ROWS", 1)
    monkeypatch.setattr(SPLIT, "LEAST_SHARE", 0.0)
    monkeypatch.setattr(hashed, "LARGEST_TABLE_BYTES", 1 << 16)
    monkeypatch.setattr(hashed, "BLOCK_BYTES", 1 << 18)
    monkeypatch.setattr(bitmap, "SMALL_BITS", 1 << 10)
    monkeypatch.setattr(buffers, "LEAST_BYTES", 1 << 12)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_those_of_others(
    name: str, connection: gpudb.Connection, peer: duckdb.DuckDBPyConnection
) -> None:
    for source in SOURCES:
        query = f"SELECT {COUNTS[name]} FROM {source}"
        expected = peer.execute(query).fetchall()
        for limit in ("1 GiB", "1 MiB"):
            connection.execute(f"SET memory_limit = '{limit}'")
            found = connection.execute(query).fetchall()
            assert find_difference(found, expected, is_ordered=False) is None, source
    connection.execute("SET optimizer = off")
    whole = connection.execute(query).fetchall()
    connection.execute("SET optimizer = on")
    assert find_difference(found, whole, is_ordered=False) is None


def _plan(connection: gpudb.Connection, query: str) -> str:
    return "\n".join(row[0] for row in connection.execute(f"EXPLAIN {query}").fetchall())


@pytest.mark.usefixtures("_small")
def test_each_argument_is_aggregated_by_itself(connection: gpudb.Connection) -> None:
    query = "SELECT count(DISTINCT k), count(DISTINCT i), sum(w), sum(DISTINCT k) FROM r"
    plan = _plan(connection, f"{query} WHERE b")
    assert "tag" not in plan and plan.count("Scan r") == 3
    profile = [r[0] for r in connection.execute(f"EXPLAIN ANALYZE {query}").fetchall()]
    made = [line for line in profile if line.startswith("  rows ")]
    # Values of k are summed; those of i become no rows.
    assert sum(" 1 out" in line for line in made) == len(made) - 1


@pytest.mark.usefixtures("_small")
def test_rows_that_cost_more_are_read_once(connection: gpudb.Connection) -> None:
    connection.create_function("twice", lambda n: 2 * n, ["BIGINT"], "BIGINT")
    both = "SELECT count(DISTINCT r.k), count(DISTINCT r.i) FROM"
    for source in (
        "r JOIN r AS s ON r.w = s.w",
        "(SELECT * FROM r LIMIT 9) AS r",
        "r WHERE twice(w) > 2",
    ):
        assert "tag" in _plan(connection, f"{both} {source}"), source
    assert "tag" in _plan(connection, f"{both} r GROUP BY b")


def test_few_rows_are_read_once(connection: gpudb.Connection) -> None:
    assert "tag" in _plan(connection, "SELECT count(DISTINCT k), count(DISTINCT i) FROM r")
