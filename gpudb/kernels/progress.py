"""How far a query is: rows of its sources that are done, counted by all workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from gpudb.records import dataclass
from gpudb.sql.pipeline import Pipeline, ScanRows
from gpudb.storage.table import TableVersion


@dataclass
class RowCount:
    """Rows done and known; what pipelines make is known once they are through.

    `done` has an entry a morsel, since workers may append to a list without a lock.
    """

    done: list[int] = field(default_factory=list)
    known: int = 0

    def begin(self, pipelines: Sequence[Pipeline]) -> None:
        """Count the rows of all tables that are to be read."""
        self.known = sum(map(table_rows, pipelines))

    def open(self, pipeline: Pipeline, rows: int) -> None:
        """Count the rows that a pipeline's source turns out to have."""
        self.known += rows - table_rows(pipeline)

    def progress(self) -> tuple[int, int]:
        """Return the rows done, and of how many; any thread may ask while the query runs."""
        done = sum(self.done)
        return done, max(done, self.known)


def table_rows(pipeline: Pipeline) -> int:
    """Return the rows of the table that a pipeline reads; 0 for what other pipelines make."""
    source = pipeline.source
    if isinstance(source, ScanRows) and isinstance(source.table, TableVersion):
        return source.table.row_count
    return 0
