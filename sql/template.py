"""Plans, pipelines and expressions with places for literals, which are filled again and again.

    Filter(day < [1998-09-02])  filled with 1997-06-30:  Filter(day < 1997-06-30)

What holds no place is the same object in all that is made of a template, and what stood in several
places still does: caches of later stages know it again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from gpudb.records import replace
from gpudb.sql.expr import ColumnReference, Literal, Span
from gpudb.sql.plan import Field, ZoneFilter
from gpudb.sql.varied import WatchedLiteral, ask, derived, unread, with_value

Whole = TypeVar("Whole")
Answer = TypeVar("Answer", bound=Hashable)

# Makes a part of those before it, of which the first are the literals.
Making = Callable[[list[Any]], Any]


class WatchedZone(ZoneFilter):
    """A zone filter whose ends are made of watched literals; they count as read where it is."""

    __slots__ = ("ends",)
    ends: tuple[Literal | None, Literal | None]

    @property
    def minimum(self) -> int | float | None:
        """The least value that can pass, as of any zone filter."""
        return _end(self.ends[0])

    @property
    def maximum(self) -> int | float | None:
        """The greatest value that can pass, as of any zone filter."""
        return _end(self.ends[1])


def _end(literal: Literal | None) -> int | float | None:
    value = None if literal is None else literal.value
    assert not isinstance(value, str)
    return value


def zone_filter(column: str, low: Literal | None, high: Literal | None) -> ZoneFilter:
    """Return the zone filter of these ends; watched where they are."""
    if not isinstance(low, WatchedLiteral) and not isinstance(high, WatchedLiteral):
        return ZoneFilter(column, _end(low), _end(high))
    made = object.__new__(WatchedZone)
    object.__setattr__(made, "column", column)
    object.__setattr__(made, "ends", (low, high))
    return made


class Template(Generic[Whole]):
    """Something made of records, with the places of its watched literals; `leaves` are these.

    A literal that stands in several places is a leaf once.
    """

    def __init__(self, whole: Whole) -> None:
        self.leaves: list[WatchedLiteral] = []
        self.whole = whole
        self._steps: list[Making] = []
        self._numbers: dict[int, int | None] = {}
        self._leaf_numbers: dict[int, int] = {}
        self._last = self._number(whole)
        # Identities mean nothing once the parts may be gone.
        self._numbers.clear()

    def filled(self, literals: Sequence[Literal]) -> Whole:
        """Return the whole with `literals`, one for each leaf, in the places of the leaves."""
        if self._last is None:
            return self.whole
        made: list[Any] = [literals]
        for step in self._steps:
            made.append(step(made))
        return made[self._last]  # type: ignore[no-any-return]

    def _number(self, part: object) -> int | None:
        """Return where what is made of `part` will be; None where it stays as it is."""
        kind: Any = part.__class__
        if kind is not tuple and not is_walked(kind):
            return None
        if id(part) not in self._numbers:
            self._numbers[id(part)] = self._find_number(part)
        return self._numbers[id(part)]

    def _find_number(self, part: Any) -> int | None:
        if isinstance(part, WatchedLiteral):
            return self._add(self._leaf(part))
        if isinstance(part, WatchedZone):
            low, high = map(self._number, part.ends)
            return self._add(_zones(part.column, part.ends, low, high))
        if isinstance(part, tuple):
            numbers = [self._number(each) for each in part]
            return None if _are_none(numbers) else self._add(_tuples(part, numbers))
        named = [(name, self._number(getattr(part, name))) for name in own_fields(part.__class__)]
        changed = [(name, number) for name, number in named if number is not None]
        return self._add(_records(part, changed)) if changed else None

    def _add(self, step: Making) -> int:
        self._steps.append(step)
        return len(self._steps)

    def _leaf(self, literal: WatchedLiteral) -> Making:
        step = literal.step
        if step is None:
            # It is of no place of the text.
            found = unread(literal)
            return lambda made: found
        if step not in self._leaf_numbers:
            self._leaf_numbers[step] = len(self.leaves)
            self.leaves.append(literal)
        number = self._leaf_numbers[step]
        return lambda made: with_value(literal, made[0][number])


def _are_none(numbers: Sequence[int | None]) -> bool:
    return all(number is None for number in numbers)


def _zones(
    column: str, ends: tuple[Literal | None, ...], low: int | None, high: int | None
) -> Making:
    def make(made: list[Any]) -> ZoneFilter:
        least = ends[0] if low is None else made[low]
        most = ends[1] if high is None else made[high]
        return ZoneFilter(column, _end(least), _end(most))

    return make


def _tuples(part: tuple[object, ...], numbers: Sequence[int | None]) -> Making:
    pairs = [(place, number) for place, number in enumerate(numbers) if number is not None]

    def make(made: list[Any]) -> tuple[object, ...]:
        parts = list(part)
        for place, number in pairs:
            parts[place] = made[number]
        return tuple(parts)

    return make


def _records(part: Any, changed: Sequence[tuple[str, int]]) -> Making:
    return lambda made: replace(part, **{name: made[number] for name, number in changed})


WALKED = frozenset(("gpudb.sql.expr", "gpudb.sql.plan", "gpudb.sql.pipeline"))


@cache
def is_walked(kind: type) -> bool:
    """Whether objects of a kind are records that may hold literals."""
    is_leaf = kind in (Span, Field, ColumnReference)
    is_watched = kind in (WatchedLiteral, WatchedZone)
    return is_watched or (kind.__module__ in WALKED and is_dataclass(kind) and not is_leaf)


@cache
def own_fields(kind: type) -> tuple[str, ...]:
    """Return the names of a record's fields."""
    return tuple([each.name for each in fields(kind)])


def ask_about(question: Callable[[Whole], Answer], whole: Whole) -> Answer:
    """Return what `question` answers of a whole, noted for the watched literals in it."""
    template = Template(whole)
    if not template.leaves:
        return question(whole)
    return ask(lambda *literals: question(template.filled(literals)), *template.leaves)


def derived_from(make: Callable[[Whole], Literal | None], whole: Whole) -> Literal | None:
    """Return what `make` makes of a whole, watched where literals in it are."""
    template = Template(whole)
    if not template.leaves:
        return make(whole)
    return derived(lambda *literals: make(template.filled(literals)), *template.leaves)
