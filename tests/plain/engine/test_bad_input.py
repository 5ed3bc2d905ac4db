"""Bad input: each is refused in words that name the thing and the place, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gpudb
from gpudb.storage.cache import CACHE

ROWS = [(1, "one", 3), (2, None, None)]
CSV_HEAD = "a,x,s\n"


@pytest.fixture
def connection(tmp_database: Path) -> Iterator[gpudb.Connection]:
    """A database with the table t, whose column s holds one byte."""
    with gpudb.connect(tmp_database) as opened:
        opened.execute(
            "CREATE TABLE t (a INTEGER NOT NULL, x TEXT, s INTEGER ENCODING FIXED(8));"
            "INSERT INTO t VALUES (1, 'one', 3), (2, NULL, NULL)"
        )
        yield opened


def refused(
    connection: gpudb.Connection,
    text: str,
    parameters: Sequence[object] | Mapping[str, object] | None = None,
) -> gpudb.Error:
    """Run what must fail; check that the connection works and t is as it was; return the error."""
    with pytest.raises(gpudb.Error) as caught:
        connection.execute(text, parameters)
    assert connection.execute("SELECT * FROM t ORDER BY a").fetchall() == ROWS
    assert [row[0] for row in connection.execute("SHOW TABLES").fetchall()] == ["t"]
    return caught.value


def marked(error: gpudb.Error) -> str:
    """Return the text that the caret marks."""
    place = error.place
    assert place is not None
    return place.source[place.column - 1 :][: place.width]


def write_bad_files(folder: Path) -> None:
    (folder / "text.parquet").write_text("this is no Parquet file, whatever its name says")
    (folder / "empty.parquet").write_text("")
    pq.write_table(pa.table({"a": range(1000)}), folder / "whole.parquet")
    data = (folder / "whole.parquet").read_bytes()
    (folder / "cut.parquet").write_bytes(data[: len(data) // 2])
    (folder / "empty.csv").write_text("")
    (folder / "holds nothing").mkdir()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.parquet", "there is no file '{}'; check the path"),
        ("*.none", "no file matches '{}'"),
        ("text.parquet", "'{}' is not a Parquet file: it does not begin with the bytes PAR1"),
        ("empty.parquet", "'{}' is not a Parquet file"),
        ("cut.parquet", "'{}' is truncated: the Parquet footer is missing"),
        ("empty.csv", "'{}' is empty: it has neither a header nor rows"),
        ("holds nothing", "the folder '{}' holds no file .parquet"),
    ],
)
def test_bad_files(connection: gpudb.Connection, tmp_path: Path, name: str, message: str) -> None:
    write_bad_files(tmp_path)
    path = tmp_path / name
    expected = message.format(path)
    for text in (f"SELECT * FROM '{path}'", f"CREATE TABLE u AS SELECT * FROM '{path}'"):
        error = refused(connection, text)
        assert isinstance(error, gpudb.OperationalError | gpudb.DataError)
        assert expected in error.message
        assert marked(error) == f"'{path}'"
    assert expected in refused(connection, f"COPY t FROM '{path}'").message


def test_a_damaged_parquet_page(connection: gpudb.Connection, tmp_path: Path) -> None:
    path = tmp_path / "damaged.parquet"
    pq.write_table(pa.table({"a": range(50_000)}), path, write_page_checksum=True)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    for text in (
        f"SELECT sum(a) FROM '{path}'",
        f"COPY t FROM '{path}'",
        f"CREATE TABLE u AS SELECT a FROM '{path}'",
    ):
        error = refused(connection, text)
        assert isinstance(error, gpudb.OperationalError) and str(path) in error.message


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("7,x,1\neight,x,1\n", "", "line 3, column 'a': the value 'eight' does not fit INTEGER"),
        ("7,x,1\n3000000000,x,1\n", "", "line 3, column 'a': the value '3000000000' does not fit"),
        ("7,x\n", "", "line 2: the row has 2 values where 3 are expected; nothing was loaded"),
        ("7,x,1\n8,x\n9,x,?\n", "max_reject = 1", "line 4, column 's': the value '?' does not fit"),
        (",x,1\n", "", "column 'a', row 1: NULL in a column that is NOT NULL"),
        ("7,x,1\n8,x,300\n", "", "column 's', row 2: 300 does not fit ENCODING FIXED(8); declare"),
        ("7,x,1\n", "max_rejects = 1", "there is no option max_rejects; did you mean max_reject?"),
        ("7,x,1\n", "delimiter = 'ab'", "delimiter must be one ASCII character, or tab, not 'ab'"),
    ],
)
def test_rows_of_csv_that_do_not_fit(
    connection: gpudb.Connection, tmp_path: Path, rows: str, options: str, message: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(CSV_HEAD + rows)
    text = f"COPY t FROM '{path}'" + (f" WITH ({options})" if options else "")
    assert message in refused(connection, text).message


def test_rejected_rows_are_kept_apart(connection: gpudb.Connection, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(CSV_HEAD + "7,x,1\neight,y,2\n9,z\n10,w,4\n")
    answer = connection.execute(f"COPY t FROM '{path}' WITH (max_reject = 2)")
    assert answer.rowcount == 2
    assert connection.execute("SELECT a FROM t ORDER BY 1").fetchall() == [(1,), (2,), (7,), (10,)]
    rejects = connection.execute("SELECT line, column_name, value, row_text FROM t_rejects")
    assert rejects.fetchall() == [(3, "a", "eight", "eight,y,2"), (4, None, None, "9,z")]


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("SELECT * FROM tt", "table tt does not exist; did you mean t?", "tt"),
        ("DROP TABLE tt", "table tt does not exist; did you mean t?", "tt"),
        ("COPY tt FROM 'a.csv'", "table tt does not exist; did you mean t?", "tt"),
        ("SELECT aa FROM t", "column aa does not exist; did you mean a?", "aa"),
        ("SELECT uper(x) FROM t", "function uper does not exist; did you mean upper?", "uper(x)"),
        ("SELECT a +\n FROM t", "syntax error at FROM", "FROM"),
        ("SELECT 'one\n FROM t", "the quoted text that begins here is not closed", "'"),
        ("SELCT 1", "syntax error at SELCT; did you mean SELECT?", "SELCT"),
        ("SELECT x - 1 FROM t", "operator - does not take TEXT and INTEGER", "x - 1"),
        ("SELECT a FROM t WHERE x = 5", "operator = does not take TEXT and INTEGER", "x = 5"),
        ("MERGE INTO t USING u", "MERGE is not supported yet", "MERGE"),
        ("SELECT row_number() FROM t", "row_number needs OVER (...)", None),
        ("CREATE TABLE u (a INT UNIQUE)", "UNIQUE is not supported yet", "UNIQUE"),
        ("CREATE TABLE t (a INT)", "table t exists already", "t"),
        ("SELECT a / 0 FROM t", "division by zero", "a / 0"),
        ("SELECT a % (a - 1) FROM t", "division by zero", "a % (a - 1)"),
        ("SELECT a + 2147483647 FROM t", "INTEGER overflow: 1 + 2147483647 is out of range", None),
        ("SELECT sum(9223372036854775807) FROM t", "BIGINT overflow: SUM is 1844674407", None),
        ("SELECT CAST(x AS INTEGER) FROM t", "cannot cast 'one' to INTEGER; TRY_CAST gives", None),
        (
            "INSERT INTO t VALUES (9, 'x', 300)",
            "column 's', row 1: 300 does not fit ENCODING",
            None,
        ),
        ("INSERT INTO t SELECT a, x, s + 300 FROM t", "303 does not fit ENCODING FIXED(8)", None),
        (
            "INSERT INTO t VALUES (9, 'x', 1), (NULL, 'x', 1)",
            "column 'a': NULL in a column that is NOT NULL",
            None,
        ),
        ("INSERT INTO t VALUES ('z', 'x', 1)", "column a of t: 'z' is not a valid INTEGER", "'z'"),
        ("INSERT INTO t VALUES (9, 'x')", "t takes 3 values here, but the query gives 2", None),
        ("CREATE TABLE u AS SELECT a / (a - 1) AS b FROM t", "division by zero", None),
        ("SET memory_limitt = '1GB'", "no setting memory_limitt; did you mean memory_limit?", None),
        ("COPY t TO 'none/x.csv'", "there is no folder", None),
        ("COPY t TO 'x.xyz'", "cannot tell how to write 'x.xyz'", None),
        ("", "there is no statement in the text", None),
    ],
)
def test_bad_statements(
    connection: gpudb.Connection, text: str, message: str, place: str | None
) -> None:
    error = refused(connection, text)
    assert message in error.message
    if place is not None:
        assert marked(error).startswith(place)
        shown = error.place
        assert shown is not None
        assert f"line {shown.line}, column {shown.column}: {shown.source}" in str(error)


@pytest.mark.parametrize(
    ("text", "parameters", "message"),
    [
        ("SELECT ?", (), "the statement has 1 parameter, but 0 values are given"),
        ("SELECT ?", None, "the statement has 1 parameter, but 0 values are given"),
        ("SELECT ?", (1, 2), "the statement has 1 parameter, but 2 values are given"),
        ("SELECT 1", (1,), "the statement has 0 parameters, but 1 value is given"),
        ("SELECT :n", {}, "no value is given for parameter :n"),
        ("SELECT :n", {"n": 1, "m": 2}, "the statement has no parameter :m"),
        ("SELECT ?", {"n": 1}, "give a sequence"),
        ("SELECT :n", (1,), "give a mapping"),
        ("SELECT ?", "ab", "parameters are a sequence"),
        ("SELECT ?", (object(),), "a parameter cannot be a Python object"),
        ("SELECT a + ? FROM t", ("x",), "'x' is not a valid INTEGER"),
    ],
)
def test_bad_parameters(
    connection: gpudb.Connection, text: str, parameters: Sequence[object], message: str
) -> None:
    assert message in refused(connection, text, parameters).message


def test_what_is_no_text_and_no_path(connection: gpudb.Connection) -> None:
    assert "half of a surrogate pair" in refused(connection, "SELECT '\ud800'").message
    assert "half of a surrogate pair" in refused(connection, "SELECT ?", ("\ud800",)).message
    assert "syntax error" in refused(connection, "SELECT\0 1").message
    not_text: Any = 5
    assert "SQL is given as a str, not as int" in refused(connection, not_text).message
    paths: list[Any] = ["", b"lake.gpudb", 5, "a\0b"]
    for path in paths:
        with pytest.raises(gpudb.InterfaceError, match="the path of a folder, or None"):
            gpudb.connect(path)


def test_what_is_nested_too_deeply(connection: gpudb.Connection) -> None:
    for text in (f"SELECT {'(' * 3000}1{')' * 3000}", f"SELECT {'+'.join('a' * 9999)} FROM t"):
        error = refused(connection, text)
        assert isinstance(error, gpudb.NotSupportedError) and "too deeply" in error.message


def test_names_that_are_empty(connection: gpudb.Connection) -> None:
    for name, table in (("", pa.table({"a": [1]})), ("u", pa.table({"": [1]}))):
        with pytest.raises(gpudb.ProgrammingError, match="need a name"):
            connection.cursor().adbc_ingest(name, table)
    assert [row[0] for row in connection.execute("SHOW TABLES").fetchall()] == ["t"]


def test_the_statements_before_a_bad_one_stand(connection: gpudb.Connection) -> None:
    script = "DROP TABLE t;\nCREATE TABLE n AS SELECT 1 AS a;\nSELCT 1;\nDROP TABLE n"
    with pytest.raises(gpudb.ProgrammingError) as caught:
        connection.execute(script)
    place = caught.value.place
    assert place is not None and (place.line, place.column) == (3, 1)
    assert connection.execute("SELECT a FROM n").fetchall() == [(1,)]


def chunk_file(folder: Path) -> Path:
    """Return the largest file of a chunk."""
    return max(folder.glob("tables/*/chunk-*"), key=lambda path: path.stat().st_size)


@pytest.mark.parametrize("is_missing", [True, False])
def test_a_damaged_chunk_leaves_other_tables(
    connection: gpudb.Connection, tmp_database: Path, is_missing: bool
) -> None:
    connection.execute("CREATE TABLE big (n BIGINT, m BIGINT)")
    values = [(i * i, i) for i in range(3000)]
    connection.cursor().executemany("INSERT INTO big VALUES (?, ?)", values)
    connection.close()
    path = chunk_file(tmp_database)
    if is_missing:
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[20] ^= 0xFF
        path.write_bytes(data)
    CACHE.clear()
    with gpudb.connect(tmp_database) as opened:
        with pytest.raises(gpudb.OperationalError) as caught:
            opened.execute("SELECT sum(n) FROM big")
        assert "table 'big', column 'n', chunk 0: cannot read" in caught.value.message
        assert opened.execute("SELECT * FROM t ORDER BY a").fetchall() == ROWS
        opened.execute("DROP TABLE big")
        assert [row[0] for row in opened.execute("SHOW TABLES").fetchall()] == ["t"]


def test_a_newer_format_and_a_foreign_folder(
    connection: gpudb.Connection, tmp_database: Path, tmp_path: Path
) -> None:
    connection.close()
    manifest = tmp_database / "manifest.json"
    whole = manifest.read_bytes()
    manifest.write_bytes(whole.replace(b'{"gpudb": 4', b'{"gpudb": 99'))
    with pytest.raises(gpudb.OperationalError, match=r"format 99.*install a newer gpudb"):
        gpudb.connect(tmp_database)
    manifest.write_bytes(whole)
    with gpudb.connect(tmp_database) as opened:
        assert opened.execute("SELECT * FROM t ORDER BY a").fetchall() == ROWS
    foreign = tmp_path / "letters"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("do not delete")
    with pytest.raises(gpudb.OperationalError, match=r"it holds 'thesis\.txt'"):
        gpudb.connect(foreign)


def run_program(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_second_writing_process(connection: gpudb.Connection, tmp_database: Path) -> None:
    program = "import sys, gpudb; gpudb.connect(sys.argv[1])"
    done = run_program(program, tmp_database)
    assert done.returncode == 1
    assert f"already open for writing in process {os.getpid()}" in done.stderr
    assert "read_only=True" in done.stderr
    program = (
        "import sys, gpudb\n"
        "con = gpudb.connect(sys.argv[1], read_only=True)\n"
        "print(con.execute('SELECT count(*) FROM t').fetchall())"
    )
    assert run_program(program, tmp_database).stdout == "[(2,)]\n"
    assert connection.execute("SELECT * FROM t ORDER BY a").fetchall() == ROWS


FILLS_THE_DISK = """
import resource, sys
import numpy, pyarrow
import gpudb
connection = gpudb.connect(sys.argv[1], chunk_rows=20_000)
numbers = numpy.random.default_rng(1).integers(0, 1 << 62, (4, 100_000))
data = pyarrow.table({f"c{i}": column for i, column in enumerate(numbers)})
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, resource.RLIM_INFINITY))
for load in (
    lambda: connection.cursor().adbc_ingest("u", data),
    lambda: connection.execute(f"COPY (SELECT * FROM t) TO '{sys.argv[2]}'") and None,
):
    try:
        load()
    except gpudb.OperationalError as error:
        print(error.message)
print(connection.execute("SELECT a FROM t ORDER BY 1").fetchall())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(connection.cursor().adbc_ingest("u", data))
"""


def test_a_full_disk(connection: gpudb.Connection, tmp_database: Path, tmp_path: Path) -> None:
    connection.close()
    done = run_program(FILLS_THE_DISK, tmp_database, tmp_path / "out.csv")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "writing table 'u'" in lines[0]
    assert lines[1:] == ["[(1,), (2,)]", "100000"]
    with gpudb.connect(tmp_database) as opened:
        assert opened.execute("SELECT count(*) FROM u").fetchall() == [(100_000,)]
        assert opened.execute("SELECT * FROM t ORDER BY a").fetchall() == ROWS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1; COPY t FROM '{}'", "bad.csv', line 2, column 'a': the value 'x' does not fit"),
        ("SELECT a FROM tt", "line 1, column 15: SELECT a FROM tt"),
    ],
)
def test_the_shell_says_it_and_fails(
    connection: gpudb.Connection, tmp_database: Path, tmp_path: Path, text: str, message: str
) -> None:
    connection.close()
    path = tmp_path / "bad.csv"
    path.write_text(CSV_HEAD + "x,x,1\n")
    command = [sys.executable, "-m", "gpudb", str(tmp_database), "-c", text.format(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert message in done.stderr and "Traceback" not in done.stderr
    with gpudb.connect(tmp_database) as opened:
        assert opened.execute("SELECT * FROM t ORDER BY a").fetchall() == ROWS
