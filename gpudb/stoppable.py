"""Work that the caller can leave at once, even where the work itself cannot be stopped.

A few steps of a query are single calls into Arrow that look at no cancel: sorting a million
strings, running a pattern over them. The query therefore runs in a thread of its own; the caller
waits, and goes when `cancel` is set. What is left behind ends at its next look at `cancel`, and its
result is dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from gpudb.devices.device import check_cancel
from gpudb.devices.threads import Threads

T = TypeVar("T")
POLL_SECONDS = 0.05


def stoppable(
    work: Callable[[], T],
    cancel: threading.Event,
    threads: Threads,
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
