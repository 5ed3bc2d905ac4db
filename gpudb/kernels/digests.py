"""Digests of the order of many values in few words, which merge: in the kernel language and numpy.

A merging t-digest (Dunning and Ertl, Computing Extremely Accurate Quantiles Using t-Digests,
arXiv:1902.04023, 2019). Entries are values with weights. When there are 256, they are sorted, and
those whose middle ranks fall into the same of 128 cells become one, their mean. Cell j of 128
ends at the share t * t * (3 - 2 * t) of all, t = j / 128: within 1% of the paper's sine, without
one. So a cell in the middle holds 1.2% of the values, the outermost ones 0.02%; the least and the
greatest value are always entries of their own.

    count | infinities below | above | NaNs | 256 values | 256 weights

Fewer than 256 values are all there, and their quantiles are exact.
"""

# The names that nobody defines here are builtins of the kernel language.
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

import numpy as np

Ints = np.ndarray
Floats = np.ndarray
ENTRIES, CELLS = 256, 128
VALUES, WEIGHTS = 4, 4 + ENTRIES
DIGEST_WORDS = 4 + 2 * ENTRIES
# Groups whose digests are merged or asked at once.
BLOCK_GROUPS = 1024


def keep_value(counts: Ints, floats: Floats, index: int, value: float) -> None:
    """Take a value into the digest at `index`."""
    if isnan(value):
        floats[index + 3] += 1.0
    elif value > 1.7976931348623157e308:
        floats[index + 2] += 1.0
    elif value < -1.7976931348623157e308:
        floats[index + 1] += 1.0
    else:
        put_entry(counts, floats, index, value, 1.0)


def put_entry(counts: Ints, floats: Floats, index: int, value: float, weight: float) -> None:
    """Add an entry; when there is no room for another one, make room."""
    count = counts[index]
    floats[index + 4 + count] = value
    floats[index + 260 + count] = weight
    counts[index] = count + 1
    if count == 255:
        sort_entries(floats, index + 4)
        counts[index] = merge_entries(floats, index + 4)


def sort_entries(floats: Floats, begin: int) -> None:
    """Sort 256 entries by their values (Shell, CACM 2, 1959)."""
    gap = 113
    while gap > 0:
        for place in range(gap, 256):
            insert_entry(floats, begin, place, gap)
        gap = gap * 4 // 9


def insert_entry(floats: Floats, begin: int, entry: int, gap: int) -> None:
    """Move an entry down by steps of `gap` to its place."""
    value = floats[begin + entry]
    weight = floats[begin + 256 + entry]
    place = entry
    moving = place >= gap
    while moving:
        other = floats[begin + place - gap]
        if other > value:
            floats[begin + place] = other
            floats[begin + 256 + place] = floats[begin + 256 + place - gap]
            place -= gap
            moving = place >= gap
        else:
            moving = False
    floats[begin + place] = value
    floats[begin + 256 + place] = weight


def merge_entries(floats: Floats, begin: int) -> int:
    """Make one of the sorted entries of each cell; return how many are left."""
    total = 0.0
    for entry in range(256):
        total += floats[begin + 256 + entry]
    kept = 0
    cell = 0
    limit = 0.0
    before = floats[begin + 256]
    is_open = False
    for entry in range(1, 255):
        weight = floats[begin + 256 + entry]
        middle = (before + 0.5 * weight) / total
        while middle > limit and cell < 128:
            cell += 1
            share = float(cell) / 128.0
            limit = share * share * (3.0 - 2.0 * share)
            is_open = False
        if is_open:
            join_entry(floats, begin, kept, floats[begin + entry], weight)
        else:
            kept += 1
            floats[begin + kept] = floats[begin + entry]
            floats[begin + 256 + kept] = weight
            is_open = True
        before += weight
    kept += 1
    floats[begin + kept] = floats[begin + 255]
    floats[begin + 256 + kept] = floats[begin + 511]
    return kept + 1


def join_entry(floats: Floats, begin: int, kept: int, value: float, weight: float) -> None:
    """Take a value that is no less into an entry, whose value becomes the mean."""
    held = floats[begin + 256 + kept]
    both = held + weight
    least = floats[begin + kept]
    mean = least * (held / both) + value * (weight / both)
    floats[begin + kept] = min(value, max(least, mean))
    floats[begin + 256 + kept] = both


def merge_digest(
    source: Ints, source_floats: Floats, place: int, target: Ints, target_floats: Floats, held: int
) -> None:
    """Take all entries of a digest into another one."""
    for word in range(1, 4):
        target_floats[held + word] += source_floats[place + word]
    for entry in range(source[place]):
        value = source_floats[place + 4 + entry]
        put_entry(target, target_floats, held, value, source_floats[place + 260 + entry])


DIGEST_USES = (join_entry, merge_entries, insert_entry, sort_entries, put_entry)
SHARES = np.arange(1, CELLS + 1) / CELLS
LIMITS = SHARES * SHARES * (3.0 - 2.0 * SHARES)


def merge_digests(target: np.ndarray, source: np.ndarray) -> None:
    """Merge digests, int64[groups, DIGEST_WORDS], into others: see merge_digest."""
    for first in range(0, len(target), BLOCK_GROUPS):
        block = slice(first, first + BLOCK_GROUPS)
        own, other = np.ascontiguousarray(target[block]), np.ascontiguousarray(source[block])
        own.view(np.float64)[:, 1:VALUES] += other.view(np.float64)[:, 1:VALUES]
        _merge_entries(own, other)
        target[block] = own


def _merge_entries(own: np.ndarray, other: np.ndarray) -> None:
    parts = [_sorted_entries(own), _sorted_entries(other)]
    values = np.concatenate([values for values, _ in parts], axis=1)
    weights = np.concatenate([weights for _, weights in parts], axis=1)
    order = np.argsort(values, axis=1, kind="stable")
    values = np.take_along_axis(values, order, axis=1)
    weights = np.take_along_axis(weights, order, axis=1)
    counts = own[:, 0] + other[:, 0]
    places = _places(weights, counts)
    rows = np.arange(len(own))
    flat = (rows[:, None] * ENTRIES + places).ravel()
    merged = np.bincount(flat, weights.ravel(), len(own) * ENTRIES)
    shares = weights.ravel() / np.where(merged > 0, merged, 1.0)[flat]
    known = np.where(np.isinf(values), 0.0, values).ravel()
    means = np.bincount(flat, shares * known, len(own) * ENTRIES)
    least, greatest = means.copy(), means.copy()
    used = np.flatnonzero(weights.ravel() > 0)
    greatest[flat[used]] = known[used]
    least[flat[used[::-1]]] = known[used[::-1]]
    floats = own.view(np.float64)
    floats[:, VALUES:WEIGHTS] = np.clip(means, least, greatest).reshape(-1, ENTRIES)
    floats[:, WEIGHTS:] = merged.reshape(-1, ENTRIES)
    own[:, 0] = np.where(counts > 0, places[rows, np.maximum(counts, 1) - 1] + 1, 0)


def _places(weights: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the place of each sorted entry among those that are left: int64[groups, entries]."""
    numbers = np.broadcast_to(np.arange(weights.shape[1]), weights.shape)
    before = np.cumsum(weights, axis=1) - weights
    total = np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
    cells = 1 + np.searchsorted(LIMITS, (before + 0.5 * weights) / total)
    cells[:, 0] = 0
    cells = np.where(numbers >= counts[:, None] - 1, CELLS + 2, cells)
    is_new = np.zeros(weights.shape, np.int64)
    is_new[:, 1:] = cells[:, 1:] != cells[:, :-1]
    places = np.where(counts[:, None] < ENTRIES, numbers, np.cumsum(is_new, axis=1))
    return np.minimum(places, ENTRIES - 1)


def _sorted_entries(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return values and weights by value: float64[groups, ENTRIES]; unused ones infinite and 0."""
    floats = words.view(np.float64)
    is_used = np.arange(ENTRIES) < words[:, :1]
    values = np.where(is_used, floats[:, VALUES:WEIGHTS], np.inf)
    order = np.argsort(values, axis=1, kind="stable")
    weights = np.where(is_used, floats[:, WEIGHTS:DIGEST_WORDS], 0.0)
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(weights, order, axis=1)


def digest_quantiles(words: np.ndarray, fraction: float) -> np.ndarray:
    """Return a quantile of each digest, int64[groups, DIGEST_WORDS]: float64[groups].

    Between the middles of two entries it is interpolated.
    """
    found = np.empty(len(words))
    for first in range(0, len(words), BLOCK_GROUPS):
        block = np.ascontiguousarray(words[first : first + BLOCK_GROUPS])
        found[first : first + BLOCK_GROUPS] = _quantiles(block, fraction)
    return found


def _quantiles(words: np.ndarray, fraction: float) -> np.ndarray:
    values, weights = _sorted_entries(words)
    below, above, lost = words.view(np.float64)[:, 1:VALUES].T
    inside = weights.sum(axis=1)
    place = np.maximum(below + inside + above + lost - 1, 0) * fraction - below
    middles = np.cumsum(weights, axis=1) - 0.5 * weights - 0.5
    middles = np.where(weights > 0, middles, np.inf)
    last = np.maximum(words[:, 0] - 1, 0)
    low = np.clip((middles <= place[:, None]).sum(axis=1) - 1, 0, last)
    high, rows = np.minimum(low + 1, last), np.arange(len(words))
    a, b = values[rows, low], values[rows, high]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        share = (place - middles[rows, low]) / (middles[rows, high] - middles[rows, low])
        between = np.where((a == b) | ~(share > 0), a, a + (b - a) * share)
    beyond = np.where(place < inside + above, np.inf, np.nan)
    found = np.where(place > inside - 1, np.where(above + lost > 0, beyond, between), between)
    return np.where(place < 0, -np.inf, found)
