"""Memory of a GPU that was given up while launches may still use it: free once they have ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpudb.devices.gpu import Allocation


class Retired:
    """What was given up since the host last waited for the launches that had begun."""

    def __init__(self) -> None:
        self._held: list[Allocation] = []
        self._begun = self._done = 0
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._held)

    def launching(self) -> None:
        """Note that a launch is about to begin."""
        with self._lock:
            self._begun += 1

    def add(self, allocation: Allocation) -> None:
        """Hold memory until the launches so far have ended."""
        with self._lock:
            if self._begun > self._done:
                self._held.append(allocation)

    def wait(self, synchronize: Callable[[], None]) -> None:
        """Wait for the launches so far, and let go of what they may have used."""
        with self._lock:
            begun, held = self._begun, self._held
            self._held = []
        synchronize()
        with self._lock:
            self._done = max(self._done, begun)
        held.clear()
