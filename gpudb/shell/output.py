"""Where answers go and how they look: the terminal, a pager, a file, another program."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import pyarrow as pa

from gpudb.cursor import Answer
from gpudb.errors import OperationalError, ProgrammingError
from gpudb.export import copy_to
from gpudb.records import dataclass
from gpudb.shell.formats import Format, Rows, format_named
from gpudb.shell.options import DEFAULT_ROWS, Options
from gpudb.shell.pager import find_pager, show
from gpudb.shell.render import UTF_8, Look, summary
from gpudb.shell.terminal import terminal_size

PAGED_ROWS = 10_000


@dataclass
class Output:
    """`out` is the terminal or the pipe; `path` is the file of \\o, `file` where it is text."""

    out: TextIO
    options: Options
    path: str | None = None
    file: TextIO | None = None

    @property
    def target(self) -> TextIO:
        """Where text goes."""
        return self.file or self.out

    def open(self, path: str | None) -> None:
        """Send answers to a file from now on, or with None to the terminal again."""
        self.close()
        if path is None:
            return
        self.path = os.path.expanduser(path)
        if format_named(self.options.format).write is not None:
            self._open_text()

    def close(self) -> None:
        """Close the file."""
        if self.file is not None:
            self.file.close()
        self.path = self.file = None

    def write(self, line: str) -> None:
        """Print one line."""
        print(line, file=self.target)

    def write_page(self, text: str) -> None:
        """Print a text, through the pager where it is long."""
        show(text.splitlines(keepends=True), self.target, self._pager())

    def write_answer(self, answer: Answer, seconds: float | None) -> None:
        """Print an answer in the form that the options ask for."""
        form = format_named("vertical" if self.options.expanded else self.options.format)
        if self.path is not None and self.file is None and form.write is not None:
            self._open_text()
        if not answer.columns:
            if form.has_summary:
                self.write(summary(answer.row_count, seconds=seconds, profile=answer.profile))
        elif form.write is None:
            self._write_file(answer, form)
        else:
            show(self._pieces(answer, form, seconds), self.target, self._pager())
        self.target.flush()

    def _pieces(self, answer: Answer, form: Format, seconds: float | None) -> Iterator[str]:
        assert form.write is not None
        limit = self._row_limit() if form.has_summary else None
        yield from form.write(Rows(answer.schema, first_rows(answer, limit), self._look(answer)))
        if form.has_summary:
            shown = None if limit is None else min(limit, answer.row_count)
            yield (
                summary(answer.row_count, shown_rows=shown, seconds=seconds, profile=answer.profile)
                + "\n"
            )

    def _look(self, answer: Answer) -> Look:
        is_cut = self._is_terminal() and self.options.fit
        return Look(
            null=self.options.null,
            width=terminal_size(self.target).columns if is_cut else None,
            types=tuple(str(c.type) for c in answer.columns) if self.options.types else (),
            cut="…" if may_encode("…", self.target) else "~",
            encoding=(self.target.encoding or UTF_8).lower(),
        )

    def _row_limit(self) -> int | None:
        """Return how many rows are shown: as asked, else all of them but at a terminal."""
        if self.options.rows or not self._is_terminal():
            return self.options.rows or None
        return DEFAULT_ROWS if self._pager() is None else PAGED_ROWS

    def _pager(self) -> list[str] | None:
        return find_pager(self.options.pager) if self._is_terminal() else None

    def _is_terminal(self) -> bool:
        return self.target.isatty()

    def _open_text(self) -> None:
        assert self.path is not None
        try:
            self.file = Path(self.path).open("w", encoding="utf-8")  # noqa: SIM115 (close closes)
        except OSError as error:
            path, self.path = self.path, None
            raise OperationalError(f"cannot write '{path}': {error.strerror}") from error

    def _write_file(self, answer: Answer, form: Format) -> None:
        if self.path is None:
            raise ProgrammingError(f"{form.name} is written to a file: name it with -o or \\o")
        if self.file is not None:
            self.file.close()
            self.file = None
        copy_to(answer.batches(), answer.schema, self.path, {"file_type": form.name})


def first_rows(answer: Answer, limit: int | None) -> Iterable[pa.RecordBatch]:
    """Yield the batches of an answer up to `limit` rows."""
    left = limit
    for batch in answer.batches():
        yield batch if left is None else batch.slice(0, left)
        if left is not None:
            left -= batch.num_rows
            if left <= 0:
                return


def may_encode(text: str, stream: TextIO) -> bool:
    """Whether `text` can be written to `stream`."""
    try:
        text.encode(stream.encoding or UTF_8)
    except UnicodeEncodeError:
        return False
    return True
