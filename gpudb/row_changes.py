"""What UPDATE and DELETE found out, in the form in which storage changes rows: each row once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.records import dataclass


@dataclass(frozen=True)
class RowChanges:
    """Ascending, distinct numbers of rows, and for each column a new value a row.

    `first` are the places where each row came first; None where each came once, in order.
    """

    rows: np.ndarray
    columns: Mapping[str, pa.Array]
    first: pa.Array | None = None


def row_changes(found: pa.Table, table_name: str, width: int) -> RowChanges:
    """Return the changes that `found` describes: a row's number, then `width` new values.

    A row may come more than once, with the same values each time: DataError for different ones.
    """
    numbers = found.column(0).to_numpy()
    columns = {
        name: found.column(place).combine_chunks()
        for place, name in enumerate(found.column_names[: 1 + width])
        if place
    }
    if bool(np.all(numbers[1:] > numbers[:-1])):
        return RowChanges(numbers, columns)
    order = np.argsort(numbers, kind="stable")
    numbers = numbers[order]
    is_repeated = np.concatenate(([False], numbers[1:] == numbers[:-1]))
    repeats = np.flatnonzero(is_repeated)
    for name, values in columns.items():
        _check_alike(
            values.take(pa.array(order[repeats - 1])),
            values.take(pa.array(order[repeats])),
            f"column {name} of table {table_name}",
        )
    kept = pa.array(order[~is_repeated])
    columns = {name: values.take(kept) for name, values in columns.items()}
    return RowChanges(numbers[~is_repeated], columns, kept)


def _check_alike(first: pa.Array, second: pa.Array, what: str) -> None:
    alike = pc.fill_null(pc.equal(first, second), False)
    alike = pc.or_(alike, pc.and_(first.is_null(), second.is_null()))
    if pa.types.is_floating(first.type):
        both_nan = pc.and_(pc.is_nan(first), pc.is_nan(second))
        alike = pc.or_(alike, pc.fill_null(both_nan, False))
    place = pc.index(alike, False).as_py()
    if place >= 0:
        values = f"{first[place].as_py()!r} and {second[place].as_py()!r}"
        raise DataError(
            f"UPDATE gives {what} several values for one row, {values} among them, since FROM has "
            "several partners for it; let the condition leave one",
            about=[what.partition(" of ")[0]],
        )
