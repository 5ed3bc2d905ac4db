"""What a GPU's memory tells of itself: SHOW MEMORY shows it."""

from __future__ import annotations

from gpudb.records import dataclass


@dataclass
class GpuMemoryUse:
    """What is held, and how often a column was there already."""

    entries: int
    bytes: int
    limit_bytes: int
    hits: int
    misses: int
    evictions: int


@dataclass
class Counters:
    """How often a column was there, was not, and had to go."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0
