"""What every rule is made of: walking plans, substituting fields, building predicates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from itertools import count
from operator import is_
from typing import TypeVar

from gpudb.sql import plan as plans
from gpudb.sql import plan_expressions
from gpudb.sql.expr import (
    ARRAY_MAKERS,
    ARRAY_READS,
    COMPARISONS,
    LOGIC,
    NULL_TESTS,
    Call,
    Case,
    Cast,
    ColumnReference,
    Expression,
    InList,
    Literal,
    children,
    conjunction,
    split_conjunction,
    transform,
)
from gpudb.sql.functions import find_definition
from gpudb.sql.plan import Field, Filter, Item, Plan, Project
from gpudb.sql.varied import is_null
from gpudb.storage.types import BOOLEAN, Kind, SqlType

TRUE = Literal(type=BOOLEAN, nullable=False, value=True)
FALSE = Literal(type=BOOLEAN, nullable=False, value=False)
UNKNOWN = Literal(type=BOOLEAN, nullable=True, value=None)

MIRRORED = {
    "equal": "equal",
    "not_equal": "not_equal",
    "less": "greater",
    "less_equal": "greater_equal",
    "greater": "less",
    "greater_equal": "less_equal",
}

# What nodes call their inputs.
INPUTS = frozenset({"input", "left", "right", "parts", "seed", "step"})

Change = Callable[[Expression], Expression]
PlanNode = TypeVar("PlanNode", bound=Plan)


def transform_plan(
    plan: Plan, change: Callable[[Plan], Plan], of: type[Plan] | None = None
) -> Plan:
    """Rebuild `plan` from the leaves up, passing every node through `change`.

    What has no node of a kind that it is asked `of` stays as it is.
    """
    if of is not None and of not in plan_expressions.kinds(plan):
        return plan
    below = plans.inputs(plan)
    if not below:
        return change(plan)
    parts = [transform_plan(part, change, of) for part in below]
    # Most rules leave most nodes as they are.
    if all(map(is_, parts, below)):
        return change(plan)
    return change(plans.with_inputs(plan, parts))


def map_expressions(plan: Plan, change: Change) -> Plan:
    """Return the node with every expression of its own changed; itself where none changed."""
    return reuse_if_unchanged(plan, plan_expressions.map_expressions(plan, change))


def reuse_if_unchanged(old: PlanNode, new: PlanNode) -> PlanNode:
    """Return `old` where `new` equals it, so that `is` tells whether a rule did anything."""
    if old is new:
        return old
    if all(a is b for a, b in zip(plans.inputs(old), plans.inputs(new), strict=True)):
        return old if own_parts(old) == own_parts(new) else new
    return new


def own_parts(plan: Plan) -> tuple[object, ...]:
    """Return what a node says itself, without its inputs; leaves count as equal only to themselves.

    (Comparing two tables by value could compare all they hold.)
    """
    if not plans.inputs(plan):
        return (id(plan),)
    return tuple([getattr(plan, name) for name in own_names(type(plan))])  # type: ignore[arg-type]  # a class is hashable


@cache
def own_names(kind: type) -> tuple[str, ...]:
    """Return the names of a kind's fields that are no inputs."""
    return tuple(each.name for each in fields(kind) if each.name not in INPUTS)


def is_same_plan(first: Plan, second: Plan) -> bool:
    """Whether two plans say the same over the very same leaves."""
    if type(first) is not type(second) or own_parts(first) != own_parts(second):
        return False
    below = plans.inputs(first), plans.inputs(second)
    if len(below[0]) != len(below[1]):
        return False
    parts = zip(*below, strict=True)
    return all(is_same_plan(a, b) for a, b in parts)


def substitute(expression: Expression, values: Mapping[int, Expression]) -> Expression:
    """Return `expression` with each field that `values` names replaced by its expression."""

    def change(node: Expression) -> Expression:
        return values.get(node.id, node) if isinstance(node, ColumnReference) else node

    return transform(expression, change)


def item_values(items: Iterable[Item]) -> dict[int, Expression]:
    """Return the expression behind each item's field id."""
    return {item.field.id: item.expression for item in items}


def reference(field: Field) -> ColumnReference:
    """Return a reference to `field`."""
    return ColumnReference(id=field.id, name=field.name, type=field.type, nullable=field.nullable)


def pass_through(field: Field) -> Item:
    """Return the item that hands `field` on under its own id."""
    return Item(field, reference(field))


def keep_fields(plan: Plan, fields: Iterable[Field]) -> Plan:
    """Return `plan` with exactly `fields` as output; a Project of plain references if needed."""
    wanted = tuple(fields)
    if tuple(f.id for f in wanted) == tuple(f.id for f in plans.output_fields(plan)):
        return plan
    return Project(plan, tuple(pass_through(field) for field in wanted))


def output_ids(plan: Plan) -> frozenset[int]:
    """Return the ids of the fields of `plan`'s rows."""
    return frozenset(field.id for field in plans.output_fields(plan))


def next_id(plan: Plan) -> int:
    """Return a field id that nothing in `plan` uses; those above it are free too."""
    used = (field.id for node in plans.walk(plan) for field in plans.output_fields(node))
    return max(used, default=-1) + 1


def unused_ids(plan: Plan) -> Iterator[int]:
    """Yield the ids from `next_id` on, which is looked for when the first one is asked for."""
    yield from count(next_id(plan))


def call(function: str, *arguments: Expression, of: SqlType = BOOLEAN) -> Call:
    """Return a call that is NULL only if an argument may be."""
    nullable = function not in NULL_TESTS and any(a.nullable for a in arguments)
    return Call(function=function, arguments=arguments, type=of, nullable=nullable)


def null(of: SqlType) -> Literal:
    """Return NULL of a type."""
    return Literal(type=of, nullable=True, value=None)


def disjunction(parts: tuple[Expression, ...]) -> Expression:
    """Return `parts`, at least one, joined by OR."""
    return parts[0] if len(parts) == 1 else call("or", *parts)


def add_filter(plan: Plan, conjuncts: Iterable[Expression]) -> Plan:
    """Return `plan` filtered by `conjuncts`, each once; a Filter there already is merged with."""
    if isinstance(plan, Filter):
        conjuncts = (*split_conjunction(plan.predicate), *conjuncts)
        plan, given = plan.input, plan
        merged = add_filter(plan, conjuncts)
        return reuse_if_unchanged(given, merged) if isinstance(merged, Filter) else merged
    parts = tuple(dict.fromkeys(conjuncts))
    predicate = conjunction(parts)
    return plan if predicate is None else Filter(plan, predicate)


def is_null_literal(expression: Expression) -> bool:
    """Whether `expression` is the constant NULL."""
    return isinstance(expression, Literal) and is_null(expression)


def may_raise(expression: Expression) -> bool:
    """Whether evaluating `expression` can fail: overflow, division by zero, a bad cast.

    Expressions that cannot may be evaluated for rows for which the statement does not ask.
    """
    if any(may_raise(child) for child in children(expression)):
        return True
    match expression:
        case ColumnReference() | Literal() | InList() | Case():
            return False
        case Call(function=function, type=type):
            is_float_sum = type.is_float and function in ("add", "subtract", "multiply", "negate")
            if function in SAFE_FUNCTIONS or is_float_sum:
                return False
            definition = find_definition(function)
            return definition is None or definition.fails is not None or definition.may_fail
        case Cast(argument=argument, type=type, is_try=is_try):
            return not (is_try or is_widening(argument.type, type))
    return True


SAFE_FUNCTIONS = frozenset(
    (*COMPARISONS, *LOGIC, *NULL_TESTS, *ARRAY_READS, *ARRAY_MAKERS, "coalesce")
)


def is_widening(source: SqlType, target: SqlType) -> bool:
    """Whether every value of `source` is exactly a value of `target` (or its nearest float)."""
    if source == target or source.kind is Kind.NULL:
        return True
    if source.is_numeric and target.is_float:
        return not source.is_float or target.kind is Kind.DOUBLE
    factor = find_factor(source, target)
    limits, target_limits = source.value_range, target.value_range
    if factor is None or limits is None or target_limits is None:
        return False
    return target_limits[0] <= limits[0] * factor and limits[1] * factor <= target_limits[1]


def find_factor(source: SqlType, target: SqlType) -> int | None:
    """Return the whole number by which a cast multiplies physical values, if it does just that."""
    if _is_exact_number(source) and _is_exact_number(target) and target.scale >= source.scale:
        return int(10 ** (target.scale - source.scale))
    if source.kind is Kind.DATE and target.kind is Kind.TIMESTAMP:
        return int(86_400 * 10**target.precision)
    if source.kind is Kind.TIMESTAMP and target.kind is Kind.TIMESTAMP:
        finer = target.precision - source.precision
        return int(10**finer) if finer >= 0 else None
    return None


def _is_exact_number(of: SqlType) -> bool:
    return of.is_integer or of.kind is Kind.DECIMAL
