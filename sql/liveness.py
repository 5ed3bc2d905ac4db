"""Drops what no later step reads: payload fields of probes, and the items of their builds."""

from __future__ import annotations

from gpudb.records import replace
from gpudb.sql.expr import field_ids
from gpudb.sql.pipeline import (
    Build,
    Pipeline,
    Probe,
    Step,
    sink_expressions,
    step_expressions,
)


def drop_unread(pipelines: tuple[Pipeline, ...]) -> tuple[Pipeline, ...]:
    """Return the pipelines without build items that no probing pipeline reads."""
    needed: dict[int, set[int]] = {}
    kept: list[Pipeline] = []
    for pipeline in reversed(pipelines):
        sink = pipeline.sink
        if isinstance(sink, Build):
            wanted = needed.get(pipeline.index, set())
            sink = replace(sink, items=tuple(i for i in sink.items if i.field.id in wanted))
        read = {id for e in sink_expressions(sink) for id in field_ids(e)}
        steps: list[Step] = []
        for step in reversed(pipeline.steps):
            # A step's own expressions count as read: a condition reads the payload itself.
            read |= {id for e in step_expressions(step) for id in field_ids(e)}
            steps.append(_narrowed(step, read, needed))
        kept.append(replace(pipeline, steps=tuple(reversed(steps)), sink=sink))
    return tuple(reversed(kept))


def _narrowed(step: Step, read: set[int], needed: dict[int, set[int]]) -> Step:
    if not isinstance(step, Probe):
        return step
    payload = tuple(f for f in step.payload if f.id in read)
    needed.setdefault(step.build, set()).update(f.id for f in payload)
    return replace(step, payload=payload)
