"""Arrow arrays around NumPy buffers, and NumPy arrays around Arrow's.

`pa.array` and `to_numpy` do this too, but their first call imports pandas where that is installed,
which takes longer than most queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gpudb.storage.encodings.encoded import Array, Mask


def array_of(values: Array, nulls: Array | None = None) -> pa.Array:
    """Return integers or floats as an array that shares the memory of `values`.

    `nulls` is a mask of bools or of 0 and 1.
    """
    data_type = pa.from_numpy_dtype(values.dtype)
    return array_of_buffer(np.ascontiguousarray(values), len(values), nulls, data_type)


def array_of_buffer(
    data: Array, rows: int, nulls: Array | None, data_type: pa.DataType
) -> pa.Array:
    """Return an array of `rows` values of `data_type`, which lie in `data` as Arrow wants them."""
    buffers = [validity_of(nulls), pa.py_buffer(data)]
    return pa.Array.from_buffers(data_type, rows, buffers)


def validity_of(nulls: Array | None) -> pa.Buffer | None:
    """Return the bitmap of what is not NULL, None where all is; `nulls` is a mask, or 0 and 1."""
    if nulls is None or not nulls.any():
        return None
    is_valid = ~nulls.astype(np.bool_, copy=False)
    return pa.py_buffer(np.packbits(is_valid, bitorder="little"))


def values_of(array: pa.Array, dtype: npt.DTypeLike) -> Array:
    """Return the values of an array as they lie in memory; one under a NULL may be anything."""
    item = np.dtype(dtype)
    buffer = array.buffers()[1]
    if buffer is None or len(array) == 0:
        return np.zeros(len(array), item)
    return np.frombuffer(buffer, item, len(array), array.offset * item.itemsize)


def bits_of(buffer: pa.Buffer | None, begin: int, count: int) -> Array:
    """Return `count` bits of a bitmap from bit `begin` on, as uint8 of 0 and 1."""
    if buffer is None or count == 0:
        return np.zeros(count, np.uint8)
    first_byte, first_bit = divmod(begin, 8)
    packed = np.frombuffer(buffer, np.uint8, offset=first_byte)
    return np.unpackbits(packed, count=first_bit + count, bitorder="little")[first_bit:]


def null_mask(array: pa.Array) -> Mask | None:
    """Return where `array` is NULL, None where it is nowhere."""
    if array.null_count == 0:
        return None
    if pa.types.is_null(array.type):
        return np.ones(len(array), np.bool_)
    is_null: Mask = bits_of(array.buffers()[0], array.offset, len(array)) == 0
    return is_null


def text_array(strings: Sequence[str | None]) -> pa.Array:
    """Return Python strings as a large_string array."""
    encoded = [b"" if s is None else s.encode() for s in strings]
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(b) for b in encoded], out=offsets[1:])
    nulls = np.array([s is None for s in strings], np.bool_)
    validity = pa.py_buffer(np.packbits(~nulls, bitorder="little")) if nulls.any() else None
    data = pa.py_buffer(b"".join(encoded))
    buffers = [validity, pa.py_buffer(offsets), data]
    return pa.Array.from_buffers(pa.large_string(), len(encoded), buffers)


def some_texts(strings: pa.Array, places: Array, nulls: Array | None) -> pa.Array:
    """Return a few of `strings`, none of which is NULL, as an array of the same type.

    NULL where `nulls`; a place under a NULL may be anything.
    """
    dtype = np.int64 if pa.types.is_large_string(strings.type) else np.int32
    _, begins, buffer = strings.buffers()
    offsets = np.frombuffer(begins or bytes(8), dtype)[strings.offset :]
    data, found = memoryview(buffer or b""), [b""] * len(places)
    missing = found if nulls is None else nulls.tolist()
    for row, (place, is_null) in enumerate(zip(places.tolist(), missing, strict=True)):
        if not is_null:
            found[row] = bytes(data[offsets[place] : offsets[place + 1]])
    return array_of_bytes(found, nulls, strings.type)


def array_of_bytes(found: Sequence[bytes], nulls: Array | None, kind: pa.DataType) -> pa.Array:
    """Return texts given as UTF-8, NULL where `nulls`, as an array of type string or large_string.

    There are few: their places are put together in Python.
    """
    dtype = np.int64 if pa.types.is_large_string(kind) else np.int32
    ends = np.array([0, *accumulate(map(len, found))], dtype)
    buffers = [validity_of(nulls), pa.py_buffer(ends), pa.py_buffer(b"".join(found))]
    return pa.Array.from_buffers(kind, len(found), buffers)


def flags_of(array: pa.Array) -> Array:
    """Return a BOOLEAN array as uint8 of 0 and 1; one under a NULL may be anything."""
    return bits_of(array.buffers()[1], array.offset, len(array))


def numbers_of(array: pa.Array) -> Array:
    """Return the values of an array of numbers; one under a NULL may be anything."""
    return values_of(array, array.type.to_pandas_dtype())


def codes_of(array: pa.Array, null_code: int) -> Array:
    """Return an array of integers with `null_code` where it is NULL."""
    nulls = null_mask(array)
    numbers = numbers_of(array)
    return numbers if nulls is None else np.where(nulls, null_code, numbers)
