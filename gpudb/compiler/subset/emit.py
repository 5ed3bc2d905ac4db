"""Lines of a function of the kernel language in the making."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from contextlib import contextmanager

from gpudb.compiler.builtins import BUILTINS
from gpudb.compiler.language import ValueType
from gpudb.errors import NotSupportedError
from gpudb.records import dataclass

BOOL, INT, FLOAT = ValueType.BOOL, ValueType.INT, ValueType.FLOAT
ZEROS = {BOOL: "False", INT: "0", FLOAT: "0.0"}
TAKEN = frozenset((*BUILTINS, *keyword.kwlist, "range", "int", "float", "bool", "wide"))


class SubsetError(NotSupportedError):
    """A function does what no kernel can do: names its line and shows it."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where a function may stop without an answer: says where and why."""

    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Term:
    """A value: its text in the kernel language, without effect, and its type."""

    text: str
    type: ValueType

    @property
    def is_simple(self) -> bool:
        """Whether the text is a name or a number, which may be written twice."""
        return self.text.isidentifier() or self.text.replace(".", "").isdigit()


class Lines:
    """The lines of one function; each pass over its body begins anew."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.depth = 1
        self.place = ""
        self.names: set[str] = set()

    def line(self, text: str) -> None:
        """Write one line; `place` is what it was made of."""
        self.lines.append(("    " * self.depth + text, self.place))

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write a head and the block below it."""
        self.line(head)
        self.depth += 1
        begin = len(self.lines)
        yield
        if len(self.lines) == begin:
            self.line("pass")
        self.depth -= 1

    @contextmanager
    def captured(self) -> Iterator[list[tuple[str, str]]]:
        """Keep the lines written inside apart, one level deeper."""
        before, self.lines = self.lines, []
        kept: list[tuple[str, str]] = []
        self.depth += 1
        yield kept
        self.depth -= 1
        kept.extend(self.lines)
        self.lines = before

    def fresh(self, wanted: str) -> str:
        """Return a name that nothing has yet."""
        name, number = wanted, 1
        while name in self.names or name in TAKEN:
            number += 1
            name = f"{wanted}_{number}"
        self.names.add(name)
        return name

    def held(self, value: Term, wanted: str = "value") -> Term:
        """Return `value` under a name, so that it is computed once."""
        if value.is_simple:
            return value
        name = self.fresh(wanted)
        self.line(f"{name} = {value.text}")
        return Term(name, value.type)
