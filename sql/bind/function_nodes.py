"""Calls: functions, aggregates, LIKE and what has a syntax of its own (EXTRACT, TRIM, ...)."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from gpudb.sql.bind import (
    array_changes,
    array_forms,
    interval_forms,
    moment_forms,
    number_forms,
    session_forms,
    text_forms,
)
from gpudb.sql.bind.aggregate_calls import bind_aggregate, function_name
from gpudb.sql.bind.aggregates import AGGREGATES, GROUPING, bind_grouping
from gpudb.sql.bind.calls import bind_call, bind_operator
from gpudb.sql.bind.context import Context, placed
from gpudb.sql.bind.dispatch import bind_expression, bind_node
from gpudb.sql.bind.expressions import interval_of
from gpudb.sql.bind.forms import FORMS, bind_form, text
from gpudb.sql.bind.moment_nodes import CLOCKS, DATED
from gpudb.sql.bind.operators import arithmetic
from gpudb.sql.bind.random_numbers import bind_random, bind_sample_ratio, bind_seed
from gpudb.sql.bind.user_calls import bind_user_call
from gpudb.sql.bind.window_functions import WINDOW_FUNCTIONS, is_window_function
from gpudb.sql.dialect import plain_name
from gpudb.sql.expr import Expression, Literal
from gpudb.storage import types

# The modules whose forms are in FORMS once they are imported.
FORM_MODULES = (
    array_changes,
    array_forms,
    interval_forms,
    moment_forms,
    number_forms,
    session_forms,
    text_forms,
)


@bind_node.register
def _(node: exp.Pow, context: Context) -> Expression:
    arguments = bind_expression(node.this, context), bind_expression(node.expression, context)
    return bind_call("power", arguments)


# What asks the session for more than its arguments.
OF_SESSION: dict[str, Callable[[exp.Anonymous, Context], Expression]] = {
    "current_setting": session_forms.bind_current_setting,
    "random": bind_random,
    "rand": bind_random,
    "setseed": bind_seed,
    "sample_ratio": bind_sample_ratio,
}
BIT_OPERATORS: dict[type[exp.Expr], tuple[str, str]] = {
    exp.BitwiseAnd: ("bit_and", "&"),
    exp.BitwiseOr: ("bit_or", "|"),
    exp.BitwiseXor: ("bit_xor", "#"),
    exp.BitwiseLeftShift: ("shift_left", "<<"),
    exp.BitwiseRightShift: ("shift_right", ">>"),
}


@bind_node.register(exp.BitwiseAnd)
@bind_node.register(exp.BitwiseOr)
@bind_node.register(exp.BitwiseXor)
@bind_node.register(exp.BitwiseLeftShift)
@bind_node.register(exp.BitwiseRightShift)
def _(node: exp.Binary, context: Context) -> Expression:
    function, symbol = BIT_OPERATORS[type(node)]
    operands = [bind_expression(part, context) for part in (node.this, node.expression)]
    return bind_operator(function, symbol, operands)


@bind_node.register
def _(node: exp.BitwiseNot, context: Context) -> Expression:
    return bind_operator("bit_not", "~", [bind_expression(node.this, context)])


@bind_node.register
def _(node: exp.Sqrt, context: Context) -> Expression:
    return bind_call("sqrt", [bind_expression(node.this, context)])


@bind_node.register
def _(node: exp.Cbrt, context: Context) -> Expression:
    return bind_call("cbrt", [bind_expression(node.this, context)])


@bind_node.register
def _(node: exp.Anonymous, context: Context) -> Expression:
    name = function_name(node)
    if name in AGGREGATES:
        return bind_aggregate(node, context)
    if name == GROUPING:
        return _grouping(node, context)
    if is_window_function(name):
        raise context.environment.wrong(f"{name} needs OVER (...)", node)
    interval = interval_of(node)
    if interval is not None:
        return interval.literal()
    if name in CLOCKS:
        if node.expressions:
            raise context.environment.wrong(f"{name} takes no argument", node)
        return CLOCKS[name](context)
    if name in OF_SESSION or (name in DATED and len(node.expressions) == 1):
        return (OF_SESSION | DATED)[name](node, context)
    for argument in node.expressions:
        if isinstance(argument, exp.Distinct | exp.Star):
            raise context.environment.wrong(f"{name} does not take {argument.sql()}", node)
    if name in FORMS:
        return bind_form(name, _form_arguments(node, context))
    arguments = [bind_expression(argument, context) for argument in node.expressions]
    made = context.environment.functions
    if name in made:
        return bind_user_call(made[name], arguments)
    others = (*FORMS, *AGGREGATES, *WINDOW_FUNCTIONS, *CLOCKS, *OF_SESSION, *DATED, *made)
    return bind_call(name, arguments, others)


def _form_arguments(node: exp.Anonymous, context: Context) -> list[Expression]:
    """Bind the arguments of a form; a bare word that stands for a unit is text."""
    bound = [bind_expression(argument, context) for argument in _but_unit(node, context)]
    if len(bound) == len(node.expressions):
        return bound
    unit = node.expressions[0]
    return [placed(text(unit.name), context.environment.span(unit)), *bound]


def _but_unit(node: exp.Anonymous, context: Context) -> list[exp.Expr]:
    """Return the arguments but a first one that is a unit; a column's name is no unit."""
    first = node.expressions[0] if node.expressions else None
    if not isinstance(first, exp.Column) or first.table:
        return node.expressions
    if not FORMS[function_name(node)].takes_unit:
        return node.expressions
    is_column = context.scope.find_columns(plain_name(first.name))
    return node.expressions if is_column else node.expressions[1:]


def _grouping(node: exp.Anonymous, context: Context) -> Expression:
    """GROUPING(a, b): a bit for each, the first the highest, set where it is not grouped by."""
    if not context.may_aggregate:
        message = f"GROUPING cannot stand in {context.clause}"
        raise context.environment.wrong(message, node)
    if not node.expressions:
        raise context.environment.wrong("GROUPING takes what stands in GROUP BY", node)
    inner = context.inside("the argument of GROUPING")
    two = Literal(type=types.INTEGER, nullable=False, value=2)
    first, *others = (bind_grouping(bind_expression(a, inner)) for a in node.expressions)
    bits: Expression = first
    for other in others:
        bits = arithmetic("add", arithmetic("multiply", bits, two), other)
    return bits
