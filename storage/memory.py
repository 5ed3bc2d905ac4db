"""Tables that belong to no database: a file's rows, or a registered frame's, for one query."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence

import pyarrow as pa

from gpudb.storage.column import ColumnDefinition
from gpudb.storage.load import Progress, append_batches
from gpudb.storage.store import MemoryStore
from gpudb.storage.table import DEFAULT_CHUNK_ROWS, TableVersion

# Apart from the versions of any database's tables, which are positive.
_VERSIONS = itertools.count(-1, -1)


def transient_table(
    name: str,
    columns: Sequence[ColumnDefinition],
    batches: Iterable[pa.RecordBatch],
    *,
    chunk_rows: int = DEFAULT_CHUNK_ROWS,
    on_progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> TableVersion:
    """Return a table in memory with the rows of `batches`, encoded as an appended table's are.

    The batches' columns match `columns` by place and have the Arrow types of their SQL types.
    """
    version = next(_VERSIONS)
    empty = TableVersion(
        id=version, name=name, version=version, columns=tuple(columns), chunk_rows=chunk_rows
    )
    store = MemoryStore([column.name for column in columns])
    appended = append_batches(empty, store, batches, on_progress, cancel)
    return TableVersion(
        id=version,
        name=name,
        version=version,
        columns=empty.columns,
        chunks=appended.chunks,
        texts=appended.texts,
        chunk_rows=chunk_rows,
    )
