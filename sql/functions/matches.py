"""Parts of texts that match a regular expression: the n-th one, its groups, its place, how many."""

from __future__ import annotations

import re
from array import array
from typing import TypeAlias

import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.sql.functions.matching import (
    Matches,
    check_counts,
    expression,
    group_reference,
    texts_like,
    wrong_pattern,
)
from gpudb.sql.functions.registry import function
from gpudb.sql.functions.search import similar_text
from gpudb.storage.types import INTEGER, TEXT

Strings: TypeAlias = pa.Array


@function(
    "regexp_substr",
    (TEXT, TEXT),
    TEXT,
    is_host=True,
    is_scalar=False,
    may_be_null=True,
    may_fail=True,
)
def regexp_substr(strings: Strings, pattern: str) -> Strings:
    """The first match; NULL where there is none.

    SELECT regexp_substr('a12b3', '[0-9]+') gives 12
    """
    return regexp_substr_nth(strings, pattern, 1, 1, "", 0)


@function(
    "regexp_substr", (TEXT, TEXT, INTEGER), TEXT, is_host=True, may_be_null=True, may_fail=True
)
def regexp_substr_from(strings: Strings, pattern: str, begin: int) -> Strings:
    """The first match from a character on.

    SELECT regexp_substr('a12b3', '[0-9]+', 3) gives 2
    """
    return regexp_substr_nth(strings, pattern, begin, 1, "", 0)


@function(
    "regexp_substr",
    (TEXT, TEXT, INTEGER, INTEGER),
    TEXT,
    is_host=True,
    may_be_null=True,
    may_fail=True,
)
def regexp_substr_count(strings: Strings, pattern: str, begin: int, count: int) -> Strings:
    """The n-th match from a character on.

    SELECT regexp_substr('a12b3', '[0-9]+', 1, 2) gives 3
    """
    return regexp_substr_nth(strings, pattern, begin, count, "", 0)


@function(
    "regexp_substr",
    (TEXT, TEXT, INTEGER, INTEGER, TEXT),
    TEXT,
    is_host=True,
    may_be_null=True,
    may_fail=True,
)
def regexp_substr_flags(
    strings: Strings, pattern: str, begin: int, count: int, flags: str
) -> Strings:
    """The n-th match from a character on, by flags.

    SELECT regexp_substr('aB', '[a-z]', 1, 2, 'i') gives B
    """
    return regexp_substr_nth(strings, pattern, begin, count, flags, 0)


@function(
    "regexp_substr",
    (TEXT, TEXT, INTEGER, INTEGER, TEXT, INTEGER),
    TEXT,
    is_host=True,
    may_be_null=True,
    may_fail=True,
)
def regexp_substr_nth(
    strings: Strings, pattern: str, begin: int, count: int, flags: str, group: int
) -> Strings:
    """A group of the n-th match from a character on, by flags; group 0 is the whole match.

    SELECT regexp_substr('k=v', '(.)=(.)', 1, 1, '', 2) gives v
    """
    check_counts(begin, count)
    rest = pc.utf8_slice_codeunits(strings, begin - 1)
    pieces = Matches.of(rest, pattern, flags, group_reference(group)).pieces()
    place = 2 * count - 1
    return texts_like([None if p is None or place >= len(p) else p[place] for p in pieces], strings)


@function((), (TEXT, TEXT), TEXT, is_host=True, may_be_null=True, may_fail=True)
def substring_matched(strings: Strings, pattern: str) -> Strings:
    """The first group of the first match, or the match if there is no group; NULL without one.

    SELECT substring('foobar' FROM 'o(.)b') gives o
    """
    return regexp_substr_nth(strings, pattern, 1, 1, "", 1 if _has_group(pattern) else 0)


@function((), (TEXT, TEXT, TEXT), TEXT, is_host=True, may_be_null=True, may_fail=True)
def substring_similar(strings: Strings, pattern: str, escape: str) -> Strings:
    """What the part of a SIMILAR TO pattern between two marks, escape and ", matches; or NULL.

    SELECT substring('foobar' SIMILAR '%#"o_b#"%' ESCAPE '#') gives oob
    """
    parts = pattern.split(f'{escape}"') if escape else [pattern]
    if len(parts) == 1:
        parts = ["", *parts, ""]
    if len(parts) != 3:
        mark = f'{escape}"'
        raise DataError(f"the pattern {pattern!r} has {len(parts) - 1} marks {mark}, not two")
    before, middle, behind = (similar_text(part, escape) for part in parts)
    found = rf"(?s)\A(?U:{before})({middle})(?:{behind})\z"
    return regexp_substr_nth(strings, found, 1, 1, "", 1)


def _has_group(pattern: str) -> bool:
    """Whether a pattern has a parenthesis that keeps what it matches."""
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "", pattern)
    return re.search(r"\((?!\?)|\(\?P?<", bare) is not None


@function("regexp_extract", (TEXT, TEXT), TEXT, is_host=True, may_fail=True)
def regexp_extract(strings: Strings, pattern: str) -> Strings:
    """The first match; empty where there is none.

    SELECT regexp_extract('a12b3', '[0-9]+') gives 12
    """
    return regexp_extract_group(strings, pattern, 0)


@function("regexp_extract", (TEXT, TEXT, INTEGER), TEXT, is_host=True, may_fail=True)
def regexp_extract_group(strings: Strings, pattern: str, group: int) -> Strings:
    """A group of the first match; empty where there is none.

    SELECT regexp_extract('k=v', '(.)=(.)', 2) gives v
    """
    found = regexp_substr_nth(strings, pattern, 1, 1, "", group)
    return pc.if_else(pc.is_valid(strings), pc.fill_null(found, ""), None)


@function("regexp_count", (TEXT, TEXT), INTEGER, is_host=True, may_fail=True)
def regexp_count(strings: Strings, pattern: str) -> Strings:
    """How often the expression matches.

    SELECT regexp_count('a12b3', '[0-9]') gives 3
    """
    return regexp_count_flags(strings, pattern, 1, "")


@function("regexp_count", (TEXT, TEXT, INTEGER), INTEGER, is_host=True, may_fail=True)
def regexp_count_from(strings: Strings, pattern: str, begin: int) -> Strings:
    """How often the expression matches from a character on.

    SELECT regexp_count('a12b3', '[0-9]', 3) gives 2
    """
    return regexp_count_flags(strings, pattern, begin, "")


@function("regexp_count", (TEXT, TEXT, INTEGER, TEXT), INTEGER, is_host=True, may_fail=True)
def regexp_count_flags(strings: Strings, pattern: str, begin: int, flags: str) -> Strings:
    """How often the expression matches from a character on, by flags.

    SELECT regexp_count('aAb', 'a', 1, 'i') gives 2
    """
    check_counts(begin, 1)
    rest = pc.utf8_slice_codeunits(strings, begin - 1)
    try:
        return pc.count_substring_regex(rest, expression(pattern, flags).text).cast(pa.int32())
    except pa.ArrowInvalid as error:
        raise wrong_pattern(pattern, error) from None


@function("regexp_instr", (TEXT, TEXT), INTEGER, is_host=True, may_fail=True)
def regexp_instr(strings: Strings, pattern: str) -> Strings:
    """Where the expression matches first; 0 where it does not.

    SELECT regexp_instr('a12b3', '[0-9]+') gives 2
    """
    return regexp_instr_nth(strings, pattern, 1, 1, 0)


@function("regexp_instr", (TEXT, TEXT, INTEGER), INTEGER, is_host=True, may_fail=True)
def regexp_instr_from(strings: Strings, pattern: str, begin: int) -> Strings:
    """Where the expression matches first from a character on.

    SELECT regexp_instr('a12b3', '[0-9]+', 4) gives 5
    """
    return regexp_instr_nth(strings, pattern, begin, 1, 0)


@function("regexp_instr", (TEXT, TEXT, INTEGER, INTEGER), INTEGER, is_host=True, may_fail=True)
def regexp_instr_count(strings: Strings, pattern: str, begin: int, count: int) -> Strings:
    """Where the n-th match from a character on begins.

    SELECT regexp_instr('a12b3', '[0-9]+', 1, 2) gives 5
    """
    return regexp_instr_nth(strings, pattern, begin, count, 0)


@function(
    "regexp_instr", (TEXT, TEXT, INTEGER, INTEGER, INTEGER), INTEGER, is_host=True, may_fail=True
)
def regexp_instr_nth(
    strings: Strings, pattern: str, begin: int, count: int, is_end: int
) -> Strings:
    """Where the n-th match from a character on begins (0), or the character behind it (1).

    SELECT regexp_instr('a12b3', '[0-9]+', 1, 1, 1) gives 4
    """
    return regexp_instr_flags(strings, pattern, begin, count, is_end, "")


@function(
    "regexp_instr",
    (TEXT, TEXT, INTEGER, INTEGER, INTEGER, TEXT),
    INTEGER,
    is_host=True,
    may_fail=True,
)
def regexp_instr_flags(
    strings: Strings, pattern: str, begin: int, count: int, is_end: int, flags: str
) -> Strings:
    """Where the n-th match begins (0), or the character behind it (1), by flags.

    SELECT regexp_instr('xA', 'a', 1, 1, 0, 'i') gives 2
    """
    check_counts(begin, count)
    rest = pc.utf8_slice_codeunits(strings, begin - 1)
    pieces = Matches.of(rest, pattern, flags, r"\0").pieces()
    place = 2 * count - 1

    def where(cut: list[str]) -> int:
        if place >= len(cut):
            return 0
        return begin + sum(map(len, cut[: place + 1 if is_end else place]))

    numbers = [None if cut is None else where(cut) for cut in pieces]
    builder = [0 if number is None else number for number in numbers]
    lengths = pc.utf8_length(strings)
    return _integers(builder, lengths)


def _integers(values: list[int], like: pa.Array) -> pa.Array:
    """Return integers that are NULL where `like` is."""
    numbers = pa.Array.from_buffers(
        pa.int32(), len(values), [None, pa.py_buffer(array("i", values).tobytes())]
    )
    return pc.if_else(pc.is_valid(like), numbers, None)
