"""%sql and %%sql in IPython's own shell, and results as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import gpudb
from gpudb.cursor import Cursor
from gpudb.jupyter import NotebookBar, parameter_names, read_options


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    settings = Config()
    settings.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=settings)
    shell.run_cell("%load_ext gpudb").raise_error()
    yield shell
    shell.run_cell("%unload_ext gpudb").raise_error()
    InteractiveShell.clear_instance()


def run(notebook: InteractiveShell, cell: str) -> Cursor:
    done = notebook.run_cell(cell)
    done.raise_error()
    assert isinstance(done.result, Cursor)
    return done.result


def test_a_line_is_an_answer_in_html(notebook: InteractiveShell) -> None:
    answer = run(notebook, "%sql SELECT 6 * 7 AS n, 'a<b' AS s, NULL AS nothing")
    html = answer._repr_html_()
    assert "<th>n</th><th>s</th><th>nothing</th>" in html
    assert '<td align="right">42</td><td>a&lt;b</td>' in html
    assert 'class="null">NULL</td>' in html
    assert html.endswith("<p>1 rows</p>")
    # What was shown can still be read.
    assert answer.fetchall() == [(42, "a<b", None)]


def test_a_cell_of_statements_reads_the_notebooks_variables(notebook: InteractiveShell) -> None:
    notebook.user_ns["frame"] = pa.table({"n": range(50)})
    notebook.user_ns["limit"] = 47
    answer = run(notebook, "%%sql\n-- :no\nSELECT n FROM frame\nWHERE n >= :limit AND ':x' > ''")
    assert answer.fetchall() == [(47,), (48,), (49,)]
    shown = run(notebook, "%sql SELECT n FROM frame")._repr_html_()
    assert shown.count("<tr>") == 21
    assert shown.endswith("<p>50 rows, 20 shown</p>")
    stored = run(notebook, "%%sql\nCREATE TABLE t (n INTEGER);\nINSERT INTO t VALUES (1), (2)")
    assert stored._repr_html_() == "<p>2 rows</p>"
    notebook.run_cell("%%sql --into answer\nSELECT sum(n) FROM t").raise_error()
    assert notebook.user_ns["answer"].fetchall() == [(3,)]


def test_each_statement_has_its_own_parameters(notebook: InteractiveShell) -> None:
    notebook.user_ns["low"], notebook.user_ns["high"] = 2, 3
    cell = "%%sql\nCREATE TABLE t AS SELECT :low AS n;\nSELECT n, :high AS m FROM t WHERE n = :low;"
    assert run(notebook, cell).fetchall() == [(2, 3)]
    done = notebook.run_cell("%%sql\nSELECT :low AS n;\nSELECT :high + nothing")
    assert isinstance(done.error_in_exec, UsageError)
    assert "line 3, column 16: SELECT :high + nothing" in str(done.error_in_exec)


def test_databases_and_connections(notebook: InteractiveShell, tmp_path: Path) -> None:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE mine (n INTEGER)")
        notebook.user_ns["con"] = connection
        assert run(notebook, "%sql --connection con SHOW TABLES").fetchone() == ("mine", 0, 0)
        assert run(notebook, "%sql SHOW TABLES").fetchone() is not None
    path = tmp_path / "lake.gpudb"
    notebook.run_cell(f"%sql --database {path}").raise_error()
    assert run(notebook, "%sql SHOW TABLES").fetchall() == []
    assert path.is_dir()


def test_errors_are_messages(notebook: InteractiveShell) -> None:
    for cell, message in (
        ("%sql SELECT nothing", "line 1, column 8: SELECT nothing"),
        ("%%sql\nSELECT 1;\nSELECT 1 / 0", "division by zero"),
        ("%sql --speed 3 SELECT 1", "--speed is not understood"),
        ("%sql --connection nobody SELECT 1", "nobody is no connection"),
    ):
        with pytest.raises(UsageError, match=message):
            notebook.run_cell(cell).raise_error()


def test_what_a_line_says() -> None:
    assert read_options("--into a --database=x.gpudb  SELECT --b") == (
        {"--into": "a", "--database": "x.gpudb"},
        "SELECT --b",
    )
    assert parameter_names("SELECT :a, b::int, ':c', :d_2 -- :e") == ["a", "d_2"]


def test_the_bar_is_shown_after_a_while_and_goes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn: list[str] = []

    class Handle:
        def update(self, shown: object) -> None:
            drawn.append(str(getattr(shown, "data", shown)))

    def show(shown: object, display_id: bool) -> Handle:
        Handle().update(shown)
        return Handle()

    monkeypatch.setattr("gpudb.jupyter.display", show)
    clock = iter((0.0, 0.1, 0.9, 0.95, 2.0))
    monkeypatch.setattr("gpudb.jupyter.time.monotonic", lambda: next(clock))
    bar = NotebookBar()
    for done in (10, 25, 30, 50):
        bar(done * 10**6, 100 * 10**6, 0, None)
    bar.close()
    assert [text.partition("</progress>")[0] for text in drawn] == [
        '<progress value="0.250" max="1">',
        '<progress value="0.500" max="1">',
        "",
    ]
