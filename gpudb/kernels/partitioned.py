"""Groups beyond a GPU's cache: rows are dealt to partitions first, and grouped from there.

    count the rows of each partition -> deal keys and arguments to their places -> group them

Three launches a morsel instead of one, but a row's group is then near those of its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gpudb.kernels.held import Relation
from gpudb.kernels.reads import HeldReader
from gpudb.kernels.scope import Reader
from gpudb.kernels.sinks.choose import find_choice
from gpudb.kernels.sinks.deal import CountWriter, DealWriter
from gpudb.kernels.sinks.direct import DirectWriter
from gpudb.kernels.sinks.keyed import KeyedWriter
from gpudb.kernels.sinks.shared_hash import SharedHashWriter
from gpudb.kernels.sinks.sink import SinkWriter
from gpudb.kernels.sinks.tiers import Tier
from gpudb.kernels.sources import HeldSource, RowSource
from gpudb.records import dataclass, replace
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import ColumnReference, Expression, children, with_children
from gpudb.sql.pipeline import Group, Pipeline
from gpudb.sql.plan import AggregateItem, Field, Item

if TYPE_CHECKING:
    from gpudb.kernels.pipeline_profile import PipelineProfile
    from gpudb.kernels.run import Run
    from gpudb.kernels.written import Written

# A partition's part of the table takes at most this share of the cache.
CACHE_SHARE = 4
MOST_PARTITIONS = 256


@dataclass(frozen=True)
class DealtReader(HeldReader):
    """Reads a dealt value; its bounds are those of what was computed."""

    known: Bounds | None = None

    @property
    def bounds(self) -> Bounds | None:
        """The bounds of the values."""
        return self.known


@dataclass
class DealtSource(HeldSource):
    """Dealt rows."""

    known: Mapping[int, Bounds] | None = None

    def readers(self) -> Mapping[int, Reader]:
        """Return readers of the arrays."""
        known = self.known or {}
        return {
            f.id: DealtReader(f, self.relation.columns[f.id], known=known.get(f.id))
            for f in self.fields
        }


def run_partitioned(
    run: Run, pipeline: Pipeline, source: RowSource, written: Written, profile: PipelineProfile
) -> Relation:
    """Run a pipeline whose groups were `written` for a table beyond the cache."""
    sink, groups = pipeline.sink, written.sink
    assert isinstance(sink, Group) and isinstance(groups, KeyedWriter)
    inner, device = groups.inner, written.device
    assert isinstance(inner, DirectWriter | SharedHashWriter) and device.memory is not None
    partitions = partitions_for(inner.table_bytes, device.cache_bytes)
    shift = max(0, (inner.slots - 1).bit_length() - (partitions.bit_length() - 1))
    counted = CountWriter(sink.keys, inner.slot_text, shift, partitions)
    run.launch(run.written_with(pipeline, source, counted, device), source, profile)
    fields, listed, grouped = dealt_group(sink)
    deal = DealWriter(counted, listed)
    try:
        rows = run.launch(run.written_with(pipeline, source, deal, device), source, profile)
        dealt = DealtSource(rows, fields, known=deal.bounds)
        again = run.write(replace(pipeline, steps=(), sink=grouped), dealt)
        return run.launch(again, dealt, profile)
    finally:
        for array in deal.kept:
            device.memory.release(array)


def is_partitioned(sink: SinkWriter) -> bool:
    """Whether a sink's groups are for rows that are dealt first."""
    choice = find_choice(sink)
    return choice is not None and choice.tier is Tier.PARTITIONS


def partitions_for(table_bytes: int, cache_bytes: int) -> int:
    """Return into how many partitions to deal: a power of two."""
    wanted = CACHE_SHARE * table_bytes // max(1, cache_bytes)
    return min(MOST_PARTITIONS, 1 << max(1, wanted.bit_length()))


def dealt_group(
    sink: Group, first_id: int = -1
) -> tuple[Sequence[Field], Sequence[tuple[int, Expression]], Group]:
    """Return what is dealt, as fields and as expressions by id, and the groups of that.

    Ids descend from the first one.
    """
    known: dict[Expression, Field] = {}

    def reference(expression: Expression) -> Expression:
        number = len(known)
        made = Field(first_id - number, f"dealt_{number}", expression.type, expression.nullable)
        field = known.setdefault(expression, made)
        return ColumnReference(
            type=field.type, nullable=field.nullable, id=field.id, name=field.name
        )

    keys = tuple(Item(i.field, reference(i.expression)) for i in sink.keys)
    aggregates = []
    for item in sink.aggregates:
        call = with_children(item.call, tuple(map(reference, children(item.call))))
        aggregates.append(AggregateItem(item.field, call))  # type: ignore[arg-type]
    listed = [(field.id, expression) for expression, field in known.items()]
    return list(known.values()), listed, Group(keys, tuple(aggregates), sink.plan)
