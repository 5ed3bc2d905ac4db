"""Where a constant of a kernel comes from: by this one text serves many runs.

A text that is kept holds no arrays of the run that wrote it, but where another run finds its own.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from gpudb.records import dataclass
from gpudb.sql.expr import Literal


class Same(Enum):
    """A constant that follows from what is the same wherever the text serves."""

    SAME = "same"


SAME = Same.SAME


@dataclass(frozen=True, slots=True)
class OfLiteral:
    """The value of a literal among the steps."""

    literal: Literal


@dataclass(frozen=True, slots=True)
class OfColumn:
    """An array of a held column, the source's or a build's, as `HeldColumn.arrays` lists them."""

    field: int
    part: int


@dataclass(frozen=True, slots=True)
class OfBuild:
    """What `find` gives of the table that pipeline `build` left."""

    build: int
    find: Callable[..., object]


@dataclass(frozen=True, slots=True)
class OfTest:
    """What `find` gives of the bits that the block's test `place` of a key looks up."""

    place: int
    find: Callable[..., object]


@dataclass(frozen=True, slots=True)
class OfSink:
    """What `find` gives of the sink of the run."""

    find: Callable[..., object]


Origin = Same | OfLiteral | OfColumn | OfBuild | OfTest | OfSink
