"""Memory that is cut into extents: the least that is large enough is taken, neighbours unite.

    region  |given out |idle            |given out    |fresh ...                             |
            an extent is bytes of a region; those that are free are found by size and by place

Knuth, The Art of Computer Programming, volume 1, section 2.5.
"""

from __future__ import annotations

import mmap
import sys
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from weakref import WeakSet

import numpy as np

from gpudb.errors import OperationalError
from gpudb.records import dataclass

# Address space that is asked for at once; pages come when they are written to.
REGION_BYTES = 1 << 26
# Of what is larger than this share of a region, each has a region of its own.
OWN_SHARE = 2
# Sizes are multiples of this: of what lies idle less is too small for anything.
UNIT_BYTES = 1 << 14
# Idle memory goes once so many queries in a row have had no use for it.
IDLE_QUERIES = 16


class Region:
    """A piece of address space; pages of it that were never written to, or given back, are 0."""

    # Larger ones are in huge pages: small arrays at regular distances in one would want the same
    # places of a cache.
    least_huge_bytes = REGION_BYTES
    # Elsewhere pages may keep their content, though the system may take them.
    is_zero = sys.platform == "linux"
    is_file = False
    # Whether its bytes are given out no more: another process may see them, or they are elsewhere
    # than what comes shall be.
    is_retired = False

    def __init__(self, size: int) -> None:
        self.size = size
        # Shared pages, which are the default, would outlive being given back.
        private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS if hasattr(mmap, "MAP_PRIVATE") else None
        try:
            self._map = mmap.mmap(-1, size) if private is None else mmap.mmap(-1, size, private)
        except OSError as error:
            raise OperationalError(
                f"the system refuses a query {size:,} bytes of memory ({error.strerror}): SET "
                "memory_limit to less, past which queries use disk"
            ) from error
        if size > self.least_huge_bytes and hasattr(mmap, "MADV_HUGEPAGE"):
            self._advise(mmap.MADV_HUGEPAGE, 0, size)
        self.bytes: np.ndarray = np.frombuffer(self._map, np.uint8)

    @classmethod
    def of(cls, size: int) -> Region:
        """Return a region that has room for so many bytes."""
        return cls(size if size > REGION_BYTES // OWN_SHARE else REGION_BYTES)

    @property
    def whole(self) -> Extent:
        """All of it."""
        return Extent(self, 0, self.size)

    def reserve(self, begin: int, size: int) -> None:
        """See to it that some bytes may be written: memory is there until it is written to."""

    def forget(self, begin: int, size: int) -> None:
        """Give the pages of some bytes back."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._advise(mmap.MADV_DONTNEED, begin, size)

    def _advise(self, what: int, begin: int, size: int) -> None:
        try:
            self._map.madvise(what, begin, size)
        except OSError:
            # Advice: a kernel without huge pages takes none.
            if what == mmap.MADV_DONTNEED:
                raise


@dataclass(eq=False)
class Extent:
    """Bytes `begin` to `begin + size` of a region."""

    region: Region
    begin: int
    size: int

    @property
    def array(self) -> np.ndarray:
        """The bytes."""
        return self.region.bytes[self.begin : self.begin + self.size]

    @property
    def is_whole(self) -> bool:
        """Whether this is all of the region."""
        return self.size == self.region.size

    def forget(self) -> None:
        """Give its pages back."""
        self.region.forget(self.begin, self.size)

    def cut(self, size: int) -> Extent:
        """Return the first `size` bytes; what is left stays."""
        first = Extent(self.region, self.begin, size)
        self.begin += size
        self.size -= size
        return first


# A size, the region, and the first byte.
Entry = tuple[int, int, int]


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


class Extents:
    """Free extents: no two of them are neighbours."""

    def __init__(self) -> None:
        self._by_size: list[Entry] = []
        # By region and first byte, and by region and the byte behind the last.
        self._by_begin: dict[tuple[int, int], Extent] = {}
        self._by_end: dict[tuple[int, int], Extent] = {}
        self.size_bytes = 0

    def add(self, extent: Extent) -> Extent:
        """Add an extent; return it with those beside it."""
        region, begin, end = id(extent.region), extent.begin, extent.begin + extent.size
        for beside in (self._by_end.get((region, begin)), self._by_begin.get((region, end))):
            if beside is not None:
                self.remove(beside)
                extent.begin = min(extent.begin, beside.begin)
                extent.size += beside.size
        self._insert(extent)
        return extent

    def _insert(self, extent: Extent) -> None:
        region = id(extent.region)
        insort(self._by_size, (extent.size, region, extent.begin))
        self._by_begin[region, extent.begin] = extent
        self._by_end[region, extent.begin + extent.size] = extent
        self.size_bytes += extent.size

    def remove(self, extent: Extent) -> None:
        """Take all of an extent."""
        region = id(extent.region)
        del self._by_size[bisect_left(self._by_size, (extent.size, region, extent.begin))]
        del self._by_begin[region, extent.begin]
        del self._by_end[region, extent.begin + extent.size]
        self.size_bytes -= extent.size

    def take(self, size: int) -> Extent | None:
        """Return bytes of the least extent that has so many."""
        place = bisect_left(self._by_size, (size, 0, 0))
        if place == len(self._by_size):
            return None
        _, region, begin = self._by_size[place]
        return self._taken(self._by_begin[region, begin], size)

    def take_of_largest(self, size: int) -> Extent:
        """Return bytes of the largest extent, so many at most."""
        largest, region, begin = self._by_size[-1]
        return self._taken(self._by_begin[region, begin], min(size, largest))

    def _taken(self, extent: Extent, size: int) -> Extent:
        self.remove(extent)
        if extent.size == size:
            return extent
        first = extent.cut(size)
        self._insert(extent)
        return first


class Pool:
    """One kind of memory: what is idle, which was written to, and what is fresh."""

    def __init__(self, new_region: Callable[[int, int], Region]) -> None:
        """`new_region` takes a size, at least, and the bytes of the regions before it."""
        self._new_region = new_region
        self._regions: WeakSet[Region] = WeakSet()
        self._idle = Extents()
        self._fresh = Extents()
        self.given_bytes = 0
        # The queries since idle memory was last looked at, and how little of it there was then.
        self._queries = self._least_idle_bytes = 0

    @property
    def idle_bytes(self) -> int:
        """The bytes that were written to, and have no array."""
        return self._idle.size_bytes

    @property
    def fresh_bytes(self) -> int:
        """The bytes of address space that have no pages."""
        return self._fresh.size_bytes

    def take(self, size: int) -> tuple[Extent, bool]:
        """Return memory of that size, and whether it has no pages yet.

        Raises OperationalError where there is none.
        """
        found = self._idle.take(size)
        self._note_idle()
        is_fresh = found is None
        if found is None:
            found = self._taken_fresh(size)
        self.given_bytes += size
        return found, is_fresh

    def _taken_fresh(self, size: int) -> Extent:
        found = self._fresh.take(size)
        if found is None:
            before = self.given_bytes + self.idle_bytes + self.fresh_bytes
            region = self._new_region(size, before)
            self._regions.add(region)
            self._fresh.add(region.whole)
            found = self._fresh.take(size)
            assert found is not None
        try:
            found.region.reserve(found.begin, found.size)
        except BaseException:
            self._add_fresh(found)
            raise
        return found

    def give_back(self, extent: Extent) -> None:
        """Take back what no array refers to any more."""
        self.given_bytes -= extent.size
        if not extent.region.is_retired:
            self._idle.add(extent)

    def keep(self, size_bytes: int) -> None:
        """Give back the pages of what is idle beyond that, of the largest extents first."""
        while self._idle.size_bytes > size_bytes:
            more = self._idle.size_bytes - size_bytes
            extent = self._idle.take_of_largest(-(-more // UNIT_BYTES) * UNIT_BYTES)
            extent.forget()
            self._add_fresh(extent)
        self._note_idle()

    def _add_fresh(self, extent: Extent) -> None:
        whole = self._fresh.add(extent)
        if whole.is_whole:
            self._fresh.remove(whole)

    def _note_idle(self) -> None:
        self._least_idle_bytes = min(self._least_idle_bytes, self._idle.size_bytes)

    def begin_query(self) -> None:
        """Give back what none of the last queries had a use for."""
        self._queries += 1
        if self._queries > IDLE_QUERIES:
            self.keep(self._idle.size_bytes - self._least_idle_bytes)
            self._queries, self._least_idle_bytes = 1, self._idle.size_bytes

    def retire(self) -> None:
        """Give nothing out any more of the regions that there are; arrays keep what they have."""
        for region in self._regions:
            region.is_retired = True
        self._regions.clear()
        self._idle, self._fresh = Extents(), Extents()
