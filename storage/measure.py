"""Statistics of a column's values: of a chunk, and of its zones of ZONE_ROWS rows.

zone_map = zones(values, nulls)
statistics = measure(values, nulls, zone_map)      without zone_map: computed on the way
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.records import dataclass
from gpudb.storage.encodings import lists, wide
from gpudb.storage.encodings.encoded import Array, Encoded, Mask, PhysicalColumn
from gpudb.storage.encodings.sample import sample_rows
from gpudb.storage.statistics import ZONE_ROWS, Statistics

_SAMPLE_ROWS = 8192


@dataclass(frozen=True, slots=True)
class ZoneMap:
    """Bounds of each zone's values, and its NULLs: three arrays with an entry for every zone.

    `minimum` and `maximum` are int64 or float64, or None for TEXT. A zone without any value but
    NULL has a minimum above its maximum; a zone with NaN has the bounds -inf and inf.
    """

    minimum: Array | None
    maximum: Array | None
    nulls: Array


@dataclass(frozen=True, slots=True)
class ZoneList:
    """The zones of all chunks of a table, chunk by chunk: where they begin, and where they end.

    `chunks` has the chunk of each zone, and `is_last` those behind which another chunk begins.
    """

    chunks: Array
    first_rows: Array
    end_rows: Array
    is_last: Mask


def list_zones(rows: Sequence[int]) -> ZoneList:
    """Return the zones of chunks that have so many rows each."""
    sizes = np.array(rows, np.int64)
    counts = -(-sizes // ZONE_ROWS)
    chunks = np.repeat(np.arange(len(sizes)), counts)
    begins = np.cumsum(counts) - counts
    first_rows = (np.arange(len(chunks)) - begins[chunks]) * ZONE_ROWS
    end_rows = np.minimum(first_rows + ZONE_ROWS, sizes[chunks])
    return ZoneList(chunks, first_rows, end_rows, end_rows == sizes[chunks])


@dataclass(frozen=True, slots=True)
class ColumnZones:
    """Bounds of a column's values in each zone of a ZoneList, as in ZoneMap.

    Of the chunks `without` bounds by zone they hold all values.
    """

    minimum: Array
    maximum: Array
    without: tuple[int, ...]


def join_zones(maps: Sequence[ZoneMap]) -> ColumnZones:
    """Return the bounds of a column's zones in all chunks."""
    parts: list[tuple[Array, Array]] = []
    without: list[int] = []
    for number, each in enumerate(maps):
        if each.minimum is None or each.maximum is None:
            without.append(number)
            count = len(each.nulls)
            limits = np.iinfo(np.int64)
            parts.append((np.full(count, limits.min), np.full(count, limits.max)))
        else:
            parts.append((each.minimum, each.maximum))
    least, greatest = zip(*parts, strict=True) if parts else ((np.zeros(0),), (np.zeros(0),))
    return ColumnZones(np.concatenate(least), np.concatenate(greatest), tuple(without))


def zones(values: Array, nulls: Mask | None = None) -> ZoneMap:
    """Return the bounds and NULL counts of every ZONE_ROWS rows; the last zone may be shorter.

    Numbers of 128 bits have no bounds by zone.
    """
    if wide.is_wide(values):
        return ZoneMap(None, None, zone_null_counts(len(values), nulls))
    is_float = values.dtype.kind == "f"
    dtype = np.float64 if is_float else np.int64
    count = -(-len(values) // ZONE_ROWS)
    minimum, maximum = np.empty(count, dtype), np.empty(count, dtype)
    null_counts = np.zeros(count, np.int64)
    greatest = np.inf if is_float else np.iinfo(np.int64).max
    least = -np.inf if is_float else np.iinfo(np.int64).min
    for zone in range(count):
        rows = slice(zone * ZONE_ROWS, (zone + 1) * ZONE_ROWS)
        zone_values = values[rows]
        if nulls is not None:
            null_counts[zone] = np.count_nonzero(nulls[rows])
            if null_counts[zone] == len(zone_values):
                minimum[zone], maximum[zone] = greatest, least
                continue
            if null_counts[zone]:
                # Some value that is there takes the place of NULLs: faster than to leave them out.
                known = zone_values[np.argmin(nulls[rows])]
                zone_values = np.where(nulls[rows], known, zone_values)
        minimum[zone], maximum[zone] = zone_values.min(), zone_values.max()
    if is_float:
        has_nan = np.isnan(minimum)
        minimum[has_nan], maximum[has_nan] = least, greatest
    return ZoneMap(minimum, maximum, null_counts)


def measure(
    values: Array,
    nulls: Mask | None = None,
    zone_map: ZoneMap | None = None,
    distinct: int | None = None,
) -> Statistics:
    """Return the statistics of a column; `zone_map` and `distinct` save passes over the values."""
    zone_map = zone_map or zones(values, nulls)
    if wide.is_wide(values):
        return _measure_wide(values, nulls, int(zone_map.nulls.sum()))
    null_count = int(zone_map.nulls.sum())
    rows = len(values)
    if null_count == rows:
        return Statistics(rows, null_count, None, None, 0)
    assert zone_map.minimum is not None
    assert zone_map.maximum is not None
    has_value = zone_map.minimum <= zone_map.maximum
    minimum = zone_map.minimum[has_value].min().item()
    maximum = zone_map.maximum[has_value].max().item()
    if distinct is None:
        distinct = _estimate_distinct(values, nulls, rows - null_count)
    if isinstance(minimum, float):
        if minimum == -np.inf and maximum == np.inf and _has_nan(values, nulls):
            return Statistics(rows, null_count, None, None, distinct)
        return Statistics(rows, null_count, minimum, maximum, distinct)
    return Statistics(rows, null_count, minimum, maximum, min(distinct, maximum - minimum + 1))


def estimate_distinct_lists(encoded: Encoded) -> int:
    """Estimate how many different arrays there are; those of raw strings count as distinct."""
    places = sample_rows(encoded.rows, _SAMPLE_ROWS)
    column = lists.decode(encoded).take(places)
    if column.nulls is not None:
        column = column.take(np.flatnonzero(~column.nulls))
    if not isinstance(column.elements, PhysicalColumn):
        return encoded.rows
    hashes = lists.hash_lists(column.offsets, lists.element_words(column.elements))
    return _from_sample(hashes, encoded.rows)


def zone_null_counts(rows: int, nulls: Mask | None) -> Array:
    """Return how many NULLs each zone of a column of `rows` rows has."""
    starts = np.arange(0, rows, ZONE_ROWS)
    if nulls is None or not rows:
        return np.zeros(len(starts), np.int64)
    return np.add.reduceat(nulls, starts, dtype=np.int64)


def _measure_wide(values: Array, nulls: Mask | None, null_count: int) -> Statistics:
    rows = len(values)
    minimum, maximum = wide.bounds(values, nulls)
    mixed = values["low"] ^ (values["high"] * np.int64(-7046029254386353131))
    distinct = _estimate_distinct(mixed, nulls, rows - null_count)
    return Statistics(rows, null_count, minimum, maximum, min(distinct, maximum - minimum + 1))


def _has_nan(values: Array, nulls: Mask | None) -> bool:
    is_nan = np.isnan(values)
    return bool(np.any(is_nan if nulls is None else is_nan & ~nulls))


def _estimate_distinct(values: Array, nulls: Mask | None, value_count: int) -> int:
    """Estimate the distinct values by a sample of rows: n d / (n - f1 + f1 n / N).

    Here n rows are sampled out of N, d values seen, f1 of them once. This is the estimator "Duj1"
    of Haas and Stokes (IBM Research Report RJ 10025, 1996), the one of PostgreSQL's ANALYZE.
    """
    places = sample_rows(len(values), _SAMPLE_ROWS)
    sample = values[places]
    if nulls is not None:
        sample = sample[~nulls[places]]
    return _from_sample(sample, value_count)


def _from_sample(sample: Array, value_count: int) -> int:
    if len(sample) == 0:
        return 1
    sample = np.sort(sample)
    is_new = np.ones(len(sample) + 1, np.bool_)
    np.not_equal(sample[1:], sample[:-1], out=is_new[1:-1])
    seen = int(np.count_nonzero(is_new[:-1]))
    once = int(np.count_nonzero(is_new[:-1] & is_new[1:]))
    size = len(sample)
    if size >= value_count:
        return seen
    return max(
        seen, min(value_count, round(size * seen / (size - once + once * size / value_count)))
    )
