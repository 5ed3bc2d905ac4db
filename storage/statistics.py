"""What is known of a column's values: for a table, a chunk, or a zone of ZONE_ROWS rows."""

from __future__ import annotations

from gpudb.records import dataclass

ZONE_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Statistics:
    """Facts about `rows` values of one column.

    `minimum` and `maximum` are physical values (see gpudb.storage.types), None where there is no
    value but NULL, for TEXT, and for floats with NaN. They are exact bounds: no value lies outside.
    `distinct` is an estimate of the number of distinct values that are not NULL. Of arrays,
    `longest` is the greatest number of elements; None where that is not known.
    """

    rows: int
    nulls: int
    minimum: int | float | None
    maximum: int | float | None
    distinct: int
    longest: int | None = None

    def merge(self, other: Statistics) -> Statistics:
        """Return what is known of both sets of rows together."""
        if self.rows == 0:
            return other
        if other.rows == 0:
            return self
        is_bounded = _is_bounded(self) and _is_bounded(other)
        lows = [s.minimum for s in (self, other) if s.minimum is not None]
        highs = [s.maximum for s in (self, other) if s.maximum is not None]
        return Statistics(
            rows=self.rows + other.rows,
            nulls=self.nulls + other.nulls,
            minimum=min(lows) if is_bounded and lows else None,
            maximum=max(highs) if is_bounded and highs else None,
            distinct=min(max(self.distinct, other.distinct) * 2, self.distinct + other.distinct),
            longest=_longest(self.longest, other.longest),
        )


NO_ROWS = Statistics(0, 0, None, None, 0)


def _longest(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else max(first, second)


def _is_bounded(statistics: Statistics) -> bool:
    return statistics.minimum is not None or statistics.nulls == statistics.rows
