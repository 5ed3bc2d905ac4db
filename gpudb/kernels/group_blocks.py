"""Blocks of memory that groups were dealt to, and the merge of their partitions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.compiler.compiled import Bound
from gpudb.devices.device import Morsel
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.group_kernels import CHUNK_GROUPS, PARTITIONS, Dealt, GroupKernels, Notes

# Partitions of fewer groups are merged several at a time.
MERGED_GROUPS = 1 << 15
# Merged groups lie in pieces of so many; to begin one costs the host some 50 us a block.
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
    """Return ranges of partitions to be merged at a time."""
    groups = sum(int(block.groups.sum()) for block in blocks)
    count = min(PARTITIONS, max(2 * workers, groups // MERGED_GROUPS))
    cuts = [part * PARTITIONS // count for part in range(count + 1)]
    return [Morsel(part, part, cuts[part], cuts[part + 1]) for part in range(count)]


class Merger:
    """Merges partitions of blocks into pieces of memory of its own."""

    def __init__(
        self, kernels: GroupKernels, blocks: Sequence[Dealt], ranges: Sequence[Morsel]
    ) -> None:
        self.kernels = kernels
        self.blocks = blocks
        groups = np.sum([block.groups for block in blocks], axis=0)
        self._group_starts = _starts(groups)
        # At most two thirds of the slots are taken.
        sizes = np.left_shift(1, np.ceil(np.log2(1.5 * groups + 4)).astype(np.int64))
        self._slot_starts = _starts(sizes)
        largest = max(self._count(self._slot_starts, morsel) for morsel in ranges)
        self._slots = BUFFERS.empty(largest, np.int32)
        self._pieces: list[tuple[np.ndarray, np.ndarray]] = []
        self._bound: list[Bound] = []

    def _count(self, starts: np.ndarray, morsel: Morsel) -> int:
        return int(starts[morsel.end] - starts[morsel.first])

    def merge(self, morsel: Morsel) -> None:
        """Merge a range of partitions."""
        self._slots[: self._count(self._slot_starts, morsel)] = 0
        self._make_room(self._count(self._group_starts, morsel))
        for bound in self._bound:
            bound(morsel.first, morsel.end)

    def _make_room(self, groups: int) -> None:
        """Merge into another piece of memory where the present one has no room for so many."""
        pitch = self.kernels.shape.pitch
        if self._pieces:
            words, used = self._pieces[-1]
            if (1 + used[0] + groups) * pitch <= len(words):
                return
        words = BUFFERS.empty(max(1 + groups, PIECE_GROUPS) * pitch)
        used = np.zeros(1, np.int64)
        self._pieces.append((words, used))
        self._bound = [
            self.kernels.merging(block, words, self._slots, self._slot_starts, used)
            for block in self.blocks
        ]

    def pieces(self) -> list[tuple[np.ndarray, int]]:
        """Return the merged groups: numbers begin at 1."""
        pitch = self.kernels.shape.pitch
        return [
            (words[pitch : (1 + int(used[0])) * pitch], int(used[0]))
            for words, used in self._pieces
        ]


def _starts(sizes: np.ndarray) -> np.ndarray:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
