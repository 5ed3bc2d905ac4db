"""Text: case, trimming, cutting, padding, joining.

Positions and lengths count characters from 1, as PostgreSQL's do. What is often asked of a column
goes by pyarrow over its distinct strings; the rest is Python, once for each of them.
"""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.sql.functions.registry import function
from gpudb.storage.types import INTEGER, TEXT

Strings: TypeAlias = pa.Array
# A text of more bytes is taken for a mistake.
MOST_BYTES = 1 << 28
# Stands for NULL where a body must see it; no text holds it.
ABSENT = "\0"


@function(("upper", "ucase"), (TEXT,), TEXT, is_host=True)
def upper(strings: Strings) -> Strings:
    """All letters as capitals.

    SELECT upper('größe') gives GRÖẞE
    """
    return pc.utf8_upper(strings)


@function(("lower", "lcase"), (TEXT,), TEXT, is_host=True)
def lower(strings: Strings) -> Strings:
    """All letters as small ones.

    SELECT lower('ABC') gives abc
    """
    return pc.utf8_lower(strings)


@function("initcap", (TEXT,), TEXT, is_host=True)
def initcap(strings: Strings) -> Strings:
    """The first letter of each word as a capital, the others as small ones.

    SELECT initcap('two WORDS') gives Two Words
    """
    return pc.utf8_title(strings)


@function("reverse", (TEXT,), TEXT, is_host=True)
def reverse(strings: Strings) -> Strings:
    """The characters from the last to the first.

    SELECT reverse('abc') gives cba
    """
    return pc.utf8_reverse(strings)


@function(("length", "char_length", "character_length", "len"), (TEXT,), INTEGER, is_host=True)
def length(strings: Strings) -> Strings:
    """The number of characters.

    SELECT length('Größe') gives 5
    """
    return pc.utf8_length(strings).cast(pa.int32())


@function(("octet_length", "strlen"), (TEXT,), INTEGER, is_host=True)
def octet_length(strings: Strings) -> Strings:
    """The number of bytes in UTF-8.

    SELECT octet_length('Größe') gives 7
    """
    return pc.binary_length(strings).cast(pa.int32())


@function("bit_length", (TEXT,), INTEGER, is_host=True, is_scalar=True)
def bit_length(string: str) -> int:
    """The number of bits in UTF-8.

    SELECT bit_length('abc') gives 24
    """
    return 8 * len(string.encode())


@function(("substring", "substr", "mid"), (TEXT, INTEGER), TEXT, is_host=True)
def substring_from(strings: Strings, begin: int) -> Strings:
    """What begins at a character; `substring(s FROM n)` is the same.

    SELECT substring('gpudb', 4) gives db
    """
    return pc.utf8_slice_codeunits(strings, max(begin - 1, 0))


@function(
    ("substring", "substr", "mid"), (TEXT, INTEGER, INTEGER), TEXT, is_host=True, may_fail=True
)
def substring(strings: Strings, begin: int, count: int) -> Strings:
    """So many characters from one on; `substring(s FROM n FOR m)` is the same.

    SELECT substring('gpudb', 1, 3) gives gpu
    """
    if count < 0:
        raise DataError(f"substring cannot take {count} characters")
    end = max(begin - 1 + count, 0)
    return pc.utf8_slice_codeunits(strings, min(max(begin - 1, 0), end), end)


@function("left", (TEXT, INTEGER), TEXT, is_host=True)
def left(strings: Strings, count: int) -> Strings:
    """The first characters; for a negative count all but the last ones.

    SELECT left('gpudb', 3) gives gpu
    """
    return pc.utf8_slice_codeunits(strings, 0, count)


@function("right", (TEXT, INTEGER), TEXT, is_host=True)
def right(strings: Strings, count: int) -> Strings:
    """The last characters; for a negative count all but the first ones.

    SELECT right('gpudb', -3) gives db
    """
    if count == 0:
        return pc.utf8_slice_codeunits(strings, 0, 0)
    return pc.utf8_slice_codeunits(strings, -count)


@function(("trim", "btrim"), (TEXT,), TEXT, is_host=True)
def trim(strings: Strings) -> Strings:
    """The text without spaces at both ends.

    SELECT trim('  a ') || '.' gives a.
    """
    return pc.utf8_trim(strings, " ")


@function("ltrim", (TEXT,), TEXT, is_host=True)
def ltrim(strings: Strings) -> Strings:
    """The text without spaces at its begin.

    SELECT ltrim('  a') gives a
    """
    return pc.utf8_ltrim(strings, " ")


@function("rtrim", (TEXT,), TEXT, is_host=True)
def rtrim(strings: Strings) -> Strings:
    """The text without spaces at its end.

    SELECT rtrim('a  ') || '.' gives a.
    """
    return pc.utf8_rtrim(strings, " ")


@function(("trim", "btrim"), (TEXT, TEXT), TEXT, is_host=True)
def trim_characters(strings: Strings, characters: str) -> Strings:
    """The text without any of the characters at both ends; LEADING and TRAILING take one end.

    SELECT trim(BOTH 'xy' FROM 'xyaxy') gives a
    """
    return pc.utf8_trim(strings, characters) if characters else strings


@function("ltrim", (TEXT, TEXT), TEXT, is_host=True)
def ltrim_characters(strings: Strings, characters: str) -> Strings:
    """The text without any of the characters at its begin.

    SELECT ltrim('xxa', 'x') gives a
    """
    return pc.utf8_ltrim(strings, characters) if characters else strings


@function("rtrim", (TEXT, TEXT), TEXT, is_host=True)
def rtrim_characters(strings: Strings, characters: str) -> Strings:
    """The text without any of the characters at its end.

    SELECT rtrim('axx', 'x') gives a
    """
    return pc.utf8_rtrim(strings, characters) if characters else strings


@function("replace", (TEXT, TEXT, TEXT), TEXT, is_host=True)
def replace(strings: Strings, pattern: str, replacement: str) -> Strings:
    """Every occurrence of a text replaced by another.

    SELECT replace('a-b', '-', '+') gives a+b
    """
    if not pattern:
        return strings
    return pc.replace_substring(strings, pattern, replacement)


@function((), (TEXT, TEXT), TEXT, is_host=True, is_variadic=True, is_rowwise=True)
def concat_text(*parts: Strings | str) -> Strings:
    """The texts joined.

    SELECT 'a' || 'b' gives ab
    """
    return pc.binary_join_element_wise(*map(_widened, parts), _widened(""))


@function((), (TEXT, TEXT), TEXT, is_host=True, is_variadic=True, is_rowwise=True)
def concat_with(separator: Strings | str, *parts: Strings | str) -> Strings:
    """The texts joined with a separator between them; those that are ABSENT are left out.

    SELECT concat_ws('-', 'a', NULL, 2) gives a-2
    """
    whole = [_without_absent(part) for part in parts if not _is_absent(part)]
    if not whole:
        return pc.utf8_slice_codeunits(pc.cast(_first_array(separator, *parts), WIDE), 0, 0)
    empty = _widened("")
    # Arrow leaves out rows in which all are NULL, or the separator: the answer there is empty or
    # NULL in any case.
    found = pc.coalesce(*whole)
    whole[0] = pc.if_else(pc.is_null(found), empty, whole[0])
    between = pc.fill_null(_widened(separator), empty)
    return pc.binary_join_element_wise(*whole, between, null_handling="skip")


WIDE = pa.large_string()


def _widened(part: Strings | str) -> Strings | pa.Scalar:
    return pc.cast(part, WIDE) if isinstance(part, pa.Array) else pa.scalar(part, WIDE)


def _is_absent(part: Strings | str) -> bool:
    return isinstance(part, str) and part == ABSENT


def _without_absent(part: Strings | str) -> Strings | pa.Scalar:
    """Return a column with NULL for what is ABSENT."""
    wide = _widened(part)
    if isinstance(part, str):
        return wide
    return pc.if_else(pc.equal(wide, _widened(ABSENT)), pa.scalar(None, WIDE), wide)


def _first_array(*parts: Strings | str) -> Strings:
    return next(part for part in parts if isinstance(part, pa.Array))


@function("repeat", (TEXT, INTEGER), TEXT, is_host=True, may_fail=True)
def repeat(strings: Strings, count: int) -> Strings:
    """The text so many times.

    SELECT repeat('ab', 2) gives abab
    """
    longest = pc.max(pc.binary_length(strings)).as_py() or 0
    if count * longest > MOST_BYTES:
        raise DataError(f"a text {count} times over is longer than {MOST_BYTES} bytes")
    return pc.binary_repeat(strings, max(count, 0))


@function("space", (INTEGER,), TEXT, is_host=True, is_scalar=True, may_fail=True)
def space(count: int) -> str:
    """So many spaces.

    SELECT '.' || space(2) || '.' gives .  .
    """
    return " " * _checked_length(count)


@function("lpad", (TEXT, INTEGER), TEXT, is_host=True, is_scalar=True, may_fail=True)
def lpad(string: str, width: int) -> str:
    """The text with spaces before it, or cut, so that it has a width.

    SELECT '.' || lpad('7', 3) gives .  7
    """
    return lpad_with(string, width, " ")


@function("lpad", (TEXT, INTEGER, TEXT), TEXT, is_host=True, is_scalar=True, may_fail=True)
def lpad_with(string: str, width: int, filling: str) -> str:
    """The text with a filling before it, or cut, so that it has a width.

    SELECT lpad('7', 3, '0') gives 007
    """
    return _filling(string, width, filling) + string[: max(width, 0)]


@function("rpad", (TEXT, INTEGER), TEXT, is_host=True, is_scalar=True, may_fail=True)
def rpad(string: str, width: int) -> str:
    """The text with spaces behind it, or cut, so that it has a width.

    SELECT rpad('7', 3) || '.' gives 7  .
    """
    return rpad_with(string, width, " ")


@function("rpad", (TEXT, INTEGER, TEXT), TEXT, is_host=True, is_scalar=True, may_fail=True)
def rpad_with(string: str, width: int, filling: str) -> str:
    """The text with a filling behind it, or cut, so that it has a width.

    SELECT rpad('7', 3, '0') gives 700
    """
    return string[: max(width, 0)] + _filling(string, width, filling)


def _filling(string: str, width: int, filling: str) -> str:
    missing = max(_checked_length(width) - len(string), 0)
    return (filling * missing)[:missing]


def _checked_length(count: int) -> int:
    if count > MOST_BYTES:
        raise DataError(f"a text of {count} characters is longer than {MOST_BYTES} bytes")
    return count


@function("overlay", (TEXT, TEXT, INTEGER), TEXT, is_host=True, is_scalar=True, may_fail=True)
def overlay(string: str, new: str, begin: int) -> str:
    """A text over the characters from one on; `overlay(s PLACING t FROM n)` is the same.

    SELECT overlay('gpudb', 'X', 2) gives gXudb
    """
    return overlay_for(string, new, begin, len(new))


@function(
    "overlay", (TEXT, TEXT, INTEGER, INTEGER), TEXT, is_host=True, is_scalar=True, may_fail=True
)
def overlay_for(string: str, new: str, begin: int, count: int) -> str:
    """A text instead of so many characters from one on.

    SELECT overlay('Txxxxas' PLACING 'hom' FROM 2 FOR 4) gives Thomas
    """
    if begin < 1:
        raise DataError(f"overlay begins at character 1 or later, not {begin}")
    return string[: begin - 1] + new + string[max(begin - 1 + count, 0) :]


@function("translate", (TEXT, TEXT, TEXT), TEXT, is_host=True, is_scalar=True)
def translate(string: str, old: str, new: str) -> str:
    """Each character of the first list replaced by that at its place in the second, or left out.

    SELECT translate('12345', '143', 'ax') gives a2x5
    """
    table: dict[int, str | None] = {}
    for place, character in enumerate(old):
        table.setdefault(ord(character), new[place] if place < len(new) else None)
    return string.translate(table)


@function(
    ("split_part", "split"),
    (TEXT, TEXT, INTEGER),
    TEXT,
    is_host=True,
    is_scalar=True,
    may_fail=True,
)
def split_part(string: str, delimiter: str, index: int) -> str:
    """The part between delimiters, counted from 1, or from -1 at the end; empty beyond them.

    SELECT split_part('a,b,c', ',', 2) gives b
    """
    if index == 0:
        raise DataError("split_part counts its parts from 1, or from -1 at the end")
    parts = string.split(delimiter) if delimiter else [string]
    place = index - 1 if index > 0 else index
    return parts[place] if -len(parts) <= place < len(parts) else ""
