"""Group by open addressing in one table that many threads share, without locks or waiting.

Keys whose codes pack into one number are one word, others as many as they need. A key takes a slot
word by word, by `claim`: who finds a word free puts its own there, and who finds another's word
goes on to the next slot.

    group_keys  [free free] [3 7] [free free] [3 8] [5 free] ...       states at the same place

So a slot's first word may come from one thread and its second from another, whose first word is the
same: what stands there is the whole key of the last one. No word changes once it is there, so every
thread that comes later makes the same choices.

A thread that looks at too many places calls the table full. The groups so far may then be half
counted, so they are all dropped, and the pipeline runs again with a larger table.

Where few groups are expected, each block has such a table of its own in shared memory first, and
merges it into the common one at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.compiler.language import Scratch, ValueType
from gpudb.kernels.builds import PART_SHIFT
from gpudb.kernels.held import Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.shared_library import take_word
from gpudb.kernels.sinks.block import INSTEAD, BlockTable, write_merge
from gpudb.kernels.sinks.group import (
    FLOATS,
    INTS,
    Key,
    aggregate_columns,
    place_columns,
    places,
    word_place,
    write_place,
    write_updates,
)
from gpudb.kernels.sinks.group_words import GroupWords
from gpudb.kernels.sinks.listed import Groups, find_listed, merged
from gpudb.kernels.sinks.operations import LEAST, number_text
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
# What stands where there is no word of a key, as text.
FREE = number_text(LEAST)


class SharedHashWriter:
    """Groups of keys; `most` is how many groups there can be."""

    def __init__(
        self,
        keys: Sequence[Key],
        aggregates: Sequence[AggregateItem],
        *,
        rows: int,
        crowd: Crowd,
    ) -> None:
        self.keys = keys
        self.is_packed = places(keys) <= MOST_PACKED
        self.placed = GroupWords(keys)
        self.words = 1 if self.is_packed else self.placed.count
        # Words that may be what marks free places: one more word tells where they are.
        self.escaped = [] if self.is_packed else self.placed.unsure
        self.words += bool(self.escaped)
        self.states = States(aggregates, 0, rows)
        self.most = max(1, min(rows, places(keys)))
        self.crowd = crowd
        self.choice: Choice | None = None
        expected = FIRST_GROUPS if crowd.groups is None else int(crowd.groups)
        expected = crowd.shared_out(max(1, expected, crowd.least_groups))
        self.expected = min(self.most, expected)
        self.has_grown = False
        self.capacity = 1 << max(4, (2 * self.expected - 1).bit_length())
        # Shared memory is dear: a block's table may be filled by two thirds.
        self.block_size = 1 << max(4, (3 * self.expected // 2).bit_length())

    def open(self, scope: Scope) -> None:
        """Declare the table."""
        for name in ("states", "group_keys"):
            scope.writer.worker_parameter(name, INTS)
        scope.writer.worker_parameter("float_states", FLOATS)
        for name in ("group_mask", "group_limit"):
            scope.writer.worker_parameter(name, ValueType.INT)

    def begin_row(self, scope: Scope) -> None:
        """There is room until a thread finds none."""

    def row(self, scope: Scope) -> None:
        """Find or make the group and change its state."""
        words = self._key_words(self.keys, scope)
        updates = self.states.updates(scope)
        sizes = self.block_size, self.capacity
        self.choice = choose_hashed(
            self.expected, sizes, self.words + self.states.pitch, self.crowd
        )
        write_updates(updates, self._state(words, scope), scope)

    def write_state(self, keys: Sequence[Key], scope: Scope) -> str:
        """Write where the state of a row's group lies, which is in the table already."""
        return self._state(self._key_words(keys, scope), scope)

    def _state(self, words: Sequence[str], scope: Scope) -> str:
        writer = scope.writer
        group, find = writer.name("group"), write_find(self.words, scope)
        given = ", ".join(["group_keys", "group_mask", "group_limit", *words])
        writer.line(f"{group} = {find}({given})")
        with writer.block(f"if {group} < 0:"):
            writer.line(f"return fail(errors, {FULL}, 0, 0)")
        return writer.assign("state", f"{group} * {self.states.pitch}")

    def _key_words(self, keys: Sequence[Key], scope: Scope) -> Sequence[str]:
        """Write the words of this row's keys; rows of other parts are left to their rounds."""
        writer = scope.writer
        words = [writer.assign("key", write_place(keys, scope))] if self.is_packed else []
        words = words or self.placed.write(keys, scope)
        if self.escaped:
            words = self._escape(words, scope)
        part = self.crowd.part
        if part is not None and part.count > 1:
            code = writer.assign("code", hash_text(words))
            mask = writer.constant("part_mask", part.count - 1)
            number = writer.constant("part", part.number)
            with writer.block(
                f"if (logical_shift_right({code}, {PART_SHIFT}) & {mask}) != {number}:"
            ):
                writer.line("continue")
        return words

    def _escape(self, words: Sequence[str], scope: Scope) -> list[str]:
        """Write 0 for words that mark free places, and a last one that tells which those are."""
        made, flags = list(words), []
        for place in self.escaped:
            is_free = scope.writer.assign("is_free", f"{words[place]} == {FREE}")
            made[place] = scope.writer.assign("key", f"(0 if {is_free} else {words[place]})")
            flags.append(f"({1 << place} if {is_free} else 0)")
        return [*made, scope.writer.assign("key_free", " | ".join(flags))]

    def close(self, scope: Scope) -> None:
        """Write how a block's table is merged, if it has one."""
        if self.is_in_blocks:
            self._write_block(scope)

    @property
    def is_in_blocks(self) -> bool:
        """Whether each block has a table of its own first."""
        return self.choice is not None and self.choice.tier is Tier.BLOCK

    def _write_block(self, scope: Scope) -> None:
        size, words, writer = self.block_size, self.words, scope.writer
        table, find = BlockTable(self.states, size), write_find(self.words, scope)
        keys = [f"block_group_keys[{key_place('group', word, words)}]" for word in range(words)]
        opening = [*table.opening(), *(f"        {key} = {FREE}" for key in keys)]
        merge = [
            *table.reads(is_first=True),
            f"found = {find}(group_keys, group_mask, group_limit, {', '.join(keys)})",
            "if found < 0:",
            f"    fail(errors, {FULL}, 0, 0)",
            "else:",
            f"    state = found * {self.states.pitch}",
            *(f"    {line}" for line in write_merge(self.states, scope)),
        ]
        closing = [
            f"    for group in range(block_thread(), {size}, block_threads()):",
            f"        place = group * {table.pitch}",
            "        if block_states[place] != 0:",
            *(f"            {line}" for line in merge),
        ]
        mask, limit = str(size - 1), str(size)
        instead = {"group_keys": "block_group_keys", "group_mask": mask, "group_limit": limit}
        scratch = (*table.scratch(), ("block_group_keys", Scratch("int64", size * words)))
        writer.phases = Phases(scratch, INSTEAD | instead, tuple(opening), tuple(closing))

    def slot_text(self, keys: Sequence[Key], scope: Scope) -> str:
        """Write where the search for a row's group begins."""
        return f"{hash_text(self._key_words(keys, scope))} & {self.capacity - 1}"

    @property
    def slots(self) -> int:
        """The number of places."""
        return self.capacity

    @property
    def key_words(self) -> int:
        """How many words stand for a group's keys."""
        return self.words

    def first_words(self, name: str) -> np.ndarray | None:
        """Return what an empty table repeats, by the name of its array."""
        if name == "group_keys":
            return np.array([LEAST])
        return self.states.first_words() if name == "states" else None

    @property
    def table_bytes(self) -> int:
        """The size of the table."""
        return 8 * self.capacity * (self.words + self.states.pitch)

    def new_worker(self) -> Worker:
        """Return an empty table."""
        first, size = self.states.first_words(), self.capacity
        table = np.tile(first, size) if first.any() else np.zeros(size * len(first), np.int64)
        is_ample = size >= 2 * GROWTH * self.most
        return {
            "states": table,
            "float_states": table.view(np.float64),
            "group_keys": np.full(size * self.words, LEAST),
            "group_mask": size - 1,
            "group_limit": size if is_ample else min(size, PROBE_LIMIT),
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
        if self.is_packed:
            columns = place_columns(self.keys, words[:, 0])
        else:
            columns = self.placed.columns(self._unescaped(words))
        columns.update(aggregate_columns(self.states, table))
        return Relation(len(table), columns)

    def _unescaped(self, words: np.ndarray) -> np.ndarray:
        """Return the words of keys as they are without what marks free places."""
        if not self.escaped:
            return words
        flags, words = words[:, -1], words[:, :-1].copy()
        for place in self.escaped:
            words[flags >> place & 1 == 1, place] = LEAST
        return words

    def _groups(self, worker: Worker) -> Groups:
        """Return the key words and the states of a worker's groups."""
        known = find_listed(worker)
        if known is not None:
            return known
        table = np.asarray(worker["states"]).reshape(-1, self.states.pitch)
        groups = np.flatnonzero(table[:, 0])
        words = np.asarray(worker["group_keys"]).reshape(-1, self.words)
        return words[groups], table[groups]


def write_find(words: int, scope: Scope) -> str:
    """Write the function that finds the place of a key of so many words, or takes one; its name.

    It returns -1 after `limit` places. Only where one word is equal the next one is looked at.
    """
    take, names = scope.writer.use(take_word), [f"word_{word}" for word in range(words)]
    name = f"find_{words}_word{'s' if words > 1 else ''}"
    lines = [
        f"def {name}(keys, mask, limit, {', '.join(names)}):",
        f"    place = {hash_text(names)} & mask",
        "    found = -1",
        "    tries = 0",
        "    while found < 0 and tries <= limit:",
    ]
    for word, each in enumerate(names):
        lines += ["        if is_same:"] if word else []
        taken = f"{take}(keys, {key_place('place', word, words)}, {each})"
        lines.append(f"        {'    ' if word else ''}is_same = {taken}")
    lines += [
        "        if is_same:",
        "            found = place",
        "        place = (place + 1) & mask",
        "        tries += 1",
        "    return found",
    ]
    scope.writer.use_text({name: "\n".join(lines)})
    return name


def key_place(group: str, word: int, words: int) -> str:
    """Return the text of where a word of a group's key lies, of so many words."""
    return word_place(group if words == 1 else f"{group} * {words}", word)


def hash_text(words: Sequence[str]) -> str:
    """Return the text of the hash of key words."""
    code = "0"
    for word in words:
        code = f"mix({code} ^ {word})"
    return code
