"""Bounds of columns out of Parquet footers, as physical values of gpudb.storage.types."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from gpudb.records import dataclass
from gpudb.storage.arrow import arrow_type, physical
from gpudb.storage.external.source import SourceColumn, ZoneBounds
from gpudb.storage.statistics import Statistics
from gpudb.storage.types import Kind

# A dictionary's entry has a length of four bytes and some characters, less by compression.
_ENTRY_BYTES = 8
_UNITS = {"milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns"}


@dataclass(frozen=True, slots=True)
class GroupBounds:
    """What a row group's footer says of a column; None where it says nothing."""

    rows: int
    nulls: int | None
    minimum: int | None
    maximum: int | None


def group_bounds(footer: pq.FileMetaData, group: int, column: SourceColumn) -> GroupBounds:
    """Return the bounds of one column in one row group.

    Floats have none: their footers leave out NaN, which is above every number in SQL. Nor has
    TEXT, whose codes exist only once it is loaded.
    """
    chunk = _find_chunk(footer.row_group(group), column.name)
    rows = footer.row_group(group).num_rows
    found = chunk.statistics if chunk is not None else None
    if found is None:
        return GroupBounds(rows, 0 if column.not_null else None, None, None)
    nulls = found.null_count if found.has_null_count else (0 if column.not_null else None)
    if not found.has_min_max or column.type.is_float or column.type.is_text:
        return GroupBounds(rows, nulls, None, None)
    values = _physical_bounds(found, column)
    return GroupBounds(rows, nulls, *(values or (None, None)))


def may_hold(bounds: GroupBounds, zone: ZoneBounds) -> bool:
    """Return whether a row group may hold a row within `zone`; NULLs are never within."""
    if bounds.nulls == bounds.rows:
        return False
    if bounds.minimum is None or bounds.maximum is None:
        return True
    above = zone.minimum is not None and bounds.maximum < zone.minimum
    below = zone.maximum is not None and bounds.minimum > zone.maximum
    return not (above or below)


def merged_statistics(
    footers: Sequence[pq.FileMetaData], column: SourceColumn
) -> Statistics | None:
    """Return the statistics of all row groups together; None unless every one has its part."""
    groups = [
        group_bounds(footer, group, column)
        for footer in footers
        for group in range(footer.num_row_groups)
    ]
    rows = sum(group.rows for group in groups)
    nulls = _total([group.nulls for group in groups])
    if nulls is None:
        return None
    valued = [group for group in groups if group.nulls != group.rows]
    lows = [group.minimum for group in valued if group.minimum is not None]
    highs = [group.maximum for group in valued if group.maximum is not None]
    if len(lows) < len(valued) or not valued:
        distinct = _estimate_distinct(footers, column, rows - nulls)
        return Statistics(rows, nulls, None, None, distinct)
    low, high = min(lows), max(highs)
    return Statistics(rows, nulls, low, high, min(rows - nulls, high - low + 1))


def is_dictionary_coded(chunk: pq.ColumnChunkMetaData) -> bool:
    """Return whether a column's pages are codes of a small dictionary.

    A writer that gave its dictionary up leaves pages of plain values, which are larger.
    """
    return bool(chunk.has_dictionary_page and chunk.total_uncompressed_size < 2 * chunk.num_values)


def _estimate_distinct(
    footers: Sequence[pq.FileMetaData], column: SourceColumn, values: int
) -> int:
    """Return a guess of the distinct ones among `values`, from the size of the dictionaries.

    Row groups are taken to share most of their values; without dictionaries all may be distinct.
    """
    groups = [footer.row_group(g) for footer in footers for g in range(footer.num_row_groups)]
    chunks = [_find_chunk(group, column.name) for group in groups]
    sizes = [
        int(chunk.data_page_offset - chunk.dictionary_page_offset)
        for chunk in chunks
        if chunk is not None and is_dictionary_coded(chunk)
    ]
    if not sizes or len(sizes) < len(chunks):
        return values
    return min(values, 2 * (max(sizes) // _ENTRY_BYTES + 1))


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _find_chunk(group: pq.RowGroupMetaData, name: str) -> pq.ColumnChunkMetaData | None:
    for place in range(group.num_columns):
        chunk = group.column(place)
        if chunk.path_in_schema == name:
            return chunk
    return None


def _physical_bounds(found: pq.Statistics, column: SourceColumn) -> tuple[int, int] | None:
    target = arrow_type(column.type)
    if column.type.kind in (Kind.TIMESTAMP, Kind.TIME):
        # Python's datetime would drop nanoseconds, so the raw integers are taken.
        unit = _UNITS.get(json.loads(found.logical_type.to_json()).get("timeUnit", ""))
        if found.physical_type not in ("INT32", "INT64") or unit is None:
            return None
        raw = pa.array([found.min_raw, found.max_raw], pa.int64())
        ends = _to_unit(raw, unit, column)
    else:
        ends = pa.array([found.min, found.max]).cast(target)
    values, _ = physical(ends, column.type)
    return int(values[0]), int(values[1])


def _to_unit(raw: pa.Array, unit: str, column: SourceColumn) -> pa.Array:
    target = arrow_type(column.type)
    if column.type.kind is Kind.TIMESTAMP:
        return raw.cast(pa.timestamp(unit)).cast(target, safe=False)
    if unit == "ms":
        return raw.cast(pa.int32()).cast(pa.time32("ms")).cast(target, safe=False)
    return raw.cast(pa.time64(unit)).cast(target, safe=False)
