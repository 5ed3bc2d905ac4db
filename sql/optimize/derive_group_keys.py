"""Derive group keys: keys that follow from other keys are computed once a group, not once a row.

    ... GROUP BY ip, ip - 1, upper(name), name, 2   ->   ip, ip - 1, upper(name), name, 2
                                                           ... GROUP BY ip, name

The groups are the same, since rows that agree in a column agree in what is made of it alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from gpudb.records import replace
from gpudb.sql.expr import ColumnReference, Expression, field_ids, transform
from gpudb.sql.optimize.rewrite import pass_through, reference, transform_plan
from gpudb.sql.plan import Aggregate, Field, Item, Plan, Project


def derive_group_keys(plan: Plan) -> Plan:
    """Group by columns instead of what is made of them, where the columns are keys themselves."""
    return transform_plan(plan, _derive, of=Aggregate)


def _derive(plan: Plan) -> Plan:
    if not isinstance(plan, Aggregate):
        return plan
    columns: dict[int, Field] = {}
    for group in plan.groups:
        if isinstance(group.expression, ColumnReference):
            columns.setdefault(group.expression.id, group.field)
    kept = tuple(group for group in plan.groups if not _is_derived(group, columns))
    # Constants alone still group: no rows give no group.
    kept = kept or plan.groups[:1]
    if len(kept) == len(plan.groups):
        return plan
    items = [
        pass_through(group.field)
        if group in kept
        else Item(group.field, _over_keys(group.expression, columns))
        for group in plan.groups
    ]
    items += [pass_through(aggregate.field) for aggregate in plan.aggregates]
    return Project(replace(plan, groups=kept), tuple(items))


def _is_derived(group: Item, columns: Mapping[int, Field]) -> bool:
    if isinstance(group.expression, ColumnReference):
        return columns[group.expression.id] is not group.field
    return field_ids(group.expression) <= columns.keys()


def _over_keys(expression: Expression, columns: Mapping[int, Field]) -> Expression:
    def over(node: Expression) -> Expression:
        return reference(columns[node.id]) if isinstance(node, ColumnReference) else node

    return transform(expression, over)
