"""Tables of groups on a GPU: begun there, and listed there, so that only groups with rows travel.

states    their first words, repeated                  fill_table
bits      of the places that have rows                 mark_groups
ranks     how many bits are set before each word       Ranked.rank
          the host waits: how many groups there are
words     each word of the groups, in order            list_program
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from gpudb.errors import DeviceMemoryError
from gpudb.kernels import library, shared_builds
from gpudb.kernels.held import Relation
from gpudb.kernels.kept_groups import Kept, kept_columns
from gpudb.kernels.resident import Ranked, row_program
from gpudb.kernels.resident_columns import ResidentColumns
from gpudb.kernels.resident_rows import summary_program
from gpudb.kernels.shared_library import fill_words, mark_groups
from gpudb.kernels.sinks.direct import DirectWriter
from gpudb.kernels.sinks.keyed import KeyedWriter
from gpudb.kernels.sinks.listed import LISTED
from gpudb.kernels.sinks.operations import GREATEST, LEAST, number_text
from gpudb.kernels.sinks.shared_hash import SharedHashWriter
from gpudb.kernels.sinks.sink import Filling, SinkWriter
from gpudb.sql.bounds import Bounds

if TYPE_CHECKING:
    from gpudb.compiler.language import Program
    from gpudb.devices.device import Device
    from gpudb.kernels.launch import SharedRun

# Less is copied sooner than a launch has begun.
LEAST_FILLED_BYTES = 1 << 18
# Less travels sooner than some launches and one more wait take.
LEAST_LISTED_BYTES = 1 << 20


def fill_table(device: Device, sink: SinkWriter, name: str, array: np.ndarray) -> bool:
    """Begin to write the first content of a worker's array; False where the host copies it."""
    if not isinstance(sink, Filling) or array.nbytes < LEAST_FILLED_BYTES:
        return False
    first = sink.first_words(name)
    if first is None:
        return False
    words = first.tolist()[:1] if (first == first[0]).all() else first.tolist()
    lines = [f"words[row * {len(words)} + {n}] = {number_text(w)}" for n, w in enumerate(words)]
    program = row_program(["words"], [array], lines)
    device.compile(program).bind("main", [array])(0, len(array) // len(words))
    return True


def list_groups(run: SharedRun) -> bool:
    """Wait for a table of groups, and list those that have rows; False where all of it travels."""
    sink = run.launch.sink
    if not isinstance(sink, KeyedWriter) or sink.group_bytes < LEAST_LISTED_BYTES:
        return False
    inner = sink.inner
    if not isinstance(inner, DirectWriter | SharedHashWriter):
        return False
    is_whole = type(sink) is KeyedWriter and not sink.is_partial and len(run.launch.parts) == 1
    kept = kept_columns(inner) if is_whole else None
    try:
        with ExitStack() as stack:
            groups = ListedGroups(run, inner, stack)
            count = groups.count()
            if kept is not None and count >= shared_builds.LEAST_ROWS:
                sink.kept = groups.kept(kept, count)
                return True
            listed = groups.listed(count)
    except DeviceMemoryError:
        return False
    if listed is None:
        return False
    run.worker.update(zip(LISTED, listed, strict=True))
    return True


class ListedGroups(Ranked):
    """Groups of a table in the making."""

    def __init__(
        self, run: SharedRun, table: DirectWriter | SharedHashWriter, stack: ExitStack
    ) -> None:
        super().__init__(run.part, stack)
        self.run_of_table = run
        self.table = table
        words = -(-table.slots // 64)
        self.bits, self.ranks = self.own(words, np.int64), self.own(words, np.int32)

    def count(self) -> int:
        """Wait for how many groups have rows."""
        run, table = self.run_of_table, self.table
        states, pitch = run.owned["states"], table.states.pitch
        self.launch(fill_words, len(self.bits), self.bits, 0)
        self.launch(mark_groups, table.slots, states, pitch, self.bits)
        self.rank(self.bits, self.ranks)
        run.memory.pull([run.errors, self.found])
        run.check()
        return int(self.found[0])

    def listed(self, count: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Return key words and states; None where most places of the table are filled."""
        table, pitch, words = self.table, self.table.states.pitch, self.table.key_words
        if 8 * count * (pitch + words) >= table.table_bytes:
            return None
        found = np.empty((words + pitch, count), np.int64)
        if count:
            key = "group_keys[row * {} + {}]" if "group_keys" in self._tables() else "row"
            texts = [key.format(words, word) for word in range(words)]
            texts += [f"states[row * {pitch} + {word}]" for word in range(pitch)]
            columns = self._columns(texts, count)
            self.memory.pull(columns)
            for target, column in zip(found, columns, strict=True):
                target[:] = column
        return found[:words].T, found[words:].T

    def kept(self, kept: Sequence[Kept], count: int) -> Relation:
        """Wait for what the columns of so many groups lie between, and return them."""
        wanted = [part for each in kept for part in each.parts]
        columns = self._columns([text for text, _ in wanted], count, [type for _, type in wanted])
        limits = self._limits([column for column in columns if column.dtype.kind != "f"], count)
        there, rest = {}, iter(columns)
        for each in kept:
            arrays = [next(rest) for _ in each.parts]
            column = each.held(arrays, limits)
            for array in column.arrays:
                if array is not None:
                    self.memory.keep(array)
            there[each.id] = column
        return Relation(count, ResidentColumns(there, self.memory))

    def _limits(self, columns: Sequence[np.ndarray], count: int) -> dict[int, Bounds]:
        """Wait for what whole numbers lie between, by their arrays' addresses."""
        bounds = self.own(2 * len(columns), np.int64)
        bounds[0::2], bounds[1::2] = GREATEST, LEAST
        self.memory.push(bounds)
        names = [f"word_{number}" for number in range(len(columns))]
        given = [bounds, self.found, *columns]
        texts = [f"{name}[row]" for name in names]
        self.run(summary_program(texts, ["found", "counts", *names], given), count, given)
        self.memory.pull([bounds])
        limits = [Bounds(int(low), int(high)) for low, high in bounds.reshape(-1, 2)]
        return {column.ctypes.data: each for column, each in zip(columns, limits, strict=True)}

    def _columns(
        self, texts: Sequence[str], count: int, types: Sequence[DTypeLike] = ()
    ) -> list[np.ndarray]:
        """Begin to write a number of each of so many groups to an array, for each text."""
        columns = [self.own(count, type) for type in types or [np.int64] * len(texts)]
        tables = self._tables()
        if any("float_states" in text for text in texts):
            tables["float_states"] = self.run_of_table.owned["float_states"]
        given = [self.bits, self.ranks, *tables.values(), *columns]
        names = ["bits", "ranks", *tables]
        program = list_program(names, given, texts, self.table.states.pitch)
        self.run(program, self.table.slots, given)
        return columns

    def _tables(self) -> dict[str, np.ndarray]:
        """Return the states, and the words of keys if the places do not tell them."""
        owned = self.run_of_table.owned
        return {name: owned[name] for name in ("states", "group_keys") if name in owned}


def list_program(
    names: Sequence[str], given: Sequence[np.ndarray], texts: Sequence[str], pitch: int
) -> Program:
    """Return the kernel that writes numbers of the groups that have rows, in order, to arrays."""
    columns = [f"word_{number}" for number in range(len(texts))]
    lines = [
        f"if states[row * {pitch}] != 0:",
        "    place = find_rank(bits, ranks, row)",
        *(f"    {name}[place] = {text}" for name, text in zip(columns, texts, strict=True)),
    ]
    return row_program([*names, *columns], given, lines, uses=(library.find_rank,))
