"""Group by open addressing in one table that many threads share, without locks or waiting.

Keys whose codes pack into one number are the table's slots, taken by `claim`:

    group_keys  [free] [key] [free] [key] ...       states at the same place

Other keys are written at an index of the thread's own first, and then a slot is claimed with that
index. Who finds another's index there compares the keys, word by word, and keeps its own index for
its next new group:

    group_slots [0] [2] [0] [1] ...   index + 1     group_keys and states at the index

A thread that looks at too many places calls the table full. The groups so far may then be half
counted, so they are all dropped, and the pipeline runs again with a larger table.

Where few groups are expected, each block has such a table of its own in shared memory first, of
keys that pack, and merges it into the common one at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.compiler.language import Scratch, ValueType
from gpudb.kernels.builds import PART_SHIFT
from gpudb.kernels.held import Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.shared_library import find_key
from gpudb.kernels.sinks.block import INSTEAD, BlockTable, write_merge
from gpudb.kernels.sinks.group import (
    FLOATS,
    INTS,
    Key,
    aggregate_columns,
    place_columns,
    places,
    write_place,
    write_updates,
)
from gpudb.kernels.sinks.hashed import word_columns, word_count, write_key_words
from gpudb.kernels.sinks.operations import merge_tables
from gpudb.kernels.sinks.sink import FULL, Worker
from gpudb.kernels.sinks.states import States
from gpudb.kernels.sinks.tiers import Choice, Crowd, Tier, choose_hashed
from gpudb.kernels.writer import Phases
from gpudb.sql.plan import AggregateItem

# Codes of so many places fit a word that is not negative.
MOST_PACKED = 1 << 62
# The first table has room for so many groups, if there can be as many.
FIRST_GROUPS = 1 << 16
GROWTH = 4
# At half load the longest run of a table of 2**30 places is shorter.
PROBE_LIMIT = 192


# Key words int64[groups, words] and states int64[groups, pitch].
Groups = tuple[np.ndarray, np.ndarray]


class SharedHashWriter:
    """Groups of keys; `most` is how many groups there can be."""

    def __init__(
        self,
        keys: Sequence[Key],
        aggregates: Sequence[AggregateItem],
        *,
        rows: int,
        crowd: Crowd,
        begin: int,
    ) -> None:
        self.keys = keys
        self.is_packed = places(keys) <= MOST_PACKED
        self.words = 1 if self.is_packed else word_count(keys)
        self.states = States(aggregates, 0, rows)
        self.most = max(1, min(rows, places(keys)))
        self.crowd = crowd
        self.choice: Choice | None = None
        self.begin = begin  # the line of the text where the rows' loop begins
        expected = FIRST_GROUPS if crowd.groups is None else int(crowd.groups)
        expected = crowd.shared_out(max(1, expected, crowd.least_groups))
        self.expected = min(self.most, expected)
        self.has_grown = False
        self.capacity = 1 << max(4, (2 * self.expected - 1).bit_length())
        # Shared memory is dear: a block's table may be filled by two thirds.
        self.block_size = 1 << max(4, (3 * self.expected // 2).bit_length())

    def open(self, scope: Scope) -> None:
        """Declare the table."""
        names = ["states", "group_keys"]
        names += [] if self.is_packed else ["group_slots", "used", "spares"]
        for name in names:
            scope.writer.worker_parameter(name, INTS)
        scope.writer.worker_parameter("float_states", FLOATS)
        for name in ("group_mask", "group_limit"):
            scope.writer.worker_parameter(name, ValueType.INT)
        if not self.is_packed:
            scope.writer.worker_parameter("group_room", ValueType.INT)

    def begin_row(self, scope: Scope) -> None:
        """There is room until a thread finds none."""

    def row(self, scope: Scope) -> None:
        """Find or make the group and change its state."""
        writer = scope.writer
        words = self._key_words(self.keys, scope)
        updates = self.states.updates(scope)
        self.choice = choose_hashed(
            self.expected,
            (self.block_size, self.capacity),
            1 + self.states.pitch,
            self.crowd,
            is_packed=self.is_packed,
        )
        if self.is_packed:
            group = self._find_by_key(words[0], scope)
        else:
            group = self._find_by_slots(words, scope)
            with writer.block(f"if {group} == spare:"):
                writer.line("spare = -1")
        state = writer.assign("state", f"{group} * {self.states.pitch}")
        write_updates(updates, state, scope)

    def write_state(self, keys: Sequence[Key], scope: Scope) -> str:
        """Write where the state of a row's group lies, which is in the table already."""
        writer, words = scope.writer, self._key_words(keys, scope)
        if self.is_packed:
            group = self._find_by_key(words[0], scope)
        else:
            group = self._find_by_slots(words, scope, adds=False)
        return writer.assign("state", f"{group} * {self.states.pitch}")

    def _key_words(self, keys: Sequence[Key], scope: Scope) -> Sequence[str]:
        """Write the words of this row's keys; rows of other parts are left to their rounds."""
        writer = scope.writer
        words = [writer.assign("key", write_place(keys, scope))] if self.is_packed else []
        words = words or write_key_words(keys, scope)
        part = self.crowd.part
        if part is not None and part.count > 1:
            code = writer.assign("code", f"mix({words[0]})" if self.is_packed else hash_text(words))
            mask = writer.constant("part_mask", part.count - 1)
            number = writer.constant("part", part.number)
            with writer.block(
                f"if (logical_shift_right({code}, {PART_SHIFT}) & {mask}) != {number}:"
            ):
                writer.line("continue")
        return words

    def _find_by_key(self, key: str, scope: Scope) -> str:
        writer = scope.writer
        group, find = writer.name("group"), writer.use(find_key)
        writer.line(f"{group} = {find}(group_keys, group_mask, group_limit, {key})")
        self._fail(f"{group} < 0", scope)
        return group

    def _fail(self, condition: str, scope: Scope) -> None:
        with scope.writer.block(f"if {condition}:"):
            scope.writer.line(f"return fail(errors, {FULL}, 0, 0)")

    def _find_by_slots(self, words: Sequence[str], scope: Scope, *, adds: bool = True) -> str:
        """Write the search for the keys, and the attempt to be the one that adds them.

        Or, where they are known to be there and nobody changes the table, only the search.
        """
        look = "follow(group_slots, {})" if adds else "group_slots[{}]"
        read = "peek(group_keys, {})" if adds else "group_keys[{}]"
        writer = scope.writer
        slot, group, tries = writer.name("slot"), writer.name("group"), writer.name("tries")
        is_searching = writer.name("is_searching")
        writer.line(f"{slot} = {hash_text(words)} & group_mask")
        writer.line(f"{group} = {look.format(slot)} - 1")
        writer.line(f"{tries} = 0")
        writer.line(f"{is_searching} = True")
        with writer.block(f"while {is_searching}:"):
            if adds:
                with writer.block(f"if {group} < 0:"):
                    self._add(slot, group, words, scope)
            else:
                self._fail(f"{group} < 0", scope)
            same = " and ".join(
                f"{read.format(f'{group} * {self.words} + {index}')} == {word}"
                for index, word in enumerate(words)
            )
            writer.line(f"{is_searching} = not ({same})")
            with writer.block(f"if {is_searching}:"):
                writer.line(f"{slot} = ({slot} + 1) & group_mask")
                writer.line(f"{tries} += 1")
                self._fail(f"{tries} > group_limit", scope)
                writer.line(f"{group} = {look.format(slot)} - 1")
        return group

    def _add(self, slot: str, group: str, words: Sequence[str], scope: Scope) -> None:
        writer = scope.writer
        with writer.block("if spare < 0:"):
            writer.line("spare = reserve(used, 0, 1)")
            self._fail("spare >= group_room", scope)
        for index, word in enumerate(words):
            writer.line(f"poke(group_keys, spare * {self.words} + {index}, {word})")
        writer.line("fence()")
        writer.line(f"claim(group_slots, {slot}, 0, spare + 1)")
        writer.line(f"{group} = follow(group_slots, {slot}) - 1")

    def close(self, scope: Scope) -> None:
        """Write what is done once the rows are.

        The index that a thread has left is what it begins with the next time; a block's table is
        merged.
        """
        if self.is_in_blocks:
            self._write_block(scope)
        if self.is_packed:
            return
        scope.writer.lines[self.begin : self.begin] = ["    spare = spares[thread_index()]"]
        scope.writer.line("spares[thread_index()] = spare")

    @property
    def is_in_blocks(self) -> bool:
        """Whether each block has a table of its own first."""
        return self.choice is not None and self.choice.tier is Tier.BLOCK

    def _write_block(self, scope: Scope) -> None:
        size, writer = self.block_size, scope.writer
        table = BlockTable(self.states, size)
        opening = [*table.opening(), "        block_group_keys[group] = -1"]
        inside = [
            f"place = group * {table.pitch}",
            *table.reads(is_first=True),
            f"found = {writer.use(find_key)}(group_keys, group_mask, group_limit, key)",
            "if found < 0:",
            f"    fail(errors, {FULL}, 0, 0)",
            "else:",
            f"    state = found * {self.states.pitch}",
            *(f"    {line}" for line in write_merge(self.states, scope)),
        ]
        closing = [
            f"    for group in range(block_thread(), {size}, block_threads()):",
            "        key = block_group_keys[group]",
            "        if key != -1:",
            *(f"            {line}" for line in inside),
        ]
        mask, limit = str(size - 1), str(size)
        instead = {"group_keys": "block_group_keys", "group_mask": mask, "group_limit": limit}
        scratch = (*table.scratch(), ("block_group_keys", Scratch("int64", size)))
        writer.phases = Phases(scratch, INSTEAD | instead, tuple(opening), tuple(closing))

    def slot_text(self, keys: Sequence[Key], scope: Scope) -> str:
        """Write where the search for a row's group begins."""
        mask = self.capacity - 1
        if self.is_packed:
            return f"mix({write_place(keys, scope)}) & {mask}"
        return f"{hash_text(write_key_words(keys, scope))} & {mask}"

    @property
    def slots(self) -> int:
        """The number of places."""
        return self.capacity

    @property
    def table_bytes(self) -> int:
        """The size of the table."""
        return 8 * self.room * (self.words + self.states.pitch)

    @property
    def room(self) -> int:
        """How many groups there is memory for."""
        if self.is_packed:
            return self.capacity
        return min(self.most, self.capacity) + self.crowd.threads

    def new_worker(self) -> Worker:
        """Return an empty table."""
        first, room = self.states.first_words(), self.room
        table = np.tile(first, room) if first.any() else np.zeros(room * len(first), np.int64)
        is_ample = self.capacity >= 2 * GROWTH * self.most
        worker: Worker = {
            "states": table,
            "float_states": table.view(np.float64),
            "group_mask": self.capacity - 1,
            "group_limit": self.capacity if is_ample else min(self.capacity, PROBE_LIMIT),
        }
        if self.is_packed:
            return worker | {"group_keys": np.full(self.capacity, -1, np.int64)}
        return worker | {
            "group_keys": np.empty(room * self.words, np.int64),
            "group_slots": np.zeros(self.capacity, np.int64),
            "group_room": room,
            "used": np.zeros(1, np.int64),
            "spares": np.full(self.crowd.threads, -1, np.int64),
        }

    def enlarge(self) -> int:
        """Let the next worker have a larger table; a block's cannot grow."""
        if self.is_in_blocks:
            return GROWTH * self.block_size
        self.capacity *= GROWTH
        self.has_grown = True
        return 0

    def pause(self, worker: Worker, order: int) -> None:
        """Never needed: the kernel fails where there is no room."""

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: the table holds every morsel so far."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Return the groups that have rows."""
        words, table = merged([self._groups(worker) for worker in workers], self.states.operations)
        columns = place_columns(self.keys, words[:, 0]) if self.is_packed else {}
        columns = columns or word_columns(self.keys, words)
        columns.update(aggregate_columns(self.states, table))
        return Relation(len(table), columns)

    def _groups(self, worker: Worker) -> Groups:
        """Return the key words and the states of a worker's groups."""
        table = np.asarray(worker["states"]).reshape(-1, self.states.pitch)
        groups = np.flatnonzero(table[:, 0])
        words = np.asarray(worker["group_keys"]).reshape(-1, self.words)
        return words[groups], table[groups]


def merged(parts: Sequence[Groups], operations: Sequence[int]) -> Groups:
    """Return the groups of several workers: those of equal words are one."""
    if len(parts) == 1:
        return parts[0]
    words, places = np.unique(
        np.concatenate([words for words, _ in parts]), axis=0, return_inverse=True
    )
    pitch = parts[0][1].shape[1]
    table, is_there = np.zeros((len(words), pitch), np.int64), np.zeros(len(words), np.bool_)
    begin = 0
    for _, states in parts:
        here = places[begin : begin + len(states)]
        begin += len(states)
        is_known = is_there[here]
        table[here[~is_known]] = states[~is_known]
        both = table[here[is_known]]
        merge_tables(both, states[is_known], operations)
        table[here[is_known]] = both
        is_there[here] = True
    return words, table


def hash_text(words: Sequence[str]) -> str:
    """Return the text of the hash of key words."""
    code = "0"
    for word in words:
        code = f"mix({code} ^ {word})"
    return code
