"""The cache of decoded columns: its budget, its order, and threads that ask for the same."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from gpudb.storage.cache import CACHE, CacheKey, ColumnCache
from gpudb.storage.encodings import raw
from gpudb.storage.encodings.encoded import Encoded

LAYOUT = raw.layout("int64", has_nulls=False)


def entry(rows: int) -> Encoded:
    return Encoded(LAYOUT, rows, (np.zeros(rows, np.int64),), ())


def key(chunk: int, column: str = "x") -> CacheKey:
    return CacheKey(chunk, column, LAYOUT)


def refuse() -> Encoded:
    raise AssertionError("this entry should be held")


def test_the_least_recently_used_go_first() -> None:
    cache = ColumnCache(8 * 30)
    for chunk in (1, 2, 3):
        cache.get(key(chunk), lambda: entry(10))
    cache.get(key(1), refuse)
    cache.get(key(4), lambda: entry(10))
    assert cache.get(key(1), refuse).rows == 10
    assert cache.get(key(2), lambda: entry(5)).rows == 5
    use = cache.use()
    assert (use.entries, use.bytes, use.hits, use.misses) == (3, 200, 2, 5)
    assert use.evictions == 2


def test_what_is_found_is_used() -> None:
    cache = ColumnCache(8 * 20)
    assert cache.find(key(1)) is None
    cache.get(key(1), lambda: entry(10))
    cache.get(key(2), lambda: entry(10))
    assert cache.find(key(1)) is cache.get(key(1), refuse)
    cache.get(key(3), lambda: entry(10))
    assert cache.find(key(2)) is None
    assert cache.find(CacheKey(1, "x", LAYOUT, value="like 'a%'")) is None


def test_an_entry_above_the_budget_answers_and_is_not_kept() -> None:
    cache = ColumnCache(8 * 10)
    cache.get(key(1), lambda: entry(10))
    assert cache.get(key(2), lambda: entry(11)).rows == 11
    assert cache.get(key(1), refuse).rows == 10
    assert cache.use().bytes == 80


def test_a_lower_limit_evicts_at_once() -> None:
    cache = ColumnCache(1000)
    for chunk in range(5):
        cache.get(key(chunk), lambda: entry(20))
    cache.memory_limit = 350
    assert (cache.use().entries, cache.used_bytes, cache.memory_limit) == (2, 320, 350)
    cache.clear()
    assert (cache.use().entries, cache.use().bytes) == (0, 0)


def test_forgotten_chunks_give_their_bytes_back() -> None:
    cache = ColumnCache(1000)
    cache.get(key(1), lambda: entry(10))
    cache.get(key(1, "y"), lambda: entry(10))
    cache.get(key(2), lambda: entry(10))
    cache.forget_chunk(1)
    assert (cache.use().entries, cache.use().bytes) == (1, 80)


def test_threads_that_ask_for_the_same_load_it_once() -> None:
    cache = ColumnCache(1000)
    loads = []
    begin = threading.Event()

    def load() -> Encoded:
        loads.append(1)
        begin.wait(5)
        return entry(10)

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(cache.get, key(1), load) for _ in range(4)]
        begin.set()
        entries = {id(future.result()) for future in futures}
    assert (len(loads), len(entries)) == (1, 1)


def test_a_failed_load_is_tried_again() -> None:
    cache = ColumnCache(1000)

    def fail() -> Encoded:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        cache.get(key(1), fail)
    assert cache.get(key(1), lambda: entry(3)).rows == 3


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_waits_for_no_load_of_a_thread_that_it_has_not() -> None:
    begun, may_end = threading.Event(), threading.Event()
    of, encoded = key(-77), entry(3)

    def load() -> Encoded:
        begun.set()
        may_end.wait(20)
        return encoded

    thread = threading.Thread(target=CACHE.get, args=(of, load))
    thread.start()
    assert begun.wait(20)
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(7 if CACHE.get(of, lambda: encoded) is encoded else 1)
    may_end.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
