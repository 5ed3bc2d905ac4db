"""A caller leaves work behind when it is cancelled, and gets its result or error otherwise."""

from __future__ import annotations

import threading
import time

import pytest

from gpudb.errors import QueryCancelled
from gpudb.stoppable import stoppable


def test_the_result_and_the_error_come_through() -> None:
    assert stoppable(lambda: 7, threading.Event()) == 7

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        stoppable(fail, threading.Event())


def test_a_timeout_of_the_work_itself_is_its_error() -> None:
    def fail() -> int:
        raise TimeoutError("the work's own")

    with pytest.raises(TimeoutError, match="own"):
        stoppable(fail, threading.Event())


def test_cancel_does_not_wait_for_the_work() -> None:
    cancel, release = threading.Event(), threading.Event()
    threading.Timer(0.05, cancel.set).start()
    begun = time.monotonic()
    with pytest.raises(QueryCancelled):
        stoppable(lambda: release.wait(20), cancel)
    assert time.monotonic() - begun < 5
    release.set()
