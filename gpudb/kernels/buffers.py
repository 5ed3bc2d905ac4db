"""Large arrays whose memory is used again: fresh pages cost more than what is written to them.

    empty, zeros  ->  an array, whose memory comes back when nobody refers to it any more
    begin_query   ->  how much memory arrays and the cache's columns may take together; memory that
                      the last queries had no use for goes
    keep_at_most  ->  how much memory without an array may be kept
    a pause       ->  all of it goes: a process that waits holds its tables, and nothing beside

Arrays are cut from large pieces of address space (`extents`): what a thousand small arrays leave
serves a large one, so that a query's memory is what it needs at a time, not of every size the most.
Past the budget, once columns have given way, the pieces are temporary files (`file_regions`).

Memory comes back by the end of the last reference, be it a view or an Arrow array over it: what a
user holds is never given out again.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import cycle

import numpy as np
import pyarrow as pa
from numpy.typing import DTypeLike

from gpudb.compiler import c_library
from gpudb.kernels.file_regions import FileRegion, region_bytes
from gpudb.settings import default_memory_limit, default_temp_directory
from gpudb.storage.cache import CACHE, ColumnCache
from gpudb.storage.extents import UNIT_BYTES, Extent, Lease, Pool, Region

# Smaller arrays are left to the allocator, which keeps their memory by itself.
LEAST_BYTES = 1 << 18
LEAST_FILE_BYTES = 1 << 15
# Fewer zeros come from the allocator too: pages that are never touched are never written.
LEAST_ZEROS_BYTES = 1 << 25
# Arrays begin at different places of a page: those that a kernel reads and writes row by row would
# else want the same few places of a cache at the same time.
PAGE_BYTES, SHIFT_BYTES = 1 << 12, 192
# The share of memory_limit that may lie idle.
IDLE_SHARE = 8
# Columns give way to arrays until they have this share of memory_limit.
COLUMNS_SHARE = 2
# The cache is told of another limit once it is so much off.
SLACK_SHARE = 64
# Idle memory goes once no array has been asked for so long: queries in a row, or a page that asks
# anew every few seconds, find it there.
PAUSE_SECONDS = 10.0
# Elements that are computed at once.
PIECE_ROWS = 1 << 16


class Buffers:
    """Memory that was given out before, of `limit_bytes` at most, and files beyond a budget.

    Without a `cache` there is none.
    """

    def __init__(self, limit_bytes: int, cache: ColumnCache | None = None) -> None:
        self._limit_bytes = limit_bytes
        self._budget_bytes = sys.maxsize
        self._folder = default_temp_directory()
        self._cache = cache
        # The bytes that the cache may have at the moment.
        self._columns_limit = 0 if cache is None else cache.memory_limit
        self._memory = Pool(lambda size, _: Region.of(size))
        self._files = Pool(self._new_file)
        self._spilled_bytes = 0
        # Once arrays go to disk, smaller ones do, too.
        self._least_bytes = LEAST_BYTES
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

    def copied(self, array: np.ndarray, dtype: DTypeLike | None = None) -> np.ndarray:
        """Return a copy of an array's elements side by side, of another type if one is given."""
        copy = self.empty(array.size, array.dtype if dtype is None else dtype)
        np.copyto(copy.reshape(array.shape), array, casting="unsafe")
        return copy.reshape(array.shape)

    def made(
        self, count: int, make: Callable[[slice], np.ndarray], dtype: DTypeLike = np.int64
    ) -> np.ndarray:
        """Return what `make` gives for all elements, some at a time: what it needs stays small."""
        whole = self.empty(count, dtype)
        for begin in range(0, count, PIECE_ROWS):
            piece = slice(begin, min(begin + PIECE_ROWS, count))
            whole[piece] = make(piece)
        return whole

    def taken(self, array: np.ndarray, rows: np.ndarray | slice) -> np.ndarray:
        """Return array[rows]."""
        if isinstance(rows, slice) or rows.dtype.kind == "b" or len(rows) <= PIECE_ROWS:
            return array[rows]
        return self.made(len(rows), lambda piece: array[rows[piece]], array.dtype)

    def _array(self, count: int, dtype: DTypeLike, *, is_zero: bool) -> np.ndarray:
        kind = np.dtype(dtype)
        size = count * kind.itemsize
        if size < (LEAST_ZEROS_BYTES if is_zero else min(LEAST_BYTES, self._least_bytes)):
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
            # Most arrays fit beside all columns that there may be.
            if size > self._room_beside_bytes(self._columns_limit) and size > self._room_bytes():
                found = self._files.take(size)
                self._spilled_bytes += size
                self._least_bytes = LEAST_FILE_BYTES
            else:
                found = self._memory.take(size)
                self._share()
            self._note_lease()
            return found

    def _room_beside_bytes(self, columns_bytes: int) -> int:
        return self._budget_bytes - self._memory.given_bytes - columns_bytes

    def _room_bytes(self) -> int:
        """The bytes of arrays that there is room for once columns have given way."""
        columns = 0 if self._cache is None else self._cache.used_bytes
        return self._room_beside_bytes(min(columns, self._budget_bytes // COLUMNS_SHARE))

    def _share(self) -> None:
        """Leave columns what arrays have not taken, and what is idle what neither has."""
        if self._cache is None:
            return
        slack = self._budget_bytes // SLACK_SHARE
        most = max(0, self._room_beside_bytes(0))
        if self._columns_limit > most or self._columns_limit < most - 2 * slack:
            self._columns_limit = most - slack if self._memory.given_bytes else most
            self._columns_limit = max(0, self._columns_limit)
            self._cache.memory_limit = self._columns_limit
        if self._memory.idle_bytes > slack:
            room = max(0, self._room_beside_bytes(self._cache.used_bytes))
            if self._memory.idle_bytes > room:
                self._memory.keep(room)

    def _new_file(self, size: int, before_bytes: int) -> Region:
        return FileRegion(region_bytes(size, before_bytes), self._folder, size)

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
            extent = self._returned.popleft()
            (self._files if extent.region.is_file else self._memory).give_back(extent)
        for pool in (self._memory, self._files):
            if pool.idle_bytes > self._limit_bytes:
                pool.keep(self._limit_bytes)

    def begin_query(
        self, limit_bytes: int, budget_bytes: int = sys.maxsize, folder: str | None = None
    ) -> None:
        """Set how many bytes may lie idle and how many may be used, and where files are made.

        Gives back what is more, or has lain long.
        """
        with self._lock:
            self._limit_bytes, self._budget_bytes = limit_bytes, budget_bytes
            self._least_bytes = LEAST_BYTES
            self._take_back()
            wanted = folder or default_temp_directory()
            if wanted != self._folder:
                # Arrays keep their files in the other one; nothing new goes there.
                self._files.retire()
                self._folder = wanted
            if self._cache is not None:
                self._columns_limit = self._cache.memory_limit = budget_bytes
            self._share()
            self._memory.begin_query()
            self._files.begin_query()

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
                if not self._leases and not self._memory.idle_bytes + self._files.idle_bytes:
                    self._watch = None
                    return
            time.sleep(PAUSE_SECONDS)

    @property
    def idle_bytes(self) -> int:
        """The bytes that no array has."""
        with self._lock:
            self._take_back()
            return self._memory.idle_bytes + self._files.idle_bytes

    @property
    def room_bytes(self) -> int:
        """The bytes that arrays may still take before they go to disk."""
        with self._lock:
            self._take_back()
            return max(0, self._room_bytes())

    @property
    def file_bytes(self) -> int:
        """The bytes of arrays that lie on disk."""
        with self._lock:
            self._take_back()
            return self._files.given_bytes

    @property
    def spilled_bytes(self) -> int:
        """The bytes of all arrays that ever lay on disk."""
        return self._spilled_bytes

    def begin_fork(self) -> None:
        """Leave files to the arrays over them: parent and child would write to the same pages.

        No other thread is in here until `end_fork`, which parent and child call: there it would
        never leave.
        """
        self._lock.acquire()
        self._take_back()
        self._files.retire()

    def end_fork(self) -> None:
        """Go on behind a fork."""
        self._lock.release()


def give_back_free() -> None:
    """Let Arrow, and the C library where it can, give back what they hold of free memory."""
    pa.default_memory_pool().release_unused()
    trim = getattr(c_library.process(), "malloc_trim", None)
    if trim is not None:
        trim(0)


BUFFERS = Buffers(default_memory_limit() // IDLE_SHARE, CACHE)
if hasattr(os, "register_at_fork"):
    end_fork = BUFFERS.end_fork
    os.register_at_fork(
        before=BUFFERS.begin_fork, after_in_parent=end_fork, after_in_child=end_fork
    )
