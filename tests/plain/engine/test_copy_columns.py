"""COPY table (columns) FROM and TO: the columns that it names, and the places of its errors."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gpudb

TABLE = """CREATE TABLE t (k INTEGER NOT NULL, s TEXT DEFAULT 'é' || 'x', d DATE,
           n DECIMAL(6,2) DEFAULT 2.5 NOT NULL, CHECK (k < 100)) WITH (chunk_rows = 2)"""


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[gpudb.Connection]:
    monkeypatch.chdir(tmp_path)
    with gpudb.connect() as opened:
        opened.execute(TABLE)
        yield opened


def rows(connection: gpudb.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT k, s, CAST(d AS TEXT), n FROM t ORDER BY k").fetchall()


def refused(connection: gpudb.Connection, statement: str) -> tuple[str, str]:
    """Return the message of a statement's error, and the text at its place."""
    with pytest.raises(gpudb.Error) as raised:
        connection.execute(statement)
    place = raised.value.place
    assert place is not None
    begin = place.column - 1
    return raised.value.message, place.source[begin : begin + place.width]


def test_columns_in_the_files_order_take_its_values(connection: gpudb.Connection) -> None:
    Path("x.csv").write_text("2024-02-29,1\n,2\n2024-03-01,3\n")
    connection.execute("COPY t (d, k) FROM 'x.csv'")
    assert [row[:3] for row in rows(connection)] == [
        (1, "éx", "2024-02-29"),
        (2, "éx", None),
        (3, "éx", "2024-03-01"),
    ]
    assert {row[3] for row in rows(connection)} == {Decimal("2.50")}


def test_a_header_names_the_columns_in_any_order(connection: gpudb.Connection) -> None:
    Path("x.csv").write_text("S,K\na,1\n,2\n")
    connection.execute("COPY t (k, s) FROM 'x.csv'")
    assert [row[:2] for row in rows(connection)] == [(1, "a"), (2, None)]


def test_other_names_in_a_header_are_taken_by_place(connection: gpudb.Connection) -> None:
    Path("x.csv").write_text("key|word\n1|a\n2|b\n")
    connection.execute("COPY t (k, s) FROM 'x.csv' WITH (header, delimiter '|')")
    assert [row[:2] for row in rows(connection)] == [(1, "a"), (2, "b")]


def test_parquet_and_empty_files(connection: gpudb.Connection) -> None:
    pq.write_table(pa.table({"k": [4, 5], "n": [1, 2]}), "x.parquet")
    pq.write_table(pa.table({"k": pa.array([], pa.int64())}), "none.parquet")
    connection.execute("COPY t (n, k) FROM 'x.parquet'; COPY t (k) FROM 'none.parquet'")
    assert [(row[0], row[3]) for row in rows(connection)] == [(4, 1), (5, 2)]


def test_what_is_copied_out_comes_back(connection: gpudb.Connection) -> None:
    connection.execute("INSERT INTO t (k, s) VALUES (1, 'a'), (2, NULL)")
    connection.execute("COPY t (s, k) TO 'x.csv'; TRUNCATE t; COPY t (s, k) FROM 'x.csv'")
    assert [row[:2] for row in rows(connection)] == [(1, "a"), (2, None)]


@pytest.mark.parametrize(
    ("statement", "message", "place"),
    [
        ("COPY t (k, x) FROM 'x.csv'", "table t has no column x", "x"),
        ("COPY t (k, s, K) FROM 'x.csv'", "column K is given twice", "K"),
        ("COPY t () FROM 'x.csv'", "syntax error at ): expected a column's name", ")"),
        ("COPY t (k, s, d) FROM 'x.csv'", "no column d in the file", "d"),
        ("COPY t (k) FROM 'x.csv'", "column 's' of the file would be lost", "'x.csv'"),
        ("COPY t (k, d) FROM 'x.csv' WITH (header)", "column 's' of the file would", "'x.csv'"),
        (
            "COPY t (s, d) FROM 'two.csv' (header false)",
            "table 't', column 'k', row 1: NULL",
            "'two.csv'",
        ),
        ("COPY t (d, k) FROM 'two.csv' (header false)", "'two.csv', line 1", "'two.csv'"),
        ("COPY t (k, s) FROM 'missing.csv'", "missing.csv", "'missing.csv'"),
        ("COPY t (k, s) FROM 'x.csv' (header, heder 'x')", "there is no option heder", "heder"),
        ("COPY t FROM 'x.csv' WITH (header maybe)", "the option header must be true", "header"),
        ("COPY t FROM 'x.csv' (null '', nulls 'x')", "the option nulls is given twice", "nulls"),
        ("COPY t (k, s) FROM 'big.csv'", "CHECK (k < 100), refuses the row k = 100", "k"),
        ("COPY t FROM 'big.csv'", "CHECK (k < 100), refuses the row k = 100", "'big.csv'"),
        ("COPY t (k, s) FROM 'nulls.csv'", "table 't', column 'k', row 1: NULL", "k"),
        ("COPY t (k, x) TO 'y.csv'", "column x does not exist", "x"),
        ("COPY t TO 'nowhere/y.csv'", "there is no folder", "'nowhere/y.csv'"),
        ("COPY t TO 'y.csv' (quotd false)", "there is no option quotd", "quotd"),
    ],
)
def test_mistakes_have_places(
    connection: gpudb.Connection, statement: str, message: str, place: str
) -> None:
    Path("x.csv").write_text("k,s\n1,a\n2,b\n")
    Path("two.csv").write_text("x,2024-01-01\ny,2024-01-02\n")
    Path("big.csv").write_text("k,s\n100,a\n")
    Path("nulls.csv").write_text("k,s\n,a\n")
    found, where = refused(connection, statement)
    assert message in found
    assert where == place
    assert rows(connection) == []
