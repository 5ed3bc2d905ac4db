"""States of several words that many threads change at once: in the kernel language, by atomics.

Means and deviations count values by their distances from a center, as the host's states do. A
center that moves would need all words to change together, so here it is the first value that comes,
and stays: it is claimed, the sums are added to. Of n values none is farther from the mean than
sqrt(n) standard deviations, so a sum of squares keeps its digits as well as any sum of n numbers.

    deviations   count, center, sum of d, of d * d
    pairs        count, centers of y and x, sums of dy, dx, dy * dy, dx * dx, dy * dx
    powers       count, center, sums of d, d ** 2, d ** 3, d ** 4

A word without a center holds a NaN that no value has. What a block has merges into others' states
from its own center.
"""

# The names that nobody defines here are builtins of the kernel language, and words of the device.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray
    Floats = np.ndarray

NO_CENTER = -1


def center_of(states: Ints, place: int, value: float) -> float:
    """Return the center at `place`, which is `value` from now on if there was none."""
    word = peek(states, place)
    if word == -1:
        own = float_bits(value)
        word = claim(states, place, -1, own)
        if word == -1:
            word = own
    return bits_float(word)


def share_deviation(states: Ints, floats: Floats, index: int, value: float) -> None:
    """Add a value to the deviations at `index`."""
    distance = value - center_of(states, index + 1, value)
    add(states, index, 1)
    add(floats, index + 2, distance)
    add(floats, index + 3, distance * distance)


def share_deviations(
    source: Ints, source_floats: Floats, place: int, target: Ints, floats: Floats, held: int
) -> None:
    """Add a block's deviations to others."""
    if source[place] != 0:
        count = float(source[place])
        center = source_floats[place + 1]
        apart = center - center_of(target, held + 1, center)
        total = source_floats[place + 2]
        add(target, held, source[place])
        add(floats, held + 2, total + count * apart)
        squares = source_floats[place + 3] + apart * (2.0 * total + count * apart)
        add(floats, held + 3, squares)


def share_pair(states: Ints, floats: Floats, index: int, y: float, x: float) -> None:
    """Add two values that belong together to the pairs at `index`."""
    dy = y - center_of(states, index + 1, y)
    dx = x - center_of(states, index + 2, x)
    add(states, index, 1)
    add(floats, index + 3, dy)
    add(floats, index + 4, dx)
    add(floats, index + 5, dy * dy)
    add(floats, index + 6, dx * dx)
    add(floats, index + 7, dy * dx)


def share_pairs(
    source: Ints, source_floats: Floats, place: int, target: Ints, floats: Floats, held: int
) -> None:
    """Add a block's pairs to others."""
    if source[place] != 0:
        count = float(source[place])
        y = source_floats[place + 1]
        x = source_floats[place + 2]
        dy = y - center_of(target, held + 1, y)
        dx = x - center_of(target, held + 2, x)
        sum_y = source_floats[place + 3]
        sum_x = source_floats[place + 4]
        add(target, held, source[place])
        add(floats, held + 3, sum_y + count * dy)
        add(floats, held + 4, sum_x + count * dx)
        add(floats, held + 5, source_floats[place + 5] + dy * (2.0 * sum_y + count * dy))
        add(floats, held + 6, source_floats[place + 6] + dx * (2.0 * sum_x + count * dx))
        products = source_floats[place + 7] + dy * sum_x + dx * sum_y + count * (dy * dx)
        add(floats, held + 7, products)


def share_powers(states: Ints, floats: Floats, index: int, value: float) -> None:
    """Add a value to the powers at `index`."""
    distance = value - center_of(states, index + 1, value)
    square = distance * distance
    add(states, index, 1)
    add(floats, index + 2, distance)
    add(floats, index + 3, square)
    add(floats, index + 4, square * distance)
    add(floats, index + 5, square * square)


def share_all_powers(
    source: Ints, source_floats: Floats, place: int, target: Ints, floats: Floats, held: int
) -> None:
    """Add a block's powers to others: those of d + apart, by the binomial theorem."""
    if source[place] != 0:
        count = float(source[place])
        center = source_floats[place + 1]
        apart = center - center_of(target, held + 1, center)
        square = apart * apart
        first = source_floats[place + 2]
        second = source_floats[place + 3]
        third = source_floats[place + 4]
        add(target, held, source[place])
        add(floats, held + 2, first + count * apart)
        add(floats, held + 3, second + apart * (2.0 * first + count * apart))
        cubes = third + apart * (3.0 * second + apart * (3.0 * first + count * apart))
        add(floats, held + 4, cubes)
        rest = 6.0 * second + apart * (4.0 * first + count * apart)
        add(floats, held + 5, source_floats[place + 5] + 4.0 * apart * third + square * rest)


def share_rank(registers: Ints, index: int, code: int) -> None:
    """Count a hash among the registers that begin at `index`, as sketches.keep_rank does."""
    register = logical_shift_right(code, 53)
    rank = trailing_zeros(code | 9007199254740992) + 1
    place = index + (register >> 3)
    shift = (register & 7) << 3
    word = peek(registers, place)
    held = (word >> shift) & 255
    while held < rank:
        found = claim(registers, place, word, word ^ ((held ^ rank) << shift))
        if found == word:
            held = rank
        else:
            word = found
            held = (word >> shift) & 255


def share_registers(source: Ints, place: int, target: Ints, held: int) -> None:
    """Keep the greater of each two registers."""
    for word in range(256):
        other = source[place + word]
        own = peek(target, held + word)
        kept = greater_bytes(own, other)
        while kept != own:
            found = claim(target, held + word, own, kept)
            if found == own:
                kept = own
            else:
                own = found
                kept = greater_bytes(own, other)


def share_greatest(words: Ints, index: int, value: int) -> None:
    """Keep the four greatest values: each word takes the greater and hands the lesser on."""
    left = value
    for word in range(4):
        held = peek(words, index + word)
        while held < left:
            found = claim(words, index + word, held, left)
            if found == held:
                left = held
            else:
                held = found


def share_all_greatest(source: Ints, place: int, target: Ints, held: int) -> None:
    """Keep the four greatest of a block's and others."""
    for word in range(4):
        share_greatest(target, held, source[place + word])


def greater_bytes(first: int, second: int) -> int:
    """Return the greater of each two bytes."""
    kept = 0
    for byte in range(8):
        shift = byte << 3
        kept = kept | max((first >> shift) & 255, (second >> shift) & 255) << shift
    return kept
