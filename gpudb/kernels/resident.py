"""Arrays that are made on a GPU of what launches put out there, and kernels that move rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from gpudb.compiler.language import Entry, Program, ValueType
from gpudb.kernels import library
from gpudb.kernels.shared_builds import compiled_body
from gpudb.kernels.shared_library import count_segments, rank_segments, sink_row
from gpudb.kernels.writer import Argument, LanguageType, pointer_to
from gpudb.records import dataclass
from gpudb.sql.functions.registry import kernel_source

if TYPE_CHECKING:
    from gpudb.devices.device import Device

# A thread for each: each adds the sums of those before it.
MOST_SEGMENTS = 2048


@dataclass(frozen=True)
class Move:
    """How rows move: `place` is written in terms of the `names` of some arguments.

    It is where a row goes to, or, if `is_source`, where it comes from.
    """

    names: tuple[str, ...]
    place: str
    is_source: bool


# To the rank of its key; and from the places that are listed, of which the first `begin` are not
# wanted.
RANK = Move(("keys", "least", "bits", "ranks"), "find_rank(bits, ranks, keys[row] - least)", False)
PLACES = Move(("places", "begin"), "places[row + begin]", True)


class Resident:
    """What is on the device while something is made: given up by `stack` unless it is kept."""

    def __init__(self, device: Device, stack: ExitStack) -> None:
        assert device.memory is not None
        self.memory = device.memory
        self.device = device
        self.stack = stack

    def own(self, count: int, dtype: DTypeLike) -> np.ndarray:
        """Return an array with memory there, and nothing in it."""
        array = np.empty(count, dtype)
        self.memory.own(array)
        self.stack.callback(self._release, array)
        return array

    def _release(self, array: np.ndarray) -> None:
        if not self.memory.is_kept(array):
            self.memory.release(array)

    def launch(self, body: Callable[..., object], rows: int, *arguments: Argument) -> None:
        """Begin to run a function of the kernel language over `rows`."""
        uses = (library.find_rank, sink_row)
        compiled_body(self.device, body, arguments, uses).bind("main", arguments)(0, rows)

    def run(self, program: Program, rows: int, arguments: Sequence[Argument]) -> None:
        """Begin to run a program over `rows`."""
        self.device.compile(program).bind("main", arguments)(0, rows)

    def move(
        self,
        rows: int,
        move: Move,
        found: Sequence[Argument],
        pairs: Sequence[tuple[np.ndarray, np.ndarray]],
    ) -> None:
        """Begin to move rows of arrays to others, the first of each pair to the second."""
        if pairs:
            given = [*found, *(array for pair in pairs for array in pair)]
            names = [f"{kind}_{n}" for n in range(len(pairs)) for kind in ("source", "target")]
            lines = move_lines(move, len(pairs))
            uses = (library.find_rank,)
            self.run(row_program([*move.names, *names], given, lines, uses=uses), rows, given)


class Ranked(Resident):
    """What is made of the ranks of bits."""

    def __init__(self, device: Device, stack: ExitStack) -> None:
        super().__init__(device, stack)
        self.sums, self.found = self.own(MOST_SEGMENTS, np.int64), self.own(1, np.int64)

    def rank(self, bits: np.ndarray, ranks: np.ndarray) -> None:
        """Begin to count the bits set before each word, and all of them."""
        words = len(bits)
        segments, size = segmented(words)
        self.launch(count_segments, segments, bits, words, size, self.sums)
        self.launch(rank_segments, segments, bits, words, size, self.sums, ranks, self.found)


def segmented(items: int) -> tuple[int, int]:
    """Return in how many segments to cut items, and how long each is."""
    segments = min(MOST_SEGMENTS, items)
    return segments, -(-items // segments)


def move_lines(move: Move, pairs: int) -> list[str]:
    """Return what is done for each row to move it."""
    text = "target_{0}[row] = source_{0}[place]"
    if not move.is_source:
        text = "target_{0}[place] = source_{0}[row]"
    return [f"place = {move.place}", *(text.format(pair) for pair in range(pairs))]


def row_program(
    names: Sequence[str],
    arguments: Sequence[Argument],
    lines: Sequence[str],
    *,
    uses: Sequence[Callable[..., object]] = (),
    opening: Sequence[str] = (),
    closing: Sequence[str] = (),
    end: str = "end",
) -> Program:
    """Return the kernel `main` whose threads take `lines` for each row up to `end`.

    Each has the `opening` before, and the `closing` behind its rows.
    """
    text = (
        f"def main(first, end, {', '.join(names)}):",
        *(f"    {line}" for line in opening),
        f"    for row in range(first + thread_index(), {end}, thread_count()):",
        *(f"        {line}" for line in lines),
        *(f"    {line}" for line in closing),
        "",
    )
    index = (("first", ValueType.INT), ("end", ValueType.INT))
    kinds = map(kind_of, arguments)
    entry = Entry("main", (*index, *zip(names, kinds, strict=True)))
    return Program("\n".join(text), "\n\n".join(map(kernel_source, uses)), (entry,))


def kind_of(argument: Argument) -> LanguageType:
    """Return the type of an array or of a whole number, as kernels see it."""
    return pointer_to(argument.dtype) if isinstance(argument, np.ndarray) else ValueType.INT
