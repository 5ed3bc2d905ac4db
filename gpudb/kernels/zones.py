"""Which rows of which chunks a scan has to touch, by the zones' least and greatest values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gpudb.kernels.builds import BuildTable
from gpudb.records import dataclass, replace
from gpudb.sql.expr import ColumnReference
from gpudb.sql.pipeline import Probe, ScanRows, Step
from gpudb.sql.plan import JoinKind, ZoneFilter
from gpudb.storage.chunk import Chunk
from gpudb.storage.hidden import ROW_COLUMN
from gpudb.storage.table import TableVersion

# Kernels that test rows by blocks read as many at once: buffers of a chunk have at least these.
BLOCK_ROWS = 2048


@dataclass(frozen=True, slots=True)
class RowRange:
    """Rows `first` to `end` of chunk `chunk`."""

    chunk: int
    first: int
    end: int


def touched_ranges(version: TableVersion, filters: Sequence[ZoneFilter]) -> list[RowRange]:
    """Return the ranges that may hold a passing row, in order; adjacent zones are one range."""
    if not filters:
        return [RowRange(n, 0, c.rows) for n, c in enumerate(version.chunks) if c.rows]
    zones = version.zone_list
    touched = np.ones(len(zones.chunks), np.bool_)
    for each in filters:
        _drop_zones(touched, version, each)
    # A range begins behind a zone that is left out, or with a chunk; and ends before one.
    begins, ends = touched.copy(), touched.copy()
    begins[1:] &= ~touched[:-1] | zones.is_last[:-1]
    ends[:-1] &= ~touched[1:] | zones.is_last[:-1]
    chunks = zones.chunks[begins].tolist()
    first_rows, end_rows = zones.first_rows[begins].tolist(), zones.end_rows[ends].tolist()
    return list(map(RowRange, chunks, first_rows, end_rows))


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


def _drop_zones(touched: np.ndarray, version: TableVersion, each: ZoneFilter) -> None:
    """Unmark the zones in which no value but NULL lies in the filter's interval."""
    zones = version.zone_list
    if each.column == ROW_COLUMN:
        first_rows = np.array(version.first_rows)[zones.chunks]
        minimum, maximum = first_rows + zones.first_rows, first_rows + zones.end_rows - 1
        without: tuple[int, ...] = ()
    else:
        known = version.column_zones(each.column)
        minimum, maximum, without = known.minimum, known.maximum, known.without
    passes = np.full(len(touched), not _is_empty(each))
    if each.minimum is not None:
        passes &= maximum >= each.minimum
    if each.maximum is not None:
        passes &= minimum <= each.maximum
    for chunk in without:
        passes[zones.chunks == chunk] = _may_pass(version.chunks[chunk], each)
    touched &= passes


def _may_pass(chunk: Chunk, each: ZoneFilter) -> bool:
    """Whether a value of a chunk without bounds by zone may lie in the interval."""
    known = chunk.part(each.column).statistics
    if known.minimum is None or known.maximum is None:
        return True
    is_above = each.minimum is not None and known.maximum < each.minimum
    return not (is_above or (each.maximum is not None and known.minimum > each.maximum))


def _is_empty(each: ZoneFilter) -> bool:
    """Whether no value lies in the interval."""
    return each.minimum is not None and each.maximum is not None and each.minimum > each.maximum
