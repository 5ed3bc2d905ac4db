"""The forms of answers, and tables that fit the terminal."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gpudb
from gpudb.shell.fit import Width, fit, line_width
from gpudb.shell.formats import FORMATS, Rows, format_named
from gpudb.shell.main import run
from gpudb.shell.render import Look, places, render, shorten

TEXTS = ["plain", None, 'a "quote", | and\nline', "", "<b>&", "Größe 東京"]
TABLE = pa.table(
    {
        "text": pa.array(TEXTS),
        "number": pa.array([1, None, -3, 4, 5, 2**62]),
        "price": pa.array(
            [Decimal("0.0000001"), None, *[Decimal(n) for n in range(4)]], pa.decimal128(18, 7)
        ),
        "share": pa.array([0.1, None, float("nan"), float("inf"), 1e300, -0.0]),
        "flag": pa.array([True, None, False, True, True, True]),
    }
)


def written(name: str, table: pa.Table = TABLE, look: Look | None = None) -> str:
    write = format_named(name).write
    assert write is not None
    return "".join(write(Rows(table.schema, table.to_batches(max_chunksize=2), look or Look())))


def test_csv_and_tsv_read_back() -> None:
    for name, delimiter in (("csv", ","), ("tsv", "\t")):
        head, *rows = csv.reader(io.StringIO(written(name)), delimiter=delimiter)
        assert head == TABLE.schema.names
        assert [row[0] for row in rows] == [text or "" for text in TEXTS]
        assert rows[0][1:] == ["1", "0.0000001", "0.1", "true"]
        assert rows[1] == [""] * 5


def test_json_keeps_numbers_exact() -> None:
    rows = json.loads(written("json"), parse_float=Decimal)
    assert [row["text"] for row in rows] == TEXTS
    assert [row["number"] for row in rows] == TABLE.column("number").to_pylist()
    assert [row["price"] for row in rows] == TABLE.column("price").to_pylist()
    assert [row["flag"] for row in rows] == TABLE.column("flag").to_pylist()
    assert [row["share"] is None for row in rows] == [False, True, True, True, False, False]
    lines = written("jsonlines").splitlines()
    assert [json.loads(line, parse_float=Decimal) for line in lines] == rows
    assert json.loads(written("json", TABLE.slice(0, 0))) == []


def test_markdown_keeps_cells_in_their_row() -> None:
    lines = written("markdown").splitlines()
    assert lines[:2] == [
        "| text | number | price | share | flag |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    assert len(lines) == 2 + TABLE.num_rows
    assert 'a "quote", \\| and<br>line' in lines[4]


class Cells(HTMLParser):
    """Collects the rows of a table."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip("\n") if data.isspace() else data


def test_html_escapes() -> None:
    cells = Cells()
    cells.feed(written("html", look=Look(null="nothing")))
    assert cells.rows[0] == TABLE.schema.names
    assert [row[0] for row in cells.rows[1:]] == [t if t is not None else "nothing" for t in TEXTS]


def test_vertical_shows_each_row_as_a_block() -> None:
    lines = written("vertical", TABLE.select(["text", "number"])).splitlines()
    assert lines[:3] == ["-[ row 1 ]--------", "text   | plain", "number | 1"]
    assert lines[6:10] == [
        "-[ row 3 ]--------",
        'text   | a "quote", | and',
        "       | line",
        "number | -3",
    ]


def test_aligned_tables_fit_a_width() -> None:
    table = pa.table({"n": [1], "long": ["x" * 100], "wide": ["東" * 50], "m": [123456]})
    lines = list(render(table, Look(width=60)))
    assert max(places(line) for line in lines) <= 60
    assert lines[2].count("…") == 2
    narrow = list(render(table, Look(width=30)))
    assert max(places(line) for line in narrow[:-1]) <= 30
    assert narrow[-1] == "(2 of 4 columns hidden; \\x shows all)"
    assert [line.rpartition("|")[2].strip() for line in (narrow[0], narrow[2])] == ["…", "…"]


def test_types_in_the_head() -> None:
    head = list(render(pa.table({"n": [1], "s": ["a"]}), Look(types=("BIGINT", "TEXT"))))[:3]
    assert head == [" n      | s", " BIGINT | TEXT", "--------+------"]


@given(
    st.lists(st.builds(Width, st.integers(1, 200), st.booleans()), max_size=12),
    st.integers(20, 200),
)
def test_what_is_shown_fits(widths: list[Width], limit: int) -> None:
    shown = fit(widths, limit)
    assert len(shown) <= len(widths)
    for width, natural in zip(shown, widths, strict=False):
        assert width <= natural.natural
        assert width == natural.natural or natural.may_shrink
    if len(shown) > 1:
        assert line_width(shown) <= limit


@given(st.text(alphabet="ab東é", max_size=20), st.integers(2, 20))
def test_shortened_text_has_its_width(text: str, width: int) -> None:
    cut = shorten(text, width, "…")
    assert places(cut) <= width
    assert cut == text or cut.endswith("…")


@pytest.mark.parametrize("name", ["arrow", "parquet"])
def test_files(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "answer"
    assert run(["--format", name, "-o", str(path), "-c", "SELECT 1 AS n, 'x' AS s"]) == 0
    assert capsys.readouterr().out == ""
    table = pq.read_table(path) if name == "parquet" else pa.ipc.open_file(path).read_all()
    assert table.to_pylist() == [{"n": 1, "s": "x"}]
    assert run(["--format", name, "-c", "SELECT 1"]) == 1
    assert f"{name} is written to a file: name it with -o or \\o" in capsys.readouterr().err


def test_text_goes_to_a_file_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "answers.csv"
    arguments = ["--format", "csv", "-o", str(path), "-c", "SELECT 1 AS n", "-c", "SELECT 2 AS m"]
    assert run(arguments) == 0
    assert path.read_text() == "n\n1\nm\n2\n"
    assert run(["-o", "/no/such/folder", "-c", "SELECT 1"]) == 1
    assert "cannot write '/no/such/folder'" in capsys.readouterr().err


def test_every_form_writes_an_answer_of_every_type(capsys: pytest.CaptureFixture[str]) -> None:
    query = (
        "SELECT TRUE b, CAST(1 AS TINYINT) t, 1.5 d, CAST(0.1 AS FLOAT) f, DATE '2024-02-29' day,"
        " TIME '01:02:03' tm, TIMESTAMP '2024-02-29 01:02:03.5' ts, INTERVAL '1' day i, NULL n"
    )
    for form in FORMATS:
        if form.write is not None:
            assert run(["--format", form.name, "-c", query]) == 0
            assert "2024-02-29" in capsys.readouterr().out


def test_an_unknown_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--format", "xml", "-c", "SELECT 1"]) == 1
    assert "format takes one of aligned, vertical, csv" in capsys.readouterr().err


def test_formats_are_documented() -> None:
    assert gpudb.__version__
    assert all(form.description for form in FORMATS)


def test_arrays_are_shown() -> None:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE t (id INT, a INT[], b TEXT[], c DECIMAL(9, 4)[])")
        rows = "(1, ARRAY[1, NULL], ARRAY['x', 'a,b'], ARRAY[0.0001]), (2, NULL, '{}', NULL)"
        connection.execute(f"INSERT INTO t VALUES {rows}")
        table = connection.execute("SELECT a, b, c FROM t ORDER BY id").fetch_arrow_table()
        shown = connection.execute("SELECT a, b, c FROM t ORDER BY id")._repr_html_()
    assert json.loads(written("json", table), parse_float=Decimal) == [
        {"a": [1, None], "b": ["x", "a,b"], "c": [Decimal("0.0001")]},
        {"a": None, "b": [], "c": None},
    ]
    first = ["{1,NULL}", '{x,"a,b"}', "{0.0001}"]
    _, *rows_read = csv.reader(io.StringIO(written("csv", table)))
    assert rows_read[0] == first
    for name in ("aligned", "vertical", "markdown"):
        assert all(cell in written(name, table) for cell in first), name
    assert "{1,NULL}" in written("html", table)
    assert "{1,NULL}" in shown
