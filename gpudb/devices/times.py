"""How long copies to a GPU and launches take, by its own clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field

from gpudb.devices.gpu import Gpu
from gpudb.records import dataclass


@dataclass
class GpuTimes:
    """The seconds of copies to the GPU, and of launches, by its own clock, while it is asked for.

    Each is noted by a stamp before and one behind, which nobody waits for before the sum is read.
    """

    gpu: Gpu
    copies: list[tuple[object, object]] = field(default_factory=list)
    launches: list[tuple[object, object]] = field(default_factory=list)

    @contextmanager
    def noted(self, *, of_copies: bool) -> Iterator[None]:
        """Note what begins inside of the `with`."""
        before = self.gpu.stamp(of_copies=of_copies)
        yield
        pairs = self.copies if of_copies else self.launches
        pairs.append((before, self.gpu.stamp(of_copies=of_copies)))

    @property
    def copy_seconds(self) -> float:
        """How long copies to the GPU took."""
        return sum(self.gpu.seconds_between(*pair) for pair in self.copies)

    @property
    def launch_seconds(self) -> float:
        """How long launches took."""
        return sum(self.gpu.seconds_between(*pair) for pair in self.launches)
