"""The expressions of a pipeline, changed one by one."""

from __future__ import annotations

from collections.abc import Callable

from gpudb.records import replace
from gpudb.sql.expr import AggregateCall, Expression, SortKey
from gpudb.sql.pipeline import (
    Band,
    Build,
    Collect,
    FilterRows,
    Group,
    HostCompute,
    Number,
    Pipeline,
    Sink,
    Step,
    Unnest,
)
from gpudb.sql.plan import AggregateItem, Item

Change = Callable[[Expression], Expression]


def over_expressions(pipeline: Pipeline, change: Change) -> Pipeline:
    """Return the pipeline with all that its steps and its sink evaluate for a row changed."""
    steps = tuple(_step(step, change) for step in pipeline.steps)
    return replace(pipeline, steps=steps, sink=_sink(pipeline.sink, change))


def _step(step: Step, change: Change) -> Step:
    if isinstance(step, FilterRows):
        return replace(step, predicate=change(step.predicate))
    if isinstance(step, Unnest):
        return replace(step, arrays=tuple(map(change, step.arrays)))
    condition = None if step.condition is None else change(step.condition)
    keys, bands = tuple(map(change, step.keys)), tuple(map(change, step.bands))
    return replace(step, keys=keys, bands=bands, condition=condition)


def _sink(sink: Sink, change: Change) -> Sink:
    match sink:
        case Collect(items=items, keys=keys):
            return replace(sink, items=_items(items, change), keys=_keys(keys, change))
        case Group(keys=groups, aggregates=aggregates):
            calls = tuple(_aggregate(each, change) for each in aggregates)
            return replace(sink, keys=_items(groups, change), aggregates=calls)
        case Build(keys=searched, items=items, bands=bands):
            compared = tuple(Band(change(b.expression), b.comparison) for b in bands)
            keys_found = tuple(map(change, searched))
            return replace(sink, keys=keys_found, items=_items(items, change), bands=compared)
        case HostCompute(items=items) | Number(items=items):
            return replace(sink, items=_items(items, change))
    raise AssertionError(f"no such sink: {sink!r}")


def _items(items: tuple[Item, ...], change: Change) -> tuple[Item, ...]:
    return tuple(replace(item, expression=change(item.expression)) for item in items)


def _keys(keys: tuple[SortKey, ...], change: Change) -> tuple[SortKey, ...]:
    return tuple(replace(key, expression=change(key.expression)) for key in keys)


def _aggregate(item: AggregateItem, change: Change) -> AggregateItem:
    call = change(item.call)
    assert isinstance(call, AggregateCall)
    return replace(item, call=call)
