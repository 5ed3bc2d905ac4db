"""A real notebook, run by a real kernel: what stands below its cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = (
    "%load_ext gpudb",
    "import pyarrow as pa\nlimit, frame = 2, pa.table({'n': [1, 2, 3], 's': ['a<b', None, 'ä']})",
    "%%sql\nCREATE TABLE kept AS SELECT * FROM frame;\nSELECT n, s FROM kept WHERE n >= :limit",
    "%sql --into answer SELECT sum(n) AS total FROM kept",
    "answer.fetch_df()['total'][0]",
    "%%sql\nSELECT n,\n       nonsense\nFROM kept",
    "%sql SELECT count(*) AS still_there FROM kept",
)
FAILING = 5


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The cells of the notebook after they have run."""
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "XDG_CACHE_HOME"):
            patch.setenv(name, str(folder))
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
        NotebookClient(notebook, timeout=100, allow_errors=True, kernel_name="python3").execute()
    return list(notebook.cells)


def answer(cell: Any, form: str) -> str:
    """Return the answer below a cell; a bar may have stood there meanwhile."""
    (output,) = [o for o in cell.outputs if o.output_type == "execute_result"]
    return str(output["data"][form])


def test_answers_are_tables_of_html(cells: list[Any]) -> None:
    html = answer(cells[2], "text/html")
    assert "<th>n</th><th>s</th>" in html
    assert '<td align="right">2</td><td class="null">NULL</td>' in html
    assert "<td>ä</td>" in html
    assert html.endswith("<p>2 rows</p>")


def test_answers_go_into_variables(cells: list[Any]) -> None:
    assert [o for o in cells[3].outputs if o.output_type == "execute_result"] == []
    assert "6" in answer(cells[4], "text/plain")


def test_errors_are_messages_without_a_traceback(cells: list[Any]) -> None:
    (output,) = cells[FAILING].outputs
    shown = str(output)
    assert "nonsense" in shown
    assert "line 3, column 8" in shown
    assert "Traceback" not in shown
    assert "gpudb/" not in shown
    assert '<td align="right">3</td>' in answer(cells[FAILING + 1], "text/html")
    assert all(cell.outputs == [] for cell in cells[:2])
