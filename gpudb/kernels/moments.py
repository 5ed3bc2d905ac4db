"""Sums of distances, for variances and their like, in the kernel language.

A state holds the number of values and a center; values count by their distances from that, which
are small and exact where values are large and near to each other. The center is the first value,
and moves to the mean when the number of values is a power of two: so the sum of squares stays near
that of deviations from the mean, whatever comes first (on shifted data: Chan, Golub and LeVeque,
The American Statistician 37, 1983). Sums of small integers stay exact, since such means are.

    deviations   count, center, sum of d, of d * d
    pairs        count, centers of y and x, sums of dy, dx, dy * dy, dx * dx, dy * dx
    powers       count, first, mean of d, sums of the 2nd, 3rd and 4th powers of d - mean
                 (Pebay, Sandia report SAND2008-6212)
"""

# The names that nobody defines here are builtins of the kernel language.
# mypy: disable-error-code="name-defined, no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Ints = np.ndarray
    Floats = np.ndarray


def add_deviation(counts: Ints, floats: Floats, index: int, value: float) -> None:
    """Add a value to the deviations at `index`."""
    count = counts[index] + 1
    counts[index] = count
    if count == 1:
        floats[index + 1] = value
    distance = value - floats[index + 1]
    floats[index + 2] += distance
    floats[index + 3] += distance * distance
    if count & (count - 1) == 0:
        center = floats[index + 1] + floats[index + 2] / float(count)
        move_deviations(floats, index, float(count), center)


def move_deviations(floats: Floats, index: int, count: float, center: float) -> None:
    """Count from another center."""
    apart = floats[index + 1] - center
    total = floats[index + 2]
    floats[index + 1] = center
    floats[index + 2] = total + count * apart
    floats[index + 3] += apart * (2.0 * total + count * apart)


def merge_deviations(
    source: Ints,
    source_floats: Floats,
    place: int,
    target: Ints,
    target_floats: Floats,
    held: int,
) -> None:
    """Merge deviations into others, from the center of more values; neither is empty."""
    apart = source_floats[place + 1] - target_floats[held + 1]
    count = float(source[place])
    if source[place] > target[held]:
        center = source_floats[place + 1]
        move_deviations(target_floats, held, float(target[held]), center)
        apart = 0.0
    total = source_floats[place + 2]
    target[held] += source[place]
    target_floats[held + 2] += total + count * apart
    target_floats[held + 3] += source_floats[place + 3] + apart * (2.0 * total + count * apart)


def add_powers(counts: Ints, floats: Floats, index: int, value: float) -> None:
    """Add a value to the powers at `index`."""
    before = float(counts[index])
    counts[index] += 1
    count = before + 1.0
    if before == 0.0:
        floats[index + 1] = value
    delta = value - floats[index + 1] - floats[index + 2]
    part = delta / count
    square = part * part
    term = delta * part * before
    floats[index + 2] += part
    floats[index + 5] += (
        term * square * (count * count - 3.0 * count + 3.0)
        + 6.0 * square * floats[index + 3]
        - 4.0 * part * floats[index + 4]
    )
    floats[index + 4] += term * part * (count - 2.0) - 3.0 * part * floats[index + 3]
    floats[index + 3] += term


def merge_powers(
    source: Ints,
    source_floats: Floats,
    place: int,
    target: Ints,
    target_floats: Floats,
    held: int,
) -> None:
    """Merge powers into others; neither is empty."""
    a = float(target[held])
    b = float(source[place])
    delta = source_floats[place + 1] - target_floats[held + 1]
    delta += source_floats[place + 2] - target_floats[held + 2]
    part = delta / (a + b)
    second = target_floats[held + 3]
    other_second = source_floats[place + 3]
    third = target_floats[held + 4]
    other_third = source_floats[place + 4]
    square = part * part
    target[held] += source[place]
    target_floats[held + 2] += part * b
    target_floats[held + 5] += (
        source_floats[place + 5]
        + square * square * a * b * (a + b) * (a * a - a * b + b * b)
        + 6.0 * square * (a * a * other_second + b * b * second)
        + 4.0 * part * (a * other_third - b * third)
    )
    target_floats[held + 4] += (
        other_third
        + square * part * a * b * (a - b) * (a + b)
        + 3.0 * part * (a * other_second - b * second)
    )
    target_floats[held + 3] += other_second + square * a * b * (a + b)


def add_pair(counts: Ints, floats: Floats, index: int, y: float, x: float) -> None:
    """Add two values that belong together to the pairs at `index`."""
    count = counts[index] + 1
    counts[index] = count
    if count == 1:
        floats[index + 1] = y
        floats[index + 2] = x
    dy = y - floats[index + 1]
    dx = x - floats[index + 2]
    floats[index + 3] += dy
    floats[index + 4] += dx
    floats[index + 5] += dy * dy
    floats[index + 6] += dx * dx
    floats[index + 7] += dy * dx
    if count & (count - 1) == 0:
        center_y = floats[index + 1] + floats[index + 3] / float(count)
        center_x = floats[index + 2] + floats[index + 4] / float(count)
        move_pairs(floats, index, float(count), center_y, center_x)


def move_pairs(floats: Floats, index: int, count: float, y: float, x: float) -> None:
    """Count from other centers."""
    dy = floats[index + 1] - y
    dx = floats[index + 2] - x
    sum_y = floats[index + 3]
    sum_x = floats[index + 4]
    floats[index + 1] = y
    floats[index + 2] = x
    floats[index + 3] = sum_y + count * dy
    floats[index + 4] = sum_x + count * dx
    floats[index + 5] += dy * (2.0 * sum_y + count * dy)
    floats[index + 6] += dx * (2.0 * sum_x + count * dx)
    floats[index + 7] += dy * sum_x + dx * sum_y + count * (dy * dx)


def merge_pairs(
    source: Ints,
    source_floats: Floats,
    place: int,
    target: Ints,
    target_floats: Floats,
    held: int,
) -> None:
    """Merge pairs into others, from the centers of more values; neither is empty."""
    count = float(source[place])
    dy = source_floats[place + 1] - target_floats[held + 1]
    dx = source_floats[place + 2] - target_floats[held + 2]
    if source[place] > target[held]:
        y = source_floats[place + 1]
        x = source_floats[place + 2]
        move_pairs(target_floats, held, float(target[held]), y, x)
        dy = 0.0
        dx = 0.0
    sum_y = source_floats[place + 3]
    sum_x = source_floats[place + 4]
    target[held] += source[place]
    target_floats[held + 3] += sum_y + count * dy
    target_floats[held + 4] += sum_x + count * dx
    target_floats[held + 5] += source_floats[place + 5] + dy * (2.0 * sum_y + count * dy)
    target_floats[held + 6] += source_floats[place + 6] + dx * (2.0 * sum_x + count * dx)
    target_floats[held + 7] += (
        source_floats[place + 7] + dy * sum_x + dx * sum_y + count * (dy * dx)
    )
