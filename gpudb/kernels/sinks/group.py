"""Group without keys, and what direct addressing and hashing have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gpudb.compiler.language import Pointer, View
from gpudb.kernels import library
from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.scalar import write
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.operations import (
    ADD,
    ADD_WIDE,
    GREATEST,
    LEAST,
    OPERATIONS,
    Operation,
    merge_tables,
)
from gpudb.kernels.sinks.results import result
from gpudb.kernels.sinks.sink import Worker
from gpudb.kernels.sinks.states import States, Update
from gpudb.kernels.values import BOOL, FLOAT, WIDE, Value
from gpudb.sql.plan import AggregateItem, Field, Item
from gpudb.storage.types import Kind

# A state's words, and the same words as floats.
INTS, FLOATS = Pointer("int64"), View("float64", "states")
# A morsel gives at most so many rows, or, where a row of it can have many outputs, MORSEL_ROWS
# times those (launch.cut_morsels sees to it): what a sum in a register has to hold.
MOST_OUTPUT_ROWS = 1 << 24
MORSEL_ROWS = 2048


class SingleWriter:
    """Aggregates over all rows: sums stay in registers within a morsel."""

    def __init__(self, aggregates: Sequence[AggregateItem], rows: int, fanout: int) -> None:
        self.states = States(aggregates, 0, rows)
        self.morsel_outputs = max(MOST_OUTPUT_ROWS, MORSEL_ROWS * fanout)
        self._names: dict[int, str] = {}
        self._updates: list[Update] = []

    def open(self, scope: Scope) -> None:
        """Leave room: the registers' first values are known only when the rows' text is."""
        self._place = len(scope.writer.lines)

    def begin_row(self, scope: Scope) -> None:
        """There is always room."""

    def row(self, scope: Scope) -> None:
        """Write the updates of the registers."""
        writer = scope.writer
        updates = self.states.updates(scope)
        self._updates = [u for u in updates if OPERATIONS[u.operation].register is not None]
        write_updates([u for u in updates if u not in self._updates], "", scope)
        for update in self._updates:
            name = writer.name("rows" if update.word == 0 else f"state_{update.word}")
            self._names[update.word] = name
            writer.line(f"{name} = {self._changed(name, update)}")

    def _changed(self, name: str, update: Update) -> str:
        value, null = update.value.text, update.value.is_null
        register = OPERATIONS[update.operation].register
        assert register is not None
        if update.operation == ADD_WIDE:
            if self._stays_narrow(update):
                register = OPERATIONS[ADD].register or ""
            elif update.value.kind is not WIDE:
                value = f"wide({value})"
        text = register.format(name=name, value=value)
        return text if null is None else f"({name} if {null} else {text})"

    def _stays_narrow(self, update: Update) -> bool:
        """Whether 64 bits hold a morsel's sum, whatever its rows are."""
        bounds = update.bounds
        if bounds is None or update.value.kind is WIDE or self.states.rows is None:
            return False
        return max(abs(bounds.minimum), abs(bounds.maximum)) * self.morsel_outputs < 1 << 63

    def close(self, scope: Scope) -> None:
        """Write the registers' first values before the loop, and their merge after it."""
        writer = scope.writer
        writer.worker_parameter("states", INTS)
        writer.worker_parameter("float_states", FLOATS)
        before = [f"    {self._names[u.word]} = {self._first(u, scope)}" for u in self._updates]
        writer.lines[self._place : self._place] = before
        for update in self._updates:
            operation = OPERATIONS[update.operation]
            word = writer.use_change(_change(operation))
            (buffer,) = operation.buffers
            name = self._names[update.word]
            if update.operation == ADD_WIDE:
                name = name if self._is_wide(update) else f"wide({name})"
                word = writer.use_change(library.add_wide_value)
            writer.line(f"{word}({buffer}, {update.word}, {name})")

    def _is_wide(self, update: Update) -> bool:
        return update.operation == ADD_WIDE and not self._stays_narrow(update)

    def _first(self, update: Update, scope: Scope) -> str:
        if self._is_wide(update):
            return "wide(0)"
        operation = OPERATIONS[update.operation]
        (first,) = operation.first[:1]
        if not operation.is_float:
            return f"-{GREATEST} - 1" if first == LEAST else str(first)
        value = float(np.array(first).view(np.float64))
        if math.isfinite(value):
            return repr(value)
        wanted = "not_a_number" if math.isnan(value) else "minus_infinity"
        return scope.writer.constant(wanted, value)

    def new_worker(self) -> Worker:
        """Return the state of no rows."""
        table = self.states.first_words()
        return {"states": table, "float_states": table.view(np.float64)}

    def pause(self, worker: Worker, order: int) -> None:
        """Never needed: there is always room."""

    def end_morsel(self, worker: Worker, order: int) -> None:
        """Nothing to note: the states hold every morsel so far."""

    def finish(self, workers: Sequence[Worker]) -> Relation:
        """Merge the workers' states into one row."""
        table = self.states.first_words().reshape(1, -1)
        for worker in workers:
            part = np.asarray(worker["states"]).reshape(1, -1)
            merge_tables(table, part, self.states.operations)
        return Relation(1, aggregate_columns(self.states, table))


def aggregate_columns(words: States, table: np.ndarray) -> dict[int, HeldColumn]:
    """Return the aggregates' columns by field id."""
    return {a.item.field.id: result(a, table) for a in words.aggregated}


@dataclass(frozen=True)
class Key:
    """A group key in the making.

    Its value, its codes' number and least value (direct addressing).
    """

    field: Field
    value: Value
    least: int
    size: int

    @property
    def codes(self) -> int:
        """How many codes there are, one of them for NULL if it may be NULL."""
        return self.size + (0 if self.value.is_null is None else 1)


def write_keys(keys: Sequence[Item], scope: Scope) -> list[Key]:
    """Evaluate the keys of this row."""
    made = []
    for item in keys:
        value = write(item.expression, scope)
        if value.domain is not None:
            made.append(Key(item.field, value, 0, max(1, len(value.domain))))
            continue
        if item.expression.type.is_float or value.kind is WIDE:
            made.append(Key(item.field, value, 0, 1 << 63))
            continue
        bounds = scope.bounds(item.expression)
        made.append(Key(item.field, value, bounds.minimum, bounds.maximum - bounds.minimum + 1))
    return made


def places(keys: Sequence[Key]) -> int:
    """Return how many groups there can be, by the keys' codes."""
    return math.prod(key.codes for key in keys)


def write_place(keys: Sequence[Key], scope: Scope) -> str:
    """Return the text of the row's place: its keys' codes, the last one's the nearest together."""
    writer = scope.writer
    place, stride = "0", 1
    for key in reversed(keys):
        code = _code(key, scope)
        if stride > 1:
            code = f"{code} * {writer.constant(f'{key.field.name}_stride', stride)}"
        place = code if place == "0" else f"{code} + {place}"
        stride *= key.codes
    return place


def _code(key: Key, scope: Scope) -> str:
    text = f"int({key.value.text})" if key.value.kind is BOOL else key.value.text
    if key.least != 0:
        text = f"({text} - {scope.writer.constant(f'{key.field.name}_least', key.least)})"
    if key.value.is_null is None:
        return text
    null_code = scope.writer.constant(f"{key.field.name}_null_code", key.size)
    return f"({null_code} if {key.value.is_null} else {text})"


def place_columns(keys: Sequence[Key], places: np.ndarray) -> dict[int, HeldColumn]:
    """Return the keys' columns, by field id, of the groups at `places`: int64[groups]."""
    columns: dict[int, HeldColumn] = {}
    for number in reversed(range(len(keys))):
        key, codes = keys[number], places
        if number:  # divisions are slow, and the first key needs none
            places, codes = np.divmod(places, key.codes)
        nulls = None if key.value.is_null is None else codes == key.size
        if nulls is not None and not nulls.any():
            nulls = None
        if nulls is not None:
            codes = np.where(nulls, 0, codes)
        columns[key.field.id] = key_column(key, codes + key.least, nulls)
    return columns


def write_updates(updates: Sequence[Update], state: str, scope: Scope) -> None:
    """Write the changes to the state that begins at `state`."""
    writer = scope.writer
    nulls: dict[str | None, list[Update]] = {}
    for update in updates:
        nulls.setdefault(update.value.is_null, []).append(update)
    for null, group in nulls.items():
        if null is None:
            _write_group(group, state, scope)
            continue
        with writer.block(f"if not {null}:"):
            _write_group(group, state, scope)


def _write_group(updates: Sequence[Update], state: str, scope: Scope) -> None:
    writer = scope.writer
    for update in updates:
        operation = OPERATIONS[update.operation]
        function = _change(operation)
        if update.operation == ADD_WIDE and update.value.kind is WIDE:
            function = library.add_wide_value
        places = [state] if state else []
        places += [str(update.word)] if update.word or not state else []
        values = (*operation.buffers, " + ".join(places), update.value.text, *update.others)
        writer.line(f"{writer.use_change(function, *operation.uses)}({', '.join(values)})")


def _change(operation: Operation) -> Callable[..., object]:
    assert operation.change is not None
    return operation.change


def key_column(key: Key, codes: np.ndarray, nulls: np.ndarray | None) -> HeldColumn:
    """Return the held column of a key from its values."""
    type, domain = key.field.type, key.value.domain
    if key.value.kind is BOOL:
        return HeldColumn(type, codes.astype(np.uint8), nulls)
    if type.kind is Kind.FLOAT:
        return HeldColumn(type, codes.view(np.float64).astype(np.float32), nulls)
    if key.value.kind is FLOAT:
        return HeldColumn(type, codes.view(np.float64), nulls)
    return HeldColumn(type, codes, nulls, domain=domain)
