"""The command `gpudb`: its arguments, and what they lead to.

    gpudb lake.gpudb -c "SELECT 1"       statements given, in the order of -c and -f
    gpudb lake.gpudb < script.sql        statements piped in
    gpudb lake.gpudb                     the prompt

The exit status is 0, or 1 after an error, or 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import gpudb
from gpudb.errors import Error, OperationalError

if TYPE_CHECKING:
    from gpudb.shell.session import Session

TERMINAL_ROW_LIMIT = 100
INTERRUPTED_STATUS = 130


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments` (those of the process where None); return its status."""
    options = make_parser().parse_args(arguments)
    try:
        return run_options(options)
    except Error as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return INTERRUPTED_STATUS
    except BrokenPipeError:
        # Whoever read the output has enough of it; closing it later must not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = argparse.ArgumentParser(prog="gpudb", description="SQL over compressed columns.")
    parser.add_argument("database", nargs="?", help="a database folder; without one, in memory")
    parser.add_argument(
        "-c",
        dest="sources",
        metavar="SQL",
        action="append",
        type=lambda text: ("text", text),
        help="run these statements and leave; may be given again",
    )
    parser.add_argument(
        "-f",
        dest="sources",
        metavar="FILE",
        action="append",
        type=lambda path: ("file", path),
        help="run the statements of a file and leave; may be given again",
    )
    parser.add_argument("--device", default="auto", help="where queries run: auto, cpu, python")
    parser.add_argument("--read-only", action="store_true", help="open without writing")
    parser.add_argument(
        "--rows",
        type=int,
        metavar="N",
        help=f"show at most N rows of an answer, 0 for all; {TERMINAL_ROW_LIMIT} at a terminal",
    )
    parser.add_argument("--version", action="version", version=f"gpudb {gpudb.__version__}")
    return parser


def run_options(options: argparse.Namespace) -> int:
    """Open the database and run what the options ask for; return the exit status."""
    from gpudb.shell.session import Session

    is_prompt = not options.sources and sys.stdin.isatty()
    with gpudb.connect(
        options.database, device=options.device, read_only=options.read_only
    ) as connection:
        session = Session(connection, sys.stdout, sys.stderr, row_limit=row_limit(options.rows))
        if is_prompt:
            converse(session, options.database)
            return 0
        for text in texts(options.sources):
            if not session.run(text):
                return 1
            if session.has_quit:
                break
        sys.stdout.flush()
    return 0


def converse(session: Session, database: str | None) -> None:
    """Greet, and open the prompt."""
    from gpudb.shell import repl

    session.is_timing = True
    session.write(
        f"gpudb {gpudb.__version__}, {database or 'in memory'}; \\? for help, \\q to leave"
    )
    repl.converse(session)


def texts(sources: Sequence[tuple[str, str]] | None) -> Iterator[str]:
    """Yield what is to be run: -c and -f in their order, or all of the standard input."""
    if sources is None:
        yield sys.stdin.read()
        return
    for kind, value in sources:
        yield value if kind == "text" else read_script(value)


def read_script(path: str) -> str:
    """Return the text of a script."""
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise OperationalError(f"cannot read {path}: {error}") from error


def row_limit(asked: int | None) -> int | None:
    """Return how many rows are shown: as asked, else all of them but at a terminal."""
    if asked is None:
        return TERMINAL_ROW_LIMIT if sys.stdout.isatty() else None
    return asked if asked > 0 else None
