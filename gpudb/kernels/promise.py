"""What the first key of an order promises before rows are read: of zones, and of codes.

    ORDER BY moment LIMIT 10       threshold: the tenth moment so far, an integer of the order
    zones      the best moment of each, from statistics: best first, none that comes after it
    codes      codes[row] >= bests[0] and codes[row] <= bests[1], in blocks of rows

Both may promise too much and never too little: the kernel compares each row that is left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gpudb.compiler.language import Pointer
from gpudb.devices.device import Morsel
from gpudb.kernels.reads import EncodedReader
from gpudb.kernels.scope import Scope
from gpudb.kernels.sorting import float_of_order, float_order
from gpudb.kernels.sources import RowSource, TableSource
from gpudb.kernels.writer import FromChunk, FromWorker
from gpudb.records import dataclass, replace
from gpudb.sql.expr import ColumnReference, SortKey
from gpudb.storage.encodings.packed import Packed
from gpudb.storage.statistics import ZONE_ROWS

# The order's integer that no row comes after, and the one that NULLs in front of all have.
NO_THRESHOLD = (1 << 63) - 1
LEAST = -(1 << 63)
BESTS = "bests"
# How far a scaled float's code may be from the product of the float and the divisor.
ROUNDING = 2


@dataclass(frozen=True, slots=True)
class Promise:
    """Of each zone: the least integer of the order that a value has, and whether there are NULLs.

    The zones of all chunks lie behind each other, those of chunk n from `begins[n]` on.
    """

    best: np.ndarray
    has_nulls: np.ndarray
    begins: Sequence[int]
    is_nulls_first: bool

    def best_of(self, morsel: Morsel) -> int:
        """Return the least integer of the order in a morsel's zones."""
        zones = self._zones(morsel)
        if self.is_nulls_first and self.has_nulls[zones].any():
            return LEAST
        return int(self.best[zones].min())

    def zones_of(self, morsel: Morsel) -> list[Morsel]:
        """Return a morsel zone by zone, the best first."""
        zones = self._zones(morsel)
        order = self.best[zones]
        if self.is_nulls_first:
            order = np.where(self.has_nulls[zones], LEAST, order)
        first_zone = morsel.first // ZONE_ROWS
        begins = [(first_zone + each) * ZONE_ROWS for each in np.argsort(order, kind="stable")]
        return [
            replace(
                morsel,
                first=max(morsel.first, int(begin)),
                end=min(morsel.end, int(begin) + ZONE_ROWS),
            )
            for begin in begins
        ]

    def is_beyond(self, morsel: Morsel, threshold: np.ndarray) -> bool:
        """Whether every row of a morsel comes after the threshold."""
        zones = self._zones(morsel)
        if not threshold[1] and self.has_nulls[zones].any():
            return False
        return int(self.best[zones].min()) > int(threshold[0])

    def _zones(self, morsel: Morsel) -> slice:
        begin = self.begins[morsel.chunk]
        return slice(begin + morsel.first // ZONE_ROWS, begin + -(-morsel.end // ZONE_ROWS))


def find_promise(source: RowSource, column: ColumnReference, key: SortKey) -> Promise | None:
    """Return what a table's zones promise of a column, if they have bounds."""
    maps = source.zone_maps(column.id) if isinstance(source, TableSource) else None
    if not maps:
        return None
    bounds = [each.maximum if key.is_descending else each.minimum for each in maps]
    known = [each for each in bounds if each is not None]
    if len(known) < len(maps) or len({each.dtype.kind for each in known}) > 1:
        return None
    best = np.concatenate(known)
    if best.dtype.kind == "f":
        # NaN is the greatest; a zone that has one is bounded by infinity.
        best = float_order(np.where(best == np.inf, np.nan, best) if key.is_descending else best)
    sizes = [len(each) for each in known]
    begins = np.cumsum([0, *sizes[:-1]]).tolist()
    has_nulls = np.concatenate([each.nulls for each in maps]) > 0
    return Promise(~best if key.is_descending else best, has_nulls, begins, key.is_nulls_first)


def begun_zones(morsel: Morsel) -> int:
    """Return how many zones begin in a morsel: each zone begins in one of them."""
    return -(-morsel.end // ZONE_ROWS) - -(-morsel.first // ZONE_ROWS)


def by_promise(morsels: Sequence[Morsel], promise: Promise) -> list[Morsel]:
    """Return the morsels with the best ones first, of equal ones in order."""
    ordered = sorted(morsels, key=promise.best_of)
    return [replace(morsel, order=place) for place, morsel in enumerate(ordered)]


def find_code_dtype(column: ColumnReference, scope: Scope) -> np.dtype | None:
    """Return the dtype of a column's codes if they are numbers in the order of its values."""
    reader = scope.reader(column.id)
    if not isinstance(reader, EncodedReader) or column.type.is_text:
        return None
    if reader.layout.encoding not in ("plain", "frame", "scaled"):
        return None
    return np.dtype(reader.layout.buffers[0][1])


def write_code_test(column: ColumnReference, scope: Scope) -> str:
    """Write whether a row's code is among those of the best rows."""
    reader = scope.reader(column.id)
    assert isinstance(reader, EncodedReader)
    dtype = Pointer(reader.layout.buffers[0][1])
    codes = scope.writer.parameter(f"{column.name}_codes", dtype, FromChunk(column.id, 0))
    bests = scope.writer.parameter(BESTS, dtype, FromWorker(BESTS))
    test = f"{codes}[row] >= {bests}[0] and {codes}[row] <= {bests}[1]"
    if reader.layout.nulls == "none":
        return f"({test})"
    return f"({test} or {codes}[row] == {bests}[2])"


@dataclass(frozen=True, slots=True)
class CodeScale:
    """How a chunk's codes stand for values: (base + code) / divisor, or NULL."""

    base: int
    divisor: float | None
    null_code: int

    @classmethod
    def of(cls, source: RowSource, chunk: int, field: int) -> CodeScale:
        """Return that of a field in a chunk, in one of the layouts that have codes."""
        held = source.held(chunk, field)
        scalars = held.scalars if isinstance(held, Packed) else held[1:]
        base = int(scalars[0]) if len(scalars) > 1 else 0
        divisor = float(scalars[1]) if len(scalars) > 2 else None
        return cls(base, divisor, int(scalars[-1]))

    def bests(
        self, dtype: np.dtype, key: SortKey, threshold: int, *, drops_nulls: bool
    ) -> tuple[int, int, int]:
        """Return the least and greatest code that may come before the threshold, and NULL's.

        Where NULLs come after it, one of the other codes takes the place of theirs.
        """
        info = np.iinfo(dtype)
        least, greatest = int(info.min), int(info.max)
        has_nulls = least <= self.null_code <= greatest
        if has_nulls and drops_nulls:
            least += self.null_code == least
            greatest -= self.null_code == greatest
        low, high = least, greatest
        if threshold != NO_THRESHOLD:
            below, above = self._codes(~threshold if key.is_descending else threshold)
            if key.is_descending:
                low = min(max(below, least), greatest)
            else:
                high = max(min(above, greatest), least)
        return low, high, self.null_code if has_nulls and not drops_nulls else low

    def _codes(self, value: int) -> tuple[int, int]:
        """Return codes around that of an order's integer, ascending."""
        if self.divisor is None:
            return value - self.base, value - self.base
        scaled = float(float_of_order(np.array([value]))[0]) * self.divisor
        if not math.isfinite(scaled):
            return LEAST, NO_THRESHOLD
        code = round(scaled) - self.base
        return code - ROUNDING, code + ROUNDING
