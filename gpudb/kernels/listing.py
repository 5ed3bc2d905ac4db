"""Functions of the kernel language that list the rows of a block which passed its tests.

Some CPUs have words for them (gpudb/compiler/host_words.py), which read flags and write places by
groups of 32: buffers of flags have whole groups, and what is listed has room for one more.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from gpudb.kernels.library import eight_bytes

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray

# What may be written behind the last place.
LISTED_MORE = 32


def list_kept(keep: Ints, begin: int, end: int, listed: Ints) -> int:
    """List the places from `begin` to `end` whose flag is set; return their number."""
    kept = 0
    for place in range(begin, end):
        listed[kept] = place
        kept += keep[place]
    return kept


def list_kept_of_both(keep: Ints, flags: Ints, begin: int, end: int, listed: Ints) -> int:
    """List the places from `begin` to `end` whose flags are both set; return their number."""
    kept = 0
    for place in range(begin, end):
        listed[kept] = place
        kept += keep[place] & flags[place]
    return kept


def list_few(keep: Ints, begin: int, end: int, listed: Ints) -> int:
    """List what `list_kept` does; where few flags are set, eight can be passed at once."""
    kept = 0
    for eight in range(begin & -8, end, 8):
        if eight_bytes(keep, eight) != 0:
            for place in range(max(eight, begin), min(eight + 8, end)):
                listed[kept] = place
                kept += keep[place]
    return kept


def list_few_of_both(keep: Ints, flags: Ints, begin: int, end: int, listed: Ints) -> int:
    """List what `list_kept_of_both` does; where few are kept, eight can be passed at once."""
    kept = 0
    for eight in range(begin & -8, end, 8):
        if eight_bytes(keep, eight) != 0:
            for place in range(max(eight, begin), min(eight + 8, end)):
                listed[kept] = place
                kept += keep[place] & flags[place]
    return kept
