"""From files and frames into a database folder, out of it, and again after it is opened anew."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gpudb
from tests.plain.engine.agreement import find_difference

FILE_ROWS = 700
FILES = 3
COLUMNS = 'id, name, ratio, amount, day, moment, hour, flag, "größe"'
DDL = (
    "(id BIGINT, name TEXT, ratio DOUBLE, amount DECIMAL(12, 2), day DATE, moment TIMESTAMP(6),"
    ' hour TIME, flag BOOLEAN, "größe" FLOAT)'
)


def sample(begin: int, end: int) -> pa.Table:
    """Rows of every kind of column, NULL in some of each kind."""
    numbers = range(begin, end)
    first = datetime.datetime(2020, 1, 1)
    return pa.table(
        {
            "id": pa.array(numbers, pa.int64()),
            "name": [f'n{i % 7}, "x"' if i % 11 else None for i in numbers],
            "ratio": [i / 7 if i % 13 else None for i in numbers],
            "amount": pa.array(
                [Decimal(i) / 100 if i % 5 else None for i in numbers], pa.decimal128(12, 2)
            ),
            "day": [(first + datetime.timedelta(days=i % 500)).date() for i in numbers],
            "moment": pa.array(
                [first + datetime.timedelta(seconds=977 * i) for i in numbers], pa.timestamp("us")
            ),
            "hour": pa.array(
                [datetime.time(i % 24, i % 60, i % 59) for i in numbers], pa.time64("us")
            ),
            "flag": [i % 3 == 0 if i % 4 else None for i in numbers],
            "größe": pa.array([i * 1.5 for i in numbers], pa.float32()),
        }
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of Parquet files, each of several row groups."""
    folder = tmp_path_factory.mktemp("files")
    for number in range(FILES):
        table = sample(number * FILE_ROWS, (number + 1) * FILE_ROWS)
        pq.write_table(table, folder / f"part-{number}.parquet", row_group_size=300)
    return folder


@pytest.fixture
def connection(tmp_database: Path) -> Iterator[gpudb.Connection]:
    with gpudb.connect(tmp_database, chunk_rows=500) as opened:
        yield opened


def check(connection: gpudb.Connection, ours: str, theirs: str) -> None:
    """Compare an answer with DuckDB's, in any order."""
    rows = connection.execute(ours).fetchall()
    with duckdb.connect() as other:
        expected = other.execute(theirs).fetchall()
    difference = find_difference(rows, expected, is_ordered=False)
    assert difference is None, f"{ours}\n{difference}"


@pytest.mark.parametrize("name", ["part-0.parquet", "*.parquet", ""])
def test_parquet_is_the_same_after_reopening(tmp_database: Path, files: Path, name: str) -> None:
    source = str(files / name) if name else str(files)
    theirs = f"SELECT * FROM '{files / (name or '*.parquet')}'"
    with gpudb.connect(tmp_database, chunk_rows=500) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT * FROM '{source}'")
        connection.execute(f"CREATE TABLE u {DDL}")
        connection.execute(f"COPY u FROM '{source}'")
        check(connection, "SELECT * FROM t", theirs)
    with gpudb.connect(tmp_database) as connection:
        check(connection, "SELECT * FROM t", theirs)
        check(connection, f"SELECT {COLUMNS} FROM u", theirs)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM {0}",
        "SELECT sum(amount), count(name) FROM {0}",
        "SELECT name, count(*), sum(amount), min(day), max(moment), min(hour) FROM {0}"
        " WHERE id % 3 = 1 AND flag GROUP BY name",
        "SELECT upper(name), amount + 1, extract(year FROM day), CASE WHEN flag THEN 'y' END"
        " FROM {0} WHERE day < DATE '2020-06-01' OR name IS NULL",
        "SELECT a.id, b.name FROM {0} a JOIN {0} b ON a.id = b.id + 100 WHERE a.ratio > 20",
        "SELECT * FROM {0} WHERE id < 0",
    ],
)
def test_files_are_queried_in_place_and_streamed(
    connection: gpudb.Connection, files: Path, query: str
) -> None:
    text = query.format(f"'{files}/*.parquet'")
    check(connection, text, text)
    names = [f"c{i}" for i in range(len(connection.execute(text).description or ()))]
    inner = f"SELECT * FROM ({text}) AS q ({', '.join(names)})"
    rows = connection.execute(f"CREATE TABLE s AS {inner}").rowcount
    assert rows == connection.execute("SELECT count(*) FROM s").fetchall()[0][0]
    check(connection, "SELECT * FROM s", text)


@pytest.mark.parametrize("kind", ["parquet", "csv", "csv.gz", "tsv", "arrow"])
@pytest.mark.parametrize("source", ["t", f"(SELECT {COLUMNS} FROM t WHERE id >= 0)"])
def test_files_go_out_and_come_back(
    connection: gpudb.Connection, files: Path, tmp_path: Path, kind: str, source: str
) -> None:
    connection.execute(f"CREATE TABLE t AS SELECT * FROM '{files}'")
    target = tmp_path / f"out.{kind}"
    assert connection.execute(f"COPY {source} TO '{target}'").rowcount == FILES * FILE_ROWS
    connection.execute(f"CREATE TABLE u {DDL}")
    assert connection.execute(f"COPY u FROM '{target}'").rowcount == FILES * FILE_ROWS
    check(connection, f"SELECT {COLUMNS} FROM u", f"SELECT * FROM '{files}/*.parquet'")
    assert not list(tmp_path.glob(".*"))


def test_csv_options(connection: gpudb.Connection, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("7|'a|b'|NIL\n8|NIL|2.50\n")
    connection.execute("CREATE TABLE t (n SMALLINT, s TEXT, d DECIMAL(5, 2))")
    options = "header = 'false', delimiter = '|', quote = '''', nulls = 'NIL'"
    connection.execute(f"COPY t FROM '{path}' WITH ({options})")
    rows = [(7, "a|b", None), (8, None, Decimal("2.50"))]
    assert connection.execute("SELECT * FROM t").fetchall() == rows
    out = tmp_path / "out.csv"
    connection.execute(f"COPY t TO '{out}' WITH ({options})")
    assert "a|b" in out.read_text()
    connection.execute(f"COPY t FROM '{out}' WITH ({options})")
    assert connection.execute("SELECT * FROM t").fetchall() == rows * 2


def test_arrow_pandas_and_polars(connection: gpudb.Connection, files: Path) -> None:
    table = sample(0, FILE_ROWS)
    data = [table, table.to_reader(100), table.to_batches()[0], table.to_pandas()]
    data.append(pl.from_arrow(table))
    cursor = connection.cursor()
    for number, frame in enumerate(data):
        assert cursor.adbc_ingest(f"t{number}", frame) == FILE_ROWS
        check(
            connection,
            f"SELECT {COLUMNS} FROM t{number}",
            f"SELECT * FROM '{files}/part-0.parquet'",
        )
        assert cursor.adbc_ingest(f"t{number}", table.slice(0, 5), mode="append") == 5
        assert cursor.adbc_ingest(f"t{number}", table.slice(0, 3), mode="replace") == 3
        assert connection.execute(f"SELECT count(*) FROM t{number}").fetchall() == [(3,)]


def test_a_table_is_inserted_into_itself(tmp_database: Path, files: Path) -> None:
    with gpudb.connect(tmp_database, chunk_rows=500) as connection:
        connection.execute(f"CREATE TABLE t AS SELECT id, name FROM '{files}'")
        count = FILES * FILE_ROWS
        assert connection.execute("INSERT INTO t SELECT -id, name FROM t").rowcount == count
        assert connection.execute("INSERT INTO t (name) SELECT name FROM t").rowcount == 2 * count
    with gpudb.connect(tmp_database) as connection:
        answer = connection.execute("SELECT count(*), count(id), sum(id), min(id) FROM t")
        assert answer.fetchall() == [(4 * count, 2 * count, 0, 1 - count)]


def test_less_memory_than_data(tmp_database: Path) -> None:
    rows = 400_000
    numbers = np.random.default_rng(3).integers(0, 1 << 60, (4, rows))
    table = pa.table({f"c{i}": column for i, column in enumerate(numbers)})
    with gpudb.connect(tmp_database, chunk_rows=1 << 15) as connection:
        connection.cursor().adbc_ingest("t", table)
    with gpudb.connect(tmp_database, memory_limit="1MiB") as connection:
        evicted = connection.execute("SHOW MEMORY").fetchall()[0][5]
        for _ in range(2):
            answer = connection.execute(
                "SELECT max(c0), min(c1), sum(c2 % 1000), count(*) FROM t WHERE c3 % 2 = 0"
            ).fetchall()
            even = numbers[:, numbers[3] % 2 == 0]
            expected = (even[0].max(), even[1].min(), (even[2] % 1000).sum(), even.shape[1])
            assert answer == [tuple(map(int, expected))]
        joined = "SELECT count(*) FROM t a JOIN t b ON a.c0 = b.c0 AND a.c1 = b.c1"
        assert connection.execute(joined).fetchall() == [(rows,)]
        top = connection.execute("SELECT c0 FROM t ORDER BY c0 DESC LIMIT 3").fetchall()
        assert top == [(int(value),) for value in sorted(numbers[0])[:-4:-1]]
        use = dict(
            zip(
                (
                    *("columns", "bytes", "limit_bytes", "hits", "misses"),
                    *("evictions", "device"),
                ),
                connection.execute("SHOW MEMORY").fetchall()[0],
                strict=True,
            )
        )
    assert use["limit_bytes"] == 1 << 20 and use["bytes"] <= 1 << 20
    assert use["evictions"] > evicted


def test_show_create_table_makes_the_same_table(tmp_database: Path) -> None:
    ddl = (
        'CREATE TABLE "select" (a TINYINT NOT NULL, b INTEGER ENCODING FIXED(16),'
        " c TEXT ENCODING DICT(8) NOT NULL, d TEXT ENCODING NONE, e DATE ENCODING DAYS(16),"
        ' f DECIMAL(18, 4) ENCODING FIXED(32), "g ""h" TIMESTAMP(9), i TIMESTAMP(0), j TIME,'
        " k BOOLEAN, l FLOAT, m DOUBLE, n BIGINT, o SMALLINT, p TEXT, größe DATE)"
        " WITH (chunk_rows = 77)"
    )
    with gpudb.connect(tmp_database) as connection:
        connection.execute(ddl)
        shown = connection.execute('SHOW CREATE TABLE "select"').fetchall()[0][0]
    with gpudb.connect(tmp_database) as connection:
        assert connection.execute('SHOW CREATE TABLE "select"').fetchall() == [(shown,)]
        connection.execute('DROP TABLE "select"')
        connection.execute(shown)
        assert connection.execute('SHOW CREATE TABLE "select"').fetchall() == [(shown,)]
    for part in ("FIXED(16)", "DICT(8)", "ENCODING NONE", "DAYS(16)", "TIMESTAMP(9)", "= 77"):
        assert part in shown


EXTREMES = [
    ("BOOLEAN", [False, True]),
    ("TINYINT", [-128, 127]),
    ("SMALLINT", [-(1 << 15), (1 << 15) - 1]),
    ("INTEGER", [-(1 << 31), (1 << 31) - 1]),
    ("BIGINT", [-(1 << 63), (1 << 63) - 1, 0]),
    ("FLOAT", [0.5, -3.4028234663852886e38, 1.401298464324817e-45]),
    ("DOUBLE", [1.7976931348623157e308, 5e-324, -0.1]),
    ("DECIMAL(18, 6)", [Decimal("999999999999.999999"), Decimal("-999999999999.999999")]),
    ("DECIMAL(18, 0)", [Decimal(10**18 - 1), Decimal(1 - 10**18)]),
    ("DATE", [datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]),
    ("TIME", [datetime.time(0), datetime.time(23, 59, 59)]),
    ("TIMESTAMP(0)", [datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59)]),
    ("TIMESTAMP(3)", [datetime.datetime(2024, 2, 29, 1, 2, 3, 4000)]),
    ("TIMESTAMP(6)", [datetime.datetime(1, 1, 1), datetime.datetime.max]),
    ("TIMESTAMP(9)", [datetime.datetime(1677, 9, 22), datetime.datetime(2262, 4, 11)]),
    ("TEXT", ["", "ü€😀", "x" * 100_000, "a\nb\t'\"\\", "NULL"]),
]


@pytest.mark.parametrize(("type_", "values"), EXTREMES, ids=lambda value: str(value)[:20])
def test_extremes_and_nulls_both_ways(
    tmp_database: Path, tmp_path: Path, type_: str, values: list[object]
) -> None:
    rows = [(value,) for value in (*values, None)]
    with gpudb.connect(tmp_database) as connection:
        connection.execute(f"CREATE TABLE t (v {type_})")
        connection.cursor().executemany("INSERT INTO t VALUES (?)", rows)
        for row in rows:
            connection.execute("INSERT INTO t SELECT ?", row)
        connection.execute(f"COPY t TO '{tmp_path}/t.csv'")
        connection.execute(f"COPY t TO '{tmp_path}/t.parquet'")
    with gpudb.connect(tmp_database) as connection:
        for kind in ("csv", "parquet"):
            connection.execute(f"COPY t FROM '{tmp_path}/t.{kind}'")
        # CSV cannot tell an empty text from NULL unless it is quoted, which it is.
        found = connection.execute("SELECT v FROM t").fetchall()
        assert found == rows * 6
        assert [type(v) for (v,) in found[: len(values)]] == [type(v) for v in values]
        for value in values:
            same = connection.execute("SELECT count(*) FROM t WHERE v = ?", (value,)).fetchall()
            assert same == [(6,)], value
        assert connection.execute("SELECT count(*) FROM t WHERE v IS NULL").fetchall() == [(6,)]


@pytest.mark.parametrize("rows", [[], [(None,)]])
def test_empty_tables_and_results(
    connection: gpudb.Connection, tmp_path: Path, rows: list[tuple[None]]
) -> None:
    pq.write_table(sample(0, 1).slice(0, len(rows)), tmp_path / "few.parquet")
    connection.execute(f"CREATE TABLE t AS SELECT * FROM '{tmp_path}/few.parquet'")
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (len(rows),)
    for source in ("t", f"'{tmp_path}/few.parquet'"):
        cursor = connection.cursor()
        query = f"SELECT * FROM {source} WHERE id > 5"
        assert cursor.execute(query).fetchall() == []
        assert cursor.execute(query).fetchone() is None
        assert cursor.execute(query).fetchmany(3) == []
        assert cursor.execute(query).rowcount == 0
        assert list(cursor.execute(query)) == []
        table = cursor.execute(query).fetch_arrow_table()
        assert table.num_rows == 0 and table.schema.names == sample(0, 1).schema.names
        assert cursor.execute(query).fetch_record_batch().read_all().schema == table.schema
        assert list(cursor.execute(query).fetch_df().columns) == table.schema.names
        assert cursor.execute(query).fetch_polars().columns == table.schema.names
        assert connection.execute(f"COPY ({query}) TO '{tmp_path}/none.parquet'").rowcount == 0
        assert connection.execute(f"SELECT * FROM '{tmp_path}/none.parquet'").fetchall() == []


def test_many_columns_and_names_of_any_script(tmp_database: Path) -> None:
    names = [f"Spalte {i}: ñ列" for i in range(300)]
    table = pa.table({name: [i, None, -i] for i, name in enumerate(names)})
    with gpudb.connect(tmp_database) as connection:
        assert connection.cursor().adbc_ingest('Tabelle "é"', table) == 3
    with gpudb.connect(tmp_database) as connection:
        quoted = '"Tabelle ""é"""'
        assert connection.execute(f"SELECT * FROM {quoted}").fetch_arrow_table() == table
        sums = ", ".join(f'sum("{name}")' for name in names[:40])
        assert connection.execute(f"SELECT {sums} FROM {quoted}").fetchone() == (0,) * 40
        answer = connection.execute(f'SELECT "{names[299]}" AS "ß" FROM {quoted} ORDER BY 1')
        assert answer.fetchall() == [(-299,), (299,), (None,)]
        assert connection.execute("SHOW TABLES").fetchall()[0][0] == 'Tabelle "é"'
