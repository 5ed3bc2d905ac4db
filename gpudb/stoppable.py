"""Work that the caller can leave at once, even where the work itself cannot be stopped.

A few steps of a query are single calls into Arrow that look at no cancel: sorting a million
strings, running a pattern over them. The query therefore runs in a thread of its own; the caller
waits, and goes when `cancel` is set. What is left behind ends at its next look at `cancel`, and its
result is dropped.

Starting a thread for each query took up to a millisecond of it: they wait for the next one.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from traceback import clear_frames
from typing import TypeVar

from gpudb.devices.device import check_cancel
from gpudb.errors import Error

T = TypeVar("T")
POLL_SECONDS = 0.05
Jobs = SimpleQueue[Callable[[], None] | None]
Waiting = tuple[threading.Thread, Jobs]


class QueryThreads:
    """Threads that have done their work and wait for more; they end with this object."""

    def __init__(self) -> None:
        self._idle = Idle()
        # The threads know nothing of this object, so that it can go.
        weakref.finalize(self, self._idle.close).atexit = False

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Begin `work` in a thread that has nothing to do."""
        outcome: Future[T] = Future()
        idle = self._idle
        waiting = idle.find() or start()

        def run() -> None:
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001  the waiting thread raises it
                if isinstance(error, Error):
                    forget_frames(error)
                idle.add(waiting)
                outcome.set_exception(error)
            else:
                idle.add(waiting)
                outcome.set_result(result)

        waiting[1].put(run)
        return outcome

    def close(self) -> None:
        """End the threads that wait, and those that work once they are done."""
        self._idle.close()


def forget_frames(error: BaseException) -> None:
    """Let an error, and those before it, not keep what the query held when it was raised."""
    before: BaseException | None = error
    while before is not None:
        clear_frames(before.__traceback__)
        before = before.__context__


class Idle:
    """Those of the threads that wait."""

    def __init__(self) -> None:
        self._threads: deque[Waiting] = deque()
        self._is_closed = False

    def find(self) -> Waiting | None:
        """Take one that waits, or return None."""
        while (found := self._take()) is not None:
            # Of a process that was forked, no thread lives on but the one that did it.
            if found[0].is_alive():
                return found
        return None

    def _take(self) -> Waiting | None:
        # A thread that was left behind may end the others, too, while they are being ended.
        try:
            return self._threads.pop()
        except IndexError:
            return None

    def add(self, waiting: Waiting) -> None:
        """Note that a thread has nothing to do."""
        self._threads.append(waiting)
        if self._is_closed:
            self._end_all()

    def close(self) -> None:
        """End all, and those that come later."""
        self._is_closed = True
        self._end_all()

    def _end_all(self) -> None:
        while (found := self._take()) is not None:
            found[1].put(None)


def start() -> Waiting:
    """Start a thread that waits for jobs."""
    jobs: Jobs = SimpleQueue()
    thread = threading.Thread(target=serve, args=(jobs,), name="gpudb-query", daemon=True)
    thread.start()
    return thread, jobs


def serve(jobs: Jobs) -> None:
    """Do each job that comes, and end at None."""
    while (job := jobs.get()) is not None:
        job()
        del job  # and with it what the query held


def stoppable(
    work: Callable[[], T],
    cancel: threading.Event,
    threads: QueryThreads,
    on_wait: Callable[[], None] | None = None,
) -> T:
    """Return what `work` returns, or raise what it raises; QueryCancelled soon after `cancel`.

    `on_wait`, if any, is called in this thread again and again while `work` runs.
    """
    outcome = threads.submit(work)
    while True:
        try:
            return outcome.result(timeout=POLL_SECONDS)
        except TimeoutError:
            if outcome.done():  # just now, or the work itself raised TimeoutError
                return outcome.result()
            check_cancel(cancel)
            if on_wait is not None:
                on_wait()
