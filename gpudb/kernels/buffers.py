"""Large arrays whose memory is used again: fresh pages cost more than what is written to them.

    empty, zeros  ->  an array, whose memory comes back when nobody refers to it any more
    keep_at_most  ->  how much memory without an array may be kept
    begin_query   ->  the same, and memory that the last queries had no use for goes
    a pause       ->  all of it goes: a process that waits holds its tables, and nothing beside

Memory comes back by the end of the last reference, be it a view or an Arrow array over it: what a
user holds is never given out again.
"""

from __future__ import annotations

import threading
import time
from collections import deque

import numpy as np
import pyarrow as pa
from numpy.typing import DTypeLike

from gpudb.compiler import c_library
from gpudb.settings import default_memory_limit

# Smaller arrays are left to the allocator, which keeps their memory by itself.
LEAST_BYTES = 1 << 18
# Fewer zeros come from the allocator too: pages that are never touched are never written.
LEAST_ZEROS_BYTES = 1 << 25
# Idle memory goes once so many queries in a row have had no use for it.
IDLE_QUERIES = 16
# The share of memory_limit that may lie idle.
IDLE_SHARE = 8
# Idle memory goes once no array has been asked for so long: queries in a row, or a page that asks
# anew every few seconds, find it there.
PAUSE_SECONDS = 10.0


class Lease:
    """Memory that is given out: the array over it is the only one that refers to this."""

    __slots__ = ("__array_interface__", "_memory", "_returned")

    def __init__(self, memory: np.ndarray, returned: deque[np.ndarray]) -> None:
        self.__array_interface__ = memory.__array_interface__
        self._memory = memory
        self._returned = returned

    def __del__(self) -> None:
        # No lock: this may be called in any thread and at any moment.
        self._returned.append(self._memory)


class Buffers:
    """Memory that was given out before, of `limit_bytes` at most; what came back first goes."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        # By size, each with the numbers of its coming back and of the query then; last stands last.
        self._idle: dict[int, deque[tuple[int, int, np.ndarray]]] = {}
        self._count = 0
        self._idle_bytes = 0
        self._query = 0
        self._returned: deque[np.ndarray] = deque()
        self._lock = threading.Lock()
        # Arrays that are given out, when one was asked for last, and who waits for a pause.
        self._leases = 0
        self._asked = 0.0
        self._watch: threading.Thread | None = None

    def empty(self, count: int, dtype: DTypeLike = np.int64) -> np.ndarray:
        """Return an array of undefined content."""
        return self._array(count, dtype, is_zero=False)

    def zeros(self, count: int, dtype: DTypeLike = np.int64) -> np.ndarray:
        """Return an array of zeros."""
        return self._array(count, dtype, is_zero=True)

    def repeated(self, elements: np.ndarray, count: int) -> np.ndarray:
        """Return an array of `count` elements, one or some that are repeated."""
        array = self.empty(count, elements.dtype)
        done = min(count, len(elements))
        array[:done] = elements[:done]
        while done < count:
            size = min(done, count - done)
            array[done : done + size] = array[:size]
            done += size
        return array

    def joined(self, parts: list[np.ndarray]) -> np.ndarray:
        """Return the elements of all parts, at least one, in an array of the first one's type."""
        whole = self.empty(sum(map(len, parts)), np.result_type(*parts))
        return np.concatenate(parts, out=whole)

    def _array(self, count: int, dtype: DTypeLike, *, is_zero: bool) -> np.ndarray:
        kind = np.dtype(dtype)
        size = count * kind.itemsize
        if size < (LEAST_ZEROS_BYTES if is_zero else LEAST_BYTES):
            return np.zeros(count, kind) if is_zero else np.empty(count, kind)
        memory = self._find(_rounded(size))
        if memory is not None:
            array = np.asarray(Lease(memory, self._returned))[:size].view(kind)
            if is_zero:
                array[:] = 0
            return array
        make = np.zeros if is_zero else np.empty
        lease = Lease(make(_rounded(size), np.uint8), self._returned)
        return np.asarray(lease)[:size].view(kind)

    def _find(self, size: int) -> np.ndarray | None:
        """Return idle memory of that size: what came back last may still be in a cache."""
        with self._lock:
            self._take_back()
            self._leases += 1
            self._asked = time.monotonic()
            # Of a process that was forked, no thread lives on but the one that did it.
            if self._watch is None or not self._watch.is_alive():
                self._watch = threading.Thread(
                    target=self._wait_for_pause, name="gpudb-idle-memory", daemon=True
                )
                self._watch.start()
            memories = self._idle.get(size)
            if not memories:
                return None
            self._idle_bytes -= size
            return memories.pop()[-1]

    def _take_back(self) -> None:
        while self._returned:
            memory = self._returned.popleft()
            self._count += 1
            self._leases -= 1
            idle = self._idle.setdefault(len(memory), deque())
            idle.append((self._count, self._query, memory))
            self._idle_bytes += len(memory)
        while self._idle_bytes > self._limit_bytes:
            self._drop(self._oldest)

    @property
    def _oldest(self) -> deque[tuple[int, int, np.ndarray]]:
        """Idle memories of one size, of which the first came back before all others."""
        return min(filter(None, self._idle.values()), key=lambda same: same[0][0])

    def _drop(self, idle: deque[tuple[int, int, np.ndarray]]) -> None:
        *_, memory = idle.popleft()
        self._idle_bytes -= len(memory)

    def begin_query(self, limit_bytes: int) -> None:
        """Set how many bytes may lie idle, and give back what is more, or has lain long."""
        with self._lock:
            self._query += 1
            self._limit_bytes = limit_bytes
            self._take_back()
            while self._idle_bytes and self._query - self._oldest[0][1] > IDLE_QUERIES:
                self._drop(self._oldest)

    def keep_at_most(self, limit_bytes: int) -> None:
        """Set how many bytes may lie idle, and give back what is more."""
        with self._lock:
            self._limit_bytes = limit_bytes
            self._take_back()

    def clear(self) -> None:
        """Give back all that lies idle."""
        limit_bytes = self._limit_bytes
        self.keep_at_most(0)
        self.keep_at_most(limit_bytes)

    def _wait_for_pause(self) -> None:
        """Give back what lies idle at each pause, until no array is given out any more."""
        seen = 0.0
        while True:
            with self._lock:
                asked = self._asked
            pause = asked + PAUSE_SECONDS - time.monotonic()
            if pause > 0.0:
                time.sleep(pause)
                continue
            if asked > seen or self.idle_bytes:
                self.clear()
                give_back_free()
                seen = asked
            with self._lock:
                if not self._leases and not self._idle_bytes:
                    self._watch = None
                    return
            time.sleep(PAUSE_SECONDS)

    @property
    def idle_bytes(self) -> int:
        """The bytes that no array has."""
        with self._lock:
            self._take_back()
            return self._idle_bytes


def _rounded(size: int) -> int:
    """Return a size of which there are eight between a power of two and the next."""
    step = 1 << max(0, size.bit_length() - 4)
    return -(-size // step) * step


def give_back_free() -> None:
    """Let Arrow, and the C library where it can, give back what they hold of free memory."""
    pa.default_memory_pool().release_unused()
    trim = getattr(c_library.process(), "malloc_trim", None)
    if trim is not None:
        trim(0)


BUFFERS = Buffers(default_memory_limit() // IDLE_SHARE)
