"""Builds: the right sides of joins, as held rows with an index by key.

Keys become one 64-bit word: one key is itself; several are packed by their ranges into one number,
or, where their ranges are too wide, hashed, and then compared key by key at every match.

Where the words' range is not too wide for the rows, the index is a bitmap with ranks: a set bit
says that the key is there, the number of bits before it is the key's place among all keys in order,
and the rows lie in that order. 1.5 bits a key of the range, so it stays in cache where a table of
row numbers would not. Rows of one key stand together from `starts[rank]` on.

Other words are found by open addressing (`slots`), and rows of one key are chained by `following`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

import numpy as np

from gpudb.devices.device import SharedMemory
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.radix import Workers
from gpudb.kernels.ranked_rows import places_of, put_rows
from gpudb.records import dataclass, replace
from gpudb.storage.types import BIGINT

WordBounds = tuple[int, int]
# A bitmap may take 64 bits a row, and a mebibyte besides.
RANGE_ROWS_FACTOR = 64
SMALL_RANGE = 1 << 23


@dataclass(frozen=True)
class PackedKey:
    """How one key enters the packed word: (key - least) * stride; `size` is the keys' range."""

    least: int
    size: int
    stride: int


@dataclass(frozen=True)
class RankIndex:
    """A bitmap of the keys from `least` on: bit `word - least`, 64 in an int64.

    `ranks` are the numbers of bits set before each int64: int32. `starts` says where the rows of
    each key begin, with one more entry at the end: int32, None where every key has one row.
    """

    least: int
    size: int
    bits: np.ndarray
    ranks: np.ndarray
    starts: np.ndarray | None
    distinct: int


@dataclass(frozen=True)
class KeyBits:
    """A bitmap of the values of one key of several: bit `value - least`, 64 in an int64."""

    least: int
    size: int
    bits: np.ndarray
    distinct: int


@dataclass(frozen=True)
class HashIndex:
    """Open addressing: `slots` hold the first row of a word, `following` the next rows, or None.

    A word whose bit among `filter` is not set has no row, where there is one.
    """

    words: np.ndarray
    slots: np.ndarray
    following: np.ndarray | None
    filter: np.ndarray | None = None


@dataclass(frozen=True)
class Bound:
    """What a comparison leaves of rows in order: those from, or up to, a place.

    That is where `words`, int64 and ascending, reach the probe's value (`is_strict`: exceed it).
    """

    words: np.ndarray
    is_begin: bool
    is_strict: bool


@dataclass(frozen=True)
class BandIndex:
    """Rows in the order of one band; a bound for each band, None where it does not help."""

    bounds: tuple[Bound | None, ...]


@dataclass(frozen=True)
class WordRange:
    """A part of a build: the words from `begin` on, below `end`; None where all below or above."""

    begin: int | None
    end: int | None

    @property
    def is_first(self) -> bool:
        """Whether rows without a word are this part's."""
        return self.begin is None


@dataclass(frozen=True)
class HashPart:
    """A part of a build: of `count`, the words whose hash chooses this `number`."""

    number: int
    count: int

    @property
    def is_first(self) -> bool:
        """Whether rows without a word are this part's."""
        return self.number == 0


# The upper bits of a word's hash choose its part, the lower ones its slot.
PART_SHIFT = 58


@dataclass(frozen=True)
class DealtIndex:
    """No index of all rows: they lie part by part, and each is indexed when its round begins.

    Part n has the rows `begins[n]` to `begins[n + 1]` and the words of `parts[n]`. `size_bytes` is
    what the rows and the index of all of them take.
    """

    begins: tuple[int, ...]
    parts: tuple[WordRange | HashPart, ...]
    size_bytes: int


@dataclass(frozen=True)
class BuildTable:
    """A build, ready to be probed.

    `keys` are the key columns, two for a number of 128 bits, as `are_wide` says of each key, and
    without rows where the index is a RankIndex. `packed` is how they make the word (None: hashed),
    `index` is None for a cross join. `longest` is the greatest number of rows that share a key.
    Of a build in parts each has its `part` of the words, and of the probing rows.
    """

    relation: Relation
    keys: tuple[HeldColumn, ...]
    packed: tuple[PackedKey, ...] | None
    index: RankIndex | HashIndex | BandIndex | DealtIndex | None
    longest: int
    are_wide: tuple[bool, ...] = ()
    part: WordRange | HashPart | None = None
    # The least and the greatest word, where they were looked at for a HashIndex or a DealtIndex.
    word_bounds: WordBounds | None = None
    # Where its arrays are, if the host may not have their content.
    memory: SharedMemory | None = None
    # By the key's place, made when a probe first wants them.
    _key_bits: dict[int, KeyBits | None] = field(default_factory=dict, compare=False)

    def on_host(self) -> BuildTable:
        """Return the build once its arrays are on the host."""
        if self.memory is not None:
            index, columns = self.index, self.relation.columns.values()
            assert isinstance(index, RankIndex)
            arrays = [index.bits, index.ranks, index.starts]
            arrays += [array for c in columns for array in (c.values, c.nulls, c.high)]
            self.memory.fetch([array for array in arrays if array is not None])
        return self

    @property
    def is_unique(self) -> bool:
        """Whether no two rows share a key."""
        if isinstance(self.index, RankIndex):
            return self.index.starts is None
        return isinstance(self.index, HashIndex) and self.index.following is None

    def key_bits(self, place: int) -> RankIndex | KeyBits | None:
        """Return a bitmap of the whole numbers of the key at `place`, or None."""
        if len(self.are_wide) == 1:
            return self.index if isinstance(self.index, RankIndex) else None
        if not isinstance(self.index, HashIndex) or self.packed is None or any(self.are_wide):
            return None
        if place not in self._key_bits:
            self._key_bits[place] = mark_values(self.keys[place].values, self.packed[place])
        return self._key_bits[place]

    def key_range(self, place: int) -> WordBounds | None:
        """Return the least and the greatest whole number of the key at `place`, or None.

        They may be further apart than the keys are; of no rows, the least is the greater.
        """
        if not self.relation.rows:
            return 1, 0
        if self.packed is None or any(self.are_wide):
            return None
        if len(self.packed) > 1:
            part = self.packed[place]
            return part.least, part.least + part.size - 1
        if isinstance(self.index, RankIndex):
            return self.index.least, self.index.least + self.index.size - 1
        return self.word_bounds


@dataclass(frozen=True)
class IndexedRelation(Relation):
    """A build's rows that are indexed already."""

    table: BuildTable


def index(relation: Relation, keys: Sequence[HeldColumn], workers: Workers) -> BuildTable:
    """Return the build of `relation`'s rows by `keys`, of which none is NULL."""
    if not keys:
        return BuildTable(relation, (), (), None, relation.rows)
    words = halves(keys)
    made = indexed(relation, words, pack(words), workers)
    return replace(made, are_wide=are_wide(keys))


def are_wide(keys: Sequence[HeldColumn]) -> tuple[bool, ...]:
    """Return whether each key has 128 bits."""
    return tuple(key.high is not None for key in keys)


def halves(keys: Sequence[HeldColumn]) -> tuple[HeldColumn, ...]:
    """Return keys as columns of 64 bits."""
    columns: list[HeldColumn] = []
    for key in keys:
        if key.high is None:
            columns.append(key)
        else:
            columns += (HeldColumn(BIGINT, key.values), HeldColumn(BIGINT, key.high))
    return tuple(columns)


def indexed(
    relation: Relation,
    keys: Sequence[HeldColumn],
    packed: tuple[PackedKey, ...] | None,
    workers: Workers,
) -> BuildTable:
    """Return the build of rows by keys of 64 bits that are `packed` so."""
    rows, words = relation.rows, word_column(keys, packed)
    measured = workers.fixed.measure(words)
    _, least, greatest = measured
    if packed is not None and may_be_bitmap(greatest - least + 1, rows):
        return rank_index(relation, keys, packed, words, measured, workers)
    table, most = hash_index(words, workers)
    return BuildTable(relation, tuple(keys), packed, table, most, word_bounds=(least, greatest))


def hash_index(words: np.ndarray, workers: Workers) -> tuple[HashIndex, int]:
    """Return the open addressing of rows by their words, and how many share a word at most."""
    rows = len(words)
    slots = empty_slots(rows)
    following = BUFFERS.empty(rows, np.int32)
    shared = workers.indexes.index_hash(words, slots, following)
    longest = longest_run(words, workers) if shared else 1
    bits = workers.indexes.filter_of(slots)
    return HashIndex(words, slots, following if shared else None, bits), longest


def slots_for(rows: int) -> int:
    """Return how many slots an index of rows by their words' hashes has."""
    return 1 << max(4, (2 * rows).bit_length())


def empty_slots(rows: int) -> np.ndarray:
    """Return the slots of an index of so many rows, none of which is in it yet: int32."""
    slots = BUFFERS.empty(slots_for(rows), np.int32)
    slots[:] = -1
    return slots


def part_numbers(words: np.ndarray, count: int) -> np.ndarray:
    """Return which of `count` parts, a power of two, each word is of: uint64[rows]."""
    return np.asarray(mix(words.view(np.uint64)) >> np.uint64(PART_SHIFT) & np.uint64(count - 1))


def rank_index(
    relation: Relation,
    keys: Sequence[HeldColumn],
    packed: tuple[PackedKey, ...],
    words: np.ndarray,
    measured: tuple[int | None, int, int],
    workers: Workers,
) -> BuildTable:
    """Return the build with its rows in the order of the keys, found through a bitmap.

    `measured` is how many words are equal at most, None where they do not ascend, then the least
    and the greatest.
    """
    rows, fixed = relation.rows, workers.fixed
    longest, least, greatest = measured
    size = greatest - least + 1
    count = (size + 63) // 64
    bits, ranks = BUFFERS.zeros(count), BUFFERS.empty(count, np.int32)
    distinct = workers.indexes.mark(words, least, bits, ranks)
    if longest is None and distinct == rows:
        relation = put_rows(relation, places_of(words, least, bits, ranks, workers), workers)
        longest = 1
    elif longest is None:
        order = workers.order([words])
        words, relation = workers.taken(words, order), workers.take(relation, order)
        longest = fixed.find_longest_run(words)
        assert longest is not None, "sorted words ascend"
    starts = None
    if longest > 1:
        begins = np.flatnonzero(words[1:] != words[:-1]) + 1
        starts = np.concatenate(([0], begins, [rows])).astype(np.int32)
    index = RankIndex(least, size, bits, ranks, starts, distinct)
    # The rows are found by rank: of the keys only types and domains are asked.
    empty = tuple(key.take(slice(0)) for key in keys)
    return BuildTable(relation, empty, packed, index, max(1, longest))


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
        least = 0 if bounds is None else bounds.minimum
        size = 1 if bounds is None else bounds.maximum - least + 1
        packed.append(PackedKey(least, size, stride))
        stride *= size
    return tuple(reversed(packed)) if stride < 1 << 62 else None


def may_be_bitmap(size: int, rows: int) -> bool:
    """Whether so many values are few enough for a bitmap that finds so many rows."""
    return size <= max(SMALL_RANGE, RANGE_ROWS_FACTOR * rows)


def mark_values(values: np.ndarray, packed: PackedKey) -> KeyBits | None:
    """Return the bitmap of a key's values; None where it would be much larger than they are."""
    if not may_be_bitmap(packed.size, len(values)):
        return None
    marked = np.zeros(-(-packed.size // 64) * 64, np.bool_)
    marked[np.asarray(values, np.int64) - packed.least] = True
    bits = np.packbits(marked, bitorder="little").view(np.int64)
    return KeyBits(packed.least, packed.size, bits, int(np.count_nonzero(marked)))


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
        is_ready = key.values.dtype == np.int64 and key.values.flags.c_contiguous
        return key.values if is_ready else BUFFERS.copied(key.values, np.int64)
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
    return np.asarray(code ^ code >> np.uint64(31))


def longest_run(words: np.ndarray, workers: Workers) -> int:
    """Return how many of the words, in any order, are equal at most."""
    longest = workers.fixed.find_longest_run(np.sort(words))
    assert longest is not None, "sorted words ascend"
    return longest
