"""Limit sorts: ORDER BY with LIMIT keeps only the first rows while it sorts.

A LIMIT over WITH RECURSIVE ends its rounds, which need not end by themselves.
"""

from __future__ import annotations

from gpudb.records import replace
from gpudb.sql.optimize.rewrite import transform_plan
from gpudb.sql.plan import Iterate, Limit, Plan, Project, Sort, with_inputs


def limit_sorts(plan: Plan) -> Plan:
    """Hand each limit to what is below it, through projects; without offset a sort's Limit goes."""
    return transform_plan(plan, _limit_sort, of=Limit)


def _limit_sort(plan: Plan) -> Plan:
    if not isinstance(plan, Limit) or plan.count is None or plan.percent is not None:
        return plan
    limit = plan.count + plan.offset
    below = _with_limit(plan.input, limit)
    if below is None:
        return with_inputs(plan, [_with_rounds(plan.input, limit)])
    return below if plan.offset == 0 else with_inputs(plan, [below])


def _with_rounds(plan: Plan, limit: int) -> Plan:
    match plan:
        case Iterate():
            return replace(plan, limit=limit)
        case Project(input=below):
            return with_inputs(plan, [_with_rounds(below, limit)])
    return plan


def _with_limit(plan: Plan, limit: int) -> Plan | None:
    """Return `plan` with its topmost sort limited; None where there is none."""
    match plan:
        case Sort(with_ties=True):
            return None
        case Sort(limit=old):
            return plan if old is not None and old <= limit else replace(plan, limit=limit)
        case Project(input=below):
            limited = _with_limit(below, limit)
            return None if limited is None else with_inputs(plan, [limited])
    return None
