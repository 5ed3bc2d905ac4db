"""Copies to a GPU: through two pieces of memory in turn, of which one is filled meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from gpudb.devices.gpu import Allocation, Bytes, Gpu

STAGING_BYTES = 4 << 20


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
