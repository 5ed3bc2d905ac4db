"""Group by open addressing: words of keys are hashed, and compared word by word.

Each worker has a table of its own. When it is half full, the kernel stops at the row that might not
fit, and the host grows the table, or, where that would leave the cache, deals its groups to blocks
of memory, by partitions of their hash. Where that happens after few rows a group, the next rows are
no longer looked up, but dealt at once as groups of one row, until a block is full.

The workers' partial groups are merged at the end, partition by partition: as partial groups merge,
it does not matter how often a group was dealt.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from typing import Self

import numpy as np

from gpudb.compiler.language import ValueType
from gpudb.devices.device import RunMorsel
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.dealing import deal_place
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.group_blocks import Block, Merger, chunks_for, merge_ranges
from gpudb.kernels.group_kernels import CHUNK_GROUPS, Dealt, GroupKernels, Shape
from gpudb.kernels.held import Relation, apart, in_parts
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.best_groups import BestGroups, BestPieces
from gpudb.kernels.sinks.counted_groups import CountedGroups
from gpudb.kernels.sinks.group import (
    FLOATS,
    INTS,
    Key,
    aggregate_columns,
    write_updates,
)
from gpudb.kernels.sinks.group_words import GroupWords
from gpudb.kernels.sinks.operations import number_text
from gpudb.kernels.sinks.sink import Worker, twin
from gpudb.kernels.sinks.states import States
from gpudb.kernels.sinks.tiers import Choice
from gpudb.kernels.writer import mixed
from gpudb.sql.aggregates import SKETCHED
from gpudb.sql.plan import AggregateItem

SMALLEST_CAPACITY = 1024
GROWTH = 4
# A worker's table stays in its core's cache; what does not fit goes to partitions that do.
LARGEST_TABLE_BYTES = 1 << 20
# Where so many of the rows make a group of their own, looking them up is not worth it.
HARDLY_GROUPED = 0.5
# Blocks begin small, for queries that need one only, and double.
BLOCK_BYTES, MOST_BLOCK_BYTES = 1 << 21, 1 << 25


class HashWorker(Worker):
    """A worker's arguments, and what they are of: its table, and the block that it deals to."""

    def __init__(self, table: Worker) -> None:
        super().__init__(table)
        self.table = table
        self.block: Block | None = None
        self.is_dealing = False


class HashWriter:
    """Groups found by hashing the words that hold their keys."""

    joins_morsels = True

    # Only where threads share memory there is a choice.
    choice: Choice | None = None
    # The first groups of an order, where no others are read.
    best: BestGroups | None = None
    # What is counted of the groups, where nothing else is read.
    counted: CountedGroups | None = None

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
        self.has_aggregates = bool(aggregates)
        self.placed = GroupWords(keys)
        self.states = States(aggregates, self.placed.count, rows)
        # Partial sketches are as large as whole ones: dealt, they would fill memory.
        self.may_deal = not any(item.call.function in SKETCHED for item in aggregates)
        self.fanout = fanout
        self.fixed = fixed
        self.cancel = cancel
        self._blocks: list[Block] = []
        self._lock = threading.Lock()

    def again(self, cancel: threading.Event) -> Self:
        """Return the sink for another run of its text."""
        made = twin(self)
        made.cancel, made._blocks, made._lock = cancel, [], threading.Lock()
        return made

    def open(self, scope: Scope) -> None:
        """Declare the table."""
        for name, type in (("states", INTS), ("float_states", FLOATS), ("used", INTS)):
            scope.writer.worker_parameter(name, type)
        for name in ("group_mask", "group_room"):
            scope.writer.worker_parameter(name, ValueType.INT)
        if self.may_deal:
            scope.writer.worker_parameter("is_dealing", ValueType.INT)
            for name in ("part_places", "part_ends", "part_owners"):
                scope.writer.worker_parameter(name, INTS)

    def begin_row(self, scope: Scope) -> None:
        """Stop where a row's groups might not fit."""
        with scope.writer.block("if used[0] >= group_room:"):
            scope.writer.line("return row")

    def row(self, scope: Scope) -> None:
        """Find or make the group and change its state."""
        writer = scope.writer
        words = self.placed.write(self.placed.keys, scope)
        updates = self.states.updates(scope)
        hold = partial(writer.assign, "code")
        code = hold(mixed(words, hold))
        state = writer.name("state")
        if self.may_deal:
            deal = writer.use(deal_place)
            with writer.block("if is_dealing != 0:"):
                part = f"logical_shift_right({code}, 56), {self.states.pitch}"
                notes = "part_places, part_ends, part_owners, used"
                writer.line(f"{state} = {deal}({part}, {notes})")
                self._write_first(state, words, scope)
            with writer.block("else:"):
                self._look_up(state, code, words, scope)
        else:
            self._look_up(state, code, words, scope)
        write_updates(updates, state, scope)

    def _look_up(self, state: str, code: str, words: Sequence[str], scope: Scope) -> None:
        writer, pitch = scope.writer, self.states.pitch
        group = writer.assign("group", f"{code} & group_mask")
        writer.line(f"{state} = {group} * {pitch}")
        same = " and ".join(f"states[{state} + {i}] == {w}" for i, w in enumerate(words, 1))
        with writer.block(f"while states[{state}] != 0 and not ({same}):"):
            writer.line(f"{group} = ({group} + 1) & group_mask")
            writer.line(f"{state} = {group} * {pitch}")
        with writer.block(f"if states[{state}] == 0:"):
            self.refuse(scope)
            writer.line("used[0] += 1")
            self._write_first(state, words, scope)

    def refuse(self, scope: Scope) -> None:
        """Write what keeps one more group out: nothing does."""

    def _write_first(self, state: str, words: Sequence[str], scope: Scope) -> None:
        """Write a group without rows; where it lies may be memory that was used before."""
        held = [number_text(int(first)) for first in self.states.first_words()]
        held[1 : 1 + len(words)] = words
        for word, text in enumerate(held):
            place = f"{state} + {word}" if word else state
            scope.writer.line(f"states[{place}] = {text}")

    def close(self, scope: Scope) -> None:
        """Nothing: the states lie in memory."""

    @property
    def kernels(self) -> GroupKernels:
        """What deals, merges and splits these groups."""
        return GroupKernels(self.fixed, Shape(self.placed.count, tuple(self.states.operations)))

    def new_worker(self) -> HashWorker:
        """Return an empty table."""
        capacity = SMALLEST_CAPACITY
        while capacity < 4 * self.fanout:
            capacity *= 2
        return HashWorker(self._table(capacity))

    def _table(self, capacity: int) -> Worker:
        table = BUFFERS.zeros(capacity * self.states.pitch)
        return {
            "states": table,
            "float_states": table.view(np.float64),
            "used": np.zeros(1, np.int64),
            "group_mask": capacity - 1,
            "group_room": capacity // 2 - self.fanout + 1,
            "is_dealing": 0,
            **{f"part_{name}": np.zeros(1, np.int64) for name in ("places", "ends", "owners")},
        }

    def _dealing(self, block: Block) -> Worker:
        """Return the arguments by which rows are dealt to a block."""
        return {
            "states": block.words,
            "float_states": block.words.view(np.float64),
            "used": block.used,
            "group_room": block.chunks - chunks_for(self.fanout) + 1,
            "is_dealing": 1,
            "part_places": block.places,
            "part_ends": block.ends,
            "part_owners": block.owners,
        }

    def pause(self, worker: Worker, order: int) -> None:
        """Move the groups to a larger table, or, once that would leave the cache, deal them."""
        assert isinstance(worker, HashWorker)
        if worker.is_dealing:
            # The block is full. Rows may group better by now.
            worker.is_dealing, worker.block = False, None
            worker.update(worker.table)
            return
        table = np.asarray(worker.table["states"])
        if self.may_deal and table.nbytes * GROWTH > LARGEST_TABLE_BYTES:
            rows, groups = int(table[:: self.states.pitch].sum()), _used([worker.table])
            self._deal(worker)
            if groups > HARDLY_GROUPED * rows:
                worker.is_dealing = True
                worker.update(self._dealing(self._block(worker, self.fanout)))
            return
        larger = self._table(len(table) // self.states.pitch * GROWTH)
        self.kernels.merge_table(table, larger)
        worker.table = larger
        worker.update(larger)

    def _deal(self, worker: HashWorker) -> None:
        """Empty the table."""
        groups = _used([worker.table])
        if groups:
            table = np.asarray(worker.table["states"])
            block = self._block(worker, groups)
            self.kernels.deal(table, block.words, block.notes)
            table[:] = 0
            np.asarray(worker.table["used"])[0] = 0

    def _block(self, worker: HashWorker, groups: int) -> Block:
        """Return the worker's block, or, unless it has room for so many groups, a new one."""
        if worker.block is None or not worker.block.has_room(groups):
            pitch = self.states.pitch
            with self._lock:
                size = min(BLOCK_BYTES << len(self._blocks), MOST_BLOCK_BYTES)
                chunks = max(size // (8 * pitch * CHUNK_GROUPS), 2 * chunks_for(groups))
                words = BUFFERS.empty(chunks * CHUNK_GROUPS * pitch)
                worker.block = Block(words, pitch)
                self._blocks.append(worker.block)
        return worker.block

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: the table holds every morsel so far."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Merge the workers' groups: all at once, or, if some were dealt, by partitions."""
        own = [worker for worker in workers if isinstance(worker, HashWorker)]
        if not self._blocks:
            found = self._columns(*self._merged([worker.table for worker in own]))
            return found if self.counted is None else self.counted.of_columns(found)
        for worker in own:
            self._deal(worker)
        blocks, self._blocks = [block.sorted() for block in self._blocks], []
        return self._merged_blocks(blocks)

    def _merged(self, tables: Sequence[Worker]) -> tuple[np.ndarray, int]:
        """Return a table of all groups, and their number."""
        if len(tables) == 1:
            return np.asarray(tables[0]["states"]), _used(tables)
        capacity = 1 << max(4, (2 * _used(tables)).bit_length())
        target = self._table(capacity)
        for table in tables:
            self.kernels.merge_table(np.asarray(table["states"]), target)
        return np.asarray(target["states"]), _used([target])

    def _merged_blocks(self, blocks: Sequence[Dealt]) -> Relation:
        """Return the groups in parts, as they were merged."""
        device = self.fixed.device
        ranges = merge_ranges(blocks, device.workers)
        mergers: list[Merger] = []

        def new_merger() -> RunMorsel:
            make_part = self._columns if self.counted is None else self._counts
            if self.best is not None:
                make_part = BestPieces(self.best, self.placed, self.states, make_part).part
            mergers.append(Merger(self.kernels, blocks, ranges, make_part))
            return mergers[-1].merge

        device.run(ranges, new_merger, self.cancel)
        parts = [part for merger in mergers for part in merger.finished()]
        return in_parts(parts) if self.counted is None else self.counted.total(parts)

    def _counts(self, words: np.ndarray, groups: int) -> Relation:
        """Return the counts of groups, none of which is free."""
        assert self.counted is not None
        table = words.reshape(groups, -1)[:, 1 : 1 + self.placed.count]
        return self.counted.of_words(self.placed, table)

    def _columns(self, words: np.ndarray, groups: int) -> Relation:
        """Return groups, but those that are free, as columns that do not keep their words."""
        pitch, count = self.states.pitch, self.placed.count
        columns = BUFFERS.empty(pitch * groups).reshape(pitch, groups)
        self.kernels.split(words, columns)
        table = columns.T
        held = self.placed.columns(table[:, 1 : 1 + count])
        held.update(aggregate_columns(self.states, table))
        return Relation(groups, {id: apart(column, columns) for id, column in held.items()})


def _used(workers: Sequence[Worker]) -> int:
    return sum(int(np.asarray(worker["used"])[0]) for worker in workers)
