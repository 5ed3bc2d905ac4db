"""Small tables for the storage tests: their columns, their rows, and their rows read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa

from gpudb.storage import types
from gpudb.storage.arrow import arrow_type, to_arrow
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.table import TableVersion
from gpudb.storage.types import SqlType, decimal

EVENTS = (
    ColumnDefinition("Id", types.BIGINT, not_null=True),
    ColumnDefinition("kind", types.TEXT),
    ColumnDefinition("price", decimal(10, 2)),
    ColumnDefinition("weight", types.DOUBLE),
    ColumnDefinition("day", types.DATE),
    ColumnDefinition("note", types.TEXT),
    ColumnDefinition("is_open", types.BOOLEAN),
)
KINDS = ("bus", "tram", "ferry", "cable car", "")


def event_rows(rows: int, first: int = 0) -> pa.RecordBatch:
    """Return rows of EVENTS with NULLs among them, the same for the same `first`."""
    ids = np.arange(first, first + rows)
    cents = [None if id_ % 7 == 3 else Decimal(id_ * 37 % 100_000) / 100 for id_ in ids.tolist()]
    return pa.record_batch(
        [
            pa.array(ids),
            pa.array([KINDS[id_ % 5] if id_ % 11 else None for id_ in ids], pa.string()),
            pa.array(cents, pa.decimal128(10, 2)),
            pa.array(np.where(ids % 3 == 0, ids * 0.25, np.sqrt(ids)), mask=ids % 13 == 5),
            pa.array((ids % 3000).astype(np.int32)).cast(pa.date32()),
            pa.array([f"note {id_ * 7919 % 1_000_003}" for id_ in ids], pa.string()),
            pa.array(ids % 2 == 0),
        ],
        names=[column.name for column in EVENTS],
    )


def event_batches(sizes: Sequence[int], first: int = 0) -> Iterator[pa.RecordBatch]:
    """Yield batches of the given sizes."""
    for size in sizes:
        yield event_rows(size, first)
        first += size


def batch_of(values: Sequence[object], sql_type: SqlType) -> pa.RecordBatch:
    """Return a batch of one column, `x`."""
    return pa.record_batch([pa.array(values, arrow_type(sql_type))], names=["x"])


def read_table(table: TableVersion) -> pa.Table:
    """Return all rows of a stored table."""
    columns = [
        pa.chunked_array(
            [_read(table, index, column) for index in range(len(table.chunks))],
            arrow_type(column.type),
        )
        for column in table.columns
    ]
    return pa.table(columns, names=[column.name for column in table.columns])


def _read(table: TableVersion, chunk_index: int, column: ColumnDefinition) -> pa.Array:
    if column.type.is_text:
        return table.read_strings(chunk_index, column.name)
    values = table.chunks[chunk_index].read_values(column.name)
    return to_arrow(values.values, values.nulls, column.type)
