"""The commands that begin with a backslash, as one list; and how one is found and run."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from gpudb.errors import ProgrammingError
from gpudb.shell.command import Command
from gpudb.shell.commands_of_answers import ANSWER_COMMANDS
from gpudb.shell.commands_of_devices import DEVICE_COMMANDS
from gpudb.shell.commands_of_queries import QUERY_COMMANDS
from gpudb.shell.commands_of_scripts import SCRIPT_COMMANDS
from gpudb.shell.commands_of_tables import TABLE_COMMANDS

if TYPE_CHECKING:
    from gpudb.shell.session import Session


def show_commands(session: Session, _argument: str) -> None:
    """List the commands."""
    lines = []
    for command in COMMANDS:
        usage = f"\\{command.name} {command.argument}".rstrip()
        lines.append(f"  {usage:<25} {command.description}\n")
    lines.append("Anything else is SQL, up to its semicolon. Ctrl-C stops a query.\n")
    session.output.write_page("".join(lines))


def quit_shell(session: Session, _argument: str) -> None:
    """Leave the shell."""
    session.has_quit = True


COMMANDS: tuple[Command, ...] = (
    Command("?", "", "list the commands", show_commands),
    Command("q", "", "leave", quit_shell),
    *TABLE_COMMANDS,
    *DEVICE_COMMANDS,
    *QUERY_COMMANDS,
    *ANSWER_COMMANDS,
    *SCRIPT_COMMANDS,
)


def find_command(name: str) -> Command | None:
    """Return the command called `name`, or None."""
    return next((command for command in COMMANDS if command.name == name), None)


def run_command(session: Session, text: str) -> None:
    """Run the command that `text` is, backslash included; ProgrammingError for none."""
    name, _, argument = text[1:].strip().partition(" ")
    name, argument = name.rstrip(";"), argument.strip().rstrip(";").rstrip()
    command = find_command(name)
    if command is None:
        names = [known.name for known in COMMANDS]
        near = difflib.get_close_matches(name, names, 1, 0.5)
        near = near or [known for known in names if name.startswith(known)]  # \q for \quit
        hint = f"did you mean \\{near[0]}?" if near else "\\? lists them"
        raise ProgrammingError(f"there is no command \\{name}; {hint}")
    if argument and not command.argument:
        raise ProgrammingError(f"\\{name} takes nothing after it, not {argument}")
    if not argument and command.argument and not command.argument.startswith("["):
        raise ProgrammingError(f"\\{name} takes {command.argument}")
    command.run(session, argument)
