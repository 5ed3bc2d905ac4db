"""Differences of neighbours, for sorted columns or nearly sorted ones without NULLs.

    values       7 9 10 10 ...     least 0     deltas 0 2 1 0 ...
    checkpoints  7 (row 0) ... (row 128) ...

`deltas` holds value[row] - value[row - 1] - least in 1, 2 or 4 bytes; `checkpoints` holds the value
of every 128th row, so that `at` adds at most 127 deltas.
"""

from __future__ import annotations

import numpy as np

from gpudb.storage.encodings import frame
from gpudb.storage.encodings.encoded import Encoded, Encoding, Layout, PhysicalColumn
from gpudb.storage.encodings.sample import sample_blocks
from gpudb.storage.statistics import Statistics

_CHECKPOINT_ROWS = 128
_GREATEST_RANGE = 1 << 62
_BYTES_OF_EVEN_STEPS = 256


def layout(delta_dtype: str) -> Layout:
    """Return the layout with deltas of uint8, uint16 or uint32."""
    buffers = (("checkpoints", "int64"), ("deltas", delta_dtype))
    return Layout("delta", buffers, (("least", "int"),), "none")


def estimate(column: PhysicalColumn, statistics: Statistics) -> int | None:
    """Return the bytes of deltas and checkpoints, judged by a sample of blocks."""
    if not _applies(column, statistics) or len(column) < _CHECKPOINT_ROWS:
        return None
    deltas = [np.diff(block.astype(np.int64)) for block in sample_blocks(column.values)]
    least = min(int(block.min()) for block in deltas)
    greatest = max(int(block.max()) for block in deltas)
    if least == greatest:
        # LZ4 makes next to nothing of deltas that are all alike.
        return len(column) // _BYTES_OF_EVEN_STEPS + 8 * len(column) // _CHECKPOINT_ROWS
    dtype = frame.code_dtype(least, greatest, has_nulls=False)
    if dtype == "int64":
        return None
    return len(column) * np.dtype(dtype).itemsize + 8 * len(column) // _CHECKPOINT_ROWS


def encode(column: PhysicalColumn, statistics: Statistics) -> Encoded | None:
    """Encode the column; None where a difference needs more than 4 bytes."""
    if not _applies(column, statistics) or len(column) == 0:
        return None
    values = column.values.astype(np.int64, copy=False)
    differences = np.empty(len(values), np.int64)
    np.subtract(values[1:], values[:-1], out=differences[1:])
    differences[0] = differences[1] if len(values) > 1 else 0
    least, greatest = int(differences.min()), int(differences.max())
    dtype = frame.code_dtype(least, greatest, has_nulls=False)
    if dtype == "int64":
        return None
    deltas = frame.codes_of(differences, None, least, frame.NO_NULL_CODE, dtype)
    checkpoints = values[::_CHECKPOINT_ROWS].copy()
    return Encoded(layout(dtype), len(values), (checkpoints, deltas), (least,))


def _applies(column: PhysicalColumn, statistics: Statistics) -> bool:
    """Return whether these are integers without NULL whose differences are sure to fit int64."""
    bounds = frame.integer_bounds(column, statistics)
    if bounds is None or statistics.nulls:
        return False
    return bounds[1] - bounds[0] < _GREATEST_RANGE


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the column as int64."""
    checkpoints, deltas = encoded.buffers
    if encoded.rows == 0:
        return PhysicalColumn(np.zeros(0, np.int64))
    steps = deltas.astype(np.int64)
    steps += np.int64(encoded.scalars[0])
    steps[0] = checkpoints[0]
    return PhysicalColumn(np.cumsum(steps, out=steps))


def delta_at(checkpoints: list[int], deltas: list[int], least: int, row: int) -> int:
    """Return the value of a row: the checkpoint before it and the deltas since."""
    value = checkpoints[row >> 7]
    for place in range((row & -128) + 1, row + 1):
        value = value + least + deltas[place]
    return value


def delta_is_null_at(checkpoints: list[int], deltas: list[int], least: int, row: int) -> bool:
    """Return False: such columns hold no NULL."""
    return row < 0


ENCODING = Encoding("delta", estimate, encode, decode, delta_at, delta_is_null_at)
