"""INSERTs of literals, which are read from the text, against the same that are planned."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from shutil import copytree

import pytest

import gpudb

TYPES = (
    "TINYINT",
    "INTEGER",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL(5,2)",
    "DECIMAL(38,3)",
    "TEXT",
    "TEXT ENCODING DICT(8)",
    "BOOLEAN",
    "DATE",
    "TIME",
    "TIMESTAMP(3)",
    "INTEGER NOT NULL",
    "INTEGER ENCODING FIXED(8)",
    "INTEGER[]",
)
LITERALS = (
    *("0", "-0", "127", "-129", "2147483648", "-9223372036854775808", "9" * 30, "9" * 60, "007"),
    *("1.5", "-2.5", ".5", "5.", "-0.0", "0.1", "123.455", "-999.995", "9999.5", "0." + "3" * 50),
    *("1e3", "-1E-3", "-0e0", "1e999", "16777217.0"),
    *("NULL", "null", "TRUE", "false"),
    *("''", "'it''s'", "'Zürich'", "'a\\b'", "'12'", "'1.5'", "'t'", "'{1,2}'"),
    *("'2020-02-29'", "'2021-02-29'", "'2020-02-29 12:34:56.7895'", "'23:59:59.5'", "'12/31/2020'"),
)


def stored(connection: gpudb.Connection, type_: str, rows: str) -> tuple[list[object], str]:
    """Return what a column of a type holds after an INSERT, and the error there was."""
    connection.execute("DROP TABLE IF EXISTS t")
    connection.execute(f"CREATE TABLE t (x {type_})")
    message = ""
    try:
        connection.execute(f"INSERT INTO t VALUES {rows}")
    except gpudb.Error as error:
        # The caret stands elsewhere, the comment being between.
        message = f"{type(error).__name__} {error.message}"
    return [repr(x) for (x,) in connection.execute("SELECT x FROM t").fetchall()], message


@pytest.mark.parametrize("type_", TYPES)
def test_a_literal_is_stored_as_the_planner_would(type_: str) -> None:
    with gpudb.connect() as connection:
        for literal in LITERALS:
            # A comment is no part of the form that is read from the text.
            planned = stored(connection, type_, f"/* */ ({literal})")
            assert stored(connection, type_, f"({literal})") == planned, literal


def test_columns_are_matched_by_name_and_others_are_null_or_have_defaults() -> None:
    with gpudb.connect() as connection:
        connection.execute('CREATE TABLE t (a INTEGER, "B c" TEXT, d INTEGER DEFAULT 7)')
        connection.execute("""INSERT INTO T ("b C", D) VALUES ('x', 1), (NULL, 2);""")
        connection.execute("INSERT INTO main.t (a) VALUES ( 5 )")
        connection.execute("INSERT INTO t (d, a) VALUES (DEFAULT, 6)")
        rows = connection.execute("SELECT * FROM t").fetchall()
    assert rows == [(None, "x", 1), (None, None, 2), (5, None, 7), (6, None, 7)]


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("INSERT INTO t VALUES (1, 2), (3)", "3"),
        ("INSERT INTO t VALUES (1, 2, 3)", "t"),
        ("INSERT INTO t (a, c) VALUES (1, 2)", "c"),
        ("INSERT INTO t (a, a) VALUES (1, 2)", "a"),
        ("INSERT INTO u VALUES (1, 2)", "u"),
        ("INSERT INTO nowhere.t VALUES (1, 2)", "nowhere.t"),
        ("INSERT INTO v VALUES (1)", "v"),
        ("INSERT INTO t VALUES (1, -5)", "t"),
        ("INSERT INTO t VALUES (NULL, 1)", "t"),
    ],
)
def test_an_error_stands_where_it_would_otherwise(statement: str, place: str) -> None:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE t (a INTEGER NOT NULL, b INTEGER CHECK (b > 0))")
        connection.execute("CREATE VIEW v AS SELECT 1 AS x")
        with pytest.raises(gpudb.Error) as raised:
            connection.execute(statement)
        error = raised.value
        assert error.begin is not None
        assert statement[error.begin : error.end] == place
        assert connection.execute("SELECT count(*) FROM t").fetchall() == [(0,)]


def test_a_transaction_holds_and_undoes_them() -> None:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE t (a INTEGER NOT NULL)")
        connection.execute("BEGIN")
        for row in range(3):
            connection.execute(f"INSERT INTO t VALUES ({row})")
        assert connection.execute("SELECT sum(a) FROM t").fetchall() == [(3,)]
        connection.execute("ROLLBACK")
        assert connection.execute("SELECT count(*) FROM t").fetchall() == [(0,)]


def test_every_width_and_form_is_found() -> None:
    from gpudb.sql.literal_rows import find_literal_rows

    for width, blank in product((1, 2, 150), ("", " \n")):
        row = f"({blank}{f'{blank},{blank}'.join(['1'] * width)}{blank})"
        found = find_literal_rows(f"insert into t values{blank}{row}{blank},{row}{blank};")
        assert found is not None
        assert found.cells == (["1", "1"],) * width
    for text in ("VALUES (1+1)", "VALUES (?)", "VALUES (1) RETURNING a", "SELECT 1", "VALUES ()"):
        assert find_literal_rows(f"INSERT INTO t {text}") is None
    for rows in (
        "(1),",
        "(1), ;",
        "(1) (2)",
        "(1),,(2)",
        "(1), (2, 3)",
        "(1);;",
        "(1), (",
        "(1), 2",
    ):
        assert find_literal_rows(f"INSERT INTO t VALUES {rows}") is None


def test_the_log_holds_them_as_they_are(tmp_path: Path) -> None:
    """The folder is copied before it is closed, as a kill would leave it."""
    names = ", ".join(f"c{n} {type_}" for n, type_ in enumerate(TYPES[:-1]))
    rows = (
        "(1, -2, 3, 1.5, -2.5, 1.25, 12.125, 'a', 'b', TRUE, '2020-02-29', '12:34:56.5',"
        " '2020-02-29 01:02:03.004', 5, 6)"
        f", ({'NULL, ' * 13} -7, NULL)"
    )
    with gpudb.connect(tmp_path / "one") as connection:
        connection.execute(f"CREATE TABLE t ({names}, other INTEGER[])")
        columns = ", ".join(f"c{n}" for n in range(len(TYPES) - 1))
        connection.execute(f"INSERT INTO t ({columns}) VALUES {rows}")
        connection.execute(f"CREATE TABLE u ({names})")
        connection.execute(f"INSERT INTO u VALUES {rows}")
        connection.execute(f"INSERT INTO u VALUES {rows}")
        wanted = [connection.execute(f"SELECT * FROM {each}").fetchall() for each in "tu"]
        copytree(tmp_path / "one", tmp_path / "other")
    with gpudb.connect(tmp_path / "other") as connection:
        found = [connection.execute(f"SELECT * FROM {each}").fetchall() for each in "tu"]
    assert found == wanted
    assert [len(rows) for rows in found] == [2, 4]
