"""The commands that begin with a backslash, on a database with tables."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import gpudb
from gpudb.shell.commands import COMMANDS, find_command
from gpudb.shell.options import OPTIONS
from gpudb.shell.session import Session
from gpudb.shell.statement_help import STATEMENTS
from gpudb.sql.parse import parse_script

ROOT = Path(__file__).parents[3]


@dataclass
class Shell:
    """A session on a real database; `say` returns what it prints."""

    session: Session

    def say(self, text: str) -> str:
        assert self.session.run(text), self.errors()
        return self.printed(self.session.out)

    def fail(self, text: str) -> str:
        assert not self.session.run(text)
        return self.errors()

    def errors(self) -> str:
        return self.printed(self.session.errors)

    def printed(self, stream: object) -> str:
        assert isinstance(stream, io.StringIO)
        text = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return text


@pytest.fixture
def shell() -> Iterator[Shell]:
    with gpudb.connect() as connection:
        connection.execute("CREATE TABLE trips (trip_id INTEGER NOT NULL, region TEXT)")
        connection.execute("INSERT INTO trips VALUES (1, 'north'), (2, NULL), (3, 'north')")
        yield Shell(Session(connection, io.StringIO(), io.StringIO()))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "it's.csv"
    path.write_text("n,name\n1,a\n2,b\n")
    return path


def test_tables_and_columns(shell: Shell) -> None:
    assert " trips |       2 |    3 |" in shell.say("\\dt")
    assert shell.say("\\dt") == shell.say("\\dt tr") == shell.say("\\dt TR*")
    assert "(0 rows)" in shell.say("\\dt nothing")
    columns = shell.say("\\d trips")
    assert " trip_id | INTEGER | yes" in columns
    assert " region  | TEXT    | no" in columns
    full = shell.say("\\d+ TRIPS;")
    assert " region  | TEXT    |     1 |" in full
    assert "trips: 3 rows in" in full
    assert "did you mean 'trips'?" in shell.fail("\\d trip")


def test_views(shell: Shell) -> None:
    shell.say("CREATE VIEW north AS SELECT trip_id AS id FROM trips WHERE region = 'north';")
    shell.say("COMMENT ON VIEW north IS 'trips of the north';")
    listed = shell.say("\\dv")
    assert " north |       1 | SELECT trip_id AS id FROM trips" in listed
    assert "(0 rows)" in shell.say("\\dv south")
    both = shell.say("\\d")
    assert " north | view  |       1 | NULL" in both
    assert " trips | table |       2 |    3" in both
    assert "north" not in shell.say("\\dt")
    shown = shell.say("\\d North")
    assert " id     | INTEGER" in shown
    assert "query: SELECT trip_id AS id FROM trips WHERE region = 'north'" in shown
    assert "comment: trips of the north" in shown
    assert shell.say("\\d+ north") == shown


def test_defaults_constraints_and_comments(shell: Shell) -> None:
    shell.say('CREATE TABLE fares (fare DOUBLE DEFAULT 1.5 CHECK (fare > 0), "odd ""one" TEXT);')
    shell.say("COMMENT ON TABLE fares IS 'what trips cost';")
    shown = shell.say("\\d fares")
    assert "| encoding | default" in shown
    assert "comment" not in shown.splitlines()[0]
    assert "fare > 0" in shown
    assert "comment: what trips cost" in shown
    shell.say("COMMENT ON COLUMN fares.fare IS 'in euros';")
    assert "in euros" in shell.say("\\d fares")


def test_commands_see_and_change_the_open_transaction(shell: Shell, file: Path) -> None:
    shell.say("BEGIN;")
    shell.say("CREATE TABLE inside (n BIGINT, name TEXT);")
    assert "inside" in shell.say("\\dt")
    assert " name   | TEXT" in shell.say("\\d inside")
    assert "transaction       | open" in shell.say("\\status")
    shell.say(f'\\copy "{file}" inside')
    shell.say(f'\\copy "{file}" made')
    assert "inside: 2 rows" in shell.say("\\d+ inside")
    assert "\n        4\n" in shell.say("SELECT count(*) FROM inside, made;")
    shell.say("ROLLBACK;")
    assert "transaction       | none" in shell.say("\\status")
    listed = shell.say("\\dt")
    assert "inside" not in listed
    assert "made" not in listed
    shell.say("BEGIN;")
    shell.say(f'\\copy "{file}" made')
    shell.say("COMMIT;")
    assert "made: 2 rows" in shell.say("\\d+ made")


def test_copy_as_psql_writes_it(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert "(3 rows)" in shell.say(f"\\copy trips to {path}")
    assert path.read_text() == "trip_id,region\n1,north\n2,\n3,north\n"
    assert "(3 rows)" in shell.say(f"\\copy trips FROM '{path}'")
    assert "(2 rows)" in shell.say(
        f"\\copy (SELECT trip_id FROM trips WHERE region IS NULL) TO '{path}' WITH (header = false)"
    )
    assert path.read_text() == "2\n2\n"
    assert "line 1, column 6: COPY nothing to '" in shell.fail(f"\\copy nothing to {path}")


def test_commands_do_not_become_the_last_query(shell: Shell, file: Path) -> None:
    shell.say("SELECT sum(trip_id) AS n FROM trips;")
    for command in ("explain", "device", "memory_summary", f'detect "{file}"', "d trips", "dt"):
        shell.say(f"\\{command}")
    assert shell.say("\\explain") == shell.say("\\explain")
    assert "Aggregate" in shell.say("\\explain")
    assert " n\n" in shell.say("\\watch 0 1")
    shell.fail("SELECT nothing FROM trips;")
    assert "def rows(" in shell.say("\\code")
    assert "line 1, column 16: EXPLAIN SELECT nothing" in shell.fail("\\explain")


def test_functions(shell: Shell) -> None:
    found = shell.say("\\df substr")
    assert "substring" in found
    assert "count" in shell.say("\\df coun*")


def test_files_are_detected_and_copied(shell: Shell, file: Path) -> None:
    found = shell.say(f'\\detect "{file}"')
    assert " n      | " in found
    assert "(2 rows)" in found
    shell.say(f'\\copy "{file}" loaded')
    shell.say(f'\\copy "{file}" loaded')
    assert "\n        4\n" in shell.say("SELECT count(*) FROM loaded;")
    assert "expected FILE TABLE" in shell.fail(f'\\copy "{file}"')
    assert "a quote is open" in shell.fail("\\detect it's")


def test_plans_kernels_and_costs_of_the_last_query(shell: Shell) -> None:
    assert "there is no last query" in shell.fail("\\code")
    shell.say("SELECT count(*) FROM trips WHERE trip_id > 1;")
    assert "def rows(" in shell.say("\\code")
    assert "pipeline 0:" in shell.say("\\profile")
    assert "Scan trips" in shell.say("\\explain")
    assert "Scan trips" in shell.say("\\explain SELECT region FROM trips")
    assert "stages:" in shell.say("\\profile SELECT 1")


def test_watch(shell: Shell) -> None:
    shell.say("SELECT 7 AS n;")
    assert shell.say("\\watch 0.01 3").count("7") == 3
    assert "\\watch takes seconds" in shell.fail("\\watch soon")


def test_device_memory_status_version(shell: Shell) -> None:
    assert "python" in shell.say("\\device python")
    assert "takes one of auto, cpu" in shell.fail("\\device abacus")
    assert "limit_bytes" in shell.say("\\memory_summary")
    assert "no longer held" in shell.say("\\clear_cpu")
    assert "cpu" in shell.say("\\cpu")
    assert "0 bytes of columns are no longer held in memory of the GPU" in shell.say("\\clear_gpu")
    assert "in memory" in shell.say("\\l")
    assert "in memory" in shell.say("\\status")
    assert gpudb.__version__ in shell.say("\\version")


def test_a_gpu_that_is_not_there_changes_nothing(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    shell.say("\\device cpu")
    assert "device 'cuda'" in shell.fail("\\gpu")
    assert "cpu" in shell.say("\\device")
    assert "42" in shell.say("SELECT 6 * 7;")


def test_databases_beside_the_one_in_use_are_listed(shell: Shell, tmp_path: Path) -> None:
    for name in ("a", "b"):
        gpudb.connect(tmp_path / name).close()
    (tmp_path / "other").mkdir()
    shell.session.database = str(tmp_path / "b")
    lines = shell.say("\\l").splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:4]] == ["", "in use"]
    assert lines[2].split("|")[0].strip() == str(tmp_path / "a")
    assert lines[4] == "(2 rows)"


def test_functions_of_the_user_come_first(shell: Shell) -> None:
    shell.session.connection.create_function("half", lambda x: x / 2, [float], float)
    assert "half(DOUBLE) -> DOUBLE | compiled" in shell.say("\\df half")


def test_help_on_statements(shell: Shell) -> None:
    assert "CREATE TABLE" in shell.say("\\h")
    assert "ENCODING" in shell.say("\\h create")
    assert "there is no help on nothing" in shell.fail("\\h nothing")
    for statement in STATEMENTS:
        assert len(parse_script(statement.example)) == 1


def test_forms(shell: Shell) -> None:
    assert "jsonlines" in shell.say("\\format")
    assert shell.say("\\format csv\nSELECT 1 AS n, NULL AS m;") == "n,m\n1,\n"
    assert "format takes one of" in shell.fail("\\format cvs")
    shell.say("\\format aligned")
    assert shell.say("\\x\nSELECT 1 AS n;").endswith("-[ row 1 ]---\nn | 1\n(1 row)\n")
    assert shell.say("\\x off") == "expanded is off\n"


def test_options(shell: Shell) -> None:
    listed = shell.say("\\set")
    assert all(option.name in listed for option in OPTIONS)
    assert " -\n" in shell.say("\\set null -\nSELECT NULL AS n;")
    assert " BIGINT\n" in shell.say("\\set types on\nSELECT count(*) AS n FROM trips;")
    assert shell.say("\\set rows") == "rows is 0\n"
    assert "did you mean timing?" in shell.fail("\\set timming on")
    assert "rows takes a number" in shell.fail("\\set rows many")
    assert shell.say("\\pager off") == "pager is off\n"
    assert shell.say("\\pager") == "pager is on\n"


def test_answers_go_to_a_file(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    assert shell.say(f"\\o {path}\nSELECT 1 AS n;") == ""
    assert shell.say("\\o\nSELECT 2 AS n;") == " n\n---\n 2\n(1 row)\n"
    assert path.read_text() == " n\n---\n 1\n(1 row)\n"
    assert "cannot write" in shell.fail(f"\\o {tmp_path}")


def test_scripts(shell: Shell, tmp_path: Path) -> None:
    script, broken = tmp_path / "good.sql", tmp_path / "broken.sql"
    script.write_text("SELECT 1 AS n;\n\\format csv\nSELECT 2 AS n;")
    broken.write_text("SELECT 'no end")
    endless = tmp_path / "endless.sql"
    endless.write_text(f"\\i {endless}\n")
    assert shell.say(f"\\i {script}") == " n\n---\n 1\n(1 row)\nn\n2\n"
    assert "stopped at the error above" in shell.fail(f"\\i {broken}")
    assert "scripts run each other 16 deep" in shell.fail(f"\\i {endless}")
    assert "cannot read" in shell.fail("\\i /no/such.sql")


def test_the_editor(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import sys, pathlib\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "path.write_text(path.read_text().replace('1', '2'))\n"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {editor}")
    shell.say("SELECT 1 AS n;")
    assert shell.say("\\e") == "SELECT 2 AS n\n n\n---\n 2\n(1 row)\n"
    assert shell.say("\\e") == ""
    monkeypatch.setenv("VISUAL", "/no/such/editor")
    assert "cannot run the editor" in shell.fail("\\e")
    monkeypatch.setenv("VISUAL", "false")
    assert "ended with status 1" in shell.fail("\\e")


def test_history(shell: Shell, tmp_path: Path) -> None:
    shell.session.history[:] = ["SELECT 1;", "SELECT 2;", "\\dt"]
    assert shell.say("\\history 2") == "SELECT 2;\n\\dt\n"
    assert shell.say(f"\\history {tmp_path}/kept.sql") == ""
    assert (tmp_path / "kept.sql").read_text() == "SELECT 1;\nSELECT 2;\n\\dt\n"
    assert "cannot write" in shell.fail(f"\\history {tmp_path}")


@pytest.mark.parametrize("kind", ["bar region n", "line n n", "scatter n n", "hist n"])
def test_charts(shell: Shell, kind: str) -> None:
    shell.say("SELECT region, count(*) AS n FROM trips GROUP BY region;")
    drawn = shell.say(f"\\chart {kind}")
    assert len(drawn.splitlines()) >= 10
    assert "\x1b" not in drawn


def test_charts_of_what_cannot_be_drawn(shell: Shell) -> None:
    assert "there is no answer to draw" in shell.fail("\\chart bar a b")
    shell.say("SELECT region, trip_id FROM trips;")
    assert "\\chart takes bar|line" in shell.fail("\\chart pie region trip_id")
    assert "has no column nothing; its columns are region" in shell.fail("\\chart bar nothing n")
    assert "column region holds no numbers" in shell.fail("\\chart bar trip_id region")
    shell.say("SELECT * FROM trips WHERE trip_id > 9;")
    assert "no rows to draw" in shell.fail("\\chart bar region trip_id")


def test_arguments_are_checked(shell: Shell) -> None:
    assert shell.fail("\\version now") == "error: \\version takes nothing after it, not now\n"
    assert shell.fail("\\detect") == "error: \\detect takes FILE\n"
    names = [command.name for command in COMMANDS]
    assert len(names) == len(set(names))
    assert find_command("nothing") is None


def test_keep_going(shell: Shell) -> None:
    shell.session.options.keep_going = True
    assert not shell.session.run("SELECT 1 AS n;\nnonsense;\nSELECT 3 AS n;")
    assert shell.printed(shell.session.out).count("(1 row)") == 2


def test_mistakes_of_our_own_have_no_traceback(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(shell.session.connection, "run", fail)
    message = shell.fail("SELECT 1;")
    assert message.startswith("error: a mistake of gpudb's own, please report it: ZeroDivision")
    shell.session.is_debugging = True
    assert "Traceback" in shell.fail("SELECT 1;")


def test_outputs_that_are_not_utf_8() -> None:
    command = [sys.executable, "-m", "gpudb", "-c", "SELECT 'Größe' AS s; SELECT nonsensé"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 1
    assert b" Gr\\xf6\\xdfe\n" in done.stdout
    assert b"Traceback" not in done.stderr


def test_input_that_is_no_text() -> None:
    command = [sys.executable, "-m", "gpudb"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, input=b"SELECT '\xff\xfe';", capture_output=True, env=environment, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: the standard input is no text")
