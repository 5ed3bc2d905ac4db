"""Where many threads keep the states of groups: chosen by how many there are.

registers      each thread its own, merged by warps and then by blocks
block tables   in shared memory, merged once a block
one table      in the GPU's memory, changed by atomics: as large as its cache
partitions     rows are dealt to partitions first, so that each one's part of the table fits
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum

from gpudb.kernels.sinks.block import MOST_BLOCK_BYTES
from gpudb.kernels.sinks.group_part import GroupPart
from gpudb.kernels.sinks.operations import ADD_WIDE, KEY
from gpudb.records import dataclass

# Each row changes the registers of all groups, one of them by more than nothing.
MOST_REGISTER_GROUPS = 8
MOST_REGISTER_WORDS = 24
WORD_BYTES = 8


class Tier(Enum):
    """Where the states of groups lie."""

    REGISTERS = "registers"
    BLOCK = "block tables"
    TABLE = "one table"
    PARTITIONS = "partitions"


@dataclass(frozen=True)
class Crowd:
    """The threads that share memory: in how many blocks, and what cache they have together.

    `groups` is how many groups are expected, and `least_groups` how many there are known to be,
    since tables were too small for fewer. Outputs may take `room_bytes` before it is known how many
    there are. Of groups that do not fit the memory, only a `part` is made at a time.
    """

    blocks: int
    threads: int
    cache_bytes: int
    groups: float | None = None
    least_groups: int = 0
    room_bytes: int = 0
    part: GroupPart | None = None

    def shared_out(self, groups: float) -> int:
        """Return how many of so many groups are expected in the part that is made."""
        return math.ceil(groups / (1 if self.part is None else self.part.count))


@dataclass(frozen=True)
class Choice:
    """A tier, and in words why."""

    tier: Tier
    reason: str

    @property
    def text(self) -> str:
        """Return how EXPLAIN shows it."""
        return f"{self.tier.value}: {self.reason}"


def choose_direct(
    places: int,
    operations: Sequence[int],
    cache_bytes: int,
    part: GroupPart | None = None,
) -> Choice:
    """Choose for groups whose places are known: `places` of them, with words of `operations`."""
    changed = sum(1 if number != ADD_WIDE else 2 for number in operations if number != KEY)
    shown = f"{places:,} group{'s' if places > 1 else ''} of {len(operations)} words"
    is_few = places <= MOST_REGISTER_GROUPS and places * changed <= MOST_REGISTER_WORDS
    # Blocks merge what is in registers, and keep what has no form there.
    fits = places * len(operations) * WORD_BYTES <= MOST_BLOCK_BYTES
    if fits and (places == 1 or is_few):
        return Choice(Tier.REGISTERS, shown)
    return choose_table(places, len(operations), cache_bytes, shown, part)


def choose_table(
    places: int, words: int, cache_bytes: int, shown: str, part: GroupPart | None = None
) -> Choice:
    """Choose for a table of `places` groups of so many words, or of a part of them."""
    table_bytes = places * words * WORD_BYTES
    if table_bytes <= MOST_BLOCK_BYTES:
        return Choice(Tier.BLOCK, f"{shown} are {table_bytes:,} bytes")
    if table_bytes <= cache_bytes:
        return Choice(Tier.TABLE, f"{shown} fit a cache of {cache_bytes:,} bytes")
    if part is not None:  # there is no memory for rows that are dealt
        return Choice(Tier.TABLE, f"{shown} are one of {part.count} parts")
    return Choice(Tier.PARTITIONS, f"{shown} exceed a cache of {cache_bytes:,} bytes")


def choose_hashed(groups: int, places: tuple[int, int], words: int, crowd: Crowd) -> Choice:
    """Choose for some `groups` of so many `words` with the key's.

    They are hashed to `places` of a block's table or of one for all.
    """
    shown = f"some {groups:,} group{'s' if groups > 1 else ''} of {words} words"
    if 0 < groups <= crowd.shared_out(crowd.least_groups):
        shown = f"more than {groups // 4:,} groups"
    in_block = choose_table(places[0], words, crowd.cache_bytes, shown, crowd.part)
    if in_block.tier is Tier.BLOCK:
        return in_block
    return choose_table(places[1], words, crowd.cache_bytes, shown, crowd.part)
