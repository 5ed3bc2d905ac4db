"""What goes wrong around the shell: it says so in words, and goes on where it can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gpudb
from gpudb.shell.main import run
from tests.plain.shell.terminals import ROOT, Terminal


def test_a_history_that_cannot_be_written_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = {"XDG_STATE_HOME": str(tmp_path / "file")}
    with Terminal([], tmp_path, environment=environment) as terminal:
        terminal.wait_for_prompt()
        terminal.type("SELECT 41 + 1;", "enter")
        terminal.wait_for(" 42")
        terminal.wait_for_prompt()
        terminal.type("", "up")
        terminal.wait_for("gpudb> SELECT 41 + 1;")


def test_a_table_printed_while_the_terminal_is_resized(tmp_path: Path) -> None:
    wide = ", ".join(f"'{'x' * 12}' AS column_{n}" for n in range(5))
    with Terminal([], tmp_path, columns=100) as terminal:
        terminal.wait_for_prompt()
        terminal.type(f"SELECT {wide};", "enter")
        terminal.resize(50)
        terminal.wait_for("row")
        terminal.wait_for_prompt()
        terminal.type("SELECT repeat('y', 300) AS long;", "enter")
        terminal.wait_for("yyy")
        screen = terminal.wait_for_prompt()
        assert any(line.strip().startswith("yyy") for line in screen)
        assert all(len(line) <= 50 for line in screen)
        assert not any("Traceback" in line for line in screen)


def test_a_locked_database(tmp_path: Path) -> None:
    with gpudb.connect(tmp_path / "lake") as connection:
        connection.execute("CREATE TABLE t (n INTEGER)")
        command = [sys.executable, "-m", "gpudb", str(tmp_path / "lake"), "-c", "SELECT 1"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        with Terminal([str(tmp_path / "lake")], tmp_path) as terminal:
            screen = terminal.wait_for("error:")
            assert terminal.wait_for_end() == 1
    assert not any("Traceback" in line for line in screen)
    assert done.returncode == 1
    assert "error:" in done.stderr
    assert "lock" in done.stderr or "in use" in done.stderr or "open" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_script_with_a_broken_quote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "broken.sql"
    script.write_text("SELECT 1 AS one;\nSELECT 'open;\nSELECT 2;\n")
    assert run(["-f", str(script)]) == 1
    printed = capsys.readouterr()
    assert "one" in printed.out
    assert "line 2, column 8: SELECT 'open;" in printed.err
    assert "Traceback" not in printed.err


def test_binary_data_in_an_answer_does_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["-c", "SELECT 'a\x1b[31mb\x07\x00c' AS raw"]) == 0
    assert "a\\x1b[31mb\\x07\\x00c" in capsys.readouterr().out


def test_a_wrong_number_of_parameters_and_a_function_that_raises() -> None:
    with gpudb.connect() as connection:
        with pytest.raises(gpudb.ProgrammingError, match="parameter"):
            connection.execute("SELECT ?, ?", (1,))
        connection.create_function("never", lambda s: {}[s], [str], int)
        with pytest.raises(gpudb.DataError, match=r"function never, line .*KeyError: 'x'"):
            connection.execute("SELECT never('x')")


def test_a_locale_that_does_not_know_utf_8(tmp_path: Path) -> None:
    off = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    query = "SELECT 'é' = chr(233) AS \"naïve\", 'é' AS e"
    with Terminal([], tmp_path, environment=off) as terminal:
        terminal.wait_for_prompt()
        terminal.type(f"{query};", "enter")
        shown = "\n".join(terminal.wait_for("(1 row"))
        assert " na\\xefve | e\n----------+------\n true     | \\xe9\n" in shown
    command = [sys.executable, "-m", "gpudb"]
    environment = {**os.environ, **off}
    for arguments, given in (([*command, "-c", query], None), (command, f"{query};".encode())):
        done = subprocess.run(
            arguments, input=given, cwd=ROOT, env=environment, capture_output=True, check=True
        )
        assert done.stdout.splitlines()[2] == b" true     | \\xe9"
