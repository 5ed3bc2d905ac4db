"""States of several words that no atomic changes at once: settled word by word, a pass for each.

    rows    the first word of the greatest, the least ...     with all other aggregates
    pass 1  the second word, of rows that are equal in the first
    pass 2  the third one, of rows that are equal in both ...

The passes are kernels over the same rows, behind the first one: they find the groups that it has
made, and few of their rows have anything to change.
"""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.kernels.held import Relation
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.direct import DirectWriter
from gpudb.kernels.sinks.group import INTS, word_place, write_keys, write_tie
from gpudb.kernels.sinks.keyed import KeyedWriter
from gpudb.kernels.sinks.operations import OPERATIONS
from gpudb.kernels.sinks.shared_hash import SharedHashWriter
from gpudb.kernels.sinks.single import SingleWriter
from gpudb.kernels.sinks.sink import SinkWriter, Worker
from gpudb.kernels.sinks.states import States, Update
from gpudb.sql.plan import Item

Groups = SingleWriter | DirectWriter | SharedHashWriter


class TieWriter:
    """Settles the words of pass `number` in the states of `groups`, found by their `keys`.

    It has no worker of its own: its kernel is given the groups' memory.
    """

    def __init__(self, number: int, groups: Groups, keys: Sequence[Item]) -> None:
        self.number = number
        self.states = States(groups.states.items, 0, groups.states.rows)
        self.keys = keys
        self.groups = groups

    def open(self, scope: Scope) -> None:
        """Take the states."""
        if isinstance(self.groups, SingleWriter):
            scope.writer.worker_parameter("states", INTS)
        else:
            self.groups.open(scope)

    def begin_row(self, scope: Scope) -> None:
        """Every group has its place."""

    def row(self, scope: Scope) -> None:
        """Change the next words of the row's group, if the row is equal in those before."""
        state = ""
        if not isinstance(self.groups, SingleWriter):
            state = self.groups.write_state(write_keys(self.keys, scope), scope)
        for update in self.states.updates(scope):
            if OPERATIONS[update.operation].ties and self.number < len(update.passes):
                self._settle(update, state, scope)

    def _settle(self, update: Update, state: str, scope: Scope) -> None:
        words = update.passes[self.number]
        tests = [f"not {update.value.is_null}"] if update.value.is_null is not None else []
        for word in range(words[0]):
            place = word_place(state, update.word + word)
            tests.append(f"peek(states, {place}) == {update.texts[word]}")
        with scope.writer.block(f"if {' and '.join(tests)}:"):
            for word in words:
                write_tie(update, word, state, scope)

    def close(self, scope: Scope) -> None:
        """Nothing is kept in registers."""

    def new_worker(self) -> Worker:
        """There is none but the groups' own."""
        return {}

    def pause(self, worker: Worker, order: int) -> None:
        """Never needed: no group is new."""

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """The groups' sink has the result."""
        return Relation(0, {})


def tie_writers(sink: SinkWriter) -> list[TieWriter]:
    """Return the writers of the passes that must follow the kernel of a sink that is written."""
    keys: Sequence[Item] = ()
    groups: object = sink
    if isinstance(sink, KeyedWriter):
        groups, keys = sink.inner, sink.items
    if not isinstance(groups, Groups):
        return []
    return [TieWriter(number, groups, keys) for number in range(1, groups.states.passes)]
