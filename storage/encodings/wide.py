"""DECIMALs of more than 64 bits: the low and the high words of their scaled integers, as they are.

    12345678901234567890.12    low  0x...   high 0x...    (int64 words of one 128-bit number)

A chunk whose values all fit 64 bits is stored as any integers are; only a chunk that has a wider
one comes here. In memory such values are a structured array, WORDS.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gpudb.storage.encodings.encoded import Array, Encoded, Encoding, Layout, PhysicalColumn
from gpudb.storage.encodings.nullbits import NULL_BITS, pack_nulls, unpack_nulls
from gpudb.storage.statistics import Statistics

WORDS: np.dtype[Any] = np.dtype([("low", "i8"), ("high", "i8")])


def is_wide(values: Array) -> bool:
    """Whether `values` are words of 128 bits."""
    return values.dtype == WORDS


def low_words(values: Array) -> Array:
    """Return the low words: int64[rows]."""
    return np.ascontiguousarray(values["low"]) if is_wide(values) else values.astype(np.int64)


def high_words(values: Array) -> Array:
    """Return the high words: int64[rows]; those of narrow values are their signs."""
    return (
        np.ascontiguousarray(values["high"]) if is_wide(values) else values.astype(np.int64) >> 63
    )


def as_wide(values: Array) -> Array:
    """Return narrow values as words of 128 bits."""
    if is_wide(values):
        return values
    made: Array = np.empty(len(values), WORDS)
    made["low"], made["high"] = low_words(values), high_words(values)
    return made


def numbers(values: Sequence[int]) -> Array:
    """Return integers as int64, or as words of 128 bits where one needs them."""
    if all(-(1 << 63) <= value < 1 << 63 for value in values):
        return np.array(values, np.int64)
    made: Array = np.empty(len(values), WORDS)
    made["low"] = np.array([v & ((1 << 64) - 1) for v in values], np.uint64).view(np.int64)
    made["high"] = np.array([v >> 64 for v in values], np.int64)
    return made


def narrowed(values: Array, nulls: Array | None) -> Array:
    """Return words of 128 bits as int64 where all that are not NULL fit, else as they are."""
    low = np.ascontiguousarray(values["low"])
    high = values["high"]
    if len(low) and high.min() == 0 and high.max() == 0 and low.min() >= 0:
        return low
    is_lost = high != low >> 63
    if nulls is not None:
        is_lost &= ~nulls
    return values if is_lost.any() else low


def bounds(values: Array, nulls: Array | None) -> tuple[int, int]:
    """Return the least and the greatest number of words, some of which is not NULL."""
    if nulls is not None:
        values = values[~nulls]
    high, low = values["high"], values["low"].view(np.uint64)
    least, greatest = int(high.min()), int(high.max())
    return (
        (least << 64) + int(low[high == least].min()),
        (greatest << 64) + int(low[high == greatest].max()),
    )


def layout(*, has_nulls: bool) -> Layout:
    """Return the layout of wide numbers."""
    buffers = (("low", "int64"), ("high", "int64"), NULL_BITS)
    return Layout("wide", buffers, (), "bitmap" if has_nulls else "none")


def estimate(column: PhysicalColumn, statistics: Statistics) -> int | None:
    """Return the bytes of the words; None for numbers of 64 bits."""
    return column.values.nbytes if is_wide(column.values) else None


def encode(column: PhysicalColumn, statistics: Statistics) -> Encoded | None:
    """Part the words of numbers; None for those of 64 bits."""
    if not is_wide(column.values):
        return None
    return encode_as(column, has_nulls=statistics.nulls > 0)


def encode_as(column: PhysicalColumn, *, has_nulls: bool) -> Encoded:
    """Hold numbers of any width in words; the layout has NULLs only if `has_nulls`."""
    values = column.values
    null_bits = pack_nulls(column.nulls, len(column)) if has_nulls else np.zeros(0, np.uint8)
    buffers = (low_words(values), high_words(values), null_bits)
    return Encoded(layout(has_nulls=has_nulls), len(column), buffers, ())


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the numbers as words of 128 bits."""
    low, high, null_bits = encoded.buffers
    values: Array = np.empty(encoded.rows, WORDS)
    values["low"], values["high"] = low, high
    if encoded.layout.nulls == "none":
        return PhysicalColumn(values)
    return PhysicalColumn(values, unpack_nulls(null_bits, encoded.rows))


def wide_at(low: list[int], high: list[int], null_bits: list[int], row: int) -> int:
    """Return the number of a row, 128 bits wide."""
    return wide_of(high[row], low[row])  # type: ignore[name-defined, no-any-return]  # noqa: F821


def wide_is_null_at(low: list[int], high: list[int], null_bits: list[int], row: int) -> bool:
    """Return whether a row is NULL."""
    return (null_bits[row >> 3] >> (row & 7)) & 1 == 1


ENCODING = Encoding("wide", estimate, encode, decode, wide_at, wide_is_null_at)
