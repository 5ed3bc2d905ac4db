"""What a command of the shell is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gpudb.records import dataclass

if TYPE_CHECKING:
    from gpudb.shell.session import Session


@dataclass(frozen=True, slots=True)
class Command:
    """One command: `run` takes the session and what follows the name.

    An `argument` in brackets may be left away.
    """

    name: str
    argument: str
    description: str
    run: Callable[[Session, str], None]


def quoted(text: str) -> str:
    """Return `text` as an SQL string."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
