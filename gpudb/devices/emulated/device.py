"""The emulated GPU as a device of queries: every morsel is a launch of the PTX that a GPU loads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from gpudb.compiler.compiled import Bound, CompiledProgram
from gpudb.compiler.language import Program
from gpudb.compiler.memory import Memory
from gpudb.compiler.ptx import compile_ptx
from gpudb.devices.cpu import drain
from gpudb.devices.device import Morsel, RunMorsel
from gpudb.devices.emulated.machine import Machine, Module

if TYPE_CHECKING:
    from gpudb.compiler.compiled import Argument


@dataclass(frozen=True, slots=True)
class LaunchShape:
    """Blocks, threads of each, and in which order they run: None is one after the other."""

    grid: int
    block: int
    seed: int | None = None


class EmulatedDevice:
    """Runs launches of `grid` blocks of `block` threads.

    With a `seed` the threads run in random orders; with `races` conflicts between them are found,
    which takes much longer.
    """

    name = "emulated"
    kind = "cuda"
    workers = 1
    is_shared = True

    def __init__(
        self, grid: int, block: int, *, seed: int | None = None, races: bool = False
    ) -> None:
        self.shape = LaunchShape(grid, block, seed)
        self.races = races
        self.threads = grid * block

    def compile(self, program: Program) -> CompiledProgram:
        """Return `program` as PTX in the machine."""
        return replace(loaded(self.races).compile_program(program), shape=self.shape)

    def run(
        self,
        morsels: Sequence[Morsel],
        make_worker: Callable[[], RunMorsel],
        cancel: threading.Event,
    ) -> None:
        """Launch the morsels one after the other."""
        drain(iter(morsels), make_worker(), cancel, threading.Lock())

    def close(self) -> None:
        """Nothing to free."""


@dataclass(frozen=True, eq=False)
class EmulatedProgram:
    """A program's module; calls are launches, whose results are what they leave in memory."""

    program: Program
    module: Module
    compile_seconds: float
    shape: LaunchShape = LaunchShape(1, 1)
    from_cache: bool = False

    def as_cached(self) -> EmulatedProgram:
        """Return the same code as it costs from now on."""
        return replace(self, compile_seconds=0.0, from_cache=True)

    def call(self, entry_name: str, arguments: Sequence[Argument]) -> int:
        """Launch an entry; a launch returns nothing, which is 0."""
        shape = self.shape
        self.module.launch(entry_name, shape.grid, shape.block, arguments, seed=shape.seed)
        return 0

    def bind(self, entry_name: str, arguments: Sequence[Argument]) -> Bound:
        """Fix all arguments but the first two."""
        return lambda first, end: self.call(entry_name, [first, end, *arguments])


@lru_cache(maxsize=2)
def loaded(races: bool) -> Memory[EmulatedProgram]:
    """Return the programs that machines of this process have loaded; they check what they run."""
    machine = Machine(races=races, optimize=False)

    def load(program: Program) -> EmulatedProgram:
        started = time.perf_counter()
        module = machine.load(compile_ptx(program).text)
        for entry in module.entries:
            module.kernel(entry)
        return EmulatedProgram(program, module, time.perf_counter() - started)

    return Memory(load)
