"""Numbers of groups, and the rows of each group together: for aggregates that need all of them.

rows        0 1 2 3 4 5
numbers     0 1 0 0 2 1      the group of each row
starts      0     3   5 6    where each group's rows begin, put one behind the other
together    0 2 3 1 5 4      those rows
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from gpudb.compiler.language import Entry, Pointer, ValueType
from gpudb.devices.device import Morsel, RunMorsel
from gpudb.kernels import ordinals
from gpudb.kernels.buffers import BUFFERS, PIECE_ROWS
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.library import float_order, float_word
from gpudb.kernels.radix import Workers
from gpudb.kernels.sinks.number import SMALL_PLACES
from gpudb.kernels.sorting import ASCENDING, key_parts, packed
from gpudb.records import dataclass, replace
from gpudb.sql.pipeline import Number
from gpudb.storage.types import BIGINT

INTS, SMALL, FLOATS, INT = Pointer("int64"), Pointer("int32"), Pointer("float64"), ValueType.INT
INDEX = ("first", INT), ("end", INT)
KEYS = ("words", INTS), ("size", INT), ("mask", INT), ("slots", INTS)
NUMBER = Entry(
    "number_rows", (*INDEX, *KEYS, ("numbers", SMALL), ("firsts", INTS), ("found", INTS))
)
FIRSTS = Entry("index_firsts", (*INDEX, *KEYS, ("firsts", INTS)))
COUNT = Entry("count_rows", (*INDEX, ("numbers", SMALL), ("counts", INTS)))
SCATTER = (*INDEX, ("numbers", SMALL), ("places", INTS))
SCATTER_ROWS = Entry("scatter_rows", (*SCATTER, ("rows", INTS)))
SCATTER_INTS = Entry("scatter_ints", (*SCATTER, ("values", INTS), ("words", INTS)))
SCATTER_FLOATS = Entry("scatter_floats", (*SCATTER, ("values", FLOATS), ("words", INTS)))
BEST = Entry(
    "best_rows",
    (*INDEX, ("numbers", SMALL), ("words", INTS), ("size", INT), ("is_last", INT), ("best", INTS)),
)
SELECT = Entry(
    "select_words",
    (*INDEX, ("words", INTS), ("starts", INTS), ("wanted", INTS), ("low", INTS), ("high", INTS)),
)
FIRST_SLOTS = 1 << 12
SELECTING = (ordinals.select_place, ordinals.least_word)
# Fewer rows than this are not worth a second thread.
LEAST_PIECE = 1 << 16


def numbered(relation: Relation, sink: Number, fixed: FixedKernels) -> Relation:
    """Return the rows with the numbers of their groups in one more column."""
    known = relation.columns.get(sink.number.id)
    if known is not None:
        numbers = _dense(known.values)
    else:
        columns = [relation.columns[key] for key in sink.keys]
        numbers = number_groups(columns, relation.rows, fixed)
    number = HeldColumn(BIGINT, numbers)
    return Relation(relation.rows, {**relation.columns, sink.number.id: number})


def number_groups(columns: Sequence[HeldColumn], rows: int, fixed: FixedKernels) -> np.ndarray:
    """Return the number of each row's group, rows that agree in `columns`: int32[rows]."""
    if not columns or not rows:
        return np.zeros(rows, np.int32)
    # Codes of strings are as good as their ranks: groups have no order.
    plain = (replace(column, domain=None) for column in columns)
    parts = packed([part for column in plain for part in key_parts(column, ASCENDING)])
    if len(parts) == 1:
        least, most = int(parts[0].min()), int(parts[0].max())
        if most - least < max(SMALL_PLACES, 2 * rows):
            (part,) = parts
            return _dense(BUFFERS.made(rows, lambda piece: part[piece] - least))
    words = BUFFERS.empty(rows * len(parts)).reshape(rows, len(parts))
    return _hashed(np.stack(parts, axis=1, out=words), fixed)


def _dense(places: np.ndarray) -> np.ndarray:
    """Return numbers without a gap for places with gaps: int32[rows]."""
    is_there = np.zeros(int(places.max()) + 1 if len(places) else 0, np.bool_)
    is_there[places] = True
    if is_there.all():
        return BUFFERS.copied(places, np.int32)
    return BUFFERS.taken(np.cumsum(is_there, dtype=np.int32) - np.int32(1), places)


def _hashed(words: np.ndarray, fixed: FixedKernels) -> np.ndarray:
    rows, size = words.shape
    words = np.ascontiguousarray(words).reshape(-1)
    # Zeros, since `and` evaluates both sides: the first rows of no group are looked at too.
    numbers, firsts = BUFFERS.empty(rows, np.int32), BUFFERS.zeros(rows)
    found = np.zeros(1, np.int64)
    numbering = fixed.kernel(NUMBER, ordinals.number_rows, ordinals.USES)
    indexing = fixed.kernel(FIRSTS, ordinals.index_firsts, ordinals.USES)
    capacity, first = FIRST_SLOTS, 0
    while first < rows:
        slots = BUFFERS.repeated(np.array([-1]), capacity)
        table = [words, size, capacity - 1, slots]
        indexing.call("index_firsts", [0, int(found[0]), *table, firsts])
        first = numbering.call("number_rows", [first, rows, *table, numbers, firsts, found])
        capacity *= 4
    return numbers


@dataclass(frozen=True)
class Groups:
    """Rows by the numbers of their groups."""

    numbers: np.ndarray
    count: int
    workers: Workers

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each group's rows begin, and the number of all: int64[count + 1]."""
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(self.sizes)))

    @cached_property
    def sizes(self) -> np.ndarray:
        """The number of each group's rows: int64[count]."""
        return np.asarray(sum(self._counts, np.zeros(self.count, np.int64)))

    @cached_property
    def firsts(self) -> np.ndarray:
        """The first row of each group that has one: int64[count]."""
        firsts = np.zeros(self.count, np.int64)
        # Of rows that go to one place the last one stays.
        for begin in reversed(range(0, len(self.numbers), PIECE_ROWS)):
            numbers = self.numbers[begin : begin + PIECE_ROWS][::-1]
            firsts[numbers] = np.arange(begin + len(numbers) - 1, begin - 1, -1)
        return firsts

    @cached_property
    def lasts(self) -> np.ndarray:
        """The last row of each group that has one: int64[count]."""
        lasts = np.zeros(self.count, np.int64)
        for begin in range(0, len(self.numbers), PIECE_ROWS):
            numbers = self.numbers[begin : begin + PIECE_ROWS]
            lasts[numbers] = np.arange(begin, begin + len(numbers))
        return lasts

    @cached_property
    def together(self) -> np.ndarray:
        """The rows, those of each group in their order and together: int64[rows]."""
        return self._scattered(SCATTER_ROWS, ordinals.scatter_rows, ())

    @property
    def fixed(self) -> FixedKernels:
        """The kernels of the workers' device."""
        return self.workers.fixed

    def where(self, is_kept: np.ndarray | None) -> Groups:
        """Return the groups with the rows for which `is_kept` holds; with all of them for None."""
        return self if is_kept is None else replace(self, numbers=self.numbers[is_kept])

    def select(self, values: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return, for each group, the word that is `wanted`th in order and the one behind it.

        Integers are compared as they are, floats by `float_order`; a last word stands for the one
        behind itself.
        """
        words = self._words(values)
        low, high = np.zeros(self.count, np.int64), np.zeros(self.count, np.int64)
        kernel = self.fixed.kernel(SELECT, ordinals.select_words, SELECTING)

        def select(first: int, end: int, piece: int) -> None:
            kernel.call("select_words", [first, end, words, self.starts, wanted, low, high])

        self._run(self.count, len(words), select)
        return low, high

    def best(self, parts: Sequence[np.ndarray], *, is_last: bool) -> np.ndarray:
        """Return each group's first row in the order of `parts`, or its last one: int64[count].

        -1 where it has no row. Of equal rows the first is the first, the last the last.
        """
        words = BUFFERS.empty(len(parts) * len(self.numbers))
        np.stack(parts, axis=1, out=words.reshape(-1, len(parts)))
        best = np.full(self.count, -1, np.int64)
        kernel = self.fixed.kernel(BEST, ordinals.best_rows, (ordinals.compare_words,))
        rows, size = len(self.numbers), len(parts)
        kernel.call("best_rows", [0, rows, self.numbers, words, size, int(is_last), best])
        return best

    def _words(self, values: np.ndarray) -> np.ndarray:
        if values.dtype.kind == "f":
            floats = values.astype(np.float64, copy=False)
            body, uses = ordinals.scatter_floats, (float_word, float_order)
            return self._scattered(SCATTER_FLOATS, body, (floats,), uses)
        ints = (values.astype(np.int64, copy=False),)
        return self._scattered(SCATTER_INTS, ordinals.scatter_ints, ints)

    @property
    def _pieces(self) -> int:
        is_worth = len(self.numbers) > LEAST_PIECE and self.count < len(self.numbers) // 4
        return self.fixed.device.workers if is_worth else 1

    @cached_property
    def _counts(self) -> list[np.ndarray]:
        """The number of each group's rows in each piece of the rows."""
        kernel = self.fixed.kernel(COUNT, ordinals.count_rows)
        counts = [np.zeros(self.count, np.int64) for _ in range(self._pieces)]

        def count(first: int, end: int, piece: int) -> None:
            kernel.call("count_rows", [first, end, self.numbers, counts[piece]])

        self._run(len(self.numbers), len(self.numbers), count)
        return counts

    def _scattered(
        self,
        entry: Entry,
        body: Callable[..., object],
        values: tuple[np.ndarray, ...],
        uses: tuple[Callable[..., object], ...] = (),
    ) -> np.ndarray:
        """Return what `body` writes of the rows, group by group, in the rows' order."""
        kernel = self.fixed.kernel(entry, body, uses)
        written = BUFFERS.empty(len(self.numbers))
        places, next_places = [], self.starts[:-1].copy()
        for counts in self._counts:
            places.append(next_places)
            next_places = next_places + counts

        def scatter(first: int, end: int, piece: int) -> None:
            table = [self.numbers, places[piece], *values, written]
            kernel.call(entry.name, [first, end, *table])

        self._run(len(self.numbers), len(self.numbers), scatter)
        return written

    def _run(self, count: int, rows: int, work: Callable[[int, int, int], None]) -> None:
        """Cut `count` things into pieces for the workers."""
        pieces = self._pieces
        size = -(-count // pieces)
        morsels = [
            Morsel(p, p, min(p * size, count), min((p + 1) * size, count)) for p in range(pieces)
        ]

        def new_worker() -> RunMorsel:
            return lambda morsel: work(morsel.first, morsel.end, morsel.order)

        self.fixed.device.run(morsels, new_worker, self.workers.cancel)
