"""The command `gpudb`: its arguments, and what they lead to.

    gpudb lake.gpudb -c "SELECT 1"       statements given, in the order of -c and -f
    gpudb lake.gpudb < script.sql        statements piped in
    gpudb lake.gpudb                     the prompt

The exit status is 0, or 1 after an error, or 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

import gpudb
from gpudb import late
from gpudb.errors import Error, OperationalError

if TYPE_CHECKING:
    from gpudb.shell.options import Options
    from gpudb.shell.session import Session

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
    except Exception as error:  # noqa: BLE001 (a traceback is for --debug only)
        from gpudb.shell.session import show_mistake

        show_mistake(error, sys.stderr, is_debugging=options.debug)
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
    parser.add_argument("--device", default="auto", help="where queries run: auto, cpu, cuda")
    parser.add_argument("--read-only", action="store_true", help="open without writing")
    parser.add_argument(
        "--keep-going", action="store_true", help="go on after errors; the status tells of them"
    )
    parser.add_argument("--debug", action="store_true", help="show where mistakes of gpudb are")
    parser.add_argument("--version", action="version", version=f"gpudb {gpudb.__version__}")
    add_output_arguments(parser)
    return parser


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what concerns the form of answers."""
    parser.add_argument(
        "--rows",
        type=int,
        metavar="N",
        help="show at most N rows of a table, 0 for all; a terminal shows the first",
    )
    parser.add_argument(
        "--format",
        metavar="NAME",
        default="aligned",
        help="how answers are written: aligned, vertical, csv, tsv, json, jsonlines, markdown,"
        " html, and with -o arrow or parquet",
    )
    parser.add_argument("-o", dest="output", metavar="FILE", help="write answers to a file")
    parser.add_argument("--null", metavar="WORD", default="NULL", help="what stands for NULL")


def run_options(options: argparse.Namespace) -> int:
    """Open the database and run what the options ask for; return the exit status."""
    allow_any_text(sys.stdout, sys.stderr)
    if not options.sources and sys.stdin.isatty():
        converse(options)
        return 0
    session = open_session(options, is_prompt=False)
    try:
        return 0 if run_texts(session, options) else 1
    finally:
        session.close()


def open_session(options: argparse.Namespace, *, is_prompt: bool) -> Session:
    """Open the database, and where answers go."""
    connection = gpudb.connect(
        options.database,
        device=options.device,
        read_only=options.read_only,
        replacement_scans=False,
    )
    try:
        # After the module of `connect`, which is loaded in the way that takes least.
        from gpudb.shell.session import Session

        session = Session(
            connection,
            sys.stdout,
            sys.stderr,
            chosen_options(options, is_prompt=is_prompt),
            database=options.database,
            is_debugging=options.debug,
        )
        session.output.open(options.output)
    except BaseException:
        connection.close()
        raise
    return session


def run_texts(session: Session, options: argparse.Namespace) -> bool:
    """Run the texts given; tell whether there was no error."""
    is_well = True
    for text in texts(options.sources):
        is_well &= session.run(text)
        if session.has_quit or not (is_well or options.keep_going):
            break
    sys.stdout.flush()
    return is_well


def chosen_options(arguments: argparse.Namespace, *, is_prompt: bool) -> Options:
    """Return the options that the arguments ask for; the prompt shows times."""
    from gpudb.shell.options import Options

    options = Options(
        keep_going=arguments.keep_going,
        null=arguments.null,
        rows=max(0, arguments.rows or 0),
        timing=is_prompt,
    )
    options.set("format", arguments.format)
    return options


def allow_any_text(*streams: TextIO) -> None:
    """Let streams that are not UTF-8 write what they lack as \\x codes rather than fail."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
            stream.reconfigure(errors="backslashreplace")


def converse(options: argparse.Namespace) -> None:
    """Greet, and open the prompt; the database opens while one reads and types."""
    late.load("gpudb.shell.repl")
    from gpudb.shell import repl
    from gpudb.shell.opening import Opening

    where = options.database or "in memory"
    print(f"gpudb {gpudb.__version__}, {where}; \\? for help, \\q to leave")
    opening = Opening(lambda: open_session(options, is_prompt=True))
    try:
        repl.converse(opening)
    finally:
        opening.close()


def texts(sources: Sequence[tuple[str, str]] | None) -> Iterator[str]:
    """Yield what is to be run: -c and -f in their order, or all of the standard input."""
    from gpudb.shell.script import as_text, read_script

    if sources is None:
        yield read_input()
        return
    for kind, value in sources:
        yield as_text(value) if kind == "text" else read_script(value)


def read_input() -> str:
    """Return all of the standard input."""
    from gpudb.shell.script import as_text

    try:
        return as_text(sys.stdin.read())
    except UnicodeDecodeError as error:
        raise OperationalError(f"the standard input is no text: {error}") from error
