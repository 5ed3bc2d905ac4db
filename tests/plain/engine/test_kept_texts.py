"""Kernels' texts serve other constants and more rows; what they are passed is each run's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unittest import mock

import pytest

import gpudb
from gpudb.kernels.generate import generate
from gpudb.kernels.kept_texts import MOST_ALIKE, MOST_TEXTS, KeptTexts
from tests.plain.engine.agreement import answer
from tests.plain.engine.kept_texts import Checked, checked_texts

QUESTIONS = (
    "SELECT count(*), sum(a), min(b), max(c) FROM t WHERE a < {0}",
    "SELECT b, sum(a * c), avg(d) FROM t WHERE c > {0} AND d <= {0}.5 GROUP BY b ORDER BY b",
    "SELECT a, c, sum(d) FROM t WHERE NOT (c < {0} OR a = {0}) GROUP BY a, c ORDER BY 1, 2 LIMIT 9",
    "SELECT t.a, u.n FROM t JOIN u ON t.a = u.a WHERE u.e < {0} AND t.c > 3 ORDER BY 1, 2",
    "SELECT u.n, count(*) FROM t LEFT JOIN u ON t.a = u.a AND u.e > {0} GROUP BY u.n ORDER BY 1",
    "SELECT count(*) FROM t WHERE a IN (SELECT a FROM u WHERE e >= {0})",
    "SELECT count(*) FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.e < {0})",
    "SELECT x.n, y.c FROM u x JOIN t y ON x.a = y.a AND x.e = y.c WHERE y.d < {0} ORDER BY 1, 2",
    "SELECT x.a, y.a FROM u x JOIN u y ON x.n = y.n WHERE x.e > {0} ORDER BY 1, 2 LIMIT 20",
    "SELECT a, d FROM t WHERE c <> {0} ORDER BY d DESC, a LIMIT 5",
    "SELECT DISTINCT b FROM t WHERE a BETWEEN {0} AND 40 ORDER BY b",
    "SELECT b, row_number() OVER (PARTITION BY b ORDER BY a) FROM t WHERE a < {0} ORDER BY 1, 2",
    "SELECT CASE WHEN a > {0} THEN 'many' ELSE b END, count(*) FROM t GROUP BY 1 ORDER BY 1",
    "SELECT sum(CASE WHEN c > {0} THEN 1 END), sum(CASE WHEN c > 4 THEN 1 END) FROM t",
    "SELECT a + {0}, c FROM t WHERE c * 2 > {0} ORDER BY 1, 2 LIMIT 7",
    "SELECT count(*) FROM t WHERE b = 'x{0}' OR b LIKE '%{0}' OR upper(b) > 'X{0}'",
    "SELECT 10 / (a - {0}) FROM t WHERE a = 5",
)
CHANGES = (
    "INSERT INTO t VALUES (5, 'x5', 5, 5.5)",
    "INSERT INTO t VALUES (41, 'none', 41, NULL), (NULL, NULL, NULL, 1.0)",
    "INSERT INTO u VALUES (41, 'n41', 41), (900000, 'n1', 7)",
    "INSERT INTO t SELECT 100000000000 * a, b, c, d FROM t WHERE a > 30",
    "DELETE FROM u WHERE e > 30",
    "UPDATE t SET b = 'other' WHERE a < 4",
    "DELETE FROM t",
)


@pytest.fixture
def connection() -> gpudb.Connection:
    connection = gpudb.connect(device="python")
    connection.execute("CREATE TABLE t (a BIGINT, b TEXT, c INTEGER, d DOUBLE)")
    connection.execute("CREATE TABLE u (a BIGINT, n TEXT, e SMALLINT)")
    values = ", ".join(f"({n}, 'x{n % 7}', {n % 11}, {n / 4})" for n in range(40))
    connection.execute(f"INSERT INTO t VALUES {values}")
    values = ", ".join(f"({n % 30 * 2}, 'n{n % 5}', {n})" for n in range(35))
    connection.execute(f"INSERT INTO u VALUES {values}")
    return connection


@pytest.fixture
def checked() -> Iterator[Checked]:
    with checked_texts(is_varied=False) as checked:
        yield checked


def fresh_answer(connection: gpudb.Connection, text: str) -> object:
    """Return the answer by texts that are all written anew."""
    with mock.patch.object(KeptTexts, "find", lambda *_: None):
        return answer(connection, text)


def test_answers_are_those_of_texts_written_anew(
    connection: gpudb.Connection, checked: Checked
) -> None:
    for change in ("SELECT 1", *CHANGES):
        connection.execute(change)
        for question in QUESTIONS:
            for number in (5, 30):
                text = question.format(number)
                assert answer(connection, text) == fresh_answer(connection, text), (change, text)
    assert checked.served[""] > 100


def written(connection: gpudb.Connection, text: str) -> int:
    """Return how many texts a query writes."""
    with mock.patch("gpudb.kernels.run.generate", side_effect=generate) as writing:
        connection.execute(text).fetchall()
    return writing.call_count


@pytest.mark.parametrize(
    ("question", "others"),
    [
        (
            "SELECT count(*), sum(a) FROM t WHERE c < 5",
            ["SELECT count(*), sum(a) FROM t WHERE c < 8"],
        ),
        (
            "SELECT b, max(d) FROM t WHERE a > 3 AND c <> 2 GROUP BY b",
            ["SELECT b, max(d) FROM t WHERE a > 9 AND c <> 1 GROUP BY b"],
        ),
        (
            "SELECT count(*) FROM t JOIN u ON t.a = u.a WHERE u.e < 30",
            ["SELECT count(*) FROM t JOIN u ON t.a = u.a WHERE u.e < 20"],
        ),
        (
            "SELECT e, count(*) FROM t JOIN u ON t.a = u.a WHERE u.e < 33 GROUP BY e",
            ["SELECT e, count(*) FROM t JOIN u ON t.a = u.a WHERE u.e < 34 GROUP BY e"],
        ),
        (
            "SELECT 100.00 * sum(a) / sum(c) FROM t WHERE a > 3",
            ["SELECT 100.00 * sum(a) / sum(c) FROM t WHERE a > 4"],
        ),
    ],
)
def test_other_constants_write_no_text(
    connection: gpudb.Connection, question: str, others: Sequence[str]
) -> None:
    connection.execute(question).fetchall()
    for text in (question, *others):
        assert written(connection, text) == 0


def test_more_rows_write_no_text(connection: gpudb.Connection) -> None:
    questions = (
        "SELECT count(*), sum(a) FROM t",
        "SELECT b, max(d) FROM t WHERE a > 3 AND c <> 2 GROUP BY b",
    )
    for question in questions:
        connection.execute("INSERT INTO t VALUES (6, 'x6', 6, 1.5)")
        written(connection, question)
        for number in range(7, 10):
            connection.execute(f"INSERT INTO t VALUES ({number}, 'x1', 6, 1.5)")
            assert written(connection, question) == 0


def test_what_decides_a_text_writes_another(connection: gpudb.Connection) -> None:
    total = "SELECT sum(a * c) FROM t"
    assert connection.execute(total).fetchall() == [(sum(n * (n % 11) for n in range(40)),)]
    connection.execute("INSERT INTO t VALUES (9000000000000000000, 'x', 3, 0.0)")
    with pytest.raises(gpudb.DataError, match="out of range"):
        connection.execute(total).fetchall()
    connection.execute("DELETE FROM t WHERE a > 1000")
    assert connection.execute(total).fetchall() == [(sum(n * (n % 11) for n in range(40)),)]


def test_places_of_errors_are_those_of_the_own_text(connection: gpudb.Connection) -> None:
    for text in (
        "SELECT 1 / (a - 3) FROM t WHERE a < 9",
        "SELECT   1 / (a - 3) FROM t WHERE a < 8",
    ):
        with pytest.raises(gpudb.Error) as raised:
            connection.execute(text).fetchall()
        assert text[raised.value.begin : raised.value.end] == "1 / (a - 3)"


def test_few_texts_are_kept() -> None:
    texts = KeptTexts()
    for number in range(2 * MOST_TEXTS):
        texts._put((number,), mock.sentinel.text)
    assert len(texts._kept) == MOST_TEXTS
    for _ in range(2 * MOST_ALIKE):
        texts._put((0,), mock.Mock())
    assert len(texts._kept[0,]) == MOST_ALIKE
