"""How fast memory is: what a scan that does nothing but read would reach."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np

import gpudb

COPY_BYTES = 1 << 28


class Bandwidth(Protocol):
    """What measures how fast the memory of a device is."""

    def measure(self) -> float:
        """Return the bytes a second of one reading or copy."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


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


class GpuCopies:
    """Copies within a GPU's memory, by the GPU's own clock; a copy reads and writes."""

    def __init__(self, device: str, size_bytes: int = COPY_BYTES) -> None:
        self._connection = gpudb.connect(device=device)
        self._gpu = self._connection.gpu_memory().gpu
        self._size_bytes = size_bytes

    def measure(self) -> float:
        """Return the bytes a second of one copy."""
        return 2 * self._size_bytes / self._gpu.copy_seconds(self._size_bytes)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def open_bandwidth(device: str, threads: int) -> Bandwidth:
    """Return what measures the memory that queries on a device read."""
    return Memory(threads) if device == "cpu" else GpuCopies(device)
