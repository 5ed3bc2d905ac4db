"""Commands about answers: their form, where they go, charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpudb.errors import ProgrammingError
from gpudb.result import listed
from gpudb.shell.command import Command
from gpudb.shell.commands_of_tables import words
from gpudb.shell.formats import FORMATS
from gpudb.shell.options import OPTIONS, read_switch

if TYPE_CHECKING:
    from gpudb.shell.session import Session


def choose_format(session: Session, name: str) -> None:
    """Choose the form of answers, or list the forms."""
    if name:
        session.options.set("format", name)
        return
    rows = [(form.name, form.description) for form in FORMATS]
    session.output.write_answer(listed(("format", "meaning"), rows), None)


def switch(session: Session, name: str, argument: str) -> None:
    """Switch an option on or off, or over where nothing is asked."""
    if argument and read_switch(argument) is None:
        raise ProgrammingError(
            f"\\{'x' if name == 'expanded' else name} takes on or off, not {argument}"
        )
    session.options.set(name, argument or ("off" if getattr(session.options, name) else "on"))
    session.write(f"{name} is {session.options.show(name)}")


def switch_timing(session: Session, argument: str) -> None:
    """Switch the times under answers on or off."""
    switch(session, "timing", argument)


def switch_expanded(session: Session, argument: str) -> None:
    """Show each row as a block of lines, or as a line of a table again."""
    switch(session, "expanded", argument)


def choose_pager(session: Session, argument: str) -> None:
    """Switch the pager on or off, or name its command."""
    current = session.options.pager
    session.options.pager = argument or ("on" if current == "off" else "off")
    session.write(f"pager is {session.options.pager}")


def send_to_file(session: Session, argument: str) -> None:
    """Send answers to a file, or to the terminal again."""
    session.output.open(words(argument, 1, "FILE")[0] if argument else None)


def set_option(session: Session, argument: str) -> None:
    """Set an option of the shell, or list all."""
    name, _, value = argument.replace("=", " ", 1).partition(" ")
    if not name:
        rows = [(o.name, session.options.show(o.name), o.description) for o in OPTIONS]
        session.output.write_answer(listed(("option", "value", "meaning"), rows), None)
    elif value.strip():
        session.options.set(name, value.strip().strip("'"))
    else:
        session.write(f"{name} is {session.options.show(name)}")


def draw_chart(session: Session, argument: str) -> None:
    """Draw the last answer."""
    from gpudb.shell.chart import draw

    if session.last_answer is None or not session.last_answer.columns:
        raise ProgrammingError("there is no answer to draw: run a query first")
    session.output.write_page(draw(session.last_answer, words_of(argument), session.out))


def words_of(argument: str) -> list[str]:
    """Return the words of an argument, quotes removed."""
    return words(argument, len(argument.split()), "names without spaces")


ANSWER_COMMANDS: tuple[Command, ...] = (
    Command("format", "[NAME]", "choose the form of answers, or list the forms", choose_format),
    Command("x", "[on|off]", "show each row as a block of lines", switch_expanded),
    Command("timing", "[on|off]", "switch the times under answers on or off", switch_timing),
    Command("pager", "[on|off|COMMAND]", "what shows long answers", choose_pager),
    Command("o", "[FILE]", "send answers to a file, or to the terminal again", send_to_file),
    Command("set", "[OPTION [VALUE]]", "set an option of the shell, or list them", set_option),
    Command("chart", "bar|line|scatter|hist X [Y]", "draw the last answer", draw_chart),
)
