"""One use of the shell: a connection, where the output goes, and what commands have set.

text -> pieces -> statement -> connection -> answer in the form asked for
               -> command                    error, with its place, on `errors`
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import TextIO

from gpudb.connection import Connection, placed
from gpudb.cursor import Answer
from gpudb.errors import Error
from gpudb.records import dataclass
from gpudb.shell.options import Options
from gpudb.shell.output import Output
from gpudb.shell.progress import ProgressBar
from gpudb.shell.script import Piece, is_blank, pieces
from gpudb.shell.terminal import has_cursor


@dataclass
class Session:
    """What the shell works on. `history` holds what was typed at the prompt.

    `depth` tells how many scripts run, each started by the one before; `last_answer` is that of
    the last query which had one.
    """

    connection: Connection
    out: TextIO
    errors: TextIO
    options: Options = field(default_factory=Options)
    database: str | None = None
    is_debugging: bool = False
    has_quit: bool = False
    depth: int = 0
    history: list[str] = field(default_factory=list)
    last_query: str = ""
    last_answer: Answer | None = None

    def __post_init__(self) -> None:
        self.output = Output(self.out, self.options)

    def run(self, text: str) -> bool:
        """Run `text` up to its end, \\q or its first error; tell whether there was no error.

        With the option keep_going it goes on after errors.
        """
        is_well = True
        for piece in pieces(text):
            with self._reported() as report, placed(text, piece.text, piece.begin):
                self._run_piece(piece)
            is_well &= not report
            if self.has_quit or (report and not self.options.keep_going):
                break
        return is_well

    def run_statements(self, text: str) -> None:
        """Run the statements of `text` and print each answer; raise the first error."""
        for statement, begin in self.connection.statements(text):
            with placed(text, statement, begin):
                self.run_statement(statement)

    def run_statement(self, statement: str) -> None:
        """Run one statement and print its answer; commands know it as the last query."""
        # Also one that fails: \\e mends it.
        self.last_query = statement
        self.last_answer = self.show_statement(statement)

    def show_statement(self, statement: str) -> Answer:
        """Run one statement, print its answer and return it."""
        began = time.perf_counter()
        answer = self.answer(statement)
        seconds = time.perf_counter() - began
        self.output.write_answer(answer, seconds if self.options.timing else None)
        return answer

    def answer(self, statement: str) -> Answer:
        """Return the answer of one statement, with a bar while it runs long at a terminal."""
        is_terminal = self.errors.isatty() and self.out.isatty() and has_cursor()
        is_shown = is_terminal and self.connection.settings.progress
        with ProgressBar() as bar:
            self.connection.on_progress = bar if is_shown else None
            try:
                return self.connection.run(statement, None, cancel=threading.Event())
            finally:
                self.connection.on_progress = None

    def close(self) -> None:
        """Close what answers go to, and the connection."""
        self.output.close()
        self.connection.close()

    def write(self, line: str) -> None:
        """Print one line of output."""
        self.output.write(line)

    def show_error(self, error: Error) -> None:
        """Print an error where errors go."""
        self.out.flush()
        print(f"error: {error}", file=self.errors, flush=True)

    def _run_piece(self, piece: Piece) -> None:
        if piece.is_command:
            # Loaded by the first command: statements need none of it.
            from gpudb.shell.commands import run_command

            run_command(self, piece.text)
        elif not is_blank(piece.text.replace(";", " ")):
            self.run_statements(piece.text)

    @contextmanager
    def _reported(self) -> Iterator[list[Exception]]:
        """Print an error of the block and keep it in the list; a traceback only for debugging."""
        report: list[Exception] = []
        try:
            yield report
        except Error as error:
            report.append(error)
            self.show_error(error)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 (the prompt outlives mistakes of our own)
            report.append(error)
            self._show_mistake(error)

    def _show_mistake(self, error: Exception) -> None:
        self.out.flush()
        show_mistake(error, self.errors, is_debugging=self.is_debugging)


def show_mistake(error: BaseException, errors: TextIO, *, is_debugging: bool) -> None:
    """Print an exception that nobody foresaw; where it comes from only for debugging."""
    if is_debugging:
        traceback.print_exception(error, file=errors)
        return
    message = f"{type(error).__name__}: {error}".rstrip(": ")
    print(
        f"error: a mistake of gpudb's own, please report it: {message}; --debug shows where",
        file=errors,
        flush=True,
    )
