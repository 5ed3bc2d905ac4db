"""Keeps the programs that a back end has compiled in this process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import Program

Compiled = TypeVar("Compiled", bound=CompiledProgram)


class Memory(Generic[Compiled]):
    """The programs that a back end has compiled here; the least recently used go first."""

    def __init__(self, compile_program: Callable[[Program], Compiled], *, limit: int = 512) -> None:
        self._compile = compile_program
        self._limit = limit
        self._programs: OrderedDict[Program, Compiled] = OrderedDict()
        self._lock = threading.Lock()

    def compile_program(self, program: Program) -> Compiled:
        """Return the compiled program; of several threads that ask for it, one compiles."""
        with self._lock:
            found = self._programs.get(program)
            if found is not None:
                self._programs.move_to_end(program)
                return found.as_cached()
            compiled = self._compile(program)
            self._programs[program] = compiled
            if len(self._programs) > self._limit:
                self._programs.popitem(last=False)
            return compiled

    def programs(self) -> tuple[Program, ...]:
        """Return the programs that are kept, the least recently used first."""
        with self._lock:
            return tuple(self._programs)

    def __len__(self) -> int:
        return len(self._programs)
