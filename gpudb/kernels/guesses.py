"""What statistics let expect of a pipeline's rows and groups."""

from __future__ import annotations

import math

from gpudb.kernels.blocks import Shares
from gpudb.kernels.pieces import Amount
from gpudb.sql.estimate import estimate, selectivity
from gpudb.sql.pipeline import FilterRows, Group, Pipeline, Probe, ScanRows
from gpudb.sql.plan import Scan


def estimated_groups(pipeline: Pipeline) -> float | None:
    """Return how many groups statistics let expect, if the pipeline ends with groups."""
    sink = pipeline.sink
    if not isinstance(sink, Group) or sink.plan is None:
        return None
    return estimate(sink.plan).rows


def find_amount(pipeline: Pipeline, rows: int) -> Amount | None:
    """Return how many rows a scan reads, and which share of them is guessed to pass the filters.

    Held rows are no pieces of a table.
    """
    source = pipeline.source
    if not isinstance(source, ScanRows):
        return None
    guess = estimate(Scan(source.table, source.fields, source.columns))
    predicates = [step.predicate for step in pipeline.steps if isinstance(step, FilterRows)]
    return Amount(rows, math.prod(selectivity(guess, predicate) for predicate in predicates))


def find_shares(pipeline: Pipeline) -> Shares | None:
    """Return what is guessed of a scan's rows, or None where blocks of rows have no use.

    Nothing is known of held rows. A single aggregate without joins needs no blocks: LLVM makes SIMD
    of its whole loop, which is as fast and compiles faster.
    """
    source, sink = pipeline.source, pipeline.sink
    if not isinstance(source, ScanRows):
        return None
    has_probes = any(isinstance(step, Probe) for step in pipeline.steps)
    is_single = isinstance(sink, Group) and not sink.keys and not has_probes
    if is_single:
        return None
    guess = estimate(Scan(source.table, source.fields, source.columns))
    return Shares(lambda e: selectivity(guess, e), guess.distinct)
