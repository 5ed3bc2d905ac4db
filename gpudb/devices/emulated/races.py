"""Finds races: two threads touch one byte, no barrier between them, and one of them writes.

Reads alone, and atomics alone, are no race. A block's stops, barriers and warp collectives alike,
count as barriers of the whole block; between blocks nothing does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.devices.emulated.access import Kind
from gpudb.devices.emulated.fault import KernelError
from gpudb.records import dataclass

Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Touches:
    """Bytes touched: their addresses, by which thread or block, how, by which instruction."""

    byte: Ints
    who: Ints
    kind: Ints
    line: Ints

    def take(self, places: Ints) -> Touches:
        """Return some of them."""
        return Touches(self.byte[places], self.who[places], self.kind[places], self.line[places])


class Races:
    """Watches one launch."""

    def __init__(self, shared: tuple[int, int], sources: Sequence[str]) -> None:
        self.shared = shared
        self.sources = sources
        self.blocks: list[Touches] = []

    def end_phase(self, log: Ints, block: int) -> None:
        """Compare what the threads of a block did since its last stop; raises KernelError."""
        size = log[:, 1] & 255
        total = int(size.sum())
        within = np.arange(total) - np.repeat(np.cumsum(size) - size, size)
        touches = Touches(
            np.repeat(log[:, 0], size) + within,
            np.repeat(log[:, 2], size),
            np.repeat(log[:, 1] >> 8 & 255, size),
            np.repeat(log[:, 1] >> 16, size),
        )
        self._compare(touches, "thread")
        outside = (touches.byte < self.shared[0]) | (touches.byte >= self.shared[1])
        kept = touches.take(np.flatnonzero(outside))
        _, first = np.unique(kept.byte * 4 + kept.kind, return_index=True)
        kept = kept.take(first)
        self.blocks.append(Touches(kept.byte, np.full(len(first), block), kept.kind, kept.line))

    def end(self) -> None:
        """Compare the blocks; raises KernelError."""
        if self.blocks:
            parts = zip(*((b.byte, b.who, b.kind, b.line) for b in self.blocks), strict=True)
            self._compare(Touches(*(np.concatenate(part) for part in parts)), "block")

    def _compare(self, touches: Touches, scope: str) -> None:
        if not len(touches.byte):
            return
        touches = touches.take(np.lexsort((touches.kind, touches.who, touches.byte)))
        byte, who, kind = touches.byte, touches.who, touches.kind
        first = np.flatnonzero(np.r_[True, byte[1:] != byte[:-1]])
        several = np.maximum.reduceat(who, first) != np.minimum.reduceat(who, first)
        least, most = np.minimum.reduceat(kind, first), np.maximum.reduceat(kind, first)
        bad = np.flatnonzero(several & ((least != most) | (least == Kind.WRITE)))
        if len(bad):
            ends = np.r_[first, len(byte)]
            here = touches.take(np.arange(ends[bad[0]], ends[bad[0] + 1]))
            raise KernelError(self._describe(here, scope, len(bad)))

    def _describe(self, here: Touches, scope: str, count: int) -> str:
        pairs = sorted(
            {(int(w), self.sources[k]) for w, k in zip(here.who, here.line, strict=True)}
        )
        shown = "; ".join(f"{scope} {who}: {source}" for who, source in pairs[:4])
        return f"race between {scope}s at {count} bytes, the first: {shown}"
