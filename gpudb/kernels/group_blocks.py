"""Blocks of memory that groups were dealt to, and the merge of their partitions."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from gpudb.devices.device import Morsel
from gpudb.kernels.group_kernels import CHUNK_GROUPS, PARTITIONS, Dealt, GroupKernels, Notes

# Partitions of fewer groups are merged several at a time: each call costs the host some 20 us.
MERGED_GROUPS = 1 << 15
ROOM_WORDS = 1 << 21


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


def merge_ranges(groups: np.ndarray, workers: int) -> list[Morsel]:
    """Return ranges of partitions, which have so many groups each, to be merged at a time."""
    count = min(PARTITIONS, max(2 * workers, int(groups.sum()) // MERGED_GROUPS))
    cuts = [part * PARTITIONS // count for part in range(count + 1)]
    return [Morsel(part, part, cuts[part], cuts[part + 1]) for part in range(count)]


class Merger:
    """Merges partitions of blocks into pieces of memory of its own."""

    def __init__(
        self, kernels: GroupKernels, blocks: Sequence[Dealt], groups: np.ndarray, room: Room
    ) -> None:
        self.kernels = kernels
        self.blocks = blocks
        self.groups = groups
        self.room = room
        sizes = np.left_shift(1, np.ceil(np.log2(1.5 * groups + 4)).astype(np.int64))
        self.slot_starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
        self._slots = np.empty(0, np.int32)
        self._pieces: list[tuple[np.ndarray, np.ndarray]] = []

    def merge(self, morsel: Morsel) -> None:
        """Merge a range of partitions."""
        first, end = morsel.first, morsel.end
        size = int(self.slot_starts[end] - self.slot_starts[first])
        if len(self._slots) < size:
            self._slots = np.empty(size, np.int32)
        self._slots[:size] = 0
        piece, used = self._piece(int(self.groups[first:end].sum()))
        for block in self.blocks:
            self.kernels.merge_dealt(first, end, block, piece, self._slots, self.slot_starts, used)

    def _piece(self, groups: int) -> tuple[np.ndarray, np.ndarray]:
        """Return memory with room for so many groups, and how many it has."""
        pitch = self.kernels.shape.pitch
        needed = (1 + groups) * pitch
        if not self._pieces or needed + self._pieces[-1][1][0] * pitch > len(self._pieces[-1][0]):
            words = self.room.take(max(needed, ROOM_WORDS // 4))
            self._pieces.append((words, np.zeros(1, np.int64)))
        return self._pieces[-1]

    def pieces(self) -> list[tuple[np.ndarray, int]]:
        """Return the merged groups: numbers begin at 1."""
        pitch = self.kernels.shape.pitch
        return [
            (words[pitch : (1 + int(used[0])) * pitch], int(used[0]))
            for words, used in self._pieces
        ]


class Room:
    """Large pieces of memory, dealt in small ones: the kernel hands out large ones in large pages,
    each of which costs one fault."""

    def __init__(self) -> None:
        self._free = np.empty(0, np.int64)
        self._lock = threading.Lock()

    def take(self, count: int) -> np.ndarray:
        """Return `count` words."""
        with self._lock:
            if len(self._free) < count:
                self._free = np.empty(max(count, ROOM_WORDS), np.int64)
            taken, self._free = self._free[:count], self._free[count:]
        return taken
