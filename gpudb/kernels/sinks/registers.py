"""Aggregates in registers: those without keys, and, on a GPU, those of a few groups.

open    the registers' first values      rows    one more value each
close   into the states: on a GPU those of a warp together, by its lanes first
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gpudb.kernels import library
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.block import warp_word
from gpudb.kernels.sinks.group import change_of, write_updates
from gpudb.kernels.sinks.operations import ADD, ADD_WIDE, OPERATIONS, number_text
from gpudb.kernels.sinks.states import States, Update
from gpudb.kernels.values import WIDE

# A morsel gives at most so many rows, or, where a row of it can have many outputs, MORSEL_ROWS
# times those (morsels.cut_morsels sees to it): what a sum in a register has to hold.
MOST_OUTPUT_ROWS = 1 << 24
MORSEL_ROWS = 2048


class Registers:
    """The states of `places` groups, in registers while the loop from line `begin` on runs."""

    def __init__(self, states: States, places: int, begin: int, fanout: int) -> None:
        self.states = states
        self.places = places
        self.begin = begin
        self.morsel_outputs = max(MOST_OUTPUT_ROWS, MORSEL_ROWS * fanout)
        self._names: dict[tuple[int, int], str] = {}
        self._updates: list[Update] = []

    def row(
        self,
        updates: Sequence[Update],
        scope: Scope,
        *,
        group: str = "",
        state: str = "",
        test: str | None = None,
    ) -> None:
        """Write the updates of the registers, and in memory, at `state`, those that have none.

        Rows that do not pass a `test` leave registers as they are.
        """
        writer = scope.writer
        self._updates = [u for u in updates if OPERATIONS[u.operation].register is not None]
        write_updates([u for u in updates if u not in self._updates], state, scope)
        for update in self._updates:
            stem = "rows" if update.word == 0 else f"state_{update.word}"
            for place in range(self.places):
                name = writer.name(stem if self.places == 1 else f"{stem}_of_{place}")
                self._names[place, update.word] = name
                test = f"{group} == {place}" if group else test
                writer.line(f"{name} = {self._changed(name, update, test)}")

    def _changed(self, name: str, update: Update, test: str | None) -> str:
        value, null = update.value.text, update.value.is_null
        register = OPERATIONS[update.operation].register
        assert register is not None
        if update.operation == ADD_WIDE:
            if self._stays_narrow(update):
                register = OPERATIONS[ADD].register or ""
            elif update.value.kind is not WIDE:
                value = f"wide({value})"
        text = register.format(name=name, value=value)
        if test is not None:
            present = "" if null is None else f" and not {null}"
            return f"({text} if {test}{present} else {name})"
        return text if null is None else f"({name} if {null} else {text})"

    def _stays_narrow(self, update: Update) -> bool:
        """Whether 64 bits hold a morsel's sum, whatever its rows are."""
        bounds = update.bounds
        if bounds is None or update.value.kind is WIDE or self.states.rows is None:
            return False
        return max(abs(bounds.minimum), abs(bounds.maximum)) * self.morsel_outputs < 1 << 63

    def close(self, scope: Scope, pitch: int | None = None) -> None:
        """Write the registers' first values before the loop, and their merge after it.

        `pitch` is how far apart groups lie, if it is not the size of their states.
        """
        writer = scope.writer
        before = []
        for update in self._updates:
            first = self._first(update, scope)
            before += [f"    {name} = {first}" for name in self._of(update)]
        writer.lines[self.begin : self.begin] = before
        for update in self._updates:
            operation = OPERATIONS[update.operation]
            change = change_of(operation)
            is_wide = update.operation == ADD_WIDE
            if is_wide:
                change = library.add_wide_value
            word = writer.use_change(change)
            if writer.is_shared:
                word = warp_word(change, operation, scope)
            (buffer,) = operation.buffers
            for place, name in enumerate(self._of(update)):
                at = place * (pitch or self.states.pitch) + update.word
                value = f"wide({name})" if is_wide and not self._is_wide(update) else name
                writer.line(f"{word}({buffer}, {at}, {value})")

    def _of(self, update: Update) -> list[str]:
        return [self._names[place, update.word] for place in range(self.places)]

    def _is_wide(self, update: Update) -> bool:
        return update.operation == ADD_WIDE and not self._stays_narrow(update)

    def _first(self, update: Update, scope: Scope) -> str:
        if self._is_wide(update):
            return "wide(0)"
        operation = OPERATIONS[update.operation]
        (first,) = operation.first[:1]
        if not operation.is_float:
            return number_text(first)
        value = float(np.array(first).view(np.float64))
        if math.isfinite(value):
            return repr(value)
        wanted = "not_a_number" if math.isnan(value) else "minus_infinity"
        return scope.writer.constant(wanted, value)
