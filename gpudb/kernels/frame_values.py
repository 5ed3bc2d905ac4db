"""The values of each row's frame: which there are, in which order, and each of them once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from gpudb.compiler.language import Entry, Pointer, ValueType
from gpudb.devices.device import Morsel
from gpudb.kernels import value_library
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.fixed import INDEX
from gpudb.kernels.frames import Partitions, Range
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.radix import Workers
from gpudb.kernels.sorting import key_parts, packed
from gpudb.kernels.window_kernels import STATE_USES, StateTable
from gpudb.kernels.writer import Argument
from gpudb.records import dataclass, replace
from gpudb.sql.expr import SortKey

INTS, FLOATS, INT = Pointer("int64"), Pointer("float64"), ValueType.INT
SLIDE = Entry(
    "slide_values",
    (
        *INDEX,
        *((name, INT) for name in ("task", "rows", "pieces")),
        *((name, INTS) for name in ("begins", "ends", "numbers", "bases", "sizes", "codes")),
        *((name, INTS) for name in ("held", "many", "tree")),
        ("is_distinct", INT),
        *((name, INTS) for name in ("wanted", "low", "high")),
        *(("source", INTS), ("source_floats", FLOATS)),
        *(("nodes", INTS), ("node_floats", FLOATS)),
        *(("empty", INTS), ("empty_floats", FLOATS)),
        *(("out", INTS), ("out_floats", FLOATS)),
        *(("pitch", INT), ("float_pitch", INT), ("operations", INTS)),
    ),
)
USES = (
    *STATE_USES,
    value_library.turn_begin,
    value_library.turn_end,
    value_library.merge_up,
    value_library.change_value,
    value_library.find_rank,
    value_library.find_most,
    value_library.move_piece,
    value_library.write_codes,
)
COUNT, RANK, MODE, MERGE = range(4)
NOTHING = np.zeros(1, np.int64)


@dataclass(frozen=True)
class FrameValues:
    """The values of `columns` in frames, which are `pieces` of rows; NULLs are none.

    Each value of a partition has a code: in the order of `keys`, those of one partition behind
    those of the one before. `rows` has a row of each code.
    """

    columns: Sequence[HeldColumn]
    keys: Sequence[SortKey]
    pieces: Sequence[Range]
    partitions: Partitions
    workers: Workers

    @cached_property
    def _numbered(self) -> tuple[np.ndarray, np.ndarray]:
        """The code of each row, -1 for NULL: int64[rows]; and a row of each code."""
        numbers = self.partitions.partitions.numbers
        codes = BUFFERS.repeated(np.array([-1]), self.partitions.rows)
        nulls = [column.nulls for column in self.columns if column.nulls is not None]
        kept = np.flatnonzero(~np.logical_or.reduce(nulls)) if nulls else None
        columns = [replace(c if kept is None else c.take(kept), nulls=None) for c in self.columns]
        parts = [numbers if kept is None else numbers[kept]]
        for column, key in zip(columns, self.keys, strict=True):
            parts += key_parts(column, key)
        if not len(parts[0]):
            return codes, np.zeros(0, np.int64)
        parts = packed(parts)
        order = self.workers.order(parts)
        begins = np.zeros(len(order), np.bool_)
        begins[0] = True
        for part in parts:
            held = BUFFERS.taken(part, order)
            begins[1:] |= held[1:] != held[:-1]
        rows = order if kept is None else kept[order]
        numbers = np.cumsum(begins, dtype=np.int64, out=BUFFERS.empty(len(begins)))
        numbers -= 1
        codes[rows] = numbers
        return codes, BUFFERS.copied(rows[begins], np.int64)

    @property
    def rows(self) -> np.ndarray:
        """A row of each code: int64[codes]."""
        return self._numbered[1]

    @cached_property
    def _trees(self) -> tuple[np.ndarray, np.ndarray]:
        """The first code of each partition, and the leaves of its tree, a power of two."""
        numbers = self.partitions.partitions.numbers
        count = len(self.partitions.partitions.starts)
        sizes = np.bincount(numbers[self.rows], minlength=count)
        bases = np.cumsum(sizes) - sizes
        exponents = np.ceil(np.log2(np.maximum(sizes, 1)))
        return bases, (1 << exponents.astype(np.int64))

    @cached_property
    def _ranges(self) -> tuple[np.ndarray, np.ndarray]:
        begins = BUFFERS.joined([piece.begins for piece in self.pieces])
        return begins, BUFFERS.joined([piece.ends for piece in self.pieces])

    def counts(self, *, is_distinct: bool) -> np.ndarray:
        """Return how many values each frame holds: int64[rows]."""
        if is_distinct:
            return self._slide(COUNT, is_distinct=True)[0]
        before = np.zeros(self.partitions.rows + 1, np.int64)
        np.cumsum(self._numbered[0] >= 0, out=before[1:])
        sizes = np.zeros(self.partitions.rows, np.int64)
        for piece in self.pieces:
            sizes += before[np.maximum(piece.begins, piece.ends)] - before[piece.begins]
        return sizes

    def pick(self, wanted: np.ndarray, *, is_distinct: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of the values that are `wanted`th in order, and of the next ones.

        They are -1 where the frame holds no value.
        """
        low, high = self._slide(RANK, is_distinct=is_distinct, wanted=wanted)
        return self._rows_of(low), self._rows_of(high)

    def modes(self) -> np.ndarray:
        """Return a row of the most frequent value, of several the first; -1 without a value."""
        return self._rows_of(self._slide(MODE)[0])

    def merged(self, table: StateTable, empty: StateTable) -> StateTable:
        """Return what the states of a frame's values merge to, each once; `table` has the rows'."""
        out = empty.like(self.partitions.rows)
        self._slide(MERGE, states=States(table.take(self.rows), empty, out))
        return out

    def _rows_of(self, codes: np.ndarray) -> np.ndarray:
        rows = np.append(self.rows, -1)  # code -1
        return BUFFERS.taken(rows, codes)

    def _slide(
        self,
        task: int,
        *,
        is_distinct: bool = False,
        wanted: np.ndarray = NOTHING,
        states: States | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        rows = self.partitions.rows
        is_pair = task == RANK
        low = BUFFERS.empty(1 if task == MERGE else rows)
        high = BUFFERS.empty(rows if is_pair or task == MODE else 1)
        bases, sizes = self._trees
        most = int(sizes.max()) if len(sizes) else 1
        kernel = self.workers.fixed.kernel(SLIDE, value_library.slide_values, USES)
        head: list[Argument] = [task, rows, len(self.pieces), *self._ranges]
        head += [self.partitions.partitions.numbers, bases, sizes, self._numbered[0]]

        def slide(morsel: Morsel) -> None:
            held = np.zeros(1 + 2 * len(self.pieces), np.int64)
            many, tree = BUFFERS.zeros(most), BUFFERS.zeros(2 * most)
            tail: list[Argument] = [held, many, tree, int(is_distinct), wanted, low, high]
            tail += _no_states() if states is None else states.arguments(2 * most)
            for first, end in self.workers.blocks(morsel):
                kernel.call("slide_values", [first, end, *head, *tail])

        self.workers.run(rows, slide)
        return low, high


@dataclass(frozen=True)
class States:
    """The states of codes, the empty one, and where those of the rows go."""

    source: StateTable
    empty: StateTable
    out: StateTable

    def arguments(self, count: int) -> list[Argument]:
        """Return the kernel's arguments, with a tree of `count` nodes, which are empty."""
        nodes = self.empty.take(np.zeros(count, np.int64))
        tables = (self.source, nodes, self.empty, self.out)
        buffers = [buffer for table in tables for buffer in table.buffers]
        return [*buffers, self.out.pitch, self.out.float_pitch, self.out.operations]


def _no_states() -> list[Argument]:
    buffers: list[Argument] = []
    for _ in range(4):
        buffers += [np.zeros(1, np.int64), np.zeros(1)]
    return [*buffers, 0, 0, np.zeros(1, np.int64)]
