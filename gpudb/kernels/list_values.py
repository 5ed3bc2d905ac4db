"""Elements of arrays as held columns, and held columns as arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.kernels.held import HeldColumn
from gpudb.kernels.lists import ListDomain, Lists, distinct, lists_of
from gpudb.records import dataclass, replace
from gpudb.storage.encodings import wide
from gpudb.storage.types import Kind, SqlType

Columns = Sequence[HeldColumn]


def held_elements(lists: Lists, places: np.ndarray, is_there: np.ndarray) -> HeldColumn:
    """Return the elements at `places`, NULL where none `is_there`."""
    if len(lists.values):
        values = lists.values[places]
        missing = ~is_there if lists.nulls is None else ~is_there | lists.nulls[places]
    else:
        values, missing = np.zeros(len(places), lists.values.dtype), ~is_there
    nulls = missing if missing.any() else None
    if not wide.is_wide(values):
        return HeldColumn(lists.element, values, nulls, domain=lists.domain)
    low, high = wide.low_words(values), wide.high_words(values)
    return HeldColumn(lists.element, low, nulls, high=high).narrowed()


@dataclass(frozen=True)
class Runs:
    """Where each row's elements begin among those of `lists`, and how many it has."""

    lists: Lists
    begins: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, column: HeldColumn) -> Runs:
        """Return the elements of a column of arrays; NULL has none."""
        assert column.domain is not None
        lists = lists_of(column.domain, column.type)
        codes = column.values if column.nulls is None else np.where(column.nulls, 0, column.values)
        if not len(lists):
            nothing = np.zeros(len(codes), np.int64)
            return cls(lists, nothing, nothing)
        counts = lists.lengths[codes]
        if column.nulls is not None:
            counts = np.where(column.nulls, 0, counts)
        return cls(lists, lists.offsets[codes], counts)


def at_places(lists: Lists, places: np.ndarray, offsets: np.ndarray) -> Lists:
    """Return lists of the elements at `places`."""
    nulls = None if lists.nulls is None else lists.nulls[places]
    return replace(lists, offsets=offsets, values=lists.values[places], nulls=nulls)


def null_rows(columns: Columns) -> np.ndarray | None:
    """Return the rows where one of the columns is NULL."""
    found = [column.nulls.astype(np.bool_) for column in columns if column.nulls is not None]
    return np.logical_or.reduce(found) if found else None


def held_arrays(lists: Lists, nulls: np.ndarray | None) -> HeldColumn:
    """Return a list a row, NULL where `nulls`, as codes of the distinct ones."""
    different, codes = distinct(lists)
    return HeldColumn(lists.of, codes, nulls, domain=ListDomain(different))


def lists_of_values(column: HeldColumn, of: SqlType) -> Lists:
    """Return a list of type `of` of each value of a column."""
    offsets = np.arange(len(column.values) + 1, dtype=np.int64)
    return Lists(of, offsets, _element_values(column), column.nulls, column.domain)


def _element_values(column: HeldColumn) -> np.ndarray:
    values = column.values
    if column.high is not None:
        made: np.ndarray = np.empty(len(values), wide.WORDS)
        made["low"], made["high"] = values, column.high
        return made
    if column.type.kind is Kind.BOOLEAN:
        return values.astype(np.uint8)
    return values + values.dtype.type(0) if column.type.is_float else values
