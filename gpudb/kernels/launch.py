"""A kernel on its way over the rows: morsels, each worker's arguments, pauses and errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np

from gpudb.compiler.compiled import Bound, CompiledProgram
from gpudb.compiler.language import Program
from gpudb.devices.device import Device, Morsel, RunMorsel, SharedMemory, check_cancel
from gpudb.errors import DeviceMemoryError, Error
from gpudb.kernels.generate import Kernel
from gpudb.kernels.narrow import code_limits
from gpudb.kernels.outputs import Outputs
from gpudb.kernels.progress import RowCount
from gpudb.kernels.resident_builds import build_there, keep_set
from gpudb.kernels.resident_groups import fill_table, list_groups
from gpudb.kernels.resident_rows import keep_best, keep_rows
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.keyed import runs_of
from gpudb.kernels.sinks.sink import (
    FULL,
    Keeping,
    Rerunning,
    SinkWriter,
    TableFullError,
    Worker,
    takes_several,
)
from gpudb.kernels.sources import RowSource
from gpudb.kernels.survivors import worker_buffers
from gpudb.kernels.worker_run import SeveralRun, WorkerRun
from gpudb.kernels.writer import Argument, FromLimits, without_bools

# Launches that may be under way at once; what they read stays in the device's memory.
MOST_IN_FLIGHT = 16


class Launch:
    """A kernel on its way over the morsels: binds arguments, gives room, raises errors."""

    def __init__(
        self,
        kernel: Kernel,
        compiled: CompiledProgram,
        source: RowSource,
        sink: SinkWriter,
        cancel: threading.Event,
        count: RowCount,
    ) -> None:
        self.kernel, self.compiled = kernel, compiled
        self.source, self.sink = source, sink
        self.cancel, self.count = cancel, count
        self.morsels: Sequence[Morsel] = ()
        self.compile: Callable[[Program], CompiledProgram]
        self.parts: Sequence[Device] = ()
        self.workers: list[Worker] = []
        self.held: list[Worker] = []
        self._shared: list[SharedRun] = []
        self.touched_bytes = 0
        self._touched: set[int] = set()

    def new_worker(self) -> RunMorsel:
        """Return the function by which one more worker runs a morsel."""
        worker = self.held.pop() if self.held else self.sink.new_worker()
        self.workers.append(worker)
        if self.parts:
            run = self.shared_run(worker, self.parts[len(self._shared)])
            self._shared.append(run)
            return run
        worker.update(worker_buffers(name for _, name in self.kernel.places.of_worker))
        are_joined = takes_several(self.sink) and not self.kernel.is_lengthy
        return SeveralRun(self, worker) if are_joined else WorkerRun(self, worker)

    def shared_run(self, worker: Worker, part: Device) -> SharedRun:
        """Return what runs the morsels of a device with a memory of its own."""
        return SharedRun(self, worker, part)

    def run(self, device: Device, morsels: Sequence[Morsel]) -> None:
        """Run all morsels; what kernels left is on the host afterwards."""
        self.morsels, self.compile = morsels, device.compile
        self.parts = device.parts if device.is_shared else ()
        try:
            for some in runs_of(self.sink, morsels):
                device.run(some, self.new_worker, self.cancel)
            for kernel in self.kernel.ties:
                again = (run.again(kernel) for run in self._shared)
                device.run(self.morsels, again.__next__, self.cancel)
            for run in self._shared:
                run.fetch()
        finally:
            for run in self._shared:
                run.release()

    def following(self, morsel: Morsel) -> Morsel | None:
        """Return the next morsel of the part that has this one: chunks are dealt round."""
        for place in range(morsel.order + 1, len(self.morsels)):
            other = self.morsels[place]
            if (other.chunk - morsel.chunk) % len(self.parts) == 0:
                return other
        return None

    def arguments(
        self,
        kernel: Kernel,
        worker: Worker,
        chunk: int,
        errors: np.ndarray,
        columns: Mapping[int, Sequence[Argument]] | None = None,
    ) -> list[Argument]:
        """Return a kernel's arguments behind first and end, for one worker and chunk.

        `columns` are those of the chunk that the worker has already.
        """
        parts, places = dict(columns or {}), kernel.places
        arguments = list(places.fixed)
        for place, name in places.of_worker:
            arguments[place] = without_bools(worker[name])
        for place, part in places.of_chunk:
            arguments[place] = without_bools(self._parts(parts, chunk, part.field)[part.part])
        for place, supply in places.made:
            if isinstance(supply, FromLimits):
                known = self._parts(parts, chunk, supply.field)
                arguments[place] = code_limits(known, supply)
            else:
                arguments[place] = chunk << supply.bits
        self.count_bytes(chunk, parts)
        return [errors, *arguments]

    def _parts(
        self, parts: dict[int, Sequence[Argument]], chunk: int, id: int
    ) -> Sequence[Argument]:
        if id not in parts:
            parts[id] = self.source.arguments(chunk, id)
        return parts[id]

    def count_bytes(self, chunk: int, parts: dict[int, Sequence[Argument]]) -> None:
        """Count the bytes of a chunk, once."""
        if chunk in self._touched:
            return
        self._touched.add(chunk)
        buffers = (a for part in parts.values() for a in part if isinstance(a, np.ndarray))
        self.touched_bytes += sum(b.nbytes for b in buffers)


class SharedRun(WorkerRun):
    """The one worker of a device whose threads share its memory: every morsel is one launch.

    Launches go on without the host until MOST_IN_FLIGHT have begun, or until what they leave is
    wanted; only then is it seen whether one has failed.
    """

    def __init__(self, launch: Launch, worker: Worker, part: Device) -> None:
        super().__init__(launch, worker)
        assert part.memory is not None
        self.part = part
        self.memory: SharedMemory = part.memory
        if part is not launch.parts[0]:
            self.compiled = part.compile(launch.kernel.program)
        self._alone = part.in_order(self.compiled)
        self.owned: dict[str, np.ndarray] = {}
        sink = launch.sink
        self.outputs = Outputs(self, sink) if isinstance(sink, Rerunning) else None
        self._ahead: tuple[int, Bound] | None = None
        self.in_flight: list[tuple[Sequence[Morsel], Bound]] = []

    def _run(self, morsel: Morsel) -> None:
        """Launch the morsel; wait for it where the host has to see its outputs first."""
        sink = self.launch.sink
        if isinstance(sink, CollectWriter) and not sink.asks_for(morsel, self.worker):
            return
        self.start(morsel)
        if self.outputs is not None and not self.outputs.sink.is_patient:
            if not keep_best(self.outputs, sink, morsel.order):
                self.outputs.take(morsel.order)
            self.push_changes()
        elif len(self.in_flight) >= MOST_IN_FLIGHT:
            self._wait()

    def again(self, kernel: Kernel) -> RunMorsel:
        """Return the function that runs a morsel by another kernel, on the same memory."""
        self.kernel, self.compiled = kernel, self.part.compile(kernel.program)
        self.unbind()
        return self._run_again

    def unbind(self) -> None:
        """Forget what was bound: arguments are other ones by now."""
        self._ahead, self._chunk = None, -1
        vars(self).pop("_bound", None)

    def _run_again(self, morsel: Morsel) -> None:
        self.start(morsel)
        if len(self.in_flight) >= MOST_IN_FLIGHT:
            self._wait()

    def start(self, morsel: Morsel) -> None:
        """Begin the launch of a morsel."""
        check_cancel(self.launch.cancel)
        if morsel.chunk != self._chunk:
            self._bind(morsel.chunk)
        self._bound(morsel.first, morsel.end)
        self.in_flight.append(((morsel,), self._bound))
        self._bind_ahead(morsel)

    def _wait(self) -> None:
        """Wait for the launches so far; raises what the first of them that failed has left."""
        if self.outputs is not None:
            self.outputs.wait()
            return
        self.memory.pull([self.errors])
        self.check()

    def check(self) -> None:
        """Raise what the launches that the host has waited for have left."""
        # Only the morsels: what an error's frames refer to stays in the device's memory.
        morsels = [morsel for together, _ in self.in_flight for morsel in together]
        self.in_flight = []
        if self.errors[0] == FULL:
            raise TableFullError
        if self.errors[0] != 0:
            raise self._first_error(morsels)

    def _first_error(self, morsels: Sequence[Morsel]) -> Error:
        """Return the error of the first row that has one, as the host does.

        Threads come in any order, so the morsels run once more, each by one thread.
        """
        if isinstance(self.launch.sink, Keeping):
            return self._error()  # its memory has room for each row once
        some = self.errors.copy()
        for morsel in morsels:
            self.errors[:] = 0
            self.memory.push(self.errors)
            self._run_alone(morsel)
            self.memory.pull([self.errors])
            if self.errors[0] not in (0, FULL):
                return self._error()
        self.errors[:] = some
        return self._error()

    def _run_alone(self, morsel: Morsel) -> None:
        kernel = self.launch.kernel
        arguments = self.launch.arguments(kernel, self.worker, morsel.chunk, self.errors)
        self._alone.bind("main", arguments)(morsel.first, morsel.end)

    def _bind(self, chunk: int) -> None:
        if not self.owned:
            self.own()
            self.push_changes()
        if self._ahead is not None and self._ahead[0] == chunk:
            self._chunk, self._bound = self._ahead
            self._ahead = None
            return
        with suppress(DeviceMemoryError):
            super()._bind(chunk)
            return
        # Once more without what earlier launches read.
        self._ahead = None
        if self.in_flight:
            self._wait()
        self.unbind()
        super()._bind(chunk)

    def _bind_ahead(self, morsel: Morsel) -> None:
        """Begin to copy the next chunk while this one is computed, if there is room for both."""
        following = self.launch.following(morsel)
        if following is None or following.chunk == morsel.chunk or self._ahead is not None:
            return
        chunk = following.chunk
        arguments = self.launch.arguments(self.kernel, self.worker, chunk, self.errors)
        with suppress(DeviceMemoryError):
            bound = self.compiled.bind("main", arguments)
            self._ahead = following.chunk, bound

    def own(self) -> None:
        """Give the worker's arrays memory on the device; those that have been replaced lose it."""
        for name, array in {"errors": self.errors, **self.worker}.items():
            before = self.owned.get(name)
            if not isinstance(array, np.ndarray) or before is array:
                continue
            is_known = any(array.ctypes.data == each.ctypes.data for each in self.owned.values())
            self.memory.own(array)
            self.owned[name] = array
            if before is not None:
                self.memory.release(before)
            elif name not in self._buffers() and name not in self._kept() and not is_known:
                self._begin_array(name, array)

    def _begin_array(self, name: str, array: np.ndarray) -> None:
        """Let an array have its first content on the device."""
        if not fill_table(self.part, self.launch.sink, name, array):
            self.memory.push(array)

    def _buffers(self) -> Sequence[str]:
        sink = self.launch.sink
        return sink.buffer_names() if isinstance(sink, Rerunning) else ()

    def _kept(self) -> Sequence[str]:
        sink = self.launch.sink
        return sink.kept_names() if isinstance(sink, Keeping) else ()

    def push_changes(self) -> None:
        """Copy what the host changes between launches: counts, and outputs that it keeps."""
        if not isinstance(self.launch.sink, Rerunning):
            return
        for name in ("counts", "threshold"):
            if name in self.owned:
                self.memory.push(self.owned[name])
        begin = self.worker["begin"]
        assert isinstance(begin, int)
        for name in self._buffers() if begin else ():
            self.memory.push(self.owned[name], begin)

    def fetch(self) -> None:
        """Copy what the launches left to the host, unless it is there already."""
        is_alone = len(self.launch.parts) == 1
        if self.outputs is None:
            if is_alone and self.owned and keep_set(self):
                return
            if self.owned and list_groups(self):
                return
            kept = self._kept()
            # Some have two names, of integers and of floats.
            arrays = {a.ctypes.data: a for name, a in self.owned.items() if name not in kept}
            self.memory.pull(list(arrays.values()))
            self.check()
            return
        if not self.outputs.sink.is_patient or not self.owned:
            return
        sink = self.launch.sink
        if not is_alone or not (build_there(self.outputs, sink) or keep_rows(self.outputs, sink)):
            self.outputs.take(0)

    def release(self) -> None:
        """Give the memory on the device up, and let go of the columns that were bound."""
        self._ahead, self.in_flight = None, []
        vars(self).pop("_bound", None)
        sink, kept = self.launch.sink, self._kept()
        for name, array in self.owned.items():
            if isinstance(sink, Keeping) and name in kept:
                sink.keep(array)
            else:
                self.memory.release(array)
        self.owned = {}
