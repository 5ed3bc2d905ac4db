"""A query that can stand in another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Select:
    """A query's text and the families of its columns, which are named c1, c2, ..."""

    text: str
    families: tuple[str, ...]


def named(items: Sequence[str]) -> str:
    """Return the items with the names c1, c2, ..."""
    return ", ".join(f"{item} AS c{place}" for place, item in enumerate(items, 1))
