"""Byte planes: all lowest bytes of an array, then all second bytes, and so on.

General compressors such as LZ4 look for repeated bytes. The upper bytes of neighbouring numbers are
often alike while the lower ones are noise; apart, the upper planes shrink to nothing.

    |a0 a1|b0 b1|c0 c1|   ->   |a0 b0 c0|a1 b1 c1|

Arrays of one-byte items are their own plane.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpudb.storage.encodings.encoded import Array

# Blocks of this many items keep the steps inside the cache.
_BLOCK_ITEMS = 1 << 14


def to_planes(array: Array) -> npt.NDArray[np.uint8]:
    """Return the bytes of `array` (items of 1, 2, 4 or 8 bytes) plane by plane."""
    size = array.dtype.itemsize
    items = np.ascontiguousarray(array).view(f"u{size}")
    if size == 1:
        return items
    planes = np.empty((size, len(items)), np.uint8)
    for begin in range(0, len(items), _BLOCK_ITEMS):
        block = items[begin : begin + _BLOCK_ITEMS]
        for plane in range(size):
            shifted = block >> block.dtype.type(8 * plane) if plane else block
            planes[plane, begin : begin + len(block)] = shifted
    return planes.reshape(-1)


def from_planes(data: bytes | memoryview | npt.NDArray[np.uint8], dtype: str) -> Array:
    """Return the array of `dtype` whose planes are `data`."""
    size = np.dtype(dtype).itemsize
    planes = np.frombuffer(data, np.uint8).reshape(size, -1)
    if size == 1:
        return planes.reshape(-1).view(dtype)
    items = np.empty(planes.shape[1], f"u{size}")
    for begin in range(0, len(items), _BLOCK_ITEMS):
        block = items[begin : begin + _BLOCK_ITEMS]
        block[:] = planes[0, begin : begin + len(block)]
        for plane in range(1, size):
            part = planes[plane, begin : begin + len(block)].astype(items.dtype)
            part <<= items.dtype.type(8 * plane)
            block |= part
    return items.view(dtype)
