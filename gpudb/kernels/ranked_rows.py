"""Rows in the order of keys that no two of them share: a bitmap of the keys tells each row's place.

    word    --bits, ranks-->  place: how many keys are below it
    values  --dealt-->  the block of places that is theirs  --put-->  their places in it

A block of places lies in a core's cache. So values are read in order twice, and written beside each
other at as many ends as there are blocks, then anywhere in one of them: a sort of the words, and
values that are taken at random from all memory, take twice the time (docs/decisions.md).
"""

# The names that nobody defines here are builtins of the kernel language.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

import numpy as np

from gpudb.compiler.language import Entry, Pointer, ValueType
from gpudb.devices.device import Morsel
from gpudb.kernels import library
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.held import Relation
from gpudb.kernels.radix import Workers
from gpudb.records import dataclass, replace

Ints = np.ndarray
# A block of places has 2 ** 16 of them, or more where there would be more than 2 ** 9 blocks.
BLOCK_BITS = 16
MOST_BLOCKS_BITS = 9

INTS, SMALL, INT = Pointer("int64"), Pointer("int32"), ValueType.INT
INDEX = ("first", INT), ("end", INT)
FIND = Entry(
    "find_places",
    (
        *INDEX,
        ("words", INTS),
        ("least", INT),
        ("bits", INTS),
        ("ranks", SMALL),
        ("shift", INT),
        ("places", SMALL),
        ("counts", INTS),
    ),
)


def find_places(  # noqa: PLR0913, PLR0917 (an entry)
    first: int,
    end: int,
    words: Ints,
    least: int,
    bits: Ints,
    ranks: Ints,
    shift: int,
    places: Ints,
    counts: Ints,
) -> int:
    """Write the rank of each word, and count those of each block."""
    for row in range(first, end):
        place = find_rank(bits, ranks, words[row] - least)
        places[row] = place
        counts[place >> shift] = counts[place >> shift] + 1
    return end


def deal_values(
    first: int, end: int, places: Ints, shift: int, ends: Ints, values: Ints, dealt: Ints
) -> int:
    """Write values behind those of their places' blocks that were dealt before."""
    for row in range(first, end):
        block = places[row] >> shift
        there = ends[block]
        ends[block] = there + 1
        dealt[there] = values[row]
    return end


def put_values(first: int, end: int, places: Ints, values: Ints, target: Ints) -> int:
    """Write values at their places."""
    for row in range(first, end):
        target[places[row]] = values[row]
    return end


@dataclass(frozen=True)
class Places:
    """The place of each row, int32; `dealt` are those of the rows as they are dealt to blocks.

    `begins` says where each worker's rows begin in each block: int64[workers, blocks]. Without
    `dealt`, all places are one block.
    """

    of_rows: np.ndarray
    shift: int
    begins: np.ndarray
    dealt: np.ndarray | None


def places_of(
    words: np.ndarray, least: int, bits: np.ndarray, ranks: np.ndarray, workers: Workers
) -> Places:
    """Return the places of words that all differ: how many bits are set before theirs."""
    rows = len(words)
    shift = max(BLOCK_BITS, (rows - 1).bit_length() - MOST_BLOCKS_BITS)
    counts = np.zeros((workers.fixed.device.workers, (rows >> shift) + 1), np.int64)
    places = BUFFERS.empty(rows, np.int32)
    kernel = workers.fixed.kernel(FIND, find_places, (library.find_rank,))

    def find(morsel: Morsel) -> None:
        given = [words, least, bits, ranks, shift, places, counts[morsel.order]]
        kernel.call(FIND.name, [morsel.first, morsel.end, *given])

    workers.run(rows, find)
    in_order = counts.T.ravel()  # of each block, piece by piece
    begins = np.ascontiguousarray((np.cumsum(in_order) - in_order).reshape(counts.T.shape).T)
    found = Places(places, shift, begins, None)
    if counts.shape[1] == 1:
        return found
    return replace(found, dealt=_dealt(places, found, workers))


def put_rows(relation: Relation, places: Places, workers: Workers) -> Relation:
    """Return the rows, each at its place."""

    def put(array: np.ndarray) -> np.ndarray:
        return _put(array, places, workers)

    return Relation(relation.rows, {id: c.mapped(put) for id, c in relation.columns.items()})


def _put(values: np.ndarray, places: Places, workers: Workers) -> np.ndarray:
    """Return values at their places."""
    of_values = places.of_rows
    if places.dealt is not None:
        values, of_values = _dealt(values, places, workers), places.dealt
    target = BUFFERS.empty(len(values), values.dtype)
    source, written = _as_ints(values), _as_ints(target)
    pointer = Pointer(source.dtype.name)
    arrays = (("places", SMALL), ("values", pointer), ("target", pointer))
    kernel = workers.fixed.kernel(Entry("put_values", (*INDEX, *arrays)), put_values)

    def put(morsel: Morsel) -> None:
        kernel.call("put_values", [morsel.first, morsel.end, of_values, source, written])

    workers.run(len(values), put)
    return target


def _dealt(values: np.ndarray, places: Places, workers: Workers) -> np.ndarray:
    """Return values in the order of their places' blocks."""
    target = BUFFERS.empty(len(values), values.dtype)
    source, written, ends = _as_ints(values), _as_ints(target), places.begins.copy()
    pointer = Pointer(source.dtype.name)
    arrays = ("ends", INTS), ("values", pointer), ("dealt", pointer)
    entry = Entry("deal_values", (*INDEX, ("places", SMALL), ("shift", INT), *arrays))
    kernel = workers.fixed.kernel(entry, deal_values)

    def deal(morsel: Morsel) -> None:
        given = [places.of_rows, places.shift, ends[morsel.order], source, written]
        kernel.call(entry.name, [morsel.first, morsel.end, *given])

    workers.run(len(values), deal)
    return target


def _as_ints(array: np.ndarray) -> np.ndarray:
    """Return an array's memory as integers of its elements' size, side by side."""
    return np.ascontiguousarray(array).view(f"i{array.itemsize}")
