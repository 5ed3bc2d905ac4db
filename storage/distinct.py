"""The number of distinct values of a table's column, from what is known of each chunk.

Chunks share values or not: 25 nations recur in every chunk, order numbers in none. Two facts tell.
How often a value recurs within a chunk gives the size D of the domain that the chunk draws from,
d = D (1 - exp(-n / D)) for d distinct among n values. How much wider the table's range is than a
chunk's says how many such domains lie side by side.
"""

from __future__ import annotations

import math

from gpudb.records import dataclass
from gpudb.storage.statistics import NO_ROWS, Statistics

# With fewer values or repetitions than this, D is anyone's guess.
LEAST_DRAWN = 1024
LEAST_REPEATED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Counted:
    """What is asked of chunks together: their `greatest` and `total` of distinct values.

    `largest` is the first of those with the most values.
    """

    greatest: int
    total: int
    largest: Statistics

    def with_chunk(self, chunk: Statistics) -> Counted:
        """Return what is asked of these chunks and one more."""
        is_larger = _values(chunk) > _values(self.largest)
        return Counted(
            max(self.greatest, chunk.distinct),
            self.total + chunk.distinct,
            chunk if is_larger else self.largest,
        )


NO_CHUNKS = Counted(0, 0, NO_ROWS)


def estimate_distinct(chunks: Counted, merged: Statistics) -> int:
    """Return an estimate for all `chunks` together, whose other statistics are `merged`."""
    values = _values(merged)
    estimate = min(chunks.total, values)
    domain = _domain(chunks.largest, merged)
    if domain is not None:
        estimate = min(estimate, round(domain * -math.expm1(-values / domain)))
    if isinstance(merged.minimum, int) and isinstance(merged.maximum, int):
        estimate = min(estimate, merged.maximum - merged.minimum + 1)
    return max(estimate, chunks.greatest)


def _values(statistics: Statistics) -> int:
    return statistics.rows - statistics.nulls


def _domain(largest: Statistics, merged: Statistics) -> float | None:
    """Return how many values the whole column may draw from; None where nothing repeats."""
    drawn = _values(largest)
    if drawn < LEAST_DRAWN or largest.distinct > drawn * (1 - LEAST_REPEATED_SHARE):
        return None
    return _domain_of(drawn, largest.distinct) * _width_ratio(largest, merged)


def _domain_of(drawn: int, distinct: int) -> float:
    """Return the D for which `drawn` values out of D are expected to show `distinct`."""
    low, high = float(max(distinct, 1)), float(drawn) ** 2 + 1
    for _ in range(64):
        middle = (low + high) / 2
        if middle * -math.expm1(-drawn / middle) < distinct:
            low = middle
        else:
            high = middle
    return high


def _width_ratio(chunk: Statistics, merged: Statistics) -> float:
    bounds = (chunk.minimum, chunk.maximum, merged.minimum, merged.maximum)
    if any(bound is None or not math.isfinite(bound) for bound in bounds):
        return 1.0
    low, high, least, greatest = (float(bound) for bound in bounds if bound is not None)
    step = 1.0 if isinstance(chunk.minimum, int) else 0.0
    width = high - low + step
    return max(1.0, (greatest - least + step) / width) if width > 0 else 1.0
