"""A device that runs every kernel twice: as machine code, and as PTX on copies of the buffers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np

from gpudb.compiler.compiled import Bound, CompiledProgram
from gpudb.compiler.language import Program
from gpudb.compiler.ptx import compile_ptx, write_driver
from gpudb.devices.cpu import CpuDevice
from gpudb.devices.emulated.machine import Machine
from gpudb.kernels.survivors import WORKER_BUFFERS

if TYPE_CHECKING:
    from gpudb.compiler.compiled import Argument

# A store by hand: only words may write where many threads run.
_STORE = re.compile(r"^ +\w+\[[^\]]*\] [-+|]?= ", re.M)
SHAPES = ((1, 1), (1, 32), (7, 64), (132, 256))
WATCHED = (7, 64)


@dataclass
class Seen:
    """The kernels that ran: their text, and the shapes of the launches that were compared."""

    kernels: dict[Program, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    opcodes: set[str] = field(default_factory=set)


class ComparedDevice(CpuDevice):
    """Runs on one thread, so that the host's answer has one order."""

    def __init__(self, seen: Seen) -> None:
        super().__init__(1, "llvm", None)
        self.seen = seen

    def compile(self, program: Program) -> CompiledProgram:
        """Return the program in both forms."""
        return ComparedProgram(super().compile(program), self.seen)


def device_program(program: Program) -> Program:
    """Return the program as a GPU runs it: its driver deals the rows to all threads."""
    entry = program.entries[0]
    if "return rows(" not in program.text:
        return program
    text, driver = write_driver(entry.name, "rows", entry.parameters[2:])
    return Program(text, program.library, (driver,))


def may_share(program: Program) -> bool:
    """Return whether many threads may run the kernel's rows at once."""
    found = re.search(r"^def rows\(.*", program.library, re.M | re.S)
    return found is not None and not _STORE.search(found[0])


class ComparedProgram:
    """A program in machine code and in PTX."""

    from_cache = False
    compile_seconds = 0.0

    def __init__(self, native: CompiledProgram, seen: Seen) -> None:
        self.native = native
        self.program = native.program
        text = compile_ptx(device_program(self.program)).text
        self.module = Machine().load(text)
        self.watched = Machine(races=True).load(text)
        shared = may_share(self.program)
        self.shapes = SHAPES if shared else SHAPES[:1]
        seen.kernels[device_program(self.program)] = self.shapes
        for kernel in self.module.text.kernels.values():
            seen.opcodes |= set(re.findall(r"(?:^|;)\s*(?:@!?%\w+\s+)?([a-z]\w*)", kernel.body))

    def as_cached(self) -> ComparedProgram:
        """Return the same."""
        return self

    def call(self, entry_name: str, arguments: Sequence[Argument]) -> int:
        """Run and compare."""
        copies = [copies_of(arguments) for _ in self.shapes]
        result = self.native.call(entry_name, arguments)
        for number, ((grid, block), given) in enumerate(zip(self.shapes, copies, strict=True)):
            # Once with the check for races.
            module = self.watched if (grid, block) == WATCHED else self.module
            module.launch(entry_name, grid, block, given, seed=number)
            if result >= 0:
                # What lies behind a block's list of survivors is nobody's.
                names = [name for name, _ in self.program.entries[0].parameters]
                left = [n not in WORKER_BUFFERS for n in names]
                compare(list(compress(arguments, left)), list(compress(given, left)))
            else:
                compare_errors(arguments, given)
        return result

    def bind(self, entry_name: str, arguments: Sequence[Argument]) -> Bound:
        """Bind and compare."""
        return lambda first, end: self.call(entry_name, [first, end, *arguments])


def copies_of(arguments: Sequence[Argument]) -> list[Argument]:
    """Return the arguments with copies of the arrays; those that share memory still do."""
    copies: dict[int, np.ndarray] = {}
    found: list[Argument] = []
    for argument in arguments:
        if not isinstance(argument, np.ndarray):
            found.append(argument)
            continue
        copy = copies.setdefault(argument.ctypes.data, argument.copy())
        found.append(copy.view(argument.dtype))
    return found


def compare(wanted: Sequence[Argument], found: Sequence[Argument]) -> None:
    """Expect equal words, floats but for the order of their sums."""
    for left, right in zip(wanted, found, strict=True):
        if not isinstance(left, np.ndarray):
            continue
        assert isinstance(right, np.ndarray)
        bad = left.view(np.uint8) != right.view(np.uint8)
        if bad.any() and left.itemsize == 8:
            floats = left.view(np.float64), right.view(np.float64)
            np.testing.assert_allclose(*floats, rtol=1e-9)
        else:
            assert not bad.any()


def compare_errors(wanted: Sequence[Argument], found: Sequence[Argument]) -> None:
    """Expect an error of the same place in the text, though perhaps of another row."""
    left, right = wanted[2], found[2]
    assert isinstance(left, np.ndarray)
    assert isinstance(right, np.ndarray)
    assert left[0] == right[0] != 0
