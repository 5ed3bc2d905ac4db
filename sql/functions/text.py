"""Text: host functions over pyarrow arrays of distinct strings; regular expressions are RE2's.

A body's first argument is an array, the others are Python values, unless several arguments vary
(only concat_text knows that). Positions and lengths count characters from 1, as PostgreSQL's do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from gpudb.errors import DataError
from gpudb.sql.functions.registry import Constant, function
from gpudb.storage.types import BOOLEAN, INTEGER, TEXT

PATTERN = Constant(TEXT)
COUNT = Constant(INTEGER)
Strings: TypeAlias = pa.Array


@function(("upper", "ucase"), (TEXT,), TEXT, is_host=True)
def upper(strings: Strings) -> Strings:
    """SELECT upper('abc') gives ABC."""
    return pc.utf8_upper(strings)


@function(("lower", "lcase"), (TEXT,), TEXT, is_host=True)
def lower(strings: Strings) -> Strings:
    """SELECT lower('ABC') gives abc."""
    return pc.utf8_lower(strings)


@function("initcap", (TEXT,), TEXT, is_host=True)
def initcap(strings: Strings) -> Strings:
    """SELECT initcap('two words') gives Two Words."""
    return pc.utf8_title(strings)


@function("reverse", (TEXT,), TEXT, is_host=True)
def reverse(strings: Strings) -> Strings:
    """SELECT reverse('abc') gives cba."""
    return pc.utf8_reverse(strings)


@function(("length", "char_length", "character_length", "len"), (TEXT,), INTEGER, is_host=True)
def length(strings: Strings) -> Strings:
    """SELECT length('Größe') gives 5."""
    return pc.utf8_length(strings).cast(pa.int32())


@function("octet_length", (TEXT,), INTEGER, is_host=True)
def octet_length(strings: Strings) -> Strings:
    """SELECT octet_length('Größe') gives 7."""
    return pc.binary_length(strings).cast(pa.int32())


@function(("substring", "substr"), (TEXT, COUNT), TEXT, is_host=True)
def substring_from(strings: Strings, begin: int) -> Strings:
    """SELECT substring('gpudb', 4) gives db."""
    return pc.utf8_slice_codeunits(strings, max(begin - 1, 0))


@function(("substring", "substr"), (TEXT, COUNT, COUNT), TEXT, is_host=True)
def substring(strings: Strings, begin: int, count: int) -> Strings:
    """SELECT substring('gpudb', 1, 3) gives gpu."""
    if count < 0:
        raise DataError(f"substring cannot take {count} characters")
    end = max(begin - 1 + count, 0)
    return pc.utf8_slice_codeunits(strings, min(max(begin - 1, 0), end), end)


@function("left", (TEXT, COUNT), TEXT, is_host=True)
def left(strings: Strings, count: int) -> Strings:
    """SELECT left('gpudb', 3) gives gpu; left('gpudb', -2) leaves out the last two."""
    return pc.utf8_slice_codeunits(strings, 0, count)


@function("right", (TEXT, COUNT), TEXT, is_host=True)
def right(strings: Strings, count: int) -> Strings:
    """SELECT right('gpudb', 2) gives db; right('gpudb', -3) leaves out the first three."""
    if count == 0:
        return pc.utf8_slice_codeunits(strings, 0, 0)
    return pc.utf8_slice_codeunits(strings, -count)


@function(("trim", "btrim"), (TEXT,), TEXT, is_host=True)
def trim(strings: Strings) -> Strings:
    """SELECT trim('  a ') gives a."""
    return pc.utf8_trim(strings, " ")


@function("ltrim", (TEXT,), TEXT, is_host=True)
def ltrim(strings: Strings) -> Strings:
    """SELECT ltrim('  a') gives a."""
    return pc.utf8_ltrim(strings, " ")


@function("rtrim", (TEXT,), TEXT, is_host=True)
def rtrim(strings: Strings) -> Strings:
    """SELECT rtrim('a  ') gives a."""
    return pc.utf8_rtrim(strings, " ")


@function(("trim", "btrim"), (TEXT, PATTERN), TEXT, is_host=True)
def trim_characters(strings: Strings, characters: str) -> Strings:
    """SELECT trim(BOTH 'x' FROM 'xax') gives a."""
    return pc.utf8_trim(strings, characters) if characters else strings


@function("ltrim", (TEXT, PATTERN), TEXT, is_host=True)
def ltrim_characters(strings: Strings, characters: str) -> Strings:
    """SELECT ltrim('xxa', 'x') gives a."""
    return pc.utf8_ltrim(strings, characters) if characters else strings


@function("rtrim", (TEXT, PATTERN), TEXT, is_host=True)
def rtrim_characters(strings: Strings, characters: str) -> Strings:
    """SELECT rtrim('axx', 'x') gives a."""
    return pc.utf8_rtrim(strings, characters) if characters else strings


@function("replace", (TEXT, PATTERN, PATTERN), TEXT, is_host=True)
def replace(strings: Strings, pattern: str, replacement: str) -> Strings:
    """SELECT replace('a-b', '-', '+') gives a+b."""
    if not pattern:
        return strings
    return pc.replace_substring(strings, pattern, replacement)


@function("concat_text", (TEXT, TEXT), TEXT, is_host=True, is_variadic=True)
def concat_text(*parts: Strings | str) -> Strings:
    """SELECT 'a' || 'b' gives ab."""
    array = next(part for part in parts if isinstance(part, pa.Array | pa.ChunkedArray))
    typed = [pa.scalar(p, array.type) if isinstance(p, str) else p for p in parts]
    return pc.binary_join_element_wise(*typed, pa.scalar("", array.type))


@function("repeat", (TEXT, COUNT), TEXT, is_host=True)
def repeat(strings: Strings, count: int) -> Strings:
    """SELECT repeat('ab', 2) gives abab."""
    return pc.binary_repeat(strings, max(count, 0))


@function(("starts_with", "startswith"), (TEXT, PATTERN), BOOLEAN, is_host=True)
def starts_with(strings: Strings, prefix: str) -> Strings:
    """SELECT starts_with('gpudb', 'gpu') gives TRUE."""
    return pc.starts_with(strings, prefix)


@function(("ends_with", "endswith"), (TEXT, PATTERN), BOOLEAN, is_host=True)
def ends_with(strings: Strings, suffix: str) -> Strings:
    """SELECT ends_with('gpudb', 'db') gives TRUE."""
    return pc.ends_with(strings, suffix)


@function("contains", (TEXT, PATTERN), BOOLEAN, is_host=True)
def contains(strings: Strings, part: str) -> Strings:
    """SELECT contains('gpudb', 'pu') gives TRUE."""
    return pc.match_substring(strings, part)


@function("like", (TEXT, PATTERN), BOOLEAN, is_host=True)
def like(strings: Strings, pattern: str) -> Strings:
    r"""SELECT 'gpudb' LIKE 'gp%' gives TRUE; the escape character is \."""
    return like_escape(strings, pattern, "\\")


@function("like_escape", (TEXT, PATTERN, PATTERN), BOOLEAN, is_host=True)
def like_escape(strings: Strings, pattern: str, escape: str) -> Strings:
    """SELECT '5%' LIKE '5!%' ESCAPE '!' gives TRUE."""
    return pc.match_substring_regex(strings, like_regex(pattern, escape))


@function("ilike", (TEXT, PATTERN), BOOLEAN, is_host=True)
def ilike(strings: Strings, pattern: str) -> Strings:
    """SELECT 'GPUDB' ILIKE 'gp%' gives TRUE."""
    return ilike_escape(strings, pattern, "\\")


@function("ilike_escape", (TEXT, PATTERN, PATTERN), BOOLEAN, is_host=True)
def ilike_escape(strings: Strings, pattern: str, escape: str) -> Strings:
    """SELECT 'A%' ILIKE 'a!%' ESCAPE '!' gives TRUE."""
    return pc.match_substring_regex(strings, like_regex(pattern, escape), ignore_case=True)


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


@function(("regexp_like", "regexp_matches"), (TEXT, PATTERN), BOOLEAN, is_host=True)
def regexp_like(strings: Strings, pattern: str) -> Strings:
    """SELECT regexp_like('gpudb', '^g.u') gives TRUE."""
    try:
        return pc.match_substring_regex(strings, pattern)
    except pa.ArrowInvalid as error:
        raise DataError(f"{pattern!r} is not a regular expression: {error}") from None


@function("regexp_replace", (TEXT, PATTERN, PATTERN), TEXT, is_host=True)
def regexp_replace(strings: Strings, pattern: str, replacement: str) -> Strings:
    """SELECT regexp_replace('a1b2', '[0-9]', '') gives ab2: the first match only."""
    try:
        return pc.replace_substring_regex(strings, pattern, replacement, max_replacements=1)
    except pa.ArrowInvalid as error:
        raise DataError(f"{pattern!r} is not a regular expression: {error}") from None


@function("lpad", (TEXT, COUNT), TEXT, is_host=True)
def lpad(strings: Strings, width: int) -> Strings:
    """SELECT lpad('7', 3) gives the 7 behind two spaces."""
    return lpad_with(strings, width, " ")


@function("lpad", (TEXT, COUNT, PATTERN), TEXT, is_host=True)
def lpad_with(strings: Strings, width: int, filling: str) -> Strings:
    """SELECT lpad('7', 3, '0') gives 007."""
    return _each(strings, lambda s: _filling(s, width, filling) + s[: max(width, 0)])


@function("rpad", (TEXT, COUNT), TEXT, is_host=True)
def rpad(strings: Strings, width: int) -> Strings:
    """SELECT rpad('7', 3) gives the 7 before two spaces."""
    return rpad_with(strings, width, " ")


@function("rpad", (TEXT, COUNT, PATTERN), TEXT, is_host=True)
def rpad_with(strings: Strings, width: int, filling: str) -> Strings:
    """SELECT rpad('7', 3, '0') gives 700."""
    return _each(strings, lambda s: s[: max(width, 0)] + _filling(s, width, filling))


def _filling(string: str, width: int, filling: str) -> str:
    missing = max(width - len(string), 0)
    return (filling * missing)[:missing]


def _each(strings: Strings, change: Callable[[str], str]) -> Strings:
    values = [None if s is None else change(s) for s in strings.to_pylist()]
    return pa.array(values, strings.type)


@function(("position", "strpos"), (TEXT, PATTERN), INTEGER, is_host=True)
def position(strings: Strings, part: str) -> Strings:
    """SELECT strpos('gpudb', 'db') gives 4, and 0 where there is none."""
    values = [None if s is None else s.find(part) + 1 for s in strings.to_pylist()]
    return pa.array(values, pa.int32())


@function(("split_part", "split"), (TEXT, PATTERN, COUNT), TEXT, is_host=True)
def split_part(strings: Strings, delimiter: str, index: int) -> Strings:
    """SELECT split_part('a,b,c', ',', 2) gives b; -1 is the last part."""
    if index == 0:
        raise DataError("split_part counts its parts from 1, or from -1 at the end")
    place = index - 1 if index > 0 else index
    return _each(strings, lambda s: _part(s.split(delimiter) if delimiter else [s], place))


def _part(parts: list[str], place: int) -> str:
    return parts[place] if -len(parts) <= place < len(parts) else ""


@function("ascii", (TEXT,), INTEGER, is_host=True)
def ascii_code(strings: Strings) -> Strings:
    """SELECT ascii('A') gives 65, and 0 for an empty text."""
    values = [None if s is None else ord(s[0]) if s else 0 for s in strings.to_pylist()]
    return pa.array(values, pa.int32())
