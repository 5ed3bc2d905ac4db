"""Which rows window functions see: partitions, groups of equal rows, and each row's frame.

All bounds are places in the sorted rows: int64[rows], the first row and the one behind the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from gpudb.kernels.buffers import BUFFERS, PIECE_ROWS
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.sorting import float_order, values_of, without
from gpudb.kernels.window_kernels import (
    find_limits,
    section_begins,
    section_ends,
)
from gpudb.records import dataclass
from gpudb.sql.expr import Bound, ColumnReference, Exclusion, Frame, FrameUnit

INT64 = np.iinfo(np.int64)


@dataclass(frozen=True)
class Range:
    """For each row, places `begins` to `ends`."""

    begins: np.ndarray
    ends: np.ndarray

    @cached_property
    def is_sliding(self) -> bool:
        """Whether the bounds of ranges that hold rows never fall."""
        last = 0, 0
        for first in range(0, len(self.begins), PIECE_ROWS):
            at = slice(first, first + PIECE_ROWS)
            kept = self.begins[at] < self.ends[at]
            bounds = self.begins[at][kept], self.ends[at][kept]
            if not len(bounds[0]):
                continue
            if any(_falls(before, each) for before, each in zip(last, bounds, strict=True)):
                return False
            last = bounds[0][-1], bounds[1][-1]
        return True


def _falls(before: int, bounds: np.ndarray) -> bool:
    return bool(bounds[0] < before or (bounds[1:] < bounds[:-1]).any())


def changes(columns: Sequence[HeldColumn], rows: int) -> np.ndarray:
    """Return where a row differs from the one before it in a column: bool[rows], first TRUE."""
    words: list[np.ndarray] = []
    for column in columns:
        own = [values_of(column) if column.values.dtype.kind == "f" else column.values]
        own += [] if column.high is None else [column.high]
        if column.nulls is not None:
            own = [column.nulls, *(without(column.nulls, each) for each in own)]
        words += own

    def differs(at: slice) -> np.ndarray:
        found = np.zeros(at.stop - at.start, np.bool_)
        begin = max(at.start, 1)
        found[: begin - at.start] = True
        for each in words:
            found[begin - at.start :] |= each[begin : at.stop] != each[begin - 1 : at.stop - 1]
        return found

    return BUFFERS.made(rows, differs, np.bool_)


class Sections:
    """Runs of rows, each beginning where `flags` says so."""

    def __init__(self, flags: np.ndarray, fixed: FixedKernels) -> None:
        self.flags = flags
        self.fixed = fixed

    @cached_property
    def begins(self) -> np.ndarray:
        """The first row of each row's section: int64[rows]."""
        return section_begins(self.fixed, self.flags)

    @cached_property
    def ends(self) -> np.ndarray:
        """The row behind each row's section: int64[rows]."""
        return section_ends(self.fixed, self.flags)

    @cached_property
    def starts(self) -> np.ndarray:
        """The first row of each section: int64[sections]."""
        return np.flatnonzero(self.flags)

    @cached_property
    def numbers(self) -> np.ndarray:
        """The number of each row's section, from 0: int64[rows]."""
        numbers = np.cumsum(self.flags, dtype=np.int64, out=BUFFERS.empty(len(self.flags)))
        numbers -= 1
        return numbers


class Partitions:
    """The sorted rows of a window: its partitions, and in them the groups of equal rows."""

    def __init__(
        self,
        relation: Relation,
        partition: Sequence[int],
        order: Sequence[tuple[int, bool]],
        fixed: FixedKernels,
    ) -> None:
        self.relation = relation
        self.rows = relation.rows
        self.order = order
        self.fixed = fixed
        flags = changes([relation.columns[id] for id in partition], self.rows)
        self.partitions = Sections(flags, fixed)
        self._columns = [relation.columns[id] for id, _ in order]
        self._frames: dict[Frame, Range] = {}

    @cached_property
    def groups(self) -> Sections:
        """The groups of rows that are equal in all keys."""
        if not self._columns:
            return self.partitions
        flags = self.partitions.flags | changes(self._columns, self.rows)
        return Sections(flags, self.fixed)

    @cached_property
    def places(self) -> np.ndarray:
        """Each row's own place."""
        return BUFFERS.made(self.rows, lambda piece: np.arange(piece.start, piece.stop))

    def frame(self, frame: Frame) -> Range:
        """Return each row's frame, before anything is excluded; it is empty where begin >= end."""
        if frame not in self._frames:
            self._frames[frame] = Range(
                self._bound(frame, frame.begin, is_end=False),
                self._bound(frame, frame.end, is_end=True),
            )
        return self._frames[frame]

    def pieces(self, frame: Frame) -> list[Range]:
        """Return each row's frame as one to three ranges, in order, what is excluded left out."""
        whole = self.frame(frame)
        if frame.exclusion is Exclusion.NOTHING:
            return [whole]
        places = self.places
        own = Range(places, BUFFERS.made(self.rows, lambda at: places[at] + 1))
        hole = own if frame.exclusion is Exclusion.ROW else self.groups
        before = Range(whole.begins, np.minimum(whole.ends, hole.begins))
        behind = Range(np.maximum(whole.begins, hole.ends), whole.ends)
        if frame.exclusion is not Exclusion.TIES:
            return [before, behind]
        is_in = (whole.begins <= own.begins) & (own.ends <= whole.ends)
        return [before, Range(own.begins, np.where(is_in, own.ends, own.begins)), behind]

    def _bound(self, frame: Frame, bound: Bound, *, is_end: bool) -> np.ndarray:
        limits = self.partitions
        if bound.is_unbounded:
            return limits.begins if bound.direction < 0 else limits.ends
        if frame.unit is FrameUnit.ROWS:
            return self._row_bound(self._moved(bound), int(is_end))
        if bound.direction == 0:
            return self.groups.ends if is_end else self.groups.begins
        if frame.unit is FrameUnit.GROUPS:
            return self._group_bound(bound, is_end=is_end)
        return self._value_bound(frame, bound, is_end=is_end)

    def _row_bound(self, moved: int | np.ndarray, more: int) -> np.ndarray:
        limits = self.partitions
        by = np.broadcast_to(moved, self.rows)
        places, begins, ends = self.places, limits.begins, limits.ends

        def bound(at: slice) -> np.ndarray:
            return np.asarray(np.clip(places[at] + by[at] + more, begins[at], ends[at]))

        return BUFFERS.made(self.rows, bound)

    def _moved(self, bound: Bound) -> int | np.ndarray:
        """Return a number of rows or groups; more than there are change nothing."""
        if bound.distance is not None:
            return np.asarray(bound.direction * np.minimum(self._distances(bound), self.rows + 1))
        assert not isinstance(bound.offset, float)
        return bound.direction * min(bound.offset or 0, self.rows + 1)

    def _distances(self, bound: Bound) -> np.ndarray:
        """Return how far away a bound is from each row."""
        assert isinstance(bound.distance, ColumnReference)
        column = self.relation.columns[bound.distance.id]
        if column.high is not None:
            return wide_values(column)
        return column.values.astype(np.float64 if column.type.is_float else np.int64)

    def _group_bound(self, bound: Bound, *, is_end: bool) -> np.ndarray:
        limits, groups = self.partitions, self.groups
        starts = np.append(groups.starts, self.rows)
        first = groups.numbers[limits.begins]
        behind = groups.numbers[limits.ends - 1] + 1
        moved = groups.numbers + self._moved(bound) + int(is_end)
        return np.asarray(starts[np.clip(moved, first, behind)])

    def _value_bound(self, frame: Frame, bound: Bound, *, is_end: bool) -> np.ndarray:
        """Return the place at a distance in the key's values; NULLs are at no distance."""
        assert isinstance(frame.key, ColumnReference)
        key = self.relation.columns[frame.key.id]
        ((_, is_descending),) = self.order
        sign = -bound.direction if is_descending else bound.direction
        if bound.limit is None:
            distance = bound.offset if bound.distance is None else self._distances(bound)
            assert distance is not None
            keys, limits = moved_keys(key, sign * distance)
        else:
            assert isinstance(bound.limit, ColumnReference)
            keys, limits = values_of(key), values_of(self.relation.columns[bound.limit.id])
        if is_descending:
            keys, limits = ~keys, ~limits
        sections = self.partitions
        if key.nulls is not None:
            flags = sections.flags.copy()
            flags[1:] |= key.nulls[1:] != key.nulls[:-1]
            sections = Sections(flags, self.fixed)
            keys, limits = without(key.nulls, keys), without(key.nulls, limits)
        begins, ends = sections.begins, sections.ends
        is_falling = bool(((limits[1:] < limits[:-1]) & (sections.flags[1:] == 0)).any())
        return find_limits(
            self.fixed, keys, limits, begins, ends, is_behind=is_end, is_rising=not is_falling
        )


def moved_keys(key: HeldColumn, distance: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a key's values, and those `distance` from them, as integers that compare alike."""
    if key.type.is_float:
        values = key.values.astype(np.float64)
        with np.errstate(invalid="ignore"):
            moved = values + distance
        # Infinity less infinity is as far as one can go.
        lost = np.isnan(moved) & ~np.isnan(values)
        moved = np.where(lost, np.copysign(np.inf, distance), moved)
        return float_order(values), float_order(moved)
    is_wide = not isinstance(distance, np.ndarray) and abs(distance) > INT64.max
    if key.high is not None or is_wide or getattr(distance, "dtype", None) == np.dtype(object):
        return _ranked(key, distance)
    values, step = values_of(key), np.asarray(distance, np.int64)
    with np.errstate(over="ignore"):
        moved = values + step
    up, down = (
        np.where(moved < values, INT64.max, moved),
        np.where(moved > values, INT64.min, moved),
    )
    return values, np.where(step >= 0, up, down)


def wide_values(column: HeldColumn) -> np.ndarray:
    """Return numbers beyond 64 bits as Python's."""
    low = column.values.astype(np.int64).view(np.uint64).astype(object)
    high = (column.values >> 63 if column.high is None else column.high).astype(object)
    return np.asarray(high * (1 << 64) + low)


def _ranked(key: HeldColumn, step: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ranks in the place of numbers beyond 64 bits."""
    values = wide_values(key)
    both = np.concatenate((values, values + step))
    ranks = np.unique(both, return_inverse=True)[1].astype(np.int64)
    return ranks[: len(values)], ranks[len(values) :]
