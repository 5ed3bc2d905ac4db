"""Strings in compressed blocks: some are read for an answer, or all for a test of each.

strings     url1 url2 ... url480 | url481 ...        blocks of about BLOCK_BYTES bytes
held        zstd(bytes) of each block, and each string's length
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import numpy as np
import pyarrow as pa

from gpudb.records import dataclass
from gpudb.storage.arrow import to_arrow_text
from gpudb.storage.encodings.frame import code_dtype

# Larger blocks are hardly smaller compressed; each answer's string costs a block.
BLOCK_BYTES = 1 << 15
LEVEL = 1


@dataclass(frozen=True, slots=True, eq=False)
class PackedStrings:
    """Block b has the strings from `starts[b]` to the next start, `sizes[b]` bytes unpacked."""

    starts: np.ndarray
    sizes: np.ndarray
    blocks: tuple[bytes, ...]
    lengths: np.ndarray

    @classmethod
    def of(cls, strings: pa.Array) -> PackedStrings:
        """Compress an array of type large_string, without NULL."""
        _, offset_buffer, data = strings.buffers()
        offsets = np.frombuffer(offset_buffer, np.int64, len(strings) + 1, 8 * strings.offset)
        wanted = np.arange(offsets[0], offsets[-1], BLOCK_BYTES)
        starts = np.unique(np.append(np.searchsorted(offsets[:-1], wanted), 0))
        starts = starts[starts < len(strings)]
        edges = offsets[np.append(starts, len(strings))]
        lengths = np.diff(offsets)
        dtype = code_dtype(0, int(lengths.max(initial=0)), has_nulls=False)
        # As bytes: Arrow's buffers keep the room of what could not be compressed.
        blocks = [
            _codec().compress(data[begin:end], asbytes=True)
            for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        ]
        return cls(starts, np.diff(edges), tuple(blocks), lengths.astype(dtype))

    @classmethod
    def joined(cls, parts: Sequence[PackedStrings]) -> PackedStrings:
        """Return the strings of all parts, at least one, block by block as they are."""
        counts = np.cumsum([0, *(len(part) for part in parts[:-1])])
        return cls(
            np.concatenate([p.starts + begin for p, begin in zip(parts, counts, strict=True)]),
            np.concatenate([part.sizes for part in parts]),
            tuple(block for part in parts for block in part.blocks),
            np.concatenate([part.lengths for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def whole_bytes(self) -> int:
        """The bytes of all strings unpacked, and of their places."""
        return int(self.sizes.sum()) + 8 * (len(self) + 1)

    @property
    def size_bytes(self) -> int:
        """The bytes that are held."""
        return int(self.lengths.nbytes) + sum(map(len, self.blocks))

    def strings(self) -> pa.Array:
        """Return all strings."""
        return self._of_blocks(np.arange(len(self.blocks)))[0]

    def parts(self, count: int) -> list[Callable[[], pa.Array]]:
        """Return all strings in parts of about `count`, each unpacked when it is called."""
        wanted = np.arange(0, len(self), count)
        edges = np.append(np.unique(np.searchsorted(self.starts, wanted)), len(self.blocks))
        pairs = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        return [partial(self._part, begin, end) for begin, end in pairs if begin < end]

    def _part(self, begin: int, end: int) -> pa.Array:
        return self._of_blocks(np.arange(begin, end))[0]

    def take(self, codes: np.ndarray, nulls: np.ndarray | None) -> pa.Array:
        """Return `strings[codes]`, NULL where `nulls`; a code under a NULL may be anything."""
        known = codes if nulls is None else np.where(nulls, 0, codes)
        home, places = self.places(known)
        read, place = np.unique(home, return_inverse=True)
        strings, begins = self._of_blocks(read)
        return to_arrow_text(places + begins[place], nulls, strings)

    def places(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return in which block each string lies, and at which place there."""
        home = np.searchsorted(self.starts, codes, "right") - 1
        return home, codes - self.starts[home]

    def _end(self, block: int) -> int:
        is_last = block + 1 == len(self.starts)
        return len(self) if is_last else int(self.starts[block + 1])

    def block(self, number: int) -> pa.Array:
        """Return the strings of one block."""
        start, size = int(self.starts[number]), int(self.sizes[number])
        lengths = self.lengths[start : self._end(number)]
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        data = _codec().decompress(self.blocks[number], size) if size else pa.py_buffer(b"")
        buffers = [None, pa.py_buffer(offsets), data]
        return pa.Array.from_buffers(pa.large_string(), len(lengths), buffers)

    def _of_blocks(self, read: np.ndarray) -> tuple[pa.Array, np.ndarray]:
        """Return the strings of some blocks, and where each block's begin among them."""
        ends = np.append(self.starts[1:], len(self.lengths))[read]
        counts = ends - self.starts[read]
        begins = np.cumsum(counts) - counts
        places = np.repeat(self.starts[read] - begins, counts) + np.arange(counts.sum())
        offsets = np.zeros(len(places) + 1, np.int64)
        np.cumsum(self.lengths[places], out=offsets[1:])
        data = np.empty(int(offsets[-1]), np.uint8)
        begin = 0
        for block, size in zip(read.tolist(), self.sizes[read].tolist(), strict=True):
            if size:
                found = _codec().decompress(self.blocks[block], size)
                data[begin : begin + size] = np.frombuffer(found, np.uint8)
            begin += size
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        return pa.Array.from_buffers(pa.large_string(), len(places), buffers), begins


@lru_cache(maxsize=1)
def _codec() -> pa.Codec:
    return pa.Codec("zstd", compression_level=LEVEL)
