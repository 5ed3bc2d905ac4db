"""A caller leaves work behind when it is cancelled, and gets its result or error otherwise."""

from __future__ import annotations

import gc
import os
import threading
import time
import warnings
import weakref

import pytest

from gpudb.devices.threads import Threads
from gpudb.errors import QueryCancelled
from gpudb.stoppable import stoppable


def test_the_result_and_the_error_come_through() -> None:
    assert stoppable(lambda: 7, threading.Event(), Threads("gpudb-query")) == 7

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        stoppable(fail, threading.Event(), Threads("gpudb-query"))


def test_a_timeout_of_the_work_itself_is_its_error() -> None:
    def fail() -> int:
        raise TimeoutError("the work's own")

    with pytest.raises(TimeoutError, match="own"):
        stoppable(fail, threading.Event(), Threads("gpudb-query"))


def test_cancel_does_not_wait_for_the_work() -> None:
    cancel, release = threading.Event(), threading.Event()
    threading.Timer(0.05, cancel.set).start()
    begun = time.monotonic()
    with pytest.raises(QueryCancelled):
        stoppable(lambda: release.wait(20), cancel, Threads("gpudb-query"))
    assert time.monotonic() - begun < 5
    release.set()


def thread_of_work(threads: Threads) -> threading.Thread:
    """Return the thread that runs the work."""
    return stoppable(threading.current_thread, threading.Event(), threads)


def test_a_thread_waits_for_the_next_work() -> None:
    threads = Threads("gpudb-query")
    first = thread_of_work(threads)
    assert first is not threading.current_thread()
    with pytest.raises(ValueError, match="no"):
        stoppable(lambda: int("no"), threading.Event(), threads)
    assert thread_of_work(threads) is first
    # What it ran is not held while it waits.
    held = threading.Event()
    seen = weakref.ref(held)
    stoppable(held.is_set, threading.Event(), threads)
    del held
    thread_of_work(threads)
    gc.collect()
    assert seen() is None


def test_work_inside_of_work_has_another_thread() -> None:
    threads = Threads("gpudb-query")
    inner, outer = stoppable(
        lambda: (thread_of_work(threads), threading.current_thread()), threading.Event(), threads
    )
    assert inner is not outer


def test_threads_end_when_they_are_closed_or_forgotten() -> None:
    closed, forgotten = Threads("gpudb-query"), Threads("gpudb-query")
    ended = [thread_of_work(closed), thread_of_work(forgotten)]
    cancel, release = threading.Event(), threading.Event()
    left: list[threading.Thread] = []

    def wait() -> None:
        left.append(threading.current_thread())
        cancel.set()
        release.wait(20)

    with pytest.raises(QueryCancelled):
        stoppable(wait, cancel, closed)
    closed.close()
    del forgotten
    gc.collect()
    release.set()  # what was left behind ends once it is done
    for thread in (*ended, *left):
        thread.join(10)
        assert not thread.is_alive()


def test_a_forked_process_starts_threads_of_its_own() -> None:
    threads = Threads("gpudb-query")
    thread_of_work(threads)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of threads: rightly
        child = os.fork()
    if child == 0:
        os._exit(7 if stoppable(lambda: True, threading.Event(), threads) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
