"""What every external source offers: named and typed columns, and batches of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from gpudb.records import dataclass
from gpudb.storage.statistics import Statistics
from gpudb.storage.types import SqlType

if TYPE_CHECKING:
    import pyarrow as pa

# Called with rows done, rows in all, bytes done, bytes in all; the totals are None where unknown.
Progress = Callable[[int, int | None, int, int | None], None]

BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of a source; `not_null` where the source itself promises that."""

    name: str
    type: SqlType
    not_null: bool = False


class ZoneBounds(Protocol):
    """Only rows with minimum <= column <= maximum are wanted (physical values; None: unbounded)."""

    @property
    def column(self) -> str:
        """The column's name, in any case."""

    @property
    def minimum(self) -> int | float | None:
        """The least value wanted."""

    @property
    def maximum(self) -> int | float | None:
        """The greatest value wanted."""


class ExternalSource(Protocol):
    """Rows from outside the database; satisfies gpudb.sql.plan.TableSource.

    `row_count` is exact where `is_row_count_exact`, else an estimate from a sample.
    """

    @property
    def name(self) -> str:
        """What messages call the source: the path or pattern, or the name of a frame."""

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """The columns, in the order of the source."""

    @property
    def row_count(self) -> int:
        """The number of rows, or an estimate of it."""

    @property
    def is_row_count_exact(self) -> bool:
        """Whether `row_count` is known and not estimated."""

    def statistics(self, column: str) -> Statistics | None:
        """Return exact bounds of a column's values, or None where the source knows none."""

    def batches(
        self,
        columns: Sequence[str] | None = None,
        on_progress: Progress | None = None,
        zones: Sequence[ZoneBounds] = (),
        *,
        keep_dictionaries: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `columns` (None: all), in that order, in batches of bounded size.

        Rows outside `zones` may be left out and may also come: the caller filters them. With
        `keep_dictionaries` TEXT may come as dictionary<int32, string>, which loads faster.
        """
        ...


def select_columns(
    columns: tuple[SourceColumn, ...], names: Sequence[str] | None
) -> tuple[SourceColumn, ...]:
    """Return the columns called `names`, in that order; all of them for None."""
    if names is None:
        return columns
    by_name = {column.name: column for column in columns}
    return tuple(by_name[name] for name in names)
