"""Whether two answers are the same: exact for integers, decimals, dates and text.

Doubles may differ by 1e-9 of their size, since sums of doubles depend on the order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa

RELATIVE_TOLERANCE = 1e-9


def find_difference(
    ours: pa.Table, expected: pa.Table, keys: Sequence[str] = (), *, loose: bool = False
) -> str | None:
    """Return what differs first, in words, or None.

    Rows are matched by `keys`, or by place without any. `loose` lets decimals differ as doubles
    do, for an engine that computes them as doubles.
    """
    if (ours.num_rows, ours.num_columns) != (expected.num_rows, expected.num_columns):
        return (
            f"{ours.num_rows} rows of {ours.num_columns} columns, "
            f"expected {expected.num_rows} of {expected.num_columns}"
        )
    ours, expected = (
        t.rename_columns([n.lower() for n in expected.column_names]) for t in (ours, expected)
    )
    if keys:
        order = [(key, "ascending") for key in keys]
        ours, expected = ours.sort_by(order), expected.sort_by(order)
    for name in expected.column_names:
        pairs = zip(plain_values(ours[name]), plain_values(expected[name]), strict=True)
        for row, (got, wanted) in enumerate(pairs):
            if not is_same(got, wanted, loose=loose):
                return f"column {name}, row {row}: {got!r}, expected {wanted!r}"
    return None


def plain_values(column: pa.ChunkedArray) -> list[object]:
    """Return a column as Python values, dictionaries resolved."""
    values: list[object] = column.to_pylist()
    return values


def is_same(got: object, wanted: object, *, loose: bool) -> bool:
    """Tell whether two values are the same, as far as their types can tell."""
    numbers = (int, float, Decimal)
    if not isinstance(got, numbers) or not isinstance(wanted, numbers):
        return got == wanted
    if loose or isinstance(got, float) or isinstance(wanted, float):
        return is_close(float(got), float(wanted))
    return got == wanted


def is_close(got: float, wanted: float) -> bool:
    """Tell whether two doubles are the same but for the order of additions."""
    if math.isnan(got) or math.isnan(wanted):
        return math.isnan(got) and math.isnan(wanted)
    return math.isclose(got, wanted, rel_tol=RELATIVE_TOLERANCE)
