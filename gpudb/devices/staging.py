"""Copies through memory that a GPU reads and writes by itself, while the host goes on.

to the GPU     two pieces in turn, of which one is filled meanwhile
to the host    what is small shares a piece, so that all of it is under way at once
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gpudb.devices.gpu import Allocation, Bytes, Gpu
from gpudb.devices.occupancy import round_up
from gpudb.records import dataclass

STAGING_BYTES = 4 << 20
# One size, which the pool of such memory always has; each array in it begins a line of the cache.
ARRIVAL_BYTES = 256 << 10
LINE_BYTES = 128


@dataclass
class Stage:
    """A piece of staging memory, and the mark behind the copy that last read it."""

    memory: Bytes
    mark: object = None


class Staging:
    """The pieces of one GPU, taken with its first copy."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._stages: list[Stage] = []

    def prepare(self, size_bytes: int) -> None:
        """Take the pieces, if there is something to copy and they are not there."""
        if not self._stages and size_bytes:
            self._stages = [Stage(self._gpu.staging(STAGING_BYTES)) for _ in range(2)]

    def copy(self, target: Allocation, source: Bytes) -> None:
        """Begin to copy bytes; waits for nothing but a piece that is still read."""
        for begin in range(0, len(source), STAGING_BYTES):
            stage = self._stages[0]
            self._stages.reverse()
            if stage.mark is not None:
                self._gpu.wait(stage.mark)
            piece = source[begin : begin + STAGING_BYTES]
            stage.memory[: len(piece)] = piece
            self._gpu.copy_in(target, begin, stage.memory[: len(piece)])
            stage.mark = self._gpu.mark()


def copy_out(
    gpu: Gpu, pairs: Sequence[tuple[Allocation, Bytes]], synchronize: Callable[[], None]
) -> None:
    """Copy the beginning of memory to arrays of the host, and wait once for all.

    The driver itself waits for a copy to any other memory of the host: so do large arrays.
    """
    arrived: list[tuple[Bytes, Bytes]] = []
    large: list[tuple[Allocation, Bytes]] = []
    if pairs:
        room, begin = gpu.staging(ARRIVAL_BYTES), 0
    for source, host in pairs:
        piece = room[begin : begin + len(host)]
        if len(piece) < len(host):
            large.append((source, host))
            continue
        gpu.copy_out(source, 0, piece)
        arrived.append((host, piece))
        begin += round_up(len(host), LINE_BYTES)
    for source, host in large:
        gpu.copy_out(source, 0, host)
    synchronize()
    for host, piece in arrived:
        host[:] = piece
