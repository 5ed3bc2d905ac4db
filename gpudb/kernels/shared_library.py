"""Functions of the kernel language that call the words of devices whose threads share memory."""

# The names that nobody defines here are builtins of the kernel language, and words of the device.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray


def take_word(keys: Ints, place: int, word: int) -> bool:
    """Return whether `word` stands at a place, which it takes if it is free.

    The least number marks a free place. No thread waits for another: the claim is all there is to
    say about it.
    """
    held = peek(keys, place)
    if held == -9223372036854775807 - 1:
        held = claim(keys, place, -9223372036854775807 - 1, word)
        if held == -9223372036854775807 - 1:
            held = word
    return held == word


def mark_words(first: int, end: int, step: int, words: Ints, least: int, bits: Ints) -> None:
    """Set the bit of every word."""
    for row in range(first, end, step):
        slot = words[row] - least
        or_bits(bits, slot >> 6, 1 << (slot & 63))


def place_words(
    first: int,
    end: int,
    step: int,
    words: Ints,
    heads: Ints,
    slots: Ints,
    mask: int,
    bits: Ints,
    bits_mask: int,
) -> None:
    """Put rows with different words into open addressing, and set a bit for each."""
    for each in range(first, end, step):
        row = heads[each]
        code = mix(words[row])
        slot = code & mask
        while claim(slots, slot, -1, row) != -1:
            slot = (slot + 1) & mask
        bit = logical_shift_right(code, 32) & bits_mask
        or_bits(bits, bit >> 6, 1 << (bit & 63))
