"""Two transactions that ran beside each other: the first to commit wins, table by table.

    before ----> after      what this transaction made of it
       \\-------> latest     what others have committed meanwhile

What this transaction did not touch is taken from `latest`. A table that both changed is a conflict,
unless this transaction only appended to it: then its rows are appended to what the others left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set

import numpy as np
import pyarrow as pa

from gpudb.errors import OperationalError
from gpudb.storage.arrow import to_arrow
from gpudb.storage.snapshot import Snapshot
from gpudb.storage.table import TableVersion

AppendAgain = Callable[[TableVersion, Iterable[pa.RecordBatch]], TableVersion]


def merged(
    before: Snapshot,
    after: Snapshot,
    latest: Snapshot,
    rewritten: Set[int],
    append_again: AppendAgain,
) -> Snapshot:
    """Return `latest` with the changes from `before` to `after`.

    `rewritten` are the ids of tables that had more done to them than rows appended.
    Raises OperationalError, which names the table, where others have changed it too.
    """
    result = latest
    for name in sorted(before.names() | after.names()):
        old, new, other = (s.find_table(name) for s in (before, after, latest))
        if new is old:
            continue
        if other is not old:
            if (
                old is None
                or new is None
                or other is None
                or not _may_append(new, other, rewritten)
            ):
                raise _conflict(old, new, other)
            new = append_again(other, _last_rows(new, new.row_count - old.row_count))
        result = result.without_table(name) if new is None else result.with_table(new)
    return result


def _conflict(
    old: TableVersion | None, new: TableVersion | None, other: TableVersion | None
) -> OperationalError:
    table = old or new or other
    assert table is not None
    done = "made" if old is None else "dropped" if other is None else "changed"
    return OperationalError(
        f"table '{table.name}' was {done} by another transaction, which committed first: nothing "
        "of this transaction is stored; begin it again"
    )


def _may_append(new: TableVersion, other: TableVersion, rewritten: Set[int]) -> bool:
    """Return whether all that happened to `new` is rows appended, which fit `other` as well."""
    is_same_table = other.id == new.id and other.columns == new.columns
    return is_same_table and new.id not in rewritten


def _last_rows(table: TableVersion, count: int) -> Iterator[pa.RecordBatch]:
    """Yield the last `count` rows that are there."""
    batches = []
    for index in reversed(range(len(table.chunks))):
        if count <= 0:
            break
        batch = _live_batch(table, index)
        batches.append(batch.slice(max(0, batch.num_rows - count)))
        count -= batch.num_rows
    yield from reversed(batches)


def _live_batch(table: TableVersion, index: int) -> pa.RecordBatch:
    chunk = table.chunks[index]
    arrays = []
    for column in table.columns:
        if column.type.is_text:
            arrays.append(table.read_strings(index, column.name))
        else:
            values, nulls = chunk.read_values(column.name)
            arrays.append(to_arrow(values, nulls, column.type))
    batch = pa.RecordBatch.from_arrays(arrays, names=[column.name for column in table.columns])
    live = chunk.live_rows()
    return batch if live is None else batch.take(pa.array(np.flatnonzero(live)))
