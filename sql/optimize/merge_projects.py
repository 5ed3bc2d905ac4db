"""Merge projects: adjacent ones become one, unless a costly expression would be computed twice."""

from __future__ import annotations

from collections import Counter

from gpudb.records import replace
from gpudb.sql.expr import ColumnReference, Literal, walk
from gpudb.sql.optimize.rewrite import item_values, reference, substitute, transform_plan
from gpudb.sql.plan import Item, Plan, Project, output_fields


def merge_projects(plan: Plan) -> Plan:
    """Collapse adjacent projects, and drop those that only repeat their input."""
    return transform_plan(plan, _merge, of=Project)


def _merge(plan: Plan) -> Plan:
    if not isinstance(plan, Project):
        return plan
    if isinstance(plan.input, Project) and not _repeats_work(plan, plan.input):
        values = item_values(plan.input.items)
        items = tuple(
            replace(item, expression=substitute(item.expression, values)) for item in plan.items
        )
        plan = Project(plan.input.input, items)
    return plan.input if _is_identity(plan) else plan


def _is_identity(plan: Project) -> bool:
    below = output_fields(plan.input)
    same = tuple(Item(field, reference(field)) for field in below)
    return len(same) == len(plan.items) and all(
        item.field.id == old.field.id
        and item.field.name == old.field.name
        and item.expression == old.expression
        for item, old in zip(plan.items, same, strict=True)
    )


def _repeats_work(above: Project, below: Project) -> bool:
    uses = Counter(
        node.id
        for item in above.items
        for node in walk(item.expression)
        if isinstance(node, ColumnReference)
    )
    return any(
        uses[item.field.id] > 1
        for item in below.items
        if not isinstance(item.expression, ColumnReference | Literal)
    )
