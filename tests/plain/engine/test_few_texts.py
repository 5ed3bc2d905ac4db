"""Of few rows the texts are taken, and no codes are made of all: over filters, limits and sinks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest

import gpudb
from gpudb.storage.cache import CACHE
from tests.plain.engine.encoded_columns import CODES, PLACES, noted_columns

ROWS = 4000
NOTES = [None if n % 11 == 0 else f"note {n % 333} ß {n % 50}" for n in range(ROWS)]
FEW = "t LIKE '%e 1_ ß%'"
QUERIES = [
    f"SELECT id % 5 AS k, min(t), max(u), count(*) FROM notes WHERE {FEW} GROUP BY k ORDER BY k",
    f"SELECT t, count(*) FROM notes WHERE {FEW} AND id > 300 GROUP BY t ORDER BY 2, 1",
    f"SELECT count(DISTINCT u), min(u) FROM notes WHERE {FEW} AND u NOT LIKE '%9'",
    f"SELECT id, upper(t), u FROM notes WHERE {FEW} ORDER BY u, id LIMIT 7",
    f"SELECT u, t FROM notes WHERE {FEW} ORDER BY id DESC",
    "SELECT u, count(*) FROM notes WHERE (length(t) = 12) = TRUE AND t LIKE '%5 ß 3%' GROUP BY u"
    " ORDER BY u",
    "SELECT u, count(*) FROM notes WHERE (t LIKE '%e 33_ ß%') = (id < 2000) AND t < 'note 334'"
    " AND t LIKE '%e 33%' GROUP BY u ORDER BY u",
    "SELECT min(u), max(t) FROM notes WHERE t LIKE '%e 3_ ß%' AND NOT t LIKE '%7'",
    "SELECT u FROM notes WHERE id BETWEEN 1500 AND 1530 ORDER BY id",
    "SELECT u, count(*) FROM notes WHERE id = 17 OR id = 2000 GROUP BY u ORDER BY u",
    "SELECT min(u) FROM notes WHERE t = 'no such text'",
    "SELECT u, count(*) FROM notes WHERE t IN ('note 9 ß 9', 'x') GROUP BY u ORDER BY u",
    f"SELECT a.id, b.t FROM notes AS a JOIN (SELECT id, t FROM notes WHERE {FEW}) AS b"
    " ON a.id = b.id + 1 ORDER BY 1",
    f"SELECT t || u, id FROM notes WHERE {FEW} ORDER BY id LIMIT 5",
    "SELECT t, u FROM notes ORDER BY id LIMIT 3",
    "SELECT count(*), min(t) FROM (SELECT t FROM notes ORDER BY id DESC LIMIT 9) AS last",
    f"SELECT t, row_number() OVER (ORDER BY t, id) FROM notes WHERE {FEW} ORDER BY id",
]


@pytest.fixture(scope="module", params=["cpu", "emulated"])
def connection(request: pytest.FixtureRequest) -> Iterator[gpudb.Connection]:
    rows = ROWS if request.param == "cpu" else 1500
    with gpudb.connect(device=request.param, threads=2, chunk_rows=512) as connection:
        texts = {"t": NOTES[:rows], "u": NOTES[rows - 1 :: -1]}
        coded = {f"{name}_coded": column for name, column in texts.items()}
        connection.register("frame", pa.table({"id": range(rows), **texts, **coded}))
        connection.execute(
            "CREATE TABLE notes (id INTEGER, t TEXT ENCODING NONE, u TEXT ENCODING NONE,"
            " t_coded TEXT ENCODING DICT(32), u_coded TEXT ENCODING DICT(32))"
        )
        connection.execute("INSERT INTO notes SELECT * FROM frame")
        yield connection


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The columns of which codes, or places of all rows, are made."""
    return noted_columns(monkeypatch, CODES, PLACES)


@pytest.mark.parametrize("query", QUERIES)
def test_few_rows_need_no_codes(
    connection: gpudb.Connection, query: str, encoded: list[str]
) -> None:
    CACHE.clear()
    rows = [connection.execute(query).fetchall() for _ in range(3)]
    assert encoded == []
    known = re.sub(r"\b([tu])\b(?! *AS)", r"\1_coded", query)
    assert rows == 3 * [connection.execute(known).fetchall()]


@contextmanager
def opened() -> Iterator[gpudb.Connection]:
    """Open a database of the notes, of which no codes have been made."""
    with gpudb.connect(chunk_rows=512) as connection:
        connection.register("frame", pa.table({"id": range(ROWS), "t": NOTES}))
        connection.execute("CREATE TABLE notes (id INTEGER, t TEXT ENCODING NONE)")
        connection.execute("INSERT INTO notes SELECT * FROM frame")
        yield connection


def test_codes_serve_once_they_are_there(encoded: list[str]) -> None:
    with opened() as connection:
        few = "SELECT t FROM notes WHERE id < 9 ORDER BY id"
        many = "SELECT id % 2, min(t) FROM notes WHERE t <> '' GROUP BY 1 ORDER BY 1"
        assert [t for (t,) in connection.execute(few).fetchall()] == NOTES[:9]
        assert encoded == []
        known = [min(t for t in NOTES[n::2] if t) for n in range(2)]
        assert [t for _, t in connection.execute(many).fetchall()] == known
        assert encoded == ["t"]
        assert [t for (t,) in connection.execute(few).fetchall()] == NOTES[:9]
        assert encoded == ["t"]


def test_rows_that_are_gone_or_changed_are_seen_so(encoded: list[str]) -> None:
    with opened() as connection:
        query = "SELECT t, count(*) FROM notes WHERE t LIKE '%note 33_ ß 3_%' GROUP BY t ORDER BY t"
        changes = [
            "DELETE FROM notes WHERE id % 3 = 0",
            "UPDATE notes SET t = 'a note 331 ß 31' WHERE id < 3",
            "INSERT INTO notes VALUES (9, 'a note 331 ß 31'), (10, NULL)",
        ]
        texts = dict(enumerate(NOTES))
        answers = [connection.execute(query).fetchall()]
        for change in changes:
            connection.execute(change)
            answers.append(connection.execute(query).fetchall())
        left = {id: t for id, t in texts.items() if id % 3}
        changed = {**left, 1: "a note 331 ß 31", 2: "a note 331 ß 31"}
        grown = {**changed, -1: "a note 331 ß 31"}
        for found, rows in zip(answers, (texts, left, changed, grown), strict=True):
            held = [t for t in rows.values() if t and re.search("note 33. ß 3.", t)]
            assert found == [(t, held.count(t)) for t in sorted(set(held))]
        assert encoded == []
