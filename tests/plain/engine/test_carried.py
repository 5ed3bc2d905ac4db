"""Text that is only carried to an answer is not encoded, and comes there as it was stored."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels import text_columns
from gpudb.kernels.text_columns import JoinedTexts
from tests.plain.engine.encoded_columns import CODES, noted_columns

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
