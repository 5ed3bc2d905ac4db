"""Whether two pipelines are the same but for constants that a text does not depend on.

    x < 5 and y = 'a'     is alike     x < 7 and y = 'a'

Such a constant is a number that is compared, under AND, OR and NOT only: a kernel is passed it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import Enum, auto
from functools import cache
from typing import Any

from gpudb.sql.expr import COMPARISONS, LOGIC, Call, Literal
from gpudb.sql.pipeline import FilterRows, Probe
from gpudb.storage.types import SqlType

WORDS = range(-(1 << 63), 1 << 63)
# What has no parts, or parts that need no look.
LEAVES = frozenset((SqlType, int, bool, str, type(None)))
# A plan tells how many groups there may be; what is made of it is looked at itself.
LEFT_OUT = ("plan",)


class Place(Enum):
    """Where a part stands: in a condition, as what a comparison compares, or anywhere else."""

    CONDITION = auto()
    COMPARED = auto()
    ELSEWHERE = auto()


class Matched:
    """The literals that stand for those of other pipelines, by the identities of these.

    Literals that stand at several places are no constants that may differ, and places in the
    statement's text have to be the same where they are `exact`, since errors have them.
    """

    def __init__(self, repeated: frozenset[int], *, is_exact: bool) -> None:
        self.literals: dict[int, Literal] = {}
        self._repeated = repeated
        self._left_out = LEFT_OUT if is_exact else ("span", *LEFT_OUT)

    def alike(self, old: object, new: object, place: Place = Place.ELSEWHERE) -> bool:
        """Whether `new` is as `old`, which stands at `place`, but for constants that may differ."""
        if old is new:
            return True
        kind = type(old)
        if kind is not type(new):
            return False
        if isinstance(old, tuple) and isinstance(new, tuple):
            pairs = zip(old, new, strict=False)
            return len(old) == len(new) and all(self.alike(a, b, place) for a, b in pairs)
        if isinstance(old, Literal) and isinstance(new, Literal):
            return self._literals_alike(old, new, place)
        if kind in LEAVES or not hasattr(kind, "__dataclass_fields__"):
            return _are_equal(old, new)
        inside = _inside(old, place)
        return all(
            self.alike(getattr(old, name), getattr(new, name), inside.get(name, Place.ELSEWHERE))
            for name in _names(kind, self._left_out)  # type: ignore[arg-type]  # a class has a hash
        )

    def _literals_alike(self, old: Literal, new: Literal, place: Place) -> bool:
        known = self.literals.setdefault(id(old), new)
        if known is not new and not _are_equal(known.value, new.value):
            return False
        if old.type != new.type or ("span" not in self._left_out and old.span != new.span):
            return False
        if _are_equal(old.value, new.value):
            return True
        if place is not Place.COMPARED or id(old) in self._repeated:
            return False
        return _is_number(old.value) and _is_number(new.value)


def repeated_literals(part: object) -> frozenset[int]:
    """Return the identities of literals that stand at several places."""
    counted = Counter(map(id, _literals(part)))
    return frozenset(literal for literal, count in counted.items() if count > 1)


def _literals(part: object) -> Iterator[Literal]:
    if isinstance(part, Literal):
        yield part
    elif isinstance(part, tuple):
        for each in part:
            yield from _literals(each)
    elif type(part) not in LEAVES and hasattr(type(part), "__dataclass_fields__"):
        for name in _names(type(part), LEFT_OUT):  # type: ignore[arg-type]  # a class has a hash
            yield from _literals(getattr(part, name))


def _inside(part: object, place: Place) -> dict[str, Place]:
    """Return at which places the parts of a condition stand, by their names."""
    if isinstance(part, FilterRows):
        return {"predicate": Place.CONDITION}
    if isinstance(part, Probe):
        return {"condition": Place.CONDITION}
    if isinstance(part, Call) and place is Place.CONDITION:
        if part.function in LOGIC:
            return {"arguments": Place.CONDITION}
        if part.function in COMPARISONS:
            return {"arguments": Place.COMPARED}
    return {}


@cache
def _names(kind: Any, left_out: tuple[str, ...]) -> tuple[str, ...]:
    fields: dict[str, object] = kind.__dataclass_fields__
    return tuple(name for name in fields if name not in left_out)


def _are_equal(old: object, new: object) -> bool:
    """Whether two values are the same: 1, 1.0 and TRUE are not, nor are 0.0 and -0.0."""
    if type(old) is not type(new):
        return False
    return repr(old) == repr(new) if isinstance(old, float) else bool(old == new)


def _is_number(value: object) -> bool:
    """Whether a constant is a number that a kernel is passed in one word."""
    return type(value) is float or (type(value) is int and value in WORDS)
