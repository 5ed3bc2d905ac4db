"""Kernels of window functions: aggregates over frames, and the bounds of frames of values."""

# The names that nobody defines here are builtins of the kernel language, or of kernels.library.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray
    Floats = np.ndarray


def copy_state(
    source: Ints,
    source_floats: Floats,
    place: int,
    target: Ints,
    target_floats: Floats,
    held: int,
    pitch: int,
    float_pitch: int,
) -> None:
    """Copy one state; its floats lie in memory of their own, if there are any."""
    for word in range(pitch):
        target[held + word] = source[place + word]
    for word in range(float_pitch):
        target_floats[held + word] = source_floats[place + word]


def merge_state(
    source: Ints,
    source_floats: Floats,
    place: int,
    target: Ints,
    target_floats: Floats,
    held: int,
    pitch: int,
    operations: Ints,
) -> None:
    """Merge one state into another, as merge_word does."""
    for word in range(pitch):
        merge_word(
            source, source_floats, place, target, target_floats, held, word, operations[word]
        )


def slide_states(
    first: int,
    end: int,
    begins: Ints,
    ends: Ints,
    table: Ints,
    table_floats: Floats,
    empty: Ints,
    empty_floats: Floats,
    back: Ints,
    back_floats: Floats,
    out: Ints,
    out_floats: Floats,
    pitch: int,
    float_pitch: int,
    operations: Ints,
    queue: Ints,
) -> int:
    """Write what rows begins[i] to ends[i] of `table` merge to, to out[i], for i from `first` on.

    The bounds of frames that hold rows never fall. Two stacks make a queue (Tangwongsan, Hirzel and
    Schneider, Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time, DEBS 2017): in
    front of `middle`, table[i] becomes what rows i to `middle` merge to; `back` is what those
    behind it merge to. So a row is merged at most three times, and nothing is ever taken away.
    `queue` keeps `middle`, and how far rows were taken in, from call to call.
    """
    middle = queue[0]
    reached = queue[1]
    for row in range(first, end):
        begin = begins[row]
        stop = ends[row]
        held = row * pitch
        if begin >= stop:
            copy_state(empty, empty_floats, 0, out, out_floats, held, pitch, float_pitch)
            continue
        if begin >= reached:
            middle = begin
            reached = begin
            copy_state(empty, empty_floats, 0, back, back_floats, 0, pitch, float_pitch)
        while reached < stop:
            place = reached * pitch
            merge_state(table, table_floats, place, back, back_floats, 0, pitch, operations)
            reached += 1
        if begin > middle:
            fold_back(begin, reached, table, table_floats, pitch, operations)
            middle = reached
            copy_state(empty, empty_floats, 0, back, back_floats, 0, pitch, float_pitch)
        if begin == middle:
            copy_state(back, back_floats, 0, out, out_floats, held, pitch, float_pitch)
        else:
            place = begin * pitch
            copy_state(table, table_floats, place, out, out_floats, held, pitch, float_pitch)
            merge_state(back, back_floats, 0, out, out_floats, held, pitch, operations)
    queue[0] = middle
    queue[1] = reached
    return end


def fold_back(
    begin: int, end: int, table: Ints, table_floats: Floats, pitch: int, operations: Ints
) -> None:
    """Merge into each state of rows `begin` to `end` those of the rows behind it."""
    row = end - 2
    while row >= begin:
        held = row * pitch
        merge_state(table, table_floats, held + pitch, table, table_floats, held, pitch, operations)
        row -= 1


def merge_rows(
    first: int,
    end: int,
    source: Ints,
    source_floats: Floats,
    target: Ints,
    target_floats: Floats,
    pitch: int,
    operations: Ints,
) -> int:
    """Merge each row's state into that of the same row in `target`."""
    for row in range(first, end):
        held = row * pitch
        merge_state(source, source_floats, held, target, target_floats, held, pitch, operations)
    return end


def join_states(
    first: int,
    end: int,
    nodes: Ints,
    node_floats: Floats,
    pitch: int,
    float_pitch: int,
    operations: Ints,
) -> int:
    """Make the nodes from `first` on of their children: node n has 2n and 2n + 1."""
    for node in range(first, end):
        place = node * pitch
        child = 2 * place
        copy_state(nodes, node_floats, child, nodes, node_floats, place, pitch, float_pitch)
        merge_state(nodes, node_floats, child + pitch, nodes, node_floats, place, pitch, operations)
    return end


def search_states(
    first: int,
    end: int,
    leaves: int,
    begins: Ints,
    ends: Ints,
    nodes: Ints,
    node_floats: Floats,
    empty: Ints,
    empty_floats: Floats,
    out: Ints,
    out_floats: Floats,
    pitch: int,
    float_pitch: int,
    operations: Ints,
) -> int:
    """Write what rows begins[i] to ends[i] merge to, to out[i], for i from `first` on.

    Row i is node `leaves + i` of a tree; a range is put together of the highest nodes that hold
    nothing else, two a level at most.
    """
    for row in range(first, end):
        held = row * pitch
        copy_state(empty, empty_floats, 0, out, out_floats, held, pitch, float_pitch)
        begin = leaves + begins[row]
        stop = leaves + ends[row]
        while begin < stop:
            if (begin & 1) != 0:
                place = begin * pitch
                merge_state(nodes, node_floats, place, out, out_floats, held, pitch, operations)
                begin += 1
            if (stop & 1) != 0:
                stop -= 1
                place = stop * pitch
                merge_state(nodes, node_floats, place, out, out_floats, held, pitch, operations)
            begin = begin >> 1
            stop = stop >> 1
    return end


def section_begins(first: int, end: int, flags: Ints, begins: Ints) -> int:
    """Write the last flagged place up to each row."""
    begin = first
    for row in range(first, end):
        if flags[row] != 0:
            begin = row
        begins[row] = begin
    return end


def section_ends(first: int, end: int, flags: Ints, ends: Ints) -> int:
    """Write the first flagged place behind each row, or the end."""
    stop = end
    row = end - 1
    while row >= first:
        ends[row] = stop
        if flags[row] != 0:
            stop = row
        row -= 1
    return end


def find_limits(
    first: int,
    end: int,
    keys: Ints,
    limits: Ints,
    begins: Ints,
    ends: Ints,
    is_behind: int,
    found: Ints,
) -> int:
    """Write the first row of each row's section whose key is not less than its limit.

    With `is_behind`, the first whose key is greater. Keys and limits never fall in a section, which
    is rows begins[i] to ends[i].
    """
    place = 0
    for row in range(first, end):
        place = max(place, begins[row])
        stop = ends[row]
        limit = limits[row]
        moving = place < stop
        while moving:
            if keys[place] < limit or (is_behind != 0 and keys[place] == limit):
                place += 1
                moving = place < stop
            else:
                moving = False
        found[row] = place
    return end


def search_limits(
    first: int,
    end: int,
    keys: Ints,
    limits: Ints,
    begins: Ints,
    ends: Ints,
    is_behind: int,
    found: Ints,
) -> int:
    """Write what find_limits does, for limits in any order, by halving."""
    for row in range(first, end):
        begin = begins[row]
        stop = ends[row]
        limit = limits[row]
        while begin < stop:
            middle = (begin + stop) >> 1
            if keys[middle] < limit or (is_behind != 0 and keys[middle] == limit):
                begin = middle + 1
            else:
                stop = middle
        found[row] = begin
    return end
