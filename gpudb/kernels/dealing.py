"""Groups dealt to partitions by their hash, and merged there, in the kernel language.

A group is PITCH words: its rows (0: free), its keys, its states. A block of memory is cut into
chunks of 64 groups; each partition fills one, then takes the next that is free:

    [part 7 ........] [part 0 ........] [part 7 ...     ] [part 3 .       ] [free] [free]

`places` are where the next group of each partition goes, `ends` where its chunk ends, `owners`
whose each chunk is. Where groups are merged they lie side by side, and `slots` (open addressing, 0:
free) hold their numbers. `kernels.group_kernels` writes the functions and the constant that depend
on what a group consists of.
"""

# The names that nobody defines here are builtins of the kernel language, or of group_kernels.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray
    Floats = np.ndarray


def deal_place(part: int, pitch: int, places: Ints, ends: Ints, owners: Ints, used: Ints) -> int:
    """Return where the next group of a partition goes; a full chunk is followed by a free one."""
    place = places[part]
    if place == ends[part]:
        chunk = used[0]
        used[0] = chunk + 1
        owners[chunk] = part
        place = chunk * (64 * pitch)
        ends[part] = place + 64 * pitch
    places[part] = place + pitch
    return place


def deal_groups(
    first: int,
    end: int,
    table: Ints,
    block: Ints,
    places: Ints,
    ends: Ints,
    owners: Ints,
    used: Ints,
) -> int:
    """Copy the groups of a hash table to the chunks of their partitions."""
    for group in range(first, end):
        place = group * PITCH
        if table[place] != 0:
            part = logical_shift_right(hash_group(table, place), 56)
            copy_group(table, place, block, deal_place(part, PITCH, places, ends, owners, used))
    return end


def merge_dealt(
    first: int,
    end: int,
    block: Ints,
    block_floats: Floats,
    starts: Ints,
    begins: Ints,
    ends: Ints,
    groups: Ints,
    group_floats: Floats,
    slots: Ints,
    slot_starts: Ints,
    used: Ints,
) -> int:
    """Merge the chunks of partitions `first` to `end` into `groups`, numbered from 1 on.

    Those of a partition begin at `starts`; each holds the words `begins` to `ends` of the block.
    """
    count = used[0]
    for part in range(first, end):
        base = slot_starts[part] - slot_starts[first]
        mask = slot_starts[part + 1] - slot_starts[part] - 1
        for chunk in range(starts[part], starts[part + 1]):
            begin = begins[chunk]
            stop = ends[chunk]
            count = merge_chunk(
                begin, stop, block, block_floats, groups, group_floats, slots, base, mask, count
            )
    used[0] = count
    return end


def merge_chunk(
    begin: int,
    end: int,
    block: Ints,
    block_floats: Floats,
    groups: Ints,
    group_floats: Floats,
    slots: Ints,
    base: int,
    mask: int,
    count: int,
) -> int:
    """Merge the groups in the words `begin` to `end`; returns how many there are by now."""
    for place in range(begin, end, PITCH):
        slot = hash_group(block, place) & mask
        number = slots[base + slot]
        while number != 0 and differs_group(block, place, groups, number * PITCH):
            slot = (slot + 1) & mask
            number = slots[base + slot]
        if number == 0:
            count += 1
            slots[base + slot] = count
            copy_group(block, place, groups, count * PITCH)
        else:
            merge_group(block, block_floats, place, groups, group_floats, number * PITCH)
    return count


def merge_table(
    first: int,
    end: int,
    table: Ints,
    table_floats: Floats,
    target: Ints,
    target_floats: Floats,
    mask: int,
    used: Ints,
) -> int:
    """Merge groups `first` to `end` of one hash table into another that has room for them all."""
    for group in range(first, end):
        place = group * PITCH
        if table[place] == 0:
            continue
        slot = hash_group(table, place) & mask
        held = slot * PITCH
        while target[held] != 0 and differs_group(table, place, target, held):
            slot = (slot + 1) & mask
            held = slot * PITCH
        if target[held] == 0:
            used[0] += 1
            copy_group(table, place, target, held)
        else:
            merge_group(table, table_floats, place, target, target_floats, held)
    return end


def split_groups(first: int, end: int, groups: Ints, columns: Ints, rows: int) -> int:
    """Copy groups, but those that are free, to `columns` of `rows` words."""
    row = 0
    for group in range(first, end):
        place = group * PITCH
        if groups[place] != 0:
            split_group(groups, place, columns, rows, row)
            row += 1
    return end


def merge_places(
    first: int,
    end: int,
    table: Ints,
    table_floats: Floats,
    target: Ints,
    target_floats: Floats,
) -> int:
    """Merge the groups that stand at the same place; returns how many of `target` have rows."""
    count = 0
    for group in range(first, end):
        place = group * PITCH
        if table[place] != 0:
            if target[place] == 0:
                copy_group(table, place, target, place)
            else:
                merge_group(table, table_floats, place, target, target_floats, place)
        if target[place] != 0:
            count += 1
    return count


def list_places(
    first: int, end: int, groups: Ints, columns: Ints, rows: int, places: Ints, begin: int
) -> int:
    """Copy the groups that have rows to `columns`, as split_groups does, and their `places`."""
    row = begin
    for group in range(first, end):
        place = group * PITCH
        if groups[place] != 0:
            places[row] = group
            split_group(groups, place, columns, rows, row)
            row += 1
    return end
