"""Functions of the kernel language over rows that have the numbers of their groups."""

# The names that nobody defines here are builtins of the kernel language.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from gpudb.kernels.groups import differs, hash_words
from gpudb.kernels.library import float_order

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray
    Floats = np.ndarray


def number_rows(
    first: int,
    end: int,
    words: Ints,
    size: int,
    mask: int,
    slots: Ints,
    numbers: Ints,
    firsts: Ints,
    found: Ints,
) -> int:
    """Write the number of each row's group; stop at the row where `slots` is half full.

    `words` holds `size` words of keys a row, `slots` is open addressing by their hash, `firsts` has
    the first row of each group, `found` the number of groups so far.
    """
    count = found[0]
    for row in range(first, end):
        if 2 * count > mask:
            found[0] = count
            return row
        place = row * size
        slot = hash_words(words, place, size) & mask
        number = slots[slot]
        while number >= 0 and differs(words, place, words, firsts[max(number, 0)] * size, size):
            slot = (slot + 1) & mask
            number = slots[slot]
        if number < 0:
            number = count
            slots[slot] = number
            firsts[number] = row
            count += 1
        numbers[row] = number
    found[0] = count
    return end


def index_firsts(
    first: int, end: int, words: Ints, size: int, mask: int, slots: Ints, firsts: Ints
) -> int:
    """Put the groups `first` to `end` into larger slots."""
    for number in range(first, end):
        slot = hash_words(words, firsts[number] * size, size) & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = number
    return end


def count_rows(first: int, end: int, numbers: Ints, counts: Ints) -> int:
    """Count the rows of each group."""
    for row in range(first, end):
        counts[numbers[row]] += 1
    return end


def scatter_rows(first: int, end: int, numbers: Ints, places: Ints, rows: Ints) -> int:
    """Write the rows' own places group by group; `places` has each group's next place."""
    for row in range(first, end):
        place = places[numbers[row]]
        rows[place] = row
        places[numbers[row]] = place + 1
    return end


def scatter_ints(
    first: int, end: int, numbers: Ints, places: Ints, values: Ints, words: Ints
) -> int:
    """Write the values group by group; `places` has each group's next place."""
    for row in range(first, end):
        place = places[numbers[row]]
        words[place] = values[row]
        places[numbers[row]] = place + 1
    return end


def scatter_floats(
    first: int, end: int, numbers: Ints, places: Ints, values: Floats, words: Ints
) -> int:
    """Write integers that compare as the values do, group by group."""
    for row in range(first, end):
        place = places[numbers[row]]
        words[place] = float_order(values[row])
        places[numbers[row]] = place + 1
    return end


def best_rows(
    first: int, end: int, numbers: Ints, words: Ints, size: int, is_last: int, best: Ints
) -> int:
    """Keep the first or the last row of each group in the order of `size` words a row."""
    for row in range(first, end):
        held = best[numbers[row]]
        order = -1
        if held >= 0:
            order = compare_words(words, row * size, held * size, size)
        if held < 0 or (is_last == 0 and order < 0) or (is_last != 0 and order >= 0):
            best[numbers[row]] = row
    return end


def compare_words(words: Ints, left: int, right: int, size: int) -> int:
    """Return -1, 0 or 1 for the order of `size` words."""
    for word in range(size):
        if words[left + word] < words[right + word]:
            return -1
        if words[left + word] > words[right + word]:
            return 1
    return 0


def select_words(
    first: int, end: int, words: Ints, starts: Ints, wanted: Ints, low: Ints, high: Ints
) -> int:
    """Write the word that is `wanted`th in order of each group, and the one that follows it.

    It rearranges the words of a group; a group without words is left out.
    """
    for group in range(first, end):
        behind = starts[group + 1]
        if starts[group] == behind:
            continue
        place = starts[group] + wanted[group]
        select_place(words, starts[group], behind, place)
        low[group] = words[place]
        high[group] = least_word(words, place + 1, behind, words[place])
    return end


def least_word(words: Ints, begin: int, behind: int, default: int) -> int:
    """Return the least of some words, `default` of none."""
    if begin == behind:
        return default
    least = words[begin]
    for place in range(begin + 1, behind):
        least = min(least, words[place])
    return least


def select_place(words: Ints, begin: int, behind: int, place: int) -> None:
    """Rearrange words so that none before `place` is greater than its one, and none behind less.

    (Hoare's Find, CACM 4, 1961, with pivots that no order of the words foresees.)
    """
    low = begin
    high = behind - 1
    while low < high:
        pivot = words[low + (mix(low ^ high) & 9223372036854775807) % (high - low + 1)]
        left = low
        right = high
        while left <= right:
            while words[left] < pivot:
                left += 1
            while words[right] > pivot:
                right -= 1
            if left <= right:
                moved = words[left]
                words[left] = words[right]
                words[right] = moved
                left += 1
                right -= 1
        if place <= right:
            high = right
        elif place >= left:
            low = left
        else:
            low = high


USES = (hash_words, differs, float_order)
