"""Reduce joins: rows that find no partner are neither grouped nor built.

    Join x = y                        Join x = y
      Aggregate by x                    Aggregate by x
        Scan large                        Join semi x = y
      Filter y < 3            ->            Scan large
        Scan small                          Shared rows with y (y)
                                        Shared rows with y (y, ...)
                                          Filter y < 3
                                            Scan small

The side that is grouped, or built, is filtered first by the values that the other side can have:
by the smallest part of it that holds them, which is then computed once for both uses. It is a
semi-join reduction (Bernstein and Chiu, Using semi-joins to solve relational queries, JACM 1981),
taken below aggregates as magic sets are (Mumick and others, Magic is relevant, SIGMOD 1990).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from gpudb.records import dataclass, replace
from gpudb.sql.estimate import Estimate
from gpudb.sql.expr import ColumnReference
from gpudb.sql.optimize.rewrite import output_ids, reference
from gpudb.sql.optimize.share import all_shared
from gpudb.sql.plan import (
    Aggregate,
    Field,
    Filter,
    Iterate,
    Join,
    JoinKey,
    JoinKind,
    Plan,
    Project,
    Scan,
    Shared,
    Sort,
    Window,
    inputs,
    output_fields,
    with_inputs,
)
from gpudb.sql.plan_expressions import kinds, next_field_id
from gpudb.sql.rough_estimate import rough_estimate
from gpudb.sql.table_estimate import table_rows

# Filtering a row costs about as much as reading it; so many must be worth a plan with more parts.
MINIMUM_ROWS = 100_000
# The share of the rows that may stay: where they would be grouped, and where they would be built,
# which costs less.
GROUPED_SHARE = 0.25
BUILT_SHARE = 0.1
# A part that rows stream past has to be kept for its second use; one that is built is kept anyway.
STREAMED_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """A node below another one, the way to it (nodes and the number of the input taken), and a
    column of it with the values of the column above."""

    node: Plan
    column: int
    way: tuple[tuple[Plan, int], ...] = ()

    def below(self) -> Place | None:
        """Return the input that holds the column, and all that the node may need of it."""
        step = _step(self.node, self.column)
        return None if step is None else self.input(*step)

    def input(self, index: int, column: int) -> Place:
        """Return the input `index` of the node, with a column there."""
        return Place(inputs(self.node)[index], column, (*self.way, (self.node, index)))

    def put(self, node: Plan) -> Plan:
        """Return the plan at the beginning of the way with `node` in this place."""
        for above, index in reversed(self.way):
            parts = list(inputs(above))
            parts[index] = node
            node = with_inputs(above, parts)
        return node

    @property
    def field(self) -> Field:
        """The column."""
        return next(f for f in output_fields(self.node) if f.id == self.column)

    @property
    def is_grouped(self) -> bool:
        """Whether an aggregate is on the way."""
        return any(isinstance(node, Aggregate) for node, _ in self.way)

    @property
    def is_built(self) -> bool:
        """Whether the node is the build side of a join on the way."""
        return any(isinstance(node, Join) and index for node, index in self.way)


def reduce_joins(plan: Plan) -> Plan:
    """Filter what is grouped or built for a join by the values that its other side can have."""
    if Join not in kinds(plan):
        return plan
    numbers = (shared.number for shared in all_shared(plan))
    ids = itertools.count(max(next_field_id(plan), 1 + max(numbers, default=-1)))
    return _Reduction(ids).reduce(plan)


class _Reduction:
    """Reduces joins; `ids` are free for fields and shared plans."""

    def __init__(self, ids: Iterator[int]) -> None:
        self.ids = ids

    def reduce(self, plan: Plan) -> Plan:
        if isinstance(plan, Iterate) or Join not in kinds(plan):
            return plan  # of Iterate each round has rows of its own
        plan = with_inputs(plan, [self.reduce(part) for part in inputs(plan)])
        if not isinstance(plan, Join):
            return plan
        for key in plan.keys:
            if isinstance(key.left, ColumnReference) and isinstance(key.right, ColumnReference):
                plan = self._reduce_build(plan, key.left.id, key.right.id)
                plan = self._reduce_groups(plan, key.left.id, key.right.id)
        return plan

    def _reduce_build(self, join: Join, left: int, right: int) -> Join:
        """Rows of the right side without a partner do nothing, whatever kind the join has."""
        large = _lowest(Place(join.right, right))
        # A set of keys costs no more than being filtered.
        is_set = join.kind in (JoinKind.SEMI, JoinKind.ANTI) and join.condition is None
        if is_set and not large.is_grouped:
            return join
        is_costly = large.is_grouped or join.kind not in (JoinKind.INNER, JoinKind.LEFT)
        small = _smallest(Place(join, left).input(0, left), large, is_costly)
        return join if small is None else self._reduced(small, large, 1)

    def _reduce_groups(self, join: Join, left: int, right: int) -> Join:
        """Groups of the left side without a partner are dropped by inner and semi joins."""
        if join.kind not in (JoinKind.INNER, JoinKind.SEMI):
            return join
        large = _lowest(Place(join.left, left))
        if not large.is_grouped:
            return join
        small = _smallest(Place(join, right).input(1, right), large, is_costly=True)
        return join if small is None else self._reduced(small, large, 0)

    def _shared(self, place: Place) -> Shared:
        """Return a reference to the node's rows that takes its place."""
        if isinstance(place.node, Shared):
            return place.node
        fields = output_fields(place.node)
        columns = tuple(field.id for field in fields)
        name = f"rows with {place.field.name}"
        return Shared(next(self.ids), name, fields, columns, place.node, is_kept=True)

    def _reduced(self, small: Place, large: Place, side: int) -> Join:
        """Return the join that `small` is below, with its rows shared, and those of `large`, which
        is below the input `side`, filtered by them."""
        shared = self._shared(small)
        fields = zip(shared.fields, shared.columns, strict=True)
        known, behind = next((f, c) for f, c in fields if f.id == small.column)
        field = replace(known, id=next(self.ids))
        values = replace(shared, fields=(field,), columns=(behind,))
        key = JoinKey(reference(large.field), reference(field))
        filtered = Join(JoinKind.SEMI, large.node, values, (key,))
        join = replace(large, way=((small.put(shared), side), *large.way)).put(filtered)
        assert isinstance(join, Join)
        return join


def _lowest(place: Place) -> Place:
    """Return the lowest node that has the column, from where a filter by it means the same."""
    while (below := place.below()) is not None:
        place = below
    return place


def _step(plan: Plan, column: int) -> tuple[int, int] | None:
    """Return the input, and its column, that a filter of `plan` by `column` may as well filter."""
    match plan:
        case Filter(input=Scan()):
            return None  # cheaper than any join
        case Filter() | Sort(limit=None):
            return 0, column
        case Project(items=items) | Aggregate(groups=items):
            behind = next((i.expression for i in items if i.field.id == column), None)
            return (0, behind.id) if isinstance(behind, ColumnReference) else None
        case Window(partition=partition):
            keys = {key.id for key in partition if isinstance(key, ColumnReference)}
            return (0, column) if column in keys else None
        case Join(kind=kind, left=left):
            if column in output_ids(left):
                return 0, column
            return (1, column) if kind in (JoinKind.INNER, JoinKind.CROSS) else None
    return None


def _holders(place: Place) -> Iterator[Place]:
    """Yield the places below that hold every value the column can have, other than NULL."""
    yield place
    below = place.below()
    if below is not None:
        yield from _holders(below)
    if not isinstance(place.node, Join) or place.node.kind not in (JoinKind.INNER, JoinKind.SEMI):
        return
    for key in place.node.keys:
        if not isinstance(key.left, ColumnReference) or not isinstance(key.right, ColumnReference):
            continue
        if key.left.id == place.column:
            yield from _holders(place.input(1, key.right.id))
        elif key.right.id == place.column:
            yield from _holders(place.input(0, key.left.id))


def _smallest(start: Place, large: Place, is_costly: bool) -> Place | None:
    """Return the cheapest place of `start`'s that leaves few enough rows of `large`, or None."""
    rows = _least_rows(large.node)
    if rows < MINIMUM_ROWS:
        return None
    before = rough_estimate(large.node)
    share = GROUPED_SHARE if is_costly else BUILT_SHARE
    best: tuple[float, Place] | None = None
    for place in _holders(start):
        found = rough_estimate(place.node)
        cost = found.rows * (1.0 if place.is_built else STREAMED_WEIGHT)
        if cost <= share * before.rows and _kept_share(found, place, before, large) <= share:
            best = min(best or (cost, place), (cost, place), key=lambda pair: pair[0])
    return None if best is None else best[1]


def _least_rows(plan: Plan) -> float:
    """Return the rows of the table that `plan` reads: a cheap bound, where it is that simple."""
    node = plan.input if isinstance(plan, Filter) else plan
    return table_rows(node.table) if isinstance(node, Scan) else rough_estimate(plan).rows


def _kept_share(small: Estimate, place: Place, large: Estimate, of: Place) -> float:
    return small.distinct(reference(place.field)) / large.distinct(reference(of.field))
