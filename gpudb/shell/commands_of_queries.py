"""Commands about queries: plans, kernels, costs, repetition."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gpudb.errors import ProgrammingError
from gpudb.profile import analyze_text, code_text
from gpudb.shell.command import Command

if TYPE_CHECKING:
    from gpudb.profile import Profile
    from gpudb.shell.session import Session

DEFAULT_WATCH_SECONDS = 2.0
NO_QUERY = "there is no last query: run one first, or write it behind this"
CLEAR_SCREEN = "\x1b[2J\x1b[H"


def explain(session: Session, query: str) -> None:
    """Show the plan of a query, or of the last one."""
    session.show_statement(f"EXPLAIN {query or last_query(session)}")


def show_code(session: Session, query: str) -> None:
    """Show the kernels of a query, which is run, or of the last one."""
    session.output.write_page(code_text(profile_of(session, query)) + "\n")


def show_profile(session: Session, query: str) -> None:
    """Show what each pipeline of a query, which is run, or of the last one read and took."""
    session.output.write_page(analyze_text(profile_of(session, query)) + "\n")


def watch(session: Session, argument: str) -> None:
    """Run the last query again and again until Ctrl-C; or so many times."""
    seconds, times = watch_numbers(argument)
    query = last_query(session)
    count = 0
    while times is None or count < times:
        if count:
            time.sleep(seconds)
        if session.out.isatty():
            session.write(f"{CLEAR_SCREEN}every {seconds:g} s, Ctrl-C stops: {query}")
        session.run_statement(query)
        session.out.flush()
        count += 1


def watch_numbers(argument: str) -> tuple[float, int | None]:
    """Return the seconds between runs, and how many runs there are."""
    words = argument.split()
    try:
        seconds = float(words[0]) if words else DEFAULT_WATCH_SECONDS
        times = int(words[1]) if len(words) > 1 else None
    except ValueError:
        seconds, times = -1.0, None
    if len(words) > 2 or not 0 <= seconds < 86_400:
        raise ProgrammingError(f"\\watch takes seconds and a number of times, not {argument}")
    return seconds, times


def last_query(session: Session) -> str:
    """Return the last statement; ProgrammingError where there is none."""
    if not session.last_query:
        raise ProgrammingError(NO_QUERY)
    return session.last_query


def profile_of(session: Session, query: str) -> Profile:
    """Return what the last query cost, or `query`, which is run for it."""
    if query:
        return session.answer(query).profile
    if session.last_answer is None:
        raise ProgrammingError(NO_QUERY)
    return session.last_answer.profile


QUERY_COMMANDS: tuple[Command, ...] = (
    Command("explain", "[QUERY]", "show the plan of a query or the last one", explain),
    Command("code", "[QUERY]", "show the kernels of a query or the last one", show_code),
    Command("profile", "[QUERY]", "show what each pipeline read and took", show_profile),
    Command("watch", "[SECONDS [TIMES]]", "run the last query again and again", watch),
)
