"""FORMAT, and texts as SQL writes them."""

from __future__ import annotations

import re
import unicodedata

from gpudb.errors import DataError
from gpudb.sql.functions.registry import function
from gpudb.sql.functions.text import ABSENT
from gpudb.storage.types import TEXT


@function((), (TEXT, TEXT), TEXT, is_host=True, is_variadic=True, is_scalar=True, may_fail=True)
def format_text(pattern: str, *values: str) -> str:
    """A pattern with its %s, %I (a name) and %L (a quoted text) replaced by the arguments.

    SELECT format('%s of %L', 2, 'a') gives 2 of 'a'
    """
    out, next_place, end = [], 0, 0
    for match in DIRECTIVE.finditer(pattern):
        out.append(_plain(pattern[end : match.start()]))
        end = match.end()
        if match[0] == "%%":
            out.append("%")
            continue
        place = int(match["place"]) - 1 if match["place"] else next_place
        next_place = place + 1
        if not 0 <= place < len(values):
            raise DataError(f"format has no argument for {match[0]}")
        width = int(match["width"] or 0)
        shown = _directed(match["kind"], values[place])
        out.append(shown.ljust(width) if match["flag"] else shown.rjust(width))
    return "".join(out) + _plain(pattern[end:])


DIRECTIVE = re.compile(r"%%|%(?:(?P<place>\d+)\$)?(?P<flag>-)?(?P<width>\d+)?(?P<kind>[sIL])")


def _plain(part: str) -> str:
    if "%" in part:
        raise DataError("format knows %s, %I, %L and %%; a % alone is written %%")
    return part


def _directed(kind: str, value: str) -> str:
    if value == ABSENT:
        return "NULL" if kind == "L" else ""
    if kind == "I":
        return quote_ident(value)
    return quote_literal(value) if kind == "L" else value


@function("quote_ident", (TEXT,), TEXT, is_host=True, is_scalar=True)
def quote_ident(string: str) -> str:
    """The text as a name in SQL, in double quotes where it needs them.

    SELECT quote_ident('two words') gives "two words"
    """
    if re.fullmatch(r"[a-z_][a-z0-9_]*", string):
        return string
    return '"' + string.replace('"', '""') + '"'


@function("quote_literal", (TEXT,), TEXT, is_host=True, is_scalar=True)
def quote_literal(string: str) -> str:
    """The text in quotes, as SQL writes it.

    SELECT quote_literal('it''s') gives 'it''s'
    """
    return "'" + string.replace("'", "''") + "'"


@function("strip_accents", (TEXT,), TEXT, is_host=True, is_scalar=True)
def strip_accents(string: str) -> str:
    """The text without the marks on its letters.

    SELECT strip_accents('Mühle à Zürich') gives Muhle a Zurich
    """
    parts = unicodedata.normalize("NFD", string)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


@function(("normalize", "nfc_normalize"), (TEXT,), TEXT, is_host=True, is_scalar=True)
def normalize(string: str) -> str:
    """The text in Unicode's composed form: a letter and its mark are one character.

    SELECT char_length(normalize(E'u\\u0308')) gives 1
    """
    return unicodedata.normalize("NFC", string)


@function("casefold", (TEXT,), TEXT, is_host=True, is_scalar=True)
def casefold(string: str) -> str:
    """The text for comparing whatever the case of letters.

    SELECT casefold('Straße') gives strasse
    """
    return string.casefold()
