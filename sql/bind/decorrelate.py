"""Plans that read an outer query's fields -> plans that do not, to be joined with it.

`pull` moves conditions over outer fields up and out, which suffices where they stand in WHERE:

    SELECT ... FROM b WHERE b.x = outer.x   ->   (SELECT ..., b.x FROM b), [b.x = outer.x]

Everything else is left to `Domain`, which computes the plan for every combination of outer values
that there is (Neumann and Kemper, Unnesting Arbitrary Queries, BTW 2015).
"""

from __future__ import annotations

from gpudb.records import dataclass, replace
from gpudb.sql.bind.context import Environment
from gpudb.sql.bind.dispatch import reference
from gpudb.sql.bind.domain import Domain, same
from gpudb.sql.expr import (
    Call,
    Expression,
    conjunction,
    field_ids,
    split_conjunction,
)
from gpudb.sql.plan import (
    Aggregate,
    Filter,
    Item,
    Join,
    JoinKind,
    Plan,
    Project,
    Sort,
    Window,
    output_fields,
)
from gpudb.sql.plan_expressions import (
    expressions,
    free_ids,
)

EQUALITIES = ("equal", "is_not_distinct_from")


@dataclass(frozen=True, slots=True)
class Pulled:
    """A plan without outer fields, and the conditions over both that its rows must meet."""

    plan: Plan
    conditions: tuple[Expression, ...] = ()


def pull(plan: Plan, environment: Environment) -> Pulled | None:
    """Move conditions over outer fields out of `plan`; None where other things read them.

    The plan keeps its fields and adds those that the conditions read.
    """
    if not free_ids(plan):
        return Pulled(plan)
    match plan:
        case Filter(input=below, predicate=predicate):
            found = pull(below, environment)
            return None if found is None else _pull_filter(found, predicate)
        case Sort(input=below, limit=None):
            return pull(below, environment)
        case Project(input=below):
            found = pull(below, environment)
            return None if found is None else _pull_project(plan, found)
        case Join():
            return _pull_join(plan, environment)
        case Aggregate(input=below) if plan.groups:
            found = pull(below, environment)
            return None if found is None else _pull_aggregate(plan, found, environment)
        case Window(input=below):
            found = pull(below, environment)
            return None if found is None else _pull_window(plan, found)
    return None


def _ids(plan: Plan) -> frozenset[int]:
    return frozenset(field.id for field in output_fields(plan))


def _pull_filter(found: Pulled, predicate: Expression) -> Pulled:
    known = _ids(found.plan)
    parts = split_conjunction(predicate)
    own = conjunction(tuple(p for p in parts if field_ids(p) <= known))
    outer = tuple(p for p in parts if not field_ids(p) <= known)
    plan = found.plan if own is None else Filter(found.plan, own)
    return Pulled(plan, (*found.conditions, *outer))


def _pull_project(plan: Project, found: Pulled) -> Pulled | None:
    known = _ids(found.plan)
    if any(not field_ids(item.expression) <= known for item in plan.items):
        return None
    shown = _ids(plan)
    read = {i for condition in found.conditions for i in field_ids(condition)}
    added = [f for f in output_fields(found.plan) if f.id in read and f.id not in shown]
    items = (*plan.items, *(Item(f, reference(f)) for f in added))
    return Pulled(Project(found.plan, items), found.conditions)


def _pull_join(plan: Join, environment: Environment) -> Pulled | None:
    is_inner = plan.kind in (JoinKind.INNER, JoinKind.CROSS)
    if not is_inner and free_ids(plan.right):
        return None
    left, right = pull(plan.left, environment), pull(plan.right, environment)
    if left is None or right is None:
        return None
    known = _ids(left.plan) | _ids(right.plan)
    parts = split_conjunction(plan.condition)
    outer = tuple(p for p in parts if not field_ids(p) <= known)
    if outer and not is_inner:
        return None
    condition = conjunction(tuple(p for p in parts if field_ids(p) <= known))
    joined = replace(plan, left=left.plan, right=right.plan, condition=condition)
    return Pulled(joined, (*left.conditions, *right.conditions, *outer))


def _pull_aggregate(plan: Aggregate, found: Pulled, environment: Environment) -> Pulled | None:
    """Group by what the conditions compare as well: the groups then belong to outer values."""
    known = _ids(found.plan)
    if any(not field_ids(e) <= known for e in expressions(plan)):
        return None
    keyed = keyed_by(found.conditions, known, environment)
    if keyed is None:
        return None
    groups, conditions = keyed
    return Pulled(replace(plan, input=found.plan, groups=(*plan.groups, *groups)), conditions)


def _pull_window(plan: Window, found: Pulled) -> Pulled | None:
    """Partition by what the conditions compare as well: a partition then has its outer values."""
    known = _ids(found.plan)
    if any(not field_ids(e) <= known for e in expressions(plan)):
        return None
    keys: list[Expression] = []
    for condition in found.conditions:
        if field_ids(condition) & known:
            sides = _sides(condition, known)
            if sides is None:
                return None
            keys.append(sides[0])
    partition = tuple(dict.fromkeys((*plan.partition, *keys)))
    return Pulled(replace(plan, input=found.plan, partition=partition), found.conditions)


def decorrelated(
    outer: Plan, plan: Plan, environment: Environment
) -> tuple[Plan, Plan, tuple[Expression, ...]]:
    """Return `outer`, `plan` for all its rows, and what a join of the two must ask."""
    read = free_ids(plan) & _ids(outer)
    if not read:
        return outer, plan, ()
    found = pull(plan, environment)
    if found is not None:
        return outer, found.plan, found.conditions
    domain = Domain(outer, read, environment)
    joined, fields = domain.join(plan)
    own = {f.id: f for f in output_fields(outer)}
    conditions = tuple(same(reference(own[i]), reference(fields[i])) for i in domain.ids)
    return domain.outer, joined, conditions


def keyed_by(
    conditions: tuple[Expression, ...], known: frozenset[int], environment: Environment
) -> tuple[tuple[Item, ...], tuple[Expression, ...]] | None:
    """Return items for what the conditions equate with outer values, and them over those items.

    None where a condition is no equality of the one with the other.
    """
    items: dict[Expression, Item] = {}
    keyed: list[Expression] = []
    for condition in conditions:
        if not field_ids(condition) & known:
            keyed.append(condition)
            continue
        sides = _sides(condition, known)
        if sides is None:
            return None
        inner, outer = sides
        made = environment.field("key", inner.type, nullable=inner.nullable)
        item = items.setdefault(inner, Item(made, inner))
        assert isinstance(condition, Call)
        keyed.append(replace(condition, arguments=(reference(item.field), outer)))
    return tuple(items.values()), tuple(keyed)


def _sides(condition: Expression, known: frozenset[int]) -> tuple[Expression, Expression] | None:
    if not isinstance(condition, Call) or condition.function not in EQUALITIES:
        return None
    for inner, outer in (condition.arguments, condition.arguments[::-1]):
        if field_ids(inner) <= known and not field_ids(outer) & known:
            return inner, outer
    return None
