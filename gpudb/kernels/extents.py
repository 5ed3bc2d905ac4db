"""Memory that is cut into extents: the least that is large enough is taken, neighbours unite.

    region  |given out |idle            |given out    |fresh ...                             |
            an extent is bytes of a region; those that are free are found by size and by place

Knuth, The Art of Computer Programming, volume 1, section 2.5.
"""

from __future__ import annotations

import mmap
import sys
from bisect import bisect_left, insort

import numpy as np

from gpudb.records import dataclass

# Address space that is asked for at once; pages come when they are written to.
REGION_BYTES = 1 << 26
# Of what is larger than this share of a region, each has a region of its own. Huge pages are for
# larger ones: small arrays at regular distances in one would want the same places of a cache.
OWN_SHARE = 2


class Region:
    """A piece of address space; pages of it that were never written to, or given back, are 0."""

    # Elsewhere pages may keep their content, though the system may take them.
    is_zero = sys.platform == "linux"

    def __init__(self, size: int) -> None:
        self.size = size
        # Shared pages, which are the default, would outlive being given back.
        private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS if hasattr(mmap, "MAP_PRIVATE") else None
        self._map = mmap.mmap(-1, size) if private is None else mmap.mmap(-1, size, private)
        if size > REGION_BYTES and hasattr(mmap, "MADV_HUGEPAGE"):
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
