"""What binding refuses: the message and the marked place."""

from __future__ import annotations

import pytest

from gpudb.errors import DataError, Error, NotSupportedError, OperationalError, ProgrammingError
from tests.plain.sql.binding import bound

WRONG = [
    # Names.
    ("SELECT a FROM tt", "table tt does not exist; did you mean t?", "tt"),
    ("SELECT a FROM x.csv", "schema x does not exist; there are information_schema, main", "x"),
    ("SELECT z.a FROM t", "table z is not in FROM; there are t", "z.a"),
    ("SELECT b FROM u", "column b does not exist; there are a, y", "b"),
    ("SELECT l_shipdat FROM lineitem", "column l_shipdat does not exist; did you mean l_shipdate?",
     "l_shipdat"),
    ("SELECT a FROM t, u", "column a is ambiguous: it may be t.a and u.a", "a"),
    ("SELECT uper(x) FROM t", "function uper does not exist; did you mean upper?", "uper(x)"),
    ("SELECT * FROM t, t", "table t stands twice in FROM; give one of them an alias", "t#3"),
    ("SELECT *", "SELECT * needs FROM", "*"),
    ("SELECT FROM t", "syntax error: SELECT has no columns", "SELECT"),
    ("SELECT a FROM (SELECT a FROM u) q (k)", "column a does not exist; there are k", "a"),
    ("SELECT * FROM u v (p, q, r)", "v has 2 columns, not 3", "r"),
    ("SELECT a FROM u LIMIT a", "column a does not exist", "a#2"),
    # Types.
    ("SELECT a + x FROM t",
     "operator + does not take INTEGER and TEXT; texts are joined by ||", "a + x"),
    ("SELECT day + day FROM t", "operator + does not take DATE and DATE", "day + day"),
    ("SELECT -x FROM t", "operator - does not take TEXT", "-x"),
    ("SELECT f % 2 FROM t",
     "operator % does not take DOUBLE; cast to INTEGER or DECIMAL", "f % 2"),
    ("SELECT x = a FROM t", "operator = does not take TEXT and INTEGER together", "x = a"),
    ("SELECT a FROM t WHERE a", "WHERE takes a BOOLEAN, not INTEGER", "a#2"),
    ("SELECT b AND 1 FROM t", "AND takes a BOOLEAN, not INTEGER", "1"),
    ("SELECT NOT a FROM t", "NOT takes a BOOLEAN, not INTEGER", "a"),
    ("SELECT upper(a) FROM t", "upper(INTEGER) does not exist; there is upper(TEXT)", "upper(a)"),
    ("SELECT coalesce(a, x) FROM t",
     "COALESCE does not take INTEGER and TEXT together", "coalesce(a, x)"),
    ("SELECT nullif(a) FROM t", "nullif takes 2 arguments, not 1", "nullif(a)"),
    ("SELECT x LIKE 5 FROM t", "LIKE takes TEXT, not INTEGER", "x LIKE 5"),
    ("SELECT CAST(day AS int) FROM t", "a DATE cannot be cast to INTEGER", "CAST(day AS int)"),
    ("SELECT extract(yaer FROM day) FROM t", "EXTRACT has no field YAER; did you mean year?",
     "extract(yaer FROM day)"),
    ("SELECT date_trunc('fortnight', day) FROM t", "DATE_TRUNC has no unit fortnight",
     "date_trunc('fortnight', day)"),
    ("SELECT INTERVAL '3 foo'", "'3 foo' is not an INTERVAL: there is no unit foo",
     "INTERVAL '3 foo'"),
    ("SELECT sum(x) FROM t", "sum does not take TEXT", "sum(x)"),
    ("SELECT max(b) FROM t", "max does not take BOOLEAN", "max(b)"),
    ("SELECT CAST(a AS foo) FROM t", "type FOO is not known; there are BOOLEAN, TINYINT, SMALLINT, "
     "INTEGER, BIGINT, FLOAT, DOUBLE, DECIMAL, DATE, TIME, TIMESTAMP and TEXT",
     "CAST(a AS foo)"),
    # Aggregates.
    ("SELECT a, count(*) FROM t", "column a is neither in GROUP BY nor inside an aggregate; "
     "add it to GROUP BY or take min(a)", "a"),
    ("SELECT x FROM t GROUP BY x HAVING a > 1", "column a is neither in GROUP BY nor inside an "
     "aggregate; add it to GROUP BY or take min(a)", "a"),
    ("SELECT x FROM t WHERE sum(a) > 1", "an aggregate cannot stand in WHERE", "sum(a)"),
    ("SELECT sum(max(a)) FROM t", "an aggregate cannot stand in the argument of sum", "max(a)"),
    ("SELECT sum(a, s) FROM t", "sum takes one argument, not 2", "sum(a, s)"),
    ("SELECT max(*) FROM t", "only count takes *, not max", "max(*)"),
    ("SELECT upper(*) FROM t", "upper does not take *", "upper(*)"),
    ("SELECT x FROM t GROUP BY 2", "GROUP BY 2: the SELECT list has columns 1 to 1", "2"),
    ("SELECT x FROM t ORDER BY 9", "ORDER BY 9: the SELECT list has columns 1 to 1", "9"),
    ("SELECT DISTINCT a FROM t ORDER BY x",
     "with DISTINCT, ORDER BY takes only what the SELECT list shows", "x"),
    # Joins, WITH, VALUES, LIMIT.
    ("SELECT * FROM t JOIN u", "JOIN needs ON or USING (or write CROSS JOIN)", "u"),
    ("SELECT * FROM t JOIN u USING (y)", "column y does not exist", "u"),
    ("WITH c AS (SELECT 1), c AS (SELECT 2) SELECT 3", "WITH defines c twice", "c#2"),
    ("VALUES (1, 2), (3)", "this row has 1 values, the first has 2", "3"),
    ("SELECT a FROM u LIMIT -1", "LIMIT takes a number of rows, not -1", "-1"),
    ("SELECT a IN () FROM u", "syntax error: IN has no values", "a"),
    ("SELECT a IN s FROM u", "syntax error: IN takes values in parentheses", "a"),
    # INSERT.
    ("INSERT INTO zz VALUES (1)", "table zz does not exist", "zz"),
    ("INSERT INTO u VALUES (1)", "u takes 2 values here, but the query gives 1", "u"),
    ("INSERT INTO u (a, q) VALUES (1, 2)", "table u has no column q; there are a, y", "q"),
    ("INSERT INTO u (a, A) VALUES (1, 2)", "column A is given twice", "A"),
    ("INSERT INTO u SELECT x, x FROM t",
     "column a of u is INTEGER, not TEXT; write CAST(... AS INTEGER)", "u"),
]  # fmt: skip

VALUES = [
    ("SELECT day < '1995-13-01' FROM t", "'1995-13-01' is not a valid DATE", "'1995-13-01'"),
    ("SELECT DATE '2023-02-29'", "'2023-02-29' is not a valid DATE", "'2023-02-29'"),
    ("SELECT CAST('abc' AS int)", "'abc' is not a valid INTEGER", "'abc'"),
    ("SELECT CAST(300 AS tinyint)", "300 is out of range for TINYINT", "300"),
    ("SELECT '5.5'::int", "'5.5' is not a valid INTEGER", "'5.5'"),
    ("INSERT INTO u VALUES (1, 'x'), ('y', 'z')",
     "column a of u: 'y' is not a valid INTEGER", "'y'"),
]  # fmt: skip

LATER = [
    ("SELECT sum(a) OVER (ORDER BY time '1:00' RANGE to_days(a) PRECEDING) FROM t",
     "RANGE over TIME by another INTERVAL DAY TO SECOND in each row", "to_days(a)"),
    ("SELECT ARRAY[ARRAY[a]] FROM t", "an array of INTEGER[]", "a"),
    ("WITH RECURSIVE c AS (SELECT 1 UNION SELECT 2 FROM c, c d) SELECT * FROM c",
     "c twice in its recursive part is", "c d"),
]  # fmt: skip


def check(text: str, message: str, marked: str, kind: type[Error]) -> None:
    """`marked#2` stands for the second place of `marked` as a word in the text."""
    with pytest.raises(Error) as caught:
        bound(text)
    assert caught.value.message.startswith(message)
    place = caught.value.place
    assert place is not None
    word = marked.partition("#")[0]
    begin = place.column - 1
    shown = text[begin : begin + place.width]
    assert shown == word or shown.startswith(word)
    if "#" in marked:
        assert begin > text.index(word)


@pytest.mark.parametrize(("text", "message", "marked"), WRONG)
def test_wrong_statements(text: str, message: str, marked: str) -> None:
    check(text, message, marked, ProgrammingError)


@pytest.mark.parametrize(("text", "message", "marked"), VALUES)
def test_wrong_values(text: str, message: str, marked: str) -> None:
    check(text, message, marked, DataError)


@pytest.mark.parametrize(("text", "message", "marked"), LATER)
def test_not_supported_yet(text: str, message: str, marked: str) -> None:
    check(text, message, marked, NotSupportedError)


def test_missing_file() -> None:
    with pytest.raises(OperationalError, match=r"there is no file missing\.parquet") as caught:
        bound("SELECT * FROM 'missing.parquet'")
    assert caught.value.begin == 14


def test_columns_of_a_table_are_distinct() -> None:
    with pytest.raises(ProgrammingError, match="table q would have two columns a"):
        bound("CREATE TABLE q AS SELECT a, a FROM t")


def test_places_in_later_lines_and_statements() -> None:
    with pytest.raises(ProgrammingError) as caught:
        bound("SELECT a FROM t\nWHERE a = 1 AND\n  bar > 2")
    assert str(caught.value) == (
        "column bar does not exist\nline 3, column 3:   bar > 2\n                    ^^^"
    )


def test_deep_nesting_is_an_error() -> None:
    with pytest.raises(NotSupportedError, match="nested too deeply"):
        bound("SELECT " + " + ".join(["a"] * 5000) + " FROM t")
