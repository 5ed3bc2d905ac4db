"""Ctrl-C while a statement runs: the engine is asked to stop, and KeyboardInterrupt comes after.

Python would raise KeyboardInterrupt at any instruction, also half-way through a commit. Here the
signal sets the statement's `cancel` event, the engine stops at its next look at it, and only then
does the caller see KeyboardInterrupt. The connection stays usable.
"""

from __future__ import annotations

import _thread
import signal
import threading

# Without signal's own wrappers, which make enums: a tenth of the time, before every statement.
from _signal import getsignal  # type: ignore[import-not-found]
from _signal import signal as set_signal
from collections.abc import Iterator
from contextlib import contextmanager

from gpudb.errors import Error


@contextmanager
def interruptible(cancel: threading.Event) -> Iterator[None]:
    """Turn Ctrl-C inside the block into `cancel`, and raise KeyboardInterrupt at its end.

    A second Ctrl-C raises at once. Outside the main thread, or where the program has a handler of
    its own for SIGINT, nothing is changed but that KeyboardInterrupt sets `cancel` on its way.
    """
    if not may_handle_signals():
        try:
            yield
        except KeyboardInterrupt:
            cancel.set()
            raise
        return
    pressed = threading.Event()

    def on_interrupt(_signal: int, _frame: object) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()
        # Not cancel.set() itself: this thread may hold the event's lock right now.
        _thread.start_new_thread(cancel.set, ())

    set_signal(signal.SIGINT, on_interrupt)
    try:
        yield
    except Error as error:
        if pressed.is_set():
            raise KeyboardInterrupt from error
        raise
    finally:
        set_signal(signal.SIGINT, signal.default_int_handler)
    if pressed.is_set():
        raise KeyboardInterrupt


def may_handle_signals() -> bool:
    """Whether this thread receives SIGINT and nobody else has taken it over."""
    return (
        threading.current_thread() is threading.main_thread()
        and getsignal(signal.SIGINT) is signal.default_int_handler
    )
