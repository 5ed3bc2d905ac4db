"""Searching text: positions, prefixes, LIKE and SIMILAR TO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.sql.functions.registry import function
from gpudb.storage.types import BOOLEAN, INTEGER, TEXT

Strings: TypeAlias = pa.Array


@function(("starts_with", "startswith", "prefix"), (TEXT, TEXT), BOOLEAN, is_host=True)
def starts_with(strings: Strings, prefix: str) -> Strings:
    """Whether the text begins with another; `s ^@ t` is the same.

    SELECT starts_with('gpudb', 'gpu') gives true
    """
    return pc.starts_with(strings, prefix)


@function(("ends_with", "endswith", "suffix"), (TEXT, TEXT), BOOLEAN, is_host=True)
def ends_with(strings: Strings, suffix: str) -> Strings:
    """Whether the text ends with another.

    SELECT ends_with('gpudb', 'db') gives true
    """
    return pc.ends_with(strings, suffix)


@function("contains", (TEXT, TEXT), BOOLEAN, is_host=True)
def contains(strings: Strings, part: str) -> Strings:
    """Whether the text holds another.

    SELECT contains('gpudb', 'pu') gives true
    """
    return pc.match_substring(strings, part)


@function(("position", "strpos", "instr"), (TEXT, TEXT), INTEGER, is_host=True, is_scalar=True)
def position(string: str, part: str) -> int:
    """Where a text stands first, 0 where it does not; `position(t IN s)` is the same.

    SELECT strpos('gpudb', 'db') gives 4
    """
    return string.find(part) + 1


@function((), (TEXT, TEXT), BOOLEAN, is_host=True, may_fail=True)
def like(strings: Strings, pattern: str) -> Strings:
    r"""Whether the whole text is like a pattern: % is any text, _ a character, \ makes them plain.

    SELECT 'gpudb' LIKE 'gp%' gives true
    """
    return like_escape(strings, pattern, "\\")


@function((), (TEXT, TEXT, TEXT), BOOLEAN, is_host=True, may_fail=True)
def like_escape(strings: Strings, pattern: str, escape: str) -> Strings:
    """LIKE with an escape character of one's own, or none if it is empty.

    SELECT '5%' LIKE '5!%' ESCAPE '!' gives true
    """
    return pc.match_substring_regex(strings, like_regex(pattern, escape))


@function((), (TEXT, TEXT), BOOLEAN, is_host=True, may_fail=True)
def ilike(strings: Strings, pattern: str) -> Strings:
    """LIKE, whatever the case of letters.

    SELECT 'GPUDB' ILIKE 'gp%' gives true
    """
    return ilike_escape(strings, pattern, "\\")


@function((), (TEXT, TEXT, TEXT), BOOLEAN, is_host=True, may_fail=True)
def ilike_escape(strings: Strings, pattern: str, escape: str) -> Strings:
    """ILIKE with an escape character of one's own.

    SELECT 'A%' ILIKE 'a!%' ESCAPE '!' gives true
    """
    return pc.match_substring_regex(strings, like_regex(pattern, escape), ignore_case=True)


def find_part(function: str, constants: Sequence[object]) -> str | None:
    r"""Return the text that a call only asks another text to hold, if it does only that.

    >>> find_part("like", ["%50\\%%"])
    '50%'
    """
    match function, constants:
        case "contains", [str(part)]:
            return part
        case "like", [str(pattern)]:
            return _plain_part(pattern, "\\")
        case "like_escape", [str(pattern), str(escape)]:
            return _plain_part(pattern, escape)
    return None


def _plain_part(pattern: str, escape: str) -> str | None:
    """Return what stands between two % of a LIKE pattern if each of it means itself."""
    if len(pattern) < 2 or pattern[0] != "%" or pattern[-1] != "%" or escape == "%":
        return None
    out = []
    characters = iter(pattern[1:-1])
    for character in characters:
        if escape and character == escape:
            literal = next(characters, None)
            if literal is None:
                return None
            out.append(literal)
        elif character in "%_":
            return None
        else:
            out.append(character)
    return "".join(out)


def like_regex(pattern: str, escape: str) -> str:
    r"""Return the regular expression of a LIKE pattern; an empty escape is none.

    >>> like_regex("50!%_%", "!")
    '(?s)\\A50%..*\\z'
    """
    out = []
    characters = iter(pattern)
    for character in characters:
        if escape and character == escape:
            literal = next(characters, None)
            if literal is None:
                raise DataError(f"the LIKE pattern {pattern!r} ends with its escape character")
            out.append(quoted(literal))
        else:
            out.append({"%": ".*", "_": "."}.get(character) or quoted(character))
    return r"(?s)\A" + "".join(out) + r"\z"


def quoted(character: str) -> str:
    """Return `character` so that RE2 takes it literally."""
    return f"\\{character}" if character in r"\.+*?()|[]{}^$" else character


@function((), (TEXT, TEXT), BOOLEAN, is_host=True, may_fail=True)
def similar(strings: Strings, pattern: str) -> Strings:
    """Whether the whole text fits a pattern of the SQL standard: LIKE's, with | * + ? {m,n} () [].

    SELECT 'gpudb' SIMILAR TO '(g|h)p_(db|x)+' gives true
    """
    return similar_escape(strings, pattern, "\\")


@function((), (TEXT, TEXT, TEXT), BOOLEAN, is_host=True, may_fail=True)
def similar_escape(strings: Strings, pattern: str, escape: str) -> Strings:
    """SIMILAR TO with an escape character of one's own.

    SELECT 'a%' SIMILAR TO '(a|b)!%' ESCAPE '!' gives true
    """
    try:
        return pc.match_substring_regex(strings, similar_regex(pattern, escape))
    except pa.ArrowInvalid as error:
        raise DataError(f"{pattern!r} is not a pattern of SIMILAR TO: {error}") from None


def similar_regex(pattern: str, escape: str) -> str:
    r"""Return the regular expression of a SIMILAR TO pattern.

    >>> similar_regex("a_|b.%", "\\")
    '(?s)\\A(?:a.|b\\..*)\\z'
    """
    return rf"(?s)\A(?:{similar_text(pattern, escape)})\z"


def similar_text(pattern: str, escape: str) -> str:
    """Return what a SIMILAR TO pattern, or a part of one, is as a regular expression."""
    out = []
    characters = iter(pattern)
    in_set = False
    for character in characters:
        if escape and character == escape:
            literal = next(characters, None)
            if literal is None:
                raise DataError(f"the pattern {pattern!r} ends with its escape character")
            out.append(quoted(literal))
        elif in_set:
            in_set = character != "]"
            out.append("\\\\" if character == "\\" else character)
        else:
            in_set = character == "["
            plain = quoted(character) if character in ".^$\\" else character
            out.append({"%": ".*", "_": ".", "(": "(?:"}.get(character) or plain)
    return "".join(out)
