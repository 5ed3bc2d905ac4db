"""Columns of groups that a GPU computes of their words, and so needs no host to finish.

    keys                codes within the place, or the packed word, of a group
    COUNT               a word
    SUM, MIN, MAX       a word, NULL where no value was counted
    AVG                 a sum by a count

What takes two words, or bits in another order, the host computes (`sinks.results`), and this is
written as it is there, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import DTypeLike

from gpudb.kernels.domains import Domain
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.sinks.direct import DirectWriter
from gpudb.kernels.sinks.group import Key
from gpudb.kernels.sinks.operations import (
    ADD,
    ADD_FLOAT,
    HIGHEST,
    LOWEST,
    OPERATIONS,
    number_text,
)
from gpudb.kernels.sinks.shared_hash import SharedHashWriter
from gpudb.kernels.sinks.states import Aggregated
from gpudb.kernels.values import INT
from gpudb.records import dataclass
from gpudb.sql.aggregates import arguments_of
from gpudb.sql.bounds import Bounds
from gpudb.storage.types import Kind, SqlType

PLAIN, WORDS = ("sum", "min", "max"), (ADD, LOWEST, HIGHEST)


@dataclass(frozen=True)
class Kept:
    """A column of groups: the texts of where a kernel finds it, and whether it is NULL (1 or 0)."""

    id: int
    type: SqlType
    text: str
    null: str | None = None
    domain: Domain | None = None

    @property
    def parts(self) -> list[tuple[str, DTypeLike]]:
        """The texts of its arrays, and what these hold."""
        values = np.float64 if self.type.is_float else np.int64
        nulls: list[tuple[str, DTypeLike]] = [] if self.null is None else [(self.null, np.uint8)]
        return [(self.text, values), *nulls]

    def held(self, arrays: Sequence[np.ndarray], limits: Mapping[int, Bounds]) -> HeldColumn:
        """Return the column, whose arrays are on the device; whole numbers' limits are known."""
        values, *rest = arrays
        nulls = None
        if rest and limits[rest[0].ctypes.data].maximum:
            nulls = rest[0].view(np.bool_)
        column = HeldColumn(self.type, values, nulls, domain=self.domain)
        if values.ctypes.data in limits:
            vars(column)["bounds"] = limits[values.ctypes.data]
        return column


def kept_columns(table: DirectWriter | SharedHashWriter) -> list[Kept] | None:
    """Return the columns of groups if all of them can be computed where they are."""
    if isinstance(table, SharedHashWriter) and not table.is_packed:
        return None
    place = "row" if isinstance(table, DirectWriter) else "group_keys[row]"
    found = kept_keys(table.keys, place)
    found += [kept_aggregate(each, table.states.pitch) for each in table.states.aggregated]
    columns = [each for each in found if each is not None]
    return columns if len(columns) == len(found) else None


def kept_keys(keys: Sequence[Key], place: str) -> list[Kept | None]:
    """Return the keys of the group at a place: the last one's codes follow one another."""
    found: list[Kept | None] = []
    below = 1
    for number in reversed(range(len(keys))):
        key = keys[number]
        code = place if below == 1 else f"({place} // {below})"
        if number:
            code = f"({code} % {key.codes})"
        below *= key.codes
        found.append(kept_key(key, code))
    return found


def kept_key(key: Key, code: str) -> Kept | None:
    """Return a key by its code, of which the last stands for NULL."""
    if key.value.kind is not INT or key.field.type.is_float:
        return None
    null, value = None, code
    if key.value.is_null is not None:
        null = f"(1 if {code} == {key.size} else 0)"
        value = f"(0 if {code} == {key.size} else {code})"
    text = f"{value} + ({number_text(key.least)})"
    return Kept(key.field.id, key.field.type, text, null, key.value.domain)


def kept_aggregate(aggregated: Aggregated, pitch: int) -> Kept | None:
    """Return an aggregate of the group at `row` of a table."""
    field, function = aggregated.item.field, aggregated.item.call.function
    count = f"states[row * {pitch} + {aggregated.count}]"
    if function == "count":
        return Kept(field.id, field.type, count)
    text = number_of(aggregated, pitch, count)
    if text is None or field.type.kind in (Kind.BOOLEAN, Kind.FLOAT):
        return None
    # The first word counts rows, of which each group has some.
    if aggregated.count == 0:
        return Kept(field.id, field.type, text, None, aggregated.domain)
    zero = "0.0" if field.type.is_float else "0"
    text, null = f"({zero} if {count} == 0 else {text})", f"(1 if {count} == 0 else 0)"
    return Kept(field.id, field.type, text, null, aggregated.domain)


def number_of(aggregated: Aggregated, pitch: int, count: str) -> str | None:
    """Return the text of an aggregate's value, where there was one."""
    place, operation = f"[row * {pitch} + {aggregated.word}]", aggregated.operation
    function = aggregated.item.call.function
    if function in PLAIN:
        kind = OPERATIONS[operation]
        if kind.is_float and len(kind.first) == 1:
            return f"float_states{place}"
        return f"states{place}" if operation in WORDS else None
    if function != "avg" or operation not in (ADD, ADD_FLOAT):
        return None
    values = f"float(max({count}, 1))"
    if operation == ADD_FLOAT:
        return f"float_states{place} / {values}"
    scale = arguments_of(aggregated.item.call)[0].type.scale
    return f"float(states{place}) / {values} / {10.0**scale!r}"
