"""The CPU: machine code by our compiler (or Numba), morsels dealt to threads."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Protocol, cast

from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import Program
from gpudb.devices.device import Device, Morsel, RunMorsel, check_cancel
from gpudb.devices.threads import Threads, current_core
from gpudb.errors import QueryCancelled
from gpudb.records import replace

# A thread that waits for others looks at this interval whether it was interrupted.
POLL_SECONDS = 0.05
# What one thread does in less than another takes to wake up: a morsel, wherever its rows lie.
FEW_ROWS = 16_384
# Of more rows than these a worker does not find out how long all will take before others wake up,
# which takes so long where their cores are idle.
ASKED_ROWS = 1 << 21
WAKING_SECONDS = 150e-6
# A worker takes so many's part of its fair share at once.
SHARES = 2


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
        self._threads = Threads("gpudb-worker")

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
        queue, own = Dealt(morsels, self.workers), make_worker()
        if self.workers == 1 or are_brief(morsels):
            drain_dealt(queue, own, cancel)
            return
        begun, seconds = begin(queue, own)
        if seconds < WAKING_SECONDS:
            for morsel in joined((*begun, *queue.take_rest())):
                check_cancel(cancel)
                own(morsel)
            return
        stop = threading.Event()
        either = Either(cancel, stop)
        runs = [make_worker() for _ in range(1, min(self.workers, len(morsels)))]
        busy = {current_core()}
        others = [
            self._threads.submit(partial(drain_or_stop, queue, run, either, stop), busy)
            for run in runs
        ]
        try:
            drain_or_stop(queue, own, either, stop, begun)
            # Those that have not begun have nothing left to do.
            wait_for([other for other in others if not other.cancel()])
        except QueryCancelled:
            check_cancel(cancel)
            # It was stopped by what another one met.
            raise first_error(others) from None
        finally:
            wait([other for other in others if not other.cancelled()])
            # An error's frames hold this one, which would hold the error.
            others.clear()
        check_cancel(cancel)

    def close(self) -> None:
        """Stop the threads."""
        self._threads.close()


def are_brief(morsels: Sequence[Morsel]) -> bool:
    """Whether another thread would wake up too late to be of use.

    Where a chunk is cut into pieces of fewer rows, these are known to take long.
    """
    if len({morsel.chunk for morsel in morsels}) < len(morsels):
        return False
    return len(morsels) <= 1 or sum(m.end - m.first for m in morsels) <= FEW_ROWS


def begin(queue: Dealt, run: RunMorsel) -> tuple[Sequence[Morsel], float]:
    """Let a worker that runs several morsels run its first rows; return what is left of one.

    And how many seconds all morsels that are left would take it; of many rows it is not asked.
    """
    several = find_several(run)
    if several is None or not FEW_ROWS < queue.rows <= ASKED_ROWS:
        return (), math.inf
    (first,) = queue.take(0)
    middle = min(first.end, first.first + FEW_ROWS)
    seconds = several.timed(replace(first, end=middle)) / (middle - first.first)
    left = (replace(first, first=middle),) if middle < first.end else ()
    return left, seconds * (queue.rows - FEW_ROWS)


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


class RunSeveral(Protocol):
    """A worker that runs morsels that follow one another at less than the cost of each."""

    # How many rows they may have in all.
    most_rows: int

    def run_some(self, morsels: Sequence[Morsel]) -> None:
        """Run morsels that follow one another to their ends."""
        ...

    def timed(self, morsel: Morsel) -> float:
        """Run a morsel, and return how many seconds as many rows more will take."""
        ...


def find_several(run: RunMorsel) -> RunSeveral | None:
    """Return a worker as one that runs several morsels at once, if it is one."""
    return cast("RunSeveral", run) if hasattr(run, "run_some") else None


class Dealt:
    """Morsels on their way to workers, in order."""

    def __init__(self, morsels: Sequence[Morsel], workers: int) -> None:
        self._morsels = morsels
        self._workers = workers
        self.rows = sum(morsel.end - morsel.first for morsel in morsels)
        self._next = 0
        self._lock = threading.Lock()

    def take(self, most_rows: int) -> Sequence[Morsel]:
        """Take the next morsel, or some with so many rows together: fewer the fewer are left.

        So workers that begin late, or are interrupted, find something to do, and all end at once.
        """
        with self._lock:
            first = self._next
            left = len(self._morsels) - first
            count = left // (SHARES * self._workers) if most_rows else 0
            rows = accumulate(m.end - m.first for m in self._morsels[first : first + count])
            self._next = first + max(1, sum(so_far <= most_rows for so_far in rows))
            return self._morsels[first : self._next]

    def take_rest(self) -> Sequence[Morsel]:
        """Take all that are left."""
        with self._lock:
            first, self._next = self._next, len(self._morsels)
            return self._morsels[first:]


def joined(morsels: Sequence[Morsel]) -> list[Morsel]:
    """Return morsels as few: those that follow one another in a chunk are one, with its order."""
    found: list[Morsel] = []
    for morsel in morsels:
        if found and found[-1].chunk == morsel.chunk and found[-1].end == morsel.first:
            found[-1] = replace(found[-1], end=morsel.end)
        else:
            found.append(morsel)
    return found


def drain_or_stop(
    queue: Dealt,
    run: RunMorsel,
    cancel: threading.Event,
    stop: threading.Event,
    begun: Sequence[Morsel] = (),
) -> None:
    """Run morsels as `drain_dealt` does; an error stops the others."""
    try:
        drain_dealt(queue, run, cancel, begun)
    except BaseException:
        stop.set()
        raise


def drain_dealt(
    queue: Dealt, run: RunMorsel, cancel: threading.Event, begun: Sequence[Morsel] = ()
) -> None:
    """Run morsels until there are none, or `cancel` is set; several at once where that pays.

    First what is left of one that has `begun`.
    """
    several = find_several(run)
    for morsel in begun:
        run(morsel)
    while True:
        check_cancel(cancel)
        some = queue.take(0 if several is None else several.most_rows)
        if not some:
            return
        if several is None:
            run(some[0])
        else:
            several.run_some(some)


def drain(queue: object, run: RunMorsel, cancel: threading.Event, lock: threading.Lock) -> None:
    """Run morsels from the shared queue until there are none, or `cancel` is set."""
    while True:
        check_cancel(cancel)
        with lock:
            morsel = next(queue, None)  # type: ignore[call-overload]
        if morsel is None:
            return
        run(morsel)
