"""User-defined functions whose loops have no end."""

from __future__ import annotations

import pytest

import gpudb


def around(n: int) -> int:
    total = 0
    while n > 0:
        for _ in range(3):
            total += 1
        for _ in range(n):
            total += 1
        n = n - 1 if n < 50 else n
    return total


@pytest.mark.parametrize("device", ["cpu", "python"])
def test_a_loop_without_an_end_is_an_error(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gpudb.compiler.subset.statements.MOST_ROUNDS", 1000)
    connection = gpudb.connect(device=device)
    connection.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1), (2), (NULL)) v(n)")
    connection.create_function("around", around, [int], int)
    assert connection.execute("SELECT around(10), around(NULL)").fetchone() == (around(10), None)
    with pytest.raises(gpudb.DataError, match=r"line \d+.* went round 1,000 times") as raised:
        connection.execute("SELECT n, around(n + 49) FROM t")
    assert raised.value.place is not None
    assert raised.value.place.column == len("SELECT n, ") + 1
    kept = connection.execute("SELECT around(n) FROM t WHERE n > 0 ORDER BY n").fetchall()
    assert kept == [(around(1),), (around(2),)]
