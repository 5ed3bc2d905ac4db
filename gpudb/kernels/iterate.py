"""Rounds of WITH RECURSIVE: what they add, and, for UNION, which rows were there already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

import numpy as np

from gpudb.errors import OperationalError
from gpudb.kernels.builds import key_words
from gpudb.kernels.domains import Domain
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.relations import united
from gpudb.records import dataclass
from gpudb.sql.pipeline import IteratedRows
from gpudb.sql.plan import Field

FIRST_CAPACITY = 1 << 10
# What an array of few rows takes beside them.
ARRAY_BYTES = 128


def iterated(
    source: IteratedRows,
    seed: Relation,
    run_round: Callable[[Relation], Relation],
    fixed: FixedKernels,
    memory_limit_bytes: int,
) -> Relation:
    """Return the rows of the seed and of every round, `run_round` over the rows of the last one.

    The relations have columns by the places of `source.fields`. Raises OperationalError where the
    rows take more than `memory_limit_bytes`.
    """
    known = KnownRows(source.fields, fixed) if source.is_distinct else None
    rows = seed if known is None else known.fresh(seed)
    parts = [rows]
    held_bytes, count = size_bytes(rows), rows.rows
    while rows.rows and (source.limit is None or count < source.limit):
        rows = run_round(rows)
        rows = rows if known is None else known.fresh(rows)
        parts.append(rows)
        held_bytes += size_bytes(rows)
        count += rows.rows
        if held_bytes > memory_limit_bytes:
            raise _too_large(source, count, memory_limit_bytes)
    filled = [part for part in parts if part.rows] or parts[:1]
    places = tuple(Field(i, f.name, f.type, f.nullable) for i, f in enumerate(source.fields))
    return united([(part, places) for part in filled], source.fields)


def _too_large(source: IteratedRows, rows: int, limit: int) -> OperationalError:
    span = source.span
    return OperationalError(
        f"WITH RECURSIVE {source.name} has {rows} rows, which take more than memory_limit "
        f"({limit} bytes); does it come to an end?",
        begin=None if span is None else span.begin,
        end=None if span is None else span.end,
    )


def by_places(relation: Relation, fields: tuple[Field, ...]) -> Relation:
    """Return the columns of `fields` under their places: 0, 1, ..."""
    columns = {place: relation.columns[f.id] for place, f in enumerate(fields)}
    return Relation(relation.rows, columns)


def size_bytes(relation: Relation) -> int:
    """Return what the relation's arrays take."""
    arrays = (a for c in relation.columns.values() for a in (c.values, c.nulls, c.high))
    return sum(a.nbytes + ARRAY_BYTES for a in arrays if a is not None)


@dataclass
class KnownRows:
    """The rows seen so far, as words in a hash table; NULLs count as equal."""

    fields: tuple[Field, ...]
    fixed: FixedKernels
    domains: dict[int, Domain] = field(default_factory=dict)
    words: np.ndarray = field(init=False)
    slots: np.ndarray = field(init=False)
    count: np.ndarray = field(default_factory=lambda: np.zeros(1, np.int64))

    def __post_init__(self) -> None:
        self._make_room(FIRST_CAPACITY)

    @property
    def pitch(self) -> int:
        """How many words a row has: a value's two, and its NULL."""
        return max(1, 3 * len(self.fields))

    def fresh(self, relation: Relation) -> Relation:
        """Return the rows that were not there, each once, and note them."""
        needed = int(self.count[0]) + relation.rows
        if 2 * needed > len(self.slots):
            self._grow(needed)
        flags = np.zeros(relation.rows, np.uint8)
        words = np.zeros((relation.rows, self.pitch), np.int64)
        for place in range(len(self.fields)):
            self._write(place, relation.columns[place], words)
        self.fixed.note_rows(words, self.words, self.slots, self.count, flags)
        return relation if flags.all() else relation.take(np.flatnonzero(flags))

    def _write(self, place: int, column: HeldColumn, words: np.ndarray) -> None:
        values = key_words(column)
        if column.domain is not None and len(column.domain):
            codes = values if column.nulls is None else np.where(column.nulls, 0, values)
            values = self._codes(place, column.domain)[codes].astype(np.int64)
        words[:, 3 * place] = values
        words[:, 3 * place + 1] = values >> 63 if column.high is None else column.high
        if column.nulls is not None:
            words[column.nulls, 3 * place] = 0
            words[column.nulls, 3 * place + 1] = 0
            words[:, 3 * place + 2] = column.nulls

    def _codes(self, place: int, domain: Domain) -> np.ndarray:
        """Return the codes of the domain's strings among all strings of the column."""
        known = self.domains.setdefault(place, domain)
        codes = domain.codes_in(known)
        if (codes < 0).any():
            # Strings that were there keep their codes: what is united begins with them.
            known = self.domains[place] = known.united([domain])
            codes = domain.codes_in(known)
        return codes

    def _make_room(self, rows: int) -> None:
        self.slots = np.full(1 << (2 * rows).bit_length(), -1, np.int32)
        self.words = np.empty((len(self.slots) // 2, self.pitch), np.int64)

    def _grow(self, rows: int) -> None:
        """Make room for `rows` rows and more, and put those there in again."""
        old = self.words[: int(self.count[0])]
        self._make_room(2 * rows)
        self.count[0] = 0
        self.fixed.note_rows(old, self.words, self.slots, self.count, np.zeros(len(old), np.uint8))
