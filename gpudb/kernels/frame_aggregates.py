"""Aggregates over frames that are not made of single rows' states: of distinct values, in order.

What is asked of a frame's values in their order, or of each once, FrameValues knows; the first and
the last row are a least or a greatest place; text is joined of the rows of many frames at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np

from gpudb.devices.device import check_cancel
from gpudb.kernels.frame_values import FrameValues
from gpudb.kernels.frames import Partitions, Range
from gpudb.kernels.held import HeldColumn, Relation, at_rows
from gpudb.kernels.holistic import (
    COMPUTED,
    Segments,
    is_descending,
    quantile_cont,
    quantile_disc,
    where_true,
)
from gpudb.kernels.numbers import Groups
from gpudb.kernels.relations import constant_column, united
from gpudb.kernels.sinks.operations import HIGHEST, LOWEST, OPERATIONS
from gpudb.kernels.sinks.results import result
from gpudb.kernels.sinks.row_states import RowStatesWriter, float_words
from gpudb.kernels.sorting import ASCENDING
from gpudb.kernels.sorting import order as sorted_places
from gpudb.kernels.window_kernels import (
    StateTable,
    merge_rows,
    search_states,
    slide_states,
    tree_of_states,
)
from gpudb.kernels.window_work import WindowWork
from gpudb.records import dataclass, replace
from gpudb.sql.aggregates import HOLISTIC, SKETCHED, arguments_of, over_distinct
from gpudb.sql.expr import (
    AggregateCall,
    ColumnReference,
    Expression,
    Literal,
    WindowCall,
    children,
    with_children,
)
from gpudb.sql.plan import AggregateItem, Field, WindowItem

# Rows of frames that are put together at once.
BLOCK_ROWS = 1 << 20


@dataclass(frozen=True)
class FrameCall:
    """A call over the frames of sorted rows."""

    item: WindowItem
    call: AggregateCall
    partitions: Partitions
    work: WindowWork

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.partitions.rows

    @cached_property
    def pieces(self) -> list[Range]:
        """Each row's frame."""
        return self.partitions.pieces(self.item.frame)

    def column(self, expression: Expression) -> HeldColumn:
        """Return the values of a field or of a constant for all rows."""
        if isinstance(expression, Literal):
            column = constant_column(expression.type, [expression.value])
            return column.take(np.zeros(self.rows, np.int64))
        assert isinstance(expression, ColumnReference)
        return self.partitions.relation.columns[expression.id]

    def values(self, arguments: Sequence[Expression]) -> FrameValues:
        """Return the frames' values, in the order of the call."""
        columns = [self.column(argument) for argument in arguments]
        key = replace(ASCENDING, is_descending=False)
        if self.call.function == "mode":
            key = replace(ASCENDING, is_descending=is_descending(self.call))
        keys = [key] * len(columns)
        return FrameValues(columns, keys, self.pieces, self.partitions, self.work.workers)


@dataclass(frozen=True)
class InOrder:
    """The values of one column in frames, for the functions of quantiles."""

    column: HeldColumn
    values: FrameValues
    is_distinct: bool

    @cached_property
    def sizes(self) -> np.ndarray:
        """How many values each frame has."""
        return self.values.counts(is_distinct=self.is_distinct)

    def pick(self, wanted: np.ndarray) -> tuple[HeldColumn, HeldColumn]:
        """Return the value that is `wanted`th in each frame's order, and the next one."""
        low, high = self.values.pick(wanted, is_distinct=self.is_distinct)
        return at_rows(self.column, low), at_rows(self.column, high)


def frame_aggregate(call: FrameCall) -> HeldColumn:
    """Return an aggregate of each row's frame."""
    function = BY_NAME.get(call.call.function)
    return _of_distinct(call) if function is None else function(call)


def _quantile(
    function: Callable[[AggregateCall, InOrder], HeldColumn],
) -> Callable[[FrameCall], HeldColumn]:
    def compute(call: FrameCall) -> HeldColumn:
        (argument,) = arguments_of(call.call)[:1]
        in_order = InOrder(call.column(argument), call.values((argument,)), call.call.is_distinct)
        return function(call.call, in_order)

    return compute


def _mode(call: FrameCall) -> HeldColumn:
    (argument,) = arguments_of(call.call)
    return at_rows(call.column(argument), call.values((argument,)).modes()).narrowed()


def _count_distinct(call: FrameCall) -> HeldColumn:
    """Count the distinct values: also in the place of an estimate, which costs no less here."""
    counts = call.values(arguments_of(call.call)).counts(is_distinct=True)
    return HeldColumn(call.item.field.type, counts)


def _of_distinct(call: FrameCall) -> HeldColumn:
    """Merge the states of the distinct values."""
    assert call.call.is_distinct, call.call.function
    arguments = arguments_of(call.call)
    item = AggregateItem(call.item.field, over_distinct(call.call, arguments))
    writer = call.work.run_states([item])
    states = call.values(arguments).merged(*_state_tables(writer)).joined()
    (aggregated,) = writer.states.aggregated
    return result(aggregated, states)


def _first_or_last(call: FrameCall) -> HeldColumn:
    """Take the row with the least or the greatest place, by ORDER BY or as the frame has them."""
    places = rows = np.arange(call.rows)
    keys = call.call.order
    if keys:
        rows = sorted_places([call.column(k.expression) for k in keys], keys, call.work.workers)
        places = np.empty(call.rows, np.int64)
        places[rows] = np.arange(call.rows)
    operation = LOWEST if call.call.function == "first" else HIGHEST
    (none,) = OPERATIONS[operation].first
    for test in call.call.others:
        places = np.where(where_true(call.column(test)), places, none)
    found = _extreme(call, places, operation)
    missing = found == none
    taken = np.append(rows, -1)[np.where(missing, -1, found)]
    argument = arguments_of(call.call)[0]
    return at_rows(call.column(argument), taken).narrowed()


def _extreme(call: FrameCall, places: np.ndarray, operation: int) -> np.ndarray:
    """Return the least or the greatest place of each frame: int64[rows]."""
    operations, no_float = np.array([operation], np.int64), np.zeros(1, np.bool_)

    def table(words: np.ndarray) -> StateTable:
        return StateTable.of(words.reshape(-1, 1), operations, no_float)

    none = table(np.array(OPERATIONS[operation].first, np.int64))
    return _slid(call.pieces, table(places), none, call.partitions, call.work).words[:, 0]


def _joined_rows(call: FrameCall) -> HeldColumn:
    """Join the values of many frames at once."""
    columns: dict[int, HeldColumn] = {}
    held = _over_columns(call, columns)
    joined = Field(0, "joined", call.call.type, True)
    parts = []
    for first, end, rows, numbers in _frame_rows(call):
        check_cancel(call.work.workers.cancel)
        taken = {id: column.take(rows) for id, column in columns.items()}
        groups = Groups(numbers.astype(np.int32), end - first, call.work.workers)
        part = COMPUTED[held.function](Segments(held, taken, groups))
        assert part.domain is not None
        call.work.reserve(part.values.nbytes + part.domain.size_bytes, call.call)
        parts.append((Relation(end - first, {0: part}), (joined,)))
    return united(parts, (joined,)).columns[0]


def _over_columns(call: FrameCall, columns: dict[int, HeldColumn]) -> AggregateCall:
    """Return the call over fields that are added to `columns`; constants behind the first stay."""
    made: list[Expression] = []
    for place, part in enumerate(children(call.call)):
        if isinstance(part, Literal) and any(part is other for other in call.call.others):
            made.append(part)
            continue
        columns[place] = call.column(part)
        name = f"argument {place}"
        made.append(ColumnReference(id=place, name=name, type=part.type, nullable=part.nullable))
    held = with_children(call.call, tuple(made))
    assert isinstance(held, AggregateCall)
    return held


def _frame_rows(call: FrameCall) -> Iterator[tuple[int, int, np.ndarray, np.ndarray]]:
    """Yield some rows, first to end, all rows of their frames, and which one each belongs to."""
    begins = np.stack([piece.begins for piece in call.pieces], axis=1)
    ends = np.stack([piece.ends for piece in call.pieces], axis=1)
    sizes = np.maximum(ends - begins, 0)
    total = np.cumsum(sizes.sum(axis=1))
    first = 0
    while first < call.rows:
        before = int(total[first - 1]) if first else 0
        end = max(first + 1, int(np.searchsorted(total, before + BLOCK_ROWS, side="right")))
        counts = sizes[first:end].ravel()
        stops = np.cumsum(counts)
        within = np.arange(int(stops[-1])) - np.repeat(stops - counts, counts)
        rows = np.repeat(begins[first:end].ravel(), counts) + within
        owners = np.repeat(np.arange(end - first), len(call.pieces))
        yield first, end, rows, np.repeat(owners, counts)
        first = end
    if not call.rows:
        yield 0, 0, np.zeros(0, np.int64), np.zeros(0, np.int64)


BY_NAME: dict[str, Callable[[FrameCall], HeldColumn]] = {
    "quantile_cont": _quantile(quantile_cont),
    "quantile_disc": _quantile(quantile_disc),
    "approx_quantile": _quantile(quantile_cont),
    "mode": _mode,
    "first": _first_or_last,
    "last": _first_or_last,
    "string_agg": _joined_rows,
    "array_agg": _joined_rows,
    "approx_count_distinct": _count_distinct,
    "count": _count_distinct,
}


def merges(call: AggregateCall | WindowCall) -> bool:
    """Whether the call is an aggregate whose states of single rows merge over a frame."""
    if not isinstance(call, AggregateCall):
        return False
    return not (call.is_distinct or call.function in HOLISTIC | SKETCHED)


def merged_aggregates(
    items: Sequence[WindowItem], partitions: Partitions, work: WindowWork
) -> dict[int, HeldColumn]:
    """Return the columns of aggregates that merge and share a frame."""
    calls = [AggregateItem(i.field, i.call) for i in items if isinstance(i.call, AggregateCall)]
    writer = work.run_states(calls)
    pieces = partitions.pieces(items[0].frame)
    table, none = _state_tables(writer)
    states = _slid(pieces, table, none, partitions, work).joined()
    return {a.item.field.id: result(a, states) for a in writer.states.aggregated}


def _state_tables(writer: RowStatesWriter) -> tuple[StateTable, StateTable]:
    """Return the states of the rows that a kernel has written, and that of no row."""
    operations = np.array(writer.states.operations, np.int64)
    is_float = float_words(writer.states.operations)
    none = StateTable.of(writer.states.first_words().reshape(1, -1), operations, is_float)
    return StateTable.of(writer.table, operations, is_float), none


def _slid(
    pieces: Sequence[Range],
    table: StateTable,
    none: StateTable,
    partitions: Partitions,
    work: WindowWork,
) -> StateTable:
    """Return what the states of each row's frame merge to; `table` is not defined afterwards."""
    slides = all(piece.is_sliding for piece in pieces)
    if slides:
        # Sliding changes the table that it reads.
        tables = [*(table.copy() for _ in pieces[1:]), table]
    else:
        # Bounds move by other distances in each row: any range is put together of a tree's nodes.
        tables = [tree_of_states(work.workers, table)] * len(pieces)
    starts, merged = partitions.partitions.starts, None
    for piece, rows in zip(pieces, tables, strict=True):
        if slides:
            part = slide_states(work.workers, piece.begins, piece.ends, starts, rows, none)
        else:
            part = search_states(work.workers, piece.begins, piece.ends, rows, none)
        if merged is None:
            merged = part
        else:
            merge_rows(work.workers, part, merged)
    assert merged is not None
    return merged
