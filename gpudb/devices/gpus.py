"""Several GPUs as one device: chunks are dealt round, the host merges what each leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import Program
from gpudb.devices.cpu import Either, drain, wait_for
from gpudb.devices.device import Morsel, Primitives, RunMorsel, check_cancel
from gpudb.devices.gpu import GpuDevice

if TYPE_CHECKING:
    from gpudb.devices.memory import GpuMemory

# Groups are never dealt to partitions: those lie in one GPU's memory.
ENDLESS_CACHE = 1 << 62


class GpusDevice:
    """Runs each chunk's launches on one of `parts`, each by a thread of the host."""

    kind = "cuda"
    is_shared = True

    def __init__(self, parts: Sequence[GpuDevice]) -> None:
        self.parts: Sequence[GpuDevice] = tuple(parts)
        first = self.parts[0]
        self.name = first.name
        self.workers = len(self.parts)
        self.threads, self.blocks = first.threads, first.blocks
        self.cache_bytes = ENDLESS_CACHE

    @property
    def memory(self) -> GpuMemory:
        """The first GPU's memory; each part has its own."""
        return self.parts[0].memory

    @property
    def primitives(self) -> Primitives:
        """The first GPU's: what is sorted lies in the host's memory."""
        return self.parts[0].primitives

    def compile(self, program: Program) -> CompiledProgram:
        """Return `program` as a module of the first GPU; the others' workers ask their parts."""
        return self.parts[0].compile(program)

    def in_order(self, compiled: CompiledProgram) -> CompiledProgram:
        """Return the program in launches of one thread."""
        return self.parts[0].in_order(compiled)

    def run(
        self,
        morsels: Sequence[Morsel],
        make_worker: Callable[[], RunMorsel],
        cancel: threading.Event,
    ) -> None:
        """Launch each GPU's morsels one after the other; the first worker is the first part's."""
        dealt = [[m for m in morsels if m.chunk % self.workers == n] for n in range(self.workers)]
        while len(dealt) > 1 and not dealt[-1]:
            dealt.pop()
        stop = threading.Event()
        either = Either(cancel, stop)
        with ThreadPoolExecutor(len(dealt), thread_name_prefix="gpudb") as pool:
            futures = [
                pool.submit(drain, iter(part), make_worker(), either, threading.Lock())
                for part in dealt
            ]
            try:
                wait_for(futures)
            finally:
                stop.set()
                wait(futures)
                # An error's frames hold this one, which would hold the error: and GPU memory.
                futures.clear()
        check_cancel(cancel)

    def close(self) -> None:
        """Nothing to free, as for one GPU."""
