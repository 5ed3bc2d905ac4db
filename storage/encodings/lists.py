"""Arrays: the elements of all rows as one encoded column, how many a row has, a bitmap of NULLs.

    lists     lengths | null_bits | the buffers of the elements' own encoding    as they are stored
    places    offsets | null_bits | the elements' values as they are             as kernels read

A NULL row has no elements; a NULL element is the elements' own affair. A row is no single value, so
there is no `at`: gpudb.kernels.list_reads writes what kernels read.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gpudb.records import dataclass, replace
from gpudb.storage.encodings import frame, raw, strings, wide
from gpudb.storage.encodings.encoded import Array, Encoded, Layout, Mask, PhysicalColumn
from gpudb.storage.encodings.nullbits import NULL_BITS, pack_nulls, unpack_nulls
from gpudb.storage.encodings.widen import decode as decode_values

LISTS, PLACES = "lists", "places"
# The buffers that stand before those of the elements.
OWN_BUFFERS = 2


@dataclass(frozen=True, slots=True)
class ListColumn:
    """Arrays: row i holds elements[offsets[i] : offsets[i + 1]], or is NULL where nulls[i].

    `offsets` are int64, one more than there are rows, from 0 to the number of elements; a NULL row
    has none. The elements are values, codes, or strings where they are raw text.
    """

    offsets: Array
    nulls: Mask | None
    elements: PhysicalColumn | pa.Array

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def slice(self, begin: int, rows: int) -> ListColumn:
        """Return `rows` rows from `begin`; elements are not copied."""
        offsets = self.offsets[begin : begin + rows + 1]
        nulls = None if self.nulls is None else self.nulls[begin : begin + rows]
        return ListColumn(offsets - offsets[0], nulls, self._between(offsets[0], offsets[-1]))

    def _between(self, begin: int, end: int) -> PhysicalColumn | pa.Array:
        elements = self.elements
        if not isinstance(elements, PhysicalColumn):
            return elements.slice(begin, end - begin)
        nulls = None if elements.nulls is None else elements.nulls[begin:end]
        return PhysicalColumn(elements.values[begin:end], nulls)

    def take(self, rows: Array) -> ListColumn:
        """Return the rows of these numbers."""
        offsets, places = gathered(self.offsets[rows], np.diff(self.offsets)[rows])
        nulls = None if self.nulls is None else self.nulls[rows]
        elements = self.elements
        if not isinstance(elements, PhysicalColumn):
            return ListColumn(offsets, nulls, elements.take(pa.array(places)))
        missing = None if elements.nulls is None else elements.nulls[places]
        return ListColumn(offsets, nulls, PhysicalColumn(elements.values[places], missing))


def gathered(begins: Array, lengths: Array) -> tuple[Array, Array]:
    """Return the offsets of runs that are put one after the other, and the place of each value."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    places = np.arange(offsets[-1], dtype=np.int64)
    return offsets, places + np.repeat(begins - offsets[:-1], lengths)


def layout(length_dtype: str, elements: Layout, *, has_nulls: bool) -> Layout:
    """Return the layout of arrays with lengths of an unsigned dtype."""
    own = (("lengths", length_dtype), NULL_BITS)
    theirs = tuple((f"elements_{name}", dtype) for name, dtype in elements.buffers)
    scalars = (("element_count", "int"), *elements.scalars)
    nulls = "bitmap" if has_nulls else "none"
    return Layout(LISTS, (*own, *theirs), scalars, nulls, elements)


def encode(offsets: Array, nulls: Mask | None, elements: Encoded) -> Encoded:
    """Encode arrays whose elements are encoded already."""
    lengths = np.diff(offsets)
    greatest = int(lengths.max()) if len(lengths) else 0
    dtype = frame.code_dtype(0, greatest, has_nulls=False)
    has_nulls = nulls is not None and bool(nulls.any())
    null_bits = pack_nulls(nulls, len(lengths)) if has_nulls else np.zeros(0, np.uint8)
    buffers = (lengths.astype(dtype), null_bits, *elements.buffers)
    scalars = (elements.rows, *elements.scalars)
    made = layout(dtype, elements.layout, has_nulls=has_nulls)
    return Encoded(made, len(lengths), buffers, scalars)


def elements_of(encoded: Encoded) -> Encoded:
    """Return the elements as the encoded column that they are."""
    assert encoded.layout.elements is not None
    count, *scalars = encoded.scalars
    buffers = encoded.buffers[OWN_BUFFERS:]
    return Encoded(encoded.layout.elements, int(count), buffers, tuple(scalars))


def decode(encoded: Encoded) -> ListColumn:
    """Return the arrays."""
    lengths, null_bits = encoded.buffers[:OWN_BUFFERS]
    offsets = np.zeros(encoded.rows + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    nulls = None
    if encoded.layout.nulls == "bitmap":
        nulls = unpack_nulls(null_bits, encoded.rows)
    inner = elements_of(encoded)
    if inner.layout.encoding == "strings":
        return ListColumn(offsets, nulls, strings.decode(inner))
    return ListColumn(offsets, nulls, decode_values(inner))


def placed_layout(elements: Layout, *, has_nulls: bool) -> Layout:
    """Return the layout that kernels read; `elements` is a raw or a wide one."""
    own = (("offsets", "int64"), NULL_BITS)
    theirs = tuple((f"elements_{name}", dtype) for name, dtype in elements.buffers)
    return Layout(PLACES, (*own, *theirs), (), "bitmap" if has_nulls else "none", elements)


def placed(encoded: Encoded, layout: Layout) -> Encoded:
    """Return stored arrays in a placed layout, which has room for their NULLs and elements."""
    column, inner = decode(encoded), layout.elements
    assert inner is not None
    assert isinstance(column.elements, PhysicalColumn)
    has_nulls = inner.nulls == "bitmap"
    if inner.encoding == wide.ENCODING.name:
        elements = wide.encode_as(column.elements, has_nulls=has_nulls)
    else:
        elements = raw.encode_as(column.elements, inner.buffers[0][1], has_nulls=has_nulls)
    null_bits = np.zeros(0, np.uint8)
    if layout.nulls == "bitmap":
        null_bits = pack_nulls(column.nulls, encoded.rows)
    return Encoded(layout, encoded.rows, (column.offsets, null_bits, *elements.buffers), ())


def joined(columns: list[ListColumn]) -> tuple[ListColumn, list[PhysicalColumn | pa.Array]]:
    """Return the rows of all columns without their elements, and the elements of each."""
    pieces = [column.elements for column in columns]
    nothing = PhysicalColumn(np.zeros(0, np.int64))
    if len(columns) == 1:
        return replace(columns[0], elements=nothing), pieces
    lengths = np.concatenate([np.diff(column.offsets) for column in columns])
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    nulls = None
    if any(column.nulls is not None for column in columns):
        nulls = np.concatenate(
            [np.zeros(len(c), np.bool_) if c.nulls is None else c.nulls for c in columns]
        )
    return ListColumn(offsets, nulls, nothing), pieces


def hash_lists(offsets: Array, words: Array) -> Array:
    """Return a hash of each list's words, int64 that equal elements share: uint64.

    The sum over a list of each word mixed with its place, by the steps of SplitMix64 (Steele, Lea
    and Flood, OOPSLA 2014).
    """
    rows = len(offsets) - 1
    hashes = np.empty(rows, np.uint64)
    for begin in range(0, rows, _HASHED_ROWS):
        own = offsets[begin : begin + _HASHED_ROWS + 1]
        lengths = np.diff(own)
        places = np.arange(own[-1] - own[0], dtype=np.int64)
        places -= np.repeat(own[:-1] - own[0], lengths)
        mixed = words[own[0] : own[-1]].view(np.uint64) + _mixed(places.view(np.uint64) + _GAMMA)
        mixed = _mixed(mixed)
        sums = np.zeros(len(lengths), np.uint64)
        is_filled = lengths > 0
        if len(mixed):
            sums[is_filled] = np.add.reduceat(mixed, own[:-1][is_filled] - own[0])
        hashes[begin : begin + len(lengths)] = sums + lengths.astype(np.uint64) * _GAMMA
    return hashes


def _mixed(words: Array) -> Array:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Array = words ^ (words >> np.uint64(31))
    return mixed


_GAMMA = np.uint64(0x9E3779B97F4A7C15)
# So many lists are hashed at once: what they need fits a processor's caches.
_HASHED_ROWS = 4096


def element_words(column: PhysicalColumn) -> Array:
    """Return int64 words that are equal where elements are: NaN is equal to NaN, NULL to NULL."""
    values = column.values
    if wide.is_wide(values):
        words = values["low"].astype(np.int64) + values["high"] * np.int64(_WIDE_FACTOR)
    elif values.dtype.kind == "f":
        floats = values.astype(np.float64) + 0.0
        words = np.where(np.isnan(floats), np.nan, floats).view(np.int64)
    else:
        words = values.astype(np.int64)
    return words if column.nulls is None else np.where(column.nulls, _NULL_WORD, words)


_WIDE_FACTOR = -7046029254386353131
_NULL_WORD = -6148914691236517206
