"""The prompt as a person uses it: typing, completing, interrupting, looking at the screen."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

import gpudb
from tests.plain.shell.terminals import Terminal

# No device answers this in the time of a test.
ENDLESS = "SELECT count(*) FROM many a, many b WHERE a.n * b.n < 0;"
ENDLESS_ROWS = 300_000
# Until a query has begun, or a lone Escape is known not to begin an arrow key.
SETTLING_SECONDS = 1.0


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("terminal") / "database.gpudb"
    with gpudb.connect(path) as connection:
        connection.execute("CREATE TABLE trips (trip_id INTEGER, region TEXT, fare DECIMAL(9, 2))")
        rows = "(1, 'north', 1.5), (2, 'south', 22.25), (3, NULL, NULL)"
        connection.execute(f"INSERT INTO trips VALUES {rows}")
        connection.load_table("many", pa.table({"n": pa.array(range(ENDLESS_ROWS))}))
    return path


@pytest.fixture
def terminal(database: Path, tmp_path: Path) -> Iterator[Terminal]:
    with Terminal([str(database)], tmp_path) as terminal:
        terminal.wait_for_prompt()
        yield terminal


def run(terminal: Terminal, text: str) -> list[str]:
    """Type a line, and return the screen once it has run."""
    terminal.type(text, "enter")
    terminal.wait_for(text.strip())
    return terminal.wait_for_prompt()


def test_a_query_is_typed_over_two_lines(terminal: Terminal) -> None:
    terminal.type("SELECT trip_id, region, fare FROM trips", "enter")
    terminal.wait_for("...>")
    terminal.type("ORDER BY 1;", "enter")
    terminal.wait_for("3 rows")
    screen = terminal.wait_for_prompt()
    begin = screen.index("gpudb> SELECT trip_id, region, fare FROM trips")
    assert screen[begin + 1 : begin + 7] == [
        "  ...> ORDER BY 1;",
        " trip_id | region | fare",
        "---------+--------+-------",
        "       1 | north  |  1.50",
        "       2 | south  | 22.25",
        "       3 | NULL   |  NULL",
    ]
    assert re.search(r"rows, [\d.]+ m?s, ", screen[begin + 7])


def test_tables_columns_and_commands_are_offered(terminal: Terminal) -> None:
    terminal.type("SELECT t.re FROM tri")
    terminal.wait_for("trips  table")
    terminal.type("", "ctrl-c")
    terminal.wait_for_prompt()
    terminal.type("SELECT reg")
    assert not any("column" in line for line in terminal.lines())
    terminal.type("", "ctrl-c")
    terminal.wait_for_prompt()
    terminal.type("SELECT * FROM trips t WHERE t.re")
    terminal.wait_for("region  column")
    terminal.type("", "ctrl-c")
    terminal.wait_for_prompt()
    terminal.type("\\tim")
    terminal.wait_for("switch the times")


def test_tab_completes(terminal: Terminal) -> None:
    terminal.type("SELECT count(*) AS found FROM tri")
    terminal.wait_for("trips  table")
    terminal.type("", "tab")
    terminal.wait_for("FROM trips")
    terminal.type(";", "enter")
    terminal.wait_for("     3")
    terminal.wait_for("(1 row")


def test_a_long_query_has_a_bar_and_ctrl_c_stops_it_and_not_the_shell(terminal: Terminal) -> None:
    terminal.type(ENDLESS, "enter")
    terminal.wait_for(ENDLESS)
    terminal.wait_for("M rows/s")
    assert any("%" in line for line in terminal.lines())
    terminal.type("", "ctrl-c")
    terminal.wait_for("stopped")
    assert not any("M rows/s" in line for line in terminal.lines())
    assert any(line.strip() == "42" for line in run(terminal, "SELECT 6 * 7;"))


def test_errors_show_their_place(terminal: Terminal) -> None:
    screen = run(terminal, "SELECT nonsense FROM trips;")
    place = next(line for line in screen if line.startswith("line 1, column 8: "))
    caret = screen[screen.index(place) + 1]
    assert caret == " " * place.index("nonsense") + "^" * len("nonsense")
    screen = run(terminal, "\\timng")
    assert any("did you mean \\timing?" in line for line in screen)


def test_the_prompt_tells_of_an_open_transaction(terminal: Terminal) -> None:
    terminal.type("BEGIN;", "enter")
    terminal.wait_for("gpudb*>")
    terminal.type("SELECT 1", "enter")
    terminal.wait_for("   ...>")
    terminal.type("; ROLLBACK;", "enter")
    terminal.wait_for("(1 row")
    terminal.wait_for_prompt()


def test_ctrl_d_leaves(terminal: Terminal) -> None:
    terminal.type("", "ctrl-d")
    assert terminal.wait_for_end() == 0


def test_history_is_there_in_the_next_session(database: Path, tmp_path: Path) -> None:
    with Terminal([str(database)], tmp_path) as first:
        first.wait_for_prompt()
        run(first, "SELECT 123456 AS once;")
        first.type("", "ctrl-d")
        assert first.wait_for_end() == 0
    with Terminal([str(database)], tmp_path) as second:
        second.wait_for_prompt()
        second.type("", "ctrl-r")
        second.type("1234")
        second.wait_for("SELECT 123456 AS once;")
        second.type("", "enter")
        second.type("", "enter")
        second.wait_for("(1 row")
        second.wait_for_prompt()
        screen = run(second, "\\history 2")
        assert "SELECT 123456 AS once;" in screen


def test_wide_answers_fit_a_narrow_terminal(database: Path, tmp_path: Path) -> None:
    wide = "SELECT " + ", ".join(f"'{'x' * 30}' AS column_{n}" for n in range(4)) + ";"
    with Terminal([str(database)], tmp_path, columns=60) as terminal:
        terminal.wait_for_prompt()
        terminal.type("\\i " + write(tmp_path / "wide.sql", wide), "enter")
        screen = terminal.wait_for("(1 row")
        assert any("column_0" in line and "column_3" in line for line in screen)
        assert any("xxx…" in line for line in screen)
        terminal.wait_for_prompt()
        terminal.resize(30)
        terminal.type(f"\\i {tmp_path}/wide.sql", "enter")
        terminal.wait_for("of 4 columns hidden")


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_vi_keys(terminal: Terminal) -> None:
    run(terminal, "\\set keys vi")
    terminal.type("SELECT 77 AS vi;", "escape")
    time.sleep(SETTLING_SECONDS)
    # In vi's command mode: to the line's begin, over SELECT, change the number.
    terminal.type("0wcw88 ")
    terminal.wait_for("SELECT 88 AS vi;")
    terminal.type("", "enter")
    assert any(line.strip() == "88" for line in terminal.wait_for("(1 row"))


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_plain_terminals_get_no_colours(
    environment: dict[str, str], database: Path, tmp_path: Path
) -> None:
    with Terminal([str(database)], tmp_path, environment=environment) as terminal:
        terminal.wait_for("gpudb>")
        terminal.type("SELECT 'text' AS word;", "enter")
        terminal.wait_for("(1 row")
        terminal.wait_for_prompt()  # what comes before it is not read as a key
        assert b"\x1b[38;" not in terminal.written
        terminal.type("", "ctrl-d")
        assert terminal.wait_for_end() == 0


def test_colours_elsewhere(terminal: Terminal) -> None:
    terminal.type("SELECT 'text'")
    terminal.wait_for("SELECT 'text'")
    assert b"\x1b[0;38;" in terminal.written
