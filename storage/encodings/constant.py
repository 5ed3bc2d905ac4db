"""One value, or NULL, in every row: no buffer at all.

A column of NULLs alone holds a null code equal to its value.
"""

from __future__ import annotations

import numpy as np

from gpudb.storage.encodings.encoded import Encoded, Encoding, Layout, PhysicalColumn
from gpudb.storage.statistics import Statistics


def layout(scalar_type: str, nulls: str) -> Layout:
    """Return the layout of a constant of `scalar_type` "int" or "float"."""
    return Layout("constant", (), (("value", scalar_type), ("null_code", "int")), nulls)


def estimate(column: PhysicalColumn, statistics: Statistics) -> int | None:
    """Return 0 where all rows are alike, else None."""
    if statistics.nulls == statistics.rows:
        return 0
    if statistics.nulls or statistics.minimum is None or statistics.minimum != statistics.maximum:
        return None
    return 0


def encode(column: PhysicalColumn, statistics: Statistics) -> Encoded | None:
    """Encode a column of one value; None where 0.0 and -0.0 are mixed."""
    is_float = column.values.dtype.kind == "f"
    scalar_type = "float" if is_float else "int"
    if statistics.nulls == statistics.rows:
        zero = 0.0 if is_float else 0
        nulls = "code" if statistics.rows else "none"
        return Encoded(layout(scalar_type, nulls), statistics.rows, (), (zero, 0))
    signs = np.signbit(column.values) if is_float else None
    if signs is not None and signs.any() != signs.all():
        return None
    value = column.values[0].item()
    return Encoded(layout(scalar_type, "none"), statistics.rows, (), (value, 0))


def decode(encoded: Encoded) -> PhysicalColumn:
    """Return the column: int64, or float64."""
    dtype = np.float64 if encoded.layout.scalars[0][1] == "float" else np.int64
    values = np.full(encoded.rows, encoded.scalars[0], dtype)
    nulls = np.ones(encoded.rows, np.bool_) if encoded.layout.nulls == "code" else None
    return PhysicalColumn(values, nulls)


def constant_at(value: float, null_code: int, row: int) -> float:
    """Return the value, whatever the row."""
    return value


def constant_is_null_at(value: float, null_code: int, row: int) -> bool:
    """Return whether all rows are NULL."""
    return value == null_code


ENCODING = Encoding("constant", estimate, encode, decode, constant_at, constant_is_null_at)
