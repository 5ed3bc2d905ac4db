"""Calls: functions, aggregates, LIKE and what has a syntax of its own (EXTRACT, TRIM, ...)."""

from __future__ import annotations

from sqlglot import exp

from gpudb.errors import ProgrammingError
from gpudb.sql.bind import moment_forms, number_forms, text_forms
from gpudb.sql.bind.aggregate_calls import bind_aggregate, function_name
from gpudb.sql.bind.aggregates import AGGREGATES, GROUPING, bind_grouping
from gpudb.sql.bind.calls import bind_call, bind_operator
from gpudb.sql.bind.coerce import cast, is_untyped
from gpudb.sql.bind.context import Context, call, placed
from gpudb.sql.bind.dispatch import bind_expression, bind_node
from gpudb.sql.bind.expressions import interval_literal, interval_of
from gpudb.sql.bind.forms import FORMS, bind_form, text
from gpudb.sql.bind.operators import arithmetic
from gpudb.sql.bind.parts import extract
from gpudb.sql.bind.window_functions import WINDOW_FUNCTIONS, is_window_function
from gpudb.sql.expr import Call, Expression, Literal
from gpudb.sql.parameters import typed
from gpudb.storage import types

# The modules whose forms are in FORMS once they are imported.
FORM_MODULES = (moment_forms, number_forms, text_forms)


@bind_node.register(exp.Like)
@bind_node.register(exp.ILike)
def _(node: exp.Binary, context: Context) -> Expression:
    return _like(node, None, context)


@bind_node.register
def _(node: exp.Escape, context: Context) -> Expression:
    return _like(node.this, node.expression, context)


def _like(node: exp.Expr, escape: exp.Expr | None, context: Context) -> Expression:
    function = "ilike" if isinstance(node, exp.ILike) else "like"
    arguments = [bind_expression(node.this, context), bind_expression(node.expression, context)]
    if escape is not None:
        arguments.append(bind_expression(escape, context))
        function = f"{function}_escape"
        value = arguments[2].value if isinstance(arguments[2], Literal) else None
        if not isinstance(value, str) or len(value) > 1:
            raise context.environment.wrong("ESCAPE takes one character", escape)
    for argument in arguments:
        if not argument.type.is_text and not is_untyped(argument):
            raise ProgrammingError(f"LIKE takes TEXT, not {argument.type}")
    bound = bind_call(function, arguments)
    return call("not", types.BOOLEAN, bound) if node.args.get("negate") else bound


@bind_node.register
def _(node: exp.DPipe, context: Context) -> Expression:
    parts = [bind_expression(part, context) for part in (node.this, node.expression)]
    if not any(part.type.is_text for part in parts):
        types_ = " and ".join(str(part.type) for part in parts)
        raise ProgrammingError(f"operator || does not take {types_}; one side must be TEXT")
    parts = [cast(part, types.TEXT) for part in parts]
    flat = [p for part in parts for p in _concatenated(part)]
    return bind_call("concat_text", flat)


def _concatenated(part: Expression) -> tuple[Expression, ...]:
    if isinstance(part, Call) and part.function == "concat_text":
        return part.arguments
    return (part,)


@bind_node.register
def _(node: exp.RegexpLike, context: Context) -> Expression:
    arguments = bind_expression(node.this, context), bind_expression(node.expression, context)
    return bind_call("regexp_like", arguments)


@bind_node.register
def _(node: exp.Pow, context: Context) -> Expression:
    arguments = bind_expression(node.this, context), bind_expression(node.expression, context)
    return bind_call("power", arguments)


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
def _(node: exp.Extract, context: Context) -> Expression:
    return extract(node.this.name, bind_expression(node.expression, context))


@bind_node.register
def _(node: exp.Substring, context: Context) -> Expression:
    begin = node.args.get("start") or exp.Literal.number(1)
    parts = [node.this, begin, *filter(None, [node.args.get("length")])]
    return bind_call("substring", [bind_expression(part, context) for part in parts])


@bind_node.register
def _(node: exp.Trim, context: Context) -> Expression:
    function = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(
        node.args.get("position") or "", "trim"
    )
    parts = [node.this, *filter(None, [node.args.get("expression")])]
    return bind_call(function, [bind_expression(part, context) for part in parts])


@bind_node.register
def _(node: exp.StrPosition, context: Context) -> Expression:
    parts = (node.this, node.args["substr"])
    return bind_call("position", [bind_expression(part, context) for part in parts])


@bind_node.register
def _(node: exp.CurrentDate, context: Context) -> Expression:
    type_, value = typed(context.environment.now.date())
    return Literal(type=type_, nullable=False, value=value)


@bind_node.register
def _(node: exp.CurrentTimestamp, context: Context) -> Expression:
    type_, value = typed(context.environment.now)
    return Literal(type=type_, nullable=False, value=value)


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
        return interval_literal(interval, node, context)
    if name == "now":
        if node.expressions:
            raise context.environment.wrong("now takes no argument", node)
        type_, value = typed(context.environment.now)
        return Literal(type=type_, nullable=False, value=value)
    for argument in node.expressions:
        if isinstance(argument, exp.Distinct | exp.Star):
            raise context.environment.wrong(f"{name} does not take {argument.sql()}", node)
    if name in FORMS:
        return bind_form(name, _form_arguments(node, context))
    arguments = [bind_expression(argument, context) for argument in node.expressions]
    return bind_call(name, arguments, (*FORMS, *AGGREGATES, *WINDOW_FUNCTIONS, "now"))


def _form_arguments(node: exp.Anonymous, context: Context) -> list[Expression]:
    """Bind the arguments of a form; a bare word that stands for a unit is text."""
    bound = [bind_expression(argument, context) for argument in _but_unit(node)]
    if len(bound) == len(node.expressions):
        return bound
    unit = node.expressions[0]
    return [placed(text(unit.name), context.environment.span(unit)), *bound]


def _but_unit(node: exp.Anonymous) -> list[exp.Expr]:
    first = node.expressions[0] if node.expressions else None
    is_word = isinstance(first, exp.Column) and not first.table
    return (
        node.expressions[1:]
        if is_word and FORMS[function_name(node)].takes_unit
        else node.expressions
    )


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
