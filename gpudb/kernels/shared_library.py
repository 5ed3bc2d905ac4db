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


def fill_words(first: int, end: int, step: int, words: Ints, value: int) -> None:
    """Set all words to a value."""
    for word in range(first, end, step):
        words[word] = value


def mark_rows(
    first: int, end: int, step: int, keys: Ints, least: int, counts: Ints, bits: Ints
) -> None:
    """Set the bit of the key of each row that there is."""
    for row in range(first, min(end, counts[0]), step):
        slot = keys[row] - least
        or_bits(bits, slot >> 6, 1 << (slot & 63))


def mark_groups(first: int, end: int, step: int, states: Ints, pitch: int, bits: Ints) -> None:
    """Set the bit of each group that has rows."""
    for group in range(first, end, step):
        if states[group * pitch] != 0:
            or_bits(bits, group >> 6, 1 << (group & 63))


def count_segments(
    first: int, end: int, step: int, bits: Ints, words: int, size: int, sums: Ints
) -> None:
    """Count the bits set in each segment of `size` words."""
    for segment in range(first, end, step):
        total = 0
        for word in range(segment * size, min(words, segment * size + size)):
            total += population_count(bits[word])
        sums[segment] = total


def rank_segments(
    first: int,
    end: int,
    step: int,
    bits: Ints,
    words: int,
    size: int,
    sums: Ints,
    ranks: Ints,
    found: Ints,
) -> None:
    """Write how many bits are set before each word, and how many there are."""
    for segment in range(first, end, step):
        total = 0
        for before in range(segment):
            total += sums[before]
        for word in range(segment * size, min(words, segment * size + size)):
            ranks[word] = total
            total += population_count(bits[word])
        if segment == end - 1:
            found[0] = total


def count_runs(
    first: int, end: int, step: int, keys: Ints, least: int, bits: Ints, ranks: Ints, runs: Ints
) -> None:
    """Count the rows of each key, at its rank."""
    for row in range(first, end, step):
        add(runs, find_rank(bits, ranks, keys[row] - least), 1)


def sum_segments(
    first: int, end: int, step: int, runs: Ints, keys: int, size: int, sums: Ints, found: Ints
) -> None:
    """Add up each segment of `size` runs, and note the longest run of all."""
    for segment in range(first, end, step):
        total = 0
        longest = 0
        for key in range(segment * size, min(keys, segment * size + size)):
            total += runs[key]
            longest = max(longest, runs[key])
        sums[segment] = total
        highest(found, 0, longest)


def start_segments(
    first: int, end: int, step: int, runs: Ints, keys: int, size: int, sums: Ints, starts: Ints
) -> None:
    """Write where the rows of each key begin, instead of their number, and where all end."""
    for segment in range(first, end, step):
        total = 0
        for before in range(segment):
            total += sums[before]
        for key in range(segment * size, min(keys, segment * size + size)):
            count = runs[key]
            runs[key] = total
            starts[key] = total
            total += count
        if segment == end - 1:
            starts[keys] = total


def deal_rows(
    first: int,
    end: int,
    step: int,
    keys: Ints,
    least: int,
    bits: Ints,
    ranks: Ints,
    runs: Ints,
    places: Ints,
) -> None:
    """List the rows of each key, in any order, from where they begin."""
    for row in range(first, end, step):
        place = reserve(runs, find_rank(bits, ranks, keys[row] - least), 1)
        places[place] = row


def sort_runs(
    first: int, end: int, step: int, starts: Ints, places: Ints, numbers: Ints, most: int
) -> None:
    """Put the rows of each key in the order of their numbers, unless they are more than `most`."""
    for key in range(first, end, step):
        begin = starts[key]
        stop = starts[key + 1]
        if stop - begin <= most:
            for place in range(begin + 1, stop):
                sink_row(places, numbers, begin, place)


def sink_row(places: Ints, numbers: Ints, begin: int, place: int) -> None:
    """Move the row at `place` down to where its number belongs among those from `begin` on."""
    row = places[place]
    number = numbers[row]
    is_moving = place > begin
    while is_moving:
        before = places[place - 1]
        other = numbers[before]
        is_moving = other > number or (other == number and before > row)
        if is_moving:
            places[place] = before
            place = place - 1
            is_moving = place > begin
    places[place] = row
