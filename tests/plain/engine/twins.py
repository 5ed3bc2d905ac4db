"""gpudb and DuckDB over the same small tables: queries that must have the same answers on both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pytest

import gpudb
from gpudb.catalog import Catalog
from gpudb.sql.bind import bind
from gpudb.sql.explain import explain
from gpudb.sql.legality import check
from gpudb.sql.lower import lower
from gpudb.sql.optimize import RULES
from gpudb.sql.optimize.check import check_plan
from gpudb.sql.parse import parse_script
from gpudb.sql.statement import Query
from tests.plain.engine.agreement import find_difference

# NULLs, duplicates, rows without partners, a table without rows.
TABLES = (
    "CREATE TABLE t (a INTEGER, b TEXT, c DOUBLE)",
    "CREATE TABLE u (a BIGINT, b TEXT, d DATE, n DECIMAL(9,2))",
    "CREATE TABLE e (a INTEGER, b TEXT, c DOUBLE)",
    "CREATE TABLE r (k INTEGER NOT NULL, a INTEGER NOT NULL)",
    "INSERT INTO t VALUES (1, 'x', 1.5), (2, 'y', NULL), (NULL, NULL, 0), (1, 'x', 1.5),"
    " (3, 'x', 2), (5, '', -1)",
    "INSERT INTO u VALUES (1, 'x', '2020-01-01', 1.25), (4, 'z', NULL, 0), (NULL, NULL, NULL, 7),"
    " (NULL, NULL, NULL, NULL), (2, 'q', '2021-06-30', -3.5), (1, 'y', '1999-12-31', 2)",
    "INSERT INTO r VALUES (10, 1), (11, 2), (12, 2), (13, 7)",
)


@dataclass(frozen=True)
class Twins:
    """A connection to each of the two databases."""

    ours: gpudb.Connection
    theirs: duckdb.DuckDBPyConnection

    def check(self, query: str, theirs: str | None = None) -> None:
        """Compare the answers to a query, which DuckDB may have to be asked in other words."""
        check_rules(self.ours, query)
        expected = [tuple(row) for row in self.theirs.execute(theirs or query).fetchall()]
        is_ordered = "ORDER BY" in query.rsplit(")", 1)[-1]
        difference = find_difference(
            self.ours.execute(query).fetchall(), expected, is_ordered=is_ordered
        )
        assert difference is None, f"{query}\n{difference}"


@contextmanager
def open_twins(
    statements: Sequence[str] = TABLES, device: str = "python", **settings: object
) -> Iterator[Twins]:
    """Open both databases and run `statements` on each."""
    theirs = duckdb.connect()
    theirs.execute("SET default_null_order = 'nulls_last_on_asc_first_on_desc'")
    with gpudb.connect(None, device=device, read_only=False, **settings) as ours:
        for statement in statements:
            ours.execute(statement)
            theirs.execute(statement)
        yield Twins(ours, theirs)
    theirs.close()


def check_rules(connection: gpudb.Connection, query: str) -> None:
    """Check that the plan of `query` is well formed as it was bound, and after each rule."""
    catalog = Catalog(connection._database.snapshot())
    (parsed,) = parse_script(query)
    statement = bind(parsed, catalog)
    assert isinstance(statement, Query)
    plan = statement.plan
    check_plan(plan)
    for rule in RULES:
        plan = rule(plan)
        check_plan(plan)
    assert explain(plan, with_rows=True)
    check(lower(plan))


def check_refused(twins: Twins, query: str, error: type[gpudb.Error], message: str) -> None:
    """Check that `query` fails with `message`, at the place that ^ marks in `query`."""
    text = query.replace("^", "", 1)
    with pytest.raises(error) as caught:
        twins.ours.execute(text)
    assert caught.value.message == message
    assert caught.value.begin == query.index("^"), text[caught.value.begin or 0 :]
