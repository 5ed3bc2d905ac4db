"""Top: the first rows by an order, without sorting all of them.

A worker keeps candidates. When its buffers are full, or a part of the rows is done, they are
sorted, the best `rows` stay, and the last of these is the threshold of all workers: from then on,
rows whose first key comes after it are dropped before anything else is read of them. Equal ones
pass where further keys may decide. Zones that cannot have a row before it are passed by, and those
that promise most are read first (gpudb/kernels/promise.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np

from gpudb.devices.device import Morsel
from gpudb.kernels import library, text
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.promise import (
    BESTS,
    LEAST,
    NO_THRESHOLD,
    CodeScale,
    Promise,
    begun_zones,
    by_promise,
    find_promise,
)
from gpudb.kernels.scalar import write
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.sink import Worker
from gpudb.kernels.sorting import order, values_of
from gpudb.kernels.sources import RowSource
from gpudb.kernels.values import BOOL, FLOAT, WIDE, Value, negation
from gpudb.kernels.writer import FromWorker, pointer_to
from gpudb.records import replace
from gpudb.sql.expr import ColumnReference, Expression, SortKey

LEAST_CAPACITY = 16_384
# Beyond so many rows, keeping all and sorting once costs no more.
MOST_ROWS = 1 << 18
# Rows after which there is a first threshold, where many are to come.
FIRST_ROWS = 2048
MANY_ROWS = 8 * FIRST_ROWS
# Fewer rows are read in their order, and so are equal ones shown.
PROMISED_ROWS = 1 << 17
# Candidates that are worth a better threshold.
FEWEST_FRESH = 256


class TopWriter(CollectWriter):
    """Collects the first `rows` by `keys`, whose values are the expressions of ids -1, -2, ...

    `column` is the first key, where it may be looked at before the pipeline's steps, `code_dtype`
    that of its codes where these are compared in blocks.
    """

    column: ColumnReference | None = None
    code_dtype: np.dtype | None = None

    def __init__(
        self,
        expressions: Sequence[tuple[int, Expression]],
        keys: Sequence[SortKey],
        *,
        rows: int,
        fanout: int,
    ) -> None:
        super().__init__(
            expressions, capacity=max(LEAST_CAPACITY, 4 * rows) + fanout, fanout=fanout
        )
        self.keys = keys
        self.rows = rows
        self._promise: Promise | None = None
        self._threshold = new_threshold()
        self._source: RowSource | None = None
        self._scales: dict[int, CodeScale] = {}

    @property
    def form(self) -> tuple[object, ...]:
        """What the text depends on besides the expressions and what is known of the first key."""
        return *super().form, self.rows, self.column, self.code_dtype

    def again(self, fresh: CollectWriter) -> Self:
        """Return the sink for the run of its text that `fresh` is of."""
        made = super().again(fresh)
        made._threshold, made._scales = new_threshold(), {}
        return made

    def row(self, scope: Scope) -> None:
        """Drop the row if it comes after the threshold; else keep it as a candidate."""
        key = self.keys[0]
        value = write(key.expression, scope)
        if value.kind is not WIDE:
            writer = scope.writer
            threshold = writer.parameter(
                "threshold", pointer_to(np.dtype(np.int64)), FromWorker("threshold")
            )
            test = f"{self._order(value, key, scope)} > {threshold}[0]"
            if value.is_null is not None:
                test = (
                    f"({negation(value.is_null)} and {test})"
                    f" or ({value.is_null} and {threshold}[1] != 0)"
                )
            with writer.block(f"if {test}:"):
                writer.line("continue")
        super().row(scope)

    def _order(self, value: Value, key: SortKey, scope: Scope) -> str:
        """Write an integer that compares as `sorting.values_of` does, ascending."""
        text_ = value.text
        if value.kind is FLOAT:
            uses = (library.float_word,)
            text_ = f"{scope.writer.use(library.float_order, *uses)}({value.text})"
        elif value.kind is BOOL:
            text_ = f"int({value.text})"
        elif value.domain is not None:
            text_ = text.ranked(value, scope).text
        return f"~({text_})" if key.is_descending else text_

    def new_worker(self) -> Worker:
        """Return fresh buffers, and the threshold."""
        worker = super().new_worker()
        worker["threshold"] = self.threshold_of_worker()
        worker["best"] = 0
        if self.code_dtype is not None:
            worker |= {BESTS: np.zeros(3, self.code_dtype), "chunk": 0}
        return worker

    def threshold_of_worker(self) -> np.ndarray:
        """Return the threshold that a worker reads: there is one for all."""
        return self._threshold

    def ordered(self, morsels: Sequence[Morsel], source: RowSource) -> Sequence[Morsel]:
        """Return the source's morsels in the order to run them: those that promise most first."""
        self._source = source
        if self.column is not None and source.rows >= PROMISED_ROWS:
            self._promise = find_promise(source, self.column, self.keys[0])
        return morsels if self._promise is None else by_promise(morsels, self._promise)

    def asks_for(self, morsel: Morsel, worker: Worker) -> bool:
        """Whether a row of the morsel may be one of the first; if not, its zones are counted."""
        threshold = np.asarray(worker["threshold"])
        if self._promise is None or not self._promise.is_beyond(morsel, threshold):
            return True
        self._count_skipped([morsel])
        return False

    def _count_skipped(self, skipped: Sequence[Morsel]) -> None:
        with self._lock:
            self.skipped_zones += sum(map(begun_zones, skipped))

    def parts_of(self, morsel: Morsel, worker: Worker) -> Iterator[Morsel]:
        """Yield the zones that may have one of the first rows; a first threshold comes soon."""
        if not self.asks_for(morsel, worker):
            return
        promise, threshold = self._promise, np.asarray(worker["threshold"])
        worker["chunk"] = morsel.chunk
        zones = [morsel] if promise is None else promise.zones_of(morsel)
        for place, zone in enumerate(zones):
            first = zone.first
            self._renew_codes(worker)
            if threshold[0] == NO_THRESHOLD and zone.end - first >= MANY_ROWS:
                first += FIRST_ROWS
                yield replace(zone, end=first)
            if promise is not None and promise.is_beyond(zone, threshold):
                # So are those that promise less; of this one there are some rows that were read.
                self._count_skipped(zones[place + (first > zone.first) :])
                break
            yield replace(zone, first=first)

    def _renew_codes(self, worker: Worker) -> None:
        """Write which codes of the present chunk may come before the threshold as it is now."""
        if self.code_dtype is None:
            return
        chunk = int(worker["chunk"])
        if chunk not in self._scales:
            assert self._source is not None and self.column is not None
            self._scales[chunk] = CodeScale.of(self._source, chunk, self.column.id)
        threshold, drops_nulls = np.asarray(worker["threshold"]).tolist()
        np.asarray(worker[BESTS])[:] = self._scales[chunk].bests(
            self.code_dtype, self.keys[0], threshold, drops_nulls=bool(drops_nulls)
        )

    def pause(self, worker: Worker, order: int) -> None:
        """Keep the best candidates and set the threshold."""
        candidates = self.candidates(worker)
        columns = [candidates.columns[-1 - place] for place in range(len(self.keys))]
        best = self._best(columns)
        # Before the rows move: the columns are views of the buffers.
        last, drops_nulls = self._last(columns[0], int(best[-1]))
        for name in self.moved_names():
            buffer = np.asarray(worker[name])
            buffer[: len(best)] = buffer[best]
        np.asarray(worker["counts"])[0] = worker["best"] = len(best)
        threshold = np.asarray(worker["threshold"])
        with self._lock:
            threshold[0] = min(last, int(threshold[0]))
            threshold[1] |= drops_nulls
        self._renew_codes(worker)

    def moved_names(self) -> Sequence[str]:
        """Return the names of the arrays that hold something of each candidate."""
        return [name for output in self.outputs for name, _ in output.buffers]

    def _best(self, columns: Sequence[HeldColumn]) -> np.ndarray:
        return order(columns, self.keys)[: self.rows]

    def _last(self, column: HeldColumn, row: int) -> tuple[int, bool]:
        """Return the order's integer that none of the first rows exceeds, and if NULLs do.

        Where there is one key only, rows that are equal to the last are no better either.
        """
        last, key, is_only = column.take(slice(row, row + 1)), self.keys[0], len(self.keys) == 1
        if last.high is not None:
            return NO_THRESHOLD, False
        if last.nulls is not None and last.nulls[0]:
            return LEAST if key.is_nulls_first else NO_THRESHOLD, is_only
        value = int(values_of(last)[0])
        value = ~value if key.is_descending else value
        return max(LEAST, value - is_only), not key.is_nulls_first

    def candidates(self, worker: Worker) -> Relation:
        """Return the rows that a worker keeps."""
        count = int(np.asarray(worker["counts"])[0])
        columns = {}
        for output in self.outputs:
            arrays = {name: np.asarray(worker[name])[:count] for name, _ in output.buffers}
            columns[output.id] = output.held(arrays)
        return Relation(count, columns)

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Set a better threshold where there are candidates enough."""
        count, best = int(np.asarray(worker["counts"])[0]), int(worker["best"])
        if count < self.rows or count == best:
            return
        is_first = np.asarray(worker["threshold"])[0] == NO_THRESHOLD
        if is_first or count - best >= max(FEWEST_FRESH, 2 * self.rows):
            self.pause(worker, order)

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Return all workers' candidates."""
        for place, worker in enumerate(workers):
            super().end_morsel(worker, place)
        return super().finish(workers)


def new_threshold() -> np.ndarray:
    """Return the order's integer behind which no row is, and that NULLs are not behind it."""
    return np.array([NO_THRESHOLD, 0], np.int64)
