"""What statistics let expect of a pipeline's rows and groups."""

from __future__ import annotations

from gpudb.kernels.blocks import Shares
from gpudb.sql.estimate import estimate, selectivity
from gpudb.sql.pipeline import Group, Pipeline, Probe, ScanRows
from gpudb.sql.plan import Scan


def estimated_groups(pipeline: Pipeline) -> float | None:
    """Return how many groups statistics let expect, if the pipeline ends with groups."""
    sink = pipeline.sink
    if not isinstance(sink, Group) or sink.plan is None:
        return None
    return estimate(sink.plan).rows


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
