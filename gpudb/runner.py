"""What a connection needs of an engine."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from gpudb.catalog import FindSource
from gpudb.cursor import Answer, Parameters
from gpudb.sql.user_function import UserFunction
from gpudb.storage.external.source import Progress
from gpudb.storage.names import RelationName
from gpudb.storage.snapshot import Name, Snapshot

if TYPE_CHECKING:
    from gpudb.devices.memory import GpuMemory


class Runner(Protocol):
    """What a connection needs of the engine.

    `find_data` gives what has a name in SQL and is no table.
    """

    find_data: FindSource
    autocommit: bool

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    def snapshot(self) -> Snapshot:
        """Return the tables as statements see them now."""
        ...

    def relation_name(self, text: Name) -> RelationName:
        """Return the name of the table that `text` names, or of one to be made."""
        ...

    def commit(self, cancel: threading.Event) -> None:
        """Make the open transaction's changes last, if one is open."""
        ...

    def rollback(self) -> None:
        """Undo the open transaction's changes, if one is open."""
        ...

    def load(
        self,
        table_name: Name,
        data: object,
        *,
        mode: str,
        columns: Sequence[str] | None,
        cancel: threading.Event,
        on_progress: Progress | None,
    ) -> int:
        """Store `data` in a table, all of it or nothing, and return the number of its rows."""
        ...

    def split(self, text: str) -> list[str]:
        """Return the statements of `text`, each as it stands there."""
        ...

    def run(
        self,
        text: str,
        parameters: Parameters | None,
        *,
        cancel: threading.Event,
        on_progress: Progress | None = None,
    ) -> Answer:
        """Run one statement; raise QueryCancelled soon after `cancel` is set."""
        ...

    def add_function(self, function: UserFunction) -> None:
        """Make a user's function callable."""
        ...

    def remove_function(self, name: str) -> None:
        """Forget a user's function."""
        ...

    @property
    def functions(self) -> Sequence[UserFunction]:
        """The user's functions."""
        ...

    def gpu_memory(self) -> GpuMemory:
        """Return the memory of the GPU that runs queries; NotSupportedError where none does."""
        ...

    def close(self) -> None:
        """Free what the engine holds."""
        ...
