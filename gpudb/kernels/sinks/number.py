"""Number: collects rows, and, where the codes of their keys have a small product, its place.

The places become the numbers of groups without a look at the keys (kernels.numbers).
"""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.collect import CollectWriter
from gpudb.kernels.sinks.group import places, write_keys, write_place
from gpudb.kernels.values import INT, Value
from gpudb.sql.expr import Expression
from gpudb.sql.pipeline import Number
from gpudb.storage.types import INTEGER

# Keys whose codes have no more places than this, or than twice the rows, need no hashing.
SMALL_PLACES = 1 << 16


class NumberWriter(CollectWriter):
    """Collects a sink's items, and the place of the row's group under the id of its number."""

    def __init__(
        self,
        sink: Number,
        listed: Sequence[tuple[int, Expression]],
        *,
        capacity: int,
        fanout: int,
        rows: int,
    ) -> None:
        super().__init__(listed, capacity=capacity, fanout=fanout)
        self.sink = sink
        self.rows = rows

    @property
    def form(self) -> tuple[object, ...]:
        """What the text depends on besides the expressions."""
        return *super().form, self.rows

    def append_more(self, scope: Scope) -> None:
        """Append the place of the row's group, where it has one."""
        keys = write_keys([i for i in self.sink.items if i.field.id in self.sink.keys], scope)
        if keys and places(keys) <= min(1 << 30, max(SMALL_PLACES, 2 * self.rows)):
            place = Value(INT, write_place(keys, scope))
            self.append(self.sink.number.id, INTEGER, place, scope)
