"""The one exception tree, in the shape of PEP 249.

    Warning
    └── DeviceWarning               a pipeline ran elsewhere than it should
    Error
    ├── InterfaceError              the Python interface was used wrongly
    └── DatabaseError
        ├── DataError               a value does not fit: overflow, a bad cast, a bad row
        ├── OperationalError        the machine or its files: missing, damaged, locked, full
        │   ├── QueryCancelled      Ctrl-C or Cursor.cancel()
        │   ├── DeviceMemoryError   a query needs more of a GPU's memory than there is
        │   └── DeviceFaultError    a kernel did what a GPU leaves undefined
        ├── IntegrityError          NOT NULL and later constraints
        ├── InternalError           our mistake: please report
        ├── ProgrammingError        the SQL text: syntax, unknown names, types that do not fit
        └── NotSupportedError       valid SQL that gpudb does not run yet

Every error that stems from a place in a statement carries that place and prints it with a caret.
"""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.records import dataclass

# PEP 249 wants this very name; it shadows the builtin inside this module only.


class Warning(Exception):  # noqa: A001
    """Important notices, such as data truncated while loading."""


class DeviceWarning(Warning, UserWarning):
    """A pipeline ran on the cpu since the GPU's memory was too small; see cpu_retry."""


class Error(Exception):
    """The root of every error that gpudb raises.

    `text` is the SQL statement and `begin` the offset of the offending characters in it; both are
    None for errors that have no place in a statement. `about` are things that the statement may
    name, the most fitting first, as "column price": the error's place, if it has no other.
    """

    def __init__(
        self,
        message: str,
        *,
        text: str | None = None,
        begin: int | None = None,
        end: int | None = None,
        about: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.begin = begin
        self.end = end
        self.about = tuple(about)

    def at(self, text: str, begin: int | None, end: int | None = None) -> Error:
        """Return self, placed in `text` unless it has a place there already."""
        if self.begin is None and begin is not None:
            self.text, self.begin, self.end = text, begin, end
        elif self.text is None:
            self.text = text
        return self

    @property
    def place(self) -> Place | None:
        """The line, the column (both from 1) and the caret of the error, or None."""
        if self.text is None or self.begin is None:
            return None
        return find_place(self.text, self.begin, self.end)

    def __str__(self) -> str:
        place = self.place
        return self.message if place is None else f"{self.message}\n{place}"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a statement: `line` and `column` count from 1, `source` is that line's text."""

    line: int
    column: int
    source: str
    width: int

    def __str__(self) -> str:
        head = f"line {self.line}, column {self.column}: "
        return f"{head}{self.source}\n{' ' * (len(head) + self.column - 1)}{'^' * self.width}"


def find_place(text: str, begin: int, end: int | None = None) -> Place:
    """Return the place of offset `begin` in `text`.

    `end` is exclusive and only widens the caret.
    """
    begin = min(begin, len(text))
    line_begin = text.rfind("\n", 0, begin) + 1
    line_end = text.find("\n", begin)
    source = text[line_begin : len(text) if line_end < 0 else line_end]
    column = begin - line_begin
    width = max(1, min((end or begin + 1) - begin, len(source) - column))
    return Place(text.count("\n", 0, begin) + 1, column + 1, source, width)


class InterfaceError(Error):
    """The Python interface was used wrongly."""


class DatabaseError(Error):
    """The root of errors that concern the database."""


class DataError(DatabaseError):
    """A value does not fit: overflow, division by zero, a bad cast, a row that cannot be loaded."""


class OperationalError(DatabaseError):
    """The machine or its files: missing, corrupted, locked, full."""


class QueryCancelled(OperationalError):
    """The query was stopped by Ctrl-C or Cursor.cancel()."""


class DeviceMemoryError(OperationalError):
    """A query needs more of a GPU's memory than its budget, or the GPU, has left."""


class DeviceFaultError(OperationalError):
    """A kernel did what a GPU leaves undefined; all of the GPU's memory is lost by that."""


class IntegrityError(DatabaseError):
    """A constraint such as NOT NULL was violated."""


class InternalError(DatabaseError):
    """A mistake of gpudb's own."""


class ProgrammingError(DatabaseError):
    """The SQL text is wrong: syntax, unknown names, types that do not fit."""


class NotSupportedError(DatabaseError):
    """Valid SQL that gpudb does not run yet."""
