"""Commands about text: scripts, the editor, the history."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gpudb.errors import OperationalError, ProgrammingError
from gpudb.shell.command import Command
from gpudb.shell.commands_of_tables import words
from gpudb.shell.script import is_blank, read_script

if TYPE_CHECKING:
    from gpudb.shell.session import Session

DEFAULT_HISTORY = 20
MAX_DEPTH = 16


def run_script(session: Session, argument: str) -> None:
    """Run the statements and commands of a file."""
    (path,) = words(argument, 1, "FILE")
    if session.depth >= MAX_DEPTH:
        raise ProgrammingError(f"scripts run each other {MAX_DEPTH} deep; {path} is not run")
    session.depth += 1
    try:
        is_well = session.run(read_script(path))
    finally:
        session.depth -= 1
    if not is_well and not session.options.keep_going:
        raise ProgrammingError(f"{path} stopped at the error above")


def edit(session: Session, argument: str) -> None:
    """Edit a file, or the last query, and run it."""
    if argument:
        (path,) = words(argument, 1, "FILE")
        call_editor(path)
        run_script(session, argument)
        return
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as file:
        file.write(session.last_query + "\n")
        file.flush()
        call_editor(file.name)
        text = read_script(file.name)
    if not is_blank(text) and text.strip() != session.last_query:
        session.write(text.rstrip())
        session.run_statements(text)


def call_editor(path: str) -> None:
    """Open a file in $VISUAL or $EDITOR and wait until it is left."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        status = subprocess.run([*shlex.split(editor), path], check=False).returncode
    except OSError as error:
        raise OperationalError(
            f"cannot run the editor {editor}: {error.strerror}; set EDITOR to one"
        ) from error
    if status != 0:
        raise OperationalError(f"the editor {editor} ended with status {status}; nothing is run")


def show_history(session: Session, argument: str) -> None:
    """Show what was typed last, the newest at the end; or write all of it to a file."""
    if argument and not argument.isdigit():
        (path,) = words(argument, 1, "a number or FILE")
        try:
            Path(path).write_text("".join(f"{text}\n" for text in session.history))
        except OSError as error:
            raise OperationalError(f"cannot write '{path}': {error.strerror}") from error
        return
    count = int(argument) if argument else DEFAULT_HISTORY
    shown = session.history[-count:] if count else []
    session.output.write_page("".join(f"{text}\n" for text in shown))


SCRIPT_COMMANDS: tuple[Command, ...] = (
    Command("i", "FILE", "run the statements of a file", run_script),
    Command("e", "[FILE]", "edit the last query or a file, and run it", edit),
    Command("history", "[COUNT|FILE]", "show what was typed, or write it to a file", show_history),
)
