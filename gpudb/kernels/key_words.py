"""Sort keys as words that a kernel writes, in the order of what `kernels.sorting` makes of arrays.

Keys whose ranges allow are packed into one word of 62 bits, so that one sort does.
"""

from __future__ import annotations

import numpy as np

from gpudb.compiler.language import Program
from gpudb.kernels import library
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.resident import Resident, row_program
from gpudb.kernels.sinks.operations import GREATEST, LEAST, number_text
from gpudb.kernels.writer import Argument
from gpudb.records import dataclass
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import SortKey

MOST_PACKED = 1 << 62
ALL = Bounds(LEAST, GREATEST)


@dataclass(frozen=True)
class Part:
    """A number to sort by, the name of its variable, and what it lies between."""

    name: str
    bounds: Bounds

    @property
    def size(self) -> int:
        """How many numbers there can be."""
        return self.bounds.maximum - self.bounds.minimum + 1


class KeyWords:
    """The text of a kernel that writes words of keys, the most significant first, in the making."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._arguments: list[Argument] = []
        self._lines: list[str] = []
        self._parts: list[Part] = []

    def column(self, column: HeldColumn, key: SortKey) -> None:
        """Sort by the values of a column, whose arrays are on the device."""
        missing = None
        if column.nulls is not None:
            missing = self._argument("nulls", column.nulls)
            self.part(f"1 - {missing}[row]" if key.is_nulls_first else f"{missing}[row]", 0, 1)
        for text, bounds in self._texts(column):
            least, greatest = bounds.minimum, bounds.maximum
            if key.is_descending:
                self.part(f"~({text})", ~greatest, ~least, missing)
            else:
                self.part(text, least, greatest, missing)

    def part(self, text: str, least: int, greatest: int, missing: str | None = None) -> None:
        """Sort by a number; where a byte of `missing` is set it does not matter."""
        part = Part(f"part_{len(self._parts)}", Bounds(least, greatest))
        self._parts.append(part)
        if missing is None:
            self._lines.append(f"{part.name} = {text}")
            return
        self._lines += [
            f"{part.name} = {self._argument('least', least)}",
            f"if {missing}[row] == 0:",
            f"    {part.name} = {text}",
        ]

    def rows(self, numbers: np.ndarray, bounds: Bounds) -> None:
        """Sort by the numbers of rows."""
        self.part(f"{self._argument('numbers', numbers)}[row]", bounds.minimum, bounds.maximum)

    def _argument(self, wanted: str, value: Argument) -> str:
        name = f"{wanted}_{len(self._names)}"
        self._names.append(name)
        self._arguments.append(value)
        return name

    def _texts(self, column: HeldColumn) -> list[tuple[str, Bounds]]:
        """Return the numbers of a value, as `sorting.key_parts` makes them."""
        domain, values = column.domain, self._argument("values", column.values)
        if domain is not None:
            if not len(domain):
                return [("0", Bounds(0, 0))]
            ranks = self._argument("ranks", domain.ranks)
            return [(f"{ranks}[{values}[row]]", Bounds(0, len(domain) - 1))]
        if column.type.is_float:
            return [(f"float_order({values}[row])", ALL)]
        bounds = column.bounds
        assert bounds is not None
        if column.high is None:
            return [(f"{values}[row]", bounds)]
        high = self._argument("high", column.high)
        upper = Bounds(bounds.minimum >> 64, bounds.maximum >> 64)
        # The low words without a sign, as signed numbers.
        return [(f"{high}[row]", upper), (f"{values}[row] ^ ({number_text(LEAST)})", ALL)]

    def order(self, resident: Resident, rows: int) -> np.ndarray:
        """Begin to list the places of so many rows in order: int64, on the device."""
        texts = self._words()
        words = [resident.own(rows, np.int64) for _ in texts]
        program, given = self._program(texts, words)
        resident.run(program, rows, given)
        places = resident.own(rows, np.int64)
        assert resident.device.primitives is not None
        resident.device.primitives.order_there(words, places)
        return places

    def _words(self) -> list[str]:
        """Return the texts of the words, which take arguments more."""
        texts: list[str] = []
        room = MOST_PACKED
        for part in self._parts:
            if part.size >= MOST_PACKED:
                texts.append(part.name)
                room = MOST_PACKED
                continue
            offset = f"({part.name} - {self._argument('least', part.bounds.minimum)})"
            if room * part.size >= MOST_PACKED:
                texts.append(offset)
                room = part.size
            elif part.size > 1:
                size = self._argument("size", part.size)
                texts[-1] = f"({texts[-1]}) * {size} + {offset}"
                room *= part.size
        return texts

    def _program(self, texts: list[str], words: list[np.ndarray]) -> tuple[Program, list[Argument]]:
        """Return the kernel that writes the words, and its arguments."""
        names = [f"words_{number}" for number in range(len(words))]
        lines = [f"{name}[row] = {text}" for name, text in zip(names, texts, strict=True)]
        arguments = [*self._arguments, *words]
        uses = (library.float_word, library.float_order)
        program = row_program([*self._names, *names], arguments, [*self._lines, *lines], uses=uses)
        return program, arguments
