"""One worker of a launch whose memory is the host's: it binds chunks, and runs morsels of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gpudb.compiler.compiled import (
    Bound,
    CompiledProgram,
    Rebindable,
    Repeatable,
    rebindable,
    repeatable,
)
from gpudb.compiler.several import SEVERAL
from gpudb.devices.device import Morsel, check_cancel
from gpudb.errors import Error
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.sink import SinkWriter, Worker
from gpudb.kernels.unpacked import Unpacked
from gpudb.records import replace
from gpudb.storage.cache import CACHE

if TYPE_CHECKING:
    from gpudb.kernels.launch import Launch

# Columns that are there are bound in less.
READING_SECONDS = 1e-3
# Rows of one call, each with one output: it looks for no cancel.
MOST_TOGETHER_ROWS = 1 << 21
# The part of the memory limit that columns of chunks that are read by one call may take.
COLUMNS_SHARE = 16


class WorkerRun:
    """One worker: keeps its arguments bound while it stays in a chunk."""

    def __init__(self, launch: Launch, worker: Worker) -> None:
        self.launch = launch
        self.kernel, self.compiled = launch.kernel, launch.compiled
        self.worker = worker
        self.errors = np.zeros(4, np.int64)
        self._chunk = -1
        self._bound: Bound
        self._before: Rebindable | None = None
        number = len(launch.workers)
        self._unpacked = Unpacked(launch.source, launch.kernel, launch.compile, number)

    def __call__(self, morsel: Morsel) -> None:
        """Run the morsel to its end, with as many pauses for room as it needs."""
        self._run(morsel)
        self.launch.count.done.append(morsel.end - morsel.first)

    def _run(self, morsel: Morsel) -> None:
        sink = self.launch.sink
        parts = sink.parts_of(morsel, self.worker) if isinstance(sink, CollectWriter) else (morsel,)
        for part in parts:
            self._run_part(part, sink)

    def _run_part(self, morsel: Morsel, sink: SinkWriter) -> None:
        if morsel.chunk != self._chunk:
            self._bind(morsel.chunk)
        for begin, end in self._unpacked.pieces(morsel):
            self._go_on(self._bound(begin, end), end, morsel)
        sink.end_morsel(self.worker, morsel.order)

    def _go_on(self, first: int, end: int, morsel: Morsel) -> None:
        """Make room wherever the kernel has stopped before the end, and let it go on."""
        while first != end:
            if first < 0:
                raise self._error()
            check_cancel(self.launch.cancel)
            self.launch.sink.pause(self.worker, morsel.order)
            self._bind(morsel.chunk)
            first = self._bound(first, end)

    def _bind(self, chunk: int) -> None:
        """Bind the arguments of a chunk."""
        columns = self._unpacked.of(chunk)
        arguments = self.launch.arguments(self.kernel, self.worker, chunk, self.errors, columns)
        if self._before is not None:
            self._before = self._before.again(arguments)
            self._bound = self._before
        else:
            self._bound = self.compiled.bind("main", arguments)
            self._before = rebindable(self._bound)
        self._chunk = chunk

    def _error(self) -> Error:
        """Return the error that the kernel left."""
        site = self.launch.kernel.sites[int(self.errors[0]) - 1]
        error = site.error(int(self.errors[1]), int(self.errors[2]))
        if site.span is not None:
            error.begin, error.end = site.span.begin, site.span.end
        return error


class SeveralRun(WorkerRun):
    """A worker that runs morsels that follow one another by one call, as if they were one."""

    def __init__(self, launch: Launch, worker: Worker) -> None:
        super().__init__(launch, worker)
        # As many as leave a query that is cancelled soon.
        self.most_rows = MOST_TOGETHER_ROWS // max(1, launch.kernel.fanout)
        self._several: CompiledProgram | None = None

    def timed(self, morsel: Morsel) -> float:
        """Run a morsel, and return how many seconds as many rows more will take.

        Where its columns had to be read first, so will others.
        """
        began = time.perf_counter()
        self._bind(morsel.chunk)
        bound = time.perf_counter()
        self(morsel)
        ended = time.perf_counter()
        return ended - (began if bound - began > READING_SECONDS else bound)

    def run_some(self, morsels: Sequence[Morsel]) -> None:
        """Run morsels that follow one another to their ends."""
        while morsels:
            done = self._run_together(morsels) if len(morsels) > 1 else 0
            if not done:
                self(morsels[0])
            morsels = morsels[max(1, done) :]

    def _run_together(self, morsels: Sequence[Morsel]) -> int:
        """Run the first of some morsels by one call; return how many are done."""
        bound, ranges = self._bind_together(morsels)
        if len(ranges) < 2:
            return 0
        if self._several is None:
            # Looking it up takes as long as binding a chunk.
            self._several = self.launch.compile(SEVERAL)
        done, stopped = bound[0].several(self._several, bound, ranges)
        some = morsels[: min(done + 1, len(ranges))]
        if done < len(ranges):
            # What was bound last is another chunk's.
            self._chunk = some[-1].chunk
            self._go_on(stopped, some[-1].end, replace(some[-1], order=some[0].order))
        # They are as good as one.
        self.launch.sink.end_morsel(self.worker, some[0].order)
        self.launch.count.done.append(sum(morsel.end - morsel.first for morsel in some))
        return len(some)

    def _bind_together(
        self, morsels: Sequence[Morsel]
    ) -> tuple[list[Repeatable], list[tuple[int, int, int]]]:
        """Bind the chunks of the first of some morsels, and say which lies in which.

        They are none where a chunk is to be unpacked, and few where columns are large.
        """
        bound: list[Repeatable] = []
        ranges: list[tuple[int, int, int]] = []
        room_bytes = CACHE.memory_limit // COLUMNS_SHARE
        chunk = -1
        for morsel in morsels:
            if morsel.chunk != chunk:
                if room_bytes < 0:
                    break
                check_cancel(self.launch.cancel)
                if morsel.chunk != self._chunk:
                    self._bind(morsel.chunk)
                whole = repeatable(self._bound)
                if whole is None or self._unpacked.has_packed:
                    break
                bound.append(whole)
                chunk, room_bytes = morsel.chunk, room_bytes - self._unpacked.size_bytes
            ranges.append((len(bound) - 1, morsel.first, morsel.end))
        return bound, ranges
