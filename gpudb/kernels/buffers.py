"""Large arrays whose memory is used again: fresh pages cost more than what is written to them.

    empty, zeros  ->  an array, whose memory comes back when nobody refers to it any more
    keep_at_most  ->  how much memory without an array may be kept
    begin_query   ->  the same, and memory that the last queries had no use for goes
    a pause       ->  all of it goes: a process that waits holds its tables, and nothing beside

Arrays are cut from large pieces of address space (`extents`): what a thousand small arrays leave
serves a large one, so that a query's memory is what it needs at a time, not of every size the most.

Memory comes back by the end of the last reference, be it a view or an Arrow array over it: what a
user holds is never given out again.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from itertools import cycle

import numpy as np
import pyarrow as pa
from numpy.typing import DTypeLike

from gpudb.compiler import c_library
from gpudb.kernels.extents import Extent, Extents, Region
from gpudb.settings import default_memory_limit

# Smaller arrays are left to the allocator, which keeps their memory by itself.
LEAST_BYTES = 1 << 18
# Fewer zeros come from the allocator too: pages that are never touched are never written.
LEAST_ZEROS_BYTES = 1 << 25
# Sizes are multiples of this: of what lies idle less is too small for anything.
UNIT_BYTES = 1 << 14
# Arrays begin at different places of a page: those that a kernel reads and writes row by row would
# else want the same few places of a cache at the same time.
PAGE_BYTES, SHIFT_BYTES = 1 << 12, 192
# Of idle memory goes what none of so many queries in a row has had a use for.
IDLE_QUERIES = 16
# The share of memory_limit that may lie idle.
IDLE_SHARE = 8
# Idle memory goes once so many queries in a row have had no use for it.
IDLE_QUERIES = 16
# The share of memory_limit that may lie idle.
IDLE_SHARE = 8
# Idle memory goes once no array has been asked for so long: queries in a row, or a page that asks
# anew every few seconds, find it there.
PAUSE_SECONDS = 10.0


class Lease:
    """Memory that is given out: the array over it is the only one that refers to this."""

    __slots__ = ("__array_interface__", "_extent", "_returned")

    def __init__(self, extent: Extent, returned: deque[Extent]) -> None:
        self.__array_interface__ = extent.array.__array_interface__
        self._extent = extent
        self._returned = returned

    def __del__(self) -> None:
        # No lock: this may be called in any thread and at any moment.
        self._returned.append(self._extent)


class Buffers:
    """Memory that was given out before, of `limit_bytes` at most."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        # What has been written to, and what has no pages.
        self._idle = Extents()
        self._fresh = Extents()
        # The queries since idle memory was last looked at, and how little of it there was then.
        self._queries = self._least_idle_bytes = 0
        self._returned: deque[Extent] = deque()
        self._lock = threading.Lock()
        self._shifts = cycle(range(0, PAGE_BYTES, SHIFT_BYTES))
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
        shift = next(self._shifts)
        extent, is_fresh = self._find(-(-(size + shift) // UNIT_BYTES) * UNIT_BYTES)
        array = np.asarray(Lease(extent, self._returned))[shift : shift + size].view(kind)
        if is_zero and not (is_fresh and extent.region.is_zero):
            array[:] = 0
        return array

    def _find(self, size: int) -> tuple[Extent, bool]:
        """Return memory of that size, and whether it has no pages yet."""
        with self._lock:
            self._take_back()
            self._note_lease()
            found = self._idle.take(size)
            self._least_idle_bytes = min(self._least_idle_bytes, self._idle.size_bytes)
            if found is not None:
                return found, False
            found = self._fresh.take(size)
            if found is None:
                self._fresh.add(Region.of(size).whole)
                found = self._fresh.take(size)
                assert found is not None
            return found, True

    def _note_lease(self) -> None:
        self._leases += 1
        self._asked = time.monotonic()
        # Of a process that was forked, no thread lives on but the one that did it.
        if self._watch is None or not self._watch.is_alive():
            self._watch = threading.Thread(
                target=self._wait_for_pause, name="gpudb-idle-memory", daemon=True
            )
            self._watch.start()

    def _take_back(self) -> None:
        while self._returned:
            self._leases -= 1
            self._idle.add(self._returned.popleft())
        self._keep(self._limit_bytes)

    def _keep(self, size_bytes: int) -> None:
        """Give back the pages of what is more, of the largest extents first."""
        while self._idle.size_bytes > size_bytes:
            more = self._idle.size_bytes - size_bytes
            extent = self._idle.take_of_largest(-(-more // UNIT_BYTES) * UNIT_BYTES)
            extent.forget()
            whole = self._fresh.add(extent)
            if whole.is_whole:
                self._fresh.remove(whole)
        self._least_idle_bytes = min(self._least_idle_bytes, self._idle.size_bytes)

    def begin_query(self, limit_bytes: int) -> None:
        """Set how many bytes may lie idle, and give back what is more, or has lain long."""
        with self._lock:
            self._limit_bytes = limit_bytes
            self._take_back()
            self._queries += 1
            if self._queries > IDLE_QUERIES:
                self._keep(self._idle.size_bytes - self._least_idle_bytes)
                self._queries, self._least_idle_bytes = 1, self._idle.size_bytes

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
                if not self._leases and not self._idle.size_bytes:
                    self._watch = None
                    return
            time.sleep(PAUSE_SECONDS)

    @property
    def idle_bytes(self) -> int:
        """The bytes that no array has."""
        with self._lock:
            self._take_back()
            return self._idle.size_bytes


def give_back_free() -> None:
    """Let Arrow, and the C library where it can, give back what they hold of free memory."""
    pa.default_memory_pool().release_unused()
    trim = getattr(c_library.process(), "malloc_trim", None)
    if trim is not None:
        trim(0)


BUFFERS = Buffers(default_memory_limit() // IDLE_SHARE)
