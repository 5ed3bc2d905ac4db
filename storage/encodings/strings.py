"""Texts as they are: the bytes of all strings in a row, and the length of each.

Kernels cannot read them, so there is no `at`: they are decoded to Arrow. Lengths take 1, 2 or 4
bytes where offsets would take 4 or 8 and compress badly.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gpudb.records import dataclass
from gpudb.storage.encodings import frame
from gpudb.storage.encodings.arrays import array_of, null_mask
from gpudb.storage.encodings.encoded import Array, Encoded, Layout
from gpudb.storage.encodings.nullbits import NULL_BITS, pack_nulls, unpack_nulls

_GREATEST_OFFSET = (1 << 31) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Strings of a chunk as they are taken for rows: of all, or of `rows`, which ascend."""

    strings: pa.Array
    rows: Array | None = None

    @property
    def size_bytes(self) -> int:
        """The bytes of the strings and their places."""
        return int(self.strings.nbytes) + (0 if self.rows is None else self.rows.nbytes)

    def take(self, rows: Array) -> pa.Array:
        """Return the strings of rows, which are among those that are here."""
        places = rows
        if self.rows is not None:
            places = np.searchsorted(self.rows, rows)
            assert np.array_equal(self.rows[places], rows), "these rows are not here"
        return self.strings.take(array_of(places))


def layout(length_dtype: str, *, has_nulls: bool) -> Layout:
    """Return the layout of strings with lengths of uint8, uint16 or uint32."""
    buffers = (("lengths", length_dtype), ("bytes", "uint8"), NULL_BITS)
    return Layout("strings", buffers, (), "bitmap" if has_nulls else "none")


def encode(array: pa.Array) -> Encoded:
    """Encode an array of type string or large_string; the bytes are not copied."""
    nulls = null_mask(array)
    offsets, data = _buffers(array)
    lengths = np.diff(offsets)
    if nulls is not None and lengths[nulls].any():
        # Bytes may lie under a NULL: an empty string has none.
        offsets, data = _buffers(array.fill_null(""))
        lengths = np.diff(offsets)
    greatest = int(lengths.max()) if len(lengths) else 0
    dtype = frame.code_dtype(0, greatest, has_nulls=False)
    null_bits = np.zeros(0, np.uint8) if nulls is None else pack_nulls(nulls, len(array))
    buffers = (lengths.astype(dtype), data[offsets[0] : offsets[-1]], null_bits)
    return Encoded(layout(dtype, has_nulls=nulls is not None), len(array), buffers, ())


def _buffers(array: pa.Array) -> tuple[Array, Array]:
    dtype = np.int64 if pa.types.is_large_string(array.type) else np.int32
    _, offset_buffer, data_buffer = array.buffers()
    if offset_buffer is None or len(array) == 0:
        return np.zeros(1, dtype), np.zeros(0, np.uint8)
    offsets = np.frombuffer(offset_buffer, dtype)[array.offset : array.offset + len(array) + 1]
    data = np.zeros(0, np.uint8) if data_buffer is None else np.frombuffer(data_buffer, np.uint8)
    return offsets, data


def decode(encoded: Encoded) -> pa.Array:
    """Return the strings as pa.string(), or pa.large_string() where they take 2 GiB and more."""
    lengths, data, null_bits = encoded.buffers
    is_large = len(data) > _GREATEST_OFFSET
    offsets = np.zeros(encoded.rows + 1, np.int64 if is_large else np.int32)
    np.cumsum(lengths, out=offsets[1:])
    validity = None
    if encoded.layout.nulls == "bitmap":
        validity = pa.py_buffer(np.bitwise_not(null_bits))
    buffers = [validity, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(
        pa.large_string() if is_large else pa.string(), encoded.rows, buffers
    )


def nulls(encoded: Encoded) -> Array | None:
    """Return the mask of NULLs without decoding the strings, None where there is none."""
    if encoded.layout.nulls == "none":
        return None
    return unpack_nulls(encoded.buffers[2], encoded.rows)
