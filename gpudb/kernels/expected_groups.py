"""Where a GPU will keep the groups of a query, before the query runs: what EXPLAIN shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gpudb.kernels.guesses import find_crowd
from gpudb.kernels.in_parts import GROUPS, first_cuts
from gpudb.kernels.run import Run
from gpudb.kernels.sinks.tiers import Choice, choose_direct, choose_hashed
from gpudb.kernels.sorted_quantiles import SORTED, sorts_quantiles
from gpudb.kernels.sources import TableSource
from gpudb.kernels.text_values import of_texts
from gpudb.sql.pipeline import Group, Pipeline, Probe, ScanRows
from gpudb.storage.table import TableVersion


def group_lines(run: Run, pipelines: Sequence[Pipeline]) -> Iterator[str]:
    """Yield a line for each pipeline that ends with groups, where threads share memory.

    The kernel of a scan is written as if it was to run. What joins or comes of other pipelines is
    known only when those have run: there it is a guess from statistics.
    """
    if not run.device.is_shared:
        return
    for pipeline in (of_texts(each, run.texts) for each in pipelines):
        if isinstance(pipeline.sink, Group):
            yield f"pipeline {pipeline.index} groups in {_place(run, pipeline, pipeline.sink)}"


def _place(run: Run, pipeline: Pipeline, sink: Group) -> str:
    source = pipeline.source
    joins = any(isinstance(step, Probe) for step in pipeline.steps)
    if joins or not isinstance(source, ScanRows) or not isinstance(source.table, TableVersion):
        return f"{_guess(run, pipeline, sink).text} (a guess)"
    rows = TableSource(source, source.table, run.device.kind, run.texts, run.workers)
    if sorts_quantiles(run.device, sink, rows.rows):
        return SORTED
    written = run.write(pipeline, rows)
    cuts = first_cuts(written)
    parts = f", in {cuts[GROUPS]} parts" if cuts else ""
    return f"{written.groups or 'a bitmap'}{parts}"


def _guess(run: Run, pipeline: Pipeline, sink: Group) -> Choice:
    words = 1 + 2 * len(sink.aggregates)
    crowd = find_crowd(run.device, pipeline)
    assert crowd is not None
    if not sink.keys:
        return choose_direct(1, [0] * words, crowd.cache_bytes)
    groups = max(1, int(crowd.groups or 1))
    return choose_hashed(groups, (2 * groups, 2 * groups), words, crowd)
