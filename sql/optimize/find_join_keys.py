"""Find join keys: equalities between the two sides of a join become its keys.

An inner join keeps no other condition: the rest stands in a Filter above it. A join of two tables
that nothing relates is a CROSS join. LEFT, SEMI and ANTI joins keep the rest as their condition.
"""

from __future__ import annotations

from gpudb.records import replace
from gpudb.sql.expr import (
    Branch,
    Call,
    Case,
    Cast,
    Expression,
    Literal,
    conjunction,
    field_ids,
    split_conjunction,
)
from gpudb.sql.optimize.rewrite import (
    add_filter,
    call,
    output_ids,
    reuse_if_unchanged,
    transform_plan,
)
from gpudb.sql.plan import Filter, Join, JoinKey, JoinKind, Plan
from gpudb.storage.types import Kind

INNER_KINDS = (JoinKind.INNER, JoinKind.CROSS)


def find_join_keys(plan: Plan) -> Plan:
    """Turn comma joins and ON conditions into joins with keys."""
    return transform_plan(plan, _find_node, of=Join)


def _find_node(plan: Plan) -> Plan:
    match plan:
        case Filter(input=Join(kind=kind) as join, predicate=predicate) if kind in INNER_KINDS:
            return _inner(join, split_conjunction(predicate)) or plan
        case Filter(input=Filter(input=Join(kind=kind) as join) as inner) if kind in INNER_KINDS:
            # The join below has just handed its condition up.
            parts = (*split_conjunction(inner.predicate), *split_conjunction(plan.predicate))
            return _inner(join, parts) or add_filter(join, parts)
        case Join(kind=kind) if kind in INNER_KINDS:
            return _inner(plan, ()) or plan
        case Join():
            keys, rest = split_keys(plan, split_conjunction(plan.condition))
            new = replace(plan, keys=_distinct((*plan.keys, *keys)), condition=conjunction(rest))
            return reuse_if_unchanged(plan, new)
    return plan


def _inner(join: Join, conjuncts: tuple[Expression, ...]) -> Plan | None:
    """Return the join with the keys found, filtered by the rest; None where nothing is found."""
    on = split_conjunction(join.condition)
    keys, rest = split_keys(join, (*on, *conjuncts))
    all_keys = _distinct((*join.keys, *keys))
    kind = JoinKind.INNER if all_keys else JoinKind.CROSS
    if not keys and not on and kind is join.kind:
        return None
    return add_filter(replace(join, kind=kind, keys=all_keys, condition=None), rest)


def _distinct(keys: tuple[JoinKey, ...]) -> tuple[JoinKey, ...]:
    return tuple(dict.fromkeys(keys))


def split_keys(
    join: Join, conjuncts: tuple[Expression, ...]
) -> tuple[tuple[JoinKey, ...], tuple[Expression, ...]]:
    """Return the keys among `conjuncts` and the other conjuncts."""
    sides = output_ids(join.left), output_ids(join.right)
    found = [(part, _find_keys(part, *sides)) for part in conjuncts]
    keys = tuple(key for _, own in found for key in own)
    return keys, tuple(part for part, own in found if not own)


def _find_keys(
    part: Expression, left_ids: frozenset[int], right_ids: frozenset[int]
) -> tuple[JoinKey, ...]:
    """Return the keys that say what `part` says; IS NOT DISTINCT FROM needs two."""
    is_null_safe = isinstance(part, Call) and part.function == "is_not_distinct_from"
    if not is_null_safe:
        key = _find_key(part, left_ids, right_ids)
        return () if key is None else (key,)
    assert isinstance(part, Call)
    pairs = [part.arguments]
    if all(side.nullable for side in part.arguments):
        values, tests = zip(*((_or_default(s), call("is_null", s)) for s in pairs[0]), strict=True)
        pairs = [values, tests]
    found = [_find_key(call("equal", *pair), left_ids, right_ids) for pair in pairs]
    return tuple(key for key in found if key is not None)


def _or_default(side: Expression) -> Expression:
    """Return `side`, and any value of its type where it is NULL."""
    value = "" if side.type.is_text else 0.0 if side.type.is_float else 0
    default = Literal(
        type=side.type, nullable=False, value=value if side.type.kind is not Kind.BOOLEAN else False
    )
    branches = (Branch(call("is_null", side), default),)
    return Case(branches=branches, otherwise=side, type=side.type, nullable=False)


def _find_key(
    part: Expression, left_ids: frozenset[int], right_ids: frozenset[int]
) -> JoinKey | None:
    if not isinstance(part, Call) or part.function != "equal":
        return None
    first, second = part.arguments
    reads = field_ids(first), field_ids(second)
    first, second = _of_one_precision(first, second), _of_one_precision(second, first)
    if not all(reads) or first.type != second.type:
        return None
    if reads[0] <= left_ids and reads[1] <= right_ids:
        return JoinKey(first, second)
    if reads[0] <= right_ids and reads[1] <= left_ids:
        return JoinKey(second, first)
    return None


def _of_one_precision(side: Expression, other: Expression) -> Expression:
    """Return `side`, a DECIMAL of the other's scale, with at least the other's precision."""
    types = side.type, other.type
    is_same = all(t.kind is Kind.DECIMAL for t in types) and types[0].scale == types[1].scale
    if not is_same or types[0].precision >= types[1].precision:
        return side
    return Cast(argument=side, type=types[1], nullable=side.nullable)
