"""Whether two answers are the same: exact for integers, decimals, dates and text.

Doubles may differ by 1e-9 of their size, since sums of doubles depend on the order.
"""

from __future__ import annotations

import math
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-15


def find_difference(
    ours: pa.Table, expected: pa.Table, *, is_ordered: bool = True, loose: bool = False
) -> str | None:
    """Return what differs first, in words, or None.

    Rows are matched by place, or sorted first. `loose` lets decimals differ as doubles do, for an
    engine that computes them as doubles, and does not sort by them.
    """
    if (ours.num_rows, ours.num_columns) != (expected.num_rows, expected.num_columns):
        return (
            f"{ours.num_rows} rows of {ours.num_columns} columns, "
            f"expected {expected.num_rows} of {expected.num_columns}"
        )
    names = [f"c{place}" for place in range(1, expected.num_columns + 1)]
    titles = expected.column_names
    ours, expected = ours.rename_columns(names), expected.rename_columns(names)
    if not is_ordered:
        order = sort_keys(expected, loose=loose)
        ours, expected = ours.sort_by(order), expected.sort_by(order)
    for name, title in zip(names, titles, strict=True):
        found = find_in_column(ours[name], expected[name], loose=loose)
        if found is not None:
            return f"column {title.lower()}, {found}"
    return None


def sort_keys(table: pa.Table, *, loose: bool) -> list[tuple[str, str]]:
    """Return by what to sort: exact columns first, so that roundings do not reorder rows."""
    inexact = [
        f.name
        for f in table.schema
        if pa.types.is_floating(f.type) or (loose and pa.types.is_decimal(f.type))
    ]
    exact = [name for name in table.column_names if name not in inexact]
    return [(name, "ascending") for name in (*exact, *inexact)]


def find_in_column(ours: pa.ChunkedArray, expected: pa.ChunkedArray, *, loose: bool) -> str | None:
    """Return the first value that differs, in words, or None."""
    if ours.type == expected.type and not pa.types.is_floating(ours.type):
        is_equal = pc.equal(ours, expected)
        if (
            ours.null_count == expected.null_count == is_equal.null_count
            and pc.all(is_equal, min_count=0).as_py()
        ):
            return None
    pairs = zip(plain_values(ours), plain_values(expected), strict=True)
    for row, (got, wanted) in enumerate(pairs):
        if not is_same(got, wanted, loose=loose):
            return f"row {row}: {got!r}, expected {wanted!r}"
    return None


def plain_values(column: pa.ChunkedArray) -> list[object]:
    """Return a column as Python values, dictionaries resolved."""
    values: list[object] = column.to_pylist()
    return values


def plain_rows(table: pa.Table) -> list[list[object]]:
    """Return a table's rows as Python values."""
    return [list(row) for row in zip(*map(plain_values, table.columns), strict=True)]


def is_same(got: object, wanted: object, *, loose: bool = False) -> bool:
    """Tell whether two values are the same, as far as their types can tell."""
    numbers = (int, float, Decimal)
    if not isinstance(got, numbers) or not isinstance(wanted, numbers):
        return got == wanted
    if loose or isinstance(got, float) or isinstance(wanted, float):
        return is_close(float(got), float(wanted))
    return got == wanted


def is_close(got: float, wanted: float) -> bool:
    """Tell whether two doubles are the same but for the order of additions.

    A correlation of nearly nothing is nothing but the rounding of its sums.
    """
    if math.isnan(got) or math.isnan(wanted):
        return math.isnan(got) and math.isnan(wanted)
    return math.isclose(got, wanted, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
