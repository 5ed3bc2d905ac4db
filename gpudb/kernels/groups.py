"""States of groups merged by the numbers of their operations, and rows of words that are known.

sinks.operations numbers the operations; kernels.dealing merges whole groups.
"""

# The names that nobody defines here are builtins of the kernel language.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

from gpudb.kernels.digests import DIGEST_USES, merge_digest
from gpudb.kernels.library import (
    add_wide_value,
    highest,
    highest_float,
    highest_wide,
    keep_greatest,
    lowest,
    lowest_float,
    lowest_wide,
    take_first,
    take_highest,
    take_lowest,
)
from gpudb.kernels.moments import (
    merge_deviations,
    merge_pairs,
    merge_powers,
    move_deviations,
    move_pairs,
)
from gpudb.kernels.sketches import merge_registers

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray
    Floats = np.ndarray


def note_rows(
    first: int,
    end: int,
    words: Ints,
    pitch: int,
    known: Ints,
    slots: Ints,
    mask: int,
    count: Ints,
    fresh: Ints,
) -> int:
    """Add the rows of `pitch` words that are not known to those known, and mark them as fresh."""
    total = count[0]
    for row in range(first, end):
        place = row * pitch
        slot = hash_words(words, place, pitch) & mask
        held = slots[slot]
        searching = held >= 0
        while searching:
            if differs(words, place, known, held * pitch, pitch):
                slot = (slot + 1) & mask
                held = slots[slot]
                searching = held >= 0
            else:
                searching = False
        if held < 0:
            slots[slot] = total
            for word in range(pitch):
                known[total * pitch + word] = words[place + word]
            total += 1
            fresh[row] = 1
    count[0] = total
    return end


def hash_words(words: Ints, begin: int, count: int) -> int:
    """Return the hash of `count` key words."""
    code = 0
    for word in range(count):
        code = mix(code ^ words[begin + word])
    return code


def differs(left: Ints, begin: int, right: Ints, begin2: int, count: int) -> bool:
    """Return whether `count` words differ."""
    found = False
    for word in range(count):
        if left[begin + word] != right[begin2 + word]:
            found = True
    return found


def merge_word(
    source: Ints,
    source_floats: Floats,
    place: int,
    target: Ints,
    target_floats: Floats,
    held: int,
    word: int,
    operation: int,
) -> None:
    """Merge the state that begins at a word, by the number of its operation."""
    if operation == 0:
        target[held + word] += source[place + word]
    elif operation == 1:
        target_floats[held + word] += source_floats[place + word]
    elif operation == 2:
        add_wide_value(target, held + word, wide_of(source[place + word + 1], source[place + word]))
    elif operation == 3:
        lowest(target, held + word, source[place + word])
    elif operation == 4:
        highest(target, held + word, source[place + word])
    elif operation == 5:
        lowest_float(target_floats, held + word, source_floats[place + word])
    elif operation == 6:
        highest_float(target_floats, held + word, source_floats[place + word])
    elif operation > 7:
        merge_other(
            source, source_floats, place + word, target, target_floats, held + word, operation
        )


def merge_other(
    source: Ints,
    source_floats: Floats,
    place: int,
    target: Ints,
    target_floats: Floats,
    held: int,
    operation: int,
) -> None:
    """Merge a state of one of the rarer operations."""
    if operation == 8:
        target_floats[held] *= source_floats[place]
    elif operation == 9:
        target[held] = target[held] & source[place]
    elif operation == 10:
        target[held] = target[held] | source[place]
    elif operation == 11:
        target[held] = target[held] ^ source[place]
    elif operation == 12:
        lowest_wide(target, held, wide_of(source[place + 1], source[place]))
    elif operation == 13:
        highest_wide(target, held, wide_of(source[place + 1], source[place]))
    elif operation == 14:
        take_lowest(target, held, source[place], source[place + 1])
    elif operation == 15:
        take_highest(target, held, source[place], source[place + 1])
    elif operation > 18:
        merge_sketch(source, source_floats, place, target, target_floats, held, operation)
    elif source[place] > 0:
        merge_moments(source, source_floats, place, target, target_floats, held, operation)


def merge_sketch(
    source: Ints,
    source_floats: Floats,
    place: int,
    target: Ints,
    target_floats: Floats,
    held: int,
    operation: int,
) -> None:
    """Merge a sketch, some greatest values, or a first one."""
    if operation == 19:
        merge_registers(source, place, target, held)
    elif operation == 20:
        merge_digest(source, source_floats, place, target, target_floats, held)
    elif operation == 25:
        for word in range(4):
            keep_greatest(target, held, source[place + word])
    else:
        rank = source[place]
        missing = source[place + 2]
        take_first(target, held, rank, source[place + 1], missing, source[place + 3])


def merge_moments(
    source: Ints,
    source_floats: Floats,
    place: int,
    target: Ints,
    target_floats: Floats,
    held: int,
    operation: int,
) -> None:
    """Merge means and deviations of at least one value."""
    if target[held] == 0:
        words = 4
        if operation == 17:
            words = 8
        elif operation == 18:
            words = 6
        target[held] = source[place]
        for word in range(1, words):
            target_floats[held + word] = source_floats[place + word]
    elif operation == 16:
        merge_deviations(source, source_floats, place, target, target_floats, held)
    elif operation == 17:
        merge_pairs(source, source_floats, place, target, target_floats, held)
    else:
        merge_powers(source, source_floats, place, target, target_floats, held)


MERGE_USES = (
    hash_words,
    differs,
    add_wide_value,
    lowest,
    highest,
    lowest_float,
    highest_float,
    lowest_wide,
    highest_wide,
    take_lowest,
    take_first,
    take_highest,
    keep_greatest,
    move_deviations,
    merge_deviations,
    move_pairs,
    merge_pairs,
    merge_powers,
    merge_moments,
    merge_registers,
    *DIGEST_USES,
    merge_digest,
    merge_sketch,
    merge_other,
    merge_word,
)
