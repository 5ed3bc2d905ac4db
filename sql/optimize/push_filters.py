"""Push filters: every conjunct goes as near to the tables as its meaning allows.

    Filter a.x = b.x AND a.y < 3            Filter a.x = b.x
      Cross                          ->       Cross
        Scan a                                  Filter a.y < 3
        Scan b                                    Scan a
                                                Scan b

Stops: a Limit, a Sort with a limit, a Values, a Repeat, a LimitBy, a Window; the last two let pass
what reads their keys or partitions alone. A LEFT join whose right side a filter above needs to be
there becomes INNER.
"""

from __future__ import annotations

from gpudb.records import replace
from gpudb.sql.expr import (
    ColumnReference,
    Expression,
    conjunction,
    field_ids,
    split_conjunction,
)
from gpudb.sql.optimize.fold_constants import as_filter, fold
from gpudb.sql.optimize.implied import (
    column_equalities,
    factor_disjunction,
    side_share,
    transfer_bounds,
)
from gpudb.sql.optimize.rewrite import (
    FALSE,
    add_filter,
    item_values,
    null,
    output_ids,
    reference,
    reuse_if_unchanged,
    substitute,
)
from gpudb.sql.plan import (
    Aggregate,
    Expand,
    Filter,
    Join,
    JoinKind,
    LimitBy,
    Plan,
    Project,
    Sort,
    Union,
    Window,
    inputs,
    output_fields,
    with_inputs,
)

Conjuncts = tuple[Expression, ...]


def push_filters(plan: Plan) -> Plan:
    """Push every filter of `plan` down; derive the filters that joins and ORs imply."""
    return _push(plan, ())


def _push(plan: Plan, conjuncts: Conjuncts) -> Plan:
    """Return Filter(plan, conjuncts) with the conjuncts, and all filters in `plan`, pushed down."""
    match plan:
        case Filter(input=below, predicate=predicate):
            own = tuple(c for p in split_conjunction(predicate) for c in factor_disjunction(p))
            pushed = _push(below, tuple(dict.fromkeys((*own, *conjuncts))))
            is_same = isinstance(pushed, Filter) and pushed.input is below
            return reuse_if_unchanged(plan, pushed) if is_same else pushed
        case Project(input=below, items=items):
            values = item_values(items)
            moved = tuple(substitute(c, values) for c in conjuncts)
            return with_inputs(plan, [_push(below, moved)])
        case Sort(input=below, limit=None):
            return with_inputs(plan, [_push(below, conjuncts)])
        case Aggregate():
            return _push_aggregate(plan, conjuncts)
        case LimitBy() | Window() | Expand():
            moved, kept = _partition(conjuncts, _passing_ids(plan))
            return add_filter(with_inputs(plan, [_push(plan.input, moved)]), kept)
        case Union(parts=parts):
            return with_inputs(plan, [_push_part(plan, part, conjuncts) for part in parts])
        case Join(kind=JoinKind.INNER | JoinKind.CROSS):
            return _push_inner(plan, conjuncts)
        case Join():
            return _push_outer(plan, conjuncts)
    return add_filter(with_inputs(plan, [_push(part, ()) for part in inputs(plan)]), conjuncts)


def _passing_ids(plan: LimitBy | Window | Expand) -> frozenset[int]:
    """Return the fields by which a filter above and one below mean the same."""
    match plan:
        case LimitBy(keys=keys):
            return frozenset(keys)
        case Window(partition=partition):
            # A partition is there as a whole, or not at all.
            return frozenset(e.id for e in partition if isinstance(e, ColumnReference))
        case Expand(input=below):
            return output_ids(below)


def _push_aggregate(plan: Aggregate, conjuncts: Conjuncts) -> Plan:
    values = item_values(plan.groups)
    moved, kept = _partition(conjuncts, frozenset(values) if plan.groups else None)
    below = _push(plan.input, tuple(substitute(c, values) for c in moved))
    return add_filter(with_inputs(plan, [below]), kept)


def _push_part(plan: Union, part: Plan, conjuncts: Conjuncts) -> Plan:
    """Push what filters all of a UNION ALL into one of its parts."""
    pairs = zip(plan.fields, output_fields(part), strict=True)
    values = {whole.id: reference(own) for whole, own in pairs}
    return _push(part, tuple(substitute(c, values) for c in conjuncts))


def _partition(conjuncts: Conjuncts, ids: frozenset[int] | None) -> tuple[Conjuncts, Conjuncts]:
    """Return those that read fields of `ids` only, and the others; for None all are others."""
    if ids is None:
        return (), conjuncts
    inside = tuple(c for c in conjuncts if field_ids(c) <= ids)
    return inside, tuple(c for c in conjuncts if not field_ids(c) <= ids)


def _push_inner(plan: Join, conjuncts: Conjuncts) -> Plan:
    """ON and WHERE are one; what reads both sides stays above the join."""
    on = tuple(c for p in split_conjunction(plan.condition) for c in factor_disjunction(p))
    everything = tuple(dict.fromkeys((*on, *conjuncts)))
    pairs = [(k.left, k.right) for k in plan.keys] + column_equalities(everything)
    known = transfer_bounds(everything, pairs)
    left_ids, right_ids = output_ids(plan.left), output_ids(plan.right)
    for_left, rest = _partition(known, left_ids)
    for_right, rest = _partition(rest, right_ids)
    shares = [side_share(c, left_ids) for c in rest], [side_share(c, right_ids) for c in rest]
    left = _push(plan.left, _with_shares(for_left, shares[0]))
    right = _push(plan.right, _with_shares(for_right, shares[1]))
    joined = replace(plan, left=left, right=right, condition=None)
    return add_filter(reuse_if_unchanged(plan, joined), rest)


def _with_shares(conjuncts: Conjuncts, shares: list[Expression | None]) -> Conjuncts:
    return (*conjuncts, *(s for s in shares if s is not None and s not in conjuncts))


def _push_outer(plan: Join, conjuncts: Conjuncts) -> Plan:
    """LEFT, SEMI and ANTI: filters above may enter the left side, ON's may enter the right."""
    right_ids = output_ids(plan.right)
    if plan.kind is JoinKind.LEFT and any(_needs_partner(c, plan.right) for c in conjuncts):
        return _push(replace(plan, kind=JoinKind.INNER), conjuncts)
    above, kept = _partition(conjuncts, output_ids(plan.left))
    on = tuple(c for p in split_conjunction(plan.condition) for c in factor_disjunction(p))
    pairs = [(k.left, k.right) for k in plan.keys] + column_equalities(on)
    if plan.kind is JoinKind.SEMI:
        for_left, on = _partition(on, output_ids(plan.left))
        above = tuple(dict.fromkeys((*above, *for_left)))
    for_right, on = _partition(on, right_ids)
    # A right row whose key the left side cannot have finds no partner: it need not be built.
    implied, _ = _partition(transfer_bounds(above, pairs), right_ids)
    left = _push(plan.left, above)
    right = _push(plan.right, tuple(dict.fromkeys((*for_right, *implied))))
    joined = replace(plan, left=left, right=right, condition=conjunction(on))
    return add_filter(reuse_if_unchanged(plan, joined), kept)


def _needs_partner(predicate: Expression, right: Plan) -> bool:
    """Whether `predicate` cannot be TRUE where all fields of `right` are NULL."""
    nulls = {field.id: null(field.type) for field in output_fields(right)}
    if not field_ids(predicate) & frozenset(nulls):
        return False
    return as_filter(fold(substitute(predicate, nulls))) == FALSE
