"""What rules ask of stored tables alone: statistics that promise more than those of files."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from gpudb.storage.statistics import Statistics


@runtime_checkable
class StoredRows(Protocol):
    """A stored table's snapshot: its statistics are of just its rows, and those deleted."""

    row_count: int
    deleted_rows: int

    def statistics(self, column: str) -> Statistics:
        """Return what is known of a column's values, in rows that were deleted, too."""
        ...
