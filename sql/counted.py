"""Groups of which only their number is read, as COUNT(DISTINCT) does of distinct values.

    x -> Group by v          x -> Group by v, counts n: the groups whose v is not NULL
    -> Group count(v)        -> Collect n

So no group becomes a row: those that are merged are counted and forgotten, some at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.records import replace
from gpudb.sql.expr import AggregateCall, ColumnReference
from gpudb.sql.pipeline import Collect, Group, Pipeline, ResultRows, read_pipelines
from gpudb.sql.plan import Item


def with_counts(pipelines: Sequence[Pipeline]) -> Sequence[Pipeline]:
    """Return the pipelines with groups counted where nothing but their number is read."""
    counting = [pipeline for pipeline in pipelines if _counts_result(pipeline)]
    if not counting:
        return pipelines
    changed: dict[int, Pipeline] = {}
    for reader in counting:
        (index,) = read_pipelines(reader)
        readers = [each for each in pipelines if index in read_pipelines(each)]
        if len(readers) == 1 and _may_be_counted(pipelines[index]):
            changed |= _counted(pipelines[index], reader)
    return [changed.get(pipeline.index, pipeline) for pipeline in pipelines]


def _counts_result(pipeline: Pipeline) -> bool:
    """Whether a pipeline does nothing but count the rows of a result, or values of its fields."""
    source, sink = pipeline.source, pipeline.sink
    if pipeline.steps or not isinstance(source, ResultRows) or not isinstance(sink, Group):
        return False
    is_plain = not sink.keys and not sink.counts and bool(sink.aggregates)
    return is_plain and all(_is_count(item.call) for item in sink.aggregates)


def _is_count(call: AggregateCall) -> bool:
    is_field = call.argument is None or isinstance(call.argument, ColumnReference)
    return call.function == "count" and is_field and not (call.is_distinct or call.others)


def _may_be_counted(pipeline: Pipeline) -> bool:
    sink = pipeline.sink
    return isinstance(sink, Group) and bool(sink.keys) and not (sink.aggregates or sink.counts)


def _counted(groups: Pipeline, reader: Pipeline) -> dict[int, Pipeline]:
    """Return the pipeline that makes groups and counts them, and the one that reads the counts."""
    assert isinstance(groups.sink, Group) and isinstance(reader.sink, Group)
    counts = reader.sink.aggregates
    fields = tuple(count.field for count in counts)
    items = tuple(
        Item(f, ColumnReference(id=f.id, name=f.name, type=f.type, nullable=False)) for f in fields
    )
    return {
        groups.index: replace(groups, sink=replace(groups.sink, counts=counts)),
        reader.index: replace(reader, source=ResultRows(groups.index, fields), sink=Collect(items)),
    }
