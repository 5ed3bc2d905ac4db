"""Runs pipelines one after the other: source, generated kernel, morsels, sink.

Keeps what each cost.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import field
from functools import partial

from gpudb.devices.device import Device, Morsel, Traffic, check_cancel
from gpudb.errors import DeviceFaultError, DeviceMemoryError
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.builds import BuildTable
from gpudb.kernels.dealt_builds import build_of
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.generate import Kernel, generate
from gpudb.kernels.guesses import (
    expected_rows,
    find_amount,
    find_crowd,
    find_shares,
    wanted_groups,
)
from gpudb.kernels.held import Relation
from gpudb.kernels.host import host_compute
from gpudb.kernels.in_parts import Rounds
from gpudb.kernels.kept_texts import KeptTexts
from gpudb.kernels.late import copied_rows, split_late, with_late
from gpudb.kernels.late_texts import with_few_texts
from gpudb.kernels.launch import Launch
from gpudb.kernels.many_answers import answer_many
from gpudb.kernels.morsels import cut_morsels
from gpudb.kernels.numbers import numbered
from gpudb.kernels.opened import open_source
from gpudb.kernels.piece_launch import PieceLaunch, goes_in_pieces, rows_of_launch
from gpudb.kernels.pipeline_profile import PipelineProfile, source_name
from gpudb.kernels.progress import RowCount
from gpudb.kernels.radix import Workers, workers_of
from gpudb.kernels.sinks.choose import choose_sink
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.group_part import GroupPart
from gpudb.kernels.sinks.keyed import KeyedWriter
from gpudb.kernels.sinks.sink import Growing, OutgrownError, SinkWriter, TableFullError, Worker
from gpudb.kernels.sinks.tiers import Crowd
from gpudb.kernels.sinks.ties import tie_writers
from gpudb.kernels.sinks.top import TopWriter
from gpudb.kernels.sorted_quantiles import sorted_quantiles
from gpudb.kernels.sorting import arranged
from gpudb.kernels.sources import (
    RowSource,
    TableSource,
)
from gpudb.kernels.text_columns import TextColumns
from gpudb.kernels.text_values import of_texts
from gpudb.kernels.wanted_texts import Wanted, keepable
from gpudb.kernels.whereabouts import whereabouts
from gpudb.kernels.writer import NoSharedFormError
from gpudb.kernels.written import Written, fanout_of, fetch_builds, fetch_held
from gpudb.records import dataclass, replace
from gpudb.sql.carried import read_last
from gpudb.sql.counted import with_counts
from gpudb.sql.pipeline import (
    Build,
    Collect,
    HostCompute,
    IteratedRows,
    Number,
    Pipeline,
    ScanRows,
)

NO_TRAFFIC = Traffic()


@dataclass
class Run:
    """One query's run: its device, its results so far, and its profile.

    `fixed` runs on the host's device; so does what the other one has no form for.
    """

    device: Device
    fixed: FixedKernels
    texts: TextColumns
    cancel: threading.Event
    morsel_rows: int
    memory_limit_bytes: int
    cpu_retry: bool = False
    results: dict[int, Relation] = field(default_factory=dict)
    builds: dict[int, BuildTable] = field(default_factory=dict)
    profile: list[PipelineProfile] = field(default_factory=list)
    count: RowCount = field(default_factory=RowCount)
    rounds: dict[int, Relation] = field(default_factory=dict)
    kept: KeptTexts = field(default_factory=KeptTexts)
    pipelines: Sequence[Pipeline] = ()
    # What those who sort and index did elsewhere than they should have.
    notes: list[str] = field(default_factory=list)
    _profiles: dict[int, PipelineProfile] = field(default_factory=dict)
    _read_last: dict[int, list[int]] = field(default_factory=dict)

    def run(self, pipelines: Sequence[Pipeline]) -> Relation:
        """Run all pipelines and return the last one's rows."""
        if not self.device.is_shared:
            pipelines = with_counts(pipelines)
        self.pipelines = pipelines = [of_texts(p, self.texts) for p in pipelines]
        self.count.begin(pipelines)
        rounds = (p.source for p in pipelines if isinstance(p.source, IteratedRows))
        in_rounds = {index for source in rounds for index in source.body}
        self._read_last = read_last(pipelines, in_rounds)
        for pipeline in pipelines:
            if pipeline.index not in in_rounds:
                self.run_pipeline(pipeline)
        return self.results[len(pipelines) - 1]

    @property
    def workers(self) -> Workers:
        """Those who sort and index held rows."""
        return workers_of(self.fixed, self.device, self.cancel, self.notes)

    def run_pipeline(self, pipeline: Pipeline) -> None:
        """Run one pipeline, and keep what comes of it."""
        check_cancel(self.cancel)
        profile, before = self._profile(pipeline), self._traffic()
        profile.disk_bytes -= BUFFERS.spilled_bytes
        pipeline, late = split_late(pipeline, self.texts)
        source = open_source(self, pipeline, profile)
        self.count.open(pipeline, source.rows)
        result = copied_rows(pipeline, source)
        if result is None:
            result = self.run_kernel(pipeline, source, profile)
        else:
            self.count.done.append(source.rows)
        profile.rows_in += source.rows
        profile.zones_skipped += source.skipped_zones
        profile.rows_out += result.rows
        profile.is_scan = isinstance(pipeline.source, ScanRows)
        started = time.perf_counter()
        scanned = source if isinstance(source, TableSource) else None
        del source
        for read in self._read_last.get(pipeline.index, ()):
            self.results.pop(read, None)
            self.builds.pop(read, None)
        self._keep(pipeline, result)
        if late is not None:
            assert scanned is not None
            found = self.results[pipeline.index]
            self.results[pipeline.index] = with_late(found, late, scanned, self.fixed, self.cancel)
        profile.finish_seconds += time.perf_counter() - started
        profile.disk_bytes += BUFFERS.spilled_bytes
        if self.device.is_shared:
            profile.traffic += self._traffic() - before
            kept = self.results.get(pipeline.index), self.builds.get(pipeline.index)
            profile.whereabouts = whereabouts(pipeline, *kept)
        profile.notes += self.notes
        self.notes.clear()

    def _traffic(self) -> Traffic:
        """Return what has travelled to and from the device's memory so far."""
        if not self.device.is_shared:
            return NO_TRAFFIC
        memories = (part.memory for part in self.device.parts)
        return sum((m.traffic for m in memories if m is not None), Traffic())

    def _profile(self, pipeline: Pipeline) -> PipelineProfile:
        """Return the profile of a pipeline, which all its rounds share."""
        if pipeline.index not in self._profiles:
            name, sink = source_name(pipeline), type(pipeline.sink).__name__
            made = PipelineProfile(pipeline.index, name, sink)
            self._profiles[pipeline.index] = made
            self.profile.append(made)
        return self._profiles[pipeline.index]

    def run_kernel(
        self, pipeline: Pipeline, source: RowSource, profile: PipelineProfile
    ) -> Relation:
        """Return the rows of a pipeline, by one kernel or several."""
        pipeline, source = with_few_texts(self, pipeline, source, profile)
        try:
            sorted_there = sorted_quantiles(self, pipeline, source, profile)
            return sorted_there or Rounds(self, pipeline, source, profile).relation()
        except DeviceMemoryError as error:
            if not self.cpu_retry:
                raise
            where = self.fixed.device.name
            profile.retried = f"pipeline {profile.index} ran on {where}: {error.message}"
            profile.parts = ""
        except DeviceFaultError as error:
            where = f"pipeline {profile.index} ({profile.source} -> {profile.sink})"
            raise DeviceFaultError(f"{where}: {error.message}") from error
        written = self._write_for(self.fixed.device, pipeline, source)
        return self.launch(written, source, profile)

    def launch(self, written: Written, source: RowSource, profile: PipelineProfile) -> Relation:
        """Compile a kernel and run it over the source's rows."""
        workers = self.launched(written, source, profile)
        started = time.perf_counter()
        result = written.sink.finish(workers)
        profile.finish_seconds += time.perf_counter() - started
        return result

    def launched(
        self,
        written: Written,
        source: RowSource,
        profile: PipelineProfile,
        held: Sequence[Worker] = (),
    ) -> list[Worker]:
        """Compile a kernel, run it over the source's rows, and return what the workers hold.

        What they `held` before, by a kernel of the same sink, they go on with.
        """
        kernel, sink, device = written.kernel, written.sink, written.device
        text = kernel.text
        if text not in profile.code:
            profile.code = "\n".join(filter(None, (profile.code, text)))
        profile.device = device.name
        profile.groups = written.groups
        compiled, *ties = [device.compile(each.program) for each in (kernel, *kernel.ties)]
        profile.compile_seconds += sum(each.compile_seconds for each in (compiled, *ties))
        started = time.perf_counter()
        deals = 1 if device.is_shared else 4 * device.workers
        rows = self.morsel_rows
        rows = rows_of_launch(sink, rows) if device.is_shared else rows
        morsels: Sequence[Morsel] = cut_morsels(source, rows, deals, written.fanout)
        if isinstance(sink, TopWriter):
            morsels = sink.ordered(morsels, source)
        while True:
            kind = Launch if kernel.columns is None else PieceLaunch
            launch = kind(kernel, compiled, source, sink, self.cancel, self.count)
            launch.held = list(held)
            profile.runs += 1
            try:
                launch.run(device, morsels)
            except TableFullError:
                assert isinstance(sink, Growing)
                groups = sink.enlarge()
                if groups:
                    raise OutgrownError(groups) from None
                continue
            break
        profile.run_seconds += time.perf_counter() - started
        profile.touched_bytes += launch.touched_bytes
        if isinstance(sink, CollectWriter):
            profile.zones_skipped += sink.skipped_zones
            sink.skipped_zones = 0
        return [*launch.workers, *launch.held] or [sink.new_worker()]

    def write(
        self,
        pipeline: Pipeline,
        source: RowSource,
        least_groups: int = 0,
        part: GroupPart | None = None,
    ) -> Written:
        """Return the pipeline's kernel; for the host where threads cannot share its memory."""
        host = self.fixed.device
        try:
            crowd = find_crowd(self.device, pipeline, least_groups, part)
            return self._write_for(self.device, pipeline, source, crowd)
        except NoSharedFormError as refused:
            return replace(self._write_for(host, pipeline, source), refused=str(refused))

    def _write_for(
        self, device: Device, pipeline: Pipeline, source: RowSource, crowd: Crowd | None = None
    ) -> Written:
        fanout = fanout_of(pipeline, self.builds)
        sink = choose_sink(
            pipeline,
            source,
            morsel_rows=self.morsel_rows,
            fanout=fanout,
            fixed=self.fixed,
            cancel=self.cancel,
            crowd=crowd,
            wanted=wanted_groups(self.pipelines, pipeline),
        )
        if isinstance(sink, KeyedWriter):
            sink.expected = partial(expected_rows, pipeline)
        keeping = None if device.is_shared else keepable(sink)
        if keeping is None:
            return self.written_with(pipeline, source, sink, device)
        fetch_builds(pipeline, self.builds)
        fetch_held(source)
        wanted = Wanted(pipeline, source.readers(), self.builds, keeping, fanout)
        form = wanted.form
        served = None if form is None else self.kept.find(wanted, form)
        if served is not None:
            return Written(device, *served, fanout)
        written = self.written_with(pipeline, source, sink, device)
        if form is not None:
            self.kept.keep(wanted, form, written.kernel)
        return written

    def written_with(
        self, pipeline: Pipeline, source: RowSource, sink: SinkWriter, device: Device
    ) -> Written:
        """Return the kernel of a pipeline that ends with another sink."""
        fanout = fanout_of(pipeline, self.builds)
        if not device.is_shared:
            fetch_builds(pipeline, self.builds)
            fetch_held(source)
        answer_many(pipeline, source, self.workers)

        def text(sink: SinkWriter) -> Kernel:
            return generate(
                pipeline.steps,
                source.readers(),
                self.builds,
                sink,
                fanout=fanout,
                # Blocks of rows are for the SIMD of one thread.
                shares=None if device.is_shared else find_shares(pipeline),
                is_shared=device.is_shared,
                pieces=find_amount(pipeline, source.rows)
                if device.is_shared and goes_in_pieces(source, sink)
                else None,
            )

        kernel = text(sink)
        if device.is_shared:
            kernel = replace(kernel, ties=tuple(map(text, tie_writers(sink))))
        return Written(device, sink, kernel, fanout)

    def _keep(self, pipeline: Pipeline, result: Relation) -> None:
        sink, workers = pipeline.sink, self.workers
        match sink:
            case Build():
                # A GPU cuts the index, when a round does not fit.
                limit_bytes = None if self.device.is_shared else self.memory_limit_bytes
                self.builds[pipeline.index] = build_of(result, sink, workers, limit_bytes)
            case Collect():
                self.results[pipeline.index] = arranged(result, sink, workers)
            case Number():
                self.results[pipeline.index] = numbered(result, sink, self.fixed)
            case HostCompute(results=results):
                self.results[pipeline.index] = host_compute(result, results)
            case _:
                self.results[pipeline.index] = result
