"""Group by open addressing: keys are hashed, and compared word by word.

Each worker has a table of its own. When it is half full, the kernel stops at the row that might not
fit, and the host grows the table, or, where that would leave the cache, spills its groups in the
order of partitions by hash. The workers' partial groups are merged at the end, partition by
partition: as partial groups merge, it does not matter how often a group was spilled.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gpudb.compiler.language import ValueType
from gpudb.devices.device import Morsel, RunMorsel
from gpudb.kernels import library
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.group import (
    FLOATS,
    INTS,
    Key,
    aggregate_columns,
    key_column,
    write_updates,
)
from gpudb.kernels.sinks.sink import Worker
from gpudb.kernels.sinks.states import States
from gpudb.kernels.sinks.tiers import Choice
from gpudb.kernels.values import BOOL, FLOAT, WIDE
from gpudb.sql.aggregates import SKETCHED
from gpudb.sql.plan import AggregateItem

SMALLEST_CAPACITY = 1024
GROWTH = 4
# A worker's table stays in its cache; what does not fit goes to partitions that do.
LARGEST_TABLE_BYTES = 8 << 20
PARTITION_BITS = 8
# Partitions of fewer groups are merged several at a time: each merge costs the host some 100 us.
MERGED_GROUPS = 1 << 14
ROOM_WORDS = 1 << 21
# Where so many rows make a group of their own, they are no longer looked up before they are
# spilled, but listed in memory that stays in the core's own cache.
HARDLY_GROUPED = 0.75
LIST_BYTES = 1 << 19


class HashWriter:
    """Groups found by hashing. With NULLs among the keys, one more word tells which are NULL."""

    def __init__(
        self,
        keys: Sequence[Key],
        aggregates: Sequence[AggregateItem],
        *,
        rows: int | None,
        fanout: int,
        fixed: FixedKernels,
        cancel: threading.Event,
    ) -> None:
        self.keys = keys
        self.words = word_count(keys)
        self.states = States(aggregates, self.words, rows)
        # Partial sketches are as large as whole ones: spilled, they would fill memory.
        self.has_sketches = any(item.call.function in SKETCHED for item in aggregates)
        self.fanout = fanout
        self.fixed = fixed
        self.cancel = cancel
        self._blocks: list[tuple[np.ndarray, np.ndarray]] = []
        self._room = Room()
        self._lock = threading.Lock()

    # Only where threads share memory there is a choice.
    choice: Choice | None = None

    def open(self, scope: Scope) -> None:
        """Declare the table."""
        for name, type in (("states", INTS), ("float_states", FLOATS), ("used", INTS)):
            scope.writer.worker_parameter(name, type)
        for name in ("group_mask", "group_room", "group_appends"):
            scope.writer.worker_parameter(name, ValueType.INT)

    def begin_row(self, scope: Scope) -> None:
        """Stop where a row's groups might not fit."""
        with scope.writer.block("if used[0] >= group_room:"):
            scope.writer.line("return row")

    def row(self, scope: Scope) -> None:
        """Find or make the group and change its state."""
        writer = scope.writer
        words = write_key_words(self.keys, scope)
        updates = self.states.updates(scope)
        code = "0"
        for word in words:
            code = f"mix({code} ^ {word})"
        group = writer.assign("group", f"({code} & group_mask) + used[0] * group_appends")
        pitch = self.states.pitch
        state = writer.assign("state", f"{group} * {pitch}")
        same = " and ".join(f"states[{state} + {i}] == {w}" for i, w in enumerate(words, 1))
        with writer.block(f"while states[{state}] != 0 and not ({same}):"):
            writer.line(f"{group} = ({group} + 1) & group_mask")
            writer.line(f"{state} = {group} * {pitch}")
        with writer.block(f"if states[{state}] == 0:"):
            writer.line("used[0] += 1")
            for index, word in enumerate(words, 1):
                writer.line(f"states[{state} + {index}] = {word}")
            for index, first in enumerate(self.states.first_words()):
                if first != 0:
                    least = first == -(1 << 63)
                    held = f"-{(1 << 63) - 1} - 1" if least else str(int(first))
                    writer.line(f"states[{state} + {index}] = {held}")
        write_updates(updates, state, scope)

    def close(self, scope: Scope) -> None:
        """Nothing: the states lie in memory."""

    def new_worker(self) -> Worker:
        """Return an empty table."""
        capacity = SMALLEST_CAPACITY
        while capacity < 4 * self.fanout:
            capacity *= 2
        return self._table(capacity)

    def _table(self, capacity: int, table: np.ndarray | None = None) -> Worker:
        if table is None:
            table = np.zeros(capacity * self.states.pitch, np.int64)
        return {
            "states": table,
            "float_states": table.view(np.float64),
            "used": np.zeros(1, np.int64),
            "group_mask": capacity - 1,
            "group_room": capacity // 2 - self.fanout + 1,
            "group_appends": 0,
        }

    def _list(self) -> Worker:
        """Return a table in which every row is a new group, one after the other."""
        capacity = max(2 * self.fanout, LIST_BYTES // (8 * self.states.pitch))
        room = {"group_mask": 0, "group_room": capacity - self.fanout + 1, "group_appends": 1}
        return {**self._table(capacity), **room}

    def pause(self, worker: Worker, order: int) -> None:
        """Move the groups to a larger table, or, once that would leave the cache, spill them."""
        table = np.asarray(worker["states"])
        if worker["group_appends"]:
            self._spill(worker)
            return
        if table.nbytes * GROWTH > LARGEST_TABLE_BYTES and not self.has_sketches:
            rows, groups = int(table[:: self.states.pitch].sum()), _used([worker])
            self._spill(worker)
            if groups >= HARDLY_GROUPED * rows:
                worker.update(self._list())
            return
        larger = self._table(len(table) // self.states.pitch * GROWTH)
        self._merge(table, larger)
        worker.update(larger)

    def _spill(self, worker: Worker) -> None:
        table = np.asarray(worker["states"])
        pitch, keys = self.states.pitch, self.words
        block = self.fixed.spill_groups(table, pitch, keys, PARTITION_BITS, self._room.take)
        np.asarray(worker["used"])[0] = 0
        with self._lock:
            self._blocks.append(block)

    def _merge(self, source: np.ndarray, target: Worker) -> None:
        operations = np.array(self.states.operations, np.int64)
        self.fixed.merge_groups(source, target, self.states.pitch, self.words, operations)

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: the table holds every morsel so far."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Merge the workers' groups: all at once, or, if some were spilled, by partitions."""
        if not self._blocks:
            sources = [np.asarray(w["states"]) for w in workers]
            found = Found(self.states.pitch, _used(workers))
            if len(workers) == 1:
                found.add(sources[0], found.most, self.fixed)
            else:
                self._merged(sources, found.most, Memory(), found)
            return self._relation(found)
        for worker in workers:
            self._spill(worker)
        found = Found(self.states.pitch, self._spilled())

        def new_merger() -> RunMorsel:
            memory = Memory()

            def merge(morsel: Morsel) -> None:
                self._partitions(morsel.first, morsel.end, memory, found)

            return merge

        self.fixed.device.run(self._merges(), new_merger, self.cancel)
        self._blocks = []
        return self._relation(found)

    def _spilled(self) -> int:
        return sum(len(block) for block, _ in self._blocks) // self.states.pitch

    def _merges(self) -> list[Morsel]:
        """Return ranges of partitions, each of some MERGED_GROUPS groups."""
        least = 2 * self.fixed.device.workers
        count = min(1 << PARTITION_BITS, max(least, self._spilled() // MERGED_GROUPS))
        cuts = [(part << PARTITION_BITS) // count for part in range(count + 1)]
        return [Morsel(part, part, cuts[part], cuts[part + 1]) for part in range(count)]

    def _partitions(self, first: int, end: int, memory: Memory, found: Found) -> None:
        """Find the groups of partitions `first` to `end`, from all blocks."""
        pitch = self.states.pitch
        # One source: each call of a kernel costs as much as some thousand groups.
        groups = np.concatenate(
            [block[starts[first] * pitch : starts[end] * pitch] for block, starts in self._blocks]
        )
        self._merged([groups], len(groups) // pitch, memory, found)

    def _merged(
        self, sources: Sequence[np.ndarray], groups: int, memory: Memory, found: Found
    ) -> None:
        """Find the groups of `sources`, together at most `groups`."""
        capacity = 1 << max(4, (2 * groups).bit_length() - 1)
        capacity = capacity if capacity * 3 > groups * 4 else 2 * capacity
        target = self._table(capacity, memory.zeros(capacity * self.states.pitch))
        for source in sources:
            self._merge(source, target)
        found.add(np.asarray(target["states"]), _used([target]), self.fixed)

    def _relation(self, found: Found) -> Relation:
        table = found.table()
        columns = word_columns(self.keys, table[:, 1 : 1 + self.words])
        columns.update(aggregate_columns(self.states, table))
        return Relation(len(table), columns)


class Found:
    """Merged groups, at most so many, column by column."""

    def __init__(self, pitch: int, most: int) -> None:
        self.most = most
        # Memory that no group comes to is never touched.
        self._words = np.empty((pitch, most), np.int64)
        self._rows = 0
        self._lock = threading.Lock()

    def add(self, table: np.ndarray, groups: int, fixed: FixedKernels) -> None:
        """Add the groups of a table, of which none is there yet."""
        with self._lock:
            begin, self._rows = self._rows, self._rows + groups
        fixed.compact_groups(table, self._words, begin)

    def table(self) -> np.ndarray:
        """Return the groups: int64[groups, pitch], each column in one piece."""
        return self._words[:, : self._rows].T


def has_nulls(keys: Sequence[Key]) -> bool:
    """Whether one of the keys may be NULL."""
    return any(key.value.is_null is not None for key in keys)


def word_count(keys: Sequence[Key]) -> int:
    """Return how many words hold the keys: two for a number of 128 bits, one for all NULLs."""
    return sum(_size(key) for key in keys) + (1 if has_nulls(keys) else 0)


def _size(key: Key) -> int:
    return 2 if key.value.kind is WIDE else 1


def write_key_words(keys: Sequence[Key], scope: Scope) -> list[str]:
    """Write the words of this row's keys; the last one tells which are NULL, if any may be."""
    writer = scope.writer
    words, flags = [], []
    for index, key in enumerate(keys):
        null = key.value.is_null
        for text in _key_texts(key, scope):
            words.append(
                writer.assign("key", text if null is None else f"(0 if {null} else {text})")
            )
        flags += [] if null is None else [f"({1 << index} if {null} else 0)"]
    if flags:
        words.append(writer.assign("key_nulls", " | ".join(flags)))
    return words


def _key_texts(key: Key, scope: Scope) -> list[str]:
    writer, text = scope.writer, key.value.text
    if key.value.kind is WIDE:
        name = writer.assign("key_value", text)
        return [f"wide_low({name})", f"wide_high({name})"]
    if key.value.kind is FLOAT:
        return [f"{writer.use(library.float_word)}({text})"]
    return [f"int({text})" if key.value.kind is BOOL else text]


def word_columns(keys: Sequence[Key], words: np.ndarray) -> dict[int, HeldColumn]:
    """Return the keys' columns from their words: int64[groups, words]."""
    columns = {}
    begin = 0
    for index, key in enumerate(keys):
        nulls = None
        if key.value.is_null is not None:
            nulls = (words[:, -1] >> index & 1).astype(np.bool_)
            nulls = nulls if nulls.any() else None
        column = key_column(key, np.ascontiguousarray(words[:, begin]), nulls)
        if key.value.kind is WIDE:
            column = replace(column, high=np.ascontiguousarray(words[:, begin + 1])).narrowed()
        columns[key.field.id] = column
        begin += _size(key)
    return columns


class Room:
    """Large pieces of memory, dealt in small ones: the kernel hands out large ones in large pages,
    each of which costs one fault."""

    def __init__(self) -> None:
        self._free = np.empty(0, np.int64)
        self._lock = threading.Lock()

    def take(self, count: int) -> np.ndarray:
        """Return `count` words."""
        with self._lock:
            if len(self._free) < count:
                self._free = np.empty(max(count, ROOM_WORDS), np.int64)
            taken, self._free = self._free[:count], self._free[count:]
        return taken


class Memory:
    """Words that are used again for one table after the other: fresh pages cost more than zeros."""

    def __init__(self) -> None:
        self._words = np.empty(0, np.int64)

    def zeros(self, count: int) -> np.ndarray:
        """Return `count` zeros, in force until the next call."""
        if len(self._words) < count:
            self._words = np.empty(count, np.int64)
        self._words[:count] = 0
        return self._words[:count]


def _used(workers: Sequence[Worker]) -> int:
    return sum(int(np.asarray(worker["used"])[0]) for worker in workers)
