"""The form in which kernels read a column: one layout for all chunks of a snapshot and a device.

On the CPU it is byte-aligned: integers of 1, 2, 4 or 8 bytes as they are, or as distances from each
chunk's least where that takes fewer bytes; scaled decimals; raw values. Chunks whose values take
few bits, or are nearly all alike, stay packed until a kernel comes to their rows. On a GPU integers
whose frame would be a quarter empty are bit-packed. The layout follows from metadata alone; a chunk
is read and converted when a query first touches it, and kept in the cache.
"""

from __future__ import annotations

import numpy as np

from gpudb.errors import InternalError
from gpudb.storage.column import ColumnChunk, ColumnDefinition
from gpudb.storage.encodings import bitpack, frame, lists, plain, raw, scaled, sequence, wide
from gpudb.storage.encodings.encoded import Array, Encoded, Layout
from gpudb.storage.encodings.packed import Packed, StepCodes
from gpudb.storage.hidden import ROW_COLUMN
from gpudb.storage.statistics import Statistics
from gpudb.storage.table import TableVersion, code_layout
from gpudb.storage.types import Kind, value_dtype

CUDA = "cuda"
# Bit-packing pays on a GPU where it saves at least this share of a frame's bytes.
PACKED_SHARE = 0.75
MOST_PACKED_BITS = 62
# The share of a chunk's rows up to which they are unpacked one by one.
SOME_SHARE = 1 / 16


def resident_layout(version: TableVersion, column: str, device_kind: str) -> Layout:
    """Return the layout that kernels of `device_kind` ("cpu", "cuda", ...) read `column` in.

    Every chunk of the snapshot converts to it. TEXT is plain codes of the dictionary; TEXT that is
    not all in the dictionary has no such layout: read it by `read_strings`.
    """
    definition = version.column(column)
    key = (definition.name, device_kind)
    layout = version.resident_layouts.get(key)
    if layout is None:
        layout = _resident_layout(version, definition, device_kind)
        version.resident_layouts[key] = layout
    return layout


def read_resident(version: TableVersion, chunk_index: int, column: str, layout: Layout) -> Encoded:
    """Return a column of one chunk in `layout`; raises OperationalError for a damaged file."""
    definition = version.column(column)
    chunk = version.chunks[chunk_index]
    if definition.name == ROW_COLUMN:
        return sequence.of_rows(version.first_rows[chunk_index], chunk.rows)
    return chunk.read_as(definition.name, layout)


def read_held(
    version: TableVersion, chunk_index: int, column: str, layout: Layout
) -> Encoded | Packed:
    """Return a column of one chunk as `read_resident` does, or packed for that layout.

    For the host's kernels only: a GPU's memory knows a column by its buffers.
    """
    definition = version.column(column)
    if definition.name == ROW_COLUMN or layout.elements is not None:
        return read_resident(version, chunk_index, column, layout)
    return version.chunks[chunk_index].read_packed(definition.name, layout)


def read_whole(
    version: TableVersion, chunk_index: int, column: str, layout: Layout, device_kind: str
) -> Encoded:
    """Return a column of one chunk in `layout`, unpacked where `device_kind` holds it packed."""
    if device_kind == CUDA:
        return read_resident(version, chunk_index, column, layout)
    held = read_held(version, chunk_index, column, layout)
    if isinstance(held, Encoded):
        return held
    held.unpacked_rows += held.rows
    return held.whole()


def read_some(
    version: TableVersion,
    chunk_index: int,
    column: str,
    layout: Layout,
    device_kind: str,
    rows: Array,
) -> tuple[Encoded, Array]:
    """Return a column as `read_whole` does, or less of it, and the places of `rows` in that."""
    if device_kind != CUDA:
        held = read_held(version, chunk_index, column, layout)
        if isinstance(held, StepCodes) and len(rows) <= held.rows * SOME_SHARE:
            return held.of_rows(rows), np.arange(len(rows))
    return read_whole(version, chunk_index, column, layout, device_kind), rows


def _resident_layout(
    version: TableVersion, definition: ColumnDefinition, device_kind: str
) -> Layout:
    if definition.name == ROW_COLUMN:
        return sequence.layout()
    statistics = version.statistics(definition.name)
    parts = [chunk.part(definition.name) for chunk in version.chunks]
    if definition.type.is_array:
        return _list_layout(parts, definition)
    if definition.type.is_text:
        if not version.is_dictionary(definition.name):
            raise InternalError(f"column '{definition.name}' is not held as codes")
        return code_layout(version.dictionary(definition.name), statistics.nulls)
    if definition.type.is_float:
        return _float_layout(parts, definition, has_nulls=statistics.nulls > 0)
    if any(part.encoding == "wide" for part in parts):
        return wide.layout(has_nulls=statistics.nulls > 0)
    return _integer_layout([part.statistics for part in parts], device_kind)


def _list_layout(parts: list[ColumnChunk], definition: ColumnDefinition) -> Layout:
    """Return the layout of arrays whose elements are numbers or codes: they are as they are."""
    element = definition.type.element
    assert element is not None
    inner = [part.layout.elements for part in parts if part.layout.elements is not None]
    has_nulls = any(layout.nulls != "none" for layout in inner)
    if any(layout.encoding == "wide" for layout in inner):
        elements = wide.layout(has_nulls=has_nulls)
    else:
        elements = raw.layout(value_dtype(element), has_nulls=has_nulls)
    return lists.placed_layout(elements, has_nulls=any(p.layout.nulls != "none" for p in parts))


def _float_layout(
    parts: list[ColumnChunk], definition: ColumnDefinition, *, has_nulls: bool
) -> Layout:
    if parts and all(part.encoding == "scaled" for part in parts):
        widths = [part.layout.buffers[0][1] for part in parts]
        return scaled.layout(_widest(widths), has_nulls=has_nulls)
    value_dtype = "float32" if definition.type.kind is Kind.FLOAT else "float64"
    return raw.layout(value_dtype, has_nulls=has_nulls)


def _integer_layout(parts: list[Statistics], device_kind: str) -> Layout:
    has_nulls = any(part.nulls for part in parts)
    bounds = [
        (int(part.minimum), int(part.maximum), part.nulls > 0)
        for part in parts
        if part.minimum is not None and part.maximum is not None
    ]
    width = _widest(
        ["uint8", *(frame.code_dtype(low, high, has_nulls=some) for low, high, some in bounds)]
    )
    # A chunk without NULLs needs a free code, too, where the layout has one.
    is_full = any(frame.find_free_value(low, high) is None for low, high, _ in bounds)
    if width == "int64" and has_nulls and is_full:
        return raw.layout("int64", has_nulls=True)
    if device_kind == CUDA and bounds:
        bits = max(bitpack.code_bits(low, high, has_nulls=some) for low, high, some in bounds)
        if bits < PACKED_SHARE * 8 * np.dtype(width).itemsize and bits <= MOST_PACKED_BITS:
            return bitpack.layout(has_nulls=has_nulls)
    minimum, maximum = (
        min((b[0] for b in bounds), default=0),
        max((b[1] for b in bounds), default=0),
    )
    dtype = plain.narrowest_dtype(minimum, maximum, has_nulls=has_nulls)
    if np.dtype(dtype).itemsize <= np.dtype(width).itemsize:
        return plain.layout(dtype, has_nulls=has_nulls)
    return frame.layout(width, has_nulls=has_nulls)


def _widest(dtypes: list[str]) -> str:
    return max(dtypes, key=lambda dtype: np.dtype(dtype).itemsize)
