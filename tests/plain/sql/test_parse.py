"""parse_script: statements, what is in them, and syntax errors with their places."""

from __future__ import annotations

import pytest

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.sql import statement, tree
from gpudb.sql.definition import Definition, Encoding
from gpudb.sql.expr import Span
from gpudb.sql.parse import parse_script, split_script
from gpudb.sql.statement import ExplainForm
from gpudb.storage import types


def only(text: str) -> tree.Tree:
    (parsed,) = parse_script(text)
    return parsed.body


def test_script_is_split_at_semicolons() -> None:
    text = "SELECT ';' AS a; -- one; two\n SHOW TABLES /* ; */ ;;"
    assert [parsed.source for parsed in parse_script(text)] == ["SELECT ';' AS a", "SHOW TABLES"]
    assert parse_script("  -- nothing\n;") == []


def test_create_table() -> None:
    body = only(
        """CREATE TABLE IF NOT EXISTS "My Table" (
             a INT NOT NULL ENCODING FIXED(8), b decimal(10, 2), c TEXT ENCODING DICT,
             d DOUBLE PRECISION NULL, e TIMESTAMP(3), f DATE ENCODING DAYS(16) NOT NULL,
             g VARCHAR(20) ENCODING NONE, h TINYINT, i TIME, j BOOLEAN, k FLOAT, l TIMESTAMP
           ) WITH (chunk_rows = 1000, fragment_size = 5)"""
    )
    assert isinstance(body, tree.CreateTableTree)
    assert (body.name.text, body.making.if_not_exists, body.checks) == ("My Table", True, ())
    assert body.options == {"chunk_rows": 1000, "fragment_size": 5}
    assert tuple(column.definition for column in body.columns) == (
        Definition("a", types.INTEGER, True, Encoding("FIXED", 8)),
        Definition("b", types.decimal(10, 2)),
        Definition("c", types.TEXT, False, Encoding("DICT", 32)),
        Definition("d", types.DOUBLE),
        Definition("e", types.timestamp(3)),
        Definition("f", types.DATE, True, Encoding("DAYS", 16)),
        Definition("g", types.TEXT, False, Encoding("NONE")),
        Definition("h", types.TINYINT),
        Definition("i", types.TIME),
        Definition("j", types.BOOLEAN),
        Definition("k", types.FLOAT),
        Definition("l", types.timestamp(6)),
    )


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("SHOW TABLES", tree.ShowListTree("tables")),
        ("RESET ALL", statement.ResetSetting(None)),
        ("SET threads = DEFAULT", statement.ResetSetting("threads")),
        ("EXECUTE P (1 + 2, 'x,')", statement.Execute("p", ("1 + 2", "'x,'"))),
        (
            "prepare P (int, text) as select $1",
            statement.Prepare("p", ("INTEGER", "TEXT"), "select $1"),
        ),
        ("DEALLOCATE PREPARE p", statement.Deallocate("p")),
        ("SHOW ALL", statement.Show("all")),
        ("show Device", statement.Show("device")),
        ("show threads", statement.Show("threads")),
        ("SET threads = 4", statement.SetSetting("threads", 4)),
        ("SET device TO 'cpu'", statement.SetSetting("device", "cpu")),
        ("SET x = -1.5", statement.SetSetting("x", -1.5)),
        ("SET progress = on", statement.SetSetting("progress", "on")),
        ("SET progress = TRUE", statement.SetSetting("progress", True)),
        ("COPY t FROM 'a.csv'", tree.CopyFromTree(tree.Name("t", Span(5, 6)), (), "a.csv", {})),
        (
            "COPY t (\"B\") FROM 'a.csv'",
            tree.CopyFromTree(
                tree.Name("t", Span(5, 6)), (tree.Name("B", Span(8, 11)),), "a.csv", {}
            ),
        ),
        (
            "COPY t FROM 'a*.csv' WITH (HEADER, delimiter '|', max_reject = 5, nulls = NULL)",
            tree.CopyFromTree(
                tree.Name("t", Span(5, 6)),
                (),
                "a*.csv",
                {"header": True, "delimiter": "|", "max_reject": 5, "nulls": None},
            ),
        ),
    ],
)
def test_statements_without_queries(text: str, body: tree.Tree) -> None:
    assert only(text) == body


def test_statements_with_queries() -> None:
    copy = only("COPY (SELECT 1) TO 'x.parquet' WITH (header = false)")
    assert isinstance(copy, tree.CopyToTree)
    assert (copy.path, copy.options) == ("x.parquet", {"header": False})
    whole = only("COPY \"T\" TO 'x.csv'")
    assert isinstance(whole, tree.CopyToTree)
    assert whole.query.tree.sql() == 'SELECT * FROM "T"'
    made = only("CREATE TABLE t AS SELECT 1 WITH (chunk_rows = 3)")
    assert isinstance(made, tree.CreateTableAsTree)
    assert (made.name.text, made.options) == ("t", {"chunk_rows": 3})
    assert made.query.tree.sql() == "SELECT 1"
    before = only("CREATE TABLE t WITH (chunk_rows = 3) AS WITH c AS (SELECT 1) SELECT * FROM c")
    assert isinstance(before, tree.CreateTableAsTree)
    assert before.options == {"chunk_rows": 3}
    insert = only('INSERT INTO t (a, "B") VALUES (1, 2)')
    assert isinstance(insert, tree.InsertTree)
    assert [name.text for name in insert.columns] == ["a", "B"]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("EXPLAIN SELECT 1", ExplainForm.PLAN),
        ("EXPLAIN PLAN SELECT 1", ExplainForm.PLAN),
        ("explain code SELECT 1", ExplainForm.CODE),
        ("EXPLAIN ANALYZE SELECT 1", ExplainForm.ANALYZE),
    ],
)
def test_explain(text: str, form: ExplainForm) -> None:
    body = only(text)
    assert isinstance(body, tree.ExplainTree)
    assert body.form is form
    assert isinstance(body.body, tree.QueryTree)


def test_parameters_are_found_in_order() -> None:
    (parsed,) = parse_script("SELECT ?, '?', a::int FROM t WHERE b = ? -- ?")
    assert [slot.name for slot in parsed.parameters] == [None, None]
    (parsed,) = parse_script("SELECT :from, x FROM t WHERE b = :b AND c = :from")
    assert [slot.name for slot in parsed.parameters] == ["from", "b", "from"]
    begins = [parsed.text[s.span.begin : s.span.end] for s in parsed.parameters]
    assert begins == [":from", ":b", ":from"]


SYNTAX_ERRORS = {
    "selec 1": ("syntax error at selec; did you mean SELECT?", "selec"),
    "SELECT a b c FROM t": ("syntax error at c", "c"),
    "SELECT a, FROM t": ("syntax error at FROM", "FROM"),
    "SELECT (a FROM t": ("syntax error at FROM: expected )", "FROM"),
    "SELECT CAST(a int)": ("syntax error at int: expected AS after CAST", "int"),
    "SELECT 'abc": ("syntax error: the quoted text that begins here is not closed", "'"),
    "SELECT 1 /* x": ("syntax error: the comment that begins here is not closed", "/"),
    "SELECT $x": ("parameters are written ?, :name or $1; write :x", "$"),
    "SELECT $ x": ("parameters are written ?, :name or $1", "$"),
    "CREATE TABLE t (a int, A int)": ("column A is given twice", "A"),
    "CREATE TABLE t (a foo)": ("type foo is not known", "foo"),
    "CREATE TABLE t (a DECIMAL(40))": (
        "DECIMAL(40,0) does not exist; it has 1 to 38 digits, scale among them",
        "DECIMAL(40)",
    ),
    "CREATE TABLE t (a TIMESTAMP(4))": (
        "TIMESTAMP(4) does not exist; it may be 0, 3, 6 or 9",
        "TIMESTAMP(4)",
    ),
    "CREATE TABLE t (a TEXT ENCODING DICT(7))": (
        "ENCODING DICT must be DICT(8) or DICT(16) or DICT(32)",
        "DICT",
    ),
    "CREATE TABLE t (a TEXT ENCODING DICK(8))": (
        "encoding DICK is not known; did you mean DICT? (there are DICT, FIXED, DAYS and NONE)",
        "DICK",
    ),
    "CREATE TABLE t (a INT ENCODING DAYS(16))": (
        "ENCODING DAYS does not fit column a, which is INTEGER",
        "DAYS",
    ),
    "SET x": ("syntax error: the statement ends too early; expected =", ""),
    "COPY t FROM x": ("syntax error at x: expected a file's path in quotes", "x"),
    "COPY t FROM 'x' WITH (a 1, A 2)": ("option A is given twice", "A"),
    "DROP TABLE": ("syntax error: the statement ends too early; expected a table's name", ""),
    "SHOW TABLES x": ("syntax error at x: expected the end of the statement", "x"),
    "INSERT INTO t (a) 5": ("syntax error at 5: expected VALUES or SELECT", "5"),
}


@pytest.mark.parametrize(("text", "expected"), SYNTAX_ERRORS.items())
def test_syntax_errors(text: str, expected: tuple[str, str]) -> None:
    with pytest.raises(ProgrammingError) as caught:
        parse_script(text)
    message, marked = expected
    assert caught.value.message == message
    place = caught.value.place
    assert place is not None
    assert text[place.column - 1 : place.column - 1 + len(marked)] == marked
    assert place.width == max(len(marked), 1)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 +",
        "SELECT a FROM",
        "SELECT a FROM t WHERE",
        "SELECT a FROM t GROUP BY",
        "SELECT count(*",
        "EXPLAIN",
        "CREATE TABLE t (a int",
        "SELECT a FROM t LIMIT",
    ],
)
def test_unfinished_statements(text: str) -> None:
    with pytest.raises(ProgrammingError, match="the statement ends too early") as caught:
        parse_script(text)
    assert caught.value.place is not None
    assert caught.value.place.column == len(text) + 1


def test_error_prints_line_column_and_caret() -> None:
    with pytest.raises(ProgrammingError) as caught:
        parse_script("SELECT a\nFROM t\nWHERE a b")
    assert str(caught.value) == (
        "syntax error at b\nline 3, column 9: WHERE a b\n                          ^"
    )


@pytest.mark.parametrize("text", ["MERGE INTO t", "GRANT ALL", "ATTACH 'x'", "VACUUM"])
def test_later_statements_are_refused(text: str) -> None:
    with pytest.raises(NotSupportedError, match="is not supported yet"):
        parse_script(text)


def test_constraints_are_refused() -> None:
    with pytest.raises(NotSupportedError, match="PRIMARY KEY is not supported yet in CREATE TABLE"):
        parse_script("CREATE TABLE t (a int PRIMARY KEY)")


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    with pytest.raises(Error, match="nested too deeply"):
        parse_script("SELECT " + "(" * 5000 + "1" + ")" * 5000)


def test_a_script_is_split_without_parsing() -> None:
    text = "SELECT 1 ; -- one;\nSELCT ';' ;; SELECT $$;$$"
    assert split_script(text) == ["SELECT 1", "SELCT ';'", "SELECT $$;$$"]
    assert split_script(" -- nothing") == []
    with pytest.raises(ProgrammingError, match="is not closed"):
        split_script("SELECT 1; SELECT 'a")


@pytest.mark.parametrize("text", ["SELECT 1", " \nSELECT 'ä' ;\n", "SELECT f(1, ';');"])
def test_one_statement_is_split_as_several_are(text: str) -> None:
    statements = split_script(text)
    assert [*statements, "SELECT 2"] == split_script(f"{text.strip().rstrip(';')}; SELECT 2")
    assert len(parse_script(text)) == 1


def test_one_statement_that_is_not_closed_is_refused_where_it_begins() -> None:
    (statement,) = split_script(" SELECT 'a;")
    with pytest.raises(ProgrammingError, match="is not closed") as refused:
        parse_script(statement)
    assert refused.value.begin == len("SELECT ")


def test_a_column_holds_at_most_38_digits() -> None:
    parse_script("CREATE TABLE t (a INTEGER, b DECIMAL(38, 2))")
    with pytest.raises(ProgrammingError, match=r"DECIMAL\(39,2\) does not exist") as caught:
        parse_script("CREATE TABLE t (a INTEGER, b DECIMAL(39, 2))")
    assert caught.value.place is not None and caught.value.place.column == 30
