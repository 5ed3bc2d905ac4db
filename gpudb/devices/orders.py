"""Sorts of one GPU, by its library: of the host's arrays, and of those that lie there already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gpudb.devices.gpu import Allocation, OutOfGpuMemoryError

if TYPE_CHECKING:
    from gpudb.devices.memory import GpuMemory

# A sort holds its keys twice, one of them once more in order, and numbers of rows besides.
SORT_COPIES = 2


class GpuOrders:
    """Sorts within the budget of a GPU's memory."""

    def __init__(self, memory: GpuMemory) -> None:
        self.memory = memory

    def order(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the row numbers in the order of the host's `parts`."""
        memory, places = self.memory, np.empty(len(parts[0]), np.int64)
        memory.own(places)
        try:
            words = [memory.place(np.asarray(part, np.int64)) for part in parts]
            self._begin(words, places)
            memory.pull([places])
        finally:
            memory.release(places)
        return places

    def order_there(self, words: Sequence[np.ndarray], places: np.ndarray) -> None:
        """Begin to write the row numbers in the order of `words`, all arrays being owned."""
        self._begin([self.memory.resident(word) for word in words], places)

    def _begin(self, words: Sequence[Allocation], places: np.ndarray) -> None:
        memory, count = self.memory, len(places)
        wanted = 8 * count * (SORT_COPIES * len(words) + 2)
        with memory.reserved(wanted), memory.guarded(), memory.noted(of_copies=False):
            memory.retired.launching()
            gpu = memory.gpu
            try:
                gpu.order(words, count, memory.resident(places), gpu.mark())
            except OutOfGpuMemoryError:
                raise memory.too_large(wanted) from None
