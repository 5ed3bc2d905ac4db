"""Where Arrow's memory comes from while rows are loaded."""

from __future__ import annotations

import os
import threading

import pyarrow as pa

_OWN_POOL, _OTHER_POOL = "mimalloc", "system"


class ArrowMemory:
    """While it is entered, Arrow takes memory from the C library rather than from its mimalloc.

    Batches are freed by other threads, some once their chunk is encoded. mimalloc then gives their
    pages back to the kernel and takes others for the next ones, which the kernel fills with zeros.
    The C library keeps more of them. Who chose a pool keeps it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._replaced: pa.MemoryPool | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._users += 1
            if self._users > 1 or "ARROW_DEFAULT_MEMORY_POOL" in os.environ:
                return
            pool = pa.default_memory_pool()
            if pool.backend_name == _OWN_POOL:
                self._replaced = pool
                pa.set_memory_pool(pa.system_memory_pool())

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if self._users > 0 or self._replaced is None:
                return
            if pa.default_memory_pool().backend_name == _OTHER_POOL:
                pa.set_memory_pool(self._replaced)
            self._replaced = None


ARROW_MEMORY = ArrowMemory()
