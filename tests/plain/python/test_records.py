"""Records: what Python's own decorator makes of the same classes, in all that can be seen."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

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


@records.dataclass
class Count:
    """What changes."""

    name: str
    rows: int = 0
    parts: list[int] = field(default_factory=list)
    total: int = field(init=False, compare=False)


@records.dataclass
class Half(Count):
    """What changes, and does more when it is made."""

    def __init__(self, name: str) -> None:
        super().__init__(name, 5)
        self.total = 1


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


def test_classes_of_objects_that_change_are_made_as_well() -> None:
    first, second = Count("a"), Count("a", 0)
    assert first == second and first != Count("b") and not hasattr(first, "total")
    second.parts.append(3)
    first.rows = 2
    second.total = 4
    assert repr(second) == "Count(name='a', rows=0, parts=[3], total=4)"
    assert (first.rows, second.rows, Count.rows, first.parts) == (2, 0, 0, [])
    assert not hasattr(Count, "parts")
    assert dataclasses.replace(Count("c"), rows=8).rows == 8 == records.replace(first, rows=8).rows
    with pytest.raises(TypeError, match="unhashable"):
        hash(first)
    half = Half("h")
    assert repr(half) == "Half(name='h', rows=5, parts=[], total=1)" and half == Half("h")
    del first.rows
    assert first.rows == 0


def test_fields_that_a_record_cannot_have_are_refused() -> None:
    with pytest.raises(TypeError, match="ClassVar"):

        @records.dataclass(frozen=True)
        class OfTheClass:
            known: ClassVar[int] = 3

    with pytest.raises(ValueError, match="'items'"):

        @records.dataclass(frozen=True)
        class Shared:
            items: list[int] = []  # noqa: RUF012


def test_what_is_called_wrongly_says_so_each_time() -> None:
    @records.dataclass(frozen=True, slots=True)
    class Pair:
        left: int
        right: int

    for _ in range(2):
        with pytest.raises(TypeError, match=r"Pair\.__init__\(\) missing 1 .*'right'"):
            Pair(1)  # type: ignore[call-arg]
    assert Pair(1, right=2) == Pair(1, 2)


def test_objects_are_the_same_before_and_after_compiling() -> None:
    @records.dataclass(frozen=True, slots=True)
    class Many(Point):
        of: str = field(default="m", kw_only=True)
        checked: bool = field(init=False, default=True)

    made = [Many(n % 2, of="k") if n % 3 else Many(x=n % 2, y=2, of="k") for n in range(60)]
    assert set(made) == {Many(0, 2, of="k"), Many(1, of="k")}
    copies = [records.replace(each, y=7, of="r") for each in made]
    assert set(copies) == {Many(0, 7, of="r"), Many(1, 7, of="r")}
    assert all(each.checked and each.tags == [] for each in made + copies)
    assert len({id(each.tags) for each in made}) == 60
    for wrong in ({"z": 1}, {"checked": False}, {"x": 1}):
        with pytest.raises(TypeError):
            Many(5, **wrong)
    with pytest.raises(TypeError):
        Many()  # type: ignore[call-arg]


def test_each_object_is_checked_as_it_is_made() -> None:
    assert [Below(1, w=n) for n in range(50)][-1].w == 49
    for _ in range(2):
        with pytest.raises(ValueError, match="w"):
            Below(1, w=-1)


class Known:
    NOTED = ("known",)
    __slots__ = NOTED
    known: int | None


@records.dataclass(frozen=True, slots=True)
class Noting(Known):
    """A record that something may be noted about."""

    x: int
    y: int = 2


def test_what_is_noted_is_no_field_and_is_not_copied() -> None:
    first = Noting(1)
    assert first.known is None
    object.__setattr__(first, "known", 5)
    assert first == Noting(1) and hash(first) == hash(Noting(1))
    assert repr(first) == "Noting(x=1, y=2)" and first.known == 5
    others = records.replace(first, y=3), copy.copy(first), pickle.loads(pickle.dumps(first))
    assert [(other.x, other.known) for other in others] == [(1, None)] * 3
