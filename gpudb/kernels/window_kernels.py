"""The fixed kernels of window functions, called with arrays."""

from __future__ import annotations

import numpy as np

from gpudb.compiler.language import Entry, Pointer, ValueType
from gpudb.devices.device import Morsel
from gpudb.kernels import window_library
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.fixed import INDEX, FixedKernels
from gpudb.kernels.groups import MERGE_USES
from gpudb.kernels.radix import Workers
from gpudb.kernels.writer import Argument
from gpudb.records import dataclass

INTS, FLOATS, INT = Pointer("int64"), Pointer("float64"), ValueType.INT
SLIDE = Entry(
    "slide_states",
    (
        *INDEX,
        *(("begins", INTS), ("ends", INTS)),
        *(("table", INTS), ("table_floats", FLOATS)),
        *(("empty", INTS), ("empty_floats", FLOATS)),
        *(("back", INTS), ("back_floats", FLOATS)),
        *(("out", INTS), ("out_floats", FLOATS)),
        *(("pitch", INT), ("float_pitch", INT), ("operations", INTS), ("queue", INTS)),
    ),
)
NODES = (("nodes", INTS), ("node_floats", FLOATS))
STATES = (("pitch", INT), ("float_pitch", INT), ("operations", INTS))
JOIN = Entry("join_states", (*INDEX, *NODES, *STATES))
SEARCH = Entry(
    "search_states",
    (
        *INDEX,
        *(("leaves", INT), ("begins", INTS), ("ends", INTS)),
        *NODES,
        *(("empty", INTS), ("empty_floats", FLOATS)),
        *(("out", INTS), ("out_floats", FLOATS)),
        *STATES,
    ),
)
MERGE_ROWS = Entry(
    "merge_rows",
    (
        *INDEX,
        *(("source", INTS), ("source_floats", FLOATS)),
        *(("target", INTS), ("target_floats", FLOATS)),
        *(("pitch", INT), ("operations", INTS)),
    ),
)
OF_LIMITS = (
    *INDEX,
    *(("keys", INTS), ("limits", INTS), ("begins", INTS), ("ends", INTS)),
    *(("is_behind", INT), ("found", INTS)),
)
LIMITS = Entry("find_limits", OF_LIMITS)
SEARCH_LIMITS = Entry("search_limits", OF_LIMITS)
FLAGS = (*INDEX, ("flags", Pointer("uint8")))
BEGINS = Entry("section_begins", (*FLAGS, ("begins", INTS)))
ENDS = Entry("section_ends", (*FLAGS, ("ends", INTS)))
STATE_USES = (*MERGE_USES, window_library.copy_state, window_library.merge_state)


@dataclass(frozen=True)
class StateTable:
    """States of rows: `words` int64[rows, pitch], and their floats again in `floats`.

    A kernel's buffers may not overlap, so floats have memory of their own; it is one float where no
    operation of `operations` is on floats.
    """

    words: np.ndarray
    floats: np.ndarray
    operations: np.ndarray
    is_float: np.ndarray

    @classmethod
    def of(cls, words: np.ndarray, operations: np.ndarray, is_float: np.ndarray) -> StateTable:
        """Return the table of states whose floats stand among their words."""
        has_floats = bool(is_float.any())
        floats = BUFFERS.copied(words.view(np.float64)) if has_floats else np.zeros(1)
        return cls(words, floats, operations, is_float)

    def like(self, rows: int) -> StateTable:
        """Return a table of other rows, whose states are not defined yet."""
        words = BUFFERS.empty(rows * self.pitch).reshape(rows, self.pitch)
        floats = np.zeros((1, 1))
        if self.float_pitch:
            floats = BUFFERS.empty(rows * self.pitch, np.float64).reshape(rows, self.pitch)
        return StateTable(words, floats, self.operations, self.is_float)

    def take(self, rows: np.ndarray) -> StateTable:
        """Return the states of some rows, in memory of their own."""
        taken = self.like(len(rows))
        np.take(self.words, rows, axis=0, out=taken.words, mode="clip")
        if self.float_pitch:
            np.take(self.floats, rows, axis=0, out=taken.floats, mode="clip")
        return taken

    def copy(self) -> StateTable:
        """Return the same states in memory of their own."""
        words, floats = BUFFERS.copied(self.words), BUFFERS.copied(self.floats)
        return StateTable(words, floats, self.operations, self.is_float)

    @property
    def pitch(self) -> int:
        """The number of words of a state."""
        return len(self.operations)

    @property
    def float_pitch(self) -> int:
        """The number of floats that are kept of a state."""
        return self.pitch if self.is_float.any() else 0

    @property
    def buffers(self) -> list[Argument]:
        """The kernels' arguments."""
        return [self.words.reshape(-1), self.floats.reshape(-1)]

    def joined(self) -> np.ndarray:
        """Return the states with their floats among their words: int64[rows, pitch]."""
        if self.float_pitch:
            floats = self.words.view(np.float64)
            floats[:, self.is_float] = self.floats[:, self.is_float]
        return self.words


def slide_states(
    workers: Workers,
    begins: np.ndarray,
    ends: np.ndarray,
    starts: np.ndarray,
    table: StateTable,
    empty: StateTable,
) -> StateTable:
    """Return what each row's range of `table` merges to; `table` is not defined afterwards.

    Ranges do not cross the rows `starts`, where workers may begin.
    """
    out = table.like(len(begins))
    kernel = workers.fixed.kernel(
        SLIDE, window_library.slide_states, (*STATE_USES, window_library.fold_back)
    )
    words: list[Argument] = [table.pitch, table.float_pitch, table.operations]

    def slide(morsel: Morsel) -> None:
        back, queue = empty.copy(), np.zeros(2, np.int64)
        buffers = [a for each in (table, empty, back, out) for a in each.buffers]
        arguments = [begins, ends, *buffers, *words, queue]
        for first, end in workers.blocks(morsel):
            kernel.call("slide_states", [first, end, *arguments])

    workers.run(len(begins), slide, starts)
    return out


def tree_of_states(workers: Workers, table: StateTable) -> StateTable:
    """Return the tree whose leaves are the states of `table`: node 1 is its root, 0 is none."""
    leaves = len(table.words)
    tree = table.like(2 * leaves)
    tree.words[leaves:] = table.words
    if table.float_pitch:
        tree.floats.reshape(-1, table.pitch)[leaves:] = table.floats.reshape(-1, table.pitch)
    kernel = workers.fixed.kernel(JOIN, window_library.join_states, STATE_USES)
    arguments = [*tree.buffers, table.pitch, table.float_pitch, table.operations]
    end = leaves
    while end > 1:
        # The nodes of one level are made of those of the next one only.
        begin = 1 << ((end - 1).bit_length() - 1)

        def join(morsel: Morsel, begin: int = begin) -> None:
            for first, stop in workers.blocks(morsel):
                kernel.call("join_states", [begin + first, begin + stop, *arguments])

        workers.run(end - begin, join)
        end = begin
    return tree


def search_states(
    workers: Workers, begins: np.ndarray, ends: np.ndarray, tree: StateTable, empty: StateTable
) -> StateTable:
    """Return what each row's range of a tree's leaves merges to; ranges may be any."""
    leaves = len(begins)
    out = tree.like(leaves)
    kernel = workers.fixed.kernel(SEARCH, window_library.search_states, STATE_USES)
    buffers = [a for each in (tree, empty, out) for a in each.buffers]
    arguments = [leaves, begins, ends, *buffers, tree.pitch, tree.float_pitch, tree.operations]

    def search(morsel: Morsel) -> None:
        for first, end in workers.blocks(morsel):
            kernel.call("search_states", [first, end, *arguments])

    workers.run(leaves, search)
    return out


def merge_rows(workers: Workers, source: StateTable, target: StateTable) -> None:
    """Merge each row of `source` into the same row of `target`."""
    kernel = workers.fixed.kernel(MERGE_ROWS, window_library.merge_rows, STATE_USES)
    words: list[Argument] = [source.pitch, source.operations]
    arguments = [*source.buffers, *target.buffers, *words]

    def merge(morsel: Morsel) -> None:
        for first, end in workers.blocks(morsel):
            kernel.call("merge_rows", [first, end, *arguments])

    workers.run(len(source.words), merge)


def section_begins(fixed: FixedKernels, flags: np.ndarray) -> np.ndarray:
    """Return the first row of each row's section, which begins where `flags` says so."""
    begins = BUFFERS.empty(len(flags))
    kernel = fixed.kernel(BEGINS, window_library.section_begins)
    kernel.call("section_begins", [0, len(flags), flags.view(np.uint8), begins])
    return begins


def section_ends(fixed: FixedKernels, flags: np.ndarray) -> np.ndarray:
    """Return the row behind each row's section."""
    ends = BUFFERS.empty(len(flags))
    kernel = fixed.kernel(ENDS, window_library.section_ends)
    kernel.call("section_ends", [0, len(flags), flags.view(np.uint8), ends])
    return ends


def find_limits(
    fixed: FixedKernels,
    keys: np.ndarray,
    limits: np.ndarray,
    begins: np.ndarray,
    ends: np.ndarray,
    *,
    is_behind: bool,
    is_rising: bool,
) -> np.ndarray:
    """Return, for each row, the first row of its section whose key reaches its limit.

    With `is_behind`, the first whose key is beyond it. Limits that are not `is_rising` may be in
    any order.
    """
    body = window_library.find_limits if is_rising else window_library.search_limits
    entry = LIMITS if is_rising else SEARCH_LIMITS
    found = BUFFERS.empty(len(keys))
    words: list[Argument] = [int(is_behind), found]
    kernel = fixed.kernel(entry, body)
    kernel.call(entry.name, [0, len(keys), keys, limits, begins, ends, *words])
    return found
