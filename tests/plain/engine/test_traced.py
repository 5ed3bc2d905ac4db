"""A plan serves literals that answer alike, with the answers of planning anew and of DuckDB."""

from __future__ import annotations

import itertools

import duckdb
import pytest

import gpudb
from gpudb.session import Execution
from tests.plain.engine.kept_plans import checked_plans

TABLES = (
    "CREATE TABLE t (a SMALLINT, b BIGINT, x DOUBLE, price DECIMAL(9, 2), note TEXT, day DATE)",
    "CREATE TABLE u (a SMALLINT, name TEXT)",
)
NUMBERS = ("0", "1", "-1", "7", "2.5", "32768", "-40000", "9223372036854775807", "NULL", "5")
DAYS = ("1998-01-11", "1998-12-31", "0001-01-01", "9999-12-31", "1998-02-28", "2000-02-29")
TEXTS = ("n1", "n3", "", "ö", "n%", "%", "_1", "never")
QUESTIONS = (
    ("SELECT a, b FROM t WHERE a < {} AND b > {} ORDER BY a, b", (NUMBERS, NUMBERS)),
    ("SELECT count(*), sum(b) FROM t WHERE a BETWEEN {} AND {}", (NUMBERS, NUMBERS)),
    ("SELECT a FROM t WHERE a = {} OR a = {} OR a = 7 ORDER BY a", (NUMBERS, NUMBERS)),
    ("SELECT a FROM t WHERE x >= {} AND NOT price < {} ORDER BY a", (NUMBERS, NUMBERS)),
    ("SELECT count(*) FROM t WHERE day >= DATE '{}' AND day < DATE '{}'", (DAYS, DAYS)),
    ("SELECT count(*) FROM t WHERE CAST(day AS TIMESTAMP) <= TIMESTAMP '{} 12:00:00'", (DAYS,)),
    ("SELECT a FROM t WHERE note = '{}' OR note > '{}' ORDER BY a", (TEXTS, TEXTS)),
    ("SELECT a FROM t WHERE note LIKE '{}' AND a <> {} ORDER BY a", (TEXTS, NUMBERS)),
    ("SELECT count(*) FROM t WHERE a IN ({}, {}, 3)", (NUMBERS, NUMBERS)),
    (
        "SELECT t.a, name FROM t JOIN u ON t.a = u.a WHERE t.a > {} AND name <> '{}' ORDER BY 1, 2",
        (NUMBERS, TEXTS),
    ),
    (
        "SELECT note, count(*) FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a) AND b <= {}"
        " AND day > DATE '{}' GROUP BY note ORDER BY note",
        (NUMBERS, DAYS),
    ),
)


def fill(connection: gpudb.Connection | duckdb.DuckDBPyConnection) -> None:
    for text in TABLES:
        connection.execute(text)
    days = [f"DATE '1998-{n % 12 + 1:02}-11'" for n in range(40)]
    rows = [f"({n}, {n * 3 % 11}, {n / 4}, {n}.75, 'n{n % 5}', {days[n]})" for n in range(40)]
    connection.execute(
        f"INSERT INTO t VALUES {', '.join(rows)}, (NULL, NULL, NULL, NULL, NULL, NULL)"
    )
    connection.execute("INSERT INTO u VALUES (3, 'n3'), (7, 'ö'), (7, 'x'), (NULL, NULL)")


@pytest.fixture
def connection() -> gpudb.Connection:
    connection = gpudb.connect()
    fill(connection)
    return connection


@pytest.mark.parametrize(("question", "values"), QUESTIONS)
def test_answers_are_those_of_planning_anew_and_of_duckdb(
    connection: gpudb.Connection, question: str, values: tuple[tuple[str, ...], ...]
) -> None:
    peer, anew = duckdb.connect(), gpudb.connect()
    fill(peer)
    fill(anew)
    for given in itertools.product(*values):
        text = question.format(*given)
        anew._engine.session.prepared.clear()  # type: ignore[attr-defined]
        found = connection.execute(text).fetchall()
        assert found == anew.execute(text).fetchall(), text
        assert found == peer.execute(text).fetchall(), text


def test_what_fails_for_one_literal_fails_for_it_alone(connection: gpudb.Connection) -> None:
    question = "SELECT count(*) FROM t WHERE a < CAST('{}' AS SMALLINT) AND 10 / {} > 1"
    for _ in range(2):
        assert connection.execute(question.format(7, 3)).fetchall() == [(7,)]
        assert connection.execute(question.format(9, 4)).fetchall() == [(9,)]
        for given in (("x", 3), (70000, 3), (7, 0)):
            text = question.format(*given)
            with pytest.raises(gpudb.DataError) as caught:
                connection.execute(text).fetchall()
            assert caught.value.begin is not None


@pytest.mark.parametrize(
    ("question", "values", "is_served"),
    [
        ("SELECT sum(b) FROM t WHERE a < {}", (20, 21), True),
        ("SELECT sum(b) FROM t WHERE day >= DATE '1998-0{}-01'", (3, 4), True),
        ("SELECT sum(b) FROM t WHERE note = 'n{}'", (1, 2), True),
        ("SELECT t.a FROM t JOIN u ON t.a = u.a WHERE t.a < {} ORDER BY 1", (20, 21), True),
        # No value of the column is so great: the filter goes, and the plan with it.
        ("SELECT sum(b) FROM t WHERE a < {}", (20, 70000), False),
        # The values of lists are put in order while binding.
        ("SELECT sum(b) FROM t WHERE a IN ({}, 30)", (20, 21), False),
    ],
)
def test_literals_that_answer_alike_plan_nothing_anew(
    connection: gpudb.Connection,
    monkeypatch: pytest.MonkeyPatch,
    question: str,
    values: tuple[int, int],
    *,
    is_served: bool,
) -> None:
    planned: list[object] = []
    plan = Execution.plan

    def noted(self: Execution, *given: object) -> object:
        planned.append(given)
        return plan(self, *given)  # type: ignore[arg-type]

    connection.execute(question.format(values[0])).fetchall()
    with monkeypatch.context() as patch:
        patch.setattr(Execution, "plan", noted)
        connection.execute(question.format(values[1])).fetchall()
    assert bool(planned) is not is_served


def test_plans_that_serve_others_are_those_of_their_own_texts(connection: gpudb.Connection) -> None:
    with checked_plans() as checked:
        for question, values in QUESTIONS:
            connection.execute(question.format(*(each[3] for each in values))).fetchall()
    assert checked.of_others > 10
