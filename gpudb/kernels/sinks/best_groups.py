"""The first groups of an order: what GROUP BY with ORDER BY and a LIMIT asks for.

    merged groups, a piece at a time -> the keys of the order -> those before the last of the best
    so far -> columns of these alone

Each group is merged, but groups that cannot be shown never become columns. What comes of a piece
may be too much and never too little: all are put in order in the end. Of groups that are equal in
the whole order any may be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from gpudb.kernels.held import HeldColumn, Relation
from gpudb.kernels.sinks.group_words import GroupWords
from gpudb.kernels.sinks.operations import OPERATIONS
from gpudb.kernels.sinks.results import result
from gpudb.kernels.sinks.states import States
from gpudb.kernels.sorting import key_parts
from gpudb.records import dataclass
from gpudb.sql.expr import ColumnReference, SortKey


@dataclass(frozen=True, slots=True)
class BestGroups:
    """The order, of columns of the groups, and how many of its first groups are wanted."""

    keys: tuple[SortKey, ...]
    wanted: int


class BestChoice:
    """Tells which groups of each piece may be among the best, and learns of it."""

    def __init__(self, best: BestGroups, states: States) -> None:
        self._best = best
        columns = (key.expression for key in best.keys)
        self._ids = [each.id for each in columns if isinstance(each, ColumnReference)]
        self._states = states
        # The parts of the best groups' keys so far, in order, and the last of them if they are all.
        self._known: list[np.ndarray] = []
        self._last: list[int] | None = None

    def find_places(
        self, table: np.ndarray, key_columns: Callable[[], Mapping[int, HeldColumn]]
    ) -> np.ndarray | None:
        """Return which groups of `table`, int64[groups, pitch], may be among the best.

        None stands for all. Their keys are read where the order asks for them.
        """
        parts = self._parts(table, key_columns)
        if parts is None:
            return None
        for aggregated in self._states.aggregated:
            if len(OPERATIONS[aggregated.operation].first) > 1:
                result(aggregated, table)  # raises where a sum is too large, shown or not
        return self._places(parts, len(table))

    def _parts(
        self, table: np.ndarray, key_columns: Callable[[], Mapping[int, HeldColumn]]
    ) -> list[np.ndarray] | None:
        """Return integers that are in order as the groups are, two arrays a key, the first first.

        None where a key has no such integers of 64 bits.
        """
        aggregated = {each.item.field.id: each for each in self._states.aggregated}
        columns: Mapping[int, HeldColumn] = {}
        if any(id not in aggregated for id in self._ids):
            columns = key_columns()
        parts: list[np.ndarray] = []
        for id, key in zip(self._ids, self._best.keys, strict=True):
            column = result(aggregated[id], table) if id in aggregated else columns[id]
            if column.high is not None or column.domain is not None or column.type.is_array:
                return None
            parts += _key_parts(column, key)
        return parts

    def _places(self, parts: Sequence[np.ndarray], groups: int) -> np.ndarray:
        """Return the places of those that are better than the last of the best; learn from them."""
        places = np.arange(groups)
        if self._last is not None:
            places = np.flatnonzero(_are_before(parts, self._last))
        found = [part[places] for part in parts]
        before = self._known or [part[:0] for part in parts]
        together = [np.concatenate(both) for both in zip(before, found, strict=True)]
        wanted, known = self._best.wanted, len(before[0])
        first = np.lexsort(together[::-1])[:wanted]
        self._known = [part[first] for part in together]
        if len(first) == wanted:
            self._last = [int(part[-1]) for part in self._known]
        return np.sort(places[first[first >= known] - known])


class BestPieces:
    """Makes columns of the best groups of each piece that one worker has merged.

    `make_part` makes columns of all groups of some words.
    """

    def __init__(
        self,
        best: BestGroups,
        placed: GroupWords,
        states: States,
        make_part: Callable[[np.ndarray, int], Relation],
    ) -> None:
        self._choice = BestChoice(best, states)
        self._placed = placed
        self._make_part = make_part

    def part(self, words: np.ndarray, groups: int) -> Relation:
        """Return columns of the groups that may be among the best."""
        table = words.reshape(groups, -1)
        keys = table[:, 1 : 1 + self._placed.count]
        places = self._choice.find_places(table, lambda: self._placed.columns(keys))
        if places is None:
            return self._make_part(words, groups)
        return self._make_part(table[places].reshape(-1), len(places))


def _key_parts(column: HeldColumn, key: SortKey) -> list[np.ndarray]:
    """Return whether a value is behind NULL, or NULL behind it, and the value's place."""
    parts = key_parts(column, key)
    if column.nulls is None:
        # Another piece may have NULLs: its parts are compared with these.
        parts.insert(0, np.full(len(parts[0]), int(key.is_nulls_first)))
    return parts


def _are_before(parts: Sequence[np.ndarray], last: Sequence[int]) -> np.ndarray:
    """Return which rows come before one: bool[rows]."""
    before = np.zeros(len(parts[0]), np.bool_)
    for part, value in zip(reversed(parts), reversed(last), strict=True):
        before = (part < value) | ((part == value) & before)
    return before
