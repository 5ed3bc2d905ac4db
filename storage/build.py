"""Building one column of one chunk: pieces become values, are checked, measured, encoded."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError, IntegrityError
from gpudb.records import replace
from gpudb.storage.arrow import list_column, physical
from gpudb.storage.block import Piece
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings import lists, strings, wide
from gpudb.storage.encodings.arrays import array_of, null_mask
from gpudb.storage.encodings.choose import choose
from gpudb.storage.encodings.encoded import Array, Mask, PhysicalColumn
from gpudb.storage.encodings.lists import ListColumn
from gpudb.storage.measure import (
    ZoneMap,
    estimate_distinct_lists,
    measure,
    zone_null_counts,
    zones,
)
from gpudb.storage.rooms import Rooms, neighbours
from gpudb.storage.statistics import Statistics
from gpudb.storage.store import LoadedColumn
from gpudb.storage.text import TextLoader, TextState


class ColumnBuilder:
    """Builds one column, chunk after chunk.

    `text` holds the dictionary of a TEXT column, or of the strings in arrays. Chunks whose rows
    are gathered have `chunk_rows` at most.
    """

    def __init__(
        self,
        table: str,
        definition: ColumnDefinition,
        text: TextState | None,
        chunk_rows: int = 0,
    ) -> None:
        self.definition = definition
        self.text = None if text is None else TextLoader(table, definition, text)
        self._table = table
        self._rooms = Rooms(chunk_rows)
        self._elements: ColumnBuilder | None = None
        element = definition.type.element
        if element is not None:
            own = ColumnDefinition(definition.name, element, encoding=definition.encoding)
            self._elements = ColumnBuilder(table, own, text)
            self.text = self._elements.text

    @property
    def is_text(self) -> bool:
        """Whether the column holds strings, which take longest."""
        return self.text is not None

    def gathered(self, piece: Piece) -> Piece:
        """Return some rows as codes or as values of the chunk's own array: their batch can go.

        Errors show values that an encoding forced by DDL does not hold as they came: they stay.
        """
        if self._elements is not None or self.definition.encoding is not None:
            return piece
        if self.text is not None:
            return self.text.gathered(piece)
        column = self._physical(piece)
        return column if wide.is_wide(column.values) else self._rooms.gathered(column)

    def build(
        self, pieces: list[Piece], first_row: int, order: Array | None = None
    ) -> LoadedColumn:
        """Return the column of a chunk whose first row is `first_row` of the append.

        With `order`, row i of the chunk is row order[i] of the pieces.

        Raises IntegrityError for NULL in a NOT NULL column, DataError for a value that an encoding
        forced by DDL does not hold; both name the table, the column and the row.
        """
        if self._elements is not None:
            return self._build_lists(self._elements, pieces, first_row, order)
        if self.text is None:
            column = _joined([self._physical(piece) for piece in pieces])
            if wide.is_wide(column.values):
                column = replace(column, values=wide.narrowed(column.values, column.nulls))
            numbers = self._build_numbers(_ordered(column, order), pieces, first_row, order)
            self._rooms.give_back(column.values, numbers.encoded)
            return numbers
        loaded = self.text.load(pieces, first_row)
        if isinstance(loaded, PhysicalColumn):
            loaded = _ordered(loaded, order)
            self._check_nulls(loaded.nulls, first_row)
            return self._build_codes(loaded)
        loaded = loaded if order is None else loaded.take(array_of(order))
        self._check_nulls(null_mask(loaded), first_row)
        return _build_strings(loaded)

    def _build_lists(
        self,
        elements: ColumnBuilder,
        pieces: list[Piece],
        first_row: int,
        order: Array | None,
    ) -> LoadedColumn:
        """Return arrays: their elements are a column of their own."""
        columns = [
            piece if isinstance(piece, ListColumn) else list_column(piece, self.definition.type)
            for piece in pieces
        ]
        column, element_pieces = lists.joined(columns)
        offsets, nulls, places = column.offsets, column.nulls, None
        if order is not None:
            offsets, places = lists.gathered(offsets[order], np.diff(offsets)[order])
            nulls = None if nulls is None else nulls[order]
        self._check_nulls(nulls, first_row)
        inner = elements.build(element_pieces, first_row, places)
        rows = len(offsets) - 1
        zone_nulls = zone_null_counts(rows, nulls)
        encoded = lists.encode(offsets, nulls, inner.encoded)
        null_count = int(zone_nulls.sum())
        distinct = min(estimate_distinct_lists(encoded), rows - null_count)
        longest = int(np.diff(offsets).max()) if rows else 0
        statistics = Statistics(rows, null_count, None, None, distinct, longest)
        return LoadedColumn(encoded, statistics, ZoneMap(None, None, zone_nulls))

    def _physical(self, piece: Piece) -> PhysicalColumn:
        if isinstance(piece, PhysicalColumn):
            return piece
        assert not isinstance(piece, ListColumn)
        return physical(piece, self.definition.type)

    def _build_numbers(
        self, column: PhysicalColumn, pieces: list[Piece], first_row: int, order: Array | None
    ) -> LoadedColumn:
        zone_map = zones(column.values, column.nulls)
        statistics = measure(column.values, column.nulls, zone_map)
        if statistics.nulls:
            self._check_nulls(column.nulls, first_row)
        self._check_range(column, statistics, pieces, first_row, order)
        encoded = choose(column, statistics, self.definition.type, self.definition.encoding)
        return LoadedColumn(encoded, statistics, zone_map)

    def _build_codes(self, column: PhysicalColumn) -> LoadedColumn:
        zone_map = zones(column.values, column.nulls)
        statistics = measure(column.values, column.nulls, zone_map)
        encoded = choose(column, statistics, self.definition.type, self.definition.encoding)
        published = Statistics(statistics.rows, statistics.nulls, None, None, statistics.distinct)
        return LoadedColumn(encoded, published, ZoneMap(None, None, zone_map.nulls))

    def _check_nulls(self, nulls: Mask | None, first_row: int) -> None:
        if self.definition.not_null and nulls is not None and nulls.any():
            row = first_row + int(np.argmax(nulls))
            message = f"{self._where(row)}: NULL in a column that is NOT NULL"
            raise IntegrityError(message, about=[f"column {self.definition.name}"])

    def _check_range(
        self,
        column: PhysicalColumn,
        statistics: Statistics,
        pieces: list[Piece],
        first_row: int,
        order: Array | None,
    ) -> None:
        request = self.definition.encoding
        if request is None or request.bits == 0 or statistics.minimum is None:
            return
        assert statistics.maximum is not None
        # The least value stands for NULL, as in OmniSci.
        greatest = (1 << request.bits - 1) - 1
        if statistics.minimum >= -greatest and statistics.maximum <= greatest:
            return
        is_outside = (column.values < -greatest) | (column.values > greatest)
        if column.nulls is not None:
            is_outside &= ~column.nulls
        row = int(np.argmax(is_outside))
        shown = _shown(pieces, row if order is None else int(order[row]))
        raise DataError(
            f"{self._where(first_row + row)}: {shown} does not fit ENCODING "
            f"{request}; declare the column wider, or without ENCODING",
            about=[f"column {self.definition.name}"],
        )

    def _where(self, row: int) -> str:
        return f"table '{self._table}', column '{self.definition.name}', row {row}"


def _build_strings(array: pa.Array) -> LoadedColumn:
    rows = len(array)
    zone_nulls = zone_null_counts(rows, null_mask(array))
    null_count = int(array.null_count)
    # Strings are raw because they are distinct.
    statistics = Statistics(rows, null_count, None, None, rows - null_count)
    return LoadedColumn(strings.encode(array), statistics, ZoneMap(None, None, zone_nulls))


def _joined(columns: list[PhysicalColumn]) -> PhysicalColumn:
    if len(columns) == 1:
        return columns[0]
    given = [column.values for column in columns]
    values = neighbours(given)
    if values is None:
        values = _concatenated(given)
    if all(column.nulls is None for column in columns):
        return PhysicalColumn(values)
    return PhysicalColumn(values, np.concatenate([_mask(column) for column in columns]))


def _concatenated(given: list[Array]) -> Array:
    if any(wide.is_wide(values) for values in given):
        given = [wide.as_wide(values) for values in given]
    return np.concatenate(given)


def _ordered(column: PhysicalColumn, order: Array | None) -> PhysicalColumn:
    if order is None:
        return column
    nulls = None if column.nulls is None else column.nulls[order]
    return PhysicalColumn(column.values[order], nulls)


def _mask(column: PhysicalColumn) -> Array:
    return np.zeros(len(column), np.bool_) if column.nulls is None else column.nulls


def _shown(pieces: list[Piece], row: int) -> str:
    """Return the value of a row as the user gave it."""
    for piece in pieces:
        if row < len(piece):
            assert not isinstance(piece, ListColumn)
            return str(piece.values[row] if isinstance(piece, PhysicalColumn) else piece[row])
        row -= len(piece)
    raise IndexError(row)
