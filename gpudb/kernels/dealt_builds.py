"""Builds from collected rows: with an index of all, or, past the memory budget, dealt to parts.

    rows --word--> part number --places--> the rows of each part together, in arrays of BUFFERS

Rows are found at random places, so an index and its rows must lie in memory; dealing reads rows in
their order and writes them at as many places as there are parts, which a disk can do. A part is
indexed when its round begins (`join_parts`): words that a bitmap would find are dealt by ranges,
so that a bitmap finds those of a part, others by their hash.

A pipeline that probes goes over its rows once a part. To deal those to a disk, too, would spare the
parts' tests and cost writing and reading whole rows: docs/decisions.md has the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from gpudb.devices.device import Morsel, check_cancel
from gpudb.kernels.bands import band_index
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.builds import (
    BuildTable,
    DealtIndex,
    HashPart,
    IndexedRelation,
    PackedKey,
    WordBounds,
    WordRange,
    are_wide,
    empty_slots,
    halves,
    index,
    longest_run,
    may_be_bitmap,
    pack,
    part_numbers,
    slots_for,
    word_column,
)
from gpudb.kernels.held import ColumnsInParts, HeldColumn, Relation
from gpudb.kernels.radix import BLOCK_ROWS, MOST_ROWS, Workers
from gpudb.records import dataclass, replace
from gpudb.sql.pipeline import Build

MOST_PARTS = 64
# However little room there is, a part may have this share of the limit: rounds cost time.
LEAST_SHARE = 2
# Ranges of about as many rows each are found by as many words.
SAMPLED_WORDS = 1 << 16


def build_of(
    result: Relation, sink: Build, workers: Workers, limit_bytes: int | None
) -> BuildTable:
    """Return the build of collected rows, whose keys are the columns -1, -2, ...

    Where it would take more than there is of `limit_bytes`, its rows are dealt. Not for None: a GPU
    cuts the index, when a round does not fit.
    """
    if isinstance(result, IndexedRelation):
        return result.table
    keys = [result.columns[-1 - place] for place in range(len(sink.searched))]
    if sink.keys and limit_bytes is not None:
        dealing = find_dealing(result, keys, workers, room_bytes(result, limit_bytes))
        if dealing is not None:
            return dealt(result, keys, dealing, workers)
    rows = Relation(result.rows, {id: c for id, c in result.columns.items() if id >= 0})
    if sink.bands:
        return band_index(rows, keys, [band.comparison for band in sink.bands], workers)
    return index(rows, keys, workers)


def room_bytes(rows: Relation, limit_bytes: int) -> int:
    """Return how many bytes a build may take that is made of `rows`, which go then."""
    size_bytes = rows.size_bytes
    in_memory = max(0, size_bytes - BUFFERS.file_bytes)
    room = min(limit_bytes, BUFFERS.room_bytes + in_memory)
    return max(room, limit_bytes // LEAST_SHARE)


@dataclass(frozen=True)
class Words:
    """The words of rows, which are made of the keys some at a time."""

    keys: tuple[HeldColumn, ...]
    packed: tuple[PackedKey, ...] | None

    def at(self, rows: slice) -> np.ndarray:
        """Return the words of some rows: int64[rows]."""
        return word_column([key.take(rows) for key in self.keys], self.packed)

    def bounds(self, rows: int, workers: Workers) -> WordBounds:
        """Return the least and the greatest word."""
        if len(self.keys) == 1 and self.keys[0].bounds is not None:
            return self.keys[0].bounds.minimum, self.keys[0].bounds.maximum
        found: list[int] = []

        def look(morsel: Morsel) -> None:
            for first, end in workers.blocks(morsel):
                words = self.at(slice(first, end))
                found.extend((int(words.min()), int(words.max())))

        workers.run(rows, look)
        return min(found), max(found)


@dataclass(frozen=True)
class Dealing:
    """How a build's rows are dealt to parts by their words."""

    words: Words
    bounds: WordBounds
    parts: tuple[WordRange | HashPart, ...]
    # The words at which ranges begin, but the first: int64, ascending; None for hashes.
    cuts: np.ndarray | None
    size_bytes: int

    def numbers(self, rows: slice) -> np.ndarray:
        """Return which part each of some rows is of."""
        words = self.words.at(rows)
        if self.cuts is None:
            return part_numbers(words, len(self.parts))
        return np.asarray(np.searchsorted(self.cuts, words, "right"))


def find_dealing(
    relation: Relation, keys: Sequence[HeldColumn], workers: Workers, room: int
) -> Dealing | None:
    """Return how to deal rows by their keys; None where their build has room, or one word."""
    rows, held_bytes = relation.rows, relation.size_bytes
    if not rows or held_bytes + _index_bytes(rows) <= room:
        return None
    columns = halves(keys)
    words = Words(columns, pack(columns))
    least, greatest = words.bounds(rows, workers)
    size = greatest - least + 1
    is_bitmap = words.packed is not None and may_be_bitmap(size, rows)
    size_bytes = held_bytes + (_bitmap_bytes(size, rows) if is_bitmap else _index_bytes(rows))
    if size_bytes <= room:
        return None
    wanted = -(-size_bytes // max(1, room))
    count = min(MOST_PARTS, 1 << (wanted - 1).bit_length())
    cuts = _cuts(words, rows, count) if is_bitmap else None
    if least == greatest or (cuts is not None and not len(cuts)):
        return None
    parts: tuple[WordRange | HashPart, ...]
    if cuts is None:
        parts = tuple(HashPart(number, count) for number in range(count))
    else:
        edges = [None, *cuts.tolist(), None]
        parts = tuple(map(WordRange, edges[:-1], edges[1:]))
    return Dealing(words, (least, greatest), parts, cuts, size_bytes)


def _cuts(words: Words, rows: int, count: int) -> np.ndarray:
    """Return the words at which `count` ranges of about as many rows each begin, or of fewer."""
    some = np.sort(words.at(slice(None, None, max(1, rows // SAMPLED_WORDS))))
    cuts = np.unique(some[np.arange(1, count) * len(some) // count])
    return np.asarray(cuts[cuts > some[0]])


def _index_bytes(rows: int) -> int:
    """Return what slots, chains and words take."""
    return 4 * slots_for(rows) + 12 * rows


def _bitmap_bytes(size: int, rows: int) -> int:
    """Return what bits, ranks and the begins of rows take."""
    return size * 12 // 64 + 4 * rows


def dealt(
    relation: Relation, keys: Sequence[HeldColumn], dealing: Dealing, workers: Workers
) -> BuildTable:
    """Return the build of rows that lie part by part."""
    places, begins = _places(dealing, relation.rows, workers)
    words = replace(
        dealing.words, keys=tuple(_dealt(key, places, workers) for key in dealing.words.keys)
    )
    payload = {}
    columns = relation.columns
    for id in [id for id in columns if id >= 0]:
        whole = columns.pop(id) if isinstance(columns, ColumnsInParts) else columns[id]
        payload[id] = _dealt(whole, places, workers)
    return BuildTable(
        Relation(relation.rows, payload),
        words.keys,
        words.packed,
        DealtIndex(begins, dealing.parts, dealing.size_bytes),
        _longest(dealing, words, begins, workers),
        are_wide(keys),
        word_bounds=dealing.bounds,
    )


def _places(dealing: Dealing, rows: int, workers: Workers) -> tuple[np.ndarray, tuple[int, ...]]:
    """Return each row's place among all parts' rows, in order, and where the parts begin."""
    count = len(dealing.parts)
    numbers = BUFFERS.empty(rows, np.uint8)
    counts = np.zeros((workers.fixed.device.workers, count), np.int64)

    def note(morsel: Morsel) -> None:
        for first, end in workers.blocks(morsel):
            numbers[first:end] = dealing.numbers(slice(first, end))
            counts[morsel.order] += np.bincount(numbers[first:end], minlength=count)

    workers.run(rows, note)
    in_order = counts.T.ravel()  # of each part, piece by piece
    nexts = (np.cumsum(in_order) - in_order).reshape(count, -1).T.copy()
    begins = (*(int(begin) for begin in nexts[0]), rows)
    places = BUFFERS.empty(rows, np.int32 if rows <= MOST_ROWS else np.int64)

    def place(morsel: Morsel) -> None:
        for first, end in workers.blocks(morsel):
            order = np.argsort(numbers[first:end], kind="stable")
            mine = np.bincount(numbers[first:end], minlength=count)
            before = np.cumsum(mine) - mine
            shifts = np.repeat(nexts[morsel.order] - before, mine)
            places[first:end][order] = shifts + np.arange(end - first)
            nexts[morsel.order] += mine

    workers.run(rows, place)
    return places, begins


def _dealt(column: HeldColumn, places: np.ndarray, workers: Workers) -> HeldColumn:
    """Return a column with each row's value at its place."""

    def moved(array: np.ndarray) -> np.ndarray:
        target = BUFFERS.empty(len(array), array.dtype)

        def move(morsel: Morsel) -> None:
            for first, end in workers.blocks(morsel):
                target[places[first:end]] = array[first:end]

        workers.run(len(array), move)
        return target

    return column.mapped(moved)


def _longest(dealing: Dealing, words: Words, begins: Sequence[int], workers: Workers) -> int:
    """Return how many rows share a word at most: all rounds have room for as many matches."""
    if dealing.cuts is not None and _differ(words, begins[-1], dealing.bounds, workers):
        return 1
    longest = 1
    for begin, end in pairwise(begins):
        check_cancel(workers.cancel)
        part = words.at(slice(begin, end))
        if longest > 1 or not _is_unique(part, workers):
            longest = max(longest, longest_run(part, workers))
    return longest


def _differ(words: Words, rows: int, bounds: WordBounds, workers: Workers) -> bool:
    """Whether no two of the words that a bitmap has room for are equal."""
    least, greatest = bounds
    bits = BUFFERS.zeros(-(-(greatest - least + 1) // 64))
    for first in range(0, rows, BLOCK_ROWS):
        check_cancel(workers.cancel)
        some = words.at(slice(first, min(first + BLOCK_ROWS, rows)))
        workers.fixed.set_bits(some, least, bits)
    return int(np.bitwise_count(bits.view(np.uint64)).sum()) == rows


def _is_unique(words: np.ndarray, workers: Workers) -> bool:
    """Whether no two words are equal: an index tells in half the time that sorting takes."""
    following = BUFFERS.empty(len(words), np.int32)
    return not workers.fixed.index_hash(words, empty_slots(len(words)), following)
