"""The names in force while a kernel's text is written: fields, and those read already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar, cast

from gpudb.kernels.values import Value
from gpudb.kernels.writer import Site, Writer
from gpudb.sql.bounds import Bounds, bounds, whole_bounds
from gpudb.sql.expr import ColumnReference, Expression

T = TypeVar("T")


class Reader(Protocol):
    """Reads one field of the present row."""

    @property
    def bounds(self) -> Bounds | None:
        """The interval of the field's integers, or of those around its floats, if it is known."""
        ...

    def read(self, writer: Writer) -> Value:
        """Write the decoding and return the value."""
        ...


class Scope:
    """Fields by id: how to read them, and the values that were read and are in force."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._readers: dict[int, Reader] = {}
        self._values: dict[object, object] = {}
        # By identity, with the expression itself: so that no other one comes to have it.
        self._bounds: dict[int, tuple[Expression, Bounds]] = {}
        # What was asked while the text was written: fields' bounds, and, by the steps' identities,
        # whether the keys of a probe all lie in a bitmap.
        self.asked: dict[int, Bounds | None] = {}
        self.covered: dict[int, bool] = {}

    def add(self, readers: Mapping[int, Reader]) -> None:
        """Make fields readable."""
        self._readers.update(readers)
        self._bounds.clear()

    def reader(self, id: int) -> Reader:
        """Return how to read the field `id`."""
        return self._readers[id]

    def read(self, reference: ColumnReference) -> Value:
        """Return the field's value; its decoding is written at its first use."""
        return self.once(reference.id, lambda: self._readers[reference.id].read(self.writer))

    def once(self, key: object, write: Callable[[], T]) -> T:
        """Return what was written under `key` and is in force; it is written at its first use."""
        if key not in self._values:
            self._values[key] = write()
        return cast(T, self._values[key])

    def known(self) -> frozenset[object]:
        """Return what is read already: fields by their ids, and what else has a key."""
        return frozenset(self._values)

    def forget_since(self, known: frozenset[object]) -> None:
        """Forget what was read since `known`: it was read where it may not have been executed."""
        self._values = {id: value for id, value in self._values.items() if id in known}

    def branch(self) -> Branch:
        """Forget, at the end, what was read inside."""
        return Branch(self)

    def bounds(self, expression: Expression) -> Bounds:
        """Return an interval that holds the physical integers of `expression`."""
        known = self._bounds.get(id(expression))
        if known is None:
            found = bounds(expression, self._ask)
            known = self._bounds[id(expression)] = expression, found
        return known[1]

    def whole_bounds(self, expression: Expression) -> Bounds | None:
        """Return an interval of a float expression's values, if they are whole numbers; or None."""
        return whole_bounds(expression, self._ask)

    def _ask(self, id: int) -> Bounds | None:
        """Return a field's bounds, and note that the text may depend on them."""
        found = self.asked[id] = self._readers[id].bounds
        return found

    def known_bounds(self, id: int) -> Bounds | None:
        """Return a field's bounds; the answer that is made of them is what is to be noted."""
        return self._readers[id].bounds

    def fail(self, condition: str, site: Site, first: str = "0", second: str = "0") -> None:
        """Stop the kernel with the site's error where `condition` holds."""
        self.writer.fail(condition, site, first, second)


class Branch:
    """What is read inside the `with` is forgotten at its end."""

    __slots__ = ("_known", "_scope")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __enter__(self) -> None:
        self._known = self._scope.known()

    def __exit__(self, failed: object, error: object, trace: object) -> None:
        self._scope.forget_since(self._known)
