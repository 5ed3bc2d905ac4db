"""Kernels over the values of frames: counted, in order, the most frequent, each once.

The values of a partition are codes in their order, from a base on. They are the leaves of a tree:
node n has the children 2n and 2n + 1, the leaf of a code is node `leaves + code - base`. A node
holds what the leaves below it come to, so that a row that enters or leaves a frame changes as many
nodes as the tree is high. (Wesley and Xu, Incremental Computation of Common Windowed Holistic
Aggregates, VLDB 2016.)
"""

# The names that nobody defines here are builtins of the kernel language, or of window_library.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray
    Floats = np.ndarray


def slide_values(
    first: int,
    end: int,
    task: int,
    rows: int,
    pieces: int,
    begins: Ints,
    ends: Ints,
    numbers: Ints,
    bases: Ints,
    sizes: Ints,
    codes: Ints,
    held: Ints,
    many: Ints,
    tree: Ints,
    is_distinct: int,
    wanted: Ints,
    low: Ints,
    high: Ints,
    source: Ints,
    source_floats: Floats,
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
    """Write what the values of each row's frame are, for the rows from `first` on.

    | task | written | |
    |---|---|---|
    | 0 | low | how many there are |
    | 1 | low, high | the codes of the `wanted`th in order and of the next one, -1 for none |
    | 2 | low | the code of the most frequent one, of several the first; -1 for none |
    | 3 | out | what the states of the values, each once, merge to |

    A frame is `pieces` ranges, that of row i in piece p at p * rows + i. `numbers` are the rows'
    partitions, `bases` and `sizes` the first code and the leaves of each. `codes` are the rows'
    values, -1 for none; `source` the codes' states. `held` says what is in the tree: a partition,
    and the range of each piece; `many` how often each of its codes is there.
    """
    for row in range(first, end):
        number = numbers[row]
        # In another partition all that is there leaves first.
        stage = 1 if number == held[0] else 0
        while stage < 2:
            here = number if stage == 1 else held[0]
            for piece in range(pieces):
                behind = held[2 * piece + 2]
                begin = begins[piece * rows + row] if stage == 1 else behind
                stop = max(begin, ends[piece * rows + row]) if stage == 1 else behind
                move_piece(
                    held, 2 * piece + 1, begin, stop, task, codes, many, tree, is_distinct,
                    bases[here], sizes[here], source, source_floats, nodes, node_floats, empty,
                    empty_floats, pitch, float_pitch, operations,
                )  # fmt: skip
            stage += 1
        held[0] = number
        if task == 3:
            copy_state(nodes, node_floats, pitch, out, out_floats, row * pitch, pitch, float_pitch)
        else:
            write_codes(row, task, tree, bases[number], sizes[number], wanted, low, high)
    return end


def write_codes(
    row: int, task: int, tree: Ints, base: int, leaves: int, wanted: Ints, low: Ints, high: Ints
) -> None:
    """Write what a task asks of the codes in the tree."""
    count = tree[1]
    if task == 0:
        low[row] = count
    elif count == 0:
        low[row] = -1
        high[row] = -1
    elif task == 1:
        low[row] = base + find_rank(tree, leaves, wanted[row])
        high[row] = base + find_rank(tree, leaves, min(wanted[row] + 1, count - 1))
    else:
        low[row] = base + find_most(tree, leaves)


def move_piece(
    held: Ints,
    piece: int,
    begin: int,
    end: int,
    task: int,
    codes: Ints,
    many: Ints,
    tree: Ints,
    is_distinct: int,
    base: int,
    leaves: int,
    source: Ints,
    source_floats: Floats,
    nodes: Ints,
    node_floats: Floats,
    empty: Ints,
    empty_floats: Floats,
    pitch: int,
    float_pitch: int,
    operations: Ints,
) -> None:
    """Let rows leave and enter the tree, so that it holds `begin` to `end` of a piece."""
    old = held[piece]
    old_end = held[piece + 1]
    held[piece] = begin
    held[piece + 1] = end
    for turn in range(4):
        by = -1 if turn < 2 else 1
        place = turn_begin(turn, old, old_end, begin, end)
        behind = turn_end(turn, old, old_end, begin, end)
        while place < behind:
            code = codes[place]
            if code >= 0:
                change_value(
                    code, by, task, many, tree, is_distinct, base, leaves, source, source_floats,
                    nodes, node_floats, empty, empty_floats, pitch, float_pitch, operations,
                )  # fmt: skip
            place += 1


def turn_begin(turn: int, old: int, old_end: int, begin: int, end: int) -> int:
    """Return the first row of a turn from one range of rows to another.

    The rows before the new range leave, then those behind it; then the rows before the old range
    enter, and those behind it.
    """
    if turn == 0:
        return old
    if turn == 1:
        return max(old, end)
    if turn == 2:
        return begin
    return max(begin, old_end)


def turn_end(turn: int, old: int, old_end: int, begin: int, end: int) -> int:
    """Return the row behind the last one of a turn."""
    if turn == 0:
        return min(old_end, begin)
    if turn == 1:
        return old_end
    if turn == 2:
        return min(end, old)
    return end


def change_value(
    code: int,
    by: int,
    task: int,
    many: Ints,
    tree: Ints,
    is_distinct: int,
    base: int,
    leaves: int,
    source: Ints,
    source_floats: Floats,
    nodes: Ints,
    node_floats: Floats,
    empty: Ints,
    empty_floats: Floats,
    pitch: int,
    float_pitch: int,
    operations: Ints,
) -> None:
    """Let a row's value enter the tree, or leave it; `tree` holds sums, or for a mode the most."""
    place = code - base
    count = many[place] + by
    many[place] = count
    # Whether it is the first of its value that enters, or the last that leaves.
    is_edge = count == 0 or (count == 1 and by > 0)
    node = leaves + place
    if task == 2:
        tree[node] = count
        node = node >> 1
        while node > 0:
            tree[node] = max(tree[2 * node], tree[2 * node + 1])
            node = node >> 1
    elif task == 3:
        if is_edge:
            held = node * pitch
            if count == 0:
                copy_state(empty, empty_floats, 0, nodes, node_floats, held, pitch, float_pitch)
            else:
                taken = code * pitch
                copy_state(
                    source, source_floats, taken, nodes, node_floats, held, pitch, float_pitch
                )
            merge_up(nodes, node_floats, node >> 1, pitch, float_pitch, operations)
    elif is_distinct == 0 or is_edge:
        while node > 0:
            tree[node] += by
            node = node >> 1


def merge_up(
    nodes: Ints, node_floats: Floats, node: int, pitch: int, float_pitch: int, operations: Ints
) -> None:
    """Make a node, and those above it, of their children."""
    while node > 0:
        place = node * pitch
        child = 2 * place
        copy_state(nodes, node_floats, child, nodes, node_floats, place, pitch, float_pitch)
        merge_state(nodes, node_floats, child + pitch, nodes, node_floats, place, pitch, operations)
        node = node >> 1


def find_rank(tree: Ints, leaves: int, wanted: int) -> int:
    """Return the leaf of the value that is `wanted`th in order."""
    node = 1
    left = wanted
    while node < leaves:
        node = 2 * node
        if left >= tree[node]:
            left -= tree[node]
            node += 1
    return node - leaves


def find_most(tree: Ints, leaves: int) -> int:
    """Return the first leaf with the most."""
    node = 1
    while node < leaves:
        most = tree[node]
        node = 2 * node
        if tree[node] != most:
            node += 1
    return node - leaves
