"""Runs pipelines one after the other: source, generated kernel, morsels, sink.

Keeps what each cost.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gpudb.compiler.compiled import CompiledProgram
from gpudb.devices.device import Device, Morsel, RunMorsel, check_cancel
from gpudb.errors import Error
from gpudb.kernels.blocks import Shares, worker_buffers
from gpudb.kernels.builds import BuildTable, index
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.generate import Kernel, generate
from gpudb.kernels.held import Relation
from gpudb.kernels.host import host_compute
from gpudb.kernels.narrow import code_limits
from gpudb.kernels.radix import Workers
from gpudb.kernels.sinks.choose import choose_sink
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.sink import SinkWriter, Worker
from gpudb.kernels.sorting import first_rows, order
from gpudb.kernels.sources import (
    HeldSource,
    RowSource,
    TableSource,
    TextColumns,
    constant_column,
    constant_relation,
    repeated,
    united,
)
from gpudb.kernels.writer import Argument, Constant, FromChunk, FromLimits, FromWorker
from gpudb.sql.estimate import estimate, selectivity
from gpudb.sql.expr import ColumnReference, Literal, SortKey
from gpudb.sql.pipeline import (
    Build,
    Collect,
    ConstantRows,
    FirstRows,
    Group,
    HostCompute,
    Pipeline,
    Probe,
    RepeatedRows,
    ResultRows,
    ScanRows,
    UnionRows,
    read_results,
)
from gpudb.sql.plan import JoinKind, Scan
from gpudb.storage.table import TableVersion

# A morsel of fewer rows costs more in calls than it balances.
LEAST_MORSEL_ROWS = 16_384
MOST_OUTPUT_ROWS = 1 << 22
# Sums in registers count on it (sinks.group), whatever morsel_rows says; a piece is at most half
# as large again.
MOST_MORSEL_ROWS = 1 << 23


@dataclass
class PipelineProfile:
    """What a pipeline did and cost. `touched_bytes` counts the buffers given to its kernel once."""

    index: int
    source: str
    sink: str
    rows_in: int = 0
    rows_out: int = 0
    zones_skipped: int = 0
    touched_bytes: int = 0
    generate_seconds: float = 0.0
    compile_seconds: float = 0.0
    run_seconds: float = 0.0
    finish_seconds: float = 0.0
    code: str = ""
    is_scan: bool = False


@dataclass
class Run:
    """One query's run: its device, its results so far, and its profile."""

    device: Device
    fixed: FixedKernels
    texts: TextColumns
    cancel: threading.Event
    morsel_rows: int
    results: dict[int, Relation] = field(default_factory=dict)
    builds: dict[int, BuildTable] = field(default_factory=dict)
    profile: list[PipelineProfile] = field(default_factory=list)

    def run(self, pipelines: Sequence[Pipeline]) -> Relation:
        """Run all pipelines and return the last one's rows."""
        for pipeline in pipelines:
            check_cancel(self.cancel)
            self._run_pipeline(pipeline)
        return self.results[len(pipelines) - 1]

    def _run_pipeline(self, pipeline: Pipeline) -> None:
        source = self._open(pipeline)
        name, sink = _source_name(pipeline), type(pipeline.sink).__name__
        profile = PipelineProfile(pipeline.index, name, sink)
        self.profile.append(profile)
        result = copied_rows(pipeline, source)
        if result is None:
            result = self._run_kernel(pipeline, source, profile)
        profile.rows_in, profile.zones_skipped = source.rows, source.skipped_zones
        profile.rows_out = result.rows
        profile.is_scan = isinstance(pipeline.source, ScanRows)
        started = time.perf_counter()
        self._keep(pipeline, result)
        profile.finish_seconds += time.perf_counter() - started

    def _run_kernel(
        self, pipeline: Pipeline, source: RowSource, profile: PipelineProfile
    ) -> Relation:
        started = time.perf_counter()
        fanout = self._fanout(pipeline)
        sink = choose_sink(
            pipeline,
            source,
            morsel_rows=self.morsel_rows,
            fanout=fanout,
            fixed=self.fixed,
            cancel=self.cancel,
        )
        kernel = generate(
            pipeline.steps,
            source.readers(),
            self.builds,
            sink,
            fanout=fanout,
            shares=find_shares(pipeline),
        )
        profile.code = kernel.text
        profile.generate_seconds = time.perf_counter() - started
        compiled = self.device.compile(kernel.program)
        profile.compile_seconds = compiled.compile_seconds
        started = time.perf_counter()
        launch = Launch(kernel, compiled, source, sink, self.cancel)
        self.device.run(
            cut_morsels(source, self.morsel_rows, self.device.workers, fanout),
            launch.new_worker,
            self.cancel,
        )
        profile.run_seconds = time.perf_counter() - started
        started = time.perf_counter()
        result = sink.finish(launch.workers or [sink.new_worker()])
        profile.finish_seconds = time.perf_counter() - started
        profile.touched_bytes = launch.touched_bytes
        return result

    def _open(self, pipeline: Pipeline) -> RowSource:
        source = pipeline.source
        match source:
            case ScanRows(table=TableVersion() as version):
                return TableSource(source, version, self.device.kind, self.texts)
            case ResultRows(pipeline=index, fields=fields):
                return HeldSource(self.results[index], fields)
            case UnionRows(parts=parts, fields=fields):
                relations = [(self.results[p.pipeline], p.fields) for p in parts]
                return HeldSource(united(relations, fields), fields)
            case RepeatedRows(result=ResultRows(pipeline=index, fields=fields), times=times):
                return HeldSource(repeated(self.results[index], times), fields)
            case FirstRows(result=ResultRows(pipeline=index, fields=fields), keys=keys):
                rows = first_rows(self.results[index], keys, source.count, source.offset)
                return HeldSource(rows, fields)
            case ConstantRows(fields=fields):
                return HeldSource(constant_relation(source), fields)
        raise AssertionError(f"a table that is no snapshot: {source!r}")

    def _fanout(self, pipeline: Pipeline) -> int:
        """Return how many outputs one row of the source can have."""
        fanout = 1
        for step in pipeline.steps:
            if isinstance(step, Probe) and step.kind not in (JoinKind.SEMI, JoinKind.ANTI):
                fanout *= max(1, self.builds[step.build].longest)
        return fanout

    def _keep(self, pipeline: Pipeline, result: Relation) -> None:
        sink, workers = pipeline.sink, Workers(self.fixed, self.cancel)
        match sink:
            case Build(keys=keys):
                columns = [result.columns[-1 - place] for place in range(len(keys))]
                payload = {id: c for id, c in result.columns.items() if id >= 0}
                rows = Relation(result.rows, payload)
                self.builds[pipeline.index] = index(rows, columns, workers)
            case Collect(keys=keys, limit=limit, offset=offset):
                self.results[pipeline.index] = arranged(result, keys, limit, offset, workers)
            case HostCompute(results=results):
                self.results[pipeline.index] = host_compute(result, results)
            case _:
                self.results[pipeline.index] = result


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


def copied_rows(pipeline: Pipeline, source: RowSource) -> Relation | None:
    """Return the collected rows where the pipeline only passes held columns on.

    No kernel is needed.
    """
    sink = pipeline.sink
    if pipeline.steps or not isinstance(sink, Collect) or not isinstance(source, HeldSource):
        return None
    listed = [(i.field.id, i.expression) for i in sink.items]
    listed += [(-1 - place, k.expression) for place, k in enumerate(sink.keys)]
    held = source.relation.columns
    columns = {id: held[e.id] for id, e in listed if isinstance(e, ColumnReference)}
    columns |= {
        id: constant_column(e.type, [e.value] * source.rows)
        for id, e in listed
        if isinstance(e, Literal)
    }
    return Relation(source.rows, columns) if len(columns) == len(listed) else None


def arranged(
    relation: Relation,
    keys: Sequence[SortKey],
    limit: int | None,
    offset: int,
    workers: Workers,
) -> Relation:
    """Return the rows sorted by the key columns -1, -2, ..., and cut."""
    rows = slice(offset, None if limit is None else offset + limit)
    if not keys:
        return relation if rows == slice(0, None) else relation.take(rows)
    columns = [relation.columns[-1 - place] for place in range(len(keys))]
    shown = {id: c for id, c in relation.columns.items() if id >= 0}
    return workers.take(Relation(relation.rows, shown), order(columns, keys, workers)[rows])


def cut_morsels(source: RowSource, morsel_rows: int, workers: int, fanout: int) -> list[Morsel]:
    """Cut the source's ranges into morsels, smaller ones where there are few rows to deal out.

    A row that may have many outputs counts for them, so that a query can be stopped soon.
    """
    fair = -(-source.rows // (4 * workers))
    size = max(LEAST_MORSEL_ROWS, min(morsel_rows, fair))
    size = max(1024, min(size, MOST_OUTPUT_ROWS // fanout, MOST_MORSEL_ROWS))
    morsels: list[Morsel] = []
    for each in source.ranges:
        rows = each.end - each.first
        piece = -(-rows // max(1, round(rows / size)))  # pieces of a range are of one size
        for first in range(each.first, each.end, piece):
            end = min(first + piece, each.end)
            morsels.append(Morsel(len(morsels), each.chunk, first, end))
    return morsels


class Launch:
    """A kernel on its way over the morsels: binds arguments, gives room, raises errors."""

    def __init__(
        self,
        kernel: Kernel,
        compiled: CompiledProgram,
        source: RowSource,
        sink: SinkWriter,
        cancel: threading.Event,
    ) -> None:
        self.kernel = kernel
        self.compiled = compiled
        self.source = source
        self.sink = sink
        self.cancel = cancel
        self.workers: list[Worker] = []
        self.touched_bytes = 0
        self._touched: set[int] = set()

    def new_worker(self) -> RunMorsel:
        """Return the function by which one more worker runs a morsel."""
        worker = self.sink.new_worker() | worker_buffers()
        self.workers.append(worker)
        return WorkerRun(self, worker)

    def arguments(self, worker: Worker, chunk: int, errors: np.ndarray) -> list[Argument]:
        """Return the arguments behind first and end, for one worker and chunk."""
        parts: dict[int, Sequence[Argument]] = {}
        arguments: list[Argument] = [errors]
        for parameter in self.kernel.parameters:
            match parameter.supply:
                case Constant(value=value):
                    arguments.append(value)
                case FromWorker(name=name):
                    arguments.append(worker[name])
                case FromChunk(field=id, part=part):
                    arguments.append(self._parts(parts, chunk, id)[part])
                case FromLimits(field=id) as wanted:
                    arguments.append(code_limits(self._parts(parts, chunk, id), wanted))
        self._count_bytes(chunk, parts)
        return [_without_bools(a) for a in arguments]

    def _parts(
        self, parts: dict[int, Sequence[Argument]], chunk: int, id: int
    ) -> Sequence[Argument]:
        if id not in parts:
            parts[id] = self.source.arguments(chunk, id)
        return parts[id]

    def _count_bytes(self, chunk: int, parts: dict[int, Sequence[Argument]]) -> None:
        if chunk in self._touched:
            return
        self._touched.add(chunk)
        buffers = (a for part in parts.values() for a in part if isinstance(a, np.ndarray))
        self.touched_bytes += sum(b.nbytes for b in buffers)


class WorkerRun:
    """One worker: keeps its arguments bound while it stays in a chunk."""

    def __init__(self, launch: Launch, worker: Worker) -> None:
        self.launch = launch
        self.worker = worker
        self.errors = np.zeros(4, np.int64)
        self._chunk = -1

    def __call__(self, morsel: Morsel) -> None:
        """Run the morsel to its end, with as many pauses for room as it needs."""
        if morsel.chunk != self._chunk:
            self._bind(morsel.chunk)
        sink = self.launch.sink
        if isinstance(sink, CollectWriter) and sink.is_satisfied:
            return
        first = self._bound(morsel.first, morsel.end)
        while first != morsel.end:
            if first < 0:
                raise self._error()
            check_cancel(self.launch.cancel)
            sink.pause(self.worker, morsel.order)
            self._bind(morsel.chunk)
            first = self._bound(first, morsel.end)
        sink.end_morsel(self.worker, morsel.order)

    def _bind(self, chunk: int) -> None:
        arguments = self.launch.arguments(self.worker, chunk, self.errors)
        self._bound = self.launch.compiled.bind("main", arguments)
        self._chunk = chunk

    def _error(self) -> Error:
        site = self.launch.kernel.sites[int(self.errors[0]) - 1]
        error = site.error(int(self.errors[1]), int(self.errors[2]))
        if site.span is not None:
            error.begin, error.end = site.span.begin, site.span.end
        return error


def _without_bools(argument: Argument) -> Argument:
    """Return masks as bytes, which is what kernels read."""
    if isinstance(argument, np.ndarray) and argument.dtype == np.bool_:
        return argument.view(np.uint8)
    return argument


def _source_name(pipeline: Pipeline) -> str:
    source = pipeline.source
    if isinstance(source, ScanRows):
        return source.table.name
    return " and ".join(f"pipeline {index}" for index in read_results(source)) or "constants"
