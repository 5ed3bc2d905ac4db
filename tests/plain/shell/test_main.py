"""The command gpudb, arguments, scripts, exit statuses."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

import gpudb
from gpudb.settings import SETTINGS
from gpudb.shell.main import run

# Numba, and what only frames, loads and the prompt need.
NOT_NEEDED = ("numba", "polars", "duckdb", "rich", "prompt_toolkit")
ONE = " n\n---\n 1\n(1 row)\n"


@dataclass(frozen=True)
class Printed:
    """What the command printed."""

    stdout: str
    stderr: str


class Run(Protocol):
    """Runs the command in this process."""

    def __call__(self, *arguments: str, stdin: str = "", status: int = 0) -> Printed: ...


@pytest.fixture
def run_gpudb(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run_command(*arguments: str, stdin: str = "", status: int = 0) -> Printed:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        found = run(arguments)
        printed = Printed(*capsys.readouterr())
        assert found == status, printed.stderr
        return printed

    return run_command


def test_statements_given(run_gpudb: Run) -> None:
    printed = run_gpudb("-c", "SELECT 1 AS n")
    assert (printed.stdout, printed.stderr) == (ONE, "")


def test_scripts_and_statements_run_in_order(
    run_gpudb: Run, tmp_path: Path, tmp_database: Path
) -> None:
    script = tmp_path / "make.sql"
    script.write_text("CREATE TABLE t (n INTEGER);\nINSERT INTO t VALUES (1);\n")
    printed = run_gpudb(str(tmp_database), "-f", str(script), "-c", "SELECT n FROM t")
    assert printed.stdout == f"(done)\n(1 row)\n{ONE}"
    again = run_gpudb(str(tmp_database), "--read-only", "-c", "SELECT n FROM t")
    assert again.stdout == ONE
    refused = run_gpudb(str(tmp_database), "--read-only", "-c", "DROP TABLE t", status=1)
    assert refused.stderr.startswith("error: ")


def test_piped_script(run_gpudb: Run) -> None:
    script = "SELECT 1 AS n;\n\\timing off\nSELECT 1\n AS n"
    assert run_gpudb(stdin=script).stdout == f"{ONE}timing is off\n{ONE}"
    assert run_gpudb(stdin="").stdout == ""


def test_an_error_stops_with_its_place(run_gpudb: Run) -> None:
    printed = run_gpudb(stdin="SELECT 1 AS n;\nSELECT\n  nonsense;\nSELECT 2;", status=1)
    assert printed.stdout == ONE
    lines = printed.stderr.splitlines()
    assert lines[0].startswith("error: ")
    assert "nonsense" in lines[0]
    assert lines[-2] == "line 3, column 3:   nonsense;"
    assert lines[-1] == " " * lines[-2].index("nonsense") + "^" * len("nonsense")
    assert "Traceback" not in printed.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-f", "/no/such.sql"), "error: cannot read /no/such.sql"),
        (("--device", "gpuu", "-c", "SELECT 1"), "error: setting device takes one of auto, cpu"),
        (("--read-only", "/no/such.gpudb", "-c", "SELECT 1"), "error: "),
        (("-c", "\\nonsense"), "error: there is no command \\nonsense"),
    ],
)
def test_what_cannot_be_done_is_said(
    run_gpudb: Run, arguments: tuple[str, ...], message: str
) -> None:
    printed = run_gpudb(*arguments, status=1)
    assert message in printed.stderr
    assert "Traceback" not in printed.stderr


def test_devices(run_gpudb: Run) -> None:
    for device in ("python", "cpu"):
        assert run_gpudb("--device", device, "-c", "SELECT 1 AS n").stdout == ONE


def test_rows_are_limited_on_request(run_gpudb: Run) -> None:
    printed = run_gpudb("--rows", "1", "-c", "SHOW ALL")
    assert printed.stdout.endswith(f"({len(SETTINGS)} rows, 1 shown)\n")
    assert len(run_gpudb("--rows", "0", "-c", "SHOW ALL").stdout.splitlines()) == len(SETTINGS) + 3


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--version", "--help"):
        with pytest.raises(SystemExit) as left:
            run([option])
        assert left.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"gpudb {gpudb.__version__}\n")
    assert "--read-only" in printed


def test_a_reader_that_has_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "gpudb", "-c", "SHOW ALL"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_a_query_loads_only_what_it_needs() -> None:
    code = (
        "import sys; from gpudb.shell.main import run; run(['-c', 'SELECT 1 AS n']);"
        f"print([name for name in {NOT_NEEDED!r} if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == f"{ONE}[]\n"


def test_what_nobody_foresaw_has_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PermissionError("not allowed")

    monkeypatch.setattr("gpudb.connect", fail)
    assert run(["-c", "SELECT 1"]) == 1
    assert "please report it: PermissionError: not allowed" in capsys.readouterr().err
    assert run(["--debug", "-c", "SELECT 1"]) == 1
    assert "Traceback" in capsys.readouterr().err
