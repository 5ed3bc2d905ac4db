"""Aggregates as words of state: which words each needs, and how a row changes them.

A group's state is `pitch` 64-bit words: first the number of its rows, then (in hash tables) its
keys, then the words of its aggregates. Word w of group g stands at g * pitch + w; floats share the
memory. Aggregates of the same arguments share their words: AVG and SUM, VAR_POP and STDDEV_SAMP.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.kernels.domains import Domain
from gpudb.kernels.scalar import write
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.families import family_of
from gpudb.kernels.sinks.operations import ADD, KEY, OPERATIONS
from gpudb.kernels.values import INT, Value, either, negation
from gpudb.records import dataclass, replace
from gpudb.sql.aggregates import PICKED, state_arguments
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import Expression
from gpudb.sql.plan import AggregateItem


@dataclass(frozen=True, slots=True)
class Update:
    """Words to change: the state at `word` takes `value` in where `value` is not NULL.

    `others` are the texts of further values.
    """

    word: int
    operation: int
    value: Value
    bounds: Bounds | None = None
    others: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of all values."""
        return self.value.text, *self.others

    @property
    def passes(self) -> list[list[int]]:
        """The words, of those compared one after the other, that each pass over the rows settles.

        A word that every row has alike leaves the next one's to be settled with it.
        """
        found: list[list[int]] = [[]]
        for word, text in enumerate(self.texts):
            found[-1].append(word)
            if not text.isdecimal() and word + 1 < len(self.texts):
                found.append([])
        return found


@dataclass(frozen=True, slots=True)
class Aggregated:
    """An aggregate's words.

    Its state at `word`, the number of values that were not NULL at `count`. What was subtracted
    from its arguments stands in `offsets`.
    """

    item: AggregateItem
    word: int
    count: int
    operation: int
    domain: Domain | None = None
    offsets: tuple[int, ...] = ()


class States:
    """The words of all aggregates of one Group, and their updates for the present row."""

    def __init__(self, aggregates: Sequence[AggregateItem], keys: int, rows: int | None) -> None:
        self.items = aggregates
        self.rows = rows  # how many rows can reach the sink, if that is known
        self.operations = [ADD, *([KEY] * keys)]
        self._first = [0] * (1 + keys)
        # How many passes over the rows settle all words, once the updates are written.
        self.passes = 1
        self.aggregated: list[Aggregated] = []
        self._counts: dict[str | None, int] = {None: 0}
        self._known: dict[tuple[str, tuple[Expression, ...]], Aggregated] = {}

    @property
    def pitch(self) -> int:
        """The number of words of a group."""
        return len(self.operations)

    def first_words(self) -> np.ndarray:
        """Return the state of a group without rows: int64[pitch]."""
        return np.array(self._first, np.int64)

    @property
    def has_shared_forms(self) -> bool:
        """Whether some states are those of threads that share them, which only numpy merges."""
        changed = (OPERATIONS[number] for number in self.operations if number != KEY)
        return any(operation.change is None for operation in changed)

    @property
    def has_memory(self) -> bool:
        """Whether some states have no form in registers."""
        changed = (OPERATIONS[number] for number in self.operations if number != KEY)
        return any(operation.register is None for operation in changed)

    def updates(self, scope: Scope) -> list[Update]:
        """Evaluate the aggregates' arguments for this row and return what they change."""
        updates = [Update(0, ADD, Value(INT, "1"), Bounds(1, 1))]
        for item in self.items:
            updates.extend(self._updates_of(item, scope))
        return updates

    def _updates_of(self, item: AggregateItem, scope: Scope) -> list[Update]:
        call, arguments = item.call, state_arguments(item.call)
        family, words = family_of(call)
        known = self._known.get((words, arguments))
        if known is not None:
            self.aggregated.append(replace(known, item=item))
            return []
        values = [write(argument, scope) for argument in arguments]
        null = either(*(value.is_null for value in values))
        if call.function in PICKED:
            # The first value may be NULL: only a FILTER leaves rows out.
            null = either(*(negation(test.is_true) for test in values[2:]))
        count, changes = self._count(null)
        if family.prepare is None:
            self.aggregated.append(Aggregated(item, count, count, ADD))
            return changes
        prepared = family.prepare(call, values, scope, self.rows)
        texts = [t if t.isdecimal() else scope.writer.assign("term", t) for t in prepared.texts]
        word = self._word(prepared.operation)
        made = Aggregated(item, word, count, prepared.operation, prepared.domain, prepared.offsets)
        self.aggregated.append(made)
        self._known[words, arguments] = made
        value = Value(prepared.kind, texts[0], null)
        update = Update(word, prepared.operation, value, prepared.bounds, tuple(texts[1:]))
        if OPERATIONS[prepared.operation].ties:
            self.passes = max(self.passes, len(update.passes))
        return [*changes, update]

    def _word(self, operation: int) -> int:
        word, first = self.pitch, OPERATIONS[operation].first
        self.operations += [operation, *([KEY] * (len(first) - 1))]
        self._first += first
        return word

    def _count(self, null: str | None) -> tuple[int, list[Update]]:
        """Return the word that counts the values that are not NULL.

        Arguments that never are share one.
        """
        if null in self._counts:
            return self._counts[null], []
        self._counts[null] = self._word(ADD)
        return self._counts[null], [
            Update(self._counts[null], ADD, Value(INT, "1", null), Bounds(1, 1))
        ]
