"""Collected rows that are put in order on the GPU whose launches put them out, and stay there.

    outputs   the rows in any order                         by the pipeline's launches
    bounds    the least and greatest of each array          _summarize
              the host waits: how many rows there are, and what they lie between
    words     sort keys and the rows' numbers, packed       kernels.key_words
    places    the rows in order                             the device's own sort
    columns   the rows that are wanted, in order            Resident.move

The next pipeline reads them there; they come to the host when it asks for them, or when their
memory is wanted (`kernels.resident_columns`). Of the first rows by an order only these travel. Few
rows go to the host at once, with their number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import numpy as np

from gpudb.errors import DeviceMemoryError
from gpudb.kernels import shared_builds
from gpudb.kernels.held import ArrangedRelation, HeldColumn
from gpudb.kernels.key_words import KeyWords
from gpudb.kernels.resident import PLACES, Resident, row_program
from gpudb.kernels.resident_columns import ResidentColumns
from gpudb.kernels.sinks.collect import Output
from gpudb.kernels.sinks.operations import GREATEST, LEAST, number_text
from gpudb.kernels.sinks.shared_collect import (
    ROWS,
    SharedCollectWriter,
    SharedRowsWriter,
    SharedTopWriter,
)
from gpudb.kernels.sinks.sink import SinkWriter
from gpudb.sql.bounds import Bounds

if TYPE_CHECKING:
    from gpudb.compiler.language import Program
    from gpudb.kernels.outputs import Outputs
    from gpudb.sql.expr import SortKey
    from gpudb.sql.pipeline import Collect


def keep_rows(outputs: Outputs, sink: SinkWriter) -> bool:
    """Wait for a result's outputs; put them in order where they are, or give them to the sink.

    Returns False where the sink is no such, or its rows are not for that.
    """
    if not isinstance(sink, SharedRowsWriter) or not sink.may_stay:
        return False
    with ExitStack() as stack:
        rows = _waited(outputs, sink, stack)
        if rows is None:
            return False
        if not sink.segments and outputs.count >= shared_builds.LEAST_ROWS:
            with suppress(DeviceMemoryError):
                sink.result = rows.arranged(sink.wanted)
    if sink.result is None:
        outputs.take_rest(0, rows.known)
    return True


def keep_best(outputs: Outputs, sink: SinkWriter, order: int) -> bool:
    """Wait for candidates for the first rows, and give the best to the sink: these travel alone.

    Returns False where the sink is no such, or has too few rows for that.
    """
    if not isinstance(sink, SharedTopWriter):
        return False
    with ExitStack() as stack:
        rows = _waited(outputs, sink, stack)
        if rows is None:
            return False
        if outputs.count > max(rows.known, sink.rows):
            with suppress(DeviceMemoryError):
                rows.take_best(sink.keys, sink.rows)
    outputs.take_rest(order, rows.known)
    return True


def _waited(outputs: Outputs, sink: SharedCollectWriter, stack: ExitStack) -> ResidentRows | None:
    """Return the outputs once it is known how many they are; None where they go to the host."""
    if sink.room.outputs < shared_builds.LEAST_ROWS:
        return None
    try:
        rows = ResidentRows(outputs, sink, stack)
    except DeviceMemoryError:
        return None
    rows.wait()
    return rows


class ResidentRows(Resident):
    """Outputs on the device; `known` of them are on the host, too."""

    def __init__(self, outputs: Outputs, sink: SharedCollectWriter, stack: ExitStack) -> None:
        super().__init__(outputs.run.part, stack)
        self.outputs = outputs
        self.sink = sink
        self.known = 0
        self._texts = summary_texts(sink.outputs)
        self._found = self.own(2 * len(self._texts), np.int64)

    @property
    def arrays(self) -> Mapping[str, np.ndarray]:
        """The arrays of the outputs, by name."""
        return self.outputs.run.owned

    def wait(self) -> None:
        """Wait for the outputs, and for what their numbers lie between."""
        self._summarize()
        if self.outputs.wait([self._found, *self.outputs.first_few()]):
            self.known = self.outputs.few
        elif not self.sink.segments:
            self._summarize()
            self.memory.pull([self._found])

    def _summarize(self) -> None:
        """Begin to find the least and the greatest number of each text."""
        self._found[0::2], self._found[1::2] = GREATEST, LEAST
        self.memory.push(self._found)
        names = ["counts", *self.sink.buffer_names()]
        given = [self._found, *(self.arrays[name] for name in names)]
        program = summary_program(list(self._texts.values()), ["found", *names], given)
        self.run(program, len(self.arrays[ROWS]), given)

    def bounds(self, name: str) -> Bounds:
        """Return what the numbers of an array lie between."""
        place = 2 * list(self._texts).index(name)
        return Bounds(int(self._found[place]), int(self._found[place + 1]))

    def column(self, output: Output, arrays: Mapping[str, np.ndarray]) -> HeldColumn:
        """Return the column of arrays, which are on the device, as it is known to be."""
        names = [name for name, _ in output.buffers]
        nulls = high = bounds = None
        if output.may_be_null and self.bounds(names[-1]).maximum:
            nulls = arrays[names[-1]].view(np.bool_)
        if not output.type.is_float:
            bounds = self.bounds(names[0])
        if output.is_wide and self.bounds(wide_name(names[1])) != Bounds(0, 0):
            high, upper = arrays[names[1]], self.bounds(names[1])
            bounds = Bounds(upper.minimum << 64, (upper.maximum << 64) + (1 << 64) - 1)
        column = HeldColumn(output.type, arrays[names[0]], nulls, high, output.domain)
        if bounds is not None:
            vars(column)["bounds"] = bounds
        return column

    def arranged(self, wanted: Collect) -> ArrangedRelation:
        """Begin to put the rows in their order, and return them."""
        rows, limit = self.outputs.count, wanted.limit
        if wanted.percent is not None:
            limit = int(rows * wanted.percent / 100)
        begin = min(rows, wanted.offset)
        count = rows - begin if limit is None else min(rows - begin, limit)
        shown = [output for output in self.sink.outputs if output.id >= 0]
        if not count:
            return ArrangedRelation(0, {o.id: o.held(o.empty()) for o in shown})
        names = [name for o in shown for name in self._read(self.column(o, self.arrays))]
        moved = self._moved(names, self._order(wanted.keys), begin, count)
        for array in moved.values():
            self.memory.keep(array)
        # Of buffers that say nothing the old ones stand for none.
        arrays = {**self.arrays, **moved}
        columns = {output.id: self.column(output, arrays) for output in shown}
        return ArrangedRelation(count, ResidentColumns(columns, self.memory))

    def _read(self, column: HeldColumn) -> list[str]:
        """Return the names of the buffers that a column of outputs reads."""
        held = {array.ctypes.data for array in column.arrays if array is not None}
        return [name for name in self.sink.buffer_names() if self.arrays[name].ctypes.data in held]

    def take_best(self, keys: Sequence[SortKey], count: int) -> None:
        """Let the first rows by `keys` be all the outputs, on the host."""
        best = self._moved(self.sink.buffer_names(), self._order(keys), 0, count)
        self.memory.pull(list(best.values()))
        worker = self.outputs.run.worker
        for name, array in best.items():
            np.asarray(worker[name])[:count] = array
        np.asarray(worker["counts"])[0] = self.known = count
        worker["begin"] = 0

    def _order(self, keys: Sequence[SortKey]) -> np.ndarray:
        """Begin to list the places of the rows in order; equal ones are in that of the source."""
        known = {output.id: output for output in self.sink.outputs}
        written = KeyWords()
        for place, key in enumerate(keys):
            written.column(self.column(known[-1 - place], self.arrays), key)
        written.rows(self.arrays[ROWS], self.bounds(ROWS))
        return written.order(self, self.outputs.count)

    def _moved(
        self, names: Sequence[str], places: np.ndarray, begin: int, count: int
    ) -> dict[str, np.ndarray]:
        """Begin to move rows of buffers to arrays of their own, and return them."""
        moved = {name: self.own(count, self.arrays[name].dtype) for name in names}
        pairs = [(self.arrays[name], array) for name, array in moved.items()]
        self.move(count, PLACES, [places, begin], pairs)
        return moved


def summary_texts(outputs: Sequence[Output]) -> dict[str, str]:
    """Return whose numbers are to be looked at: by name, their texts."""
    texts = {ROWS: f"{ROWS}[row]"}
    for output in outputs:
        names = [name for name, dtype in output.buffers if dtype.kind != "f"]
        texts |= {name: f"{name}[row]" for name in names}
        if output.is_wide:
            # Not 0 where a value needs its high word.
            texts[wide_name(names[1])] = f"{names[1]}[row] ^ ({names[0]}[row] >> 63)"
    return texts


def wide_name(high: str) -> str:
    """Return under which name it is looked at whether high words say anything."""
    return f"{high}_says"


def summary_program(
    texts: Sequence[str], names: Sequence[str], arguments: Sequence[np.ndarray]
) -> Program:
    """Return the kernel that finds the least and the greatest number of each text."""
    numbers = range(len(texts))
    opening = [f"least_{n} = {number_text(GREATEST)}" for n in numbers]
    opening += [f"greatest_{n} = {number_text(LEAST)}" for n in numbers]
    lines, closing = [], []
    for number, text in enumerate(texts):
        lines += [
            f"number_{number} = {text}",
            f"least_{number} = min(least_{number}, number_{number})",
            f"greatest_{number} = max(greatest_{number}, number_{number})",
        ]
        for place, word in ((2 * number, "least"), (2 * number + 1, "greatest")):
            test, change = ("<", "lowest") if word == "least" else (">", "highest")
            closing += [
                f"if {word}_{number} {test} peek(found, {place}):",
                f"    {change}(found, {place}, {word}_{number})",
            ]
    return row_program(
        names, arguments, lines, opening=opening, closing=closing, end="min(end, counts[0])"
    )
