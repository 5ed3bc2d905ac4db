"""Fold constants: literals are computed, logic is simplified, comparisons reach bare columns.

Three-valued logic is kept; at the top of a filter NULL may count as FALSE, and does. What would
raise is left as it stands, so that the error comes only from rows that are evaluated.
"""

from __future__ import annotations

from gpudb.records import replace
from gpudb.sql.expr import (
    COMPARISONS,
    Branch,
    Call,
    Case,
    Cast,
    Expression,
    InList,
    Literal,
    transform,
)
from gpudb.sql.functions import find_definition
from gpudb.sql.optimize.literals import cast_literal, fold_literals
from gpudb.sql.optimize.rewrite import (
    FALSE,
    MIRRORED,
    TRUE,
    UNKNOWN,
    call,
    is_null_literal,
    is_widening,
    map_expressions,
    may_raise,
    null,
    transform_plan,
)
from gpudb.sql.optimize.unwrap_casts import unwrap_comparison, unwrap_in_list
from gpudb.sql.plan import Filter, Join, JoinKind, Limit, Plan, Sort, Values, output_fields
from gpudb.sql.varied import is_null
from gpudb.storage.types import Kind

NEGATED = {
    "equal": "not_equal",
    "not_equal": "equal",
    "less": "greater_equal",
    "less_equal": "greater",
    "greater": "less_equal",
    "greater_equal": "less",
    "is_null": "is_not_null",
    "is_not_null": "is_null",
    "is_distinct_from": "is_not_distinct_from",
    "is_not_distinct_from": "is_distinct_from",
}
STRICT = frozenset(
    (*COMPARISONS, "add", "subtract", "multiply", "divide", "modulo", "negate", "not")
)


def fold_constants(plan: Plan) -> Plan:
    """Fold every expression of `plan`; drop filters that always pass, empty those that never do."""
    return transform_plan(plan, _fold_node)


def _fold_node(plan: Plan) -> Plan:
    plan = map_expressions(plan, fold)
    match plan:
        case Filter(input=below, predicate=predicate):
            return _fold_filter(plan, below, as_filter(predicate))
        case Join(kind=JoinKind.INNER | JoinKind.SEMI, condition=condition) if condition:
            kept = as_filter(condition)
            return plan if kept is condition else replace(plan, condition=kept)
        case Limit(count=0, percent=None) | Sort(limit=0):  # how tools ask for the columns
            return Values(output_fields(plan), ())
    return plan


def _fold_filter(plan: Filter, below: Plan, predicate: Expression) -> Plan:
    if predicate == TRUE:
        return below
    if predicate == FALSE:
        return Values(output_fields(below), ())
    return plan if predicate is plan.predicate else Filter(below, predicate)


def fold(expression: Expression) -> Expression:
    """Return `expression` with everything constant computed; same value for every row."""
    if expression.is_folded:
        return expression
    folded = transform(expression, _fold_expression)
    object.__setattr__(folded, "is_folded", True)
    return folded


def as_filter(predicate: Expression) -> Expression:
    """Return a folded `predicate` simplified where NULL counts as FALSE."""
    if is_null_literal(predicate):
        return FALSE
    if isinstance(predicate, Call) and predicate.function in ("and", "or"):
        parts = tuple(as_filter(part) for part in predicate.arguments)
        if any(new is not old for new, old in zip(parts, predicate.arguments, strict=True)):
            return _fold_logic(call(predicate.function, *parts))
    return predicate


def _fold_expression(node: Expression) -> Expression:
    match node:
        case Call(function="and" | "or"):
            return _fold_logic(node)
        case Call(function="not", arguments=(argument,)):
            return _fold_not(node, argument)
        case Call(function="is_null" | "is_not_null", arguments=(argument,)):
            return _fold_null_test(node, argument)
        case Call(function="coalesce"):
            return _fold_coalesce(node)
        case Call():
            return _fold_call(node)
        case Cast():
            return _fold_cast(node)
        case Case():
            return _fold_case(node)
        case InList():
            return _fold_in_list(node)
    return node


def _fold_call(node: Call) -> Expression:
    others = tuple(a for a in node.arguments if not is_null_literal(a))
    if len(others) < len(node.arguments):
        is_strict = node.function in STRICT or find_definition(node.function) is not None
        is_known = is_strict and not any(may_raise(a) for a in others)
        return null(node.type) if is_known else _fold_distinct_test(node, others)
    folded = fold_literals(node)
    if folded is not None:
        return folded
    if node.function not in COMPARISONS:
        return node
    left, right = node.arguments
    if isinstance(left, Literal) and not isinstance(right, Literal):
        node = replace(node, function=MIRRORED[node.function], arguments=(right, left))
    return unwrap_comparison(node)


def _fold_distinct_test(node: Call, others: tuple[Expression, ...]) -> Expression:
    """Fold `x IS [NOT] DISTINCT FROM NULL`."""
    tests = {"is_distinct_from": "is_not_null", "is_not_distinct_from": "is_null"}
    test = tests.get(node.function)
    if test is None:
        return node
    argument = others[0] if others else node.arguments[0]
    return _fold_null_test(call(test, argument), argument)


def _fold_logic(node: Call) -> Expression:
    """Flatten, drop repeats and neutral parts; one FALSE decides AND, one TRUE decides OR."""
    neutral, decisive = (TRUE, FALSE) if node.function == "and" else (FALSE, TRUE)
    parts: dict[Expression, None] = {}
    for argument in node.arguments:
        is_same = isinstance(argument, Call) and argument.function == node.function
        for part in argument.arguments if is_same else (argument,):  # type: ignore[attr-defined]
            parts.setdefault(part)
    parts.pop(neutral, None)
    if decisive in parts:
        return decisive
    kept = tuple(parts)
    if not kept:
        return neutral
    if len(kept) == 1:
        return kept[0]
    return node if kept == node.arguments else replace(call(node.function, *kept), span=node.span)


def _fold_not(node: Call, argument: Expression) -> Expression:
    match argument:
        case Literal():
            return UNKNOWN if is_null(argument) else FALSE if argument.value else TRUE
        case Call(function="not", arguments=(inner,)):
            return inner
        case Call(function="and" | "or" as function, arguments=parts):
            negated = (_fold_not(call("not", part), part) for part in parts)
            return _fold_logic(call("or" if function == "and" else "and", *negated))
        case Call(function=function, arguments=parts) if function in NEGATED:
            # NaN answers FALSE to every order comparison, so the opposite one is not its negation.
            is_order = function in COMPARISONS and function not in ("equal", "not_equal")
            if not (is_order and parts[0].type.is_float):
                return replace(argument, function=NEGATED[function])
    return node


def _fold_null_test(node: Call, argument: Expression) -> Expression:
    is_null_test = node.function == "is_null"
    if is_null_literal(argument):
        return TRUE if is_null_test else FALSE
    if not argument.nullable and not may_raise(argument):
        return FALSE if is_null_test else TRUE
    return node


def _fold_coalesce(node: Call) -> Expression:
    kept: list[Expression] = []
    for argument in node.arguments:
        if not is_null_literal(argument):
            kept.append(argument)
        if not argument.nullable:
            break
    if len(kept) == 1 and kept[0].type == node.type:
        return kept[0]
    if not kept:
        return null(node.type)
    return node if len(kept) == len(node.arguments) else replace(node, arguments=tuple(kept))


def _fold_cast(node: Cast) -> Expression:
    argument = node.argument
    if argument.type == node.type:
        return argument
    if is_null_literal(argument):
        return null(node.type)
    is_chain = isinstance(argument, Cast) and not argument.is_try
    if is_chain and _is_lossless(argument, node):  # type: ignore[arg-type]
        return _fold_cast(replace(node, argument=argument.argument))  # type: ignore[attr-defined]
    return cast_literal(node) or node


def _is_lossless(inner: Cast, outer: Cast) -> bool:
    """Whether the inner cast only widens an exact number that the outer one widens again."""
    types = (inner.argument.type, inner.type, outer.type)
    is_exact = all(t.is_integer or t.kind is Kind.DECIMAL for t in types)
    return is_exact and is_widening(types[0], types[1]) and is_widening(types[1], types[2])


def _fold_case(node: Case) -> Expression:
    branches: list[Branch] = []
    otherwise = node.otherwise
    for branch in node.branches:
        condition = as_filter(branch.condition)
        if condition == TRUE:
            otherwise = branch.value
            break
        if condition != FALSE:
            branches.append(Branch(condition, branch.value))
    if not branches:
        return otherwise
    if tuple(branches) == node.branches and otherwise is node.otherwise:
        return node
    nullable = otherwise.nullable or any(b.value.nullable for b in branches)
    return replace(node, branches=tuple(branches), otherwise=otherwise, nullable=nullable)


def _fold_in_list(node: InList) -> Expression:
    argument = node.argument
    if is_null_literal(argument):
        return UNKNOWN
    if isinstance(argument, Literal):
        return TRUE if any(v.value == argument.value for v in node.values) else FALSE
    bare = unwrap_in_list(node)
    if isinstance(bare, InList) and len(bare.values) == 1:
        return _fold_call(call("equal", bare.argument, bare.values[0]))
    return bare
