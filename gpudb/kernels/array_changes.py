"""What becomes of the elements of each row's array: others in their order, one of them, a sum.

All rows at once: `places` are the elements of all arrays one behind the other, `rows` the row that
each belongs to.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from gpudb.kernels.held import Failures, HeldColumn
from gpudb.kernels.list_values import (
    Columns,
    Runs,
    at_places,
    held_arrays,
    held_elements,
    lists_of_values,
    null_rows,
)
from gpudb.kernels.lists import joined
from gpudb.kernels.radix import stable_order
from gpudb.kernels.sorting import ASCENDING, key_parts
from gpudb.records import dataclass, replace
from gpudb.sql.expr import Call
from gpudb.storage.encodings.lists import gathered

# Sums beyond it are made again of Python's numbers; a DOUBLE is near enough to tell.
SAFE_SUM = 1e17


@dataclass(frozen=True)
class Elements:
    """The elements of a column of arrays."""

    run: Runs
    nulls: np.ndarray | None

    @classmethod
    def of(cls, column: HeldColumn) -> Elements:
        """Return the elements of all rows; NULL has none."""
        return cls(Runs.of(column), null_rows([column]))

    @cached_property
    def places(self) -> np.ndarray:
        """Where each element lies."""
        return gathered(self.run.begins, self.run.counts)[1]

    @cached_property
    def rows(self) -> np.ndarray:
        """The row of each element."""
        return np.repeat(np.arange(len(self.run.counts)), self.run.counts)

    @cached_property
    def column(self) -> HeldColumn:
        """The elements themselves."""
        return held_elements(self.run.lists, self.places, np.ones(len(self.places), np.bool_))

    @cached_property
    def order(self) -> np.ndarray:
        """The elements row by row, in each from the least to the greatest, NULL last."""
        return stable_order([self.rows, *key_parts(self.column, ASCENDING)])

    @cached_property
    def is_there(self) -> np.ndarray:
        """Which elements are not NULL: bool[elements]."""
        nulls = self.column.nulls
        return np.ones(len(self.places), np.bool_) if nulls is None else ~nulls.astype(np.bool_)

    def kept(self, flags: np.ndarray) -> HeldColumn:
        """Return the arrays with those elements only that have a flag."""
        counts = np.bincount(self.rows[flags], minlength=len(self.run.counts))
        offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return held_arrays(at_places(self.run.lists, self.places[flags], offsets), self.nulls)

    def one(self, places: np.ndarray, rows: np.ndarray) -> HeldColumn:
        """Return for each of `rows` the element at one of `places`; NULL for the others."""
        found = np.zeros(len(self.run.counts), np.int64)
        is_there = np.zeros(len(self.run.counts), np.bool_)
        found[rows], is_there[rows] = places, True
        return held_elements(self.run.lists, found, is_there)


def sort_elements(call: Call, columns: Columns) -> HeldColumn:
    """Put the elements in order, NULL last."""
    elements = Elements.of(columns[0])
    offsets = np.concatenate(([0], np.cumsum(elements.run.counts))).astype(np.int64)
    places = elements.places[elements.order]
    return held_arrays(at_places(elements.run.lists, places, offsets), elements.nulls)


def reverse_elements(call: Call, columns: Columns) -> HeldColumn:
    """Put the last element first."""
    elements = Elements.of(columns[0])
    run = elements.run
    offsets = np.concatenate(([0], np.cumsum(run.counts))).astype(np.int64)
    mirrored = np.repeat(2 * run.begins + run.counts - 1, run.counts) - elements.places
    return held_arrays(at_places(run.lists, mirrored, offsets), elements.nulls)


def distinct_elements(call: Call, columns: Columns) -> HeldColumn:
    """Keep the first of each value, and no NULL."""
    elements = Elements.of(columns[0])
    order = elements.order
    is_new = np.ones(len(order), np.bool_)
    same = elements.rows[order][1:] == elements.rows[order][:-1]
    for part in key_parts(elements.column, ASCENDING):
        same &= part[order][1:] == part[order][:-1]
    is_new[1:] = ~same
    kept = np.zeros(len(order), np.bool_)
    kept[order[is_new]] = True
    return elements.kept(kept & elements.is_there)


def remove_element(call: Call, columns: Columns) -> HeldColumn:
    """Leave out the elements that are like a value; NULL is like NULL."""
    elements = Elements.of(columns[0])
    lists = elements.run.lists
    together = joined([lists, lists_of_values(columns[1], lists.of)])
    places = np.concatenate((elements.places, len(lists.values) + elements.rows))
    both = held_elements(together, places, np.ones(len(places), np.bool_))
    count = len(elements.places)
    differs = np.zeros(count, np.bool_)
    for part in key_parts(both, ASCENDING):
        differs |= part[:count] != part[count:]
    return elements.kept(differs)


def least_element(call: Call, columns: Columns) -> HeldColumn:
    """Take the first element in order; NULL where there is none but NULL."""
    elements = Elements.of(columns[0])
    order = elements.order[elements.is_there[elements.order]]
    rows, first = np.unique(elements.rows[order], return_index=True)
    return elements.one(elements.places[order][first], rows)


def greatest_element(call: Call, columns: Columns) -> HeldColumn:
    """Take the last element in order; NULL where there is none but NULL."""
    elements = Elements.of(columns[0])
    order = elements.order[elements.is_there[elements.order]][::-1]
    rows, first = np.unique(elements.rows[order], return_index=True)
    return elements.one(elements.places[order][first], rows)


def sum_elements(call: Call, columns: Columns) -> HeldColumn:
    """Add the elements that are not NULL; NULL where there are none."""
    elements = Elements.of(columns[0])
    return _summed(call, elements, elements.column.values, elements.is_there)


def mean_elements(call: Call, columns: Columns) -> HeldColumn:
    """Divide the sum of the elements by their number, as DOUBLE."""
    elements = Elements.of(columns[0])
    values = elements.column.values.astype(np.float64) / 10.0**elements.column.type.scale
    summed = _summed(call, elements, values, elements.is_there)
    counts = np.bincount(elements.rows[elements.is_there], minlength=len(elements.run.counts))
    return replace(summed, values=summed.values / np.maximum(counts, 1))


def multiply_elements(call: Call, columns: Columns) -> HeldColumn:
    """Add the products of the elements at equal places; NULL where one of them is."""
    first, second = (Elements.of(column) for column in columns)
    counts, others = first.run.counts, second.run.counts
    nulls = null_rows(columns)
    is_known = np.ones(len(counts), np.bool_) if nulls is None else ~nulls
    differs = is_known & (counts != others)
    is_alike = is_known & ~differs
    mine, theirs = is_alike[first.rows], is_alike[second.rows]
    products = np.zeros(len(first.rows), np.float64)
    products[mine] = first.column.values[mine].astype(np.float64)
    products[mine] *= second.column.values[theirs]
    sums = np.bincount(first.rows, products, len(counts))
    failures = _unlike(call, counts, others, differs) if differs.any() else None
    missing = ~is_known
    missing[first.rows[~first.is_there]] = True
    missing[second.rows[~second.is_there]] = True
    return HeldColumn(call.type, sums, missing if missing.any() else None, failures=failures)


def _unlike(call: Call, counts: np.ndarray, others: np.ndarray, differs: np.ndarray) -> Failures:
    """Return the failures of rows whose arrays have other numbers of elements."""
    pairs = np.stack((counts[differs], others[differs]), axis=1)
    found, numbers = np.unique(pairs, axis=0, return_inverse=True)
    codes = np.zeros(len(counts), np.int32)
    codes[differs] = numbers.reshape(-1) + 1
    messages = [f"arrays of {a} and of {b} elements have no product" for a, b in found.tolist()]
    return Failures(codes, tuple(messages), call.span)


def _summed(call: Call, elements: Elements, values: np.ndarray, is_there: np.ndarray) -> HeldColumn:
    """Return each row's sum of values; a sum beyond 64 bits is a failure where it is read."""
    rows, kept = elements.rows[is_there], values[is_there]
    count = len(elements.run.counts)
    numbers = np.bincount(rows, minlength=count)
    nulls = numbers == 0
    near = np.bincount(rows, kept.astype(np.float64), count)
    missing = nulls if nulls.any() else None
    if call.type.is_float:
        return HeldColumn(call.type, near, missing)
    sums = np.zeros(count, np.int64)
    np.add.at(sums, rows, kept.astype(np.int64))
    is_large = np.abs(near) > SAFE_SUM
    failures = None
    if is_large.any():
        exact = np.zeros(count, object)
        np.add.at(exact, rows[is_large[rows]], kept[is_large[rows]].astype(object))
        assert call.type.value_range is not None
        least, greatest = call.type.value_range
        is_wrong = np.array([not least <= value <= greatest for value in exact])
        message = f"{call.type} overflow: the sum of an array's elements is out of range"
        failures = Failures(is_wrong.astype(np.int32), (message,), call.span)
    return HeldColumn(call.type, sums, missing, failures=failures)
