"""Statements as programs write them: hundreds of conditions, branches, columns."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

import gpudb
from tests.plain.engine.agreement import find_difference

MANY = 220
ROWS = 2000
TABLE = "CREATE TABLE t (a INTEGER, b INTEGER, s VARCHAR, x BIGINT, y BIGINT)"
FILL = f"""INSERT INTO t SELECT CASE WHEN range % 11 <> 0 THEN range % 1000 END, range % 7,
    CASE WHEN range % 13 <> 0 THEN 'x' || CAST(range % 50 AS VARCHAR) END,
    range * 1000000000000000, range * 1000000000000000 + range % 3 FROM range({ROWS})"""


def joined(separator: str, part: str, count: int = MANY) -> str:
    """Return `part` so many times, with its number for {i}, and {m} for that modulo 7."""
    return separator.join(part.format(i=i, m=i % 7) for i in range(count))


# (x - y) * 1000 may overflow for all that statistics say.
CONDITIONS = [
    joined(" OR ", "(a = {i} AND b = {m})"),
    joined(" OR ", "(NOT s = 'x{i}' AND a < {i})"),
    joined(" OR ", "((x - y) * 1000 + {i} = {m} AND b = {m})"),
    joined(" OR ", "((x - NULLIF(y, a)) * 1000 + {i} = {m} AND b = {m})"),
    joined(" AND ", "((x - NULLIF(y, a)) * 1000 + {i} <> {m} OR b = {m})"),
    "NOT (" + joined(" AND ", "((x - NULLIF(y, a)) * 1000 + {i} <> {m} OR b = {m})") + ")",
    joined(" AND ", "(a <> {i} OR b <> {m})"),
    joined(" AND ", "a <> {i}", 1000),
    joined(" OR ", "a BETWEEN {i} * 5 AND {i} * 5 + 2"),
    "(a, b) IN (" + joined(", ", "({i}, {m})") + ")",
]
VALUES = [
    "CASE " + joined(" ", "WHEN a = {i} THEN {i} * 3") + " ELSE b END",
    "CASE a " + joined(" ", "WHEN {i} THEN {i} * 3", 64) + " ELSE b END",
    "CASE " + joined(" ", "WHEN a = {i} THEN 'v{i}'") + " ELSE s END",
    "CASE " + joined(" ", "WHEN a = {i} THEN b = {m}") + " END",
    "CASE " + joined(" ", "WHEN (x - y) * 1000 = {i} - 9 THEN (x - y) * {i}") + " ELSE b END",
    joined("", "CASE WHEN a = {i} THEN {i} * 3 ELSE ", 200) + "b" + " END" * 200,
    joined("", "CASE WHEN a = {i} THEN s ELSE ", 33) + "'other'" + " END" * 33,
]


@pytest.fixture(scope="module")
def databases() -> Iterator[tuple[gpudb.Connection, duckdb.DuckDBPyConnection]]:
    with gpudb.connect() as ours, duckdb.connect() as theirs:
        for each in (ours, theirs):
            each.execute(TABLE)
            each.execute(FILL)
        yield ours, theirs


def agree(
    databases: tuple[gpudb.Connection, duckdb.DuckDBPyConnection], statement: str
) -> str | None:
    """Return what differs between the answers of both."""
    ours, theirs = (each.execute(statement).fetchall() for each in databases)
    return find_difference(ours, theirs, is_ordered=False)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_many_conditions(
    databases: tuple[gpudb.Connection, duckdb.DuckDBPyConnection], condition: str
) -> None:
    assert agree(databases, f"SELECT a, b, s, x FROM t WHERE {condition}") is None


@pytest.mark.parametrize("value", VALUES)
def test_many_branches(
    databases: tuple[gpudb.Connection, duckdb.DuckDBPyConnection], value: str
) -> None:
    assert agree(databases, f"SELECT {value}, COUNT(*), MIN(a) FROM t GROUP BY 1") is None


def test_many_keys(databases: tuple[gpudb.Connection, duckdb.DuckDBPyConnection]) -> None:
    columns = joined(", ", "CASE WHEN (a + {i}) % 3 > 0 THEN a * {i} + b END AS c{i}", 150)
    wide = f"WITH w AS (SELECT {columns} FROM t)"
    assert agree(databases, f"{wide} SELECT DISTINCT * FROM w") is None
    using = joined(" AND ", "p.c{i} IS NOT DISTINCT FROM q.c{i}", 40)
    assert agree(databases, f"{wide} SELECT COUNT(*) FROM w p JOIN w q ON {using}") is None


def test_what_is_too_deep_says_so() -> None:
    nested = joined("", "CASE WHEN a = {i} THEN ", 150) + "b" + " END" * 150
    with gpudb.connect() as connection:
        connection.execute(TABLE)
        connection.execute(FILL)
        with pytest.raises(gpudb.NotSupportedError, match="nested too deeply"):
            connection.execute(f"SELECT {nested} FROM t").fetchall()
