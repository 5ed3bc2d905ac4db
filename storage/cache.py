"""Decoded columns kept in memory: least recently used out first, within a byte budget.

One entry is one column of one chunk in one layout, or packed for it. Entries are immutable, so
dropping one only drops a reference: a query that still uses it keeps it alive until it is done with
that chunk.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import field
from itertools import count
from typing import Any, TypeVar

from gpudb.records import dataclass
from gpudb.settings import default_memory_limit
from gpudb.storage.encodings.encoded import Encoded, Layout
from gpudb.storage.encodings.packed import Packed
from gpudb.storage.encodings.strings import Texts

Entry = TypeVar("Entry", Encoded, Encoded | Packed, Texts)


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What an entry holds: `chunk` is a chunk's identity, unique over the process.

    `value` tells what of the column follows from each of its values alone; None for the column.
    A chunk and a column say nearly all: hashing a layout, too, would take most of finding an entry.
    """

    chunk: int
    column: str
    layout: Layout = field(hash=False)
    may_be_packed: bool = False
    value: Hashable | None = None


@dataclass(frozen=True, slots=True)
class CacheUse:
    """A cache's counters since the process began."""

    entries: int
    bytes: int
    limit_bytes: int
    hits: int
    misses: int
    evictions: int


class ColumnCache:
    """A thread-safe cache of encoded columns with a budget in bytes."""

    __slots__ = (
        "_bytes",
        "_entries",
        "_evictions",
        "_forgotten",
        "_hits",
        "_limit_bytes",
        "_loading",
        "_lock",
        "_misses",
    )

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[CacheKey, Any] = OrderedDict()
        self._loading: dict[CacheKey, Future[Any]] = {}
        self._forgotten: deque[int] = deque()
        self._bytes = self._hits = self._misses = self._evictions = 0

    def get(self, key: CacheKey, load: Callable[[], Entry]) -> Entry:
        """Return the entry of `key`, from `load` if it is not held.

        Threads that ask for the same entry at once share one load, and its error.
        """
        with self._lock:
            entry: Entry | None = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
                self._hits += 1
                return entry
            waiting = self._loading.get(key)
            mine: Future[Entry] = Future()
            if waiting is None:
                self._misses += 1
                self._loading[key] = mine
        if waiting is not None:
            shared: Entry = waiting.result()
            return shared
        return self._load(key, load, mine)

    def find(self, key: CacheKey) -> Encoded | Packed | Texts | None:
        """Return the entry of `key` if it is held, which is a use of it."""
        with self._lock:
            entry: Encoded | Packed | Texts | None = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
                self._hits += 1
            return entry

    def _load(self, key: CacheKey, load: Callable[[], Entry], future: Future[Entry]) -> Entry:
        try:
            entry = load()
        except BaseException as error:
            with self._lock:
                del self._loading[key]
            future.set_exception(error)
            raise
        with self._lock:
            del self._loading[key]
            self._keep(key, entry)
        future.set_result(entry)
        return entry

    def _keep(self, key: CacheKey, entry: Encoded | Packed | Texts) -> None:
        self._drop_forgotten()
        size = entry.size_bytes
        if size > self._limit_bytes:
            return
        self._entries[key] = entry
        self._bytes += size
        self._evict()

    def exchange(
        self, key: CacheKey, held: Packed, size: int, make: Callable[[], Encoded]
    ) -> Encoded | Packed:
        """Hold make(), of `size` bytes, in place of `held` if there is room without evicting."""
        with self._lock:
            if self._bytes + size - held.size_bytes > self._limit_bytes:
                return held
        made = make()
        with self._lock:
            if self._entries.get(key) is held:
                del self._entries[key]
                self._bytes -= held.size_bytes
                self._keep(key, made)
        return made

    def _evict(self) -> None:
        while self._bytes > self._limit_bytes and self._entries:
            _, entry = self._entries.popitem(last=False)
            self._bytes -= entry.size_bytes
            self._evictions += 1

    def forget_chunk(self, chunk: int) -> None:
        """Note that no snapshot can ask for `chunk` any more; its entries go at the next load.

        Takes no lock: finalisers call this, in any thread and at any moment.
        """
        self._forgotten.append(chunk)

    def _drop_forgotten(self) -> None:
        gone = {self._forgotten.popleft() for _ in range(len(self._forgotten))}
        for key in [key for key in self._entries if key.chunk in gone] if gone else ():
            self._bytes -= self._entries.pop(key).size_bytes

    def clear(self) -> None:
        """Forget everything, so that the next query reads it again."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def begin_fork(self) -> None:
        """Keep all other threads out while a process is forked off."""
        self._lock.acquire()

    def end_fork(self) -> None:
        """Let the others in again."""
        self._lock.release()

    def begin_child(self) -> None:
        """Wait for no load of a thread that this process has not."""
        self._loading.clear()
        self._lock.release()

    @property
    def used_bytes(self) -> int:
        """The bytes of what is held."""
        return self.use().bytes

    @property
    def memory_limit(self) -> int:
        """The budget in bytes."""
        return self._limit_bytes

    @memory_limit.setter
    def memory_limit(self, limit_bytes: int) -> None:
        with self._lock:
            self._limit_bytes = limit_bytes
            self._evict()

    def use(self) -> CacheUse:
        """Return the counters."""
        with self._lock:
            self._drop_forgotten()
            return CacheUse(
                entries=len(self._entries),
                bytes=self._bytes,
                limit_bytes=self._limit_bytes,
                hits=self._hits,
                misses=self._misses,
                evictions=self._evictions,
            )


# What a key's `chunk` is taken from: of chunks, and of others that keep something here.
IDENTITIES = count()
CACHE = ColumnCache(default_memory_limit())
if hasattr(os, "register_at_fork"):
    # Before BUFFERS, which takes this lock while it has its own.
    os.register_at_fork(
        before=CACHE.begin_fork,
        after_in_parent=CACHE.end_fork,
        after_in_child=CACHE.begin_child,
    )
