"""Chunks that differ in what they hold share one kernel: null codes and layouts fit all of them."""

from __future__ import annotations

import gpudb


def test_the_null_code_of_a_chunk_is_no_string_of_it() -> None:
    with gpudb.connect(device="python", chunk_rows=5) as connection:
        connection.execute("CREATE TABLE t (s TEXT)")
        strings = [*"abcdefghij", "g", "h", None, "i", "j"]
        values = ", ".join("(NULL)" if s is None else f"('{s}')" for s in strings)
        connection.execute(f"INSERT INTO t VALUES {values}")
        rows = connection.execute("SELECT s FROM t").fetchall()
    assert [row[0] for row in rows] == strings


def test_a_chunk_without_nulls_may_hold_every_bigint() -> None:
    numbers = [-(1 << 63), (1 << 63) - 1, 0, None, 1, 2]
    with gpudb.connect(device="python", chunk_rows=3) as connection:
        connection.execute("CREATE TABLE t (n BIGINT)")
        values = ", ".join(f"({'NULL' if n is None else n})" for n in numbers)
        connection.execute(f"INSERT INTO t VALUES {values}")
        rows = connection.execute("SELECT n FROM t").fetchall()
    assert [row[0] for row in rows] == numbers
