r"""Matches of regular expressions, RE2's by pyarrow: flags, and what asks for the n-th match.

pyarrow tells of the first match only, so all of them are marked with two characters that no string
has.
"""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.records import dataclass

Strings: TypeAlias = pa.Array
KNOWN_FLAGS = "icgsmn"
PRIVATE_USE = range(0xE000, 0xF8FF)


@dataclass(frozen=True)
class Expression:
    """A regular expression with its flags in front, as RE2 takes it."""

    text: str
    is_global: bool


def expression(pattern: str, flags: str) -> Expression:
    """Return a pattern with its flags; raises DataError for an unknown flag."""
    for flag in flags:
        if flag not in KNOWN_FLAGS:
            raise DataError(
                f"there is no flag {flag!r} of regular expressions; there are i c g s m n"
            )
    modes = "".join(mode for mode in "is" if mode in flags)
    if "c" in flags and flags.rfind("c") > flags.rfind("i"):
        modes = modes.replace("i", "")
    modes += "m" if "m" in flags or "n" in flags else ""
    return Expression(f"(?{modes}:{pattern})" if modes else pattern, "g" in flags)


def wrong_pattern(pattern: str, error: Exception) -> DataError:
    """Return the error of a pattern that RE2 refuses."""
    return DataError(f"{pattern!r} is not a regular expression: {error}")


def check_counts(begin: int, count: int, least: int = 1) -> None:
    """Raise DataError for a begin or a count that is none."""
    if begin < 1:
        raise DataError(f"a match begins at character 1 or later, not {begin}")
    if count < least:
        raise DataError(f"matches are counted from {least}, not {count}")


@dataclass(frozen=True)
class Matches:
    """Strings in which every match stands between two marks."""

    marked: Strings
    opening: str
    closing: str

    @classmethod
    def of(cls, strings: Strings, pattern: str, flags: str, shown: str) -> Matches:
        """Mark all matches, each written as the replacement `shown`."""
        opening, closing = unused_marks(strings, shown)
        found = expression(pattern, flags)
        try:
            marked = pc.replace_substring_regex(strings, found.text, f"{opening}{shown}{closing}")
        except pa.ArrowInvalid as error:
            raise wrong_pattern(pattern, error) from None
        return cls(marked, opening, closing)

    def pieces(self) -> list[list[str] | None]:
        """Return each string in pieces: before a match, a match, between, a match, ..., behind."""
        return [None if s is None else self._cut(s) for s in self.marked.to_pylist()]

    def _cut(self, string: str) -> list[str]:
        first, *others = string.split(self.opening)
        return [first, *(piece for part in others for piece in part.split(self.closing))]


def unused_marks(strings: Strings, shown: str) -> tuple[str, str]:
    """Return two characters that no string has."""
    marks: list[str] = []
    for code in PRIVATE_USE:
        mark = chr(code)
        if mark not in shown and not pc.any(pc.match_substring(strings, mark)).as_py():
            marks.append(mark)
        if len(marks) == 2:
            return marks[0], marks[1]
    raise DataError("the text uses all characters of the private use area")


def texts_like(values: list[str | None], like: Strings) -> Strings:
    """Return strings in the type of `like`."""
    builder = pa.lib.StringBuilder()
    builder.append_values(values)
    return builder.finish().cast(like.type)


def group_reference(group: int) -> str:
    """Return what stands for a group in a replacement."""
    if not 0 <= group <= 9:
        raise DataError(f"groups are counted from 0, the whole match, to 9, not {group}")
    return f"\\{group}"
