"""Kernels are parsed on several threads at once: by queries, and behind them."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from gpudb.compiler.language import parse_python

TEXT = "\n".join(f"def f{n}(a, b):\n    return a[{n}] + (b * {n} if a else -b)" for n in range(60))


@pytest.fixture(name="switches")
def _switches() -> Iterator[None]:
    """Have threads take turns whenever the collector runs, which parsing makes it do."""

    def switch(_phase: str, _info: dict[str, int]) -> None:
        time.sleep(0.0)

    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.callbacks.append(switch)
    gc.set_threshold(50)
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)
    gc.callbacks.remove(switch)


@pytest.mark.usefixtures("switches")
def test_threads_that_parse_at_once_do_not_meet() -> None:
    failures: list[Exception] = []

    def work(depth: int) -> None:
        if depth:
            work(depth - 1)
            return
        try:
            for _ in range(20):
                assert len(parse_python(TEXT).body) == 60
        except SystemError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(40 * n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
