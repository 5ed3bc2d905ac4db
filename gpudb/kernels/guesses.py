"""What statistics let expect of a pipeline's rows and groups."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gpudb.devices.device import Device
from gpudb.kernels.blocks import Shares
from gpudb.kernels.pieces import Amount
from gpudb.kernels.sinks.best_groups import BestGroups
from gpudb.kernels.sinks.counted_groups import CountedGroups
from gpudb.kernels.sinks.first_groups import MOST_WANTED, WORTH
from gpudb.kernels.sinks.group_part import GroupPart
from gpudb.kernels.sinks.keyed import Wanted
from gpudb.kernels.sinks.tiers import Crowd
from gpudb.sql.estimate import estimate, selectivity
from gpudb.sql.expr import ColumnReference
from gpudb.sql.pipeline import (
    Collect,
    FilterRows,
    Group,
    Pipeline,
    Probe,
    ResultRows,
    ScanRows,
    read_pipelines,
)
from gpudb.sql.text_values import guessed_scan

# The share of a device's memory that outputs may take before it is known how many there are.
ROOM_SHARE = 8
MOST_ROOM_BYTES = 1 << 28
ONE_GROUP = Shares(lambda _: 1.0, lambda _: 1.0, one_group=True)


def estimated_groups(pipeline: Pipeline) -> float | None:
    """Return how many groups statistics let expect, if the pipeline ends with groups."""
    sink = pipeline.sink
    if not isinstance(sink, Group) or sink.plan is None:
        return None
    return estimate(sink.plan).rows


def expected_rows(pipeline: Pipeline) -> float | None:
    """Return how many rows statistics let expect in groups, if the pipeline ends with groups."""
    sink = pipeline.sink
    if not isinstance(sink, Group) or sink.plan is None:
        return None
    return estimate(sink.plan.input).rows


def find_crowd(
    device: Device, pipeline: Pipeline, least_groups: int = 0, part: GroupPart | None = None
) -> Crowd | None:
    """Return what is known of the threads that share memory, and of their groups."""
    if not device.is_shared:
        return None
    memory = device.parts[0].memory
    assert memory is not None
    room_bytes = min(memory.limit_bytes // ROOM_SHARE, MOST_ROOM_BYTES)
    sizes = device.blocks, device.threads, device.cache_bytes
    return Crowd(*sizes, estimated_groups(pipeline), least_groups, room_bytes, part)


def wanted_groups(pipelines: Sequence[Pipeline], pipeline: Pipeline) -> Wanted:
    """Return which groups are read of a pipeline if they are a part, or only counted.

    So many of them, any, if these are a small part, or the best in an order of theirs.
    """
    if isinstance(pipeline.sink, Group) and pipeline.sink.counts:
        return CountedGroups(pipeline.sink.counts)
    sink = _find_reader(pipelines, pipeline)
    wanted = 0 if sink is None else (sink.limit or 0) + sink.offset
    if sink is None or wanted > MOST_WANTED:
        return None
    if sink.keys:
        are_columns = all(isinstance(key.expression, ColumnReference) for key in sink.keys)
        return BestGroups(sink.keys, wanted) if are_columns and not sink.with_ties else None
    # Estimates cost more than all that was looked at so far.
    groups = estimated_groups(pipeline)
    return None if groups is None or wanted > groups / WORTH else wanted


def _find_reader(pipelines: Sequence[Pipeline], pipeline: Pipeline) -> Collect | None:
    """Return what is collected of a pipeline's groups if that is all, and has a limit."""
    if not isinstance(pipeline.sink, Group):
        return None
    readers = [each for each in pipelines if pipeline.index in read_pipelines(each)]
    if len(readers) != 1 or readers[0].steps:
        return None
    source, sink = readers[0].source, readers[0].sink
    if not isinstance(source, ResultRows) or not isinstance(sink, Collect):
        return None
    return sink if sink.limit and sink.percent is None else None


def find_amount(pipeline: Pipeline, rows: int) -> Amount | None:
    """Return how many rows a scan reads, and which share of them is guessed to pass the filters.

    Held rows are no pieces of a table.
    """
    source = pipeline.source
    if not isinstance(source, ScanRows):
        return None
    scan, original = guessed_scan(source)
    guess = estimate(scan)
    predicates = [original(s.predicate) for s in pipeline.steps if isinstance(s, FilterRows)]
    return Amount(rows, math.prod(selectivity(guess, predicate) for predicate in predicates))


def find_shares(pipeline: Pipeline) -> Shares | None:
    """Return what is guessed of a scan's rows, or None where blocks of rows have no use.

    Nothing is known of held rows. Of aggregates without keys and joins it does not matter.
    """
    source, sink = pipeline.source, pipeline.sink
    if not isinstance(source, ScanRows):
        return None
    has_probes = any(isinstance(step, Probe) for step in pipeline.steps)
    if isinstance(sink, Group) and not sink.keys and not has_probes:
        return ONE_GROUP
    scan, original = guessed_scan(source)
    guess = estimate(scan)
    return Shares(lambda e: selectivity(guess, original(e)), guess.distinct)
