"""The CPU: machine code by our compiler (or Numba), morsels dealt to threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path

from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import Program
from gpudb.devices.device import Device, Morsel, RunMorsel, check_cancel
from gpudb.errors import QueryCancelled
from gpudb.records import replace

# A thread that waits for others looks at this interval whether it was interrupted.
POLL_SECONDS = 0.05
# What one thread does in less than another takes to wake up: a morsel, wherever its rows lie.
FEW_ROWS = 16_384


class CpuDevice:
    """Runs morsels on `workers` threads; `compiler` is "llvm" or "numba".

    With a `quick_start`, kernels that allow it run before their code is as good as it gets.
    """

    name = "cpu"
    kind = "cpu"
    is_shared = False
    threads = 1
    blocks = 1
    cache_bytes = 0
    memory = None
    primitives = None

    def __init__(
        self,
        workers: int,
        compiler: str = "llvm",
        cache: Path | None = None,
        cache_limit_bytes: int = 1 << 28,
        *,
        quick_start: bool = False,
    ) -> None:
        self.workers = workers
        self.compiler = compiler
        self.cache = cache
        self.cache_limit_bytes = cache_limit_bytes
        self.quick_start = quick_start
        self._pool: ThreadPoolExecutor | None = None

    def compile(self, program: Program) -> CompiledProgram:
        """Return `program` as machine code."""
        if self.compiler == "numba":
            from gpudb.compiler.numba import compile_program as compile_numba

            return compile_numba(program)
        from gpudb.compiler.native import compile_program

        if not self.quick_start:
            program = replace(program, soon=False)
        return compile_program(program, self.cache, limit_bytes=self.cache_limit_bytes)

    @property
    def parts(self) -> Sequence[Device]:
        """Itself: its workers share a memory."""
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
        """Deal the morsels to the workers in order; one worker runs in the calling thread.

        So nobody waits for a thread to wake up for what is done by then.
        """
        queue = iter(morsels)
        lock = threading.Lock()
        if self.workers == 1 or are_brief(morsels):
            drain(queue, make_worker(), cancel, lock)
            return
        stop = threading.Event()
        either = Either(cancel, stop)
        runs = [make_worker() for _ in range(min(self.workers, len(morsels)))]
        others = [
            self._threads().submit(drain_or_stop, queue, run, either, lock, stop)
            for run in runs[1:]
        ]
        try:
            drain_or_stop(queue, runs[0], either, lock, stop)
            # Those that have not begun have nothing left to do.
            wait_for([other for other in others if not other.cancel()])
        except QueryCancelled:
            check_cancel(cancel)
            # It was stopped by what another one met.
            raise first_error(others) from None
        finally:
            wait([other for other in others if not other.cancelled()])
        check_cancel(cancel)

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="gpudb")
        return self._pool

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()


def are_brief(morsels: Sequence[Morsel]) -> bool:
    """Whether another thread would wake up too late to be of use.

    Where a chunk is cut into pieces of fewer rows, these are known to take long.
    """
    if len({morsel.chunk for morsel in morsels}) < len(morsels):
        return False
    return len(morsels) <= 1 or sum(m.end - m.first for m in morsels) <= FEW_ROWS


def wait_for(futures: Sequence[Future[None]]) -> None:
    """Wait for all, or raise the first error that comes."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=POLL_SECONDS, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()


def first_error(futures: Sequence[Future[None]]) -> BaseException:
    """Return the error for which the others were stopped, once all have ended."""
    begun = [future for future in futures if not future.cancel()]
    wait(begun)
    errors = (future.exception() for future in begun)
    return next(e for e in errors if e is not None and not isinstance(e, QueryCancelled))


class Either(threading.Event):
    """Set when one of two events is."""

    def __init__(self, first: threading.Event, second: threading.Event) -> None:
        super().__init__()
        self._events = (first, second)

    def is_set(self) -> bool:
        """Return whether one of the events is set."""
        return any(event.is_set() for event in self._events)


def drain_or_stop(
    queue: object,
    run: RunMorsel,
    cancel: threading.Event,
    lock: threading.Lock,
    stop: threading.Event,
) -> None:
    """Run morsels as `drain` does; an error stops the others."""
    try:
        drain(queue, run, cancel, lock)
    except BaseException:
        stop.set()
        raise


def drain(queue: object, run: RunMorsel, cancel: threading.Event, lock: threading.Lock) -> None:
    """Run morsels from the shared queue until there are none, or `cancel` is set."""
    while True:
        check_cancel(cancel)
        with lock:
            morsel = next(queue, None)  # type: ignore[call-overload]
        if morsel is None:
            return
        run(morsel)
