"""Columns in huge pages: large arrays of the cache, one behind the other in regions.

    region  |column   |column |free    |column    |column |never written to ...
            |2 MB         |2 MB         |2 MB         |2 MB

A scan of pages of 4 KB waits for their addresses: filters over 20 million rows take 0.8 of the time
in pages of 2 MB. An allocator's memory has some or none of them, as it comes. Arrays share pages,
so that small ones take no more than their bytes; memory goes back with the array. Where the system
has no huge pages, arrays stay where they are.
"""

from __future__ import annotations

import mmap
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gpudb.records import replace
from gpudb.storage.encodings.encoded import Array, Encoded
from gpudb.storage.extents import Extent, Extents, Lease, Region

# Says which memory has huge pages: all, what a process advises, or none.
ENABLED = Path("/sys/kernel/mm/transparent_hugepage/enabled")
# Smaller arrays are left to the allocator.
LEAST_BYTES = 1 << 18
# Arrays are apart by some lines, and more: those that begin at the same place of a page would want
# the same few places of a cache at the same time.
LINE_BYTES, APART_BYTES = 1 << 6, 192


class ColumnRegion(Region):
    """A region in huge pages, whatever its size."""

    least_huge_bytes = 0

    def forget(self, begin: int, size: int) -> None:
        """Give back the pages that no bytes but these lie in."""
        first = -(-begin // mmap.PAGESIZE) * mmap.PAGESIZE
        end = (begin + size) // mmap.PAGESIZE * mmap.PAGESIZE
        if first < end:
            super().forget(first, end - first)


class ColumnLease(Lease):
    """Memory of a column's array: its pages go with it."""

    __slots__ = ()

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if not is_finalizing():
            self._extent.forget()
            super().__del__()


class Pages:
    """Memory for columns; `has_huge` says whether there are huge pages."""

    def __init__(self, *, has_huge: bool) -> None:
        self._has_huge = has_huge
        self._free = Extents()
        self._returned: deque[Extent] = deque()
        self._lock = threading.Lock()

    def settled(self, column: Encoded) -> Encoded:
        """Return a column that nobody else holds, its large arrays in huge pages."""
        if not self._has_huge or column.size_bytes < LEAST_BYTES:
            return column
        return replace(column, buffers=tuple(map(self.moved, column.buffers)))

    def moved(self, array: Array) -> Array:
        """Return a copy of a flat array in huge pages, or the array itself if it is small."""
        if array.nbytes < LEAST_BYTES:
            return array
        extent = self._take(-(-array.nbytes // LINE_BYTES) * LINE_BYTES + APART_BYTES)
        memory = np.asarray(ColumnLease(extent, self._returned))
        copy: Array = memory[: array.nbytes].view(array.dtype)
        copy[:] = array
        copy.flags.writeable = False
        return copy

    def _take(self, size: int) -> Extent:
        with self._lock:
            while self._returned:
                whole = self._free.add(self._returned.popleft())
                if whole.is_whole:
                    self._free.remove(whole)
            found = self._free.take(size)
            if found is None:
                self._free.add(ColumnRegion.of(size).whole)
                found = self._free.take(size)
            assert found is not None
            return found

    def begin_fork(self) -> None:
        """Keep all other threads out while a process is forked off."""
        self._lock.acquire()

    def end_fork(self) -> None:
        """Go on behind a fork."""
        self._lock.release()


def has_huge_pages(enabled: Path = ENABLED) -> bool:
    """Whether the system gives a process huge pages if it advises so."""
    try:
        return hasattr(mmap, "MADV_HUGEPAGE") and "[never]" not in enabled.read_text()
    except OSError:
        return False


PAGES = Pages(has_huge=has_huge_pages())
if hasattr(os, "register_at_fork"):
    end_fork = PAGES.end_fork
    os.register_at_fork(before=PAGES.begin_fork, after_in_parent=end_fork, after_in_child=end_fork)
