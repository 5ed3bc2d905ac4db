"""The prompt, typed at through a pipe."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from gpudb.errors import OperationalError
from gpudb.shell.opening import Opening
from gpudb.shell.repl import converse, make_prompt, open_history
from gpudb.shell.session import Session
from tests.plain.shell.shells import Shell

HEAVY = ("numba", "llvmlite", "cupy", "numpy", "pyarrow", "sqlglot", "gpudb.connection", "rich")
CTRL_C, CTRL_D = "\x03", "\x04"


@pytest.fixture
def typed(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def type_keys(keys: str) -> str:
        with (
            create_pipe_input() as pipe,
            create_app_session(input=pipe, output=DummyOutput()),
        ):
            pipe.send_text(keys)
            opening = Opening(lambda: shell.session)
            converse(opening, make_prompt(opening))
        return shell.out.getvalue()

    return type_keys


def ran(shell: Shell) -> list[str]:
    return [text for text, _ in shell.engine.ran]


def test_a_statement_may_take_several_lines(typed: Callable[[str], str], shell: Shell) -> None:
    assert typed("WRITE \r5\r;\r" + CTRL_D) == "(5 rows)\n"
    assert ran(shell) == ["WRITE \n5"]


def test_commands_need_no_semicolon(typed: Callable[[str], str], shell: Shell) -> None:
    assert typed("\\timing\r\\q\r") == "timing is on\n"
    assert shell.session.has_quit


def test_errors_do_not_end_the_conversation(typed: Callable[[str], str], shell: Shell) -> None:
    assert typed("BAD;\rWRITE 1;\r" + CTRL_D) == "(1 row)\n"
    assert "unknown word BAD" in shell.errors.getvalue()


def test_ctrl_c_drops_what_is_typed(typed: Callable[[str], str], shell: Shell) -> None:
    assert typed("WRITE 9" + CTRL_C + "WRITE 1;\r" + CTRL_D) == "(1 row)\n"
    assert ran(shell) == ["WRITE 1"]


def test_history_is_kept(typed: Callable[[str], str], tmp_path: Path) -> None:
    typed("WRITE 1;\r" + CTRL_D)
    history = tmp_path / "gpudb" / "history"
    assert "WRITE 1;" in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


def test_history_needs_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert isinstance(open_history(), FileHistory)
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert isinstance(open_history(), InMemoryHistory)


def test_nothing_is_opened_before_the_prompt_is_drawn() -> None:
    code = (
        "import sys; import gpudb.shell.main, gpudb.shell.repl, gpudb.shell.opening;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


@pytest.mark.parametrize("keys", ["", "SELECT 1;\r"])
def test_what_goes_wrong_with_opening_ends_the_prompt(keys: str, tmp_path: Path) -> None:
    def fail() -> Session:
        raise OperationalError("the database is locked")

    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(keys)
        opening = Opening(fail)
        with pytest.raises(OperationalError, match="locked"):
            converse(opening, PromptSession(history=InMemoryHistory()))
        opening.close()
        assert opening.opened is None


def test_history_whose_folder_goes_is_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    history = open_history()
    shutil.rmtree(tmp_path / "gpudb")
    history.append_string("SELECT 1;")
    assert history.get_strings() == ["SELECT 1;"]
