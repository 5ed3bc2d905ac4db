"""Queries that differ in literals only are bound once; what is bound is that of their own text."""

from __future__ import annotations

import itertools

import pytest

import gpudb
from gpudb import engine
from gpudb.shapes import cut
from tests.plain.engine.agreement import answer

QUESTIONS = (
    "SELECT count(*) FROM t WHERE a = {} AND b < {}",
    "SELECT a FROM t WHERE a BETWEEN {} AND {} OR NOT b > -{} ORDER BY a",
    "SELECT a FROM t WHERE price * {} >= {} + 0.5 ORDER BY a",
    "SELECT a FROM t WHERE note = '{}' OR note >= '{}' ORDER BY a",
    "SELECT a FROM t WHERE day < DATE '1998-0{}-11' + INTERVAL '{}' day ORDER BY a",
    "SELECT x.a FROM t x JOIN t y ON x.a = y.a + {} WHERE y.b <> {} ORDER BY 1 LIMIT 3",
    "SELECT a + {} FROM t WHERE a IN (SELECT b FROM t WHERE a > {}) ORDER BY 1",
    "SELECT a FROM t WHERE a > {} AND day <> TRY_CAST('1998-0{}-11' AS DATE) ORDER BY a",
    "SELECT a FROM t WHERE day >= CAST('1998-0{}-1{}' AS DATE) ORDER BY a",
    "SELECT a FROM t WHERE -a + {} > -({} - 1) AND (a, b) <> ({}, 3) ORDER BY a",
    "SELECT a FROM t WHERE a * {} / {} > 2 AND note LIKE '%{}' ORDER BY a",
    "SELECT b, count(*) FROM t WHERE a > {} GROUP BY b HAVING count(*) > {} ORDER BY b",
    "SELECT a FROM v WHERE a <> {} AND b < {} ORDER BY a",
    "WITH c AS (SELECT a, b FROM t WHERE a > {}) SELECT a FROM c WHERE b <= {} ORDER BY a",
)
VALUES = ("0", "1", "3", "7", "2.5", "9", "100", "3000000000", "4" * 20, "0.001", "5" * 40)


@pytest.fixture
def connection() -> gpudb.Connection:
    connection = gpudb.connect()
    connection.execute(
        "CREATE TABLE t (a SMALLINT, b INTEGER, price DECIMAL(9, 2), note TEXT, day DATE)"
    )
    rows = ", ".join(
        f"({n}, {n * 3 % 11}, {n}.75, '{n % 5}', DATE '1998-0{n % 9 + 1}-11')" for n in range(40)
    )
    connection.execute(f"INSERT INTO t VALUES {rows}, (NULL, NULL, NULL, NULL, NULL)")
    connection.execute("CREATE VIEW v AS SELECT * FROM t WHERE a = 3 AND b = 9 OR a > 7")
    return connection


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_are_those_of_a_text_never_heard(
    connection: gpudb.Connection, question: str
) -> None:
    count = question.count("{}")
    for values in itertools.product(VALUES, repeat=count):
        # A part of them, which has every value in every place.
        if sum(map(VALUES.index, values)) % 4 ** (count - 1):
            continue
        text = question.format(*values)
        found = answer(connection, text)
        connection._engine.session.prepared.clear()  # type: ignore[attr-defined]
        assert answer(connection, text) == found, text


@pytest.mark.parametrize("unit", ["", " MONTH"])
def test_an_interval_may_say_less_than_another(connection: gpudb.Connection, unit: str) -> None:
    says = ["1 month 2 days", "6", "-3", "6 months", "1 year 5 hours", "nothing", "", "9 days"]
    for first, then in itertools.permutations(says, 2):
        connection._engine.session.prepared.clear()  # type: ignore[attr-defined]
        question = f"SELECT a FROM t WHERE day < DATE '1998-02-11' + INTERVAL '{{}}'{unit}"
        answer(connection, question.format(first))
        found = answer(connection, question.format(then))
        connection._engine.session.prepared.clear()  # type: ignore[attr-defined]
        assert answer(connection, question.format(then)) == found, (first, then)


def test_other_literals_are_not_bound_anew(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "SELECT count(*) FROM t WHERE b < {} AND note = '{}' AND price > {}"
    connection.execute(question.format(5, "1", 2.5)).fetchall()
    monkeypatch.delattr(engine, "bind")
    monkeypatch.delattr(engine, "parse_script")
    assert connection.execute(question.format(11, "2", 1.5)).fetchall() == [(8,)]
    assert connection.execute(question.format(7, "äöü", 9.5)).fetchall() == [(0,)]


@pytest.mark.parametrize("number", ["12345", "0"])
def test_an_error_has_the_place_of_its_own_text(connection: gpudb.Connection, number: str) -> None:
    question = "SELECT a FROM t WHERE b <> {} AND 10 / (b - 3) > 1"
    assert connection.execute("SELECT 1 FROM t WHERE a = 99").fetchall() == []
    connection.execute("CREATE TABLE u AS SELECT * FROM t WHERE b <> 3")
    of_u = question.replace("FROM t", "FROM u")
    connection.execute(of_u.format(1)).fetchall()
    connection.execute("INSERT INTO u (b) VALUES (3)")
    text = of_u.format(number)
    for _ in range(2):
        with pytest.raises(gpudb.DataError, match="division by zero") as caught:
            connection.execute(text)
        assert caught.value.begin is not None
        assert text[caught.value.begin : caught.value.end] == "10 / (b - 3)"


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        ("SELECT 1, 'a', 2.50 FROM t1", ("1", "'a'", "2.50")),
        ("SELECT a FROM t WHERE x = -5 AND y IN (1,2)", ("5", "1", "2")),
        ("SELECT x1, 1e5, 0x1F, 1., .5, 1.2.3, $1, t.2, a[3]", ("3",)),
        ("SELECT E'a\\'b', 'it''s', '', 'ö'", ("''", "'ö'")),
        ('SELECT "1", "a 2 b"', ("2",)),
    ],
)
def test_texts_are_cut_at_plain_literals(text: str, literals: tuple[str, ...]) -> None:
    found = cut(text)
    assert found is not None
    assert found.literals == literals
    assert tuple(text[begin:end] for begin, end in found.places) == literals


def test_a_text_without_literals_is_not_cut() -> None:
    assert cut("SELECT a FROM t1") is None
    assert cut(f"SELECT {', '.join(map(str, range(500)))}") is None


def test_what_the_moment_decides_is_bound_anew(connection: gpudb.Connection) -> None:
    connection.execute("CREATE VIEW moments AS SELECT now() AS n, a FROM t")
    connection.execute("CREATE VIEW chances AS SELECT random() AS n, a FROM t")
    connection.execute("CREATE VIEW choices AS SELECT current_setting('threads') AS n, a FROM t")
    questions = (
        "SELECT statement_timestamp(), a FROM t WHERE a = {}",
        "SELECT get_current_timestamp(), a FROM t WHERE a = {}",
        "SELECT n, a FROM moments WHERE a = {}",
        "SELECT n, a FROM chances WHERE a = {}",
        "SELECT n, a FROM choices WHERE a = {}",
    )
    for question in questions:
        texts = (question.format(1), question.format(1), question.format(2))
        seen = []
        for number, text in enumerate(texts):
            connection.execute(f"SET threads = {number + 1}")
            seen.append(connection.execute(text).fetchall()[0][0])
        assert len(set(seen)) == len(texts), question
