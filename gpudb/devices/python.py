"""The reference device: the kernel's text run by Python itself, the oracle of every kernel test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import Program
from gpudb.compiler.reference import compile_program
from gpudb.devices.cpu import drain
from gpudb.devices.device import Device, Morsel, RunMorsel


class PythonDevice:
    """Runs morsels one after the other.

    On two workers in turn so that partial results are merged.
    """

    name = "python"
    kind = "cpu"
    workers = 2
    is_shared = False
    threads = 1
    blocks = 1
    cache_bytes = 0
    memory = None
    primitives = None

    def compile(self, program: Program) -> CompiledProgram:
        """Return `program` as Python functions."""
        return compile_program(program)

    @property
    def parts(self) -> Sequence[Device]:
        """Itself."""
        return (self,)

    def in_order(self, compiled: CompiledProgram) -> CompiledProgram:
        """Return the program: every call is by one thread."""
        return compiled

    def run(
        self,
        morsels: Sequence[Morsel],
        make_worker: Callable[[], RunMorsel],
        cancel: threading.Event,
    ) -> None:
        """Run every other morsel on each of two workers."""
        for begin in range(min(2, max(1, len(morsels)))):
            drain(iter(morsels[begin::2]), make_worker(), cancel, threading.Lock())

    def close(self) -> None:
        """Nothing to free."""
