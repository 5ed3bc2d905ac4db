"""Table functions: the values that each row of a relation gets, made by numpy for all rows at once.

    arguments (a column each) --VALUES_OF[function]--> counts by row, values of all rows in order

A row's values stand together; a row with a NULL argument has none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gpudb.errors import DataError, Error, OperationalError
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.list_values import Runs, held_elements
from gpudb.records import dataclass
from gpudb.sql.functions.dates import add_months_to_timestamp
from gpudb.sql.pipeline import ExpandedRows

Ints = np.ndarray
INT64_GREATEST = (1 << 63) - 1
NANOSECONDS = 1000
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Expansion:
    """How many values each row has, and, once they are known to fit, all of them."""

    counts: Ints
    values: Callable[[Places], tuple[HeldColumn, ...]]


@dataclass(frozen=True)
class Places:
    """For each value, the row that it belongs to, and its place among that row's, from 0."""

    rows: Ints
    within: Ints


def expanded(source: ExpandedRows, relation: Relation, memory_limit_bytes: int) -> Relation:
    """Return each row with every value that the table function gives for it.

    Raises OperationalError where the values take more than `memory_limit_bytes`.
    """
    try:
        return _expanded(source, relation, memory_limit_bytes)
    except Error as error:
        if source.span is not None:
            error.begin, error.end = source.span.begin, source.span.end
        raise


def _expanded(source: ExpandedRows, relation: Relation, memory_limit_bytes: int) -> Relation:
    columns = [relation.columns[id] for id in source.arguments]
    expansion = VALUES_OF[source.function](columns, source)
    counts = expansion.counts
    total = int(counts.sum(dtype=np.float64))
    if 8 * total > memory_limit_bytes:
        message = f"a table function gives {total} values, which take more than memory_limit"
        raise OperationalError(f"{message} ({memory_limit_bytes} bytes)")
    is_missing = counts == 0 if source.is_outer else np.zeros(len(counts), np.bool_)
    places = _places(np.where(is_missing, 1, counts))
    number = HeldColumn(source.added[-1].type, places.within + 1)
    made = [*expansion.values(places), number][: len(source.added)]
    if is_missing.any():
        made = [_without(column, is_missing[places.rows]) for column in made]
    kept = {id: column for id, column in relation.columns.items() if id not in source.arguments}
    taken = Relation(relation.rows, kept)
    if relation.rows != 1 or kept:
        taken = taken.take(places.rows)
    added = {f.id: column for f, column in zip(source.added, made, strict=True)}
    return Relation(len(places.rows), {**taken.columns, **added})


def _places(counts: Ints) -> Places:
    if len(counts) == 1:
        within = np.arange(int(counts[0]), dtype=np.int64)
        return Places(np.zeros(len(within), np.int8), within)
    rows = np.repeat(np.arange(len(counts)), counts)
    begins = np.cumsum(counts) - counts
    return Places(rows, np.arange(len(rows), dtype=np.int64) - begins[rows])


def _without(column: HeldColumn, is_missing: np.ndarray) -> HeldColumn:
    nulls = is_missing if column.nulls is None else column.nulls | is_missing
    return HeldColumn(column.type, column.values, nulls, column.high, column.domain)


def _ints(column: HeldColumn) -> Ints:
    values = column.values.astype(np.int64)
    return values if column.nulls is None else np.where(column.nulls, 0, values)


def _check_steps(column: HeldColumn, steps: Ints) -> Ints:
    is_zero = steps == 0
    if column.nulls is not None:
        is_zero &= ~column.nulls
    if is_zero.any():
        raise DataError("the step of a series is 0")
    return np.where(steps == 0, 1, steps)


def _series(*, is_before: bool, scale: int = 1) -> Callable[..., Expansion]:
    """Return the series of numbers up to the last, or before it; steps count `scale` units."""

    def expand(columns: Sequence[HeldColumn], source: ExpandedRows) -> Expansion:
        first, last, step = (_ints(column) for column in columns)
        step = _check_steps(columns[2], step)
        if (abs(step) > INT64_GREATEST // scale).any():
            raise DataError("the step of a series is out of range")
        step = step * scale
        # Unsigned differences hold those of any two 64-bit numbers.
        is_up = step > 0
        low, high = np.where(is_up, first, last), np.where(is_up, last, first)
        distance = high.view(np.uint64) - low.view(np.uint64)
        is_empty = high < low
        if is_before:
            is_empty |= high == low
            distance = distance - np.uint64(1)
        size = np.where(is_up, step, -step).view(np.uint64)
        # More values than 62 bits count are too many in any case.
        most = np.uint64(1 << 62)
        counts = np.where(is_empty, 0, np.minimum(distance // size, most) + np.uint64(1))
        of = source.added[0].type

        def values(places: Places) -> tuple[HeldColumn, ...]:
            if len(first) == 1:
                found = first[0] + step[0] * places.within
            else:
                found = first[places.rows] + step[places.rows] * places.within
            return (HeldColumn(of, found),)

        return Expansion(_without_nulls(counts.astype(np.int64), columns), values)

    return expand


def _months(*, is_before: bool) -> Callable[..., Expansion]:
    """Return the series of moments, each some months behind the one before it."""

    def expand(columns: Sequence[HeldColumn], source: ExpandedRows) -> Expansion:
        first, last, step = (_ints(column) for column in columns)
        step = _check_steps(columns[2], step)
        of = source.added[0].type
        day = DAY_SECONDS * 10**of.precision
        # As many as there may be at most: a month has 28 days at least.
        parts = zip(first.tolist(), last.tolist(), step.tolist(), strict=True)
        listed = [_moments(a, b, s, day, is_before=is_before) for a, b, s in parts]
        counts = np.array([len(moments) for moments in listed], np.int64)
        found = np.array([m for moments in listed for m in moments], np.int64)

        def values(places: Places) -> tuple[HeldColumn, ...]:
            if len(found) == len(places.rows):
                return (HeldColumn(of, found),)
            begins = np.cumsum(counts) - counts
            is_there = counts[places.rows] > 0
            spread = np.zeros(len(places.rows), np.int64)
            spread[is_there] = found[(begins[places.rows] + places.within)[is_there]]
            return (HeldColumn(of, spread),)

        return Expansion(_without_nulls(counts, columns), values)

    return expand


def _without_nulls(counts: Ints, columns: Sequence[HeldColumn]) -> Ints:
    """Return no value for rows where an argument is NULL."""
    for column in columns:
        if column.nulls is not None:
            counts = np.where(column.nulls, 0, counts)
    return counts


def _moments(first: int, last: int, step: int, day: int, *, is_before: bool) -> list[int]:
    found = []
    moment = first
    while (moment < last if step > 0 else moment > last) or (moment == last and not is_before):
        found.append(moment)
        moment = int(add_months_to_timestamp(moment, step, day))
    return found


def _unnest(columns: Sequence[HeldColumn], source: ExpandedRows) -> Expansion:
    """Return the elements of arrays side by side, NULL behind the end of one."""
    runs = [Runs.of(column) for column in columns]
    counts = np.maximum.reduce([run.counts for run in runs])

    def values(places: Places) -> tuple[HeldColumn, ...]:
        return tuple(_elements(run, places) for run in runs)

    return Expansion(counts, values)


def _elements(run: Runs, places: Places) -> HeldColumn:
    is_there = places.within < run.counts[places.rows]
    at = np.where(is_there, run.begins[places.rows] + places.within, 0)
    return held_elements(run.lists, at, is_there)


VALUES_OF: dict[str, Callable[..., Expansion]] = {
    "unnest": _unnest,
    "series": _series(is_before=False),
    "series_before": _series(is_before=True),
    "nanoseconds": _series(is_before=False, scale=NANOSECONDS),
    "nanoseconds_before": _series(is_before=True, scale=NANOSECONDS),
    "months": _months(is_before=False),
    "months_before": _months(is_before=True),
}
