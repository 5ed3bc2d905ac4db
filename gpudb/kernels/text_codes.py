"""Codes of texts that storage has none for, made by all workers.

    chunk       its texts are read and numbered, those that differ dealt to partitions by hash
    partition   what all chunks have dealt to it is numbered once more, and packed if it is much
    chunk       numbers become codes: those of the first partition, of the second, ...

A chunk's texts are let go once those that differ are copied: all texts are never there at once.
Tables of a partition, and the texts that it compares, stay in a core's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.domains import FEWEST_PACKED, Domain, PackedDomain, TextTable, encode_chunks
from gpudb.kernels.packed_strings import PackedStrings
from gpudb.kernels.radix import Workers
from gpudb.kernels.text_numbers import TextKernels
from gpudb.records import dataclass
from gpudb.storage.encodings.arrays import null_mask

# Of fewer rows Arrow has made codes before the kernels are there.
LEAST_ROWS = 1 << 18
# A partition has about so many rows, and there are at most so many.
PARTITION_ROWS, MOST_PARTITIONS = 1 << 15, 1 << 10


@dataclass(frozen=True, slots=True, eq=False)
class Dealt:
    """A chunk's texts that differ, partition by partition: those of p from `starts[p]` on.

    `numbers` has each row's number among them, from 1 on, 0 for NULL; the text at a place
    had number `order[place] + 1`.
    """

    numbers: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    hashes: np.ndarray
    texts: TextTable


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """The distinct texts of a partition, and the number of each that was dealt, chunk by chunk."""

    texts: pa.Array | PackedStrings
    count: int
    numbers: np.ndarray


def text_codes(
    read: Callable[[int], pa.Array], rows: Sequence[int], workers: Workers
) -> tuple[Domain, list[np.ndarray]]:
    """Return the distinct texts of chunks, and every chunk's codes: int32, -1 for NULL.

    `read` returns the texts of a chunk, which has so many `rows`.
    """
    if sum(rows) < LEAST_ROWS:
        return encode_chunks([read(chunk) for chunk in range(len(rows))])
    kernels, bits = TextKernels(workers.fixed), partition_bits(sum(rows))
    dealt = workers.each(rows, lambda chunk: _dealt(read(chunk), kernels, bits))
    sizes = np.diff([each.starts for each in dealt], axis=1)
    amounts = sizes.sum(axis=0).tolist()
    parts = workers.each(amounts, lambda number: _partition(dealt, number, kernels))
    counts = np.array([part.count for part in parts])
    first_codes = np.cumsum(counts) - counts
    behind = np.cumsum(sizes, axis=0)

    def codes(chunk: int) -> np.ndarray:
        edges = zip((behind - sizes)[chunk].tolist(), behind[chunk].tolist(), strict=True)
        pieces = zip(parts, edges, strict=True)
        found = np.concatenate([part.numbers[begin:end] for part, (begin, end) in pieces])
        found += np.repeat((first_codes - 1).astype(np.int32), sizes[chunk])
        return _coded(dealt[chunk], found)

    return _domain(parts), workers.each(rows, codes)


def partition_bits(rows: int) -> int:
    """Return how many bits of a hash tell the partition of so many rows' texts."""
    return min(MOST_PARTITIONS, max(1, rows // PARTITION_ROWS)).bit_length() - 1


def _dealt(strings: pa.Array, kernels: TextKernels, bits: int) -> Dealt:
    """Number a chunk's texts, and copy those that differ partition by partition."""
    texts = TextTable.of(strings.cast(pa.large_string()))
    hashes = kernels.hashes(texts)
    numbers, firsts = kernels.numbers(texts, hashes, null_mask(strings))
    found = hashes[firsts]
    # Of all bits but `bits`, in two steps: no shift is by 64.
    homes = (found.view(np.uint64) >> np.uint64(1) >> np.uint64(63 - bits)).astype(np.uint16)
    order = np.argsort(homes, kind="stable")
    starts = np.zeros((1 << bits) + 1, np.int64)
    np.cumsum(np.bincount(homes, minlength=1 << bits), out=starts[1:])
    return Dealt(numbers, order, starts, found[order], kernels.copied(texts, firsts, order))


def _partition(dealt: Sequence[Dealt], number: int, kernels: TextKernels) -> Partition:
    """Number what all chunks have dealt to a partition; pack its texts where all are many."""
    parts = [(each, *each.starts[number : number + 2].tolist()) for each in dealt]
    hashes = np.concatenate([each.hashes[begin:end] for each, begin, end in parts])
    lengths = [np.diff(each.texts.begins[begin : end + 1]) for each, begin, end in parts]
    begins = np.append(np.int64(0), np.cumsum(np.concatenate(lengths)))
    edges = [(each.texts, *each.texts.begins[[begin, end]]) for each, begin, end in parts]
    data = BUFFERS.joined([texts.data[begin:end] for texts, begin, end in edges])
    texts = TextTable(begins, data)
    numbers, firsts = kernels.numbers(texts, hashes, None)
    strings = kernels.copied(texts, firsts).strings
    if len(firsts) * (len(dealt[0].starts) - 1) < FEWEST_PACKED:
        return Partition(strings, len(firsts), numbers)
    return Partition(PackedStrings.of(strings), len(firsts), numbers)


def _coded(dealt: Dealt, codes: np.ndarray) -> np.ndarray:
    """Return the codes of a chunk's rows; `codes` are those of what it has dealt."""
    by_number = np.empty(len(codes) + 1, np.int32)
    by_number[0] = -1
    by_number[1:][dealt.order] = codes
    codes_of_rows: np.ndarray = by_number[dealt.numbers]
    return codes_of_rows


def _domain(parts: Sequence[Partition]) -> Domain:
    """Return the domain of all partitions' texts, one after the other."""
    if sum(part.count for part in parts) < FEWEST_PACKED:
        strings = (part.texts for part in parts)
        plain = [s.strings() if isinstance(s, PackedStrings) else s for s in strings]
        return Domain(pa.concat_arrays(plain))
    texts = (part.texts for part in parts)
    packed = [t if isinstance(t, PackedStrings) else PackedStrings.of(t) for t in texts]
    return PackedDomain(PackedStrings.joined(packed))
