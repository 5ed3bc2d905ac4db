"""Text that is typed or piped in, cut into pieces: statements up to their semicolon, and commands.

A command is a line that begins with a backslash where no statement has begun.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gpudb.errors import OperationalError
from gpudb.records import dataclass

# Whole strings, quoted names and comments; a quote or /* that is left over has no end.
TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | /\* | [^\s'"/-]+ | \S""",
    re.DOTALL | re.VERBOSE,
)
OPENINGS = ("'", '"', "/*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement or a command: `begin` is its offset in the whole text."""

    text: str
    begin: int
    is_command: bool


def is_finished(text: str) -> bool:
    """Whether `text` ends with a semicolon outside strings and comments, comments after it aside.

    >>> is_finished("SELECT ';'"), is_finished("SELECT 1; -- done")
    (False, True)
    """
    last = ""
    for match in TOKEN.finditer(text):
        token = match[0]
        if token in OPENINGS:
            return False
        if not token.startswith(("--", "/*")):
            last = token
    return last.endswith(";")


def is_blank(text: str) -> bool:
    """Whether `text` holds nothing but space and comments."""
    return all(match[0].startswith(("--", "/*")) for match in TOKEN.finditer(text))


def pieces(text: str) -> Iterator[Piece]:
    """Yield the pieces of `text` in order; the last statement may lack its semicolon."""
    begin = end = 0
    for line in text.splitlines(keepends=True):
        end += len(line)
        if line.startswith("\\") and is_blank(text[begin : end - len(line)]):
            yield Piece(line.strip(), end - len(line), is_command=True)
            begin = end
        elif ";" in line and is_finished(text[begin:end]):
            yield Piece(text[begin:end], begin, is_command=False)
            begin = end
    if not is_blank(text[begin:]):
        yield Piece(text[begin:], begin, is_command=False)


def as_text(text: str) -> str:
    """Return what was typed or given where the locale does not know UTF-8: Python kept its bytes.

    >>> as_text("na\\udcc3\\udcafve")
    'naïve'
    """
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return text  # no UTF-8 either: binding says which character is none


def read_script(path: str) -> str:
    """Return the text of a script; OperationalError where it cannot be read."""
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperationalError(f"cannot read {path}: {error}") from error
