"""The same question after a commit: bound and planned anew where it must be, and only there."""

from __future__ import annotations

import gc
import weakref

import pytest

import gpudb
from gpudb import engine
from gpudb.session import Execution
from gpudb.sql.statement import Query

QUESTIONS = (
    "SELECT count(*), sum(a), min(a), max(b) FROM t",
    "SELECT b, count(*) FROM t WHERE a > 3 GROUP BY b ORDER BY b",
    "SELECT x.a, y.b FROM t x JOIN u y ON x.a = y.a ORDER BY 1, 2",
    "WITH c AS (SELECT a + 1 AS a FROM t) SELECT x.a FROM c x JOIN c y ON x.a = y.a + 1 ORDER BY 1",
    "SELECT a FROM t WHERE a IN (SELECT a FROM u) OR a = (SELECT max(a) FROM t) ORDER BY a",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a < t.a) ORDER BY a",
    "SELECT count(*) FROM v",
    "SELECT b, rank() OVER (ORDER BY a) FROM t ORDER BY a, b",
    "SELECT a FROM t UNION SELECT a FROM u ORDER BY a",
    "SELECT table_name FROM information_schema.tables ORDER BY 1",
)
CHANGES = (
    "INSERT INTO t VALUES (1, 'one')",
    "INSERT INTO t VALUES (5, 'five'), (9, NULL)",
    "INSERT INTO u VALUES (5, 'V')",
    "INSERT INTO t VALUES (100000, 'many')",
    "UPDATE t SET a = a + 4",
    "INSERT INTO t VALUES (9223372036854775000, 'most')",
    "DELETE FROM t WHERE a = 5 OR a > 1000000",
    "ALTER TABLE u ADD COLUMN c INTEGER DEFAULT 3",
    "CREATE OR REPLACE VIEW v AS SELECT * FROM u",
    "INSERT INTO u VALUES (1, 'I', 1), (13, 'XIII', 2)",
    "DROP TABLE u",
    "CREATE TABLE u (b BOOLEAN, a SMALLINT)",
    "INSERT INTO u VALUES (TRUE, 9)",
    "CREATE TEMPORARY TABLE t (a DOUBLE, b TEXT)",
    "INSERT INTO temp.t VALUES (1.5, 'own')",
    "DROP TABLE temp.t",
    "TRUNCATE t",
)


def answer(connection: gpudb.Connection, text: str) -> object:
    try:
        return connection.execute(text).fetchall()
    except gpudb.Error as error:
        return f"{type(error).__name__} {error.message}"


@pytest.fixture
def connection() -> gpudb.Connection:
    connection = gpudb.connect()
    connection.execute("CREATE TABLE t (a BIGINT, b TEXT)")
    connection.execute("CREATE TABLE u (a BIGINT, b TEXT)")
    connection.execute("CREATE VIEW v AS SELECT * FROM t")
    return connection


def test_answers_are_those_of_a_question_never_heard(connection: gpudb.Connection) -> None:
    for number, change in enumerate(CHANGES):
        connection.execute(change)
        for question in QUESTIONS:
            fresh = answer(connection, question.replace(" ", f" /* {number} */ ", 1))
            assert answer(connection, question) == fresh, (change, question)


def test_parameters_are_part_of_the_question(connection: gpudb.Connection) -> None:
    for number in range(3):
        connection.execute(f"INSERT INTO t VALUES ({number}, 'x')")
        for least in (0, 1, 2.0):
            found = connection.execute("SELECT count(*) FROM t WHERE a >= ?", [least]).fetchall()
            assert found == [(max(0, number + 1 - int(least)),)]


def test_rows_alone_bind_nothing_anew(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.execute("SELECT sum(a) FROM t WHERE b = 'x'").fetchall()
    with monkeypatch.context() as patch:
        patch.delattr(engine, "bind")
        for number in range(3):
            connection.execute(f"INSERT INTO t VALUES ({number}, 'x')")
            found = connection.execute("SELECT sum(a) FROM t WHERE b = 'x'").fetchall()
            assert found == [(number * (number + 1) // 2,)]
    connection.execute("ALTER TABLE t RENAME COLUMN a TO z")
    with pytest.raises(gpudb.ProgrammingError, match="column a does not exist"):
        connection.execute("SELECT sum(a) FROM t WHERE b = 'x'")


@pytest.mark.parametrize(
    ("question", "value", "is_kept"),
    [
        ("SELECT count(*), sum(a) FROM t", 1000, True),
        ("SELECT b, count(*), max(a) FROM t WHERE a > 3 GROUP BY b", 1000, True),
        ("SELECT x.a FROM t x JOIN u y ON x.a = y.a WHERE x.b = 'x' ORDER BY 1 LIMIT 3", 5, True),
        ("SELECT sum(a + 1), sum(a + 2), sum(a - 3) FROM t", 1000, True),
        ("SELECT max(a) FROM t", 5, True),
        # The plan holds the answer.
        ("SELECT max(a) FROM t", 1000, False),
        ("SELECT count(*) FROM t", 5, False),
    ],
)
def test_rows_that_change_no_answer_plan_nothing_anew(
    connection: gpudb.Connection,
    monkeypatch: pytest.MonkeyPatch,
    question: str,
    value: int,
    *,
    is_kept: bool,
) -> None:
    planned: list[Query] = []
    plan = Execution.plan

    def noted(self: Execution, query: Query, *more: object) -> object:
        planned.append(query)
        return plan(self, query, *more)  # type: ignore[arg-type]

    rows = ", ".join(f"({number}, 'x')" for number in range(1000))
    connection.execute(f"INSERT INTO t VALUES {rows}")
    connection.execute(f"INSERT INTO u VALUES {rows}")
    connection.execute(question).fetchall()
    connection.execute(f"INSERT INTO t VALUES ({value}, 'x')")
    with monkeypatch.context() as patch:
        patch.setattr(Execution, "plan", noted)
        found = connection.execute(question).fetchall()
    assert bool(planned) is not is_kept
    assert found == connection.execute(f"{question} -- again").fetchall()


def test_a_sum_that_may_leave_64_bits_is_planned_anew(connection: gpudb.Connection) -> None:
    question = "SELECT sum(a + 1), sum(a + 2), sum(a - 3) FROM t"
    connection.execute("INSERT INTO t VALUES (1, 'x')")
    assert connection.execute(question).fetchall() == [(2, 3, -2)]
    connection.execute("INSERT INTO t VALUES (9223372036854775806, 'x')")
    with pytest.raises(gpudb.DataError, match="range"):
        connection.execute(question).fetchall()


def test_kept_plans_hold_no_rows(connection: gpudb.Connection) -> None:
    connection.execute("INSERT INTO t VALUES (1, 'x')")
    connection.execute("SELECT b, sum(a) FROM t GROUP BY b").fetchall()
    table = weakref.ref(connection._engine.snapshot().table("t"))
    connection.execute("UPDATE t SET a = a + 1")
    connection.execute("SELECT 1").fetchall()
    gc.collect()
    assert table() is None


def test_a_failed_transaction_answers_no_known_question(connection: gpudb.Connection) -> None:
    connection.execute("INSERT INTO t VALUES (1, 'x')")
    connection.execute("CREATE TABLE w (x INTEGER CHECK (x > 0))")
    question = "SELECT sum(a) FROM t"
    connection.execute("BEGIN")
    connection.execute(question)
    connection.execute("INSERT INTO t VALUES (2, 'x')")
    assert connection.execute(question).fetchall() == [(3,)]
    with pytest.raises(gpudb.IntegrityError):
        connection.execute("INSERT INTO w VALUES (0)")
    assert str(answer(connection, question)).startswith("OperationalError an earlier statement")
    connection.execute("ROLLBACK")
    assert connection.execute(question).fetchall() == [(1,)]
