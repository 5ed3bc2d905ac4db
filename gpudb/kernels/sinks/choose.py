"""Which writer serves a pipeline's sink, from what is known of its source and keys."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from gpudb.kernels.arithmetic import INT64, fits
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.sinks.bitmap import may_be_bits
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.keyed import KeyedWriter, KeySetWriter, Wanted
from gpudb.kernels.sinks.number import NumberWriter
from gpudb.kernels.sinks.shared_build import SharedBuildWriter
from gpudb.kernels.sinks.shared_collect import (
    Room,
    SharedCollectWriter,
    SharedNumberWriter,
    SharedRowsWriter,
    SharedTopWriter,
)
from gpudb.kernels.sinks.single import SingleWriter
from gpudb.kernels.sinks.sink import SinkWriter
from gpudb.kernels.sinks.tiers import Choice, Crowd
from gpudb.kernels.sinks.top import MOST_ROWS, TopWriter
from gpudb.kernels.sorting import shown_columns
from gpudb.kernels.sources import ROUNDED_BITS, HeldSource, RowSource, rounded_up
from gpudb.records import dataclass
from gpudb.sql.bounds import bounds as find_bounds
from gpudb.sql.expr import Expression, field_ids
from gpudb.sql.pipeline import Build, Collect, Group, HostCompute, Number, Pipeline
from gpudb.sql.plan import AggregateItem, Field, Item

# Rows of a collecting buffer: large enough to be renewed seldom, small enough that fresh pages of
# memory, which cost more than the copying, are few.
BUFFER_ROWS = 1 << 17


def choose_sink(
    pipeline: Pipeline,
    source: RowSource,
    *,
    morsel_rows: int,
    fanout: int,
    fixed: FixedKernels,
    cancel: threading.Event,
    crowd: Crowd | None = None,
    wanted: Wanted = None,
) -> SinkWriter:
    """Return a sink's writer, for one thread or a crowd; of groups the `wanted` ones will do."""
    collect = collecting(source, morsel_rows, fanout, crowd)

    def keyed(
        kind: type[KeyedWriter], keys: Sequence[Item], aggregates: Sequence[AggregateItem]
    ) -> KeyedWriter:
        return kind(
            keys,
            aggregates,
            rows=collect.most_outputs,
            fanout=fanout,
            fixed=fixed,
            cancel=cancel,
            crowd=crowd,
            wanted=wanted,
        )

    match pipeline.sink:
        case Group(keys=keys, aggregates=aggregates):
            if not keys:
                return SingleWriter(aggregates, collect.most_outputs, fanout)
            return keyed(KeyedWriter, keys, aggregates)
        case Collect() as sink:
            return collect.sorted_writer(sink)
        case Build(keys=build_keys, is_set=True) if may_be_set(build_keys, source):
            return keyed(KeySetWriter, _key_items(build_keys), ())
        case Build(items=items, searched=searched, bands=bands):
            listed = [(i.field.id, i.expression) for i in items]
            listed += [(-1 - place, k) for place, k in enumerate(searched)]
            return collect.build_writer(listed, searched, is_banded=bool(bands))
        case Number(items=items) as sink:
            listed = [(i.field.id, i.expression) for i in items]
            number = SharedNumberWriter if collect.is_shared else NumberWriter
            rows, room = collect.most_outputs, collect.capacity
            return collect.with_room(number(sink, listed, capacity=room, fanout=fanout, rows=rows))
        case HostCompute(items=items):
            return collect.writer([(i.field.id, i.expression) for i in items], None)
    raise AssertionError(f"no such sink: {pipeline.sink!r}")


def _key_items(keys: Sequence[Expression]) -> list[Item]:
    """Return a build's keys as fields of their own."""
    return [
        Item(Field(-1 - place, f"key_{place}", key.type, key.nullable), key)
        for place, key in enumerate(keys)
    ]


def collecting(source: RowSource, morsel_rows: int, fanout: int, crowd: Crowd | None) -> Collecting:
    """Return what is known of outputs; a launch reads a piece of held rows, if they come so."""
    pieces = source.piece_rows if isinstance(source, HeldSource) else None
    launch_rows = min(morsel_rows, pieces or morsel_rows)
    return Collecting(launch_rows, source.rows * fanout, fanout, crowd)


def find_choice(sink: SinkWriter) -> Choice | None:
    """Return where threads that share memory keep the states of groups, if they do."""
    return sink.choice if isinstance(sink, KeyedWriter | SingleWriter) else None


def may_be_set(keys: Sequence[Expression], source: RowSource) -> bool:
    """Whether bits can hold the keys: integers of the source's columns, in bounds that allow it."""
    readers = source.readers()
    known = {id: bounds for id, r in readers.items() if (bounds := r.bounds) is not None}
    size = 1
    for key in keys:
        if key.type.is_text or key.type.is_float or not field_ids(key) <= known.keys():
            return False
        within = find_bounds(key, known.get)
        if not fits(within, INT64):
            return False
        size *= within.maximum - within.minimum + 2
    return may_be_bits(size, source.rows)


@dataclass(frozen=True)
class Collecting:
    """What is known of a pipeline that collects: how many outputs it may have at most."""

    morsel_rows: int
    outputs: int
    fanout: int
    crowd: Crowd | None

    @property
    def most_outputs(self) -> int:
        """The same in three digits of two, so that about as many rows have the same text."""
        return rounded_up(self.outputs, self.outputs.bit_length() - ROUNDED_BITS)

    @property
    def is_shared(self) -> bool:
        """Whether many threads share the buffers."""
        return self.crowd is not None

    def with_room(self, writer: CollectWriter) -> CollectWriter:
        """Let a crowd have room for all outputs that there can be, where that is not too much."""
        if self.crowd is not None and isinstance(writer, SharedCollectWriter):
            writer.room = Room(self.outputs, self.crowd.room_bytes)
        return writer

    @property
    def capacity(self) -> int:
        """How many outputs a buffer has room for; of many threads, all of a launch, it is hoped."""
        if self.is_shared:
            return min(self.morsel_rows, self.outputs)
        return max(1, min(2 * self.morsel_rows, BUFFER_ROWS, self.outputs))

    def sorted_writer(self, sink: Collect) -> CollectWriter:
        """Return the writer of rows that may be sorted and cut."""
        listed = [(i.field.id, i.expression) for i in sink.items]
        listed += [(-1 - place, key.expression) for place, key in enumerate(sink.keys)]
        end = None if sink.limit is None or sink.with_ties else sink.limit + sink.offset
        if sink.keys and end is not None and 0 < end <= MOST_ROWS:
            writer = SharedTopWriter if self.is_shared else TopWriter
            return self.with_room(writer(listed, sink.keys, rows=end, fanout=self.fanout))
        limit = None if sink.keys else end
        if not self.is_shared:
            shown = shown_columns(sink)
            listed = [(id, each) for id, each in listed if id >= 0 or each not in shown]
            return self.writer(listed, limit)
        rows = SharedRowsWriter(listed, capacity=self.capacity, fanout=self.fanout, limit=limit)
        rows.wanted = sink
        return self.with_room(rows)

    def build_writer(
        self,
        listed: Sequence[tuple[int, Expression]],
        searched: tuple[Expression, ...],
        *,
        is_banded: bool,
    ) -> CollectWriter:
        """Return the writer of a build's rows; with one key they may stay on the device."""
        may_stay = self.crowd is not None and len(searched) == 1 and not is_banded
        if not may_stay or searched[0].type.is_float:
            return self.writer(listed, None, searched)
        made = SharedBuildWriter(
            listed, capacity=self.capacity, fanout=self.fanout, required=searched
        )
        return self.with_room(made)

    def writer(
        self,
        listed: Sequence[tuple[int, Expression]],
        limit: int | None,
        required: tuple[Expression, ...] = (),
    ) -> CollectWriter:
        """Return the writer of rows as they come."""
        writer = SharedCollectWriter if self.is_shared else CollectWriter
        made = writer(
            listed, capacity=self.capacity, fanout=self.fanout, limit=limit, required=required
        )
        return self.with_room(made)
