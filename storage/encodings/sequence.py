"""Consecutive integers, as serial keys and row numbers are: no buffer at all.

values 7 8 9 10 ...     base 7
"""

from __future__ import annotations

import numpy as np

from gpudb.storage.encodings.encoded import Encoded, Encoding, Layout, PhysicalColumn
from gpudb.storage.statistics import Statistics


def layout() -> Layout:
    """Return the layout."""
    return Layout("sequence", (), (("base", "int"),), "none")


def estimate(column: PhysicalColumn, statistics: Statistics) -> int | None:
    """Return 0 where the bounds allow that each value is one more than the value before."""
    if column.values.dtype.kind == "f" or statistics.nulls or statistics.rows < 2:
        return None
    assert statistics.minimum is not None and statistics.maximum is not None
    is_tight = statistics.maximum - statistics.minimum == statistics.rows - 1
    return 0 if is_tight and column.values[0] == statistics.minimum else None


def encode(column: PhysicalColumn, statistics: Statistics) -> Encoded | None:
    """Encode consecutive integers; None where a value breaks the row."""
    values = column.values
    if not np.array_equal(values[1:], values[:-1] + values.dtype.type(1)):
        return None
    return of_rows(int(values[0]), len(values))


def of_rows(base: int, rows: int) -> Encoded:
    """Return the integers from `base` on."""
    return Encoded(layout(), rows, (), (base,))


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the column as int64."""
    base = int(encoded.scalars[0])
    return PhysicalColumn(np.arange(base, base + encoded.rows, dtype=np.int64))


def sequence_at(base: int, row: int) -> int:
    """Return the value of a row."""
    return base + row


def sequence_is_null_at(base: int, row: int) -> bool:
    """Return False: such columns hold no NULL."""
    return row < 0


ENCODING = Encoding("sequence", estimate, encode, decode, sequence_at, sequence_is_null_at)
