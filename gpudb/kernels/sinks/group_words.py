"""Where the keys of a hashed group stand: in as few words as their ranges allow.

    word 0   |id1 7 bits|id2 7|id3 17| ...   codes: the value's distance from the least; behind the
                                             greatest one, NULL
    word 1   a number of any size, or a float's bits: whether it is NULL is a bit of another word

A group of few words is what is hashed, compared, dealt and merged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpudb.kernels import library
from gpudb.kernels.buffers import BUFFERS
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.scope import Scope
from gpudb.kernels.sinks.group import Key, code_text, key_column
from gpudb.kernels.sinks.operations import LEAST
from gpudb.kernels.values import BOOL, FLOAT, INT, WIDE
from gpudb.records import dataclass, replace

# Codes stand side by side in the bits of a word that is never negative.
WORD_BITS = 63
# A key of more codes has a word of its own.
MOST_CODES = 1 << 62


@dataclass(frozen=True, slots=True)
class Bits:
    """A code's place: so many bits of a word, from bit `shift` on."""

    word: int
    shift: int
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key stands: in words of its own, or as a code.

    `bits` are those of the code, or of what is 1 where the key is NULL; None where it never is.
    """

    own: tuple[int, ...]
    bits: Bits | None


class GroupWords:
    """The places of all keys, in `count` words."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = keys
        self.count = 0
        # The bits that are taken of words that hold codes.
        self._taken: dict[int, int] = {}
        is_alone = len(keys) == 1 and keys[0].value.is_null is None
        self.places = [self._place(key, is_alone=is_alone) for key in keys]

    def _place(self, key: Key, *, is_alone: bool) -> Place:
        may_be_null = key.value.is_null is not None
        if key.codes <= MOST_CODES and not is_alone:
            return Place((), self._bits((key.codes - 1).bit_length()))
        own = tuple(self._word() for _ in range(2 if key.value.kind is WIDE else 1))
        return Place(own, self._bits(1) if may_be_null else None)

    def _word(self) -> int:
        self.count += 1
        return self.count - 1

    def _bits(self, count: int) -> Bits:
        """Take bits of the first word that has as many left."""
        fitting = (word for word, taken in self._taken.items() if taken + count <= WORD_BITS)
        word = next(fitting, None)
        word = self._word() if word is None else word
        shift = self._taken.get(word, 0)
        self._taken[word] = shift + count
        return Bits(word, shift, count)

    def write(self, keys: Sequence[Key], scope: Scope) -> list[str]:
        """Write the words of this row's keys, which are these keys, or the same elsewhere."""
        writer = scope.writer
        words: list[list[str]] = [[] for _ in range(self.count)]
        for key, place in zip(keys, self.places, strict=True):
            null, bits = key.value.is_null, place.bits
            own = _texts(key, scope) if place.own else []
            for word, text in zip(place.own, own, strict=True):
                words[word].append(text if null is None else f"(0 if {null} else {text})")
            if bits is not None:
                code = f"(1 if {null} else 0)" if place.own else code_text(key, scope)
                if bits.shift:
                    shift = writer.constant(f"{key.field.name}_shift", bits.shift)
                    code = f"(({code}) << {shift})"
                words[bits.word].append(code)
        return [writer.assign("key", " | ".join(parts)) for parts in words]

    @property
    def unsure(self) -> list[int]:
        """The words that may be the least number of all."""
        found: list[int] = []
        for key, place in zip(self.keys, self.places, strict=True):
            is_integer = key.value.kind is INT and key.value.domain is None
            if key.value.kind is WIDE or (is_integer and key.least == LEAST):
                found += place.own
        return found

    def count_nulls(self, id: int, words: np.ndarray) -> int:
        """Return how many groups have NULL as the key of a field."""
        for key, place in zip(self.keys, self.places, strict=True):
            if key.field.id == id and key.value.is_null is not None:
                assert place.bits is not None
                null = 1 if place.own else key.size
                return int(np.count_nonzero(self._codes(place.bits, words) == null))
        return 0

    def columns(self, words: np.ndarray) -> dict[int, HeldColumn]:
        """Return the keys' columns, by field id, from their words: int64[groups, count]."""
        columns = {}
        for key, place in zip(self.keys, self.places, strict=True):
            column = self._own_column if place.own else self._code_column
            columns[key.field.id] = column(key, place, words)
        return columns

    def _own_column(self, key: Key, place: Place, words: np.ndarray) -> HeldColumn:
        nulls = None if place.bits is None else _some(self._codes(place.bits, words) != 0)
        values, *high = (BUFFERS.copied(words[:, word]) for word in place.own)
        column = key_column(key, values, nulls)
        return replace(column, high=high[0]).narrowed() if high else column

    def _code_column(self, key: Key, place: Place, words: np.ndarray) -> HeldColumn:
        assert place.bits is not None
        codes, nulls = self._codes(place.bits, words), None
        if key.value.is_null is not None:
            nulls = _some(codes == key.size)
        if nulls is not None:
            codes[nulls] = 0
        if key.least:
            codes += key.least
        return key_column(key, codes, nulls)

    def _codes(self, bits: Bits, words: np.ndarray) -> np.ndarray:
        codes = BUFFERS.made(len(words), lambda piece: words[piece, bits.word] >> bits.shift)
        if bits.shift + bits.count < self._taken[bits.word]:
            codes &= (1 << bits.count) - 1
        return codes


def _some(nulls: np.ndarray) -> np.ndarray | None:
    return nulls if nulls.any() else None


def _texts(key: Key, scope: Scope) -> list[str]:
    """Return the texts of a key's own words."""
    writer, text = scope.writer, key.value.text
    if key.value.kind is WIDE:
        name = writer.assign("key_value", text)
        return [f"wide_low({name})", f"wide_high({name})"]
    if key.value.kind is FLOAT:
        return [f"{writer.use(library.float_word)}({text})"]
    return [f"int({text})" if key.value.kind is BOOL else text]
