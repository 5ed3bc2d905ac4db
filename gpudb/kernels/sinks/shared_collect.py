"""Collect by many threads at once: each output takes the next place of buffers that all share.

The place of its row among all rows is kept beside each output, and the host sorts by it, so that
the rows come in the order of the source as they do from one thread. Launches follow one another
without the host; outputs beyond the buffers are only counted, and the launches then run again with
buffers for them all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.compiler.language import Pointer, ValueType
from gpudb.kernels.held import ArrangedRelation, Relation, concatenated
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.collect import CollectWriter, Segment
from gpudb.kernels.sinks.number import NumberWriter
from gpudb.kernels.sinks.sink import Worker
from gpudb.kernels.sinks.top import TopWriter, new_threshold
from gpudb.kernels.writer import FromChunkNumber, FromWorker
from gpudb.records import dataclass
from gpudb.sql.pipeline import Collect

INTS = Pointer("int64")
ROWS = "source_rows"
# A row's place among all rows: its chunk's number, and then its own in the chunk.
ROW_BITS = 40


@dataclass(frozen=True)
class Room:
    """How many outputs there can be, and the bytes that may be theirs before they are counted."""

    outputs: int
    room_bytes: int


class SharedCollectWriter(CollectWriter):
    """Collects `expressions` by id; `capacity` outputs have room, more if `room` allows."""

    room = Room(0, 0)

    @property
    def is_patient(self) -> bool:
        """Whether the host need not see how many rows there are so far."""
        return self.limit is None

    def open(self, scope: Scope) -> None:
        """Declare the counter, the buffers' size and the rows."""
        writer = scope.writer
        self._counts = writer.parameter("counts", INTS, FromWorker("counts"))
        self._capacity = writer.parameter("capacity", ValueType.INT, FromWorker("capacity"))
        self._rows = writer.parameter(ROWS, INTS, FromWorker(ROWS))
        self._base = writer.parameter("chunk_row", ValueType.INT, FromChunkNumber(ROW_BITS))
        self._count = writer.name("output")

    def begin_row(self, scope: Scope) -> None:
        """Room is asked for by each output."""
        self._asked = True

    def row(self, scope: Scope) -> None:
        """Take a place and write the values there."""
        self._asked = True
        super().row(scope)

    def write_values(self, scope: Scope) -> None:
        """Write the values where there is room for them."""
        writer = scope.writer
        values = self.values(scope)
        writer.line(f"{self._count} = reserve({self._counts}, 0, 1)")
        with writer.block(f"if {self._count} < {self._capacity}:"):
            for id, expression, value in values:
                self.append(id, expression.type, value, scope)
            self.append_more(scope)
            writer.line(f"{self._rows}[{self._count}] = {self._base} + row")

    def close(self, scope: Scope) -> None:
        """Nothing: the count lies in memory."""

    def new_worker(self) -> Worker:
        """Return fresh buffers."""
        worker: Worker = {"counts": np.zeros(1, np.int64), "begin": 0}
        row_bytes = sum(dtype.itemsize for _, dtype in self._buffers())
        roomy = min(self.room.outputs, self.room.room_bytes // row_bytes)
        self._resize(worker, max(self.capacity, roomy))
        return worker

    def _resize(self, worker: Worker, capacity: int) -> None:
        """Give the worker buffers of `capacity`, with what it keeps at the beginning of its own."""
        begin = int(worker["begin"])
        for name, dtype in self._buffers():
            larger = np.empty(capacity, dtype)
            if begin:
                larger[:begin] = np.asarray(worker[name])[:begin]
            worker[name] = larger
        worker["capacity"] = capacity
        np.asarray(worker["counts"])[0] = begin

    def _buffers(self) -> list[tuple[str, np.dtype]]:
        rows: tuple[str, np.dtype] = (ROWS, np.dtype(np.int64))
        return [*(buffer for output in self.outputs for buffer in output.buffers), rows]

    def buffer_names(self) -> Sequence[str]:
        """Return the names of the arrays that hold the outputs."""
        return [name for name, _ in self._buffers()]

    def has_outgrown(self, worker: Worker) -> bool:
        """Whether there were more outputs than the buffers hold."""
        return int(np.asarray(worker["counts"])[0]) > int(worker["capacity"])

    def make_room(self, worker: Worker, rows: int) -> None:
        """Let the buffers hold so many outputs."""
        self._resize(worker, rows)

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Keep the outputs so far, in the order of their rows; the next ones begin anew."""
        count = int(np.asarray(worker["counts"])[0])
        if count:
            places = self.in_order(worker, 0, count)
            buffers = {name: np.asarray(worker[name])[places] for name, _ in self._buffers()}
            self.segments.append(Segment(order, buffers, 0, count))
        np.asarray(worker["counts"])[0] = 0
        worker["begin"] = 0

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Join the segments, of launches, of GPUs or of rounds over the rows, row by row."""
        if len(self.segments) > 1:
            self.segments = [_by_rows(self.segments)]
        return super().finish(workers)

    def in_order(self, worker: Worker, begin: int, end: int) -> np.ndarray:
        """Return the places `begin` to `end` of the buffers in the order of the source's rows.

        A row's own outputs took their places in order.
        """
        rows = np.asarray(worker[ROWS])[begin:end]
        return begin + np.argsort(rows, kind="stable")


class SharedRowsWriter(SharedCollectWriter):
    """Collects the rows of a result, as `wanted`.

    `result` is all of it, once it is made on the device. Where the rows of this run are but a part
    of all, it `is_partial`, and they go to the host.
    """

    wanted: Collect
    is_partial = False
    result: ArrangedRelation | None = None

    @property
    def may_stay(self) -> bool:
        """Whether the rows may be put in order on the device."""
        return self.is_patient and not self.is_partial and not self.wanted.with_ties

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Return the result if it was made on the device, or else the rows in their order."""
        return super().finish(workers) if self.result is None else self.result


class SharedNumberWriter(NumberWriter, SharedCollectWriter):
    """Collects rows with the places of their groups."""


class SharedTopWriter(TopWriter, SharedCollectWriter):
    """Collects candidates for the first rows; the threshold changes between launches only.

    Candidates of several GPUs are put in the order of their rows.
    """

    @property
    def is_patient(self) -> bool:
        """Whether the threshold may stay as it is: the next launch shall know a better one."""
        return False

    def threshold_of_worker(self) -> np.ndarray:
        """Return a threshold of its own: it lies in the memory of one GPU."""
        return new_threshold()

    def moved_names(self) -> Sequence[str]:
        """Return the names of the arrays that hold something of each candidate."""
        return self.buffer_names()

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Keep the best candidates; of equal ones those of the first rows."""
        begin = int(worker["begin"])
        counts = np.asarray(worker["counts"])
        count = int(counts[0])
        places = self.in_order(worker, begin, count)
        for name, _ in self._buffers():
            buffer = np.asarray(worker[name])
            buffer[begin:count] = buffer[places]
        if count >= self.rows:
            self.pause(worker, order)
        worker["begin"] = int(counts[0])

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Return the candidates of all workers in the order of the source's rows."""
        found = concatenated([self.candidates(worker) for worker in workers])
        counts = [int(np.asarray(worker["counts"])[0]) for worker in workers]
        pairs = zip(workers, counts, strict=True)
        rows = np.concatenate([np.asarray(worker[ROWS])[:count] for worker, count in pairs])
        return found.take(np.argsort(rows, kind="stable"))


def _by_rows(segments: Sequence[Segment]) -> Segment:
    """Return the outputs of segments as one, in the order of their rows."""
    names = segments[0].buffers
    buffers = {name: np.concatenate([s.buffers[name] for s in segments]) for name in names}
    places = np.argsort(buffers[ROWS], kind="stable")
    taken = {name: buffer[places] for name, buffer in buffers.items()}
    return Segment(segments[0].order, taken, 0, len(places))
