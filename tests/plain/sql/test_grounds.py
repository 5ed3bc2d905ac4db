"""grounds: what is asked of a table is noted, and asked again of another."""

from __future__ import annotations

import math

import pytest

import gpudb
from gpudb.sql.grounds import NotedTable, agree, ask, find_stored, row_count
from gpudb.sql.table_estimate import rounded, table_column, table_rows
from gpudb.storage.table import TableVersion


def stored(values: str) -> TableVersion:
    with gpudb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS SELECT CAST(x AS BIGINT) AS x FROM {values} g (x)")
        connection.execute("INSERT INTO t VALUES (1)")
        return connection._engine.snapshot().table("t")


def test_an_answer_is_noted_once_and_asked_again() -> None:
    small, same, other = (stored(f"generate_series(1, {n})") for n in (5, 5, 6))
    noted = NotedTable(small)
    assert find_stored(noted) is noted and noted.answers == {}
    assert ask(noted, row_count) == noted.row_count == 6
    assert noted.answers == {(row_count, ()): 6}
    assert agree(same, noted.answers) and not agree(other, noted.answers)


def test_estimates_of_noted_tables_outlast_a_few_rows() -> None:
    before, after, later = (stored(f"generate_series(1, {n})") for n in (9_995, 9_997, 20_000))
    noted = NotedTable(before)
    assert table_rows(noted) == pytest.approx(10_000, rel=1 / 32)
    column = table_column(noted, "x")
    assert column is not None and column.maximum is not None
    assert column.distinct == pytest.approx(10_000, rel=1 / 32)
    assert 9_995 <= column.maximum <= 10_005
    assert agree(after, noted.answers) and not agree(later, noted.answers)


@pytest.mark.parametrize("text", ["1e308", "-1e308", "5e-324", "'Infinity'", "'NaN'", "NULL", "0"])
def test_any_floats_are_rounded(text: str) -> None:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE t (x DOUBLE)")
        connection.execute(f"INSERT INTO t VALUES (CAST({text} AS DOUBLE)), (0), (1e-323)")
        table = connection._engine.snapshot().table("t")
        exact, noted = table_column(table, "x"), table_column(NotedTable(table), "x")
    assert exact is not None and noted is not None
    assert (exact.minimum is None) == (noted.minimum is None)
    if exact.minimum is not None and noted.minimum is not None:
        assert noted.minimum <= exact.minimum


def test_numbers_are_rounded_to_a_thirtieth() -> None:
    assert [rounded(float(n)) for n in range(33)] == [float(n) for n in range(33)]
    for number in (0.001, 0.3, 33.0, 999.0, 1e9, 1e300):
        assert math.isclose(rounded(number), number, rel_tol=1 / 32)
