"""Orders of held rows: sort keys made into integers or floats that compare as SQL wants.

NULLs come as a key of their own before the column's; a descending key is inverted (~ for integers).
Several integer keys whose ranges allow are packed into one, so that one sort does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from gpudb.devices.device import Morsel
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.held import ArrangedRelation, HeldColumn, Relation
from gpudb.kernels.radix import LEAST_ROWS, Workers, stable_order
from gpudb.records import dataclass
from gpudb.sql.expr import ColumnReference, Expression, Literal, SortKey
from gpudb.sql.pipeline import Collect
from gpudb.storage.types import BOOLEAN

# A word has fewer values, so that sums of words and what they are counted from do not overflow.
MOST_VALUES = 1 << 62
# A key of any column, NULL last.
ASCENDING = SortKey(Literal(type=BOOLEAN, nullable=False, value=True), False, False)


def order(
    columns: Sequence[HeldColumn], keys: Sequence[SortKey], workers: Workers | None = None
) -> np.ndarray:
    """Return the places of the rows in order: int32 or int64[rows]; equal rows keep their order."""
    if workers is not None and len(columns[0].values) >= LEAST_ROWS:
        return workers.order(_packed_by(workers, columns, keys))
    parts = [part for c, k in zip(columns, keys, strict=True) for part in key_parts(c, k)]
    return stable_order(packed(parts))


def _packed_by(
    workers: Workers, columns: Sequence[HeldColumn], keys: Sequence[SortKey]
) -> list[np.ndarray]:
    """Return what `packed` makes of the keys' parts, a block of rows at a time.

    So what lies between a column and its words stays in a cache, and takes no memory.
    """
    for column in columns:
        if column.domain is not None and len(column.domain):
            _ = column.domain.ranks  # found once, not by each worker

    def parts_of(first: int, end: int) -> list[np.ndarray]:
        some = slice(first, end)
        pairs = zip(columns, keys, strict=True)
        return [part for c, k in pairs for part in key_parts(c.take(some), k)]

    def measure(morsel: Morsel) -> None:
        for first, end in workers.blocks(morsel):
            limits.append([(part.min(), part.max()) for part in parts_of(first, end)])

    def write(morsel: Morsel) -> None:
        for first, end in workers.blocks(morsel):
            parts = parts_of(first, end)
            for word, array in zip(words, arrays, strict=True):
                word.write(parts, array[first:end])

    rows = len(columns[0].values)
    limits: list[list[tuple[int, int]]] = []
    workers.run(rows, measure)
    least, greatest = np.min(limits, axis=0)[:, 0], np.max(limits, axis=0)[:, 1]
    words = find_words(list(zip(least.tolist(), greatest.tolist(), strict=True)))
    arrays = [BUFFERS.empty(rows) for _ in words]
    workers.run(rows, write)
    return arrays


def arranged(relation: Relation, wanted: Collect, workers: Workers) -> Relation:
    """Return the rows sorted by the keys, and cut, unless they are already."""
    if isinstance(relation, ArrangedRelation):
        return relation
    limit, keys = wanted.limit, wanted.keys
    if wanted.percent is not None:
        limit = int(relation.rows * wanted.percent / 100)
    rows = slice(wanted.offset, None if limit is None else wanted.offset + limit)
    if not keys:
        return relation if rows == slice(0, None) else relation.take(rows)
    columns = key_columns(relation, wanted)
    places = order(columns, keys, workers)
    if wanted.with_ties and limit:
        rows = slice(wanted.offset, _end_of_ties(columns, keys, places, rows.stop))
    shown = {id: c for id, c in relation.columns.items() if id >= 0}
    return workers.take(Relation(relation.rows, shown), places[rows])


def shown_columns(wanted: Collect) -> dict[Expression, int]:
    """Return the ids of columns that are shown as they are: such a key needs none of its own."""
    items = (i for i in wanted.items if isinstance(i.expression, ColumnReference))
    return {item.expression: item.field.id for item in items}


def key_columns(relation: Relation, wanted: Collect) -> list[HeldColumn]:
    """Return the columns -1, -2, ... of the keys, of some of them those that are shown."""
    own, shown = set(relation.columns), shown_columns(wanted)
    ids = [-1 - place for place in range(len(wanted.keys))]
    pairs = zip(ids, wanted.keys, strict=True)
    return [relation.columns[id if id in own else shown[k.expression]] for id, k in pairs]


def _end_of_ties(
    columns: Sequence[HeldColumn], keys: Sequence[SortKey], places: np.ndarray, end: int
) -> int:
    """Return the end of the rows that are equal to the one before `end`."""
    if end >= len(places):
        return len(places)
    parts = [part for c, k in zip(columns, keys, strict=True) for part in key_parts(c, k)]
    differs = np.zeros(len(places) - end, np.bool_)
    for part in parts:
        differs |= part[places[end:]] != part[places[end - 1]]
    return end + int(np.argmax(differs)) if differs.any() else len(places)


def first_rows(relation: Relation, keys: Sequence[int], count: int | None, offset: int) -> Relation:
    """Return rows `offset` to `offset + count` of those that agree in `keys`, in their order."""
    ascending = SortKey(Literal(type=BOOLEAN, nullable=False, value=True), False, False)
    parts = [p for key in keys for p in key_parts(relation.columns[key], ascending)]
    places = np.arange(relation.rows)
    if not parts:
        return relation.take(places[offset : None if count is None else offset + count])
    together = stable_order(parts)
    begins = np.zeros(relation.rows, np.bool_)
    begins[:1] = True
    for part in parts:
        begins[1:] |= part[together][1:] != part[together][:-1]
    within = places - np.maximum.accumulate(np.where(begins, places, 0))
    kept = within >= offset
    if count is not None:
        kept &= within < offset + count
    return relation.take(np.sort(together[kept]))


def key_parts(column: HeldColumn, key: SortKey) -> list[np.ndarray]:
    """Return the arrays to sort by, the most significant first, all ascending."""
    parts = [values_of(column)]
    if column.high is not None:
        lows, sign = column.values, np.int64(-(1 << 63))
        low = _made(lambda piece: lows[piece] ^ sign, lows)  # unsigned order, as signed numbers
        parts = [column.high, low]
    if key.is_descending:
        parts = [_inverted(part) for part in parts]
    nulls = column.nulls
    if nulls is not None:
        parts = [without(nulls, part) for part in parts]
        parts.insert(0, _made(lambda piece: nulls[piece] ^ key.is_nulls_first, nulls))
    return parts


def without(nulls: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Return words, 0 where there is a NULL."""

    def make(piece: slice) -> np.ndarray:
        return np.where(nulls[piece], 0, words[piece])

    return BUFFERS.made(len(words), make, words.dtype)


def _inverted(words: np.ndarray) -> np.ndarray:
    return _made(lambda piece: ~words[piece], words)


def _made(make: Callable[[slice], np.ndarray], like: np.ndarray) -> np.ndarray:
    return BUFFERS.made(len(like), make)


def values_of(column: HeldColumn) -> np.ndarray:
    """Return integers that compare as the column's values do: int64[rows]."""
    if column.domain is not None:
        if not len(column.domain):
            return np.zeros(len(column.values), np.int64)
        ranks, codes, nulls = column.domain.ranks, column.values, column.nulls
        if nulls is None:
            return _made(lambda piece: ranks[codes[piece]], codes)
        return _made(lambda piece: ranks[np.where(nulls[piece], 0, codes[piece])], codes)
    if column.values.dtype.kind != "f":
        is_word = column.values.dtype == np.int64
        return column.values if is_word else BUFFERS.copied(column.values, np.int64)
    return float_order(column.values)


def float_order(values: np.ndarray) -> np.ndarray:
    """Return integers that compare as floats do: -0.0 equals 0.0, NaN is the greatest."""
    return _made(lambda piece: _float_order(values[piece]), values)


def _float_order(values: np.ndarray) -> np.ndarray:
    values = values.astype(np.float64) + 0.0  # makes -0.0 to 0.0
    is_nan = np.isnan(values)
    if is_nan.any():
        values[is_nan] = np.nan
    bits = values.view(np.int64)
    bits ^= (bits >> 63) & np.int64((1 << 63) - 1)
    return bits


def float_of_order(order: np.ndarray) -> np.ndarray:
    """Return the floats of which `float_order` made integers."""
    return np.where(order < 0, order ^ np.int64((1 << 63) - 1), order).view(np.float64)


@dataclass(frozen=True, slots=True)
class Word:
    """A key of 62 bits at most that several parts share, or one part as it is.

    Each of the `fields` is a part by its place, its least value and how many values it may have.
    """

    fields: tuple[tuple[int, int, int], ...]

    @property
    def size(self) -> int:
        """How many values the word may have."""
        return math.prod(size for _, _, size in self.fields)

    def write(self, parts: Sequence[np.ndarray], out: np.ndarray) -> None:
        """Write the words of rows: int64[rows]."""
        (place, least, _), *others = self.fields
        np.subtract(parts[place], least, out=out)
        for place, least, size in others:
            out *= size
            out += parts[place]
            out -= least


def find_words(limits: Sequence[tuple[int, int]]) -> list[Word]:
    """Return the fewest words, in order, for parts between these limits, as many in one as fit."""
    words: list[Word] = []
    for place, (least, greatest) in enumerate(limits):
        size = greatest - least + 1
        if size >= MOST_VALUES:
            words.append(Word(((place, 0, MOST_VALUES),)))
        elif words and words[-1].size * size < MOST_VALUES:
            words[-1] = Word((*words[-1].fields, (place, least, size)))
        else:
            words.append(Word(((place, least, size),)))
    return words


def packed(parts: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the same order with fewer keys, as many in one 62-bit word as fit."""
    if not parts or not len(parts[0]):
        return list(parts[:1])
    arrays = []
    for word in find_words([(int(part.min()), int(part.max())) for part in parts]):
        arrays.append(BUFFERS.empty(len(parts[0])))
        word.write(parts, arrays[-1])
    return arrays
