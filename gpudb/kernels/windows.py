"""Window functions over sorted rows: numbers, values of other rows, aggregates over frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import DTypeLike

from gpudb.devices.device import check_cancel
from gpudb.errors import DataError
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.frame_aggregates import FrameCall, frame_aggregate, merged_aggregates, merges
from gpudb.kernels.frames import Partitions, Range, Sections, changes
from gpudb.kernels.held import HeldColumn, Relation, at_rows
from gpudb.kernels.relations import constant_column, united
from gpudb.kernels.window_work import WindowWork
from gpudb.records import dataclass, replace
from gpudb.sql.expr import WHOLE_PARTITION, ColumnReference, Literal, WindowCall
from gpudb.sql.pipeline import WindowRows
from gpudb.sql.plan import Field, WindowItem

Integers = tuple[np.ndarray, np.ndarray | None]


def windowed(source: WindowRows, relation: Relation, work: WindowWork) -> Relation:
    """Return the sorted rows with the window functions' columns.

    Raises OperationalError where joined texts take more memory than there may be.
    """
    order = [(key.field, key.is_descending) for key in source.order]
    partitions = Partitions(relation, source.partition, order, work.workers.fixed)
    columns = dict(relation.columns)
    merging = [item for item in source.items if merges(item.call)]
    for frame in dict.fromkeys(item.frame for item in merging):
        alike = [item for item in merging if item.frame == frame]
        columns |= merged_aggregates(alike, partitions, work)
    for item in source.items:
        check_cancel(work.workers.cancel)
        if isinstance(item.call, WindowCall):
            call = Call(item, item.call, partitions)
            columns[item.field.id] = FUNCTIONS[item.call.function](call)
        elif item not in merging:
            columns[item.field.id] = frame_aggregate(FrameCall(item, item.call, partitions, work))
    return Relation(relation.rows, columns)


@dataclass(frozen=True)
class Call:
    """A window function that is no aggregate, over its rows."""

    item: WindowItem
    call: WindowCall
    partitions: Partitions

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.partitions.rows

    @property
    def whole(self) -> Sections:
        """Each row's partition."""
        return self.partitions.partitions

    def column(self, place: int) -> HeldColumn:
        """Return an argument's values; those of a constant are one."""
        argument = self.call.arguments[place]
        if isinstance(argument, Literal):
            return constant_column(argument.type, [argument.value])
        assert isinstance(argument, ColumnReference)
        return self.partitions.relation.columns[argument.id]

    def value(self, rows: np.ndarray) -> HeldColumn:
        """Return the first argument at other rows; NULL where that is -1."""
        column = self.column(0)
        if len(column.values) == 1:  # a constant, or the only row
            rows = np.minimum(rows, 0)
        return at_rows(column, rows)

    def integers(self, place: int) -> Integers:
        """Return an integer argument and its NULLs; an array of one for a constant."""
        column = self.column(place)
        return column.values.astype(np.int64), column.nulls

    def numbers(self, values: np.ndarray) -> HeldColumn:
        """Return the result out of its values."""
        return HeldColumn(self.item.field.type, values)

    def made(self, make: Callable[[slice], np.ndarray], dtype: DTypeLike = np.int64) -> HeldColumn:
        """Return the result out of what gives its values, some at a time."""
        return self.numbers(BUFFERS.made(self.rows, make, dtype))

    def skipping(self) -> Present | None:
        """Return the rows whose first argument is not NULL, where the call skips the others."""
        nulls = self.column(0).nulls
        if not self.call.ignores_nulls or nulls is None:
            return None
        return Present(np.broadcast_to(~nulls, self.rows))


class Present:
    """The rows whose value is not NULL: `places` of them, `before` of them before each row."""

    def __init__(self, flags: np.ndarray) -> None:
        self.places = np.flatnonzero(flags)
        self.before = np.concatenate((np.zeros(1, np.int64), np.cumsum(flags, dtype=np.int64)))

    def range(self, rows: Range | Sections) -> Range:
        """Return ranges of rows as ranges of `places`."""
        return Range(self.before[rows.begins], self.before[np.maximum(rows.begins, rows.ends)])

    def rows(self, places: np.ndarray) -> np.ndarray:
        """Return the rows of `places`; -1 for -1."""
        return np.asarray(np.append(self.places, -1)[places])


def _row_number(call: Call) -> HeldColumn:
    places, begins = call.partitions.places, call.whole.begins
    return call.made(lambda at: places[at] - begins[at] + 1)


def _rank(call: Call) -> HeldColumn:
    groups, begins = call.partitions.groups.begins, call.whole.begins
    return call.made(lambda at: groups[at] - begins[at] + 1)


def _dense_rank(call: Call) -> HeldColumn:
    numbers = call.partitions.groups.numbers
    begins = call.whole.begins
    return call.made(lambda at: numbers[at] - numbers[begins[at]] + 1)


def _percent_rank(call: Call) -> HeldColumn:
    groups, begins, ends = call.partitions.groups.begins, call.whole.begins, call.whole.ends

    def ranks(at: slice) -> np.ndarray:
        return np.asarray((groups[at] - begins[at]) / np.maximum(ends[at] - begins[at] - 1, 1))

    return call.made(ranks, np.float64)


def _cume_dist(call: Call) -> HeldColumn:
    groups, begins, ends = call.partitions.groups.ends, call.whole.begins, call.whole.ends
    return call.made(lambda at: (groups[at] - begins[at]) / (ends[at] - begins[at]), np.float64)


def _ntile(call: Call) -> HeldColumn:
    """Deal rows into n parts in order; the first parts have one row more if they must."""
    buckets, nulls = call.integers(0)
    _check_positive(call, 0, buckets, nulls)
    if len(buckets) == call.rows:  # PostgreSQL's: what the partition's first row says
        buckets = buckets[call.whole.begins]
        nulls = None if nulls is None else nulls[call.whole.begins]
    size = call.whole.ends - call.whole.begins
    row = call.partitions.places - call.whole.begins
    buckets = np.maximum(buckets, 1)
    least, larger = size // buckets, size % buckets
    edge = larger * (least + 1)
    in_larger, in_others = row // (least + 1), (row - edge) // np.maximum(least, 1) + larger
    numbers = np.where(row < edge, in_larger, in_others) + 1
    is_null = None if nulls is None or not nulls.any() else np.broadcast_to(nulls, call.rows)
    return replace(call.numbers(numbers.astype(np.int32)), nulls=is_null)


def _check_positive(call: Call, place: int, values: np.ndarray, nulls: np.ndarray | None) -> None:
    wrong = values < 1
    if nulls is not None:
        wrong &= ~nulls
    if call.rows and wrong.any():
        span = call.call.arguments[place].span or call.call.span
        least = int(values[np.flatnonzero(wrong)[0]])
        error = DataError(f"{call.call.function} takes a number from 1 on, not {least}")
        if span is not None:
            error.begin, error.end = span.begin, span.end
        raise error


def _shift(direction: int, *, in_frame: bool = False) -> Callable[[Call], HeldColumn]:
    def compute(call: Call) -> HeldColumn:
        offsets, nulls = call.integers(1)
        offsets = np.clip(offsets, -call.rows - 1, call.rows + 1) * direction
        if in_frame:
            kept = replace(WHOLE_PARTITION, exclusion=call.item.frame.exclusion)
            rows = _shifted(call, offsets, call.partitions.pieces(kept))
            frame = call.partitions.frame(call.item.frame)
            rows = np.where((frame.begins <= rows) & (rows < frame.ends), rows, -1)
        else:
            rows = _shifted(call, offsets, [call.whole])
        if nulls is not None:
            rows = np.where(nulls, -1, rows)
        if len(call.call.arguments) < 3:
            return call.value(rows)
        found = _or_default(call, rows)
        if nulls is None or not nulls.any():
            return found
        nulls = np.broadcast_to(nulls, call.rows)
        return replace(found, nulls=nulls if found.nulls is None else found.nulls | nulls)

    return compute


def _shifted(call: Call, offsets: np.ndarray, pieces: Sequence[Range | Sections]) -> np.ndarray:
    """Return the row so many rows behind each, or before; -1 where `pieces` hold no such row."""
    present, places = call.skipping(), call.partitions.places
    if present is None and len(pieces) == 1:
        by = np.broadcast_to(offsets, call.rows)
        return BUFFERS.made(call.rows, lambda at: _inside(places[at] + by[at], pieces[0], at))
    kept = [piece if present is None else present.range(piece) for piece in pieces]
    here = places if present is None else present.before[places]
    behind = places + 1 if present is None else present.before[places + 1]
    numbers = np.where(offsets > 0, _before(kept, behind) + offsets - 1, _before(kept, here))
    numbers = np.where(offsets < 0, numbers + offsets, numbers)
    found = _numbered(kept, numbers, call.rows)
    rows = found if present is None else present.rows(found)
    # The row itself is taken, if it is there, even where it is NULL.
    is_own = np.zeros(call.rows, np.bool_)
    for piece in pieces:
        is_own |= (piece.begins <= places) & (places < piece.ends)
    return np.where(offsets == 0, np.where(is_own, places, -1), rows)


def _inside(places: np.ndarray, whole: Range | Sections, at: slice) -> np.ndarray:
    """Return places of a range, -1 for those outside."""
    is_inside = (places >= whole.begins[at]) & (places < whole.ends[at])
    return np.where(is_inside, places, -1)


def _before(pieces: Sequence[Range | Sections], places: np.ndarray) -> np.ndarray:
    """Return how many rows of the pieces stand before each place."""
    counts = np.zeros(len(places), np.int64)
    for piece in pieces:
        counts += np.clip(np.minimum(piece.ends, places) - piece.begins, 0, None)
    return counts


def _or_default(call: Call, rows: np.ndarray) -> HeldColumn:
    """Return the value at `rows`, the default where they are -1: one column behind the other."""
    value, default = call.column(0), call.column(2)
    one = len(value.values) == 1
    field = Field(0, "value", value.type, True)
    parts = [(Relation(len(column.values), {0: column}), (field,)) for column in (value, default)]
    both = united(parts, (field,)).columns[0]
    others = call.partitions.places if len(default.values) > 1 else np.zeros(call.rows, np.int64)
    known = np.minimum(rows, 0) if one else rows
    return at_rows(both, np.where(rows < 0, len(value.values) + others, known))


def _nth(call: Call) -> HeldColumn:
    number, nulls = call.integers(1)
    _check_positive(call, 1, number, nulls)
    rows = _picked(call, number - 1)
    return call.value(rows if nulls is None else np.where(nulls, -1, rows))


def _first(call: Call) -> HeldColumn:
    return call.value(_picked(call, np.zeros(1, np.int64)))


def _last(call: Call) -> HeldColumn:
    return call.value(_picked(call, np.full(1, -1, np.int64)))


def _nth_from_last(call: Call) -> HeldColumn:
    number, nulls = call.integers(1)
    _check_positive(call, 1, number, nulls)
    rows = _picked(call, -number)
    return call.value(rows if nulls is None else np.where(nulls, -1, rows))


def _picked(call: Call, number: np.ndarray) -> np.ndarray:
    """Return the row of that number, from 0 or from -1 at the end, in each row's frame; or -1."""
    present = call.skipping()
    pieces = call.partitions.pieces(call.item.frame)
    if present is not None:
        pieces = [present.range(piece) for piece in pieces]
    if (number < 0).any():
        sizes = sum(np.maximum(piece.ends - piece.begins, 0) for piece in pieces)
        number = np.where(number < 0, number + sizes, number)
    found = _numbered(pieces, number, call.rows)
    return found if present is None else present.rows(found)


def _numbered(pieces: Sequence[Range | Sections], number: np.ndarray, rows: int) -> np.ndarray:
    """Return the row of each number, from 0, in the pieces one behind the other; or -1."""
    found, left = np.full(rows, -1, np.int64), number
    for piece in pieces:
        size = np.maximum(piece.ends - piece.begins, 0)
        is_here = (left >= 0) & (left < size)
        found = np.where(is_here, piece.begins + left, found)
        left = np.where(left >= 0, left - size, left)
    return found


def _change_event(call: Call) -> HeldColumn:
    """Count how often the value has changed since the partition's first row; NULL is a value."""
    argument = call.call.arguments[0]
    if isinstance(argument, Literal):
        return call.numbers(np.zeros(call.rows, np.int64))
    begins = call.whole.begins
    flags = changes([call.column(0)], call.rows)
    flags[call.partitions.partitions.starts] = False
    total = np.cumsum(flags, dtype=np.int64)
    return call.numbers(total - total[begins])


FUNCTIONS: dict[str, Callable[[Call], HeldColumn]] = {
    "row_number": _row_number,
    "row_place": _row_number,
    "rank": _rank,
    "dense_rank": _dense_rank,
    "percent_rank": _percent_rank,
    "cume_dist": _cume_dist,
    "ntile": _ntile,
    "lag": _shift(-1),
    "lead": _shift(1),
    "lag_in_frame": _shift(-1, in_frame=True),
    "lead_in_frame": _shift(1, in_frame=True),
    "first_value": _first,
    "last_value": _last,
    "nth_value": _nth,
    "nth_value_from_last": _nth_from_last,
    "conditional_change_event": _change_event,
}
