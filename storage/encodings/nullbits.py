"""NULLs as a bitmap: bit `row & 7` of byte `row >> 3` is set where the row is NULL."""

from __future__ import annotations

import numpy as np

from gpudb.storage.encodings.encoded import Array, Mask

NULL_BITS = ("null_bits", "uint8")


def pack_nulls(nulls: Mask | None, rows: int) -> Array:
    """Return the bitmap of `nulls`, which has no bit set for None."""
    if nulls is None:
        return np.zeros((rows + 7) // 8, np.uint8)
    return np.packbits(nulls, bitorder="little")


def mask_of(is_null: Mask) -> Mask | None:
    """Return `is_null`, or None where no row is NULL."""
    return is_null if is_null.any() else None


def unpack_nulls(null_bits: Array, rows: int) -> Mask | None:
    """Return the mask that `null_bits` holds for `rows` rows, None where it has no bit set."""
    return mask_of(np.unpackbits(null_bits, count=rows, bitorder="little").view(np.bool_))
