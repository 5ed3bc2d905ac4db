"""Inequalities between the sides of a join: what a build can be searched by where nothing is equal.

ON x BETWEEN low AND high    ->    low <= x, high >= x, for a build that holds low and high
"""

from __future__ import annotations

from collections.abc import Iterable

from gpudb.records import dataclass
from gpudb.sql.expr import Call, Expression, field_ids, split_conjunction
from gpudb.sql.pipeline import Band
from gpudb.sql.plan import Field, Join, output_fields

# By a comparison, the same one with its sides swapped.
SWAPPED = {
    "less": "greater",
    "less_equal": "greater_equal",
    "greater": "less",
    "greater_equal": "less_equal",
}


@dataclass(frozen=True, slots=True)
class ComparedBand:
    """A band of the right side, and what of the left side it is compared with."""

    band: Band
    compared: Expression


def find_bands(
    join: Join, condition: Expression | None, left_texts: Iterable[Field]
) -> tuple[ComparedBand, ...]:
    """Return the inequalities of a join's condition between its left and its right side.

    `left_texts` are what the condition reads of the left side besides its fields.
    """
    left = frozenset(field.id for field in (*output_fields(join.left), *left_texts))
    found = (_find_band(part, left) for part in split_conjunction(condition))
    return tuple(band for band in found if band is not None)


def is_band(part: Expression, left_ids: frozenset[int]) -> bool:
    """Whether a condition compares one side of a join with the other by < or the like."""
    return _find_band(part, left_ids) is not None


def _find_band(part: Expression, left_ids: frozenset[int]) -> ComparedBand | None:
    if not isinstance(part, Call) or part.function not in SWAPPED:
        return None
    first, second = part.arguments
    if first.type.is_text:
        return None
    reads = field_ids(first), field_ids(second)
    if not all(reads):
        return None
    if reads[0] <= left_ids and not reads[1] & left_ids:
        return ComparedBand(Band(second, SWAPPED[part.function]), first)
    if reads[1] <= left_ids and not reads[0] & left_ids:
        return ComparedBand(Band(first, part.function), second)
    return None
