"""Predicates and numbers that follow from one text without a dictionary need no codes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

import gpudb
from gpudb.storage.cache import CACHE
from tests.plain.engine.encoded_columns import CODES, noted_columns

ROWS = 3000
# Long enough, by chunks of 512 rows, that parts are searched by the kernel.
SPACE = "é-" * 60
NOTES = [
    None if n % 7 == 0 else f"{SPACE[: n % 150]}Note {n % 900} ß{'%_' * (n % 3)}\n{'x' * (n % 5)}"
    for n in range(ROWS)
]
PREDICATES = [
    "{t} LIKE '%ote 1%'",
    "{t} LIKE '%ß%'",
    r"{t} LIKE '%ß\%\_%'",
    "{t} LIKE '%ß!%!_%' ESCAPE '!'",
    "{t} LIKE '%%'",
    "{t} LIKE 'Note%'",
    "{t} LIKE '%_xx'",
    "{t} NOT LIKE '%e 2%'",
    "{t} ILIKE '%NOTE 3%'",
    "{t} SIMILAR TO '%(1|2)_ ß%'",
    "{t} = 'Note 150 ß\n'",
    "{t} <> 'Note 150 ß\n'",
    "'Note 5' < {t}",
    "{t} >= 'é'",
    "{t} IN ('Note 300 ß\n', 'x', 'Note 600 ß\n')",
    "{t} NOT IN ('Note 300 ß\n', 'x')",
    "{t} IS NULL",
    "{t} IS NOT NULL AND NOT ({t} LIKE '%9%')",
    "{t} IS NULL OR {t} LIKE '%99%'",
    "starts_with({t}, 'Note 2')",
    "ends_with({t}, 'xxx')",
    "contains({t}, 'é-é')",
    "contains({t}, '')",
    "regexp_like({t}, '[a-z] [0-9]5[0-9]? ')",
    "upper({t}) LIKE '%OTE 77%'",
    "length({t}) > 100",
    "length({t}) % 7 = 3",
    "octet_length({t}) - length({t}) > 50",
    "CASE WHEN {t} LIKE '%1%' THEN id % 2 = 0 ELSE length({t}) < 40 END",
    "({t} LIKE '%1%') IS DISTINCT FROM ({t} LIKE '%2%')",
]


@pytest.fixture(scope="module")
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect(threads=2, chunk_rows=512) as connection:
        connection.register("frame", pa.table({"id": range(ROWS), "t": NOTES, "coded": NOTES}))
        connection.execute(
            "CREATE TABLE notes (id INTEGER, t TEXT ENCODING NONE, coded TEXT ENCODING DICT(32))"
        )
        connection.execute("INSERT INTO notes SELECT * FROM frame")
        yield connection


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The columns of which codes are made."""
    return noted_columns(monkeypatch, CODES)


@pytest.mark.parametrize("predicate", PREDICATES)
def test_values_are_those_of_texts_with_codes(
    connection: gpudb.Connection, predicate: str, encoded: list[str]
) -> None:
    def answers(column: str) -> tuple[object, object, object]:
        of = predicate.format(t=column)
        where = connection.execute(f"SELECT id FROM notes WHERE {of} ORDER BY id").fetchall()
        value = connection.execute(f"SELECT id, {of} FROM notes ORDER BY id").fetchall()
        groups = f"SELECT {of} AS v, count(*), sum(id) FROM notes GROUP BY 1 ORDER BY 1"
        return where, value, connection.execute(groups).fetchall()

    first = answers("t")
    assert first == answers("coded")
    assert first == answers("t")
    assert encoded == []


@pytest.mark.parametrize(
    "query",
    [
        "SELECT sum(length(t)), min(length(t)), max(octet_length(t)) FROM notes WHERE t <> ''",
        "SELECT id % 3, avg(length(t)) FROM notes WHERE t LIKE '%1%' GROUP BY 1 ORDER BY 1",
        "SELECT id FROM notes ORDER BY length(t) DESC, id LIMIT 5",
        "SELECT count(*) FROM notes AS a JOIN notes AS b ON a.id = length(b.t) WHERE b.t <> ''",
        "SELECT id FROM notes WHERE id IN (SELECT length(t) FROM notes WHERE t > 'é') ORDER BY 1",
    ],
)
def test_kernels_read_them_as_columns(
    connection: gpudb.Connection, query: str, encoded: list[str]
) -> None:
    found = connection.execute(query).fetchall()
    assert encoded == []
    coded = (
        query.replace("t)", "coded)").replace("t LIKE", "coded LIKE").replace("t <>", "coded <>")
    )
    assert found == connection.execute(coded).fetchall()


def test_values_stay_in_the_cache(connection: gpudb.Connection) -> None:
    CACHE.clear()
    query = "SELECT count(*) FROM notes WHERE t LIKE '%ote 4%'"
    said = [str(connection.execute(f"EXPLAIN ANALYZE {query}").fetchall()) for _ in range(2)]
    assert f"the host looked at the texts of t in {ROWS:,} rows" in said[0]
    assert "looked at the texts" not in said[1]
    # One byte for a truth value, and no text.
    assert CACHE.used_bytes == ROWS


def test_values_stand_beside_elements_of_arrays(encoded: list[str]) -> None:
    with gpudb.connect(chunk_rows=2) as connection:
        connection.execute("CREATE TABLE t (id INTEGER, v INTEGER[], s TEXT ENCODING NONE)")
        connection.execute(
            "INSERT INTO t VALUES (1, ARRAY[1, 2], 'é'), (2, ARRAY[3], 'é'), (3, NULL, NULL)"
        )
        query = "SELECT id FROM t WHERE s = 'é' AND array_contains(v, id)"
        assert connection.execute(query).fetchall() == [(1,)]
        assert encoded == []


def test_changed_rows_and_parameters(encoded: list[str]) -> None:
    with gpudb.connect(threads=2, chunk_rows=4) as connection:
        connection.execute("CREATE TABLE t (id INTEGER, s TEXT ENCODING NONE)")
        connection.execute("CREATE VIEW v AS SELECT id FROM t WHERE s LIKE '%a%'")
        for n in range(10):
            connection.execute(f"INSERT INTO t VALUES ({n}, 'a{n}'), ({n + 100}, 'b{n}')")
        few = "SELECT id FROM t WHERE s LIKE ? ORDER BY id"
        assert connection.execute(few, ["%a1%"]).fetchall() == [(1,)]
        assert connection.execute(few, ["%b_%"]).fetchall() == [(n + 100,) for n in range(10)]
        connection.execute("DELETE FROM t WHERE s = 'a1'")
        assert connection.execute(few, ["%a%"]).fetchall() == [(n,) for n in (0, *range(2, 10))]
        connection.execute("UPDATE t SET s = 'a1' WHERE s LIKE '%b1%'")
        assert connection.execute(few, ["%a1%"]).fetchall() == [(101,)]
        assert connection.execute("SELECT count(*) FROM v").fetchall() == [(10,)]
        assert encoded == []


@pytest.mark.parametrize("rows", ["", "(1, 'x')", "(1, NULL)"])
def test_wrong_patterns(rows: str) -> None:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE t (id INTEGER, s TEXT ENCODING NONE, c TEXT)")
        if rows:
            connection.execute(f"INSERT INTO t SELECT *, s FROM (VALUES {rows}) AS v (i, s)")
        said = []
        for column in "sc":
            try:
                query = f"SELECT id FROM t WHERE regexp_like({column}, '(')"
                said.append(str(connection.execute(query).fetchall()))
            except gpudb.DataError as error:
                said.append(f"{error.message} {error.begin} {error.end}")
        assert said[0] == said[1]


@pytest.mark.parametrize("column", ["t", "coded"])
def test_wrong_constants_are_errors_whatever_is_read(
    connection: gpudb.Connection, column: str
) -> None:
    query = f"SELECT count(*) FROM notes WHERE id = -5 AND regexp_like({column}, '(')"
    with pytest.raises(gpudb.DataError, match="regular expression"):
        connection.execute(query)
