"""Blocks of packed strings that answers have read, kept in the cache as columns are.

    code 7012  ->  block 14, string 3  ->  the block's strings, from the cache or unpacked

An answer of few rows reads a block for nearly every string; the next one often reads the same.
"""

from __future__ import annotations

import weakref
from functools import partial

import numpy as np
import pyarrow as pa

from gpudb.kernels.packed_strings import PackedStrings
from gpudb.storage.cache import CACHE, IDENTITIES, CacheKey
from gpudb.storage.encodings.arrays import array_of_bytes
from gpudb.storage.encodings.strings import Texts, layout

# Blocks that are read for more rows are not kept: they would be much of all.
FEW_ROWS = 64
LAYOUT = layout("uint32", has_nulls=False)


class KeptBlocks:
    """The blocks of some packed strings in the cache; they go with this object at the latest."""

    def __init__(self, packed: PackedStrings) -> None:
        self._packed = packed
        self._identity = next(IDENTITIES)
        weakref.finalize(self, CACHE.forget_chunk, self._identity).atexit = False

    def take(self, codes: np.ndarray, nulls: np.ndarray | None) -> pa.Array:
        """Return the strings of few codes, NULL where `nulls`; a code there may be anything."""
        found = [b""] * len(codes)
        rows = np.arange(len(codes)) if nulls is None else np.flatnonzero(nulls == 0)
        home, places = self._packed.places(codes[rows])
        for row, block, place in zip(rows.tolist(), home.tolist(), places.tolist(), strict=True):
            found[row] = self._strings(block)[place].as_buffer().to_pybytes()
        return array_of_bytes(found, nulls, pa.large_string())

    def _strings(self, block: int) -> pa.Array:
        key = CacheKey(self._identity, "", LAYOUT, value=block)
        return CACHE.get(key, partial(self._unpacked, block)).strings

    def _unpacked(self, block: int) -> Texts:
        return Texts(self._packed.block(block))
