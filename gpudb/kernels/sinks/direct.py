"""Group by direct addressing: a group's place is computed from the codes of its keys.

    place = code of key 1 * stride 1 + code of key 2 * stride 2 ...      code = value - least value

Each worker has a table of its own; the tables are added up at the end. Threads that share one
memory keep few groups in registers or in tables of their blocks (`sinks.tiers`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Self

import numpy as np

from gpudb.devices.device import Morsel
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.group_kernels import GroupKernels, Shape
from gpudb.kernels.held import Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.best_groups import BestChoice, BestGroups
from gpudb.kernels.sinks.block import BlockTable, copies_of
from gpudb.kernels.sinks.group import (
    FLOATS,
    INTS,
    Key,
    aggregate_columns,
    part_places,
    place_columns,
    write_part_place,
    write_place,
    write_updates,
)
from gpudb.kernels.sinks.listed import Groups, find_listed, merged
from gpudb.kernels.sinks.operations import merge_tables
from gpudb.kernels.sinks.registers import Registers
from gpudb.kernels.sinks.sink import Worker, twin
from gpudb.kernels.sinks.states import States
from gpudb.kernels.sinks.tiers import Choice, Crowd, Tier, choose_direct
from gpudb.sql.plan import AggregateItem

# Tables are merged so many places at a time: what is merged is still in the cache when it is read.
BLOCK_PLACES = 1 << 15
# Of so many groups the best are looked for block by block. All groups of the first one are put in
# order, so it is small; each one after it is twice as large.
BEST_PLACES, FIRST_PLACES = 1 << 15, 1 << 10
# Tables of so many places are worth kernels of their own.
MANY_PLACES = 1 << 20
# A state that was just stored is loaded some five cycles later. Where there are so few groups that
# rows of one follow each other, neighbouring rows therefore change different copies of the table;
# states of more words take longer than that anyway.
FEW_PLACES = 16
FEW_WORDS = 4
COPIES = 4


class DirectWriter:
    """Groups whose keys' codes have a small product."""

    joins_morsels = True

    # The first groups of an order, where no others are read.
    best: BestGroups | None = None

    def __init__(
        self,
        keys: Sequence[Key],
        aggregates: Sequence[AggregateItem],
        rows: int | None,
        *,
        begin: int,
        fanout: int,
        crowd: Crowd | None,
        fixed: FixedKernels,
        cancel: threading.Event,
    ) -> None:
        self.keys = keys
        self.states = States(aggregates, 0, rows)
        self.begin = begin  # the line of the text where the rows' loop begins
        self.fanout = fanout
        self.crowd = crowd
        self.part = None if crowd is None else crowd.part
        self.fixed = fixed
        self.cancel = cancel
        self.choice: Choice | None = None
        self._registers: Registers | None = None

    def again(self, cancel: threading.Event) -> Self:
        """Return the sink for another run of its text."""
        made = twin(self)
        made.cancel = cancel
        return made

    def open(self, scope: Scope) -> None:
        """Declare the tables."""
        for name, type in (("states", INTS), ("float_states", FLOATS)):
            scope.writer.worker_parameter(name, type)

    def begin_row(self, scope: Scope) -> None:
        """There is always room."""

    def row(self, scope: Scope) -> None:
        """Compute the group's place and change its state."""
        writer = scope.writer
        group = write_part_place(self.keys, self.part, scope)
        updates = self.states.updates(scope)
        if self.crowd is not None:
            cache_bytes = self.crowd.cache_bytes
            operations = self.states.operations
            self.choice = choose_direct(self.places, operations, cache_bytes, self.part)
            if self.choice.tier is Tier.REGISTERS:
                self._registers = Registers(self.states, self.places, self.begin, self.fanout)
                state = ""
                if self.states.has_memory:
                    state = writer.assign("state", self._state(group))
                self._registers.row(updates, scope, group=group, state=state)
                return
        state = self._state(group)
        if self.copies > 1:
            state = f"{state} + (row & {COPIES - 1}) * {self.places * self.states.pitch}"
        state = writer.assign("state", state)
        write_updates(updates, state, scope)

    @property
    def copies(self) -> int:
        """How many tables a worker has."""
        is_small = self.places <= FEW_PLACES and self.states.pitch <= FEW_WORDS
        return COPIES if self.crowd is None and is_small else 1

    def _state(self, group: str) -> str:
        table = self._block_table()
        if table is None or table.copies == 1:
            return f"{group} * {self.states.pitch}"
        return f"({group} * {table.copies} + copy) * {table.pitch}"

    def _block_table(self) -> BlockTable | None:
        """Return the table of a block, if blocks have one."""
        if self.choice is None or self.choice.tier not in (Tier.REGISTERS, Tier.BLOCK):
            return None
        is_kept = self.choice.tier is Tier.REGISTERS and not self.states.has_memory
        copies = 1 if is_kept else copies_of(self.places * (self.states.pitch | 1))
        return BlockTable(self.states, self.places, copies)

    def close(self, scope: Scope) -> None:
        """Write how a block's table merges; elsewhere the states lie in memory."""
        table = self._block_table()
        if table is None:
            return
        if self._registers is not None:
            self._registers.close(scope, table.copies * table.pitch)
        table.write(scope, self.begin)

    def write_state(self, keys: Sequence[Key], scope: Scope) -> str:
        """Write where the state of a row's group lies in the memory of all."""
        group = write_part_place(keys, self.part, scope)
        return scope.writer.assign("state", f"{group} * {self.states.pitch}")

    def slot_text(self, keys: Sequence[Key], scope: Scope) -> str:
        """Write where a row's group lies among all places."""
        return write_place(keys, scope)

    @property
    def slots(self) -> int:
        """The number of places."""
        return self.places

    # A group's place stands for its keys.
    key_words = 1

    def first_words(self, name: str) -> np.ndarray | None:
        """Return what an empty table repeats."""
        return self.states.first_words() if name == "states" else None

    @property
    def table_bytes(self) -> int:
        """The size of the table."""
        return 8 * self.places * self.states.pitch

    @property
    def places(self) -> int:
        """The number of groups that the table has room for."""
        return len(part_places(self.keys, self.part))

    def new_worker(self) -> Worker:
        """Return a table of groups without rows."""
        first = self.states.first_words()
        size = self.copies * self.places * self.states.pitch
        table = BUFFERS.repeated(first, size) if first.any() else BUFFERS.zeros(size)
        return {"states": table, "float_states": table.view(np.float64)}

    def pause(self, worker: Worker, order: int) -> None:
        """Never needed: there is always room."""

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: the tables hold every morsel so far."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Add the tables up and keep the groups that have rows."""
        is_merged = len(workers) * self.copies > 1
        if any(find_listed(worker) for worker in workers):
            parts = [find_listed(worker) or self._groups(worker) for worker in workers]
            words, total = merged(parts, self.states.operations)
            groups = words[:, 0]
        elif self.places >= MANY_PLACES and not (is_merged and self.states.has_shared_forms):
            groups, total = self._listed([np.asarray(w["states"]) for w in workers])
        else:
            groups, total = self._added(workers)
        columns = place_columns(self.keys, groups + part_places(self.keys, self.part).start)
        columns.update(aggregate_columns(self.states, total))
        return Relation(len(groups), columns)

    def _groups(self, worker: Worker) -> Groups:
        """Return the places and the states of the groups with rows of a worker's table."""
        table = np.asarray(worker["states"]).reshape(-1, self.states.pitch)
        groups = np.flatnonzero(table[:, 0])
        return groups[:, np.newaxis], table[groups]

    def _listed(self, tables: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return the places of groups with rows and their merged states, by kernels."""
        kernels = GroupKernels(self.fixed, Shape(0, tuple(self.states.operations)))
        device = self.fixed.device
        size = min(MANY_PLACES, -(-self.places // (2 * device.workers)))
        cuts = [*range(0, self.places, size), self.places]
        morsels = [Morsel(n, n, cuts[n], cuts[n + 1]) for n in range(len(cuts) - 1)]
        target, *others = tables
        counts = np.zeros(len(morsels), np.int64)

        def merge(morsel: Morsel) -> None:
            if not others:
                states = target.reshape(-1, self.states.pitch)
                rows = states[morsel.first : morsel.end, 0]
                counts[morsel.order] = np.count_nonzero(rows)
            for table in others:
                counts[morsel.order] = kernels.merge_places(morsel, table, target)

        device.run(morsels, lambda: merge, self.cancel)
        if self._is_chosen:
            return self._best_listed(morsels, target.reshape(-1, self.states.pitch))
        begins = np.cumsum(counts) - counts
        rows = int(counts.sum())
        groups = BUFFERS.empty(rows)
        columns = BUFFERS.empty(self.states.pitch * rows).reshape(self.states.pitch, rows)

        def split(morsel: Morsel) -> None:
            begin = int(begins[morsel.order])
            kernels.list_places(morsel, target, columns, groups, begin)

        device.run(morsels, lambda: split, self.cancel)
        return groups, columns.T

    @property
    def _is_chosen(self) -> bool:
        return self.best is not None and self.places >= BEST_PLACES

    def _best_listed(
        self, morsels: Sequence[Morsel], table: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the same of the groups that may be among the best of their morsel."""
        found: list[tuple[np.ndarray, np.ndarray]] = [(table[:0, 0], table[:0])] * len(morsels)

        def with_rows(begin: int, end: int) -> tuple[np.ndarray, np.ndarray]:
            groups = np.flatnonzero(table[begin:end, 0]) + begin
            return groups, table[groups]

        def choose(morsel: Morsel) -> None:
            found[morsel.order] = self._best_of(morsel.first, morsel.end, with_rows)

        self.fixed.device.run(morsels, lambda: choose, self.cancel)
        return _together(found)

    def _best_of(
        self, begin: int, end: int, block: Callable[[int, int], tuple[np.ndarray, np.ndarray]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the places and states of the groups that may be among the best of some places."""
        assert self.best is not None
        choice, found = BestChoice(self.best, self.states), []
        for first, last in _growing(begin, end):
            groups, states = block(first, last)
            columns = partial(place_columns, self.keys, groups)
            chosen = choice.find_places(states, columns) if len(groups) else None
            found.append((groups, states) if chosen is None else (groups[chosen], states[chosen]))
        return _together(found)

    def _added(self, workers: Sequence[Worker]) -> tuple[np.ndarray, np.ndarray]:
        """Return the same of few places, for which compiling kernels would take longer."""
        shape = self.copies, self.places, self.states.pitch
        tables = [table for w in workers for table in np.asarray(w["states"]).reshape(shape)]
        if self._is_chosen:
            return self._best_of(0, self.places, partial(self._merged, tables))
        cuts = range(0, self.places, BLOCK_PLACES)
        return _together([self._merged(tables, at, at + BLOCK_PLACES) for at in cuts])

    def _merged(
        self, tables: Sequence[np.ndarray], begin: int, end: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the groups with rows of a block of places, and their merged states."""
        total, *others = (table[begin:end] for table in tables)
        for other in others:
            if other[:, 0].any():
                merge_tables(total, other, self.states.operations)
        groups = np.flatnonzero(total[:, 0])
        return groups + begin, total[groups]


def _together(parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return places and states of several blocks."""
    groups = np.concatenate([places for places, _ in parts])
    return groups, np.concatenate([states for _, states in parts])


def _growing(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the ends of blocks, small ones first."""
    size = FIRST_PLACES
    while begin < end:
        yield begin, min(begin + size, end)
        begin, size = begin + size, min(2 * size, BLOCK_PLACES)
