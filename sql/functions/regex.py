r"""Regular expressions, RE2's: no look-around, no references back, always linear time.

Flags: i whatever the case, c with it (the default), g all matches (of REGEXP_REPLACE), s a dot is
a line's end too, m (or n) ^ and $ are at each line. `\1` to `\9` in a replacement are groups, `\&`
or `\0` is the whole match.
"""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa

from gpudb.late import compute as pc
from gpudb.sql.functions.matching import (
    Matches,
    check_counts,
    expression,
    texts_like,
    wrong_pattern,
)
from gpudb.sql.functions.registry import function
from gpudb.storage.types import BOOLEAN, INTEGER, TEXT

Strings: TypeAlias = pa.Array


@function(
    ("regexp_like", "regexp_match", "regexp_matches"),
    (TEXT, TEXT),
    BOOLEAN,
    is_host=True,
    may_fail=True,
)
def regexp_like(strings: Strings, pattern: str) -> Strings:
    """Whether the expression matches anywhere; `s ~ p` is the same, `s REGEXP p` too.

    SELECT regexp_like('gpudb', '^g.u') gives true
    """
    return regexp_like_flags(strings, pattern, "")


@function(
    ("regexp_like", "regexp_match", "regexp_matches"),
    (TEXT, TEXT, TEXT),
    BOOLEAN,
    is_host=True,
    may_fail=True,
)
def regexp_like_flags(strings: Strings, pattern: str, flags: str) -> Strings:
    """Whether the expression matches anywhere, by flags; `s ~* p` is that with the flag i.

    SELECT regexp_like('GPUDB', '^g.u', 'i') gives true
    """
    try:
        return pc.match_substring_regex(strings, expression(pattern, flags).text)
    except pa.ArrowInvalid as error:
        raise wrong_pattern(pattern, error) from None


@function("regexp_full_match", (TEXT, TEXT), BOOLEAN, is_host=True, may_fail=True)
def regexp_full_match(strings: Strings, pattern: str) -> Strings:
    """Whether the expression matches the whole text.

    SELECT regexp_full_match('gpudb', 'g.u') gives false
    """
    return regexp_like(strings, rf"\A(?:{pattern})\z")


@function("regexp_replace", (TEXT, TEXT), TEXT, is_host=True, may_fail=True)
def regexp_remove(strings: Strings, pattern: str) -> Strings:
    """The text without the first match.

    SELECT regexp_replace('a1b2', '[0-9]') gives ab2
    """
    return regexp_replace_flags(strings, pattern, "", "")


@function("regexp_replace", (TEXT, TEXT, TEXT), TEXT, is_host=True, may_fail=True)
def regexp_replace(strings: Strings, pattern: str, replacement: str) -> Strings:
    """The text with the first match replaced.

    SELECT regexp_replace('a1b2', '[0-9]', '#') gives a#b2
    """
    return regexp_replace_flags(strings, pattern, replacement, "")


@function("regexp_replace", (TEXT, TEXT, TEXT, TEXT), TEXT, is_host=True, may_fail=True)
def regexp_replace_flags(strings: Strings, pattern: str, replacement: str, flags: str) -> Strings:
    r"""The text with the first match, or with the flag g all of them, replaced.

    SELECT regexp_replace('a1b2', '([a-z])', '<\1>', 'g') gives <a>1<b>2
    """
    found = expression(pattern, flags)
    most = None if found.is_global else 1
    try:
        return pc.replace_substring_regex(
            strings, found.text, replacement.replace(r"\&", r"\0"), max_replacements=most
        )
    except pa.ArrowInvalid as error:
        raise wrong_pattern(pattern, error) from None


@function("regexp_replace", (TEXT, TEXT, TEXT, INTEGER), TEXT, is_host=True, may_fail=True)
def regexp_replace_from(strings: Strings, pattern: str, replacement: str, begin: int) -> Strings:
    """The text with the first match from a character on replaced.

    SELECT regexp_replace('aaa', 'a', 'b', 2) gives aba
    """
    return regexp_replace_nth(strings, pattern, replacement, begin, 1, "")


@function("regexp_replace", (TEXT, TEXT, TEXT, INTEGER, INTEGER), TEXT, is_host=True, may_fail=True)
def regexp_replace_count(
    strings: Strings, pattern: str, replacement: str, begin: int, count: int
) -> Strings:
    """The text with the n-th match from a character on replaced; 0 is all of them.

    SELECT regexp_replace('aaa', 'a', 'b', 1, 0) gives bbb
    """
    return regexp_replace_nth(strings, pattern, replacement, begin, count, "")


@function(
    "regexp_replace", (TEXT, TEXT, TEXT, INTEGER, INTEGER, TEXT), TEXT, is_host=True, may_fail=True
)
def regexp_replace_nth(
    strings: Strings, pattern: str, replacement: str, begin: int, count: int, flags: str
) -> Strings:
    """The text with the n-th match from a character on replaced, by flags; 0 is all of them.

    SELECT regexp_replace('Aaa', 'a', 'b', 1, 2, 'i') gives Aba
    """
    check_counts(begin, count, least=0)
    before = pc.utf8_slice_codeunits(strings, 0, begin - 1)
    rest = pc.utf8_slice_codeunits(strings, begin - 1)
    if count <= 1:
        flags = flags.replace("g", "") + ("g" if count == 0 else "")
        changed = regexp_replace_flags(rest, pattern, replacement, flags)
    else:
        changed = _replace_one(rest, pattern, replacement, count, flags)
    return pc.binary_join_element_wise(before, changed, pa.scalar("", changed.type))


def _replace_one(
    strings: Strings, pattern: str, replacement: str, count: int, flags: str
) -> Strings:
    matches = Matches.of(strings, pattern, flags, replacement.replace(r"\&", r"\0"))
    plain = Matches.of(strings, pattern, flags, r"\0")
    changed = [
        _with_one(new, old, count)
        for new, old in zip(matches.pieces(), plain.pieces(), strict=True)
    ]
    return texts_like(changed, strings)


def _with_one(new: list[str] | None, old: list[str] | None, count: int) -> str | None:
    """Return the text of `old` with match `count` as in `new`; odd pieces are matches."""
    if new is None or old is None:
        return None
    place = 2 * count - 1
    return "".join(new[i] if i == place else piece for i, piece in enumerate(old))
