"""Top: the first rows by an order, without sorting all of them.

A worker keeps candidates. When its buffers are full, they are sorted, the best `rows` stay, and the
last of these is the threshold: from then on, rows whose first key comes after the threshold's are
dropped before anything else is read of them. Equal ones pass, since further keys may decide.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.kernels import library, text
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.scalar import write
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.sink import Worker
from gpudb.kernels.sorting import order, values_of
from gpudb.kernels.values import BOOL, FLOAT, WIDE, Value, negation
from gpudb.kernels.writer import FromWorker, pointer_to
from gpudb.sql.expr import Expression, SortKey

NO_THRESHOLD = (1 << 63) - 1
LEAST_CAPACITY = 16_384
# Beyond so many rows, keeping all and sorting once costs no more.
MOST_ROWS = 1 << 18


class TopWriter(CollectWriter):
    """Collects the first `rows` by `keys`, whose values are the expressions of ids -1, -2, ..."""

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
                test = f"{negation(value.is_null)} and {test}"
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
        """Return fresh buffers and no threshold."""
        worker = super().new_worker()
        worker["threshold"] = np.array([NO_THRESHOLD], np.int64)
        return worker

    def pause(self, worker: Worker, order: int) -> None:
        """Keep the best candidates and set the threshold."""
        candidates = self.candidates(worker)
        columns = [candidates.columns[-1 - place] for place in range(len(self.keys))]
        best = self._best(columns)
        # Before the rows move: the columns are views of the buffers.
        threshold = self._threshold(columns[0], int(best[-1]))
        for name in self.moved_names():
            buffer = np.asarray(worker[name])
            buffer[: len(best)] = buffer[best]
        np.asarray(worker["counts"])[0] = len(best)
        np.asarray(worker["threshold"])[0] = threshold

    def moved_names(self) -> Sequence[str]:
        """Return the names of the arrays that hold something of each candidate."""
        return [name for output in self.outputs for name, _ in output.buffers]

    def _best(self, columns: Sequence[HeldColumn]) -> np.ndarray:
        return order(columns, self.keys)[: self.rows]

    def _threshold(self, column: HeldColumn, row: int) -> int:
        last, key = column.take(slice(row, row + 1)), self.keys[0]
        if last.high is not None:
            return NO_THRESHOLD
        if last.nulls is not None and last.nulls[0]:
            return -NO_THRESHOLD - 1 if key.is_nulls_first else NO_THRESHOLD
        value = int(values_of(last)[0])
        return ~value if key.is_descending else value

    def candidates(self, worker: Worker) -> Relation:
        """Return the rows that a worker keeps."""
        count = int(np.asarray(worker["counts"])[0])
        columns = {}
        for output in self.outputs:
            arrays = {name: np.asarray(worker[name])[:count] for name, _ in output.buffers}
            columns[output.id] = output.held(arrays)
        return Relation(count, columns)

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: candidates have no order but the keys'."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Return all workers' candidates."""
        for place, worker in enumerate(workers):
            super().end_morsel(worker, place)
        return super().finish(workers)
