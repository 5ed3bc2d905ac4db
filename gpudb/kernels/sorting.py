"""Orders of held rows: sort keys made into integers or floats that compare as SQL wants.

NULLs come as a key of their own before the column's; a descending key is inverted (~ for integers).
Several integer keys whose ranges allow are packed into one, so that one sort does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.radix import Workers, stable_order
from gpudb.sql.expr import Literal, SortKey
from gpudb.storage.types import BOOLEAN


def order(
    columns: Sequence[HeldColumn], keys: Sequence[SortKey], workers: Workers | None = None
) -> np.ndarray:
    """Return the places of the rows in order: int32 or int64[rows]; equal rows keep their order."""
    parts = [part for c, k in zip(columns, keys, strict=True) for part in key_parts(c, k)]
    parts = packed(parts)
    return stable_order(parts) if workers is None else workers.order(parts)


def first_rows(relation: Relation, keys: Sequence[int], count: int | None, offset: int) -> Relation:
    """Return rows `offset` to `offset + count` of those that agree in `keys`, in their order."""
    ascending = SortKey(Literal(type=BOOLEAN, nullable=False, value=True), False, False)
    parts = [p for key in keys for p in key_parts(relation.columns[key], ascending)]
    places = np.arange(relation.rows)
    if not parts:
        return relation.take(places[offset : None if count is None else offset + count])
    together = np.lexsort(parts[::-1])
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
        low = column.values ^ np.int64(-(1 << 63))  # unsigned order, as signed numbers
        parts = [column.high, low]
    if key.is_descending:
        parts = [~part for part in parts]
    if column.nulls is not None:
        parts = [np.where(column.nulls, 0, part) for part in parts]
        first = column.nulls if not key.is_nulls_first else ~column.nulls
        parts.insert(0, first.astype(np.int64))
    return parts


def values_of(column: HeldColumn) -> np.ndarray:
    """Return integers that compare as the column's values do: int64[rows]."""
    if column.domain is not None:
        if not len(column.domain):
            return np.zeros(len(column.values), np.int64)
        codes = column.values
        if column.nulls is not None:
            codes = np.where(column.nulls, 0, codes)
        return np.asarray(column.domain.ranks[codes], np.int64)
    if column.values.dtype.kind != "f":
        return column.values.astype(np.int64, copy=False)
    return float_order(column.values.astype(np.float64, copy=False))


def float_order(values: np.ndarray) -> np.ndarray:
    """Return integers that compare as floats do: -0.0 equals 0.0, NaN is the greatest."""
    values = values + 0.0  # makes -0.0 to 0.0
    is_nan = np.isnan(values)
    if is_nan.any():
        values[is_nan] = np.nan
    bits = values.view(np.int64)
    bits ^= (bits >> 63) & np.int64((1 << 63) - 1)
    return bits


def float_of_order(order: np.ndarray) -> np.ndarray:
    """Return the floats of which `float_order` made integers."""
    return np.where(order < 0, order ^ np.int64((1 << 63) - 1), order).view(np.float64)


def packed(parts: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the same order with fewer keys, as many in one 62-bit word as fit."""
    result: list[np.ndarray] = []
    room = 1
    for part in parts:
        if not len(part):
            return [part]
        least, greatest = int(part.min()), int(part.max())
        size = greatest - least + 1
        if size >= 1 << 62 or room * size >= 1 << 62:
            result.append(part)
            room = 1 << 62
            continue
        offset = part - least
        if result and room < 1 << 62:
            result[-1] = result[-1] * size + offset
            room *= size
        else:
            result.append(offset)
            room = size
    return result
