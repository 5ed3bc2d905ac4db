"""Morsels: the pieces of a source's rows that workers and launches take."""

from __future__ import annotations

from gpudb.devices.device import Morsel
from gpudb.kernels.sources import RowSource

# A morsel of fewer rows costs more in calls than it balances.
LEAST_MORSEL_ROWS = 16_384
LEAST_ROWS = 64
MOST_OUTPUT_ROWS = 1 << 22
# Sums in registers count on it (sinks.group), whatever morsel_rows says; a piece is at most half
# as large again.
MOST_MORSEL_ROWS = 1 << 23


def cut_morsels(source: RowSource, morsel_rows: int, deals: int, fanout: int) -> list[Morsel]:
    """Cut the source's ranges into morsels; where there are few rows, into some `deals`.

    A row that may have many outputs counts for them, so that a query can be stopped soon.
    """
    fair = -(-source.rows // deals)
    size = max(LEAST_MORSEL_ROWS, min(morsel_rows, fair))
    size = max(LEAST_ROWS, min(size, MOST_OUTPUT_ROWS // fanout, MOST_MORSEL_ROWS))
    morsels: list[Morsel] = []
    for each in source.ranges:
        rows = each.end - each.first
        piece = -(-rows // max(1, round(rows / size)))  # pieces of a range are of one size
        for first in range(each.first, each.end, piece):
            morsels.append(Morsel(len(morsels), each.chunk, first, min(first + piece, each.end)))
    return morsels
