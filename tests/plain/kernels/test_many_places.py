"""Groups with a place for each key: tables of many places are merged and listed by kernels."""

from __future__ import annotations

import pytest

import gpudb
from gpudb.kernels.sinks import direct

QUERY = (
    "SELECT k, count(*), count(v), sum(v), avg(x), min(v), max(x), var_pop(v), arg_max(v, x),"
    " sum(CAST(v AS DECIMAL(30, 2)) * 1000000000000000000), bit_xor(v)"
    " FROM r GROUP BY k ORDER BY k NULLS FIRST"
)


@pytest.mark.parametrize("threads", [1, 2])
def test_kernels_agree_with_numpy(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with gpudb.connect(threads=threads, morsel_rows=16_384) as connection:
        connection.execute(
            "CREATE TABLE r AS SELECT NULLIF(i * 7919 % 40009, 5) AS k, NULLIF(i % 7, 3) AS v,"
            " i % 11 + 0.5 AS x FROM generate_series(1, 60000) AS g(i) WHERE i * 7919 % 40009 > 4"
        )
        expected = connection.execute(QUERY).fetchall()
        monkeypatch.setattr(direct, "MANY_PLACES", 10_000)
        rows = connection.execute(QUERY).fetchall()
    assert len(rows) > 39_000
    assert rows[0][0] is None
    assert [_rounded(row) for row in rows] == [_rounded(row) for row in expected]


def test_no_rows_give_no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "MANY_PLACES", 1)
    with gpudb.connect(threads=2) as connection:
        connection.execute("CREATE TABLE r AS SELECT 7 AS k, 1 AS v")
        query = "SELECT k, sum(v) FROM r WHERE v > {} GROUP BY k"
        assert connection.execute(query.format(1)).fetchall() == []
        assert connection.execute(query.format(0)).fetchall() == [(7, 1)]


def _rounded(row: tuple[object, ...]) -> list[object]:
    """Return what the order of merging leaves of a row."""
    return [f"{value:.9g}" if isinstance(value, float) else value for value in row]
