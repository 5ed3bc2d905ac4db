"""Logical plan to a cheaper logical plan: rules, each a pure function, applied in order.

Every rule keeps the ids, order and types of the root's fields. Some run twice, since a later rule
gives them more to do.
"""

from __future__ import annotations

from collections.abc import Callable

from gpudb.sql.optimize.answer_by_statistics import answer_by_statistics
from gpudb.sql.optimize.cut_partitions import cut_partitions
from gpudb.sql.optimize.derive_group_keys import derive_group_keys
from gpudb.sql.optimize.expand_distinct import expand_distinct
from gpudb.sql.optimize.find_bands import find_bands
from gpudb.sql.optimize.find_join_keys import find_join_keys
from gpudb.sql.optimize.fold_constants import fold_constants
from gpudb.sql.optimize.limit_sorts import limit_sorts
from gpudb.sql.optimize.merge_projects import merge_projects
from gpudb.sql.optimize.order_joins import order_joins
from gpudb.sql.optimize.prune_columns import prune_columns
from gpudb.sql.optimize.prune_zones import prune_zones
from gpudb.sql.optimize.push_filters import push_filters
from gpudb.sql.optimize.reduce_joins import reduce_joins
from gpudb.sql.optimize.share import inline_shared, optimize_shared
from gpudb.sql.optimize.share_sums import share_sums
from gpudb.sql.optimize.split_distinct import split_distinct
from gpudb.sql.plan import Plan

RULES: tuple[Callable[[Plan], Plan], ...] = (
    fold_constants,
    split_distinct,
    expand_distinct,
    push_filters,
    fold_constants,
    cut_partitions,
    find_join_keys,
    push_filters,
    merge_projects,
    derive_group_keys,
    merge_projects,
    order_joins,
    find_bands,  # which order_joins would not see through
    limit_sorts,
    prune_columns,
    expand_distinct,  # what stood beside an aggregate that nothing reads
    share_sums,
    answer_by_statistics,
    merge_projects,
    prune_zones,
)

# What lowering relies on; with `SET optimizer = off` nothing else is done.
NEEDED_RULES = (expand_distinct, find_join_keys)


def optimize(plan: Plan, *, is_on: bool = True) -> Plan:
    """Return a plan that gives the same rows as `plan`, for less work where the optimizer is on."""

    def optimized(part: Plan) -> Plan:
        for rule in RULES if is_on else NEEDED_RULES:
            part = rule(part)
        return part

    plan = optimize_shared(optimized(inline_shared(plan)), optimized)
    return reduce_joins(plan) if is_on else plan
