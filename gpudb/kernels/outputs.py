"""The outputs that launches append to arrays on a device: waited for, made room for, and taken.

Launches follow one another without the host, which then waits once for all of them. If there were
more outputs than the arrays hold, it knows by then how many, and the launches run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gpudb.devices.device import Morsel
from gpudb.errors import DeviceMemoryError
from gpudb.kernels.sinks.sink import Rerunning

if TYPE_CHECKING:
    from gpudb.kernels.launch import SharedRun

# Outputs that travel before it is known how many there are: less than a further wait costs.
FEW_BYTES = 1 << 16


class Outputs:
    """What the launches of one run have put out so far."""

    def __init__(self, run: SharedRun, sink: Rerunning) -> None:
        self.run = run
        self.sink = sink

    @property
    def buffers(self) -> list[np.ndarray]:
        """The arrays that hold the outputs."""
        return [self.run.owned[name] for name in self.sink.buffer_names()]

    @property
    def count(self) -> int:
        """How many outputs there were when the host last looked."""
        return int(self.run.owned["counts"][0])

    def wait(self, more: Sequence[np.ndarray] = ()) -> bool:
        """Wait for the launches so far; run them again if their outputs had too little room.

        Pulls `more` besides; returns whether that is as the launches left it.
        """
        run, sink, worker = self.run, self.sink, self.run.worker
        morsels = [morsel for together, _ in run.in_flight for morsel in together]
        run.memory.pull([run.errors, run.owned["counts"], *more])
        run.check()
        has_outgrown = sink.has_outgrown(worker)
        if has_outgrown:
            self._launch_again(morsels)
        if sink.is_patient:
            worker["begin"] = self.count
        return not has_outgrown

    def take(self, order: int) -> None:
        """Wait for the outputs of the launches so far, and give them to the sink."""
        self.take_rest(order, self.few if self.wait(self.first_few()) else 0)

    @property
    def few(self) -> int:
        """How many outputs travel before it is known how many there are."""
        return FEW_BYTES // sum(buffer.itemsize for buffer in self.buffers)

    def first_few(self) -> list[np.ndarray]:
        """Return the first few of the outputs, to be pulled with their number."""
        return [buffer[: self.few] for buffer in self.buffers]

    def take_rest(self, order: int, known: int) -> None:
        """Give the outputs to the sink; the host has so many of them already."""
        count = self.count
        if count > known:
            self.run.memory.pull([buffer[:count] for buffer in self.buffers])
        self.sink.end_morsel(self.run.worker, order)

    def _launch_again(self, morsels: Sequence[Morsel]) -> None:
        """Launch morsels with room for what they were counted to put out.

        Outputs of earlier launches go to the host first; so do those of each, if memory is short.
        """
        run, sink, worker = self.run, self.sink, self.run.worker
        count, begin, room = self.count, worker["begin"], worker["capacity"]
        assert isinstance(begin, int) and isinstance(room, int)
        if sink.is_patient and begin:
            run.memory.pull([buffer[:begin] for buffer in self.buffers])
            run.owned["counts"][0] = begin
            sink.end_morsel(worker, 0)
            count -= begin
        try:
            self._make_room(max(count, room))
            for morsel in morsels:
                run.start(morsel)
            run.memory.pull([run.errors, run.owned["counts"]])
            run.check()
            assert not sink.has_outgrown(worker)
            return
        except DeviceMemoryError:
            if len(morsels) == 1:
                raise
        run.memory.pull([run.errors])
        run.check()
        self._make_room(room)
        for morsel in morsels:
            run.start(morsel)
            self.take(morsel.order)
            run.push_changes()

    def _make_room(self, rows: int) -> None:
        """Give the outputs arrays of so many rows, which begin with those that the host keeps."""
        run = self.run
        self.sink.make_room(run.worker, rows)
        run.unbind()
        for name in self.sink.buffer_names():
            if name in run.owned:
                run.memory.release(run.owned.pop(name))
        run.own()
        run.push_changes()
