"""What functions there are: one list for SHOW FUNCTIONS and the shell."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from gpudb.sql.user_function import UserFunction

NAMES = ("function", "kind", "meaning")


@lru_cache(maxsize=1)
def built_in() -> tuple[tuple[str, str], ...]:
    """Return each built-in function's name with an example or its meaning, by name."""
    from gpudb.sql.reference import sections

    return tuple(
        sorted(
            (name, entry.meaning or entry.heading)
            for section in sections()
            for entry in section.entries
            for name in entry.names
        )
    )


def function_rows(made: Sequence[UserFunction]) -> list[tuple[str, str, str]]:
    """Return name, kind and meaning of all functions, those that users `made` first."""
    rows = [(f.signature, f.mode.value, f.description) for f in made]
    return [*rows, *((name, "built-in", meaning) for name, meaning in built_in())]
