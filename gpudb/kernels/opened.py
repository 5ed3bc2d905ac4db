"""What a pipeline reads: a table's columns, rows held from before, or rows that are made here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from gpudb.kernels.expand import expanded
from gpudb.kernels.generate import generate
from gpudb.kernels.held import Relation
from gpudb.kernels.holistic import segment_rows
from gpudb.kernels.iterate import by_places, iterated
from gpudb.kernels.late_texts import prepared
from gpudb.kernels.relations import constant_relation, repeated, united, zipped
from gpudb.kernels.sinks.row_states import RowStatesWriter
from gpudb.kernels.sorting import first_rows
from gpudb.kernels.sources import HeldSource, RowSource, TableSource
from gpudb.kernels.window_work import WindowWork
from gpudb.kernels.written import Written, fetch_held
from gpudb.kernels.zones import with_join_filters
from gpudb.sql.carried import is_carried
from gpudb.sql.pipeline import (
    ConstantRows,
    EmptyRows,
    ExpandedRows,
    FirstRows,
    IteratedRows,
    LastRows,
    Pipeline,
    RepeatedRows,
    ResultRows,
    ScanRows,
    SegmentRows,
    Source,
    UnionRows,
    WindowRows,
    ZippedRows,
)
from gpudb.sql.plan import AggregateItem
from gpudb.storage.table import TableVersion

if TYPE_CHECKING:
    from gpudb.kernels.pipeline_profile import PipelineProfile
    from gpudb.kernels.run import Run


def open_source(run: Run, pipeline: Pipeline, profile: PipelineProfile) -> RowSource:
    """Return what a pipeline reads."""
    source = pipeline.source
    match source:
        case ScanRows(table=TableVersion() as version):
            scan = with_join_filters(source, pipeline.steps, run.builds)
            carried = partial(is_carried, run.pipelines, pipeline.index)
            kind = run.device.kind
            opened = TableSource(scan, version, kind, run.texts, run.workers, carried)
            return prepared(run, pipeline, opened)
        case ResultRows(pipeline=index, fields=fields):
            return HeldSource(run.results[index], fields)
        case UnionRows(parts=parts, fields=fields):
            relations = [(run.results[p.pipeline], p.fields) for p in parts]
            return HeldSource(united(relations, fields), fields)
        case RepeatedRows(result=ResultRows(pipeline=index, fields=fields), times=times):
            return HeldSource(repeated(run.results[index], times), fields)
        case FirstRows(result=ResultRows(pipeline=index, fields=fields), keys=keys):
            first = first_rows(run.results[index], keys, source.count, source.offset)
            return HeldSource(first, fields)
        case WindowRows(fields=fields):
            return HeldSource(_windowed(run, source, profile), fields)
    return HeldSource(_made_rows(run, source), source.fields)


def _made_rows(run: Run, source: Source) -> Relation:
    """Return rows that are made here, of nothing or of few others."""
    match source:
        case SegmentRows(result=ResultRows(pipeline=index)):
            return segment_rows(run.results[index], source, run.workers)
        case ZippedRows(parts=parts):
            return zipped([run.results[p.pipeline] for p in parts])
        case ExpandedRows(result=result):
            return expanded(source, run.results[result.pipeline], run.memory_limit_bytes)
        case ConstantRows():
            return constant_relation(source)
        case EmptyRows(rows=rows):
            return Relation(rows, {})
        case IteratedRows():
            return _iterated(run, source)
        case LastRows(number=number, fields=fields):
            last = run.rounds[number].columns
            columns = {f.id: last[place] for place, f in enumerate(fields)}
            return Relation(run.rounds[number].rows, columns)
    raise AssertionError(f"a table that is no snapshot: {source!r}")


def _iterated(run: Run, source: IteratedRows) -> Relation:
    """Return the rows of a WITH RECURSIVE, whose body runs in every round."""

    def run_round(last: Relation) -> Relation:
        run.rounds[source.number] = last
        for place in source.body:
            run.run_pipeline(run.pipelines[place])
        return by_places(run.results[source.step.pipeline], source.step.fields)

    seed = by_places(run.results[source.seed.pipeline], source.seed.fields)
    return iterated(source, seed, run_round, run.fixed, run.memory_limit_bytes)


def _windowed(run: Run, source: WindowRows, profile: PipelineProfile) -> Relation:
    """Return the rows of a window with its functions' columns."""
    # Most first queries have none: they need not wait for it.
    from gpudb.kernels.windows import windowed

    relation = run.results[source.result.pipeline]
    held = HeldSource(relation, source.result.fields)
    fetch_held(held)

    def run_states(aggregates: Sequence[AggregateItem]) -> RowStatesWriter:
        sink = RowStatesWriter(aggregates, relation.rows)
        kernel = generate((), held.readers(), run.builds, sink, fanout=1)
        run.launch(Written(run.fixed.device, sink, kernel, 1), held, profile)
        return sink

    started = time.perf_counter()
    work = WindowWork(run.workers, run_states, run.memory_limit_bytes)
    found = windowed(source, relation, work)
    profile.run_seconds = time.perf_counter() - started
    return found
