"""Pipelines that do not fit in memory: rounds over the same rows, each with parts of what is large.

    builds    the rows whose key is of one part      a row of the source meets them in one round
    groups    those whose keys are of one part       a group is made in one round
    rows      that were held whole                   are read piece by piece, in each round

On a GPU what is largest is cut first, into more and more parts, until a round fits. On the cpu
builds are cut when they are made (`dealt_builds`). Rounds over parts of builds leave partial
results that are merged as what several GPUs leave, or go on with what the workers hold; those over
parts of groups leave whole groups, side by side.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from gpudb.errors import DeviceMemoryError
from gpudb.kernels.builds import BuildTable, DealtIndex
from gpudb.kernels.held import Relation, concatenated
from gpudb.kernels.join_parts import build_sizes, part_of
from gpudb.kernels.partitioned import is_partitioned, run_partitioned
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.group_part import GroupPart
from gpudb.kernels.sinks.keyed import KeyedWriter
from gpudb.kernels.sinks.layout import check_alike
from gpudb.kernels.sinks.shared_build import SharedBuildWriter
from gpudb.kernels.sinks.shared_collect import SharedRowsWriter
from gpudb.kernels.sinks.sink import OutgrownError, SinkWriter, Worker
from gpudb.kernels.sources import HeldSource, RowSource
from gpudb.records import dataclass, replace
from gpudb.sql.pipeline import Pipeline, Probe

if TYPE_CHECKING:
    from gpudb.kernels.pipeline_profile import PipelineProfile
    from gpudb.kernels.run import Run
    from gpudb.kernels.written import Written

FIRST_PARTS, MORE_PARTS, MOST_PARTS = 2, 4, 64
# What is smaller is not worth a round for a piece of it.
LEAST_BYTES = 1 << 12
# Stand for the groups, and for the rows that the pipeline reads, where pipelines stand for their
# builds.
GROUPS, ROWS = -1, -2
# Into how many parts what is cut.
Cuts = Mapping[int, int]


@dataclass
class Rounds:
    """The rounds of a pipeline. `sizes` are the bytes of what may be cut, as far as it is known."""

    run: Run
    pipeline: Pipeline
    source: RowSource
    profile: PipelineProfile
    least_groups: int = 0
    sizes: dict[int, int] = field(default_factory=dict)
    # Whether rows are to be dealt to partitions, which takes memory, too.
    is_dealing: bool = False

    def note(self, written: Written, cuts: Cuts) -> None:
        """Note how large everything is, by a kernel that was written for the largest parts."""
        if not written.device.is_shared:
            return
        self.sizes.update(build_sizes(self.pipeline, self.run.builds))
        if type(self.source) is HeldSource:
            self.sizes[ROWS] = self.source.size_bytes
        sink, count = written.sink, cuts.get(GROUPS, 1)
        if isinstance(sink, KeyedWriter):
            self.sizes[GROUPS] = count * sink.group_bytes
            self.least_groups = max(self.least_groups, count * sink.known_groups)
            self.is_dealing = self.is_dealing or is_partitioned(sink)

    def relation(self) -> Relation:
        """Run everything whole, or else in parts; raises DeviceMemoryError if none fit."""
        cuts: Cuts = self._dealt()
        while True:
            found = self._tried(cuts) if cuts else self._whole()
            # What an error's frames refer to is memory that is needed now: they are gone here.
            if isinstance(found, Relation):
                self.profile.parts = self.text(cuts)
                return found
            cuts = found

    def _dealt(self) -> Cuts:
        """Return the parts of builds that were cut when they were made."""
        cuts: dict[int, int] = {}
        for step in self.pipeline.steps:
            if isinstance(step, Probe):
                index = self.run.builds[step.build].index
                if isinstance(index, DealtIndex):
                    cuts[step.build] = len(index.parts)
                    self.sizes[step.build] = index.size_bytes
        cuts = dict(sorted(cuts.items(), key=lambda cut: -self.sizes[cut[0]]))
        self.run.count.known += (math.prod(cuts.values()) - 1) * self.source.rows
        return cuts

    def _whole(self) -> Relation | Cuts:
        """Return the rows, or, where there is too little memory, what to cut into parts."""
        while True:
            started = time.perf_counter()
            written = self.run.write(self.pipeline, self.source, self.least_groups)
            self.profile.generate_seconds += time.perf_counter() - started
            cuts = first_cuts(written)
            if cuts:
                self.note(written, {})
                return cuts
            try:
                if is_partitioned(written.sink):
                    return self._partitioned(written)
                return self.run.launch(written, self.source, self.profile)
            except OutgrownError as outgrown:
                self.least_groups = outgrown.groups
            except DeviceMemoryError:
                self.note(written, {})
                cuts = self.more({})
                if not cuts:
                    raise
                return cuts

    def _partitioned(self, written: Written) -> Relation:
        return run_partitioned(self.run, self.pipeline, self.source, written, self.profile)

    def _tried(self, cuts: Cuts) -> Relation | Cuts:
        """Return the rows of all rounds, or, where there is too little memory, smaller parts."""
        try:
            return self._united(cuts)
        except DeviceMemoryError:
            more = self.more(cuts)
            if not more:
                raise
            return more

    def more(self, cuts: Cuts) -> Cuts:
        """Return cuts of what has the largest parts into more; none where all are small."""
        if self.is_dealing and GROUPS not in cuts:
            return {**cuts, GROUPS: 1}
        parts = {what: size // cuts.get(what, 1) for what, size in self.sizes.items()}
        large = [w for w, s in parts.items() if s > LEAST_BYTES and cuts.get(w, 1) < MOST_PARTS]
        if not large:
            return {}
        what = max(large, key=lambda each: parts[each])
        count = cuts.get(what, 1)
        return {**cuts, what: FIRST_PARTS if count == 1 else min(MOST_PARTS, count * MORE_PARTS)}

    def text(self, cuts: Cuts) -> str:
        """Return what EXPLAIN ANALYZE says of the parts."""
        named = {GROUPS: "groups", ROWS: "rows that are read"}
        said = []
        for what, count in cuts.items():
            name, plural = named.get(what, f"pipeline {what}'s rows"), "s" if count > 1 else ""
            said.append(f"{name}, {self.sizes[what]:,} bytes, in {count} part{plural}")
        return "; ".join(said)

    def _united(self, cuts: Cuts) -> Relation:
        count = cuts.get(GROUPS)
        parts = [None] if count is None else [GroupPart(n, count) for n in range(count)]
        return concatenated([self._groups(part, cuts) for part in parts])

    def _groups(self, part: GroupPart | None, cuts: Cuts) -> Relation:
        """Return the groups of a part, or the rows of all rounds."""
        workers: list[Worker] = []
        sink: SinkWriter | None = None
        for builds in self._builds(cuts):
            if not self.run.device.is_shared:
                sink, workers = self._continued(builds, sink, workers)
                builds.clear()  # gone before the next parts are made
                if isinstance(sink, CollectWriter) and sink.is_satisfied:
                    break
                continue
            written, found = self._round(builds, part, cuts)
            workers += found
            if sink is None:
                sink = written.sink
            elif isinstance(sink, CollectWriter) and isinstance(written.sink, CollectWriter):
                sink.segments += written.sink.segments
        assert sink is not None
        return sink.finish(workers)

    def _continued(
        self, builds: dict[int, BuildTable], sink: SinkWriter | None, workers: list[Worker]
    ) -> tuple[SinkWriter, list[Worker]]:
        """Run one more round of workers that have memory of their own: they go on with it.

        Rounds differ in what they find, not in what they keep of it: one sink serves all.
        """
        run = replace(self.run, builds=builds)
        started = time.perf_counter()
        written = run.write(self.pipeline, self.source)
        self.profile.generate_seconds += time.perf_counter() - started
        if sink is not None:
            check_alike(sink, written.sink)
            written = replace(written, sink=sink)
        return written.sink, run.launched(written, self.source, self.profile, workers)

    def _round(
        self, builds: dict[int, BuildTable], part: GroupPart | None, cuts: Cuts
    ) -> tuple[Written, list[Worker]]:
        run, source = replace(self.run, builds=builds), self.source
        if ROWS in cuts and isinstance(source, HeldSource):
            source = source.in_pieces(cuts[ROWS])
        while True:
            written = run.write(self.pipeline, source, self.least_groups, part)
            if isinstance(written.sink, SharedBuildWriter | KeyedWriter | SharedRowsWriter):
                written.sink.is_partial = True
            try:
                return written, run.launched(written, source, self.profile)
            except OutgrownError as outgrown:
                self.least_groups = outgrown.groups * cuts.get(GROUPS, 1)
            finally:
                self.note(written, cuts)

    def _builds(self, cuts: Cuts) -> Iterator[dict[int, BuildTable]]:
        """Yield the builds with each choice of parts of those that are cut."""
        cut = [(build, count) for build, count in cuts.items() if build >= 0]
        yield from self._choices(cut, self.run.builds)

    def _choices(
        self, cut: Sequence[tuple[int, int]], builds: dict[int, BuildTable]
    ) -> Iterator[dict[int, BuildTable]]:
        """Yield builds of which some are cut; parts of the first stay while others change."""
        if not cut:
            yield dict(builds)
            return
        (build, count), *rest = cut
        whole = builds[build].on_host()
        for number in range(count):
            # Not held here: a part is gone before the next one is made.
            yield from self._choices(
                rest, builds | {build: part_of(whole, number, count, self.run.workers)}
            )


def first_cuts(written: Written) -> Cuts:
    """Return into how many parts groups are cut at once, since no budget would hold them whole."""
    memory, sink = written.device.memory, written.sink
    if (
        memory is None
        or not isinstance(sink, KeyedWriter)
        or sink.group_bytes <= memory.limit_bytes
    ):
        return {}
    wanted = -(-2 * sink.group_bytes // max(1, memory.limit_bytes))
    return {GROUPS: min(MOST_PARTS, 1 << (wanted - 1).bit_length())}
