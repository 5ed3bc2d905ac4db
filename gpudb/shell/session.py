"""One use of the shell: a connection, where the output goes, and what commands have set.

text -> pieces -> statement -> connection -> aligned answer on `out`
               -> command                    error, with its place, on `errors`
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TextIO

from gpudb.connection import Connection, placed
from gpudb.cursor import Cursor
from gpudb.errors import Error, ProgrammingError
from gpudb.shell.commands import find_command
from gpudb.shell.progress import LoadBar
from gpudb.shell.render import render, summary
from gpudb.shell.script import Piece, is_blank, pieces


@dataclass
class Session:
    """What the shell works on. `row_limit` is how many rows are shown, None for all."""

    connection: Connection
    out: TextIO
    errors: TextIO
    row_limit: int | None = None
    is_timing: bool = False
    has_quit: bool = False

    def run(self, text: str) -> bool:
        """Run `text` up to its end, its first error or \\q; tell whether there was no error."""
        try:
            for piece in pieces(text):
                with placed(text, piece.text, piece.begin):
                    self._run_piece(piece)
                if self.has_quit:
                    break
        except Error as error:
            self.show_error(error)
            return False
        return True

    def run_statements(self, text: str) -> None:
        """Run the statements of `text` and print each answer; raise the first error."""
        for statement, begin in self.connection.statements(text):
            with placed(text, statement, begin):
                self._run_statement(statement)

    def write(self, line: str) -> None:
        """Print one line of output."""
        print(line, file=self.out)

    def show_error(self, error: Error) -> None:
        """Print an error where errors go."""
        self.out.flush()
        print(f"error: {error}", file=self.errors, flush=True)

    def _run_piece(self, piece: Piece) -> None:
        if not piece.is_command:
            if not is_blank(piece.text.replace(";", " ")):
                self.run_statements(piece.text)
            return
        name, _, argument = piece.text[1:].partition(" ")
        command = find_command(name)
        if command is None:
            raise ProgrammingError(f"there is no command \\{name}; \\? lists them")
        command.run(self, argument.strip().rstrip(";"))

    def _run_statement(self, statement: str) -> None:
        began = time.perf_counter()
        with LoadBar() as bar:
            is_shown = self.errors.isatty() and self.connection.settings.progress
            self.connection.on_progress = bar if is_shown else None
            cursor = self.connection.execute(statement)
        seconds = time.perf_counter() - began
        self._print_answer(cursor, seconds if self.is_timing else None)

    def _print_answer(self, cursor: Cursor, seconds: float | None) -> None:
        if cursor.description is None:
            self.write(summary(cursor.rowcount, seconds=seconds))
            return
        table = cursor.fetch_arrow_table()
        shown = table if self.row_limit is None else table.slice(0, self.row_limit)
        for line in render(shown):
            self.write(line)
        self.write(summary(table.num_rows, shown_rows=shown.num_rows, seconds=seconds))
