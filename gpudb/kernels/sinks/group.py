"""What direct addressing and hashing have in common: keys, updates, columns of groups."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from gpudb.compiler.language import Pointer, View
from gpudb.kernels import library
from gpudb.kernels.arithmetic import EXACT_FLOATS, fits
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.scalar import write
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.collect import DTYPES
from gpudb.kernels.sinks.group_part import GroupPart
from gpudb.kernels.sinks.operations import ADD_WIDE, OPERATIONS, Operation
from gpudb.kernels.sinks.results import result
from gpudb.kernels.sinks.states import States, Update
from gpudb.kernels.values import BOOL, FLOAT, INT, WIDE, Value
from gpudb.records import dataclass
from gpudb.sql.plan import Field, Item
from gpudb.storage.types import Kind

# A state's words, and the same words as floats.
INTS, FLOATS = Pointer("int64"), View("float64", "states")


def aggregate_columns(words: States, table: np.ndarray) -> dict[int, HeldColumn]:
    """Return the aggregates' columns by field id."""
    return {a.item.field.id: result(a, table) for a in words.aggregated}


@dataclass(frozen=True)
class Key:
    """A group key in the making.

    Its value, its codes' number and least value (direct addressing). A float that `is_whole` has
    the value of an integer.
    """

    field: Field
    value: Value
    least: int
    size: int
    is_whole: bool = False

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
        whole = scope.whole_bounds(item.expression)
        if whole is not None and fits(whole, EXACT_FLOATS):
            text = f"int({value.text})"
            text = text if value.null is None else f"(0 if {value.null} else {text})"
            value = Value(INT, text, value.null)
            size = whole.maximum - whole.minimum + 1
            made.append(Key(item.field, value, whole.minimum, size, is_whole=True))
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
        code = code_text(key, scope)
        if stride > 1:
            code = f"{code} * {writer.constant(f'{key.field.name}_stride', stride)}"
        place = code if place == "0" else f"{code} + {place}"
        stride *= key.codes
    return place


def write_part_place(keys: Sequence[Key], part: GroupPart | None, scope: Scope) -> str:
    """Write the row's place among those of a part; rows of other parts are left to their rounds."""
    writer = scope.writer
    group = writer.assign("group", write_place(keys, scope))
    if part is None:
        return group
    own = part_places(keys, part)
    group = writer.assign("group", f"{group} - {writer.constant('part_begin', own.start)}")
    size = writer.constant("part_places", len(own))
    with writer.block(f"if {group} < 0 or {group} >= {size}:"):
        writer.line("continue")
    return group


def part_places(keys: Sequence[Key], part: GroupPart | None) -> range:
    """Return the places of groups that are made, all of them or those of a part."""
    return range(places(keys)) if part is None else part.places_of(places(keys))


def code_text(key: Key, scope: Scope) -> str:
    """Return the text of a key's code, as `place_columns` reads it."""
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
            codes, places = divided(places, key.codes)
        nulls = None if key.value.is_null is None else codes == key.size
        if nulls is not None and not nulls.any():
            nulls = None
        values = BUFFERS.made(len(places), shifted(codes, key.least))
        if nulls is not None:
            values[nulls] = key.least
        columns[key.field.id] = key_column(key, values, nulls)
    return columns


def shifted(codes: np.ndarray, least: int) -> Callable[[slice], np.ndarray]:
    """Return what gives pieces of codes as values."""
    return lambda piece: codes[piece] + least


def divided(places: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rest and quotient of places by a number of codes."""
    quotients = BUFFERS.made(len(places), lambda piece: places[piece] // count)
    return BUFFERS.made(len(places), lambda p: places[p] - quotients[p] * count), quotients


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
        if writer.is_shared and operation.ties:
            for word in update.passes[0]:
                write_tie(update, word, state, scope)
            continue
        values = (*operation.buffers, word_place(state, update.word), *update.texts)
        writer.line(f"{_change_name(update, operation, scope)}({', '.join(values)})")


def _change_name(update: Update, operation: Operation, scope: Scope) -> str:
    writer, sharing = scope.writer, operation.sharing
    if writer.is_shared and sharing is not None:
        return writer.use(sharing.change, *sharing.uses)
    function = change_of(operation)
    if update.operation == ADD_WIDE and update.value.kind is WIDE:
        function = library.add_wide_value
    return writer.use_change(function, *operation.uses)


def write_tie(update: Update, word: int, state: str, scope: Scope) -> None:
    """Write the change of one word of those that are compared one after the other."""
    operation = OPERATIONS[OPERATIONS[update.operation].ties[word]]
    change = scope.writer.use_change(change_of(operation))
    place = word_place(state, update.word + word)
    scope.writer.line(f"{change}(states, {place}, {update.texts[word]})")


def word_place(state: str, word: int) -> str:
    """Return the text of a word's place in a state that begins at `state`, or at 0."""
    places = [state] if state else []
    return " + ".join([*places, *([str(word)] if word or not state else [])])


def change_of(operation: Operation) -> Callable[..., object]:
    """Return the function of the kernel language that changes a state."""
    assert operation.change is not None
    return operation.change


def key_column(key: Key, codes: np.ndarray, nulls: np.ndarray | None) -> HeldColumn:
    """Return the held column of a key from its values."""
    type, domain = key.field.type, key.value.domain
    if key.is_whole:
        return HeldColumn(type, BUFFERS.copied(codes, np.float64), nulls)
    if key.value.kind is BOOL:
        return HeldColumn(type, BUFFERS.copied(codes, np.uint8), nulls)
    if type.kind is Kind.FLOAT:
        return HeldColumn(type, BUFFERS.copied(codes.view(np.float64), np.float32), nulls)
    if key.value.kind is FLOAT:
        return HeldColumn(type, codes.view(np.float64), nulls)
    dtype = np.dtype(DTYPES.get(type.kind, np.int64))
    values = codes if codes.dtype == dtype else BUFFERS.copied(codes, dtype)
    return HeldColumn(type, values, nulls, domain=domain)
