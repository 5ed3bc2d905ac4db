"""Every block of the documentation runs, in order, in one namespace a page.

python blocks run, and what they print stands in the comments that follow each print; sql blocks run
on `con`; console blocks show `$ gpudb ...` or the prompt with what is printed. A comment
`<!-- test: run ... -->` prepares what the page takes for granted.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import gpudb
from gpudb.shell.main import run as run_command
from gpudb.shell.session import Session
from tests import pictures

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("index", "shell", "python", "loading", "how", "performance", "limits")
BLOCK = re.compile(
    r"<!-- test: run\n(?P<hidden>.*?)-->|^```(?P<language>python|sql|console)\n(?P<code>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
PRINTED = re.compile(r"^# (?P<line>.*)$", re.MULTILINE)
TIME = re.compile(r", [\d.]+ (?:ms|s)\b")


def blocks(page: str) -> Iterator[tuple[str, str]]:
    for match in BLOCK.finditer((DOCS / f"{page}.md").read_text(encoding="utf-8")):
        yield match["language"] or "hidden", match["hidden"] or match["code"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_blocks_run(page: str, folder: Path) -> None:
    with contextlib.ExitStack() as stack:
        names: dict[str, object] = {"con": stack.enter_context(gpudb.connect())}
        for language, code in blocks(page):
            if language == "console":
                check_console(code, names)
            elif language == "sql":
                connection(names).execute(code)
            else:
                check_python(code, names, page, is_shown=language == "python")
        with contextlib.suppress(gpudb.InterfaceError):
            connection(names).close()


def connection(names: dict[str, object]) -> gpudb.Connection:
    found = names["con"]
    assert isinstance(found, gpudb.Connection)
    return found


def check_python(code: str, names: dict[str, object], page: str, *, is_shown: bool) -> None:
    # A function's text is found in a file only.
    path = Path(f"{page}_{abs(hash(code))}.py").absolute()
    path.write_text(code)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, str(path), "exec"), names)
    if is_shown:
        assert printed.getvalue().splitlines() == PRINTED.findall(code)


def check_console(code: str, names: dict[str, object]) -> None:
    pieces = re.split(r"^(\$|gpudb>) (.*)\n", code, flags=re.MULTILINE)
    out = io.StringIO()
    session = Session(connection(names), out, out)
    for sign, typed, expected in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        if sign == "gpudb>":
            session.run(typed)
            printed = out.getvalue()
            out.seek(0)
            out.truncate()
        else:
            printed = command_output(typed)
        assert [line.rstrip() for line in TIME.sub("", printed).splitlines()] == [
            line.rstrip() for line in expected.splitlines()
        ], typed


def command_output(typed: str) -> str:
    name, *arguments = shlex.split(typed)
    assert name == "gpudb"
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        run_command(arguments)
    return out.getvalue()


def test_every_page_is_run_or_made() -> None:
    made = {"sql", "architecture", "adding", "decisions"}
    assert {path.stem for path in DOCS.glob("*.md")} == {*PAGES, *made}


def test_the_pictures_are_current(folder: Path) -> None:
    query = next(code for language, code in blocks("how") if language == "sql")
    hidden = next(code for language, code in blocks("how") if language == "hidden")
    with gpudb.connect() as con:
        exec(hidden, {"con": con})
        drawn = {
            "plan": pictures.plan_picture(pictures.plan_lines(con, query)),
            "code": pictures.code_picture(pictures.code_lines(con, query)),
        }
    for name, picture in drawn.items():
        path = DOCS / "pictures" / f"{name}.svg"
        if os.environ.get("GPUDB_UPDATE_PICTURES"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(picture, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == picture
