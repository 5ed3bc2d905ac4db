"""Names as text: in double quotes where they need them, and lists of them with commas between."""

from __future__ import annotations

import re
from collections.abc import Iterable

NAME = re.compile(r'\s*(?:"((?:[^"]|"")+)"|([^\s",]+))\s*(?:,|$)')


def split_names(text: str) -> tuple[str, ...]:
    """Return the names in a list of them, some perhaps in double quotes; ValueError for no list.

    >>> split_names('sales, "my, own"')
    ('sales', 'my, own')
    """
    names: list[str] = []
    end = 0
    while not names or end < len(text):
        found = NAME.match(text, end)
        if found is None:
            raise ValueError(text)
        names.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        end = found.end()
    return tuple(names)


def quoted(name: str) -> str:
    """Return a name as SQL writes it: in quotes unless it is a plain word."""
    if name.isidentifier() and name.isascii():
        return name
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def joined_names(names: Iterable[str]) -> str:
    """Return the text that `split_names` splits."""
    return ", ".join(map(quoted, names))
