"""Machine code that counts the instructions which it executes, for one CPU, wherever it runs.

    program -> LLVM, for CPU -> text of the machine code -> counters added -> object code -> run

LLVM's text is cut into runs of instructions that are executed together; each adds its length to a
counter before it begins. What is counted is what would be executed without the counters, in the
kernels themselves: the C library's functions that they call count as one instruction. No tool
beside LLVM is needed, and a second run counts the same.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from unittest.mock import patch

import numpy as np

from gpudb.compiler.compiled import Bound
from gpudb.compiler.language import Program
from gpudb.compiler.machine_code import (
    NativeProgram,
    ObjectCode,
    Phases,
    assemble,
    compile_text,
    load_object,
)
from gpudb.compiler.target import Target, find_target
from gpudb.devices.cpu import CpuDevice

if TYPE_CHECKING:
    from gpudb.compiler.compiled import Argument

# What servers have had since 2013 (AVX2): kernels of this level tell most of what SIMD does.
CPU = "x86-64-v3"
ARCHITECTURE, FEATURE = "x86_64", "+avx2"
# They change neither flags nor registers, nor the 128 bytes below the stack that belong to leaves.
BEFORE = ("leaq -128(%rsp), %rsp", "pushfq", "pushq %rax")
AFTER = ("popq %rax", "popfq", "leaq 128(%rsp), %rsp")
ENDS = ("j", "ret", "ud2")


def unsupported() -> str | None:
    """Return why kernels for CPU cannot run here, or None."""
    if platform.machine() != ARCHITECTURE:
        return f"instructions are counted on {ARCHITECTURE} only, not on {platform.machine()}"
    if FEATURE not in find_target().features.split(","):
        return f"instructions are counted for {CPU}, and this processor lacks AVX2"
    return None


def add_counters(text: str, counter: int) -> str:
    """Return a text of machine code that adds to the 64-bit counter at an address."""
    lines: list[str] = []
    run: list[str] = []
    for line in text.split("\n"):
        word = line.strip()
        is_instruction = bool(word) and word[0] not in ".#" and not word.endswith(":")
        if is_instruction:
            run.append(line)
        if not is_instruction or word.startswith(ENDS):
            lines += [*counting(len(run), counter), *run]
            run.clear()
        if not is_instruction:
            lines.append(line)
    return "\n".join([*lines, *counting(len(run), counter), *run])


def counting(instructions: int, counter: int) -> Sequence[str]:
    """Return the instructions that count some others."""
    if not instructions:
        return ()
    add = (f"movabsq ${counter}, %rax", f"addq ${instructions}, (%rax)")
    return [f"\t{line}" for line in (*BEFORE, *add, *AFTER)]


@dataclass
class Count:
    """What a kernel's calls have cost so far; rows are those of the calls' ranges."""

    calls: int = 0
    rows: int = 0
    instructions: int = 0

    @property
    def per_row(self) -> float:
        """The instructions of a row."""
        return self.instructions / max(1, self.rows)


@dataclass(frozen=True, eq=False)
class CountedProgram:
    """A program whose calls are counted, one thread at a time."""

    native: NativeProgram
    counter: np.ndarray
    count: Count
    from_cache: bool = False

    @property
    def program(self) -> Program:
        """The source."""
        return self.native.program

    @property
    def compile_seconds(self) -> float:
        """Not of interest here."""
        return 0.0

    def as_cached(self) -> Self:
        """Return the same."""
        return self

    def call(self, entry_name: str, arguments: Sequence[Argument]) -> int:
        """Run an entry; its first two arguments are the range of its rows."""
        first, end = arguments[:2]
        before = int(self.counter[0])
        result = self.native.call(entry_name, arguments)
        self._note(before, int(end) - int(first))
        return result

    def bind(self, entry_name: str, arguments: Sequence[Argument]) -> Bound:
        """Fix all arguments but the first two."""
        bound = self.native.bind(entry_name, arguments)

        def run(first: int, end: int) -> int:
            before = int(self.counter[0])
            result = bound(first, end)
            self._note(before, end - first)
            return result

        return run

    def _note(self, before: int, rows: int) -> None:
        self.count.calls += 1
        self.count.rows += rows
        self.count.instructions += int(self.counter[0]) - before


class CountedDevice(CpuDevice):
    """The cpu, one thread, with kernels for CPU that count; `counts` has all of them."""

    def __init__(self) -> None:
        super().__init__(workers=1)
        self.counts: dict[Program, Count] = {}
        self._target = Target(find_target().triple, CPU, "")
        self._counter = np.zeros(1, np.int64)
        self._programs: dict[Program, CountedProgram] = {}

    def compile(self, program: Program) -> CountedProgram:
        """Return a program that counts."""
        if program not in self._programs:
            text = add_counters(compile_text(program, self._target), self._counter.ctypes.data)
            code = ObjectCode("", assemble(text, self._target))
            native = load_object(program, code, Phases(), from_cache=False)
            count = self.counts[program] = Count()
            self._programs[program] = CountedProgram(native, self._counter, count)
        return self._programs[program]

    def reset(self) -> None:
        """Begin to count anew."""
        for count in self.counts.values():
            count.calls = count.rows = count.instructions = 0


@contextmanager
def counted_device() -> Iterator[CountedDevice]:
    """Let sessions that open their device meanwhile have one that counts."""
    device = CountedDevice()
    with patch("gpudb.session.open_device", return_value=device):
        yield device
