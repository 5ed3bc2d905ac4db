"""A join's rows, collected where they may stay: on the GPU, found by a bitmap of their only key."""

from __future__ import annotations

import numpy as np

from gpudb.kernels.arithmetic import INT64, fits
from gpudb.kernels.builds import BuildTable, IndexedRelation, may_be_bitmap
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.collect import Output
from gpudb.kernels.sinks.shared_collect import SharedCollectWriter
from gpudb.kernels.sinks.sink import Worker
from gpudb.kernels.values import Value
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import Expression
from gpudb.storage.types import SqlType

KEY = -1


class SharedBuildWriter(SharedCollectWriter):
    """Collects the rows of a build with one key, and knows what its columns' values lie between.

    `table` is the build, once it is made on the device. Where the rows of this run are but a part
    of all, it `is_partial`, and they go to the host.
    """

    is_partial = False
    table: BuildTable | None = None

    def open(self, scope: Scope) -> None:
        """Begin to collect bounds, too."""
        self.bounds: dict[int, Bounds] = {}
        super().open(scope)

    def append(self, id: int, type: SqlType, value: Value, scope: Scope) -> None:
        """Write one value, and note its bounds."""
        super().append(id, type, value, scope)
        if type.is_float:
            return
        if value.domain is not None:
            self.bounds[id] = Bounds(0, max(0, len(value.domain) - 1))
        else:
            self.bounds[id] = scope.bounds(self._expression(id))

    def _expression(self, id: int) -> Expression:
        return next(expression for each, expression in self.expressions if each == id)

    @property
    def key(self) -> Output:
        """The column of the key."""
        return next(output for output in self.outputs if output.id == KEY)

    @property
    def payload(self) -> list[Output]:
        """The other columns."""
        return [output for output in self.outputs if output.id != KEY]

    def key_bounds(self) -> Bounds | None:
        """Return what the keys lie between, if a bitmap of that is not too large."""
        key, bounds = self.key, self.bounds.get(KEY)
        if bounds is None or key.is_wide or key.domain is not None or not fits(bounds, INT64):
            return None
        size = bounds.maximum - bounds.minimum + 1
        return bounds if may_be_bitmap(size, self.room.outputs) else None

    def held(self, output: Output, arrays: dict[str, np.ndarray]) -> HeldColumn:
        """Return a column whose values are on the device only."""
        names = [name for name, _ in output.buffers]
        nulls = arrays[names[-1]].view(np.bool_) if output.may_be_null else None
        high = arrays[names[1]] if output.is_wide else None
        column = HeldColumn(output.type, arrays[names[0]], nulls, high, output.domain)
        if output.id in self.bounds:
            vars(column)["bounds"] = self.bounds[output.id]
        return column

    def finish(self, workers: list[Worker]) -> Relation:  # type: ignore[override]
        """Return the build's rows, with its index if it was made on the device."""
        if self.table is None:
            return super().finish(workers)
        relation = self.table.relation
        return IndexedRelation(relation.rows, relation.columns, self.table)
