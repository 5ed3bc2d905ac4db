"""Records: what Python's own decorator makes of the same classes, in all that can be seen."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any

import pytest

from gpudb import records


@records.dataclass(frozen=True, slots=True)
class Point:
    """A point."""

    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list, compare=False, repr=False)


@records.dataclass(frozen=True, slots=True, kw_only=True)
class Named(Point):
    """A point with a name."""

    name: str


@dataclasses.dataclass(frozen=True)
class Standard(Point):
    """A class of the standard's below one of ours."""

    z: int = 3


@records.dataclass(frozen=True)
class Below(Standard):
    """One of ours below the standard's."""

    w: int = 4

    def __post_init__(self) -> None:
        """Check it."""
        if self.w < 0:
            raise ValueError("w")


def make(decorate: Callable[..., Any]) -> Any:
    class Inner:
        """A class."""

        a: int
        b: float = 0.5
        c: str = field(default="c", hash=False)
        d: int = field(default=7, init=False)

    Inner.__qualname__ = "Inner"
    return decorate(frozen=True, slots=True)(Inner)


def test_a_record_is_what_the_standard_makes() -> None:
    ours, standard = make(records.dataclass), make(dataclasses.dataclass)
    for arguments in ((1,), (1, 2.0), (1, 2.0, "x")):
        mine, theirs = ours(*arguments), standard(*arguments)
        assert repr(mine) == repr(theirs)
        assert hash(mine) == hash(theirs)
        assert mine == ours(*arguments) != ours(99)
        assert mine != theirs
        assert dataclasses.astuple(mine) == dataclasses.astuple(theirs)
        assert (
            dataclasses.replace(mine, a=5) == records.replace(mine, a=5) == ours(5, *arguments[1:])
        )
    assert ours.__match_args__ == standard.__match_args__
    assert ours.__slots__ == standard.__slots__
    assert [f.name for f in dataclasses.fields(ours)] == ["a", "b", "c", "d"]
    for wrong in ((), (1, 2, 3, 4)):
        with pytest.raises(TypeError):
            ours(*wrong)


def test_nothing_can_be_changed() -> None:
    for made in (Point(1), Named(x=1, name="n"), Below(1)):
        with pytest.raises(FrozenInstanceError, match="'x'"):
            made.x = 5  # type: ignore[misc]
        with pytest.raises(FrozenInstanceError, match="'x'"):
            del made.x
        assert made.x == 1


def test_defaults_are_made_for_each_object() -> None:
    first, second = Point(1), Point(1)
    assert first.tags == [] and first.tags is not second.tags
    first.tags.append("t")
    assert first == second and hash(first) == hash(second) and repr(first) == "Point(x=1, y=2)"


def test_classes_inherit_from_either_kind() -> None:
    assert repr(Named(x=1, name="n")) == "Named(x=1, y=2, name='n')"
    assert Below(1) == Below(1, w=4) != Below(1, w=5)
    assert Below(1) != Standard(1) and Standard(1) != Point(1)
    assert hash(Below(1)) == hash(Below(1, w=4))
    with pytest.raises(ValueError, match="w"):
        records.replace(Below(1), w=-1)
    with pytest.raises(TypeError):
        records.replace(Below(1), unknown=1)  # type: ignore[call-arg]
    assert records.replace(Standard(1), z=5) == Standard(1, z=5)


def test_records_are_copied_and_pickled() -> None:
    for made in (Point(1, 3, ["t"]), Named(x=1, name="n"), Below(1)):
        for again in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
            assert again == made and again.tags == made.tags
