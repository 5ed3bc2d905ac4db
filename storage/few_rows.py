"""A few rows given as values: they go to a table's tail as they are, to Arrow where that is asked.

columns   physical values, strings, or an Arrow array of any other type
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import pyarrow as pa

from gpudb.records import dataclass
from gpudb.storage.arrow import to_arrow
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import PhysicalColumn

Given: TypeAlias = PhysicalColumn | Sequence[str | None] | pa.Array


@dataclass(frozen=True, slots=True)
class FewRows:
    """Some rows of a table, whose `columns` stand in the order of its `definitions`."""

    num_rows: int
    definitions: Sequence[ColumnDefinition]
    columns: Sequence[Given]

    @property
    def num_columns(self) -> int:
        """How many columns there are."""
        return len(self.columns)

    def batch(self) -> pa.RecordBatch:
        """Return the rows as Arrow has them."""
        pairs = zip(self.columns, self.definitions, strict=True)
        arrays = [_array(given, definition) for given, definition in pairs]
        return pa.RecordBatch.from_arrays(arrays, names=[d.name for d in self.definitions])


def _array(given: Given, definition: ColumnDefinition) -> pa.Array:
    if isinstance(given, pa.Array):
        return given
    if isinstance(given, PhysicalColumn):
        return to_arrow(given.values, given.nulls, definition.type)
    return pa.array(given, pa.string())
