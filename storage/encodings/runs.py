"""Run lengths: each run of equal values once, with the row after its last.

    values 5 5 5 NULL NULL 8     values 5 null_code 8     ends 3 5 6

`at` finds the run by binary search.
"""

from __future__ import annotations

import numpy as np

from gpudb.storage.encodings import frame
from gpudb.storage.encodings.encoded import Array, Encoded, Encoding, Layout, PhysicalColumn
from gpudb.storage.encodings.sample import sample_blocks
from gpudb.storage.statistics import Statistics

_RUN_BYTES = 12
_LEAST_RUN_ROWS = 4
_GREATEST_ROWS = (1 << 32) - 1


def layout(*, has_nulls: bool) -> Layout:
    """Return the layout of run-length encoded integers."""
    buffers = (("ends", "uint32"), ("values", "int64"))
    scalars = (("run_count", "int"), ("null_code", "int"))
    return Layout("runs", buffers, scalars, "code" if has_nulls else "none")


def estimate(column: PhysicalColumn, statistics: Statistics) -> int | None:
    """Return the bytes of ends and values, judged by a sample of blocks."""
    bounds = frame.integer_bounds(column, statistics)
    if bounds is None or not 0 < len(column) <= _GREATEST_ROWS:
        return None
    if statistics.nulls and frame.find_free_value(*bounds) is None:
        return None
    blocks = sample_blocks(column.values)
    runs = 1 + sum(int(np.count_nonzero(block[1:] != block[:-1])) for block in blocks)
    sampled_rows = sum(len(block) for block in blocks)
    if runs * _LEAST_RUN_ROWS > sampled_rows:
        return None
    return _RUN_BYTES * len(column) * runs // sampled_rows


def encode(column: PhysicalColumn, statistics: Statistics) -> Encoded | None:
    """Encode integers; None where no value is free for NULL or runs are too short to pay."""
    bounds = frame.integer_bounds(column, statistics)
    has_nulls = statistics.nulls > 0
    null_code = frame.NO_NULL_CODE
    if bounds is None or len(column) == 0:
        return None
    values = column.values
    if has_nulls and column.nulls is not None:
        free = frame.find_free_value(*bounds)
        if free is None:
            return None
        null_code = free
        values = np.where(column.nulls, np.int64(null_code), values)
    changes = np.flatnonzero(values[1:] != values[:-1])
    if (len(changes) + 1) * _RUN_BYTES > column.values.nbytes:
        return None
    ends = np.empty(len(changes) + 1, np.uint32)
    np.add(changes, 1, out=ends[:-1], casting="unsafe")
    ends[-1] = len(values)
    run_values = values[ends.astype(np.int64) - 1].astype(np.int64)
    scalars = (len(ends), null_code)
    return Encoded(layout(has_nulls=has_nulls), len(values), (ends, run_values), scalars)


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the column as int64."""
    ends, run_values = encoded.buffers
    run_lengths = lengths(ends)
    values = np.repeat(run_values, run_lengths)
    if encoded.layout.nulls == "none":
        return PhysicalColumn(values)
    return PhysicalColumn(values, np.repeat(run_values == encoded.scalars[1], run_lengths))


def lengths(ends: Array) -> Array:
    """Return the rows of each run."""
    return np.diff(ends.astype(np.int64), prepend=0)


def runs_at(ends: list[int], values: list[int], run_count: int, null_code: int, row: int) -> int:
    """Return the value of the first run that ends after a row."""
    begin = 0
    end = run_count - 1
    while begin < end:
        middle = (begin + end) >> 1
        if ends[middle] > row:
            end = middle
        else:
            begin = middle + 1
    return values[begin]


def runs_is_null_at(
    ends: list[int], values: list[int], run_count: int, null_code: int, row: int
) -> bool:
    """Return whether the first run that ends after a row is NULL."""
    begin = 0
    end = run_count - 1
    while begin < end:
        middle = (begin + end) >> 1
        if ends[middle] > row:
            end = middle
        else:
            begin = middle + 1
    return values[begin] == null_code


ENCODING = Encoding("runs", estimate, encode, decode, runs_at, runs_is_null_at)
