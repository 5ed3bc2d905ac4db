"""Encoded columns turned from the form they have on disk into the one that kernels of a device
read.

On the CPU that is a byte-aligned layout (plain, frame, scaled or raw), because SIMD code reads it
ten times as fast; on a GPU it may be bit-packed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gpudb.errors import InternalError
from gpudb.storage.encodings import bitpack, dictionary, frame, plain, raw, runs, scaled, wide
from gpudb.storage.encodings.choose import find_encoding
from gpudb.storage.encodings.encoded import Encoded, Layout, PhysicalColumn


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the values and NULLs of a column in any encoding but "strings"."""
    encoding = find_encoding(encoded.layout.encoding)
    if encoding is None:
        raise InternalError(f"no encoding is called {encoded.layout.encoding}")
    return encoding.decode(encoded)


def convert(encoded: Encoded, layout: Layout) -> Encoded:
    """Return the same column in `layout`, a plain, frame, scaled, raw, bitpack or wide layout.

    Nothing is copied where the column has it already. Raises InternalError where the layout cannot
    hold the column: its codes are too narrow, it lacks NULLs, or a value is no decimal number.
    """
    if encoded.layout == layout:
        return encoded
    converted = _CONVERSIONS[layout.encoding](encoded, layout)
    if converted is None or converted.layout != layout:
        raise InternalError(f"a column in {encoded.layout} does not fit {layout}")
    return converted


def _to_frame(encoded: Encoded, layout: Layout) -> Encoded | None:
    code_dtype = layout.buffers[0][1]
    has_nulls = layout.nulls == "code"
    name = encoded.layout.encoding
    if name == "bitpack":
        encoded, name = bitpack.to_frame(encoded), "frame"
    if name == "frame" and _is_wide_enough(encoded, code_dtype, has_nulls=has_nulls):
        return _widen(encoded, layout, null_code_place=1)
    if name == "dictionary":
        return dictionary.to_frame(encoded, code_dtype, has_nulls=has_nulls)
    if name == "constant":
        return _constant_frame(encoded, layout)
    if name == "runs":
        return _runs_frame(encoded, layout)
    column = decode(encoded)
    return frame.encode_as(column, _bounds(column), code_dtype, has_nulls=has_nulls)


def _to_plain(encoded: Encoded, layout: Layout) -> Encoded | None:
    dtype, has_nulls = layout.buffers[0][1], layout.nulls == "code"
    if encoded.layout.encoding == "dictionary" and encoded.buffers[1].dtype.kind != "f":
        return dictionary.to_plain(encoded, dtype, has_nulls=has_nulls)
    is_new = encoded.layout.encoding == "bitpack"
    if is_new:
        encoded = bitpack.to_frame(encoded)
    if encoded.layout.encoding == "frame":
        (codes,), (base, null_code) = encoded.buffers, encoded.scalars
        # The least int64 stands for NULL there, unless a chunk has it as a value.
        is_free = base > frame.INT64_LEAST or dtype != "int64" or not has_nulls
        if codes.dtype.kind == "u" and is_free:
            return plain.of_frame(encoded, dtype, has_nulls=has_nulls, may_change=is_new)
        if dtype == "int64" and base == 0 and encoded.layout.nulls == layout.nulls:
            return Encoded(layout, encoded.rows, (codes,), (null_code,))
    column = decode(encoded)
    return plain.encode_as(column, _bounds(column), dtype, has_nulls=has_nulls)


def _is_wide_enough(encoded: Encoded, code_dtype: str, *, has_nulls: bool) -> bool:
    """Return whether the codes stay as they are, but for their width and the null code."""
    if encoded.layout.nulls == "code" and not has_nulls:
        return False
    given, wanted = encoded.buffers[0].dtype, np.dtype(code_dtype)
    if wanted == np.int64:
        return encoded.layout.nulls == "code" or given != np.int64
    return given.kind == "u" and given.itemsize <= wanted.itemsize


def _widen(encoded: Encoded, layout: Layout, *, null_code_place: int) -> Encoded:
    dtype = layout.buffers[0][1]
    codes = encoded.buffers[0].astype(dtype, copy=False)
    scalars = list(encoded.scalars)
    if encoded.layout.nulls == "none":
        # No unsigned code, nor one of 4 bytes or fewer made 8 bytes wide, is negative.
        scalars[null_code_place] = frame.NO_NULL_CODE
    return Encoded(layout, encoded.rows, (codes,), tuple(scalars))


def _constant_frame(encoded: Encoded, layout: Layout) -> Encoded | None:
    value = int(encoded.scalars[0])
    dtype = layout.buffers[0][1]
    codes = np.zeros(encoded.rows, dtype)
    if encoded.layout.nulls == "none":
        return Encoded(layout, encoded.rows, (codes,), (value, frame.NO_NULL_CODE))
    return Encoded(layout, encoded.rows, (codes,), (0, 0)) if layout.nulls == "code" else None


def _runs_frame(encoded: Encoded, layout: Layout) -> Encoded | None:
    """Return runs as a frame: the few values first, each repeated after."""
    ends, run_values = encoded.buffers
    column = PhysicalColumn(run_values)
    if encoded.layout.nulls == "code":
        column = PhysicalColumn(run_values, run_values == encoded.scalars[1])
    has_nulls = layout.nulls == "code"
    heads = frame.encode_as(column, _bounds(column), layout.buffers[0][1], has_nulls=has_nulls)
    if heads is None:
        return None
    codes = np.repeat(heads.buffers[0], runs.lengths(ends))
    return Encoded(heads.layout, encoded.rows, (codes,), heads.scalars)


def _to_scaled(encoded: Encoded, layout: Layout) -> Encoded | None:
    code_dtype = layout.buffers[0][1]
    has_nulls = layout.nulls == "code"
    if encoded.layout.encoding == "scaled" and _is_wide_enough(
        encoded, code_dtype, has_nulls=has_nulls
    ):
        return _widen(encoded, layout, null_code_place=2)
    return scaled.encode_as(decode(encoded), code_dtype, has_nulls=has_nulls)


def _to_raw(encoded: Encoded, layout: Layout) -> Encoded | None:
    return raw.encode_as(decode(encoded), layout.buffers[0][1], has_nulls=layout.nulls == "bitmap")


def _to_wide(encoded: Encoded, layout: Layout) -> Encoded | None:
    return wide.encode_as(decode(encoded), has_nulls=layout.nulls == "bitmap")


def _to_bitpack(encoded: Encoded, layout: Layout) -> Encoded | None:
    column = decode(encoded)
    return bitpack.encode_as(column, _bounds(column), has_nulls=layout.nulls == "code")


def _bounds(column: PhysicalColumn) -> tuple[int, int]:
    values = column.values if column.nulls is None else column.values[~column.nulls]
    return (int(values.min()), int(values.max())) if len(values) else (0, 0)


_CONVERSIONS: dict[str, Callable[[Encoded, Layout], Encoded | None]] = {
    "plain": _to_plain,
    "frame": _to_frame,
    "scaled": _to_scaled,
    "raw": _to_raw,
    "bitpack": _to_bitpack,
    "wide": _to_wide,
}
