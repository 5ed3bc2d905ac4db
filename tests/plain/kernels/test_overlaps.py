"""No kernel writes a buffer that overlaps another one of the same call, but through a View.

Machine code assumes it; Python, which runs these kernels, would not notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

import gpudb
from gpudb.compiler.check import check
from gpudb.compiler.compiled import Bound, find_entry, ranged
from gpudb.compiler.language import Pointer, Program, ValueType, View
from gpudb.compiler.reference import ReferenceProgram
from gpudb.compiler.written import find_written
from tests.plain.engine.scripts import SCRIPTS, answers, read_script

if TYPE_CHECKING:
    from gpudb.compiler.compiled import Argument

READ = ("aggregates", "bands", "frames", "groups", "order", "quantiles")
Parameters = Sequence[tuple[str, ValueType | Pointer]]


def find_overlap(
    parameters: Parameters, arguments: Sequence[object], written: frozenset[str]
) -> str | None:
    """Return the names of two overlapping buffers, one of them written, or None."""
    ranges = []
    for (name, kind), argument in zip(parameters, arguments, strict=True):
        if isinstance(kind, Pointer) and not isinstance(kind, View):
            assert isinstance(argument, np.ndarray)
            begin = argument.__array_interface__["data"][0]
            if argument.nbytes:
                ranges.append((begin, begin + argument.nbytes, name))
    for (_, end, name), (begin, _, other) in pairwise(sorted(ranges)):
        if begin < end and {name, other} & written:
            return f"{name} and {other}"
    return None


@pytest.mark.parametrize("name", READ)
def test_buffers_that_are_written_overlap_no_other(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: dict[Program, dict[str, frozenset[str]]] = {}
    checked = []

    def look(program: Program, entry: str, parameters: Parameters, arguments: list[object]) -> None:
        if program not in written:
            functions = [f for f in check(program) if f.is_entry]
            written[program] = {f.name: find_written(f) for f in functions}
        assert find_overlap(parameters, arguments, written[program][entry]) is None, program.text
        checked.append(entry)

    bind, call = ReferenceProgram.bind, ReferenceProgram.call

    def checked_bind(self: ReferenceProgram, entry: str, arguments: list[Argument]) -> Bound:
        look(self.program, entry, ranged(find_entry(self.program, entry)), [*arguments])
        return bind(self, entry, arguments)

    def checked_call(self: ReferenceProgram, entry: str, arguments: list[Argument]) -> int:
        look(self.program, entry, find_entry(self.program, entry).parameters, [*arguments])
        return call(self, entry, arguments)

    monkeypatch.setattr(ReferenceProgram, "bind", checked_bind)
    monkeypatch.setattr(ReferenceProgram, "call", checked_call)
    with gpudb.connect(device="python") as connection:
        list(answers(read_script(SCRIPTS / f"{name}.sql"), connection))
    assert checked


def test_an_overlap_is_found() -> None:
    array = np.zeros(4, np.int64)
    ints = [(name, Pointer("int64")) for name in "ab"]
    assert find_overlap(ints, [array[:3], array[2:]], frozenset("b")) == "a and b"
    assert find_overlap(ints, [array[:3], array[2:]], frozenset()) is None
    assert find_overlap(ints, [array[:2], array[2:]], frozenset("b")) is None
