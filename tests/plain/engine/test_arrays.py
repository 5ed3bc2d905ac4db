"""Arrays in and out: Arrow lists, Parquet, CSV, a folder, parameters, many distinct ones."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gpudb

random = np.random.default_rng(5)
WORDS = ["a", "b c", "NULL", "", 'x"y\\z', "{,}", "é,ß", " s "]


def lists(make: Callable[[], object], rows: int, of: pa.DataType) -> pa.Array:
    """Return random lists, some NULL, some empty, with NULL elements."""
    found: list[list[object] | None] = []
    for _ in range(rows):
        if random.random() < 0.1:
            found.append(None)
            continue
        size = int(random.integers(0, 5))
        found.append([None if random.random() < 0.2 else make() for _ in range(size)])
    return pa.array(found, pa.list_(of))


def sample(rows: int) -> pa.Table:
    day = datetime.date(2024, 1, 1)
    return pa.table(
        {
            "id": pa.array(range(rows)),
            "i": lists(lambda: int(random.integers(-5, 5)), rows, pa.int32()),
            "f": lists(lambda: float(random.integers(-9, 9)) / 4, rows, pa.float64()),
            "s": lists(lambda: WORDS[int(random.integers(0, len(WORDS)))], rows, pa.string()),
            "d": lists(
                lambda: day + datetime.timedelta(int(random.integers(9))), rows, pa.date32()
            ),
            "b": lists(lambda: bool(random.integers(2)), rows, pa.bool_()),
        }
    )


QUERIES = (
    "SELECT id, i[1], f[2], s[3], d[1], b[1] FROM t ORDER BY id",
    "SELECT id, cardinality(i), cardinality(s) FROM t ORDER BY id",
    "SELECT id, x FROM t, unnest(s) u (x) ORDER BY id, x",
    "SELECT id, x FROM t LEFT JOIN LATERAL unnest(d) u (x) ON TRUE ORDER BY id, x",
    "SELECT x, count(*), sum(id) FROM t, unnest(i) u (x) GROUP BY x ORDER BY x",
    "SELECT id FROM t WHERE 3 = ANY(i) ORDER BY id",
    "SELECT id FROM t WHERE 'b c' = ANY(s) OR f[1] > 1 ORDER BY id",
    "SELECT id FROM t WHERE i IS NOT NULL AND 2 > ALL(i) ORDER BY id",
    "SELECT count(DISTINCT s), count(DISTINCT f), count(i) FROM t",
    "SELECT x.id, y.id FROM t x JOIN t y ON x.b = y.b WHERE x.id < 40 AND y.id < 40 ORDER BY 1, 2",
    "SELECT id, array_position(i, 2), array_contains(s, '') FROM t ORDER BY id",
    "SELECT id, i || i, ARRAY[id, i[1]] FROM t ORDER BY id",
    "SELECT i, count(*), min(f), max(s) FROM t GROUP BY i ORDER BY i",
    "SELECT id FROM t WHERE f < [0.25] OR s >= ['b c', ''] ORDER BY f, s, id",
    "SELECT id, i[2:3], s[:2], d[2:] FROM t ORDER BY id",
    "SELECT id, list_has_any(i, [1, 2]), list_has_all(s, ['', 'NULL']) FROM t ORDER BY id",
    "SELECT i[1], list(id ORDER BY id), list(s[1] ORDER BY id) FROM t GROUP BY i[1] ORDER BY 1",
    "SELECT id, x, y FROM (SELECT id, unnest(i) AS x, id AS y FROM t) u ORDER BY id, x",
)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return sample(400)


@pytest.mark.parametrize("query", QUERIES)
def test_answers_as_duckdb(table: pa.Table, query: str) -> None:
    oracle = duckdb.connect()
    oracle.register("t", table)
    expected = oracle.execute(query.replace("cardinality(", "len(")).fetchall()
    with gpudb.connect(chunk_rows=128) as connection:
        connection.register("data", table)
        connection.execute("CREATE TABLE t AS SELECT * FROM data")
        assert connection.execute(query).fetchall() == expected


def test_they_come_back_from_files_and_folders(table: pa.Table, tmp_path: Path) -> None:
    source = tmp_path / "source.parquet"
    pq.write_table(table, source)
    path = str(tmp_path / "arrays.gpudb")
    with gpudb.connect(path) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT * FROM '{source}'")
    with gpudb.connect(path) as connection:
        found = connection.execute("SELECT * FROM t").fetch_arrow_table()
        assert found.to_pylist() == table.to_pylist()
        assert found.schema.field("i").type == pa.list_(pa.int32())
        for kind in ("parquet", "csv"):
            connection.execute(f"COPY t TO '{tmp_path}/copy.{kind}'")
        parquet = connection.execute(f"SELECT * FROM '{tmp_path}/copy.parquet'")
        assert parquet.fetch_arrow_table().to_pylist() == table.to_pylist()
        connection.execute(
            "CREATE TABLE c (id BIGINT, i INTEGER[], f DOUBLE[], s TEXT[], d DATE[], b BOOLEAN[])"
        )
        connection.execute(f"COPY c FROM '{tmp_path}/copy.csv'")
        copied = connection.execute("SELECT * FROM c").fetch_arrow_table()
        assert copied.to_pylist() == table.to_pylist()


def test_lists_are_parameters() -> None:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE t (i INTEGER[], s TEXT[])")
        connection.execute("INSERT INTO t VALUES (?, ?)", ([1, None, 3], ["a,b", None]))
        rows = connection.execute("SELECT i, s FROM t WHERE i = ?", ([1, None, 3],)).fetchall()
        assert rows == [([1, None, 3], ["a,b", None])]
        with pytest.raises(gpudb.ProgrammingError, match="has no type"):
            connection.execute("SELECT ?", ([],))


def test_many_distinct_arrays() -> None:
    rows = 50_000
    values = np.arange(3 * rows)
    arrays = pa.ListArray.from_arrays(np.arange(0, 3 * rows + 1, 3), values)
    with gpudb.connect() as connection:
        connection.register("data", pa.table({"a": arrays}))
        connection.execute("CREATE TABLE t AS SELECT * FROM data")
        text = "SELECT count(*), sum(x), sum(a[2]) FROM t, unnest(a) u (x)"
        total = int(values.sum())
        assert connection.execute(text).fetchall() == [
            (3 * rows, total, 3 * int(values[1::3].sum()))
        ]
