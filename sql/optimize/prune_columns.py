"""Prune columns: nothing is read, computed or kept that no node above reads.

A join's build side and the input of a Sort, Limit or Window, which hold whole rows, get a Project
of just the fields that are needed.
"""

from __future__ import annotations

from collections.abc import Iterable

from gpudb.records import replace
from gpudb.sql.expr import Expression, field_ids
from gpudb.sql.optimize.rewrite import (
    keep_fields,
    output_ids,
    reuse_if_unchanged,
)
from gpudb.sql.plan import (
    Aggregate,
    Expand,
    Filter,
    Iterate,
    Join,
    LastRound,
    Limit,
    LimitBy,
    Plan,
    Project,
    Repeat,
    Scan,
    Shared,
    Sort,
    Union,
    Values,
    Window,
    output_fields,
    with_inputs,
)
from gpudb.sql.plan_expressions import expressions

Ids = frozenset[int]


def prune_columns(plan: Plan) -> Plan:
    """Drop fields, items and aggregates of `plan` that its output does not need."""
    return _prune(plan, output_ids(plan))


def _read(parts: Iterable[Expression]) -> Ids:
    return frozenset(field for part in parts for field in field_ids(part))


def _prune(plan: Plan, needed: Ids) -> Plan:
    """Return `plan` with at least the fields `needed`, in their order, and few others."""
    match plan:
        case Project(items=items):
            kept = tuple(item for item in items if item.field.id in needed)
            below = _prune(plan.input, _read(item.expression for item in kept))
            return reuse_if_unchanged(plan, replace(plan, input=below, items=kept))
        case Aggregate():
            return _prune_aggregate(plan, needed)
        case Join():
            return _prune_join(plan, needed)
        case Window():
            return _prune_window(plan, needed)
        case Sort() | Limit():
            needed |= _read(expressions(plan))
            return with_inputs(plan, [_exactly(_prune(plan.input, needed), needed)])
        case Repeat(times=times):
            return with_inputs(plan, [_prune(plan.input, needed | {times})])
        case LimitBy() | Filter():
            own = plan.keys if isinstance(plan, LimitBy) else field_ids(plan.predicate)
            return with_inputs(plan, [_prune(plan.input, needed.union(own))])
        case Expand(arguments=arguments):
            # Its own fields stay: they say how many rows there are.
            return with_inputs(plan, [_prune(plan.input, needed | _read(arguments))])
    return _prune_source(plan, needed)


def _prune_source(plan: Plan, needed: Ids) -> Plan:
    """Prune a leaf, or a node whose inputs' columns meet by their places."""
    match plan:
        case Scan() | Shared():
            return _prune_leaf(plan, needed)
        case Values():
            return _prune_values(plan, needed)
        case Union():
            return _prune_union(plan, needed)
        case Iterate(seed=seed, step=step):
            # A round reads what the last one left: all columns stay, and their places.
            return with_inputs(plan, [_whole(seed), _whole(step)])
        case LastRound():
            return plan
    raise AssertionError(f"no such plan node: {plan!r}")


def _whole(plan: Plan) -> Plan:
    return keep_fields(_prune(plan, output_ids(plan)), output_fields(plan))


def _exactly(plan: Plan, needed: Ids) -> Plan:
    """Return `plan` with the fields `needed` alone."""
    return keep_fields(plan, (f for f in output_fields(plan) if f.id in needed))


def _prune_leaf(plan: Scan | Shared, needed: Ids) -> Plan:
    if output_ids(plan) <= needed:
        return plan
    kept = [place for place, field in enumerate(plan.fields) if field.id in needed]
    fields = tuple(plan.fields[place] for place in kept)
    if isinstance(plan, Scan):
        return replace(plan, fields=fields, columns=tuple(plan.columns[p] for p in kept))
    return replace(plan, fields=fields, columns=tuple(plan.columns[p] for p in kept))


def _prune_values(plan: Values, needed: Ids) -> Plan:
    places = [i for i, field in enumerate(plan.fields) if field.id in needed]
    if len(places) == len(plan.fields):
        return plan
    rows = tuple(tuple(row[i] for i in places) for row in plan.rows)
    return Values(tuple(plan.fields[i] for i in places), rows)


def _prune_union(plan: Union, needed: Ids) -> Plan:
    """Keep the same places of all parts, and nothing else, since columns meet by their places."""
    places = [i for i, field in enumerate(plan.fields) if field.id in needed]
    parts = []
    for part in plan.parts:
        fields = output_fields(part)
        kept = [fields[place] for place in places]
        parts.append(keep_fields(_prune(part, frozenset(f.id for f in kept)), kept))
    fields = tuple(plan.fields[place] for place in places)
    return reuse_if_unchanged(plan, Union(tuple(parts), fields))


def _prune_aggregate(plan: Aggregate, needed: Ids) -> Plan:
    kept = tuple(item for item in plan.aggregates if item.field.id in needed)
    if not kept and not plan.groups:
        kept = plan.aggregates[:1]  # its one row must still come
    new = replace(plan, aggregates=kept)
    below = _prune(plan.input, _read(expressions(new)))
    return reuse_if_unchanged(plan, replace(new, input=below))


def _prune_window(plan: Window, needed: Ids) -> Plan:
    kept = tuple(item for item in plan.items if item.field.id in needed)
    if not kept:
        return _prune(plan.input, needed)
    new = replace(plan, items=kept)
    made = frozenset(item.field.id for item in plan.items)
    read = (needed - made) | _read(expressions(new))
    below = _exactly(_prune(plan.input, read), read)
    return reuse_if_unchanged(plan, replace(new, input=below))


def _prune_join(plan: Join, needed: Ids) -> Plan:
    needed |= _read(expressions(plan))
    left = _prune(plan.left, needed & output_ids(plan.left))
    right_needed = needed & output_ids(plan.right)
    right = _exactly(_prune(plan.right, right_needed), right_needed)
    return with_inputs(plan, [left, right])
