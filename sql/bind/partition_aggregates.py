"""Aggregates over whole partitions, which are groups: nothing is sorted for them.

count(DISTINCT a) OVER (PARTITION BY b)

Join inner on b IS NOT DISTINCT FROM key        a row's partition is a group
  <input>
  Aggregate count(DISTINCT a) by b AS key
    <the input once more, or its rows if they cost more to make than to keep>
"""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.records import replace
from gpudb.sql.aggregates import HOLISTIC, SKETCHED
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.bind.domain import same
from gpudb.sql.bind.reuse import Reused
from gpudb.sql.expr import (
    UNBOUNDED_FOLLOWING,
    UNBOUNDED_PRECEDING,
    AggregateCall,
    Exclusion,
    Expression,
    FrameUnit,
    Over,
    conjunction,
)
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Item,
    Join,
    JoinKind,
    LastRound,
    Plan,
    WindowItem,
    walk,
)
from gpudb.sql.plan_expressions import free_ids, map_call, renumbered


def needs_groups(over: Over) -> bool:
    """Whether the call is an aggregate of which single rows have no state that merges."""
    call = over.call
    if not isinstance(call, AggregateCall):
        return False
    return call.is_distinct or bool(call.order) or call.function in HOLISTIC | SKETCHED


def is_whole(over: Over) -> bool:
    """Whether every row's frame is its whole partition."""
    frame = over.frame
    if frame.exclusion is not Exclusion.NOTHING or frame.begin != UNBOUNDED_PRECEDING:
        return False
    has_peers_only = not over.order and frame.unit is not FrameUnit.ROWS
    return frame.end == UNBOUNDED_FOLLOWING or (has_peers_only and frame.end.direction == 0)


def grouped(overs: Sequence[Over], plan: Plan) -> set[Over]:
    """Return the calls over whole partitions that are computed by groups.

    Those that merge as well stay beside others for which their partitions are sorted anyway.
    """
    whole = {o for o in overs if isinstance(o.call, AggregateCall) and is_whole(o)}
    sorted_ = {o.partition for o in overs if o not in whole}
    is_own = _is_own(plan)
    return {o for o in whole if needs_groups(o) or (is_own and o.partition not in sorted_)}


def _is_own(plan: Plan) -> bool:
    """Whether the plan's rows are the same wherever it stands."""
    return not free_ids(plan) and not any(isinstance(node, LastRound) for node in walk(plan))


def with_groups(
    plan: Plan,
    partition: tuple[Expression, ...],
    items: Sequence[WindowItem],
    environment: Environment,
) -> Plan:
    """Return each row of `plan` with the aggregates of its partition."""
    rows = Reused(plan, "rows", environment)
    copy, ids = rows.copy()
    groups = tuple(
        Item(environment.field("key", e.type, nullable=e.nullable), renumbered(e, ids))
        for e in partition
    )
    calls = tuple(
        AggregateItem(item.field, map_call(item.call, lambda e: renumbered(e, ids)))
        for item in items
        if isinstance(item.call, AggregateCall)
    )
    calls = tuple(replace(c, call=replace(c.call, nullable=c.field.nullable)) for c in calls)
    grouped = Aggregate(copy, groups, calls)
    pairs = zip(partition, groups, strict=True)
    condition = conjunction(tuple(same(e, reference(group.field)) for e, group in pairs))
    kind = JoinKind.CROSS if condition is None else JoinKind.INNER
    return Join(kind, rows.original(), grouped, (), condition)
