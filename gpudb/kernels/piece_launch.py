"""Launches of many chunks each: pieces are gathered until they are worth one, or have to go.

What is on the device already goes together. A chunk whose columns must be copied goes by itself,
so that it is computed while the next one is copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from gpudb.compiler.compiled import Bound, CompiledProgram
from gpudb.devices.device import Device, Held, Morsel, RunMorsel, check_cancel
from gpudb.errors import DeviceMemoryError
from gpudb.kernels.generate import Kernel
from gpudb.kernels.launch import Launch, SharedRun
from gpudb.kernels.morsels import MOST_MORSEL_ROWS
from gpudb.kernels.pieces import TABLE, Piece, piece_of, table_of
from gpudb.kernels.sinks.block import LANES
from gpudb.kernels.sinks.sink import Rerunning, SinkWriter, Worker
from gpudb.kernels.sources import RowSource, TableSource
from gpudb.kernels.writer import Argument, FromChunk, without_bools
from gpudb.records import dataclass

# A launch takes about as many rows as the fastest GPU computes in a tenth of a millisecond: a
# query can be cancelled between launches only.
MOST_LAUNCH_ROWS = 1 << 27
# One that makes room for its outputs takes the rows of so many morsels: usually a chunk.
LAUNCH_MORSELS = 4


@dataclass(frozen=True)
class Columns:
    """What a kernel reads of a chunk, its arrays being held on the device."""

    chunk: int
    arguments: Sequence[Argument]
    held: Held


def goes_in_pieces(source: RowSource, sink: SinkWriter) -> bool:
    """Whether a launch takes many chunks: one that makes room for its outputs takes a chunk."""
    return isinstance(source, TableSource) and not isinstance(sink, Rerunning)


def rows_of_launch(sink: SinkWriter, morsel_rows: int) -> int:
    """Return how many rows of a chunk, or of held rows, a launch takes."""
    return LAUNCH_MORSELS * morsel_rows if isinstance(sink, Rerunning) else MOST_MORSEL_ROWS


class PieceLaunch(Launch):
    """A kernel over pieces on its way."""

    def shared_run(self, worker: Worker, part: Device) -> SharedRun:
        """Return what gathers the morsels of a device with a memory of its own."""
        return PieceRun(self, worker, part)

    def columns(self, kernel: Kernel, chunk: int) -> list[Argument]:
        """Return what a kernel finds of a chunk in the table of pieces."""
        assert isinstance(self.source, TableSource)
        parts: dict[int, Sequence[Argument]] = {}
        found: list[Argument] = []
        for parameter in kernel.columns or ():
            supply = parameter.supply
            assert isinstance(supply, FromChunk)
            if supply.field not in parts:
                # Threads read no blocks of rows, so what is kept is on the device already.
                parts[supply.field] = self.source.unpadded(chunk, supply.field)
            found.append(parts[supply.field][supply.part])
        self.count_bytes(chunk, parts)
        return [without_bools(a) for a in found]


class PieceRun(SharedRun):
    """The one worker of a device whose threads share its memory: one launch takes many morsels."""

    launch: PieceLaunch

    def __init__(self, launch: PieceLaunch, worker: Worker, part: Device) -> None:
        super().__init__(launch, worker, part)
        # Registers are added up over a warp: its rows are a morsel's at most.
        rows = min(MOST_LAUNCH_ROWS, MOST_MORSEL_ROWS * max(1, part.threads // LANES))
        self._most_rows = rows // launch.kernel.fanout
        self._gathered: list[Piece] = []
        self._columns: Columns | None = None

    def again(self, kernel: Kernel) -> RunMorsel:
        """Return the function that runs a morsel by another kernel, on the same memory."""
        self._columns = None
        return super().again(kernel)

    def start(self, morsel: Morsel) -> None:
        """Gather a morsel, and launch what has been gathered if it is time to."""
        check_cancel(self.launch.cancel)
        if not self.owned:
            self.own()
        rows = sum(piece.rows for piece in self._gathered)
        if self._gathered and rows + morsel.end - morsel.first > self._most_rows:
            self._begin()
        piece = self._piece(morsel)
        self._gathered.append(piece)
        following = self.launch.following(morsel)
        if following is None or piece.held.is_new:
            self._begin()
        if following is not None and piece.held.is_new and following.chunk != morsel.chunk:
            # It is copied while this one is computed, if there is room for both.
            with suppress(DeviceMemoryError):
                self._columns = self._held(following.chunk)

    def _piece(self, morsel: Morsel) -> Piece:
        """Hold the columns of a morsel's chunk, once more without what earlier launches read."""
        if self._columns is None or self._columns.chunk != morsel.chunk:
            self._columns = None
            with suppress(DeviceMemoryError):
                self._columns = self._held(morsel.chunk)
        if self._columns is None:
            self._begin()
            self._wait()
            self._columns = self._held(morsel.chunk)
        return piece_of(morsel, self._columns.arguments, self._columns.held)

    def _held(self, chunk: int) -> Columns:
        arguments = self.launch.columns(self.kernel, chunk)
        arrays = [a for a in arguments if isinstance(a, np.ndarray)]
        return Columns(chunk, arguments, self.memory.hold(arrays))

    def _begin(self) -> None:
        """Launch what was gathered; a morsel at a time where all of it leaves too little room."""
        pieces, self._gathered = self._gathered, []
        if not pieces:
            return
        with suppress(DeviceMemoryError):
            self._launch_pieces(pieces)
            return
        morsels = [piece.morsel for piece in pieces]
        del pieces
        for morsel in morsels:
            self._columns = None
            self._wait()
            self._launch_pieces([self._piece(morsel)])

    def _launch_pieces(self, pieces: Sequence[Piece]) -> None:
        bound = self._bound_to(self.compiled, self.kernel, pieces)
        bound(0, sum(piece.rows for piece in pieces))
        self.in_flight.append((tuple(piece.morsel for piece in pieces), bound))

    def _bound_to(
        self, compiled: CompiledProgram, kernel: Kernel, pieces: Sequence[Piece]
    ) -> Bound:
        """Bind a program to a table of pieces, whose columns are held as long as the result."""
        table = table_of(pieces)
        self.memory.own(table)
        try:
            self.memory.link(table, [piece.held for piece in pieces])
            given: Worker = {**self.worker, TABLE: table}
            return compiled.bind("main", self.launch.arguments(kernel, given, -1, self.errors))
        finally:
            self.memory.release(table)

    def _run_alone(self, morsel: Morsel) -> None:
        self.kernel, self._columns = self.launch.kernel, None
        piece = self._piece(morsel)
        self._bound_to(self._alone, self.kernel, [piece])(0, piece.rows)

    def release(self) -> None:
        """Give the memory on the device up, and let go of the columns that were held."""
        self._gathered, self._columns = [], None
        super().release()
