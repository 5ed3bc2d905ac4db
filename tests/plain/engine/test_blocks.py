"""Blocks of rows: chunks and morsels of any size answer as the whole does."""

from __future__ import annotations

from keyword import iskeyword

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels.writer import RESERVED

ROWS = 9_001


@pytest.mark.parametrize("chunk_rows", [5, 2047, 2048, 2049, 5000, 1 << 20])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_last_block_of_a_morsel_lists_its_own_rows_only(chunk_rows: int, threads: int) -> None:
    rows = ROWS if chunk_rows > 5 else 101
    random = np.random.default_rng(chunk_rows)
    kind, day = random.integers(0, 100, rows), random.integers(0, 1000, rows)
    frame = pa.table({"kind": kind, "day": day, "amount": np.arange(rows)})
    filters = {
        "kind < 2": kind < 2,  # few survivors: eight rows are passed at once
        "kind < 30": kind < 30,
        "kind < 30 AND day % 7 = 3": (kind < 30) & (day % 7 == 3),
        "kind IN (3, 50) AND day < 500": np.isin(kind, (3, 50)) & (day < 500),
    }
    with gpudb.connect(
        threads=threads, chunk_rows=chunk_rows, morsel_rows=1000, quick_start=False
    ) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        connection.execute("CREATE TABLE few AS SELECT * FROM (VALUES (3), (17)) AS v(kind)")
        for text, passes in filters.items():
            found = connection.execute(f"SELECT amount FROM t WHERE {text}").fetch_arrow_table()
            assert found.column(0).to_pylist() == np.flatnonzero(passes).tolist(), text
            grouped = f"SELECT day % 2, count(*), sum(amount) FROM t WHERE {text} GROUP BY 1"
            assert sorted(connection.execute(grouped).fetchall()) == [
                (odd, int(some.sum()), int(np.arange(rows)[some].sum()))
                for odd in (0, 1)
                if (some := passes & (day % 2 == odd)).any()
            ], text
        joined = "SELECT count(*), sum(amount) FROM t JOIN few USING (kind) WHERE day < 900"
        some = np.isin(kind, (3, 17)) & (day < 900)
        expected = (int(some.sum()), int(np.arange(rows)[some].sum()) if some.any() else None)
        assert connection.execute(joined).fetchall() == [expected]
        semi = "SELECT amount FROM t WHERE kind IN (SELECT kind FROM few)"
        found = connection.execute(semi).fetch_arrow_table()
        assert found.column(0).to_pylist() == np.flatnonzero(np.isin(kind, (3, 17))).tolist()


# Of tests on two narrow columns one group's kernel looks at flags, row by row.
GUARD, CHOICE = "if keep[place] == 0:", "rows + 1 if keep[place] != 0 else rows"
MASKED = {
    "kind < 30 AND day >= 500": CHOICE,
    "day <> 3 AND kind BETWEEN 10 AND 90": CHOICE,
    "kind <> 3 AND day BETWEEN 10 AND 900": None,  # NULLs pass no test by codes that others pass
    "kind IN (3, 50) AND day < 500 AND amount % 3 = 1": GUARD,
    "kind < 0 AND day > 5": CHOICE,
    "kind BETWEEN 10 AND 20": None,  # one column: in one loop with what is done with a row
    "kind < 30 AND amount < 700": CHOICE,
}
# Some aggregates' arguments need a guard: they may raise, read tables, or have no register.
ARGUMENTS = {
    "count(*), sum(amount), count(kind), min(day), max(share), avg(amount), sum(kind * day)": True,
    "count(*), sum(day / (kind + 1))": False,
    "count(*), max(text), count(DISTINCT kind)": False,
    "count(*), sum(amount) FILTER (WHERE day > 700)": False,
}


@pytest.mark.parametrize("chunk_rows", [7, 2047, 2049, 5000, 1 << 20])
@pytest.mark.parametrize("device", ["cpu", "python"])
def test_rows_of_one_group_are_found_by_flags(chunk_rows: int, device: str) -> None:
    rows = 101 if chunk_rows == 7 or device == "python" else ROWS
    random = np.random.default_rng(chunk_rows)
    frame = pa.table(
        {
            "kind": pa.array(random.integers(0, 100, rows), mask=np.arange(rows) % 7 == 0),
            "day": random.integers(0, 1000, rows),
            "amount": pa.array(np.arange(rows), mask=np.arange(rows) % 5 == 0),
            "share": random.random(rows).round(3),
            "text": [f"text {n % 17}" for n in range(rows)],
        }
    )
    theirs = duckdb.connect()
    theirs.register("frame", frame)
    with gpudb.connect(
        device=device, threads=2, chunk_rows=chunk_rows, morsel_rows=1000, quick_start=False
    ) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        for text, masks in MASKED.items():
            for aggregates, is_plain in ARGUMENTS.items():
                query = f"SELECT {aggregates} FROM t WHERE {text}"
                in_duckdb = query.replace("FROM t", "FROM frame").replace("day /", "day //")
                (expected,) = theirs.execute(in_duckdb).fetchall()
                assert connection.execute(query).fetchall() == [pytest.approx(expected)], query
                code = connection.execute(f"EXPLAIN CODE {query}").fetchall()
                found = {f for (line,) in code for f in (GUARD, CHOICE) if f in line}
                assert found == ({masks} - {None}) if is_plain else CHOICE not in found, query


@pytest.mark.parametrize("test", ["day / (kind - 3) > 5 AND day > 2", "day > 2 AND kind / 0 > 1"])
def test_flags_keep_no_row_from_a_test_that_raises(test: str) -> None:
    with gpudb.connect(chunk_rows=3000) as connection:
        numbers = "SELECT n % 100 AS kind, n % 1000 AS day FROM generate_series(1, 5000) AS s(n)"
        connection.execute(f"CREATE TABLE t AS {numbers}")
        with pytest.raises(gpudb.DataError, match="division by zero"):
            connection.execute(f"SELECT count(*) FROM t WHERE {test} AND kind < 50 AND day < 9")


LEAST, GREATEST = -(1 << 63), (1 << 63) - 1


@pytest.mark.parametrize("least", [LEAST, LEAST + 1])
@pytest.mark.parametrize("device", ["cpu", "python"])
def test_codes_of_64_bits_are_compared_as_they_are(least: int, device: str) -> None:
    """NULL is the code that no value has: the greatest where a value is the least."""
    rows = 5000 if device == "cpu" else 300
    value = np.random.default_rng(3).integers(-(1 << 60), 1 << 60, rows)
    value[::7], value[3::11], value[5::31] = 0, least, GREATEST - 1
    nulls = np.arange(rows) % 5 == 0
    nulls[2500:] = False  # a chunk with NULLs, and one without
    frame = pa.table({"value": pa.array(value, mask=nulls), "at": np.arange(rows)})
    filters = {
        "value = 0": value == 0,
        f"value IN (0, {GREATEST - 1})": np.isin(value, (0, GREATEST - 1)),
        f"value > {GREATEST - 5}": value > GREATEST - 5,
        f"value <= {LEAST + 1}": value <= LEAST + 1,
        f"value >= {1 << 59} AND at % 3 = 1": (value >= 1 << 59) & (np.arange(rows) % 3 == 1),
    }
    with gpudb.connect(device=device, chunk_rows=2500) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        for text, passes in filters.items():
            query = f"SELECT at FROM t WHERE {text}"
            found = connection.execute(query).fetch_arrow_table().column(0).to_pylist()
            assert found == np.flatnonzero(passes & ~nulls).tolist(), text
        code = connection.execute("EXPLAIN CODE SELECT at FROM t WHERE value = 0").fetchall()
        assert any("value_limits[0]" in line for (line,) in code)


# Keys of builds, as a condition on `few.key`, and whether blocks compare them as an interval.
KEYS = {
    "key BETWEEN 100 AND 130": True,  # every value between: nothing else is asked
    "key BETWEEN 100 AND 130 AND key % 3 <> 0": True,
    "key IN (0, 999)": False,  # their interval is everything
    "key < -5": True,  # no keys at all
    "key = 5000": True,  # a key that no row has
    "key IN (7, 4000000000000)": False,
}


@pytest.mark.parametrize("condition", KEYS)
@pytest.mark.parametrize("chunk_rows", [700, 1 << 20])
def test_keys_of_a_build_are_an_interval_for_the_scan(condition: str, chunk_rows: int) -> None:
    rows = ROWS
    number = np.random.default_rng(1).integers(0, 1000, rows)
    nulls = np.arange(rows) % 13 == 0
    frame = pa.table(
        {"number": pa.array(number, mask=nulls), "at": np.arange(rows), "odd": number % 2}
    )
    keys = pa.table({"key": [*range(-3, 1001), 5000, 4_000_000_000_000]})
    with gpudb.connect(threads=2, chunk_rows=chunk_rows, quick_start=False) as connection:
        connection.register("frame", frame)
        connection.register("keys", keys)
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        connection.execute("CREATE TABLE few AS SELECT * FROM keys")
        found = connection.execute(f"SELECT key FROM few WHERE {condition}").fetchall()
        passes = np.isin(number, [key for (key,) in found]) & ~nulls
        few = f"SELECT key FROM few WHERE {condition}"
        semi = f"SELECT at FROM t WHERE number IN ({few})"
        join = f"SELECT at FROM t JOIN ({few}) AS f ON t.number = f.key WHERE odd = 1 AND at > 50"
        some = passes & (number % 2 == 1) & (np.arange(rows) > 50)
        for query, expected in {semi: passes, join: some}.items():
            rows_found = connection.execute(query).fetch_arrow_table().column(0).to_pylist()
            assert rows_found == np.flatnonzero(expected).tolist(), query
        code = "\n".join(text for (text,) in connection.execute(f"EXPLAIN CODE {semi}").fetchall())
        assert ("number_limits[0]" in code) == KEYS[condition]


@pytest.mark.parametrize("device", ["cpu", "emulated"])
def test_zones_without_a_key_of_the_build_are_skipped(device: str) -> None:
    rows = 300_000
    frame = pa.table({"at": np.arange(rows), "kind": np.arange(rows) % 5})
    with gpudb.connect(device=device, quick_start=False) as connection:
        connection.register("frame", frame)
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        connection.execute("CREATE TABLE few AS SELECT * FROM frame LIMIT 1000")
        joined = "SELECT count(*), sum(t.kind) FROM t JOIN few USING (at) WHERE few.kind = 4"
        assert connection.execute(joined).fetchall() == [(200, 800)]
        report = connection.execute(f"EXPLAIN ANALYZE {joined}").fetchall()
        assert any("4 zones skipped" in line for (line,) in report)
        # A LEFT join keeps the rows without a match.
        outer = "SELECT count(*), count(few.at) FROM t LEFT JOIN few USING (at)"
        assert connection.execute(outer).fetchall() == [(rows, 1000)]
        nothing = "SELECT count(*) FROM t JOIN few USING (at) WHERE few.kind > 7"
        assert connection.execute(nothing).fetchall() == [(0,)]


def test_columns_may_be_called_as_the_kernels_own_variables_are() -> None:
    names = sorted(name for name in RESERVED if not iskeyword(name))
    rows = 5000
    values = {name: (np.arange(rows) * (7 + n)) % 1000 for n, name in enumerate(names)}
    with gpudb.connect(quick_start=False) as connection:
        connection.register("frame", pa.table(values))
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        for name, column in values.items():
            other = values[names[(names.index(name) + 1) % len(names)]]
            passes = (column % 7 == 3) & (column < 300)
            query = (
                f'SELECT count(*), sum("{name}") FROM t WHERE "{name}" % 7 = 3 AND "{name}" < 300'
                f' GROUP BY "{names[(names.index(name) + 1) % len(names)]}" % 2 ORDER BY 2'
            )
            expected = sorted(
                (int((some := passes & (other % 2 == odd)).sum()), int(column[some].sum()))
                for odd in (0, 1)
                if (passes & (other % 2 == odd)).any()
            )
            assert sorted(connection.execute(query).fetchall()) == expected, name


@pytest.mark.parametrize(
    ("test", "is_of_survivors"),
    [
        ("a = 7 AND wide = 500000000000", True),
        ("wide = 500000000000 AND a = 7", True),
        ("a IN (1, 2, 3, 4) AND wide > 100000000000", True),
        ("a < 10 AND b = 3 AND wide <> 500000000000", True),
        ("a < 40 AND wide = 500000000000", False),
        ("a < 10 AND wide = 500000000000", False),
        ("wide = 500000000000", False),
    ],
)
def test_wide_codes_are_compared_in_blocks_where_narrow_ones_leave_many_rows(
    test: str, is_of_survivors: bool
) -> None:
    """Eight bytes are read of the survivors alone where these are few."""
    rows = """CREATE TABLE r AS SELECT n % 100 AS a, n % 10 AS b, n % 50 AS g, n,
        CASE WHEN n % 3 = 0 THEN NULL ELSE n % 7 * CAST(100000000000 AS BIGINT) END AS wide
        FROM generate_series(1, 10000) AS s(n)"""
    sql = f"SELECT g, count(*), min(n), sum(wide) FROM r WHERE {test} GROUP BY g ORDER BY g"
    with gpudb.connect() as ours, duckdb.connect() as theirs:
        ours.execute(rows)
        theirs.execute(rows)
        assert ours.execute(sql).fetchall() == theirs.execute(sql).fetchall()
        code = "\n".join(line for (line,) in ours.execute(f"EXPLAIN CODE {sql}").fetchall())
    assert "keep[place] = int(" in code
    assert ("wide_limits" not in code) is is_of_survivors
