"""Threads wait for work, and wake up beside those that are at work already."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

import gpudb.devices.threads
from gpudb.devices.threads import NOWHERE, Jobs, Threads, Waiting, current_core

has_cores = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1
needs_cores = pytest.mark.skipif(not has_cores, reason="a system with cores to choose from")


@pytest.fixture
def threads() -> Iterator[Threads]:
    made = Threads("gpudb-test")
    yield made
    made.close()


def began_at() -> tuple[int, set[int]]:
    """Return the core that a thread runs on, and those that it may run on."""
    return current_core(), os.sched_getaffinity(0)


@needs_cores
def test_a_thread_wakes_up_beside_busy_cores(threads: Threads) -> None:
    cores = os.sched_getaffinity(0)
    for core in sorted(cores) * 3:
        busy = {core}
        _, allowed = threads.submit(began_at, busy).result(10)
        # Wherever it went, it may go anywhere again.
        assert allowed == cores
        assert core in busy


@needs_cores
def test_a_thread_that_slept_on_a_busy_core_leaves_it(threads: Threads) -> None:
    cores = os.sched_getaffinity(0)
    core = min(cores)

    def stay() -> None:
        os.sched_setaffinity(0, {core})
        assert current_core() == core

    threads.submit(stay).result(10)
    # It may run on one core only: there is nowhere else to go, and that is left as it is.
    found, allowed = threads.submit(began_at, {core}).result(10)
    assert (found, allowed) == (core, {core})


def test_all_cores_may_be_busy(threads: Threads) -> None:
    busy = set(range(os.cpu_count() or 1))
    assert threads.submit(lambda: 7, busy).result(10) == 7
    assert threads.submit(lambda: 8, {NOWHERE}).result(10) == 8


def test_what_has_not_begun_can_be_cancelled(
    threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: Jobs = SimpleQueue()
    late = Waiting(threading.current_thread(), jobs)
    monkeypatch.setattr(gpudb.devices.threads, "start", lambda _: late)
    ran: list[int] = []
    outcome = threads.submit(lambda: ran.append(1))
    assert outcome.cancel()
    job = jobs.get(timeout=10)
    assert job is not None
    job()
    assert not ran
    assert outcome.cancelled()
    # Its thread takes the next work.
    threads.submit(lambda: ran.append(2))
    job = jobs.get(timeout=10)
    assert job is not None
    job()
    assert ran == [2]
