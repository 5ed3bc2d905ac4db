"""Builds: the right sides of joins, as held rows with an index by key.

Keys become one 64-bit word: one key is itself; several are packed by their ranges into one number, or,
where their ranges are too wide, hashed, and then compared key by key at every match. The index is direct
(heads[word - least]) where the words' range is small, else open addressing. Rows of one key are
chained by `following`, unless every key is unique.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import HeldColumn, Relation

DIRECT_ROWS_FACTOR = 16
DIRECT_SMALLEST = 1 << 20


@dataclass(frozen=True)
class PackedKey:
    """How one key enters the packed word: (key - least) * stride; `size` is the keys' range."""

    least: int
    size: int
    stride: int


@dataclass(frozen=True)
class BuildTable:
    """A build, ready to be probed.

    `keys` are the key columns, `packed` how they make the word (None: hashed). `heads` is the direct
    index from `least` on, or else `slots` open addressing over `words`. `following` is None where
    every key is unique. `longest` is the greatest number of rows that share a key.
    """

    relation: Relation
    keys: tuple[HeldColumn, ...]
    packed: tuple[PackedKey, ...] | None
    words: np.ndarray
    least: int
    heads: np.ndarray | None
    slots: np.ndarray | None
    following: np.ndarray | None
    longest: int

    @property
    def is_unique(self) -> bool:
        """Whether no two rows share a key."""
        return self.following is None

    @property
    def index_bytes(self) -> int:
        """The size of the index."""
        parts = (self.heads, self.slots, self.following)
        return sum(p.nbytes for p in parts if p is not None)


def index(relation: Relation, keys: Sequence[HeldColumn], fixed: FixedKernels) -> BuildTable:
    """Return the build of `relation`'s rows by `keys`, of which none is NULL."""
    rows = relation.rows
    if not keys:
        return BuildTable(relation, (), (), np.empty(0, np.int64), 0, None, None, None, rows)
    packed = pack(keys)
    words = word_column(keys, packed)
    following = np.empty(rows, np.int32)
    least, greatest = (int(words.min()), int(words.max())) if rows else (0, -1)
    size = greatest - least + 1
    heads = slots = None
    if packed is not None and size <= max(DIRECT_SMALLEST, DIRECT_ROWS_FACTOR * rows):
        heads = np.full(max(1, size), -1, np.int32)
        shared = fixed.index_direct(words, least, heads, following)
    else:
        slots = np.full(1 << max(4, (2 * rows).bit_length()), -1, np.int32)
        shared = fixed.index_hash(words, slots, following)
    chains = following if shared else None
    longest = 1 if chains is None else _longest(words)
    return BuildTable(relation, tuple(keys), packed, words, least, heads, slots, chains, longest)


def pack(keys: Sequence[HeldColumn]) -> tuple[PackedKey, ...] | None:
    """Return how the keys pack into 62 bits; None where they do not."""
    if len(keys) == 1 and keys[0].values.dtype.kind != "f":
        return (PackedKey(0, 0, 1),)
    packed: list[PackedKey] = []
    stride = 1
    for key in reversed(keys):
        if key.values.dtype.kind == "f":
            return None
        bounds = key.bounds
        least, size = (
            (0, 1)
            if bounds is None
            else (
                bounds.minimum,
                bounds.maximum - bounds.minimum + 1,
            )
        )
        packed.append(PackedKey(least, size, stride))
        stride *= size
    return tuple(reversed(packed)) if stride < 1 << 62 else None


def word_column(keys: Sequence[HeldColumn], packed: tuple[PackedKey, ...] | None) -> np.ndarray:
    """Return the rows' words: int64[rows]."""
    columns = [key_words(key) for key in keys]
    if packed is None:
        return hash_columns(columns)
    if len(columns) == 1:
        return columns[0]
    total = np.zeros(len(columns[0]), np.int64)
    for column, part in zip(columns, packed, strict=True):
        total += (column - part.least) * part.stride
    return total


def key_words(key: HeldColumn) -> np.ndarray:
    """Return a key as 64-bit words; floats as their bits, -0.0 as 0.0, all NaN alike."""
    if key.values.dtype.kind != "f":
        return np.ascontiguousarray(key.values, np.int64)
    values = key.values.astype(np.float64)
    values = np.where(values == 0.0, 0.0, np.where(np.isnan(values), np.nan, values))
    return values.view(np.int64)


def hash_columns(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Return the hashes of rows of words, as the kernels' mix(mix(0 ^ a) ^ b) computes them."""
    code = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        code = mix(code ^ column.view(np.uint64))
    return code.view(np.int64)


def mix(code: np.ndarray) -> np.ndarray:
    """Return the kernels' `mix` of uint64 words: the finaliser of splitmix64."""
    code = (code ^ code >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    code = (code ^ code >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return code ^ code >> np.uint64(31)


def _longest(words: np.ndarray) -> int:
    return int(np.unique(words, return_counts=True)[1].max())
