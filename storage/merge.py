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
from gpudb.storage.arrow import to_arrow, to_arrow_lists, to_arrow_text
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import PhysicalColumn
from gpudb.storage.snapshot import Relation, Snapshot
from gpudb.storage.table import TableVersion
from gpudb.storage.view import View

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
    result = latest.with_schemas(_merged_schemas(before, after, latest))
    keys = {name.key: name for name in before.names() | after.names()}
    for name in (keys[key] for key in sorted(keys)):
        old, new, other = (s.find(name) for s in (before, after, latest))
        if new is old:
            continue
        is_rewritten = new is None or (isinstance(new, TableVersion) and new.id in rewritten)
        if other is not old and not (is_rewritten and _are_same(old, other)):
            new = _appended(old, new, other, rewritten, append_again)
        result = result.without(name) if new is None else result.with_relation(new)
    for name in result.names():
        if result.find_schema(name.schema) is None:
            raise _lost(f"schema '{name.schema}', in which '{name.name}' lies, was dropped")
    return result


def _are_same(old: Relation | None, other: Relation | None) -> bool:
    """Whether two tables hold the same rows: a commit may have encoded the tail of one."""
    return (
        isinstance(old, TableVersion)
        and isinstance(other, TableVersion)
        and (old.full_name, old.id, old.version) == (other.full_name, other.id, other.version)
    )


def _merged_schemas(before: Snapshot, after: Snapshot, latest: Snapshot) -> list[str]:
    """Return the schemas of `latest` with those made and without those dropped."""
    old, new, other = (set(s.schemas) for s in (before, after, latest))
    for name in new - old:
        if latest.find_schema(name) is not None:
            raise _lost(f"schema '{name}' was made")
    return sorted(other - (old - new) | (new - old))


def _lost(what: str) -> OperationalError:
    return OperationalError(
        f"{what} by another transaction, which committed first: "
        "nothing of this transaction is stored; begin it again"
    )


def _appended(
    old: Relation | None,
    new: Relation | None,
    other: Relation | None,
    rewritten: Set[int],
    append_again: AppendAgain,
) -> TableVersion:
    """Return `other` with the rows that `new` has more than `old`, if that is all it has."""
    if (
        isinstance(old, TableVersion)
        and isinstance(new, TableVersion)
        and isinstance(other, TableVersion)
        and (new.id, new.columns, new.checks) == (other.id, other.columns, other.checks)
        and new.id not in rewritten
    ):
        return append_again(other, _last_rows(new, new.row_count - old.row_count))
    relation = old or new or other
    assert relation is not None
    kind = "view" if isinstance(relation, View) else "table"
    done = "made" if old is None else "dropped" if other is None else "changed"
    raise _lost(f"{kind} '{relation.full_name}' was {done}")


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


def _arrow_lists(table: TableVersion, index: int, column: ColumnDefinition) -> pa.Array:
    found, element = table.read_lists(index, column.name), column.type.element
    assert element is not None
    elements = found.elements
    if isinstance(elements, PhysicalColumn) and element.is_text:
        codes, nulls = elements
        elements = to_arrow_text(codes, nulls, table.dictionary(column.name).strings)
    elif isinstance(elements, PhysicalColumn):
        elements = to_arrow(elements.values, elements.nulls, element)
    return to_arrow_lists(found.offsets, found.nulls, elements)


def _live_batch(table: TableVersion, index: int) -> pa.RecordBatch:
    chunk = table.chunks[index]
    arrays = []
    for column in table.columns:
        if column.type.is_array:
            arrays.append(_arrow_lists(table, index, column))
        elif column.type.is_text:
            arrays.append(table.read_strings(index, column.name))
        else:
            values, nulls = chunk.read_values(column.name)
            arrays.append(to_arrow(values, nulls, column.type))
    batch = pa.RecordBatch.from_arrays(arrays, names=[column.name for column in table.columns])
    live = chunk.live_rows()
    return batch if live is None else batch.take(pa.array(np.flatnonzero(live)))
