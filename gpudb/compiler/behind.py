"""Making well, behind the queries, what was made soon.

    code made soon           runs over rows, which are counted, and for a time
    SOME_ROWS or _SECONDS    it shall be made well when nobody has waited for code for a while
    MANY_ROWS or _SECONDS    it shall be made well at once: more rows are likely to come

One thread does so; it ends when there is nothing left. When the process ends, what it has not begun
is dropped.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

SOME_ROWS = 1 << 14
MANY_ROWS = 1 << 19
SOME_SECONDS = 0.005
MANY_SECONDS = 0.02
CALM_SECONDS = 0.1
# How soon the thread sees that the process ends.
POLL_SECONDS = 0.01

Task = Callable[[], None]


class Behind:
    """Does tasks in one thread, the urgent ones first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._urgent: deque[Task] = deque()
        self._tasks: deque[Task] = deque()
        self._thread: threading.Thread | None = None
        self._calm_at = 0.0

    def put_off(self) -> None:
        """Begin nothing for a while but what is urgent: somebody waits for code."""
        self._calm_at = time.monotonic() + CALM_SECONDS

    def ask(self, task: Task, *, is_urgent: bool) -> None:
        """Have a task done; what is not urgent is begun after a while without others."""
        if not threading.main_thread().is_alive():
            return
        if not is_urgent:
            self.put_off()
        with self._changed:
            (self._urgent if is_urgent else self._tasks).append(task)
            # Of a process that was forked, no thread lives on but the one that did it.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="gpudb-compiler")
                self._thread.start()
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until all is done."""
        self._calm_at = 0.0
        while (thread := self._thread) is not None:
            thread.join()

    def _work(self) -> None:
        try:
            while (task := self._find_next()) is not None:
                task()
        except BaseException:
            self._thread = None
            raise

    def _find_next(self) -> Task | None:
        """Return a task when its time has come; None when the thread shall end."""
        with self._changed:
            while threading.main_thread().is_alive():
                if self._urgent:
                    return self._urgent.popleft()
                if not self._tasks:
                    break
                if time.monotonic() >= self._calm_at:
                    return self._tasks.popleft()
                self._changed.wait(POLL_SECONDS)
            self._tasks.clear()
            self._thread = None
            return None


BEHIND = Behind()


class Work:
    """What code made soon has done; has it made well when that is much.

    Threads that run it at once need not be counted exactly.
    """

    def __init__(self, make_well: Task) -> None:
        self._make_well = make_well
        self._rows = 0
        self._seconds = 0.0
        self._lock = threading.Lock()
        self._is_asked = self._is_urgent = self._is_begun = False

    def begin(self, rows: int) -> float:
        """Note that it will run over so many rows more; return what `end` shall be told."""
        self._rows += rows
        if self._rows >= SOME_ROWS and not self._is_urgent:
            self._ask(is_urgent=self._rows >= MANY_ROWS)
        return time.perf_counter()

    def end(self, began: float) -> None:
        """Note that it has run: rows may take long each."""
        self._seconds += time.perf_counter() - began
        if self._seconds >= SOME_SECONDS and not self._is_urgent:
            self._ask(is_urgent=self._seconds >= MANY_SECONDS)

    def _ask(self, *, is_urgent: bool) -> None:
        with self._lock:
            if self._is_begun or (self._is_asked and not is_urgent) or self._is_urgent:
                return
            self._is_asked, self._is_urgent = True, is_urgent
        BEHIND.ask(self._improve, is_urgent=is_urgent)

    def _improve(self) -> None:
        with self._lock:
            if self._is_begun:
                return
            self._is_begun = self._is_urgent = True
        self._make_well()
