"""Groups that are only counted: COUNT(DISTINCT) keeps none once it was merged.

merged groups, a piece at a time -> how many there are, and whose key is NULL -> one row of sums
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.sinks.group_words import GroupWords
from gpudb.records import dataclass
from gpudb.sql.expr import ColumnReference
from gpudb.sql.plan import AggregateItem


@dataclass(frozen=True, slots=True)
class CountedGroups:
    """What is counted of groups."""

    counts: tuple[AggregateItem, ...]

    def row(self, groups: int, nulls: Callable[[int], int]) -> Relation:
        """Return the counts; `nulls` tells of how many groups the key of a field is NULL."""
        keys = map(_key, self.counts)
        return self._row([groups - (0 if key is None else nulls(key)) for key in keys])

    def of_columns(self, groups: Relation) -> Relation:
        """Return the counts of groups that lie there as columns."""

        def nulls(key: int) -> int:
            are_null = groups.columns[key].nulls
            return 0 if are_null is None else int(np.count_nonzero(are_null))

        return self.row(groups.rows, nulls)

    def of_words(self, placed: GroupWords, table: np.ndarray) -> Relation:
        """Return the counts of groups by the words of their keys: int64[groups, words]."""
        return self.row(len(table), lambda key: placed.count_nulls(key, table))

    def total(self, parts: Sequence[Relation]) -> Relation:
        """Return the sums of all parts' counts."""
        ids = [count.field.id for count in self.counts]
        return self._row([sum(int(part.columns[id].values[0]) for part in parts) for id in ids])

    def _row(self, numbers: Sequence[int]) -> Relation:
        columns = {
            count.field.id: HeldColumn(count.field.type, np.array([number], np.int64))
            for count, number in zip(self.counts, numbers, strict=True)
        }
        return Relation(1, columns)


def _key(count: AggregateItem) -> int | None:
    """Return the field of the key that is not NULL where groups are counted; None for all."""
    argument = count.call.argument
    return argument.id if isinstance(argument, ColumnReference) else None
