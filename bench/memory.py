"""How fast memory is: what a scan that does nothing but read would reach."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

# Far beyond any cache: what is read comes from memory.
READ_BYTES = 1 << 30


class Memory:
    """Reads a large array on some threads.

    NumPy takes the maximum of 64-bit integers, each thread of its own part: less work for a byte
    than any query does.
    """

    def __init__(self, threads: int, size_bytes: int = READ_BYTES) -> None:
        self._parts = np.array_split(np.ones(size_bytes // 8, np.int64), threads)
        self._pool = ThreadPoolExecutor(threads)

    def measure(self) -> float:
        """Return the bytes a second of one reading."""
        began = time.perf_counter()
        list(self._pool.map(np.max, self._parts))
        seconds = time.perf_counter() - began
        return sum(part.nbytes for part in self._parts) / seconds

    def close(self) -> None:
        """Stop the threads."""
        self._pool.shutdown()
