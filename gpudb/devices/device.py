"""What the engine asks of a device: compile a program, and run morsels of it to the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import Program
from gpudb.errors import QueryCancelled


@dataclass(frozen=True, slots=True)
class Morsel:
    """Rows `first` to `end` of a chunk; `order` is the morsel's place among all."""

    order: int
    chunk: int
    first: int
    end: int


RunMorsel = Callable[[Morsel], None]


class Device(Protocol):
    """A place where kernels run.

    `kind` is what storage lays columns out for ("cpu" or "cuda"); `workers` is how many partial
    results there are. On a device that `is_shared`, the rows of a launch are dealt to many threads,
    at most `threads`, which all change one worker's memory.
    """

    name: str
    kind: str
    workers: int
    is_shared: bool
    threads: int

    def compile(self, program: Program) -> CompiledProgram:
        """Return `program` ready to run here."""
        ...

    def run(
        self,
        morsels: Sequence[Morsel],
        make_worker: Callable[[], RunMorsel],
        cancel: threading.Event,
    ) -> None:
        """Run every morsel on some worker; raises the first worker's error, or QueryCancelled."""
        ...

    def close(self) -> None:
        """Free what the device holds."""
        ...


def check_cancel(cancel: threading.Event) -> None:
    """Raise QueryCancelled if `cancel` is set."""
    if cancel.is_set():
        raise QueryCancelled("the query was cancelled")
