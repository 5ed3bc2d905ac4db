"""Parts of groups: where a table does not fit a device's memory, rounds make some groups each.

A table by direct addressing is cut into ranges of places, one by hashing by the upper bits of the
keys' hashes.
"""

from __future__ import annotations

from gpudb.records import dataclass

# Ranges of places begin at multiples of it, so that bitmaps are cut between words.
PLACES_TOGETHER = 64


@dataclass(frozen=True)
class GroupPart:
    """Of `count` parts of the groups, a power of two, the one of this `number`."""

    number: int
    count: int

    def places_of(self, places: int) -> range:
        """Return which of a table's places are this part's; at least one, if of no key."""
        size = PLACES_TOGETHER * -(-places // (PLACES_TOGETHER * self.count))
        begin = self.number * size
        return range(begin, begin + max(1, min(size, places - begin)))
