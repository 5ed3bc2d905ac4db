"""Threads that have done their work and wait for more, and the core on which they wake up.

Starting a thread for each query took up to a millisecond of it: they wait for the next one.

A system wakes a thread where it slept, or where it is woken, unless it finds an idle core. Of a
virtual machine the idle cores have been given back to the host, which Linux takes for busy: two
threads that begin on one core stay there for milliseconds, all that a short query takes. So a
thread that would share its core is told to wake up on another one, and may go anywhere afterwards.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import field
from queue import SimpleQueue
from traceback import clear_frames
from typing import Generic, TypeVar

from gpudb.errors import Error
from gpudb.records import dataclass

T = TypeVar("T")
Jobs = SimpleQueue[Callable[[], None] | None]
NOWHERE = -1


@dataclass
class Waiting:
    """A thread that waits for jobs, and the core on which it did the last one."""

    thread: threading.Thread
    jobs: Jobs
    core: int = NOWHERE


class Threads:
    """Threads that have done their work and wait for more; they end with this object."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._idle = Idle()
        # The threads know nothing of this object, so that it can go.
        weakref.finalize(self, self._idle.close).atexit = False

    def submit(self, work: Callable[[], T], busy: set[int] | None = None) -> Future[T]:
        """Begin `work` in a thread that has nothing to do, beside cores that are `busy`.

        The core that it takes is one of them then. What has not begun can be cancelled.
        """
        waiting = self._idle.find() or start(self._name)
        everywhere = None if busy is None else placed(waiting, busy)
        job = Job(work, self._idle, waiting, everywhere)
        waiting.jobs.put(job.run)
        return job.outcome

    def close(self) -> None:
        """End the threads that wait, and those that work once they are done."""
        self._idle.close()


def forget_frames(error: BaseException) -> None:
    """Let an error, and those before it, not keep what the query held when it was raised."""
    before: BaseException | None = error
    while before is not None:
        clear_frames(before.__traceback__)
        before = before.__context__


@dataclass(eq=False)
class Job(Generic[T]):
    """Work for a thread that waits, which may run `everywhere` again once it has begun."""

    work: Callable[[], T]
    idle: Idle
    waiting: Waiting
    everywhere: set[int] | None
    outcome: Future[T] = field(default_factory=Future)

    def run(self) -> None:
        """Do the work, unless it was cancelled, and be idle again."""
        if self.everywhere is not None:
            allow(0, self.everywhere)
        if not self.outcome.set_running_or_notify_cancel():
            self.idle.add(self.waiting)
            return
        try:
            result = self.work()
        except BaseException as error:  # noqa: BLE001  the waiting thread raises it
            if isinstance(error, Error):
                forget_frames(error)
            self.idle.add(self.waiting)
            self.outcome.set_exception(error)
        else:
            self.idle.add(self.waiting)
            self.outcome.set_result(result)
        finally:
            # An error's frames hold this one, which would hold the error.
            del self


class Idle:
    """Those of the threads that wait."""

    def __init__(self) -> None:
        self._threads: deque[Waiting] = deque()
        self._is_closed = False

    def find(self) -> Waiting | None:
        """Take one that waits, or return None."""
        while (found := self._take()) is not None:
            # Of a process that was forked, no thread lives on but the one that did it.
            if found.thread.is_alive():
                return found
        return None

    def _take(self) -> Waiting | None:
        # A thread that was left behind may end the others, too, while they are being ended.
        try:
            return self._threads.pop()
        except IndexError:
            return None

    def add(self, waiting: Waiting) -> None:
        """Note that a thread, the calling one, has nothing to do."""
        waiting.core = current_core()
        self._threads.append(waiting)
        if self._is_closed:
            self._end_all()

    def close(self) -> None:
        """End all, and those that come later."""
        self._is_closed = True
        self._end_all()

    def _end_all(self) -> None:
        while (found := self._take()) is not None:
            found.jobs.put(None)


def start(name: str) -> Waiting:
    """Start a thread that waits for jobs."""
    jobs: Jobs = SimpleQueue()
    thread = threading.Thread(target=serve, args=(jobs,), name=name, daemon=True)
    thread.start()
    return Waiting(thread, jobs)


def serve(jobs: Jobs) -> None:
    """Do each job that comes, and end at None."""
    while (job := jobs.get()) is not None:
        job()
        del job  # and with it what the query held


def placed(waiting: Waiting, busy: set[int]) -> set[int] | None:
    """See to it that a thread wakes up beside the busy cores.

    Returns the cores that it is to be allowed again once it has, or None where nothing was changed.
    """
    if NOWHERE in busy or (waiting.core != NOWHERE and waiting.core not in busy):
        busy.add(waiting.core)
        return None
    thread = waiting.thread.native_id
    if sys.platform != "linux" or thread is None:
        return None
    with suppress(OSError):
        everywhere = os.sched_getaffinity(thread)
        if everywhere - busy:
            os.sched_setaffinity(thread, everywhere - busy)
            return everywhere
    return None


def allow(thread: int, cores: set[int]) -> None:
    """Let a thread, or the calling one, 0, run on any of some cores."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setaffinity(thread, cores)


def _find_core() -> Callable[[], int]:
    """Return what tells the core of the calling thread; NOWHERE where the system does not."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            # Holding the GIL: the call takes less than letting go of it.
            function: Callable[[], int] = ctypes.PyDLL(None).sched_getcpu
            return function
    return lambda: NOWHERE


current_core = _find_core()
