"""Aggregates of all values of a group at once: quantiles, the mode, first and last, joined text.

Each is a function from the call, its arguments as held columns and the groups to a held column;
where a group has no value the result is NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa

from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.host import arrow_column
from gpudb.kernels.list_values import held_arrays, lists_of_values
from gpudb.kernels.numbers import Groups
from gpudb.kernels.radix import Workers
from gpudb.kernels.sinks.results import wide_floats
from gpudb.kernels.sorting import ASCENDING, float_of_order, key_parts, order, packed, values_of
from gpudb.kernels.texts import held_text
from gpudb.late import compute as pc
from gpudb.records import dataclass, replace
from gpudb.sql.aggregates import arguments_of
from gpudb.sql.expr import AggregateCall, ColumnReference, Expression, Literal, SortKey
from gpudb.sql.pipeline import SegmentRows
from gpudb.storage.types import BIGINT, Kind

Columns = Mapping[int, HeldColumn]


def segment_rows(relation: Relation, source: SegmentRows, workers: Workers) -> Relation:
    """Return one row for each group, with its keys and its aggregates."""
    numbers = relation.columns[source.number].values
    count = int(numbers.max()) + 1 if len(numbers) else 0
    count = max(count, 0 if source.keys else 1)
    groups = Groups(numbers, count, workers)
    columns = {
        key.field.id: _plain_zero(relation.columns[_id(key.expression)].take(groups.firsts))
        for key in source.keys
    }
    for item in source.aggregates:
        segments = Segments(item.call, relation.columns, groups)
        columns[item.field.id] = COMPUTED[item.call.function](segments)
    return Relation(count, columns)


def _id(expression: Expression) -> int:
    assert isinstance(expression, ColumnReference)
    return expression.id


def _plain_zero(column: HeldColumn) -> HeldColumn:
    """Return a key with 0.0 for -0.0, which are the same group."""
    is_float = column.values.dtype.kind == "f"
    return replace(column, values=column.values + 0) if is_float else column


@dataclass(frozen=True)
class Segments:
    """A call, and the columns and groups that it reads."""

    call: AggregateCall
    columns: Columns
    groups: Groups

    @property
    def argument(self) -> HeldColumn:
        """The first argument."""
        return self.columns[_id(arguments_of(self.call)[0])]

    def ordered_by(self) -> list[tuple[HeldColumn, SortKey]]:
        """Return the order's columns and keys."""
        return [(self.columns[_id(key.expression)], key) for key in self.call.order]


def constant_of(call: AggregateCall) -> float | str:
    """Return the second argument, a constant."""
    literal = call.others[0]
    assert isinstance(literal, Literal) and isinstance(literal.value, float | str)
    return literal.value


def is_descending(call: AggregateCall) -> bool:
    """Return whether the first key descends."""
    return bool(call.order) and call.order[0].is_descending


class Ordered(Protocol):
    """The values of many groups, or of many frames, in their order."""

    @property
    def sizes(self) -> np.ndarray:
        """How many values each has: int64[groups]."""
        ...

    def pick(self, wanted: np.ndarray) -> tuple[HeldColumn, HeldColumn]:
        """Return the value that is `wanted`th in each one's order, and the next one."""
        ...


def _sorted_rows(
    groups: Groups, rows: np.ndarray | None, keys: Sequence[tuple[HeldColumn, SortKey]]
) -> np.ndarray:
    """Return places among `rows` by group and then by `keys`; equal ones keep their order."""
    if not keys:
        return groups.together
    own = [column if rows is None else column.take(rows) for column, _ in keys]
    number = HeldColumn(BIGINT, groups.numbers)
    return order([number, *own], [ASCENDING, *(key for _, key in keys)], groups.workers)


def _present(column: HeldColumn) -> np.ndarray | None:
    return None if column.nulls is None else np.flatnonzero(~column.nulls)


def empty(sizes: np.ndarray) -> np.ndarray | None:
    """Return which groups have no rows; None where all have some."""
    is_empty = sizes == 0
    return is_empty if is_empty.any() else None


@dataclass(frozen=True)
class Values:
    """The values of groups without NULLs, and, where asked for, without duplicates."""

    column: HeldColumn
    groups: Groups

    @classmethod
    def of(cls, segments: Segments) -> Values:
        """Return the values of a call's argument."""
        column, rows = segments.argument, _present(segments.argument)
        groups = segments.groups.where(rows)
        if rows is not None:
            column = replace(column.take(rows), nulls=None)
        if segments.call.is_distinct and len(groups.numbers):
            sorted_rows = _sorted_rows(groups, None, [(column, ASCENDING)])
            kept = sorted_rows[_changes(groups.numbers, column, sorted_rows)]
            column, groups = column.take(kept), groups.where(kept)
        return cls(column, groups)

    @property
    def sizes(self) -> np.ndarray:
        """How many values each group has: int64[groups]."""
        return self.groups.sizes

    def pick(self, wanted: np.ndarray) -> tuple[HeldColumn, HeldColumn]:
        """Return the value that is `wanted`th in each group's order, and the next one."""
        column, groups = self.column, self.groups
        if column.high is not None:
            rows = _sorted_rows(groups, None, [(column, ASCENDING)])
            place = groups.starts[:-1] + wanted
            following = np.minimum(place + 1, groups.starts[1:] - 1)
            last = max(len(rows) - 1, 0)
            picked = [
                column.take(rows[np.clip(p, 0, last)]) if len(rows) else _nothing(column, groups)
                for p in (place, following)
            ]
            return picked[0], picked[1]
        words = column.values if column.domain is None else values_of(column)
        low, high = groups.select(words, wanted)
        return self._of_words(low), self._of_words(high)

    def _of_words(self, words: np.ndarray) -> HeldColumn:
        column = self.column
        if column.domain is not None:
            codes = column.domain.order
            words = codes[words] if len(codes) else words
        elif column.values.dtype.kind == "f":
            words = float_of_order(words)
        return replace(column, values=words.astype(column.values.dtype))


def _nothing(column: HeldColumn, groups: Groups) -> HeldColumn:
    zeros = np.zeros(groups.count, np.int64)
    return replace(column, values=zeros, high=zeros)


def _changes(numbers: np.ndarray, column: HeldColumn, rows: np.ndarray) -> np.ndarray:
    """Return where, among sorted rows, another group or another value begins."""
    begins = np.ones(len(rows), np.bool_)
    parts = [numbers.astype(np.int64), *key_parts(replace(column, domain=None), ASCENDING)]
    begins[1:] = False
    for part in packed(parts):
        held = part[rows]
        begins[1:] |= held[1:] != held[:-1]
    return begins


def quantile_cont(call: AggregateCall, values: Ordered) -> HeldColumn:
    """Interpolate between the two values around the place (n - 1) * fraction."""
    sizes, fraction = values.sizes, float(constant_of(call))
    place = np.maximum(sizes - 1, 0) * fraction
    below = np.floor(place).astype(np.int64)
    share = place - below
    if is_descending(call):
        # The place from the other end; its neighbours change roles.
        below = np.maximum(sizes - 1 - below - (share > 0), 0)
        share = np.where(share > 0, 1.0 - share, 0.0)
    low, high = values.pick(below)
    type, nulls = call.type, empty(sizes)
    if type.kind is Kind.TIMESTAMP:
        apart = (high.values - low.values) * share
        return HeldColumn(type, low.values + apart.astype(np.int64), nulls)
    a, b = _floats(low), _floats(high)
    with np.errstate(invalid="ignore", over="ignore"):
        found = np.where((share == 0.0) | (a == b), a, a + (b - a) * share)
    return HeldColumn(type, found / 10.0 ** arguments_of(call)[0].type.scale, nulls)


def _floats(column: HeldColumn) -> np.ndarray:
    if column.high is not None:
        return wide_floats(column.values, column.high)
    return column.values.astype(np.float64)


def quantile_disc(call: AggregateCall, values: Ordered) -> HeldColumn:
    """Pick the first value at or behind which at least `fraction` of all stand."""
    sizes, fraction = values.sizes, float(constant_of(call))
    wanted = np.maximum(np.ceil(sizes * fraction).astype(np.int64) - 1, 0)
    if is_descending(call):
        wanted = np.maximum(sizes - 1 - wanted, 0)
    found = values.pick(wanted)[0]
    return replace(found, type=call.type, nulls=empty(sizes)).narrowed()


def mode(segments: Segments) -> HeldColumn:
    """Pick the most frequent value, of several the first in order."""
    values = Values.of(segments)
    column, groups = values.column, values.groups
    if not len(groups.numbers):
        return _all_null(segments)
    key = replace(ASCENDING, is_descending=is_descending(segments.call))
    rows = _sorted_rows(groups, None, [(column, key)])
    begins = np.flatnonzero(_changes(groups.numbers, column, rows))
    lengths = np.diff(np.append(begins, len(rows)))
    owners = groups.numbers[rows[begins]]
    # Runs by group, the longest first; of equally long ones the first in order stays first.
    best = np.lexsort((-lengths, owners))
    chosen = np.zeros(groups.count, np.int64)
    chosen[owners[best][::-1]] = rows[begins[best]][::-1]
    return replace(column.take(chosen), nulls=empty(groups.sizes)).narrowed()


def _all_null(segments: Segments) -> HeldColumn:
    column, count = segments.argument, segments.groups.count
    zeros = np.zeros(count, column.values.dtype)
    return replace(column, values=zeros, high=None, nulls=np.ones(count, np.bool_))


def first(segments: Segments) -> HeldColumn:
    """Pick the value of the first row, NULL or not."""
    return _end(segments, is_last=False)


def last(segments: Segments) -> HeldColumn:
    """Pick the value of the last row, NULL or not."""
    return _end(segments, is_last=True)


def _end(segments: Segments, *, is_last: bool) -> HeldColumn:
    tests = [segments.columns[_id(test)] for test in segments.call.others]
    kept = [np.flatnonzero(where_true(test)) for test in tests]
    rows = kept[0] if kept else None
    groups = segments.groups.where(rows)
    if not len(groups.numbers):
        return _all_null(segments)
    if segments.call.order:
        keys = ((c if rows is None else c.take(rows), key) for c, key in segments.ordered_by())
        parts = packed([part for column, key in keys for part in key_parts(column, key)])
        chosen = np.maximum(groups.best(parts, is_last=is_last), 0)
    else:
        chosen = groups.lasts if is_last else groups.firsts
    found = segments.argument.take(chosen if rows is None else rows[chosen])
    missing = empty(groups.sizes)
    if missing is not None and found.nulls is not None:
        missing = missing | found.nulls
    return replace(found, nulls=found.nulls if missing is None else missing).narrowed()


def where_true(test: HeldColumn) -> np.ndarray:
    """Return for which rows a condition is TRUE: bool[rows]."""
    is_true = test.values.astype(np.bool_)
    return is_true if test.nulls is None else is_true & ~test.nulls


def string_agg(segments: Segments) -> HeldColumn:
    """Join the strings that are not NULL, in order."""
    column, rows = segments.argument, _present(segments.argument)
    groups = segments.groups.where(rows)
    keys = segments.ordered_by()
    if segments.call.is_distinct and not keys:
        keys = [(column, ASCENDING)]
    places = _sorted_rows(groups, rows, keys)
    held = column if rows is None else replace(column.take(rows), nulls=None)
    if segments.call.is_distinct and len(places):
        places = places[_changes(groups.numbers, held, places)]
        groups = groups.where(places)
        strings = arrow_column(held.take(places))
    else:
        strings = arrow_column(held.take(places))
    lists = pa.LargeListArray.from_arrays(pa.array(groups.starts), strings.cast(pa.large_string()))
    joined = pc.binary_join(lists, pa.scalar(str(constant_of(segments.call)), pa.large_string()))
    is_empty = pa.array(groups.sizes == 0)
    return held_text(pc.if_else(is_empty, pa.scalar(None, pa.large_string()), joined), column.type)


def array_agg(segments: Segments) -> HeldColumn:
    """Put all values into an array, NULL among them, in order."""
    column, keys = segments.argument, segments.ordered_by()
    rows = None
    for test in segments.call.others:
        if not isinstance(test, Literal):
            rows = np.flatnonzero(where_true(segments.columns[_id(test)]))
        elif not test.value:
            rows = np.zeros(0, np.int64)
    groups = segments.groups.where(rows)
    if segments.call.is_distinct:
        keys = [(column, ASCENDING)]
    places = _sorted_rows(groups, rows, keys)
    held = column if rows is None else column.take(rows)
    if segments.call.is_distinct and len(places):
        places = places[_changes(groups.numbers, held, places)]
        groups = groups.where(places)
    of = segments.call.type
    lists = replace(lists_of_values(held.take(places), of), offsets=groups.starts.astype(np.int64))
    return held_arrays(lists, empty(groups.sizes))


COMPUTED: dict[str, Callable[[Segments], HeldColumn]] = {
    "quantile_cont": lambda segments: quantile_cont(segments.call, Values.of(segments)),
    "quantile_disc": lambda segments: quantile_disc(segments.call, Values.of(segments)),
    "mode": mode,
    "first": first,
    "last": last,
    "string_agg": string_agg,
    "array_agg": array_agg,
}
