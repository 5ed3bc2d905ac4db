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

from gpudb.errors import DeviceMemoryError
from gpudb.kernels import library
from gpudb.kernels.resident import Ranked, row_program
from gpudb.kernels.shared_library import fill_words, mark_groups
from gpudb.kernels.sinks.direct import DirectWriter
from gpudb.kernels.sinks.keyed import KeyedWriter
from gpudb.kernels.sinks.listed import LISTED
from gpudb.kernels.sinks.operations import number_text
from gpudb.kernels.sinks.shared_hash import SharedHashWriter
from gpudb.kernels.sinks.sink import Filling, SinkWriter

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
    try:
        with ExitStack() as stack:
            listed = ListedGroups(run, inner, stack).listed()
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

    def listed(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return key words and states; None where most places of the table are filled."""
        run, table = self.run_of_table, self.table
        states, pitch = run.owned["states"], table.states.pitch
        self.launch(fill_words, len(self.bits), self.bits, 0)
        self.launch(mark_groups, table.slots, states, pitch, self.bits)
        self.rank(self.bits, self.ranks)
        run.memory.pull([run.errors, self.found])
        run.check()
        count, words = int(self.found[0]), table.key_words
        if 8 * count * (pitch + words) >= table.table_bytes:
            return None
        found = np.empty((words + pitch, count), np.int64)
        if count:
            columns = [self.own(count, np.int64) for _ in found]
            given = [self.bits, self.ranks, *self._tables(), *columns]
            self.run(list_program(given, words, pitch), table.slots, given)
            run.memory.pull(columns)
            for target, column in zip(found, columns, strict=True):
                target[:] = column
        return found[:words].T, found[words:].T

    def _tables(self) -> list[np.ndarray]:
        """Return the states, and the words of keys if the places do not tell them."""
        owned = self.run_of_table.owned
        return [owned[name] for name in ("states", "group_keys") if name in owned]


def list_program(given: Sequence[np.ndarray], words: int, pitch: int) -> Program:
    """Return the kernel that writes each word of the groups that have rows to an array."""
    columns = [f"word_{number}" for number in range(words + pitch)]
    tables = ["states", "group_keys"][: len(given) - len(columns) - 2]
    key = "row" if len(tables) == 1 else "group_keys[row * {} + {}]"
    sources = [key.format(words, word) for word in range(words)]
    sources += [f"states[row * {pitch} + {word}]" for word in range(pitch)]
    lines = [
        f"if states[row * {pitch}] != 0:",
        "    place = find_rank(bits, ranks, row)",
        *(f"    {name}[place] = {text}" for name, text in zip(columns, sources, strict=True)),
    ]
    names = ["bits", "ranks", *tables, *columns]
    return row_program(names, given, lines, uses=(library.find_rank,))
