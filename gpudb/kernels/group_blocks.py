"""Blocks of memory that groups were dealt to, and the merge of their partitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gpudb.devices.device import Morsel
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.group_kernels import CHUNK_GROUPS, PARTITIONS, Dealt, GroupKernels, Notes
from gpudb.kernels.held import Relation

# Partitions of fewer groups are merged several at a time.
MERGED_GROUPS = 1 << 15
# So many groups become columns at once: few calls, and still near in a cache.
PIECE_GROUPS = 1 << 17


class Block:
    """Memory of `chunks` chunks, and what kernels note of whose they are."""

    def __init__(self, words: np.ndarray, pitch: int) -> None:
        self.pitch = pitch
        self.words = words
        self.chunks = len(words) // (CHUNK_GROUPS * pitch)
        self.places = np.zeros(PARTITIONS, np.int64)
        self.ends = np.zeros(PARTITIONS, np.int64)
        self.owners = np.empty(self.chunks, np.int64)
        self.used = np.zeros(1, np.int64)

    @property
    def notes(self) -> Notes:
        """What kernels change."""
        return self.places, self.ends, self.owners, self.used

    def has_room(self, groups: int) -> bool:
        """Whether so many groups fit, whatever their partitions."""
        return int(self.used[0]) + chunks_for(groups) <= self.chunks

    def sorted(self) -> Dealt:
        """Return its chunks in the order of their partitions."""
        owners = self.owners[: self.used[0]]
        order = np.argsort(owners.astype(np.uint8), kind="stable")
        starts = np.zeros(PARTITIONS + 1, np.int64)
        np.cumsum(np.bincount(owners, minlength=PARTITIONS), out=starts[1:])
        begins = order * (CHUNK_GROUPS * self.pitch)
        ends = begins + CHUNK_GROUPS * self.pitch
        is_there = starts[1:] > starts[:-1]
        # A partition's last chunk may have free places.
        ends[starts[1:][is_there] - 1] = self.places[is_there]
        groups = np.diff(starts) * CHUNK_GROUPS - (self.ends - self.places) // self.pitch
        return Dealt(self.words, starts, begins, ends, groups)


def chunks_for(groups: int) -> int:
    """Return how many chunks may be begun by so many groups."""
    return min(groups, PARTITIONS + groups // CHUNK_GROUPS)


def merge_ranges(blocks: Sequence[Dealt], workers: int) -> list[Morsel]:
    """Return ranges of partitions to be merged at a time, by all workers.

    They are pieces of one chunk: few partitions are many groups, so that other threads are woken.
    """
    groups = sum(int(block.groups.sum()) for block in blocks)
    count = min(PARTITIONS, max(2 * workers, groups // MERGED_GROUPS))
    cuts = [part * PARTITIONS // count for part in range(count + 1)]
    return [Morsel(part, 0, cuts[part], cuts[part + 1]) for part in range(count)]


class Merger:
    """Merges partitions of blocks in memory of its own, and hands groups on by the piece.

    `make_part` makes columns of the words of a piece, which are used again for the next one: the
    groups never lie beside their columns.
    """

    def __init__(
        self,
        kernels: GroupKernels,
        blocks: Sequence[Dealt],
        ranges: Sequence[Morsel],
        make_part: Callable[[np.ndarray, int], Relation],
    ) -> None:
        self.kernels = kernels
        self.make_part = make_part
        groups = np.sum([block.groups for block in blocks], axis=0)
        self._group_starts = _starts(groups)
        # A third of the slots are taken at most: most groups that are looked up are new.
        sizes = np.left_shift(1, np.ceil(np.log2(3.0 * groups + 4)).astype(np.int64))
        self._slot_starts = _starts(sizes)
        self._slots = BUFFERS.empty(self._largest(self._slot_starts, ranges), np.int32)
        # Numbers begin at 1.
        most = 1 + max(PIECE_GROUPS, self._largest(self._group_starts, ranges))
        most = min(most, 1 + int(self._group_starts[-1]))
        self._words = BUFFERS.empty(most * kernels.shape.pitch)
        self._used = np.zeros(1, np.int64)
        self._parts: list[Relation] = []
        self._bound = [
            kernels.merging(block, self._words, self._slots, self._slot_starts, self._used)
            for block in blocks
        ]

    def _largest(self, starts: np.ndarray, ranges: Sequence[Morsel]) -> int:
        return max(_count(starts, morsel) for morsel in ranges)

    def merge(self, morsel: Morsel) -> None:
        """Merge a range of partitions."""
        self._slots[: _count(self._slot_starts, morsel)] = 0
        groups = 1 + int(self._used[0]) + _count(self._group_starts, morsel)
        if groups * self.kernels.shape.pitch > len(self._words):
            self._hand_on()
        for bound in self._bound:
            bound(morsel.first, morsel.end)

    def _hand_on(self) -> None:
        """Make columns of the groups so far."""
        groups, pitch = int(self._used[0]), self.kernels.shape.pitch
        if groups:
            self._parts.append(self.make_part(self._words[pitch : (1 + groups) * pitch], groups))
        self._used[0] = 0

    def finished(self) -> list[Relation]:
        """Return all groups that were merged."""
        self._hand_on()
        return self._parts


def _count(starts: np.ndarray, morsel: Morsel) -> int:
    return int(starts[morsel.end] - starts[morsel.first])


def _starts(sizes: np.ndarray) -> np.ndarray:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
