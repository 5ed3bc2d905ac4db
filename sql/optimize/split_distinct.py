"""Split distinct: each argument of a distinct aggregate over all rows is aggregated by itself.

    SELECT count(DISTINCT x), count(DISTINCT y), sum(z) FROM t
    ->  (SELECT count(DISTINCT x) FROM t), (SELECT count(DISTINCT y) FROM t), (SELECT sum(z) FROM t)

Reading rows again costs less than repeating each for every argument, as `expand_distinct` does
where rows are joined first or there are groups: keys are fewer words, bits may do for them, and one
argument's values are gone when the next one's come. Few rows are rather read by one kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

from gpudb.records import replace
from gpudb.sql.aggregates import arguments_of, is_of_values
from gpudb.sql.estimate import estimate
from gpudb.sql.expr import Expression, UserCall
from gpudb.sql.expr import walk as walk_expression
from gpudb.sql.optimize.expand_distinct import without_idle_distinct
from gpudb.sql.optimize.rewrite import keep_fields, transform_plan, unused_ids
from gpudb.sql.optimize.share import is_costly
from gpudb.sql.plan import (
    Aggregate,
    AggregateItem,
    Join,
    JoinKind,
    Plan,
    Scan,
    output_fields,
    walk,
)
from gpudb.sql.plan_expressions import copy_plan, expressions, map_call, renumbered

# Fewer rows take less time than a kernel more.
LEAST_ROWS = 1 << 17
# Where filters leave a smaller share, filtering again costs more than repeating what is left.
LEAST_SHARE = 1 / 8


def split_distinct(plan: Plan) -> Plan:
    """Aggregate over all rows once for each argument that is distinct, and once for the others."""
    ids = unused_ids(plan)
    return transform_plan(plan, lambda node: _split(node, ids), of=Aggregate)


def _split(plan: Plan, ids: Iterator[int]) -> Plan:
    if not isinstance(plan, Aggregate) or plan.groups:
        return plan
    parts: dict[tuple[Expression, ...] | None, list[AggregateItem]] = {}
    for item in plan.aggregates:
        call = without_idle_distinct(item.call)
        argument = arguments_of(call) if is_of_values(call) else None
        parts.setdefault(argument, []).append(replace(item, call=call))
    if len(parts) < 2 or not _is_read_again(plan.input):
        return plan
    first, *others = parts.values()
    joined: Plan = Aggregate(plan.input, (), tuple(first))
    for aggregates in others:
        rows, new = copy_plan(plan.input, ids)
        calls = (
            replace(item, call=map_call(item.call, lambda e, new=new: renumbered(e, new)))  # type: ignore[misc]
            for item in aggregates
        )
        joined = Join(JoinKind.CROSS, joined, Aggregate(rows, (), tuple(calls)), ())
    return keep_fields(joined, output_fields(plan))


def _is_read_again(plan: Plan) -> bool:
    """Whether rows are many, and read and filtered at little cost."""
    if is_costly(plan) or any(_calls_users(node) for node in walk(plan)):
        return False
    scanned = (estimate(node).rows for node in walk(plan) if isinstance(node, Scan))
    return estimate(plan).rows >= max(LEAST_ROWS, LEAST_SHARE * max(scanned, default=0.0))


def _calls_users(plan: Plan) -> bool:
    """Whether a function of a user is called, which may be slow, and give something else again."""
    parts = (part for each in expressions(plan) for part in walk_expression(each))
    return any(isinstance(part, UserCall) for part in parts)
