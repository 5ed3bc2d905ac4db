"""Collect: appends every row's values to buffers, kept in the order of the source's morsels."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Self

import numpy as np

from gpudb.devices.device import Morsel
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.domains import Domain
from gpudb.kernels.held import HeldColumn, Relation, in_parts
from gpudb.kernels.origins import OfSink
from gpudb.kernels.scalar import write
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.sink import Worker, twin
from gpudb.kernels.values import BOOL, WIDE, Value
from gpudb.kernels.writer import FromWorker, pointer_to
from gpudb.records import dataclass, replace
from gpudb.sql.expr import Expression
from gpudb.storage.types import Kind, SqlType

DTYPES = {
    Kind.BOOLEAN: np.uint8,
    Kind.TINYINT: np.int8,
    Kind.SMALLINT: np.int16,
    Kind.INTEGER: np.int32,
    Kind.FLOAT: np.float32,
    Kind.DOUBLE: np.float64,
    Kind.DATE: np.int32,
    Kind.TEXT: np.int32,
    Kind.NULL: np.int8,
}


@dataclass(frozen=True)
class Output:
    """A collected column: names of its buffers in a worker, filled in while the text is written."""

    id: int
    type: SqlType
    buffers: tuple[tuple[str, np.dtype], ...]
    domain: Domain | None
    is_wide: bool
    may_be_null: bool

    def held(self, arrays: dict[str, np.ndarray]) -> HeldColumn:
        """Return the column from its buffers."""
        names = [name for name, _ in self.buffers]
        nulls = arrays[names[-1]].view(np.bool_) if self.may_be_null else None
        if nulls is not None and not nulls.any():
            nulls = None
        column = HeldColumn(self.type, arrays[names[0]], nulls, domain=self.domain)
        if self.is_wide:
            return replace(column, high=arrays[names[1]]).narrowed()
        return column

    def empty(self) -> dict[str, np.ndarray]:
        """Return the buffers of no rows."""
        return {name: np.empty(0, dtype) for name, dtype in self.buffers}


@dataclass(frozen=True)
class Segment:
    """Rows `begin` to `end` of buffers, from morsel `order`."""

    order: int
    buffers: dict[str, np.ndarray]
    begin: int
    end: int


class CollectWriter:
    """Collects `expressions` by id; `capacity` rows a buffer; stops early after `limit` rows."""

    def __init__(
        self,
        expressions: Sequence[tuple[int, Expression]],
        *,
        capacity: int,
        fanout: int,
        limit: int | None = None,
        required: tuple[Expression, ...] = (),
    ) -> None:
        self.expressions = expressions
        self.capacity = max(capacity, fanout)
        self.fanout = fanout
        self.limit = limit
        self.outputs: list[Output] = []
        self.segments: list[Segment] = []
        self.required = required  # rows where one of these is NULL are dropped
        self.skipped_zones = 0
        self._lock = threading.Lock()
        self._asked = False

    @property
    def form(self) -> tuple[object, ...]:
        """What the text depends on besides the expressions."""
        return self.fanout, self.limit

    def again(self, fresh: CollectWriter) -> Self:
        """Return the sink for the run of its text that `fresh` is of."""
        made = twin(self)
        made.capacity, made.segments = fresh.capacity, []
        made._lock = threading.Lock()
        return made

    def open(self, scope: Scope) -> None:
        """Take over the worker's count."""
        writer = scope.writer
        self._counts = writer.parameter(
            "counts", pointer_to(np.dtype(np.int64)), FromWorker("counts")
        )
        of_sink = OfSink(attrgetter("capacity"))
        self._capacity = writer.constant("capacity", self.capacity, of_sink)
        self._count = writer.name("count")
        writer.line(f"{self._count} = {self._counts}[0]")

    def begin_row(self, scope: Scope) -> None:
        """Stop where a row's outputs might not fit."""
        self._asked = True
        writer = scope.writer
        fanout = "1" if self.fanout == 1 else writer.constant("fanout", self.fanout)
        with writer.block(f"if {self._count} + {fanout} > {self._capacity}:"):
            writer.line(f"{self._counts}[0] = {self._count}")
            writer.line("return row")

    def row(self, scope: Scope) -> None:
        """Append the values."""
        writer = scope.writer
        for expression in self.required:
            null = write(expression, scope).is_null
            if null is not None:
                with writer.block(f"if {null}:"):
                    writer.line("continue")
        if not self._asked:
            self.begin_row(scope)
        self.write_values(scope)

    def values(self, scope: Scope) -> list[tuple[int, Expression, Value]]:
        """Evaluate the expressions for this row."""
        return [(id, e, write(e, scope)) for id, e in self.expressions]

    def write_values(self, scope: Scope) -> None:
        """Write the values at the next place."""
        for id, expression, value in self.values(scope):
            self.append(id, expression.type, value, scope)
        self.append_more(scope)
        scope.writer.line(f"{self._count} += 1")

    def append_more(self, scope: Scope) -> None:
        """Append what a subclass knows of the row."""

    def append(self, id: int, type: SqlType, value: Value, scope: Scope) -> None:
        """Write one value at the place of this output, and note the column."""
        writer = scope.writer
        dtype = np.dtype(DTYPES.get(type.kind, np.int64))
        texts = [(f"out_{len(self.outputs)}", dtype, value.text)]
        if value.kind is WIDE:
            name = writer.assign("wide_value", value.text)
            low, high = f"wide_low({name})", f"wide_high({name})"
            texts = [(texts[0][0], dtype, low), (f"{texts[0][0]}_high", dtype, high)]
        elif value.kind is BOOL:
            texts = [(texts[0][0], dtype, f"int({value.text})")]
        null = value.is_null
        if null is not None:
            texts.append((f"{texts[0][0]}_null", np.dtype(np.uint8), f"int({null})"))
        buffers = []
        for wanted, kind, text in texts:
            name = writer.parameter(wanted, pointer_to(kind), FromWorker(wanted))
            writer.line(f"{name}[{self._count}] = {text}")
            buffers.append((wanted, kind))
        is_wide = value.kind is WIDE
        self.outputs.append(
            Output(id, type, tuple(buffers), value.domain, is_wide, null is not None)
        )

    def close(self, scope: Scope) -> None:
        """Give the count back."""
        scope.writer.line(f"{self._counts}[0] = {self._count}")

    def new_worker(self) -> Worker:
        """Return fresh buffers."""
        worker: Worker = {"counts": np.zeros(1, np.int64), "begin": 0}
        self._renew(worker)
        return worker

    def _renew(self, worker: Worker) -> None:
        for output in self.outputs:
            for name, dtype in output.buffers:
                worker[name] = BUFFERS.empty(self.capacity, dtype)
        counts = worker["counts"]
        assert isinstance(counts, np.ndarray)
        counts[0] = 0
        worker["begin"] = 0

    def pause(self, worker: Worker, order: int) -> None:
        """Keep the full buffers and give the worker new ones."""
        self.end_morsel(worker, order)
        self._renew(worker)

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Note which rows of the buffers came from the morsel."""
        begin, counts = worker["begin"], worker["counts"]
        assert isinstance(counts, np.ndarray) and isinstance(begin, int)
        end = int(counts[0])
        if end > begin:
            names = [name for output in self.outputs for name, _ in output.buffers]
            buffers = {name: worker[name] for name in names}
            with self._lock:
                self.segments.append(Segment(order, buffers, begin, end))  # type: ignore[arg-type]
        worker["begin"] = end

    @property
    def is_satisfied(self) -> bool:
        """Whether `limit` rows are there already: rows without an order may come from anywhere."""
        if self.limit is None:
            return False
        return sum(s.end - s.begin for s in self.segments) >= self.limit

    @property
    def joins_morsels(self) -> bool:
        """Whether morsels that follow one another are as good as one: a limit is looked at."""
        return type(self) is CollectWriter and self.limit is None

    def asks_for(self, morsel: Morsel, worker: Worker) -> bool:
        """Whether a row of the morsel may still be asked for."""
        return not self.is_satisfied

    def parts_of(self, morsel: Morsel, worker: Worker) -> Iterator[Morsel]:
        """Yield the parts of a morsel that are still asked for, in the order to run them."""
        if self.asks_for(morsel, worker):
            yield morsel

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Join the segments in the order of their morsels."""
        # The sort is stable: a morsel's segments stay in the order in which they were made.
        segments = sorted(self.segments, key=lambda s: s.order)
        if not segments:
            return Relation(0, {o.id: o.held(o.empty()) for o in self.outputs})
        # Given up as they are read: what joins a column frees its segments.
        self.segments = []
        return in_parts([self._part(segment) for segment in segments])

    def _part(self, segment: Segment) -> Relation:
        rows = slice(segment.begin, segment.end)
        columns = {
            output.id: output.held({n: segment.buffers[n][rows] for n, _ in output.buffers})
            for output in self.outputs
        }
        return Relation(segment.end - segment.begin, columns)
