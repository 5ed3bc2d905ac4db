"""Sources: where a pipeline's rows come from, how its kernel reads them, and in which pieces."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Protocol

import numpy as np

from gpudb.kernels.domains import Domain, PlacedDomain
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import Relation
from gpudb.kernels.list_reads import ListReader
from gpudb.kernels.radix import Workers
from gpudb.kernels.reads import CodesReader, EncodedReader, HeldReader
from gpudb.kernels.resident_columns import columns_there, fetch_columns
from gpudb.kernels.scope import Reader
from gpudb.kernels.text_columns import Coded, TextColumns, chunk_codes
from gpudb.kernels.text_values import TextValues, Wanted
from gpudb.kernels.writer import Argument
from gpudb.kernels.zones import BLOCK_ROWS, RowRange, touched_ranges
from gpudb.records import dataclass, replace
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import Expression
from gpudb.sql.pipeline import ScanRows
from gpudb.sql.plan import Field
from gpudb.storage.encodings.encoded import Encoded, Layout
from gpudb.storage.encodings.packed import Packed
from gpudb.storage.encodings.strings import Texts
from gpudb.storage.hidden import ROW_COLUMN
from gpudb.storage.measure import ZoneMap
from gpudb.storage.resident import CUDA, read_held, read_resident, read_whole, resident_layout
from gpudb.storage.statistics import ZONE_ROWS
from gpudb.storage.table import TableVersion

# So many digits of two are left of numbers of which only this matters: that they are no less.
ROUNDED_BITS = 3


def rounded_up(number: int, bits: int) -> int:
    """Return the number, or the next one, whose last `bits` are 0."""
    return number if bits <= 0 else -(-number >> bits) << bits


class RowSource(Protocol):
    """The rows that a pipeline reads."""

    @property
    def rows(self) -> int:
        """How many rows there are at most."""
        ...

    @property
    def ranges(self) -> Sequence[RowRange]:
        """The ranges to read, in order."""
        ...

    @property
    def skipped_zones(self) -> int:
        """How many zones need not be read."""
        ...

    def readers(self) -> Mapping[int, Reader]:
        """Return how to read each field."""
        ...

    def arguments(self, chunk: int, field: int) -> Sequence[Argument]:
        """Return the buffers and scalars of a field in a chunk."""
        ...

    def held(self, chunk: int, field: int) -> Sequence[Argument] | Packed:
        """Return the same, or what is to be unpacked to it."""
        ...


@dataclass
class HeldSource:
    """Rows held in arrays: the kernel's constants, or, where they do not fit, read in pieces.

    Each piece has `piece_rows` rows, the last one fewer.
    """

    relation: Relation
    fields: Sequence[Field]
    skipped_zones: int = 0
    piece_rows: int | None = None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.relation.rows

    @property
    def ranges(self) -> Sequence[RowRange]:
        """One range of all rows, or one of each piece."""
        size = self.piece_rows or max(1, self.rows)
        begins = range(0, self.rows, size)
        return [RowRange(n, 0, min(size, self.rows - begin)) for n, begin in enumerate(begins)]

    @property
    def size_bytes(self) -> int:
        """How large the arrays are."""
        known = columns_there(self.relation)
        return sum(known[f.id].size_bytes for f in self.fields)

    def in_pieces(self, count: int) -> HeldSource:
        """Return the same rows, read in so many pieces."""
        fetch_columns(self.relation)
        return replace(self, piece_rows=-(-self.rows // count))

    def readers(self) -> Mapping[int, Reader]:
        """Return readers of the arrays, which may be on the device only."""
        columns, in_pieces = columns_there(self.relation), self.piece_rows is not None
        return {f.id: HeldReader(f, columns[f.id], is_in_pieces=in_pieces) for f in self.fields}

    def arguments(self, chunk: int, field: int) -> Sequence[Argument]:
        """Return a piece of the arrays of a field, as HeldReader numbers them."""
        assert self.piece_rows is not None, "whole arrays are constants"
        piece = slice(chunk * self.piece_rows, (chunk + 1) * self.piece_rows)
        arrays = self.relation.columns[field].arrays
        return [0 if array is None else array[piece] for array in arrays]

    def held(self, chunk: int, field: int) -> Sequence[Argument]:
        """Return a piece of the arrays: they are not packed."""
        return self.arguments(chunk, field)


@dataclass
class TableSource:
    """Rows of a table's snapshot, read chunk by chunk in the layout of the device.

    Of text that is not encoded in storage `is_carried` tells whether a field is only handed on.
    """

    scan: ScanRows
    version: TableVersion
    device_kind: str
    texts: TextColumns
    workers: Workers
    is_carried: Callable[[int], bool] = lambda _: False
    _ranges: list[RowRange] = field(init=False)
    _columns: dict[int, str] = field(init=False)
    _layouts: dict[int, Layout] = field(init=False)
    _lists: dict[int, ListReader] = field(init=False)
    _values: TextValues = field(init=False)
    _coded_texts: dict[int, Coded] = field(init=False)

    def __post_init__(self) -> None:
        self._values = TextValues(self.version, self.scan.values)
        self._ranges = touched_ranges(self.version, self.scan.zone_filters)
        self._columns = dict(zip((f.id for f in self.scan.fields), self.scan.columns, strict=True))
        self._layouts, self._lists, self._coded_texts = {}, {}, {}

    @property
    def rows(self) -> int:
        """How many rows the touched ranges hold."""
        return sum(r.end - r.first for r in self._ranges)

    @property
    def ranges(self) -> Sequence[RowRange]:
        """The ranges that the zone filters leave."""
        return self._ranges

    @property
    def skipped_zones(self) -> int:
        """How many zones the zone filters spare."""
        if not self.scan.zone_filters:
            return 0
        zones = len(self.version.zone_list.chunks)
        return zones - sum(-(-(r.end - r.first) // ZONE_ROWS) for r in self._ranges)

    def readers(self) -> Mapping[int, Reader]:
        """Return a reader for each column, through its encoding's `at`."""
        layouts = self._values.layouts
        readers: dict[int, Reader] = {
            v.field.id: EncodedReader(v.field, layouts[v.field.id], None) for v in self.scan.values
        }
        for each in self.scan.fields:
            column = self._columns[each.id]
            if each.type.is_array:
                readers[each.id] = self._lists[each.id] = self._list_reader(each, column)
                continue
            if each.type.is_text:
                if self.makes_codes(each.id):
                    knows_places = self.device_kind != CUDA
                    readers[each.id] = CodesReader(
                        each, partial(self.domain, each.id), knows_places
                    )
                    continue
                domain = self.domain(each.id)
                bounds = Bounds(0, max(0, len(domain) - 1))
                layout = resident_layout(self.version, column, self.device_kind)
                readers[each.id] = EncodedReader(each, layout, bounds, domain)
            else:
                layout = resident_layout(self.version, column, self.device_kind)
                readers[each.id] = EncodedReader(each, layout, self._bounds(column))
            self._layouts[each.id] = layout
        return readers

    def prepare(self, fixed: FixedKernels, cancel: threading.Event, wanted: Wanted) -> list[str]:
        """Find the values of texts that the scan has beside columns; return what was done."""
        if not self.scan.values:
            return []
        chunks = list(dict.fromkeys(r.chunk for r in self._ranges))
        return self._values.prepare(chunks, fixed, cancel, wanted)

    @property
    def few_texts(self) -> Mapping[tuple[int, str], Texts]:
        """Texts by chunk and column, of the few rows that pass all tests of single texts."""
        return self._values.few

    def of_scan(self, scan: ScanRows) -> TableSource:
        """Return the source of another scan of the same rows and values of texts."""
        made = replace(self, scan=scan)
        made._values = self._values
        return made

    def find_share(self, test: Expression) -> float | None:
        """Return which share of the rows passes a test of a text's truth value; None of others."""
        return self._values.find_share(test)

    def zone_maps(self, field: int) -> list[ZoneMap] | None:
        """Return what is known of the zones of each chunk; None of what no column holds."""
        column = self._columns.get(field, ROW_COLUMN)
        if column == ROW_COLUMN:
            return None
        return [chunk.part(column).zones for chunk in self.version.chunks]

    def makes_codes(self, text: int) -> bool:
        """Whether a field's codes are made for queries, since storage has none."""
        return self.texts.makes_codes(self.version, self._columns[text])

    def domain(self, text: int) -> Domain:
        """Return the strings of a field."""
        if self.makes_codes(text):
            return self._coded(text)[0]
        return self.texts.domain(self.version, self._columns[text], self.workers)

    def codes(self, text: int, chunk: int) -> np.ndarray:
        """Return a field's codes in a chunk that are made for queries: int32, -1 for NULL."""
        return chunk_codes(self._coded(text), chunk, self.version.chunks[chunk].rows)

    def _coded(self, text: int) -> Coded:
        """Return a field's strings and codes, the same ones as long as this source is there."""
        found = self._coded_texts.get(text)
        if found is None:
            column, is_carried = self._columns[text], self.is_carried(text)
            found = self.texts.coded(self.version, column, self.workers, is_carried=is_carried)
            self._coded_texts[text] = found
        return found

    def _code_argument(self, text: int, chunk: int) -> Argument:
        """Return what `CodesReader` reads: codes, or the first row's place."""
        domain, codes = self._coded(text)
        are_places = isinstance(domain, PlacedDomain) and domain.are_places
        return codes[chunk] if are_places and self.device_kind != CUDA else self.codes(text, chunk)

    def _list_reader(self, field: Field, column: str) -> ListReader:
        of, version = self.version.column(column).type, self.version
        domain = None
        if of.has_dictionary:
            if not version.is_dictionary(column):
                # Kernels cannot read strings: they read the arrays by their codes.
                return ListReader(field, lambda: self.texts.domain(version, column, self.workers))
            domain = self.texts.of_dictionary(version.dictionary(column))
        layout = resident_layout(version, column, self.device_kind)
        return ListReader(
            field, lambda: self.texts.domain(version, column, self.workers), layout, domain
        )

    def _bounds(self, column: str) -> Bounds | None:
        known = self.version.statistics(column)
        if known.minimum is None or known.maximum is None:
            return Bounds(0, 0) if known.nulls == known.rows else None
        if not math.isfinite(known.minimum) or not math.isfinite(known.maximum):
            return None
        least, greatest = math.floor(known.minimum), math.ceil(known.maximum)
        if not self.version.has_tail:
            return Bounds(least, greatest)
        # The next rows, which come soon, are to have the same texts.
        bits = (greatest - least).bit_length() - ROUNDED_BITS
        return Bounds(-rounded_up(-least, bits), rounded_up(greatest, bits))

    def arguments(self, chunk: int, field: int) -> Sequence[Argument]:
        """Return the encoded column's buffers and scalars; whole blocks can be read of them."""
        return self._padded(chunk, self.unpadded(chunk, field))

    def held(self, chunk: int, field: int) -> Sequence[Argument] | Packed:
        """Return the same, or the column packed, of which whole blocks can be unpacked."""
        layout = self._layouts.get(field)
        if layout is None or field in self._lists or self.device_kind == CUDA:
            return self.arguments(chunk, field)
        column = self._columns[field]
        # Most columns are: all that is asked otherwise takes longer than finding them.
        whole = self.version.chunks[chunk].find_whole(column, layout)
        held = whole or read_held(self.version, chunk, column, layout)
        if isinstance(held, Encoded):
            return self._padded(chunk, [*held.buffers, *held.scalars])
        return held

    def _padded(self, chunk: int, arguments: Sequence[Argument]) -> Sequence[Argument]:
        if self.version.chunks[chunk].rows >= BLOCK_ROWS:
            return arguments
        return [_padded(a) if isinstance(a, np.ndarray) else a for a in arguments]

    def unpadded(self, chunk: int, field: int) -> Sequence[Argument]:
        """Return the encoded column's buffers and scalars, as they are kept."""
        if field in self._values.layouts:
            values = self._values.read(chunk, field)
            return [*values.buffers, *values.scalars]
        column, layout = self._columns[field], self._layouts.get(field)
        if field in self._lists:
            return self._list_arguments(chunk, column, self._lists[field])
        if layout is None:
            return [self._code_argument(field, chunk)]
        encoded = read_whole(self.version, chunk, column, layout, self.device_kind)
        return [*encoded.buffers, *encoded.scalars]

    def _list_arguments(self, chunk: int, column: str, reader: ListReader) -> list[Argument]:
        """Return the codes, then the buffers, of arrays, in so far as they are read."""
        codes = np.zeros(0, np.int32)
        if reader.reads_codes:
            rows = self.version.chunks[chunk].rows
            codes = chunk_codes(self.texts.coded(self.version, column, self.workers), chunk, rows)
        if not reader.reads_elements or reader.layout is None:
            return [codes]
        return [codes, *read_resident(self.version, chunk, column, reader.layout).buffers]


def _padded(buffer: np.ndarray) -> np.ndarray:
    """Return a buffer of a small chunk that can be read as a whole block."""
    # Of arrays the offset behind a row is read, too.
    padded = np.zeros(max(BLOCK_ROWS + 1, len(buffer)), buffer.dtype)
    padded[: len(buffer)] = buffer
    return padded
