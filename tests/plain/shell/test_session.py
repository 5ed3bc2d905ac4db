"""Statements and commands in a session: what is printed where."""

from __future__ import annotations

import io
import re

import pytest

from gpudb.shell.commands import COMMANDS
from tests.plain.shell.shells import Shell

TWO = " number | name\n--------+------\n      0 | n0\n      1 | n1\n(2 rows)\n"


class Terminal(io.StringIO):
    """A stream that passes for a terminal."""

    def isatty(self) -> bool:
        return True


def test_each_statement_prints_its_answer(shell: Shell) -> None:
    assert shell.run("COUNT 2; WRITE 3; COUNT 2") == (True, f"{TWO}(3 rows)\n{TWO}", "")


def test_errors_stop_and_show_their_place(shell: Shell) -> None:
    went_well, out, errors = shell.run("COUNT 2;\n\n  BAD 1;\nCOUNT 2;")
    assert not went_well
    assert out == TWO
    shown = "line 3, column 3:   BAD 1;"
    caret = " " * shown.index("BAD") + "^^^"
    assert errors == f"error: unknown word BAD\n{shown}\n{caret}\n"
    assert [text for text, _ in shell.engine.ran] == ["COUNT 2", "BAD 1"]


def test_the_row_limit_tells_the_count(shell: Shell) -> None:
    shell.session.options.rows = 2
    _, out, _ = shell.run("COUNT 12345")
    assert out == TWO.replace("(2 rows)", "(12,345 rows, 2 shown)")


def test_timing(shell: Shell) -> None:
    _, out, _ = shell.run("\\timing\nCOUNT 0;\n\\timing off\nCOUNT 0;")
    lines = out.splitlines()
    assert lines[0] == "timing is on"
    assert re.fullmatch(r"\(0 rows, \d+\.\d ms\)", lines[3])
    assert lines[4] == "timing is off"
    assert lines[-1] == "(0 rows)"
    went_well, _, errors = shell.run("\\timing maybe")
    assert not went_well
    assert errors == "error: \\timing takes on or off, not maybe\n"


def test_help_lists_every_command(shell: Shell) -> None:
    _, out, _ = shell.run("\\?")
    for command in COMMANDS:
        assert f"\\{command.name}" in out
        assert command.description in out
    assert max(map(len, out.splitlines())) < 80


def test_quitting_leaves_the_rest(shell: Shell) -> None:
    assert shell.run("\\q\nCOUNT 2;") == (True, "", "")
    assert shell.session.has_quit


def test_unknown_command(shell: Shell) -> None:
    for typed, hint in (("\\detct x", "did you mean \\detect?"), ("\\1", "\\? lists them")):
        name = typed.split()[0]
        assert shell.run(typed) == (False, "", f"error: there is no command {name}; {hint}\n")


@pytest.mark.parametrize("text", ["", ";", "-- nothing", " ; ;\n"])
def test_nothing_to_do(text: str, shell: Shell) -> None:
    assert shell.run(text) == (True, "", "")


def test_progress_is_shown_at_a_terminal_only(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert shell.run("WRITE 5000") == (True, "(5,000 rows)\n", "")
    shown = []
    shell.engine.on_report = lambda: shown.append(shell.session.connection.on_progress)
    shell.run("COUNT 1")
    shell.session.errors = Terminal()
    shell.run("COUNT 1")
    shell.session.out = Terminal()
    shell.run("COUNT 1")
    monkeypatch.setenv("TERM", "dumb")
    shell.run("COUNT 1")
    monkeypatch.setenv("TERM", "xterm")
    shell.session.connection.settings.progress = False
    shell.run("COUNT 1")
    assert [report is not None for report in shown] == [False, False, True, False, False]
    assert shell.session.connection.on_progress is None
