"""What is known of a tail's columns: measured when it is asked for, of its new rows alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from gpudb.records import dataclass, replace
from gpudb.storage.column import ColumnChunk, ColumnDefinition, MemorySource
from gpudb.storage.encodings import raw
from gpudb.storage.encodings.choose import choose
from gpudb.storage.encodings.encoded import Array, Encoded, PhysicalColumn
from gpudb.storage.measure import ZoneMap, measure, zones
from gpudb.storage.statistics import ZONE_ROWS, Statistics

# Distinct values are counted again when there are so many times as many rows.
COUNTED_AGAIN = 17 / 16


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a column's first rows: `distinct` of their values at `counted_rows` rows."""

    chunk: ColumnChunk
    zone_map: ZoneMap
    counted_rows: int
    distinct: int

    def distinct_of(self, values: int) -> int:
        """Return how many of so many values are distinct: what was unique is taken to stay so."""
        is_unique = self.distinct == self.counted_rows - int(self.zone_map.nulls[0])
        return values if is_unique else min(self.distinct, values)


class TailColumns(Mapping[str, ColumnChunk]):
    """The columns of a tail, each measured, and floats encoded, when it is first asked for.

    `read` gives the values of one. `earlier` is what was measured of a tail with fewer of these
    rows: the others are looked at.
    """

    def __init__(
        self,
        definitions: Mapping[str, ColumnDefinition],
        read: Callable[[str], PhysicalColumn],
        earlier: Mapping[str, Measured],
    ) -> None:
        self._definitions = definitions
        self._read = read
        self._earlier = earlier
        self._known: dict[str, Measured] = {}

    def __getitem__(self, name: str) -> ColumnChunk:
        known = self._known.get(name)
        if known is None:
            definition = self._definitions[name]
            column = self._read(name)
            known = self._known[name] = _measured(column, definition, self._earlier.get(name))
        return known.chunk

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)

    def measured(self) -> dict[str, Measured]:
        """Return what is known by now of these rows, or of fewer of them."""
        return {**self._earlier, **self._known}


def _measured(
    column: PhysicalColumn, definition: ColumnDefinition, earlier: Measured | None
) -> Measured:
    rows = len(column.values)
    if earlier is None or rows > min(ZONE_ROWS, earlier.counted_rows * COUNTED_AGAIN):
        zone_map = zones(column.values, column.nulls)
        statistics = measure(column.values, column.nulls, zone_map)
        chunk = _column_chunk(column, definition, statistics, zone_map)
        return Measured(chunk, zone_map, rows, statistics.distinct)
    if column.nulls is None and column.values.dtype.kind != "f":
        return _with_more(column.values, earlier)
    new = slice(earlier.chunk.rows, None)
    nulls = None if column.nulls is None else column.nulls[new]
    zone_map = _joined(earlier.zone_map, zones(column.values[new], nulls))
    distinct = earlier.distinct_of(rows - int(zone_map.nulls[0]))
    statistics = measure(column.values, column.nulls, zone_map, distinct)
    chunk = _column_chunk(column, definition, statistics, zone_map)
    return Measured(chunk, zone_map, earlier.counted_rows, earlier.distinct)


def _with_more(values: Array, earlier: Measured) -> Measured:
    """Return what is known of integers without NULL, of which there are more now."""
    before, zone_map, rows = earlier.chunk, earlier.zone_map, len(values)
    assert zone_map.minimum is not None
    assert zone_map.maximum is not None
    new = values[before.rows :].tolist()
    known = int(zone_map.minimum[0]), int(zone_map.maximum[0])
    least, greatest = min(known[0], *new), max(known[1], *new)
    if (least, greatest) != known:
        zone_map = ZoneMap(np.array([least]), np.array([greatest]), zone_map.nulls)
    is_text = before.zones.minimum is None
    distinct = min(earlier.distinct_of(rows), greatest - least + 1)
    chunk = ColumnChunk(
        layout=before.layout,
        rows=rows,
        statistics=Statistics(
            rows, 0, None if is_text else least, None if is_text else greatest, distinct
        ),
        zones=before.zones if is_text else zone_map,
        stored_bytes=values.nbytes,
        source=MemorySource(Encoded(before.layout, rows, (values, raw.NO_NULL_BITS), ())),
    )
    return Measured(chunk, zone_map, earlier.counted_rows, earlier.distinct)


def _joined(first: ZoneMap, second: ZoneMap) -> ZoneMap:
    """Return the zone map of the rows of both, which make one zone."""
    assert first.minimum is not None
    assert first.maximum is not None
    assert second.minimum is not None
    assert second.maximum is not None
    return ZoneMap(
        np.minimum(first.minimum, second.minimum),
        np.maximum(first.maximum, second.maximum),
        first.nulls + second.nulls,
    )


def _column_chunk(
    column: PhysicalColumn, definition: ColumnDefinition, statistics: Statistics, zone_map: ZoneMap
) -> ColumnChunk:
    if not statistics.nulls:
        column = PhysicalColumn(column.values)
    if definition.type.is_float:
        # Kernels read floats as decimals only where all chunks hold them so.
        encoded = choose(column, statistics, definition.type)
    else:
        dtype = column.values.dtype.name
        encoded = raw.encode_as(column, dtype, has_nulls=statistics.nulls > 0)
    if definition.type.is_text:
        statistics = replace(statistics, minimum=None, maximum=None)
        zone_map = ZoneMap(None, None, zone_map.nulls)
    return ColumnChunk(
        layout=encoded.layout,
        rows=encoded.rows,
        statistics=statistics,
        zones=zone_map,
        stored_bytes=encoded.size_bytes,
        source=MemorySource(encoded),
    )
