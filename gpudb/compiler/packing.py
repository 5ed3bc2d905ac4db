"""How the arguments of an entry become 64-bit words: what is known of it is found out once.

A kernel is given its arguments for each chunk and each worker, so that this is a part of what a
short query costs beside its rows.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from operator import index
from typing import TYPE_CHECKING

from gpudb.compiler.compiled import (
    DTYPE_CODES,
    FORMATS,
    NUMBERS,
    PLAIN_NUMBERS,
    as_array,
    check_arguments,
)
from gpudb.compiler.language import Entry, LanguageError, Pointer, ValueType, View
from gpudb.late import arrow
from gpudb.records import dataclass

if TYPE_CHECKING:
    from gpudb.compiler.compiled import Argument

Number = Callable[..., int | float | bool]


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Arguments, the address or number of each, and all of these as words."""

    arguments: tuple[Argument, ...]
    values: Sequence[int | float | bool]
    words: bytes


NOTHING = Packed((), (), b"")


@dataclass(frozen=True, slots=True, eq=False)
class Packing:
    """The parameters of an entry, from one of them on, as arrays or numbers of a kind.

    `codes` are the dtypes of the arrays, `numbers` what makes a number of each other argument;
    `views` are the places of those that are views, each with what it is a view of. `fitting` has
    at each array's place a dtype that was found to have its code: the next array's is the very
    same, and asking for its code again would take as long as the address.
    """

    entry: Entry
    parameters: tuple[tuple[str, ValueType | Pointer], ...]
    codes: tuple[str | None, ...]
    numbers: tuple[Number, ...]
    views: tuple[tuple[int, int], ...]
    words: struct.Struct
    fitting: list[object]

    def pack(self, arguments: Sequence[Argument]) -> bytes:
        """Return arguments as words: addresses, ints, the bits of floats, bools as 0 and 1.

        Raises LanguageError for those that do not fit, before machine code reads them.
        """
        return self.packed(arguments).words

    def packed(self, arguments: Sequence[Argument], before: Packed = NOTHING) -> Packed:
        """Return arguments with their words; those packed `before` at their places are known."""
        if len(arguments) != len(self.codes):
            check_arguments(self.entry, self.parameters, arguments)
        given = tuple(arguments)
        values = list(before.values) or [0] * len(given)
        for place, argument in enumerate(given):
            # What is the very same is there still, since `before` holds it.
            if before.arguments and argument is before.arguments[place]:
                continue
            values[place] = self._word(place, argument, given)
        if any(values[view] != values[of] for view, of in self.views):
            check_arguments(self.entry, self.parameters, given)
        try:
            return Packed(given, values, self.words.pack(*values))
        except struct.error as error:
            raise LanguageError(f"an argument does not fit 64 bits: {error}") from None

    def _word(
        self, place: int, argument: Argument, arguments: Sequence[Argument]
    ) -> int | float | bool:
        """Return one argument's address or number."""
        code, number = self.codes[place], self.numbers[place]
        if code is None:
            if type(argument) not in PLAIN_NUMBERS:
                check_arguments(self.entry, self.parameters, arguments)
            return number(argument)
        try:
            array = as_array(argument)
            is_fit = array.flags.c_contiguous and array.ndim > 0
            if is_fit and array.dtype is not self.fitting[place]:
                is_fit = array.dtype.str == code
                self.fitting[place] = array.dtype if is_fit else None
        except AttributeError:
            is_fit = False
        if not is_fit:
            check_arguments(self.entry, self.parameters, arguments)
        # In a fraction of the time of numpy's own ways to say where an array lies.
        address: int = arrow.py_buffer(argument).address
        return address


def packing(entry: Entry, first: int) -> Packing:
    """Return how the parameters of an entry from the place `first` on become words."""
    parameters = entry.parameters[first:]
    names = [name for name, _ in parameters]
    kinds = [kind for _, kind in parameters]
    return Packing(
        entry,
        parameters,
        tuple(DTYPE_CODES[k.element] if isinstance(k, Pointer) else None for k in kinds),
        tuple(index if isinstance(k, Pointer) else NUMBERS[k] for k in kinds),
        tuple((i, names.index(k.of)) for i, k in enumerate(kinds) if isinstance(k, View)),
        struct.Struct("=" + "".join("Q" if isinstance(k, Pointer) else FORMATS[k] for k in kinds)),
        [None] * len(kinds),
    )
