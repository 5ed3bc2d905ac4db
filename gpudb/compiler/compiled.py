"""What every back end gives: a compiled program, and how its arguments become 64-bit words."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from operator import index
from typing import TYPE_CHECKING, Protocol, Self, cast

from gpudb.compiler.language import (
    Entry,
    LanguageError,
    Pointer,
    Program,
    ValueType,
    View,
)

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[tuple[int, ...], np.dtype[np.generic]]
    Argument = Array | int | float | bool

Bound = Callable[[int, int], int]


class Rebindable(Protocol):
    """A bound call that can be bound to other arguments."""

    def __call__(self, first: int, end: int) -> int:
        """Run the entry."""
        ...

    def again(self, arguments: Sequence[Argument]) -> Self:
        """Return the call of the same entry with these arguments; those it had cost nothing."""
        ...


class Repeatable(Rebindable, Protocol):
    """A bound call that runs over several ranges, each by arguments of its own, at once."""

    def several(
        self, by: CompiledProgram, others: Sequence[Self], ranges: Sequence[tuple[int, int, int]]
    ) -> tuple[int, int]:
        """Call the entry over ranges: places among `others`, first and end.

        Returns how many are whole, and what the last call returned. `by` is SEVERAL, compiled.
        """
        ...


def repeatable(bound: Bound) -> Repeatable | None:
    """Return a bound call as one that runs over several ranges at once, if it is one."""
    return cast("Repeatable", bound) if hasattr(bound, "several") else None


def rebindable(bound: Bound) -> Rebindable | None:
    """Return a bound call as one that can be bound to other arguments, if it is one."""
    # Asking whether it has the protocol's methods takes as long as packing its arguments.
    return cast("Rebindable", bound) if hasattr(bound, "again") else None


class CompiledProgram(Protocol):
    """A program ready to run. Calls may come from several threads at once."""

    @property
    def program(self) -> Program:
        """The source."""
        ...

    @property
    def compile_seconds(self) -> float:
        """Seconds from the text to callable code."""
        ...

    @property
    def from_cache(self) -> bool:
        """Whether the code was in memory or on disk already."""
        ...

    def as_cached(self) -> Self:
        """Return the same code as a request finds it that costs nothing any more."""
        ...

    def call(self, entry_name: str, arguments: Sequence[Argument]) -> int:
        """Run an entry; an entry that returns nothing gives 0."""
        ...

    def bind(self, entry_name: str, arguments: Sequence[Argument]) -> Bound:
        """Fix all arguments but the first two ints; the result keeps the arrays alive."""
        ...


def find_entry(program: Program, name: str) -> Entry:
    """Return an entry by its name."""
    for entry in program.entries:
        if entry.name == name:
            return entry
    raise LanguageError(f"the program has no entry {name}")


# A dtype's `str` is at hand, where its `name` is put together at every call.
_ORDER = "<" if sys.byteorder == "little" else ">"
DTYPE_CODES = {
    **{f"{sign}int8": f"|{sign or 'i'}1" for sign in ("", "u")},
    **{
        f"{name}{8 * size}": f"{_ORDER}{name[0]}{size}"
        for name, sizes in (("int", (2, 4, 8)), ("uint", (2, 4)), ("float", (4, 8)))
        for size in sizes
    },
}
PLAIN_NUMBERS = (int, float, bool)


def check_arguments(
    entry: Entry,
    parameters: Sequence[tuple[str, ValueType | Pointer]],
    arguments: Sequence[Argument],
) -> None:
    """Refuse arguments that do not fit the parameters, before machine code reads them."""
    if len(arguments) != len(parameters):
        raise LanguageError(
            f"{entry.name} takes {len(parameters)} arguments here, not {len(arguments)}"
        )
    for (name, kind), argument in zip(parameters, arguments, strict=True):
        problem = _find_problem(kind, argument)
        if problem is None and isinstance(kind, View):
            base = next(a for (n, _), a in zip(parameters, arguments, strict=True) if n == kind.of)
            if _address(argument) != _address(base):
                problem = f"is no view of {kind.of}"
        if problem is not None:
            raise LanguageError(f"{entry.name}: {name} {problem}")


def _find_problem(kind: ValueType | Pointer, argument: Argument) -> str | None:
    """Return why an argument does not fit a parameter, or None."""
    if isinstance(kind, ValueType):
        if type(argument) in PLAIN_NUMBERS or getattr(argument, "shape", ()) == ():
            return None
        return f"is {kind.value}, not an array"
    is_array = getattr(argument, "shape", ()) != ()
    if not is_array:
        return f"should be an array of {kind.element}"
    array = as_array(argument)
    if array.dtype.str != DTYPE_CODES[kind.element]:
        return f"holds {array.dtype}, not {kind.element}"
    return None if array.flags.c_contiguous else "is not contiguous"


def as_array(argument: Argument) -> Array:
    """Return an argument that is known to be an array."""
    return argument  # type: ignore[return-value]


def _address(argument: Argument) -> int:
    address: int = as_array(argument).__array_interface__["data"][0]
    return address


def as_number(kind: ValueType, argument: Argument) -> int | float | bool:
    """Return a scalar argument as Python's own number; numpy's scalars are taken too."""
    number: int | float | bool = NUMBERS[kind](argument)
    return number


def ranged(entry: Entry) -> tuple[tuple[str, ValueType | Pointer], ...]:
    """Return an entry's parameters but the first two, which must be ints: the range of a call."""
    if [kind for _, kind in entry.parameters[:2]] != [ValueType.INT, ValueType.INT]:
        raise LanguageError(f"the first two parameters of {entry.name} are not ints")
    return entry.parameters[2:]


FORMATS = {ValueType.INT: "q", ValueType.BOOL: "q", ValueType.FLOAT: "d"}
NUMBERS: dict[ValueType, Callable[..., int | float | bool]] = {
    ValueType.INT: index,
    ValueType.BOOL: bool,
    ValueType.FLOAT: float,
}
