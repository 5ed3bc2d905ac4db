"""APPROX_QUANTILE on a GPU, where digests have no form: exact, of values that are sorted there.

    rows      keys and arguments of all rows             collected, and kept on the device
    groups    all other aggregates, numbers of rows      by the usual sinks, over those rows
    places    the rows by keys and then by an argument   the device's own sort
    values    two of each group, around the quantile     these travel

The value between the two is what a digest of few values says, which is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from gpudb.errors import DeviceMemoryError
from gpudb.kernels import shared_builds
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.in_parts import Rounds
from gpudb.kernels.key_words import KeyWords
from gpudb.kernels.partitioned import dealt_group
from gpudb.kernels.resident import Move, Resident
from gpudb.kernels.resident_columns import ResidentColumns
from gpudb.kernels.sorting import ASCENDING, order
from gpudb.kernels.sources import HeldSource, RowSource
from gpudb.records import dataclass, replace
from gpudb.sql.expr import AggregateCall, ColumnReference, Expression, Literal
from gpudb.sql.pipeline import Collect, Group, Pipeline, Sink
from gpudb.sql.plan import AggregateItem, Field, Item
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType

if TYPE_CHECKING:
    from gpudb.devices.device import Device
    from gpudb.kernels.pipeline_profile import PipelineProfile
    from gpudb.kernels.run import Run

QUANTILE = "approx_quantile"
# What EXPLAIN says of it.
SORTED = "APPROX_QUANTILE exactly, of values that are sorted on the device"
# Fields that only the rows here have are below, those of the groups above.
FIRST_ID = 1 << 42
LISTED = Move(("places", "wanted"), "places[wanted[row]]", is_source=True)


@dataclass(frozen=True)
class Split:
    """A sink whose quantiles are made apart.

    Its rows are `fields` of expressions `listed` by id, of which `grouped` makes the rest: with the
    number of rows, `whole`, and of an argument's values, by the quantile's field, as `counts`.
    """

    fields: Sequence[Field]
    listed: Sequence[tuple[int, Expression]]
    grouped: Group
    whole: int
    counts: Mapping[int, int]
    arguments: Mapping[int, int]


def sorts_quantiles(device: Device, sink: Sink, rows: int) -> bool:
    """Whether a sink's quantiles are for sorts: of many rows, in one GPU's memory."""
    if not isinstance(sink, Group) or not device.is_shared or len(device.parts) > 1:
        return False
    is_asked = any(item.call.function == QUANTILE for item in sink.aggregates)
    return is_asked and rows >= shared_builds.LEAST_ROWS


def sorted_quantiles(
    run: Run, pipeline: Pipeline, source: RowSource, profile: PipelineProfile
) -> Relation | None:
    """Return the groups of a pipeline with quantiles; None where they are for the host."""
    sink = pipeline.sink
    if not sorts_quantiles(run.device, sink, source.rows):
        return None
    assert isinstance(sink, Group)
    split = split_quantiles(sink)
    try:
        rows = _collected(run, pipeline, source, profile, split)
        if rows is None:
            return None
        held = HeldSource(rows, split.fields)
        grouped = replace(pipeline, steps=(), sink=split.grouped)
        groups = Rounds(run, grouped, held, profile).relation()
        with ExitStack() as stack:
            made = Quantiles(run.device.parts[0], sink, split, rows, groups, stack).columns()
    except DeviceMemoryError:
        return None  # digests take little memory
    profile.groups = "; ".join(filter(None, (profile.groups, SORTED)))
    shown = {*(item.field.id for item in sink.keys), *(item.field.id for item in sink.aggregates)}
    rest = {id: column for id, column in groups.columns.items() if id in shown}
    return Relation(groups.rows, {**rest, **made})


def split_quantiles(sink: Group) -> Split:
    """Return what the quantiles of a sink are made of."""
    asked = [item for item in sink.aggregates if item.call.function == QUANTILE]
    calls: list[Expression | None] = [None, *(item.call.argument for item in asked)]
    counted = [_count(FIRST_ID + n, argument) for n, argument in enumerate(calls)]
    rest = [item for item in sink.aggregates if item.call.function != QUANTILE]
    whole = replace(sink, aggregates=(*rest, *counted))
    fields, listed, grouped = dealt_group(whole, FIRST_ID - 1)
    arguments = {}
    for item, made in zip(asked, grouped.aggregates[len(rest) + 1 :], strict=True):
        assert isinstance(made.call.argument, ColumnReference)
        arguments[item.field.id] = made.call.argument.id
    counts = {item.field.id: FIRST_ID + 1 + n for n, item in enumerate(asked)}
    return Split(fields, listed, grouped, FIRST_ID, counts, arguments)


def _count(id: int, argument: Expression | None) -> AggregateItem:
    field = Field(id, "values", types.BIGINT, nullable=False)
    call = AggregateCall(function="count", argument=argument, type=types.BIGINT, nullable=False)
    return AggregateItem(field, call)


def _collected(
    run: Run, pipeline: Pipeline, source: RowSource, profile: PipelineProfile, split: Split
) -> Relation | None:
    """Return the rows of keys and arguments; None unless they are on the device."""
    known = {field.id: field for field in split.fields}
    items = tuple(Item(known[id], expression) for id, expression in split.listed)
    written = run.write(replace(pipeline, sink=Collect(items)), source)
    if written.refused:
        return None
    rows = run.launch(written, source, profile)
    return rows if isinstance(rows.columns, ResidentColumns) else None


class Quantiles(Resident):
    """Quantiles of `rows` on the device, for `groups` of them."""

    def __init__(
        self,
        device: Device,
        sink: Group,
        split: Split,
        rows: Relation,
        groups: Relation,
        stack: ExitStack,
    ) -> None:
        super().__init__(device, stack)
        assert isinstance(rows.columns, ResidentColumns)
        self.split = split
        self.asked = [item for item in sink.aggregates if item.call.function == QUANTILE]
        self.rows, self.there, self.groups = rows.rows, rows.columns.there, groups
        references = (item.expression for item in split.grouped.keys)
        self.keys = [self.there[r.id] for r in references if isinstance(r, ColumnReference)]
        keys = [groups.columns[item.field.id] for item in sink.keys]
        self.order = order(keys, [ASCENDING] * len(keys)) if keys else np.arange(groups.rows)
        sizes = self._of_groups(split.whole)
        self.begins = np.cumsum(sizes) - sizes

    def _of_groups(self, id: int) -> np.ndarray:
        """Return a number of each group, in the order of the keys."""
        return self.groups.columns[id].values[self.order]

    def columns(self) -> dict[int, HeldColumn]:
        """Return the columns of the quantiles."""
        places: dict[int, np.ndarray] = {}
        found = {}
        for item in self.asked:
            argument = self.split.arguments[item.field.id]
            if argument not in places:
                written = KeyWords()
                for column in (*self.keys, self.there[argument]):
                    written.column(column, ASCENDING)
                places[argument] = written.order(self, self.rows)
            found[item.field.id] = self._around(item, places[argument])
        self.memory.pull(list(found.values()))
        return {item.field.id: self._column(item, found[item.field.id]) for item in self.asked}

    def _positions(self, item: AggregateItem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return where quantiles are among the values of groups, and the last one's place."""
        (fraction,) = item.call.others
        assert isinstance(fraction, Literal) and isinstance(fraction.value, float)
        last = np.maximum(self._of_groups(self.split.counts[item.field.id]) - 1, 0)
        position = last * fraction.value
        return position, np.floor(position).astype(np.int64), last

    def _around(self, item: AggregateItem, places: np.ndarray) -> np.ndarray:
        """Begin to list the values before the quantiles of all groups, and those behind them."""
        _, low, last = self._positions(item)
        wanted = self.own(2 * len(low), np.int64)
        wanted[: len(low)] = self.begins + low
        wanted[len(low) :] = self.begins + np.minimum(low + 1, last)
        self.memory.push(wanted)
        column = self.there[self.split.arguments[item.field.id]]
        assert column.high is None, "such numbers have no digests"
        values = self.own(len(wanted), column.values.dtype)
        self.move(len(wanted), LISTED, [places, wanted], [(column.values, values)])
        return values

    def _column(self, item: AggregateItem, values: np.ndarray) -> HeldColumn:
        """Return a quantile of each group by the two values around it."""
        position, low, _ = self._positions(item)
        type, argument = item.field.type, item.call.argument
        assert argument is not None
        floats = as_floats(values, argument.type)
        made = np.empty(len(low))
        made[self.order] = between(floats[: len(low)], floats[len(low) :], position - low)
        empty = self.groups.columns[self.split.counts[item.field.id]].values == 0
        made = np.where(empty, 0.0, made)
        nulls = empty if empty.any() else None
        if type.kind is Kind.TIMESTAMP:
            return HeldColumn(type, np.rint(made).astype(np.int64), nulls)
        return HeldColumn(type, made, nulls)


def as_floats(values: np.ndarray, type: SqlType) -> np.ndarray:
    """Return physical values as digests take them."""
    floats = values.astype(np.float64)
    return floats / float(10**type.scale) if type.scale else floats


def between(before: np.ndarray, behind: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the values at shares of the way; infinity and NaN are as in digests of few values."""
    with np.errstate(invalid="ignore", over="ignore"):
        inside = np.where(np.isfinite(behind), before + (behind - before) * share, np.inf)
    is_before = ~np.isfinite(before) | ~(share > 0) | (before == behind)
    return np.where(is_before, before, inside)
