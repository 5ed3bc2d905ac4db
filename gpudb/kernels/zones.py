"""Which rows of which chunks a scan has to touch, by the zones' least and greatest values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from gpudb.kernels.builds import BuildTable
from gpudb.records import dataclass, replace
from gpudb.sql.expr import ColumnReference
from gpudb.sql.pipeline import Probe, ScanRows, Step
from gpudb.sql.plan import JoinKind, ZoneFilter
from gpudb.storage.chunk import Chunk
from gpudb.storage.hidden import ROW_COLUMN
from gpudb.storage.measure import ZoneMap
from gpudb.storage.statistics import ZONE_ROWS

# Kernels that test rows by blocks read as many at once: buffers of a chunk have at least these.
BLOCK_ROWS = 2048


@dataclass(frozen=True, slots=True)
class RowRange:
    """Rows `first` to `end` of chunk `chunk`."""

    chunk: int
    first: int
    end: int


def touched_ranges(chunks: Sequence[Chunk], filters: Sequence[ZoneFilter]) -> list[RowRange]:
    """Return the ranges that may hold a passing row, in order; adjacent zones are one range."""
    ranges: list[RowRange] = []
    first_row = 0
    for index, chunk in enumerate(chunks):
        ranges.extend(_ranges_of(index, first_row, chunk, filters))
        first_row += chunk.rows
    return ranges


def with_join_filters(
    source: ScanRows, steps: Sequence[Step], builds: Mapping[int, BuildTable]
) -> ScanRows:
    """Return the scan with what the joins' keys, now known, tell of rows that can have a match."""
    columns = dict(zip((f.id for f in source.fields), source.columns, strict=True))
    filters = list(source.zone_filters)
    for step in steps:
        if not isinstance(step, Probe) or step.kind not in (JoinKind.INNER, JoinKind.SEMI):
            continue
        for place, key in enumerate(step.keys):
            # Texts are keys by their places in a dictionary of the build's own.
            if not isinstance(key, ColumnReference) or key.id not in columns or key.type.is_text:
                continue
            limits = builds[step.build].key_range(place)
            filters += [] if limits is None else [ZoneFilter(columns[key.id], *limits)]
    return replace(source, zone_filters=tuple(filters))


def _ranges_of(
    index: int, first_row: int, chunk: Chunk, filters: Sequence[ZoneFilter]
) -> list[RowRange]:
    left: list[ZoneFilter] = []
    for each in filters:
        passing = None if each.column == ROW_COLUMN else _passing(chunk, each)
        if passing is False:
            return []
        left += [each] if passing is None else []
    if not left:
        return [RowRange(index, 0, chunk.rows)] if chunk.rows else []
    touched = np.ones(-(-chunk.rows // ZONE_ROWS), np.bool_)
    for each in left:
        zone_map = chunk.part(each.column).zones if each.column != ROW_COLUMN else None
        _drop_zones(touched, zone_map or _row_zones(first_row, chunk.rows), each)
    if chunk.rows and touched.all():
        return [RowRange(index, 0, chunk.rows)]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], touched, [False]))))
    return [
        RowRange(index, int(first) * ZONE_ROWS, min(int(end) * ZONE_ROWS, chunk.rows))
        for first, end in edges.reshape(-1, 2)
    ]


def _passing(chunk: Chunk, each: ZoneFilter) -> bool | None:
    """Return whether all values of a chunk lie in an interval, or none; None if zones have to tell.

    Of most chunks that are not at an interval's ends this is known at once.
    """
    known = chunk.part(each.column).statistics
    low, high = known.minimum, known.maximum
    if low is None or high is None:
        return None
    least = -math.inf if each.minimum is None else each.minimum
    greatest = math.inf if each.maximum is None else each.maximum
    if high < least or low > greatest:
        return False
    return True if least <= low and high <= greatest and not known.nulls else None


def _row_zones(first_row: int, rows: int) -> ZoneMap:
    """Return the least and greatest number of a row in each zone of a chunk."""
    begins = np.arange(first_row, first_row + rows, ZONE_ROWS)
    ends = np.minimum(begins + ZONE_ROWS, first_row + rows)
    return ZoneMap(begins, ends - 1, np.zeros(len(begins), np.int64))


def _drop_zones(touched: np.ndarray, zone_map: ZoneMap, each: ZoneFilter) -> None:
    """Unmark the zones in which no value but NULL lies in the filter's interval."""
    if zone_map.minimum is None or zone_map.maximum is None:
        return
    touched &= not _is_empty(each)
    if each.minimum is not None:
        touched &= zone_map.maximum >= each.minimum
    if each.maximum is not None:
        touched &= zone_map.minimum <= each.maximum


def _is_empty(each: ZoneFilter) -> bool:
    """Whether no value lies in the interval."""
    return each.minimum is not None and each.maximum is not None and each.minimum > each.maximum
