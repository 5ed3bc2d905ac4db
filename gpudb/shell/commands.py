"""The commands that begin with a backslash, as one list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gpudb.errors import ProgrammingError

if TYPE_CHECKING:
    from gpudb.shell.session import Session


@dataclass(frozen=True, slots=True)
class Command:
    """One command: `run` takes the session and what follows the name."""

    name: str
    argument: str
    description: str
    run: Callable[[Session, str], None]


def quit_shell(session: Session, _argument: str) -> None:
    """Leave the shell."""
    session.has_quit = True


def show_tables(session: Session, _argument: str) -> None:
    """List the tables."""
    session.run_statements("SHOW TABLES")


def show_table(session: Session, argument: str) -> None:
    """Show the statement that makes a table, or list the tables."""
    session.run_statements(f"SHOW CREATE TABLE {argument}" if argument else "SHOW TABLES")


def switch_timing(session: Session, argument: str) -> None:
    """Switch the times under answers on or off."""
    if argument not in ("", "on", "off"):
        raise ProgrammingError(f"\\timing takes on or off, not {argument}")
    session.is_timing = not session.is_timing if argument == "" else argument == "on"
    session.write(f"timing is {'on' if session.is_timing else 'off'}")


def show_commands(session: Session, _argument: str) -> None:
    """List the commands."""
    for command in COMMANDS:
        usage = f"\\{command.name} {command.argument}".rstrip()
        session.write(f"  {usage:<18} {command.description}")
    session.write("Anything else is SQL, up to its semicolon. Ctrl-C stops a query.")


COMMANDS: tuple[Command, ...] = (
    Command("?", "", "list the commands", show_commands),
    Command("d", "[TABLE]", "show how a table is made, or list the tables", show_table),
    Command("dt", "", "list the tables", show_tables),
    Command("timing", "[on|off]", "switch the times under answers on or off", switch_timing),
    Command("q", "", "leave", quit_shell),
)


def find_command(name: str) -> Command | None:
    """Return the command called `name`, or None."""
    return next((command for command in COMMANDS if command.name == name), None)
