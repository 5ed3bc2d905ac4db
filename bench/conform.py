"""A peer's answer made comparable: engines name the same value by other types.

A wrong answer takes a peer out of a race, so peers get more room for roundings than we do.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from bench.answers import Tolerance

# Variances from sums of squares, as some have them, are off by so much.
RELATIVE, ABSOLUTE = 1e-6, 1e-12
# One type for all numbers with a fraction, all integers, all texts, ...
PLAIN_TYPES = (
    (pa.types.is_integer, pa.int64()),
    (pa.types.is_floating, pa.float64()),
    (pa.types.is_decimal, pa.float64()),
    (pa.types.is_date, pa.date32()),
    (pa.types.is_timestamp, pa.timestamp("us")),
    (pa.types.is_large_string, pa.string()),
    (pa.types.is_string_view, pa.string()),
    (pa.types.is_binary, pa.string()),
    (pa.types.is_large_binary, pa.string()),
    (pa.types.is_binary_view, pa.string()),
)


def conform(answer: pa.Table, expected: pa.Table) -> tuple[pa.Table, pa.Table, list[Tolerance]]:
    """Return a peer's answer and the expected one in the same plain types, and the tolerances.

    Decimals become doubles: engines give them other scales. One that is rounded to fewer digits
    may be off by two units of its last one. What has no value is NaN to some and NULL to others.
    Raises ArrowInvalid where a value does not fit.
    """
    if answer.num_columns != expected.num_columns:
        return answer, expected, []
    tolerances = [Tolerance(RELATIVE, rounding(f.type)) for f in answer.schema]
    wanted = [to_plain(column, plain_type(column.type)) for column in expected.columns]
    got = [
        to_plain(to_plain(given, plain_type(given.type)), column.type)
        for given, column in zip(answer.columns, wanted, strict=True)
    ]
    names = expected.column_names
    return pa.table(got, names), pa.table(wanted, names), tolerances


def without_nan(table: pa.Table) -> pa.Table:
    """Return a table with NULL for NaN: DuckDB's CORR of a constant is NaN, ours NULL, as the
    standard says."""
    return pa.table(
        [to_plain(c, c.type) if pa.types.is_floating(c.type) else c for c in table.columns],
        table.column_names,
    )


def rounding(type: pa.DataType) -> float:
    """Return how far off a value may be in this type."""
    return 2 * 10.0**-type.scale if pa.types.is_decimal(type) else ABSOLUTE


def to_plain(column: pa.ChunkedArray, type: pa.DataType) -> pa.ChunkedArray:
    """Return a column in a plain type, NULL for NaN."""
    found = column.cast(type)
    return pc.if_else(pc.is_nan(found), None, found) if pa.types.is_floating(type) else found


def plain_type(type: pa.DataType) -> pa.DataType:
    """Return the plain type of a kind of values."""
    if pa.types.is_dictionary(type):
        return plain_type(type.value_type)
    for is_kind, plain in PLAIN_TYPES:
        if is_kind(type):
            return plain
    return type
