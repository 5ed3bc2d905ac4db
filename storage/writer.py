"""What a transaction needs of its database."""

from __future__ import annotations

import threading
from typing import Protocol

from gpudb.storage.commits import Commits
from gpudb.storage.folder import DatabaseFolder


class Writer(Protocol):
    """A database, as its transactions see it."""

    @property
    def folder(self) -> DatabaseFolder | None:
        """The database's folder, None in memory."""
        ...

    def take_id(self) -> int:
        """Return a number never given before."""
        ...

    @property
    def commits(self) -> Commits:
        """The last commit, and those that wait for the disk."""
        ...

    def begin_writing(self, cancel: threading.Event | None) -> None:
        """Wait for the right to write."""
        ...

    def end_writing(self) -> None:
        """Let the next transaction write."""
        ...
