"""Columns held smaller than kernels read them: rows are unpacked on their way to a kernel.

| form   | what is held                                  | which columns                           |
|--------|-----------------------------------------------|-----------------------------------------|
| bits   | codes of 1, 2 or 4 bits, one after the other  | small numbers without NULL              |
| sparse | the rows unlike most others, and their codes  | those where nearly all rows are alike   |
| steps  | how many steps a code is above the least      | wide codes in a small range, moments in |
|        |                                               | whole seconds                           |

Unpacking takes one to three tenths of a nanosecond a row, about as long as memory takes to give the
bytes that are spared; shorter runs, or 5 bits in place of 8, would take longer for less, so such
columns are held as kernels read them. So are, from then on, those that have been unpacked PATIENCE
times, while the cache has room: what many queries read costs them nothing more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from gpudb.records import dataclass, replace
from gpudb.storage.encodings import bitpack, runs
from gpudb.storage.encodings.encoded import Array, Encoded, Layout
from gpudb.storage.encodings.sample import sample_rows
from gpudb.storage.encodings.widen import convert
from gpudb.storage.statistics import ZONE_ROWS

# Eight rows are a group: its codes lie in one number, and unpacked, a byte each, in a word.
GROUP_ROWS = 8
GROUP_DTYPES = {1: "uint8", 2: "uint16", 4: "uint32"}
# What the rows unlike most others may take of what kernels read.
SPARSE_SHARE = 0.25
# Chunks of fewer rows are not worth it.
LEAST_ROWS = ZONE_ROWS
# A column is unpacked for good once its rows have been unpacked so many times.
PATIENCE = 4
_PLACE_BYTES = 4
# The bits of steps, as those of lower and upper parts; upper ones of 4 bits lie in halves of bytes,
# those of a row and of the one STEP_ROWS / 2 behind it.
STEP_WIDTHS = {8: (8, 0), 12: (8, 4), 16: (16, 0), 20: (16, 4), 24: (16, 8), 32: (32, 0)}
STEP_ROWS = 64
# What steps may take of what kernels read.
STEP_SHARE = 0.75
_SAMPLE_ROWS = 512
_WORD = (1 << 64) - 1


@dataclass(slots=True, eq=False)
class Packed(ABC):
    """What both forms have: the layout and the scalars of what kernels read.

    `unpacked_rows` counts the rows that were unpacked so far; threads may forget some.
    """

    layout: Layout
    rows: int
    scalars: tuple[int | float, ...]
    unpacked_rows: int

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The dtype of the codes that kernels read."""
        return np.dtype(self.layout.buffers[0][1])

    @property
    def whole_bytes(self) -> int:
        """The bytes of all rows as kernels read them."""
        return self.rows * self.dtype.itemsize

    @property
    def is_wanted_whole(self) -> bool:
        """Whether queries come back to the column."""
        return self.unpacked_rows >= PATIENCE * self.rows

    @property
    @abstractmethod
    def size_bytes(self) -> int:
        """The bytes that are held."""

    @abstractmethod
    def whole(self) -> Encoded:
        """Return all rows as kernels read them."""


@dataclass(slots=True, eq=False)
class BitCodes(Packed):
    """Codes of `bits` bits each, a number of `groups` for eight of them."""

    groups: Array
    bits: int

    @property
    def size_bytes(self) -> int:
        """The bytes that are held."""
        return self.groups.nbytes

    def whole(self) -> Encoded:
        """Return all rows as kernels read them."""
        codes = bitpack.unpack(self.groups.view(np.int64), self.bits, self.rows)
        return Encoded(self.layout, self.rows, (codes.view(self.dtype),), self.scalars)


@dataclass(slots=True, eq=False)
class SparseCodes(Packed):
    """One code for all rows but those at `places`, which ascend and have `codes` of their own."""

    common: int
    places: Array
    codes: Array

    @property
    def size_bytes(self) -> int:
        """The bytes that are held."""
        return self.places.nbytes + self.codes.nbytes

    def fill(self, first: int, end: int, codes: Array) -> None:
        """Write the codes of rows `first` to `end` to their places in `codes`."""
        begin, stop = np.searchsorted(self.places, np.array([first, end], np.uint32))
        codes[first:end] = self.common
        codes[self.places[begin:stop].astype(np.int64)] = self.codes[begin:stop]

    def whole(self) -> Encoded:
        """Return all rows as kernels read them."""
        codes = np.empty(self.rows, self.dtype)
        self.fill(0, self.rows, codes)
        return Encoded(self.layout, self.rows, (codes,), self.scalars)


@dataclass(slots=True, eq=False)
class StepCodes(Packed):
    """Codes that are `least` and a number of times `step`.

    The numbers' lower bits are `lower`, the `upper_bits` upper ones of each are in `upper`; both
    have whole groups of STEP_ROWS rows.
    """

    least: int
    step: int
    lower: Array
    upper: Array
    upper_bits: int

    @property
    def is_number(self) -> bool:
        """Whether the codes are the numbers."""
        return self.least == 0 and self.step == 1

    @property
    def size_bytes(self) -> int:
        """The bytes that are held."""
        return self.lower.nbytes + self.upper.nbytes

    def whole(self) -> Encoded:
        """Return all rows as kernels read them."""
        numbers = self.lower.astype(np.uint64)
        if self.upper_bits:
            upper = self.upper
            if self.upper_bits == 4:
                halves = upper.reshape(-1, STEP_ROWS // 2)
                upper = np.hstack((halves & 15, halves >> 4)).reshape(-1)
            numbers |= upper.astype(np.uint64) << np.uint64(8 * self.lower.itemsize)
        return self._encoded(numbers[: self.rows])

    def of_rows(self, rows: Array) -> Encoded:
        """Return some rows as kernels read them."""
        numbers = self.lower[rows].astype(np.uint64)
        if self.upper_bits:
            if self.upper_bits == 4:
                half = STEP_ROWS // 2
                upper = self.upper[rows // STEP_ROWS * half + rows % half]
                upper = np.where(rows % STEP_ROWS < half, upper & 15, upper >> 4)
            else:
                upper = self.upper[rows]
            numbers |= upper.astype(np.uint64) << np.uint64(8 * self.lower.itemsize)
        return self._encoded(numbers)

    def _encoded(self, numbers: Array) -> Encoded:
        numbers *= np.uint64(self.step)
        numbers += np.uint64(self.least & _WORD)
        return Encoded(self.layout, len(numbers), (numbers.astype(self.dtype),), self.scalars)


def pack(stored: Encoded, layout: Layout) -> Packed | None:
    """Return a stored column in a form that is unpacked to `layout`; None where none pays.

    Where none does, `pack_steps` may.
    """
    if stored.rows < LEAST_ROWS or layout.encoding not in ("plain", "frame"):
        return None
    match stored.layout.encoding:
        case "bitpack":
            return _bits(stored, layout)
        case "runs":
            return _sparse(stored, layout)
        case "constant":
            one = convert(replace(stored, rows=1), layout)
            none = np.zeros(0, np.uint32)
            (code,) = one.buffers[0]
            return SparseCodes(
                layout, stored.rows, one.scalars, 0, int(code), none, one.buffers[0][:0]
            )
    return None


def _bits(stored: Encoded, layout: Layout) -> BitCodes | None:
    """Return codes as they are stored, where kernels read the very codes."""
    bits, base = int(stored.scalars[0]), int(stored.scalars[1])
    is_same = layout.encoding == "frame" or base == 0
    is_byte = np.dtype(layout.buffers[0][1]).itemsize == 1
    if bits > max(GROUP_DTYPES) or stored.layout.nulls != "none" or not (is_same and is_byte):
        return None
    scalars = convert(replace(stored, rows=1), layout).scalars
    words = stored.buffers[0]
    if bits not in GROUP_DTYPES:
        wider = bits + 1
        words, bits = bitpack.pack(bitpack.unpack(words, bits, stored.rows), wider), wider
    return BitCodes(layout, stored.rows, scalars, 0, words.view(GROUP_DTYPES[bits]), bits)


def _sparse(stored: Encoded, layout: Layout) -> SparseCodes | None:
    """Return the runs of another value than most rows have, row by row, where they are few."""
    ends, values = stored.buffers
    lengths = runs.lengths(ends)
    heads = replace(stored, rows=len(ends), buffers=(np.arange(1, len(ends) + 1), values))
    one_each = convert(heads, layout)
    codes = one_each.buffers[0]
    common = codes[_most_rows(codes, lengths)]
    others = np.flatnonzero(codes != common)
    counts = lengths[others]
    taken = int(counts.sum()) * (_PLACE_BYTES + codes.itemsize)
    if taken > SPARSE_SHARE * stored.rows * codes.itemsize:
        return None
    begins = ends[others].astype(np.int64) - np.cumsum(counts)
    places = np.repeat(begins, counts) + np.arange(counts.sum())
    return SparseCodes(
        layout,
        stored.rows,
        one_each.scalars,
        0,
        int(common),
        places.astype(np.uint32),
        np.repeat(codes[others], counts),
    )


def _most_rows(codes: Array, lengths: Array) -> int:
    """Return the place of a code that more rows have than any other."""
    _, firsts, which = np.unique(codes, return_index=True, return_inverse=True)
    return int(firsts[np.argmax(np.bincount(which, lengths))])


def pack_steps(read: Encoded) -> StepCodes | None:
    """Return a column that kernels could read as steps; None where that does not pay."""
    if read.rows < LEAST_ROWS or read.layout.encoding not in ("plain", "frame"):
        return None
    (codes,) = read.buffers
    least, greatest = int(codes.min()), int(codes.max())
    differences = codes[sample_rows(read.rows, _SAMPLE_ROWS)].astype(np.uint64)
    differences -= np.uint64(least & _WORD)
    for step in (max(1, int(np.gcd.reduce(differences))), 1):
        bits = ((greatest - least) // step).bit_length()
        width = next((width for width in STEP_WIDTHS if width >= bits), None)
        if width is None or width > STEP_SHARE * 8 * codes.itemsize:
            continue
        if step == 1 and least > 0 and greatest < 1 << width:
            least = 0  # to add nothing costs nothing
        numbers = codes.astype(np.uint64)
        numbers -= np.uint64(least & _WORD)
        if step > 1:
            steps = numbers // np.uint64(step)
            if not np.array_equal(steps * np.uint64(step), numbers):
                continue  # the sample did not know of all
            numbers = steps
        lower, upper = _parts(numbers, width)
        scalars, upper_bits = read.scalars, STEP_WIDTHS[width][1]
        return StepCodes(read.layout, read.rows, scalars, 0, least, step, lower, upper, upper_bits)
    return None


def _parts(numbers: Array, width: int) -> tuple[Array, Array]:
    """Return the lower parts of numbers of `width` bits, and the upper ones."""
    lower_bits, upper_bits = STEP_WIDTHS[width]
    padded = np.zeros(-(-len(numbers) // STEP_ROWS) * STEP_ROWS, np.uint64)
    padded[: len(numbers)] = numbers
    lower = padded.astype(f"uint{lower_bits}")
    if not upper_bits:
        return lower, np.zeros(0, np.uint8)
    upper: Array = (padded >> np.uint64(lower_bits)).astype(np.uint8)
    if upper_bits == 4:
        halves = upper.reshape(-1, STEP_ROWS)
        half = STEP_ROWS // 2
        upper = (halves[:, :half] | (halves[:, half:] << 4)).reshape(-1)
    return lower, upper
