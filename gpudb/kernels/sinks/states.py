"""Aggregates as words of state: how a row changes them, how partial states merge, what they say.

A group's state is `pitch` 64-bit words: first the number of its rows, then (in hash tables) its
keys, then the words of its aggregates. Word w of group g stands at g * pitch + w; floats share the
memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gpudb.errors import DataError, NotSupportedError
from gpudb.kernels import library, text
from gpudb.kernels.arithmetic import INT64, fits
from gpudb.kernels.domains import Domain
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.scalar import write
from gpudb.kernels.scope import Scope
from gpudb.kernels.values import BOOL, FLOAT, INT, WIDE, Value
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import AggregateCall, Expression
from gpudb.sql.plan import AggregateItem
from gpudb.storage.types import Kind, SqlType

# The operations by which words merge; library.merge_word knows them by number.
ADD, ADD_FLOAT, ADD_WIDE, LOWEST, HIGHEST, LOWEST_FLOAT, HIGHEST_FLOAT, KEY = range(8)
FLOAT_OPERATIONS = (ADD_FLOAT, LOWEST_FLOAT, HIGHEST_FLOAT)
WORDS = {
    ADD: library.add,
    ADD_FLOAT: library.add,
    ADD_WIDE: library.add_wide,
    LOWEST: library.lowest,
    HIGHEST: library.highest,
    LOWEST_FLOAT: library.lowest_float,
    HIGHEST_FLOAT: library.highest_float,
}
FIRST_VALUES = {
    LOWEST: (1 << 63) - 1,
    HIGHEST: -(1 << 63),
    LOWEST_FLOAT: int(np.array(np.nan).view(np.int64)),
    HIGHEST_FLOAT: int(np.array(-np.inf).view(np.int64)),
}


@dataclass(frozen=True, slots=True)
class Update:
    """One word to change: `word` merges `value` by `operation` where `null` does not hold."""

    word: int
    operation: int
    value: Value
    bounds: Bounds | None


@dataclass(frozen=True, slots=True)
class Aggregated:
    """An aggregate's words.

    Its value at `word`, the number of values that were not NULL at `count`.
    """

    item: AggregateItem
    word: int
    count: int
    operation: int
    domain: Domain | None
    argument_scale: int


class States:
    """The words of all aggregates of one Group, and their updates for the present row."""

    def __init__(self, aggregates: Sequence[AggregateItem], keys: int, rows: int | None) -> None:
        self.items = aggregates
        self.rows = rows  # how many rows can reach the sink, if that is known
        self.operations = [ADD, *([KEY] * keys)]
        self.aggregated: list[Aggregated] = []
        self._counts: dict[str | None, int] = {None: 0}
        self._known: dict[tuple[str, Expression], Aggregated] = {}

    @property
    def pitch(self) -> int:
        """The number of words of a group."""
        return len(self.operations)

    def first_words(self) -> np.ndarray:
        """Return the state of a group without rows: int64[pitch]."""
        return np.array([FIRST_VALUES.get(op, 0) for op in self.operations], np.int64)

    def updates(self, scope: Scope) -> list[Update]:
        """Evaluate the aggregates' arguments for this row and return what they change."""
        updates = [Update(0, ADD, Value(INT, "1"), Bounds(1, 1))]
        for item in self.items:
            updates.extend(self._updates_of(item, scope))
        return updates

    def _updates_of(self, item: AggregateItem, scope: Scope) -> list[Update]:
        call = item.call
        if call.argument is None:
            self.aggregated.append(Aggregated(item, 0, 0, ADD, None, 0))
            return []
        known = self._known.get((_merge_name(call), call.argument))
        if known is not None:  # AVG(x) and SUM(x) share their words
            self.aggregated.append(replace(known, item=item))
            return []
        value, scale = write(call.argument, scope), call.argument.type.scale
        count, changes = self._count(value)
        if call.function == "count":
            self.aggregated.append(Aggregated(item, count, count, ADD, None, 0))
            return changes
        bounds = None if call.argument.type.is_float else scope.bounds(call.argument)
        if call.function in ("min", "max"):
            operation, value = _extreme(call, value, scope)
        else:
            operation, value = self._sum(call, value, bounds)
        value = replace(value, text=scope.writer.assign("term", value.text))
        word = self._word(operation)
        made = Aggregated(item, word, count, operation, value.domain, scale)
        self.aggregated.append(made)
        self._known[_merge_name(call), call.argument] = made
        return [*changes, Update(word, operation, value, bounds)]

    def _word(self, operation: int) -> int:
        self.operations.append(operation)
        if operation == ADD_WIDE:
            self.operations.append(KEY)  # the high word is carried along by ADD_WIDE
        return self.pitch - (2 if operation == ADD_WIDE else 1)

    def _count(self, value: Value) -> tuple[int, list[Update]]:
        """Return the word that counts the values that are not NULL.

        Arguments that never are share one.
        """
        null = value.is_null
        if null in self._counts:
            return self._counts[null], []
        self._counts[null] = self._word(ADD)
        return self._counts[null], [
            Update(self._counts[null], ADD, Value(INT, "1", null), Bounds(1, 1))
        ]

    def _sum(self, call: AggregateCall, value: Value, bounds: Bounds | None) -> tuple[int, Value]:
        assert call.argument is not None
        if value.kind is FLOAT:
            return ADD_FLOAT, value
        if value.kind is BOOL:
            value = Value(INT, f"int({value.text})", value.is_null)
        rows = self.rows
        assert bounds is not None
        is_proven = rows is not None and fits(
            Bounds(min(0, bounds.minimum) * rows, max(0, bounds.maximum) * rows), INT64
        )
        return (ADD if is_proven and value.kind is INT else ADD_WIDE), value


def _merge_name(call: AggregateCall) -> str:
    return "sum" if call.function == "avg" else call.function


def _extreme(call: AggregateCall, value: Value, scope: Scope) -> tuple[int, Value]:
    assert call.argument is not None
    is_min = call.function == "min"
    if value.kind is FLOAT:
        return (LOWEST_FLOAT if is_min else HIGHEST_FLOAT), value
    if value.kind is BOOL:
        value = Value(INT, f"int({value.text})", value.is_null)
    if value.kind is WIDE:
        # Beyond 64 bits only sums of sums go: compared by their nearest double would be wrong.
        span = call.span
        message = f"{call.function.upper()} of {call.argument.type} beyond 64 bits"
        begin, end = (None, None) if span is None else (span.begin, span.end)
        raise NotSupportedError(message, begin=begin, end=end)
    if call.argument.type.is_text:
        value = text.ranked(value, scope)
    return (LOWEST if is_min else HIGHEST), value


def merge_tables(target: np.ndarray, source: np.ndarray, operations: Sequence[int]) -> None:
    """Merge the states of `source` into `target`, group by group; both int64[groups, pitch]."""
    floats, source_floats = target.view(np.float64), source.view(np.float64)
    for word, operation in enumerate(operations):
        a, b = target[:, word], source[:, word]
        x, y = floats[:, word], source_floats[:, word]
        if operation == ADD:
            a += b
        elif operation == ADD_FLOAT:
            x += y
        elif operation == ADD_WIDE:
            _add_wide(target, source, word)
        elif operation == LOWEST:
            np.minimum(a, b, out=a)
        elif operation == HIGHEST:
            np.maximum(a, b, out=a)
        elif operation == LOWEST_FLOAT:
            np.copyto(x, y, where=(y < x) | np.isnan(x))
        elif operation == HIGHEST_FLOAT:
            np.copyto(x, y, where=(y > x) | np.isnan(y))


def _add_wide(target: np.ndarray, source: np.ndarray, word: int) -> None:
    low = target[:, word].view(np.uint64)
    before = low.copy()
    with np.errstate(over="ignore"):
        low += source[:, word].view(np.uint64)
    target[:, word + 1] += source[:, word + 1] + (low < before)


def result(aggregated: Aggregated, table: np.ndarray) -> HeldColumn:
    """Return the aggregate's values for the groups of `table`: int64[groups, pitch]."""
    call, type = aggregated.item.call, aggregated.item.field.type
    counts = table[:, aggregated.count]
    if call.function == "count":
        return HeldColumn(type, counts.copy())
    empty = counts == 0
    nulls = empty if empty.any() else None
    if call.function == "avg":
        return HeldColumn(type, _average(aggregated, table, counts), nulls)
    word = aggregated.word
    if aggregated.operation in FLOAT_OPERATIONS:
        values = table.view(np.float64)[:, word].astype(
            np.float32 if type.kind is Kind.FLOAT else np.float64
        )
        return HeldColumn(type, np.where(empty, 0, values), nulls)
    if aggregated.operation == ADD_WIDE:
        return _wide_sum(aggregated, table, nulls)
    values = np.where(empty, 0, table[:, word]) if nulls is not None else table[:, word].copy()
    return HeldColumn(type, values, nulls, domain=aggregated.domain)


def _wide_sum(aggregated: Aggregated, table: np.ndarray, nulls: np.ndarray | None) -> HeldColumn:
    word, type = aggregated.word, aggregated.item.field.type
    low, high = table[:, word].copy(), table[:, word + 1].copy()
    column = HeldColumn(type, low, nulls, high=high).narrowed()
    if column.high is not None and type.kind is not Kind.DECIMAL:
        place = int(np.flatnonzero(low >> 63 != high)[0])
        total = (int(high[place]) << 64) + (int(low[place]) & ((1 << 64) - 1))
        raise _overflow(type, total, aggregated.item.call)
    return column


def _overflow(type: SqlType, total: int, call: AggregateCall) -> DataError:
    message = f"{type} overflow: SUM is {total}; cast the argument to DECIMAL(18,0)"
    if call.span is None:
        return DataError(message)
    return DataError(message, begin=call.span.begin, end=call.span.end)


def _average(aggregated: Aggregated, table: np.ndarray, counts: np.ndarray) -> np.ndarray:
    word, safe = aggregated.word, np.maximum(counts, 1)
    if aggregated.operation == ADD_FLOAT:
        return np.asarray(table.view(np.float64)[:, word] / safe)
    if aggregated.operation == ADD:
        sums = table[:, word].astype(np.float64)
    else:
        low = table[:, word].view(np.uint64).astype(np.float64)
        sums = table[:, word + 1].astype(np.float64) * 2.0**64 + low
        small = (table[:, word] >> 63) == table[:, word + 1]
        sums = np.where(small, table[:, word].astype(np.float64), sums)
    return np.asarray(sums / safe / 10.0**aggregated.argument_scale)
