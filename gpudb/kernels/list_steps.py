"""UNNEST as text: a loop over the places of a row's arrays."""

from __future__ import annotations

from contextlib import ExitStack

from gpudb.kernels.list_reads import ArrayPlace, Write, array_place
from gpudb.kernels.scope import Scope
from gpudb.kernels.values import INT, Value
from gpudb.kernels.writer import Writer
from gpudb.records import dataclass
from gpudb.sql.bounds import Bounds
from gpudb.sql.pipeline import Unnest


def write_unnest(step: Unnest, scope: Scope, loops: ExitStack, write: Write) -> None:
    """Write the head of the loop, which is left open in `loops`, and how its fields are read."""
    writer = scope.writer
    places = [array_place(array, scope, write) for array in step.arrays]
    sizes = [writer.assign("size", f"{p.end} - {p.begin}") for p in places]
    longest = sizes[0]
    for size in sizes[1:]:
        longest = writer.assign("longest", f"max({longest}, {size})")
    rounds = writer.assign("rounds", f"max({longest}, 1)") if step.is_outer else longest
    number = writer.name("number")
    loops.enter_context(writer.block(f"for {number} in range(0, {rounds}):"))
    may_miss = step.is_outer or len(places) > 1
    for place, size, added in zip(places, sizes, step.added, strict=False):
        scope.add({added.id: ElementReader(place, number, size if may_miss else None)})
    if len(step.added) > len(places):
        missing = f"({number} >= {longest})" if step.is_outer else None
        scope.add({step.added[-1].id: NumberReader(number, missing)})


@dataclass(frozen=True)
class ElementReader:
    """Reads the element at a place; where `size` is given, it is NULL from there on."""

    array: ArrayPlace
    number: str
    size: str | None
    bounds: Bounds | None = None

    def read(self, writer: Writer) -> Value:
        """Write the reading."""
        elements = self.array.elements
        place = writer.assign("place", f"{self.array.begin} + {self.number}")
        if self.size is None:
            return elements.read(place, writer)
        return elements.read_where(f"{self.number} < {self.size}", place, writer)


@dataclass(frozen=True)
class NumberReader:
    """Reads the number of a place, from 1."""

    number: str
    missing: str | None
    bounds: Bounds | None = None

    def read(self, writer: Writer) -> Value:
        """Return it."""
        return Value(INT, f"({self.number} + 1)", self.missing)
