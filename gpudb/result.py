"""The answer of a statement: held columns that turn into Arrow batch by batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from functools import cached_property
from itertools import chain, islice

import pyarrow as pa

from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import Relation
from gpudb.kernels.host import arrow_column
from gpudb.profile import Profile
from gpudb.records import dataclass
from gpudb.sql.plan import Field
from gpudb.storage.arrow import arrow_type
from gpudb.storage.types import BIGINT, TEXT, SqlType

BATCH_ROWS = 1 << 20


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of an answer; names need not be distinct."""

    name: str
    type: SqlType
    nullable: bool


@dataclass(frozen=True)
class Result:
    """An answer: `columns` is empty.

    And `row_count` the rows changed or -1, for other statements. Large answers turn into Arrow on
    `threads` threads, their texts by kernels that are `fixed`.
    """

    columns: tuple[ResultColumn, ...] = ()
    row_count: int = -1
    relation: Relation | None = None
    fields: tuple[Field, ...] = ()
    profile: Profile = field(default_factory=Profile)
    threads: int = 1
    fixed: FixedKernels | None = None

    @cached_property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return pa.schema(
            [pa.field(c.name, arrow_type(c.type), nullable=c.nullable) for c in self.columns]
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, at most BATCH_ROWS in a batch; at least one batch, if an empty one.

        They can be read once: what they are made of goes as they come.
        """
        schema = self.schema
        if self.relation is None or not self.row_count:
            yield pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in schema], schema=schema)
            return

        def batch(part: Relation) -> pa.RecordBatch:
            arrays = [arrow_column(part.columns[f.id], self.fixed) for f in self.fields]
            return pa.RecordBatch.from_arrays(arrays, schema=schema)

        yield from map_ahead(batch, self.relation.slices(BATCH_ROWS), self.threads)

    def behind(self, width: int, rows: pa.Array | None = None) -> Result:
        """Return the answer without its first `width` columns; of the rows `rows`, if given."""
        table = self.table()
        table = table if rows is None else table.take(rows)
        kept = table.select(range(width, table.num_columns))
        return ArrowResult(self.columns[width:], kept.num_rows, profile=self.profile, rows=kept)

    def table(self) -> pa.Table:
        """Return all rows as one table."""
        return pa.Table.from_batches(list(self.batches()), self.schema)


@dataclass(frozen=True)
class ArrowResult(Result):
    """An answer that lies there as a table."""

    rows: pa.Table = field(default_factory=lambda: pa.table({}))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, at most BATCH_ROWS in a batch; at least one batch, if an empty one."""
        yield from self.rows.to_batches(BATCH_ROWS) or super().batches()


@dataclass(frozen=True)
class ListedResult(Result):
    """A small answer given as rows of Python values, such as that of SHOW or EXPLAIN."""

    rows: Sequence[Sequence[object]] = ()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as one batch."""
        schema = self.schema
        arrays = [
            pa.array([row[place] for row in self.rows], f.type) for place, f in enumerate(schema)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def listed(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Result:
    """Return rows of strings and integers; a column is BIGINT where its first value is an int.

    None is a NULL of either.
    """
    first = [
        next((r[place] for r in rows if r[place] is not None), "") for place in range(len(names))
    ]
    columns = tuple(
        ResultColumn(name, BIGINT if isinstance(value, int) else TEXT, True)
        for name, value in zip(names, first, strict=True)
    )
    return ListedResult(columns, len(rows), rows=rows)


def map_ahead(
    make: Callable[[Relation], pa.RecordBatch], parts: Iterable[Relation], threads: int
) -> Iterator[pa.RecordBatch]:
    """Yield what is made of each part, in order; of several parts, `threads` are at work at once.

    No more than those are made before they are asked for.
    """
    queue = iter(parts)
    begun = list(islice(queue, 2))
    if len(begun) < 2 or threads == 1:
        yield from map(make, chain(begun, queue))
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="gpudb-arrow") as pool:
        waiting = deque(pool.submit(make, part) for part in begun)
        # Only those who are at work hold a part: its memory is the next one's.
        begun.clear()
        while True:
            if len(waiting) >= threads:
                yield waiting.popleft().result()
            part = next(queue, None)
            if part is None:
                break
            waiting.append(pool.submit(make, part))
            del part
        while waiting:
            yield waiting.popleft().result()


def query_result(
    names: Sequence[str],
    fields: tuple[Field, ...],
    relation: Relation,
    profile: Profile,
    threads: int = 1,
    fixed: FixedKernels | None = None,
) -> Result:
    """Return a query's answer."""
    columns = tuple(
        ResultColumn(name, f.type, f.nullable) for name, f in zip(names, fields, strict=True)
    )
    return Result(columns, relation.rows, relation, fields, profile, threads, fixed)
