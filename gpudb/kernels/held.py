"""Results held in arrays between pipelines: one HeldColumn a field, together a Relation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.domains import Domain
from gpudb.records import dataclass, replace
from gpudb.sql.bounds import Bounds, shared
from gpudb.sql.expr import Span
from gpudb.storage.types import SqlType

# Fewer rows cost more in calls than copying them together does.
LEAST_PART_ROWS = 1 << 14


@dataclass(frozen=True)
class Failures:
    """The rows whose value could not be computed, which fail where they are read.

    `codes` count `messages` from 1; 0 is no failure.
    """

    codes: np.ndarray
    messages: tuple[str, ...]
    span: Span | None


@dataclass(frozen=True)
class HeldColumn:
    """Values of one field.

    `values` are physical values (any integer width, float32 or float64; bool for BOOLEAN), `nulls`
    true where NULL. DECIMALs beyond 64 bits have their low words in `values` and their high words
    in `high`. TEXT has codes of `domain`.
    """

    type: SqlType
    values: np.ndarray
    nulls: np.ndarray | None = None
    high: np.ndarray | None = None
    domain: Domain | None = None
    failures: Failures | None = None

    @cached_property
    def bounds(self) -> Bounds | None:
        """An interval of the integers; for those of 128 bits, one of their high words."""
        if self.values.dtype.kind == "f" or not len(self.values):
            return None
        if self.high is not None:
            least, greatest = int(self.high.min()), int(self.high.max())
            return Bounds(least << 64, (greatest << 64) + (1 << 64) - 1)
        return Bounds(int(self.values.min()), int(self.values.max()))

    @cached_property
    def shared_bounds(self) -> Bounds | None:
        """Bounds for a text that nearly the same values shall have, too: they are not as near."""
        known = self.bounds
        if known is None:
            return None
        wider = shared(known)
        if self.domain is None:
            return wider
        # Codes of a domain are places in it.
        return Bounds(
            min(known.minimum, max(0, wider.minimum)),
            max(known.maximum, min(len(self.domain) - 1, wider.maximum)),
        )

    @property
    def arrays(self) -> tuple[np.ndarray | None, ...]:
        """The arrays by row: values, high words, NULLs, codes of failures."""
        failures = None if self.failures is None else self.failures.codes
        return self.values, self.high, self.nulls, failures

    @property
    def size_bytes(self) -> int:
        """How large the arrays are."""
        return sum(array.nbytes for array in self.arrays if array is not None)

    def mapped(self, make: Callable[[np.ndarray], np.ndarray]) -> HeldColumn:
        """Return the column with what `make` makes of each of its arrays."""
        values, high, nulls, codes = (None if a is None else make(a) for a in self.arrays)
        assert values is not None
        failures = self.failures
        if failures is not None and codes is not None:
            failures = replace(failures, codes=codes)
        return replace(self, values=values, high=high, nulls=nulls, failures=failures)

    def take(self, rows: np.ndarray | slice) -> HeldColumn:
        """Return the column's values at `rows`."""
        return self.mapped(lambda array: BUFFERS.taken(array, rows))

    def narrowed(self) -> HeldColumn:
        """Return the column without high words where 64 bits hold every value."""
        if self.high is None or not np.array_equal(self.values >> 63, self.high):
            return self
        return replace(self, high=None)


def at_rows(column: HeldColumn, rows: np.ndarray) -> HeldColumn:
    """Return the column's values at `rows`, NULL where that is -1."""
    missing = rows < 0
    if not len(column.values):
        return replace(column.take(rows[:0]), nulls=None)
    taken = column.take(np.where(missing, 0, rows))
    if not missing.any():
        return taken
    return replace(taken, nulls=missing if taken.nulls is None else missing | taken.nulls)


def apart(column: HeldColumn, memory: np.ndarray) -> HeldColumn:
    """Return the column with copies of those of its arrays that are views of `memory`."""

    def own(array: np.ndarray) -> np.ndarray:
        return BUFFERS.joined([array]) if np.may_share_memory(array, memory) else array

    return replace(
        column,
        values=own(column.values),
        nulls=None if column.nulls is None else own(column.nulls),
        high=None if column.high is None else own(column.high),
    )


@dataclass(frozen=True)
class Relation:
    """Rows held in arrays, by field id."""

    rows: int
    columns: Mapping[int, HeldColumn]

    def take(self, rows: np.ndarray | slice) -> Relation:
        """Return the relation's rows at `rows`."""
        count = len(range(*rows.indices(self.rows))) if isinstance(rows, slice) else len(rows)
        return Relation(count, {id: c.take(rows) for id, c in self.columns.items()})

    @property
    def size_bytes(self) -> int:
        """How large the arrays are."""
        if isinstance(self.columns, ColumnsInParts):
            return self.columns.size_bytes
        return sum(column.size_bytes for column in self.columns.values())

    def slices(self, most_rows: int) -> Iterator[Relation]:
        """Yield the rows in order, at most `most_rows` at once; nothing where there is no row.

        Rows that lie in parts can be read once: each part goes when the next one is asked for.
        """
        parts: Iterable[Relation] = (self,)
        if isinstance(self.columns, ColumnsInParts) and not self.columns.is_joined:
            parts = self.columns.parts()
        for part in parts:
            for begin in range(0, part.rows, most_rows):
                is_all = part.rows <= most_rows
                yield part if is_all else part.take(slice(begin, begin + most_rows))


@dataclass(frozen=True)
class ArrangedRelation(Relation):
    """The rows of a result that are sorted and cut already."""


class ColumnsInParts(Mapping[int, HeldColumn]):
    """Columns whose rows lie in parts, as the workers left them.

    A column that is asked for as one is joined, and its parts are given back: a large result is
    never held twice, and one that is read part by part is never copied.
    """

    def __init__(self, ids: Sequence[int], parts: Sequence[Relation]) -> None:
        self._ids = ids
        self._parts = [dict(part.columns) for part in parts]
        self._rows = [part.rows for part in parts]
        self._joined: dict[int, HeldColumn] = {}

    def __getitem__(self, id: int) -> HeldColumn:
        if id not in self._joined:
            self._check_there()
            columns = [part.pop(id) for part in self._parts]
            self._joined[id] = _joined(columns).narrowed()
        return self._joined[id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def is_joined(self) -> bool:
        """Whether a column was asked for as one, so that not all of them are in parts."""
        return any(len(part) < len(self._ids) for part in self._parts)

    @property
    def size_bytes(self) -> int:
        """How large the arrays are."""
        columns = [c for part in (*self._parts, self._joined) for c in part.values()]
        return sum(column.size_bytes for column in columns)

    def pop(self, id: int) -> HeldColumn:
        """Return a column as one, and give it up: it is not asked for again."""
        column = self[id]
        del self._joined[id]
        return column

    def _check_there(self) -> None:
        if not self._parts:
            raise LookupError("these rows were read part by part, and given up")

    def of(self, ids: Mapping[int, int]) -> ColumnsInParts:
        """Return some of these columns in the same parts; ids are given by their new ones."""
        parts = [
            Relation(rows, {id: columns[before] for id, before in ids.items()})
            for rows, columns in zip(self._rows, self._parts, strict=True)
        ]
        return ColumnsInParts(list(ids), parts)

    def parts(self) -> Iterator[Relation]:
        """Yield the parts once, small ones that follow each other together, and give them up."""
        self._check_there()
        held: list[Relation] = []
        left, self._parts = deque(self._parts), []
        for rows in self._rows:
            columns = left.popleft()
            if held and rows >= LEAST_PART_ROWS:
                yield concatenated(held)
                held = []
            held.append(Relation(rows, columns))
            if sum(part.rows for part in held) >= LEAST_PART_ROWS:
                yield concatenated(held)
                held = []
        if held:
            yield concatenated(held)


def in_parts(parts: Sequence[Relation]) -> Relation:
    """Return the rows of all parts, at least one, which have the same columns."""
    if len(parts) == 1:
        return parts[0]
    return Relation(sum(part.rows for part in parts), ColumnsInParts(list(parts[0].columns), parts))


def concatenated(parts: Sequence[Relation]) -> Relation:
    """Return the rows of all parts, which have the same columns; TEXT of one domain."""
    if len(parts) == 1:
        return parts[0]
    columns = {id: _joined([p.columns[id] for p in parts]) for id in parts[0].columns}
    return Relation(sum(p.rows for p in parts), columns)


def _joined(columns: Sequence[HeldColumn]) -> HeldColumn:
    nulls = high = None
    if any(c.nulls is not None for c in columns):
        nulls = BUFFERS.joined(
            [np.zeros(len(c.values), np.bool_) if c.nulls is None else c.nulls for c in columns]
        )
    if any(c.high is not None for c in columns):
        high = BUFFERS.joined([c.values >> 63 if c.high is None else c.high for c in columns])
    values = BUFFERS.joined([c.values for c in columns])
    return replace(columns[0], values=values, nulls=nulls, high=high)
