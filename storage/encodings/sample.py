"""Small samples of large columns, the same ones for the same number of rows."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gpudb.storage.encodings.encoded import Array

BLOCK_ROWS = 1024
BLOCKS = 8


def sample_blocks(values: Array) -> list[Array]:
    """Return up to 8 evenly spread blocks of 1,024 neighbouring values, to judge their order."""
    rows = len(values)
    if rows <= BLOCK_ROWS * BLOCKS:
        return [values]
    step = (rows - BLOCK_ROWS) // (BLOCKS - 1)
    return [values[begin : begin + BLOCK_ROWS] for begin in range(0, step * BLOCKS, step)]


@lru_cache(maxsize=16)
def sample_rows(rows: int, wanted: int) -> npt.NDArray[np.int64]:
    """Return about `wanted` distinct row numbers below `rows`, in order, spread as if at random.

    They may not be written to: every column of a chunk is sampled at the same rows. The numbers
    come from the finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    """
    places = np.arange(rows) if rows <= wanted else _spread(rows, wanted)
    places.flags.writeable = False
    return places


def _spread(rows: int, wanted: int) -> npt.NDArray[np.int64]:
    state = np.arange(1, wanted + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state ^= state >> np.uint64(31)
    places = np.sort((state % np.uint64(rows)).astype(np.int64))
    is_first = np.ones(wanted, np.bool_)
    np.not_equal(places[1:], places[:-1], out=is_first[1:])
    return places[is_first]
