"""Text that is only carried to an answer is not encoded, and comes there as it was stored."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels import buffers, text_columns
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.text_columns import JoinedTexts
from tests.plain.engine.encoded_columns import CODES, PLACES, noted_columns

ROWS = 2000
NOTES = [None if n % 5 == 0 else f"note é {n % 700}" for n in range(ROWS)]
CARRIED = {
    "SELECT note FROM t ORDER BY id": NOTES,
    "SELECT note FROM t WHERE id >= 1500 ORDER BY id": NOTES[1500:],
    "SELECT note FROM t ORDER BY id DESC LIMIT 3": NOTES[:-4:-1],
    "SELECT note FROM (SELECT id, note FROM t ORDER BY id LIMIT 9) AS few ORDER BY id": NOTES[:9],
    "SELECT b.note FROM t AS a JOIN t AS b ON a.id = b.id + 1000 ORDER BY b.id": NOTES[:1000],
    "SELECT b.note FROM t AS a LEFT JOIN t AS b ON a.id + 1999 = b.id ORDER BY a.id": [
        NOTES[1999],
        *[None] * 1999,
    ],
    "SELECT note FROM t WHERE note > 'note é 2' ORDER BY id": [
        note for note in NOTES if note is not None and note > "note é 2"
    ],
    f"SELECT note, {', '.join(f'note AS n{n}' for n in range(20))} FROM t WHERE id < 7": NOTES[:7],
}
LOOKED_AT = [
    "SELECT note FROM t ORDER BY note LIMIT 3",
    "SELECT DISTINCT note FROM t",
    "SELECT upper(note) FROM t",
    "SELECT a.id FROM t AS a JOIN t AS b ON a.note = b.note",
    "SELECT note, count(*) FROM (SELECT id, note FROM t ORDER BY id LIMIT 9) AS few GROUP BY note",
    "SELECT note FROM t UNION ALL SELECT note FROM t",
    "SELECT note, lag(note) OVER (ORDER BY id) FROM t",
]


@pytest.fixture
def connection() -> Iterator[gpudb.Connection]:
    with gpudb.connect(threads=2, chunk_rows=512) as connection:
        connection.register("frame", pa.table({"id": range(ROWS), "note": NOTES}))
        connection.execute("CREATE TABLE t (id INTEGER, note TEXT ENCODING NONE)")
        connection.execute("INSERT INTO t SELECT * FROM frame")
        yield connection


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The columns that are encoded from now on."""
    return noted_columns(monkeypatch, CODES)


@pytest.mark.parametrize("query", CARRIED)
def test_carried_text_is_not_encoded(
    connection: gpudb.Connection, encoded: list[str], query: str
) -> None:
    found = connection.execute(query).fetch_arrow_table().column(0).to_pylist()
    assert found == CARRIED[query]
    assert not encoded


@pytest.mark.parametrize("query", LOOKED_AT)
def test_text_that_is_looked_at_is_encoded(
    connection: gpudb.Connection, encoded: list[str], query: str
) -> None:
    connection.execute("SELECT note FROM t").fetch_arrow_table()
    connection.execute(query).fetch_arrow_table()
    assert encoded == ["note"]
    # The codes that are there serve what is carried, too.
    again = connection.execute("SELECT note FROM t ORDER BY id").fetch_arrow_table()
    assert again.column(0).to_pylist() == NOTES
    assert encoded == ["note"]


@pytest.mark.parametrize(("most_bytes", "kind"), [(1000, pa.string()), (20, pa.large_string())])
def test_texts_of_chunks_are_joined(
    most_bytes: int, kind: pa.DataType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_columns, "MOST_BYTES", most_bytes)
    strings = pa.array(["a", None, "", "日本", "b" * 20, "end"])
    chunks = [strings, strings.slice(2, 3), strings.slice(6), strings.cast(pa.large_string())]
    wanted = [text or "" for chunk in chunks for text in chunk.to_pylist()]
    joined = JoinedTexts(len(wanted))
    for chunk in chunks:
        joined.add(chunk)
    found = joined.array()
    found.validate(full=True)
    assert found.type == kind
    assert found.to_pylist() == wanted
    assert JoinedTexts(0).array().to_pylist() == []


NAMES = [f"nom {n} ü{600 * '.'}" for n in range(ROWS)]
MIXED = [None if n > 1800 and n % 3 else f"m{n}" for n in range(ROWS)]


@pytest.fixture(name="named")
def _named() -> Iterator[gpudb.Connection]:
    """Three chunks without NULL, then one with some, of one of the columns."""
    with gpudb.connect(threads=2, chunk_rows=512) as connection:
        columns = {"id": range(ROWS), "name": NAMES, "mixed": MIXED}
        connection.register("frame", pa.table(columns))
        connection.execute(
            "CREATE TABLE n (id INTEGER, name TEXT ENCODING NONE, mixed TEXT ENCODING NONE)"
        )
        connection.execute("INSERT INTO n SELECT * FROM frame")
        yield connection


@pytest.mark.parametrize("compiler", ["llvm", "numba"])
def test_places_of_rows_are_their_codes(named: gpudb.Connection, compiler: str) -> None:
    named.execute(f"SET compiler = '{compiler}'")
    query = "SELECT a.name, b.mixed, b.name FROM n AS a LEFT JOIN n AS b ON a.id + 900 = b.id"
    found = named.execute(f"{query} ORDER BY a.id").fetchall()
    pairs = [(MIXED[n], NAMES[n]) if n < ROWS else (None, None) for n in range(900, ROWS + 900)]
    assert found == [(name, *pair) for name, pair in zip(NAMES, pairs, strict=True)]
    kept = named.execute("SELECT name, mixed FROM n WHERE id % 7 = 3 ORDER BY id").fetchall()
    assert kept == [*zip(NAMES[3::7], MIXED[3::7], strict=True)]
    code = "\n".join(row[0] for row in named.execute(f"EXPLAIN CODE {query}").fetchall())
    assert "name_begin + row" in code and "mixed_codes[row]" in code


def test_carried_strings_count_as_memory_and_go_where_it_lacks(
    named: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffers, "LEAST_BYTES", 1 << 10)
    query = "SELECT a.name FROM n AS a JOIN n AS b ON a.id = b.id ORDER BY a.id"
    named.execute("SET memory_limit = '1 MiB'")
    before = BUFFERS.spilled_bytes
    made = noted_columns(monkeypatch, PLACES)
    for _ in range(2):
        assert [row[0] for row in named.execute(query).fetchall()] == NAMES
    assert BUFFERS.spilled_bytes - before > sum(map(len, NAMES))
    assert made == ["name", "name"], "they take more than a quarter of the limit"
    named.execute("SET memory_limit = '1 GiB'")
    for _ in range(2):
        assert [row[0] for row in named.execute(query).fetchall()] == NAMES
    assert made == ["name", "name"], "there is room for what the last query left"
