"""Whether two answers are the same: exact for integers, decimals, dates and text.

Doubles may differ by 1e-9 of their size, since sums of doubles depend on the order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Tolerance:
    """By what numbers may differ where one of them is a double.

    A correlation of nearly nothing is nothing but the rounding of its sums.
    """

    relative: float = 1e-9
    absolute: float = 1e-15


STRICT = Tolerance()


def find_difference(
    ours: pa.Table,
    expected: pa.Table,
    *,
    is_ordered: bool = True,
    tolerances: Sequence[Tolerance] = (),
) -> str | None:
    """Return what differs first, in words, or None.

    Rows are matched by place, or sorted first. `tolerances` are by column.
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
        order = sort_keys(expected)
        ours, expected = ours.sort_by(order), expected.sort_by(order)
    given = tolerances or [STRICT] * len(names)
    for name, title, tolerance in zip(names, titles, given, strict=True):
        found = find_in_column(ours[name], expected[name], tolerance)
        if found is not None:
            return f"column {title.lower()}, {found}"
    return None


def sort_keys(table: pa.Table) -> list[tuple[str, str]]:
    """Return by what to sort: exact columns first, so that roundings do not reorder rows."""
    inexact = [f.name for f in table.schema if pa.types.is_floating(f.type)]
    exact = [name for name in table.column_names if name not in inexact]
    return [(name, "ascending") for name in (*exact, *inexact)]


def find_in_column(
    ours: pa.ChunkedArray, expected: pa.ChunkedArray, tolerance: Tolerance
) -> str | None:
    """Return the first value that differs, in words, or None."""
    if is_equal_column(ours, expected, tolerance):
        return None
    pairs = zip(plain_values(ours), plain_values(expected), strict=True)
    for row, (got, wanted) in enumerate(pairs):
        if not is_same(got, wanted, tolerance):
            return f"row {row}: {got!r}, expected {wanted!r}"
    return None


def is_equal_column(ours: pa.ChunkedArray, expected: pa.ChunkedArray, tolerance: Tolerance) -> bool:
    """Tell quickly that two columns are the same; False means that one has to look."""
    if ours.type != expected.type:
        return False
    if not pc.all(pc.equal(pc.is_null(ours), pc.is_null(expected)), min_count=0).as_py():
        return False
    if not pa.types.is_floating(ours.type):
        return bool(pc.all(pc.equal(ours, expected), min_count=0).as_py())
    near = {"rtol": tolerance.relative, "atol": tolerance.absolute}
    return np.allclose(ours.drop_null(), expected.drop_null(), **near, equal_nan=True)


def plain_values(column: pa.ChunkedArray) -> list[object]:
    """Return a column as Python values, dictionaries resolved."""
    values: list[object] = column.to_pylist()
    return values


def plain_rows(table: pa.Table) -> list[list[object]]:
    """Return a table's rows as Python values."""
    return [list(row) for row in zip(*map(plain_values, table.columns), strict=True)]


def is_same(got: object, wanted: object, tolerance: Tolerance = STRICT) -> bool:
    """Tell whether two values are the same, as far as their types can tell."""
    numbers = (int, float, Decimal)
    if not isinstance(got, numbers) or not isinstance(wanted, numbers):
        return got == wanted
    if isinstance(got, float) or isinstance(wanted, float):
        return is_close(float(got), float(wanted), tolerance)
    return got == wanted


def is_close(got: float, wanted: float, tolerance: Tolerance) -> bool:
    """Tell whether two doubles are the same but for the order of additions."""
    if math.isnan(got) or math.isnan(wanted):
        return math.isnan(got) and math.isnan(wanted)
    return math.isclose(got, wanted, rel_tol=tolerance.relative, abs_tol=tolerance.absolute)
