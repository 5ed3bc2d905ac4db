"""sqlglot's expressions -> bound expressions: one function for each kind of node."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import singledispatch

from sqlglot import exp

from gpudb.errors import Error, ProgrammingError
from gpudb.sql.bind.aggregates import AGGREGATES, bind_aggregate
from gpudb.sql.bind.calls import bind_call
from gpudb.sql.bind.coerce import cast, is_untyped, may_cast, unify
from gpudb.sql.bind.constants import converted
from gpudb.sql.bind.context import Context, call, placed, refuse_extras
from gpudb.sql.bind.forms import FORMS, bind_form, case, null, null_test
from gpudb.sql.bind.intervals import Interval, parse_interval
from gpudb.sql.bind.operators import arithmetic, compare, condition, connect, negate
from gpudb.sql.bind.parts import extract
from gpudb.sql.dialect import plain_name, sql_type
from gpudb.sql.expr import Call, Cast, ColumnReference, Expression, InList, Literal
from gpudb.sql.parameters import decimal_literal, integer_type, typed
from gpudb.sql.plan import Field
from gpudb.storage import types


def bind_expression(node: exp.Expression, context: Context) -> Expression:
    """Bind `node` in a clause; every error and every bound expression gets its place in the text."""
    environment = context.environment
    try:
        bound = bind_node(node, context)
    except Error as error:
        raise environment.place(error, node) from None
    return placed(bound, environment.span(node))


def bind_condition(node: exp.Expression, context: Context) -> Expression:
    """Bind a node that must be a BOOLEAN, such as WHERE's."""
    bound = bind_expression(node, context)
    try:
        return condition(bound, context.clause)
    except Error as error:
        raise context.environment.place(error, node) from None


@singledispatch
def bind_node(node: exp.Expression, context: Context) -> Expression:
    """Bind one kind of node; raises NotSupportedError for a kind that is not registered."""
    name = UNSUPPORTED.get(type(node), type(node).__name__)
    raise context.environment.later(f"{name} is", node)


UNSUPPORTED: dict[type[exp.Expression], str] = {
    exp.Select: "a subquery in an expression",
    exp.Subquery: "a subquery in an expression",
    exp.Exists: "EXISTS",
    exp.Any: "ANY",
    exp.All: "ALL",
    exp.Window: "a window function",
    exp.Bracket: "an array",
    exp.Array: "an array",
    exp.Tuple: "a row of several values",
    exp.SimilarTo: "SIMILAR TO",
    exp.AtTimeZone: "AT TIME ZONE",
    exp.Localtime: "LOCALTIME",
}


@bind_node.register
def _(node: exp.Paren, context: Context) -> Expression:
    return bind_expression(node.this, context)


@bind_node.register
def _(node: exp.Literal, context: Context) -> Expression:
    text = str(node.this)
    if node.is_string:
        return Literal(type=types.TEXT, nullable=False, value=text)
    if text.isdigit():
        return Literal(type=integer_type(int(text)), nullable=False, value=int(text))
    if "e" in text.lower():
        return Literal(type=types.DOUBLE, nullable=False, value=float(text))
    type, value = decimal_literal(Decimal(text))
    return Literal(type=type, nullable=False, value=value)


@bind_node.register
def _(node: exp.Boolean, context: Context) -> Expression:
    return Literal(type=types.BOOLEAN, nullable=False, value=bool(node.this))


@bind_node.register
def _(node: exp.Null, context: Context) -> Expression:
    return null(types.NULL)


@bind_node.register
def _(node: exp.Parameter, context: Context) -> Expression:
    return context.environment.parameters[int(node.this.name) - 1]


@bind_node.register
def _(node: exp.Column, context: Context) -> Expression:
    refuse_extras(node, frozenset({"this", "table"}), context.environment)
    if isinstance(node.this, exp.Star):
        raise context.environment.wrong("* cannot stand in an expression", node)
    name, alias = plain_name(node.name), node.table
    if not alias and name.lower() in context.aliases:
        if not context.scope.find_columns(name):
            return context.aliases[name.lower()]
    return reference(context.scope.column(name, alias or None))


def reference(field: Field) -> ColumnReference:
    """Return an expression that reads `field`."""
    return ColumnReference(id=field.id, name=field.name, type=field.type, nullable=field.nullable)


ARITHMETIC: dict[type[exp.Expression], str] = {
    exp.Add: "add",
    exp.Sub: "subtract",
    exp.Mul: "multiply",
    exp.Div: "divide",
    exp.Mod: "modulo",
}
COMPARISONS: dict[type[exp.Expression], str] = {
    exp.EQ: "equal",
    exp.NEQ: "not_equal",
    exp.LT: "less",
    exp.LTE: "less_equal",
    exp.GT: "greater",
    exp.GTE: "greater_equal",
    exp.NullSafeEQ: "is_not_distinct_from",
    exp.NullSafeNEQ: "is_distinct_from",
}


@bind_node.register(exp.Add)
@bind_node.register(exp.Sub)
def _(node: exp.Binary, context: Context) -> Expression:
    """A literal of months and days is added in two steps."""
    function = ARITHMETIC[type(node)]
    left = bind_expression(node.this, context)
    if isinstance(node.expression, exp.Interval):
        for part in interval_of(node.expression, context).parts():
            left = arithmetic(function, left, part)
        return left
    return arithmetic(function, left, bind_expression(node.expression, context))


@bind_node.register(exp.Mul)
@bind_node.register(exp.Div)
@bind_node.register(exp.Mod)
def _(node: exp.Binary, context: Context) -> Expression:
    left, right = bind_expression(node.this, context), bind_expression(node.expression, context)
    return arithmetic(ARITHMETIC[type(node)], left, right)


@bind_node.register(exp.EQ)
@bind_node.register(exp.NEQ)
@bind_node.register(exp.LT)
@bind_node.register(exp.LTE)
@bind_node.register(exp.GT)
@bind_node.register(exp.GTE)
@bind_node.register(exp.NullSafeEQ)
@bind_node.register(exp.NullSafeNEQ)
def _(node: exp.Binary, context: Context) -> Expression:
    left, right = bind_expression(node.this, context), bind_expression(node.expression, context)
    return compare(COMPARISONS[type(node)], left, right)


@bind_node.register(exp.And)
@bind_node.register(exp.Or)
def _(node: exp.Connector, context: Context) -> Expression:
    function = "and" if isinstance(node, exp.And) else "or"
    parts = tuple(_operand(part, function, context) for part in node.flatten(unnest=False))
    return connect(function, parts)


def _operand(node: exp.Expression, function: str, context: Context) -> Expression:
    bound = bind_expression(node, context)
    try:
        return condition(bound, function.upper())
    except Error as error:
        raise context.environment.place(error, node) from None


@bind_node.register
def _(node: exp.Not, context: Context) -> Expression:
    return call("not", types.BOOLEAN, _operand(node.this, "not", context))


@bind_node.register
def _(node: exp.Neg, context: Context) -> Expression:
    return negate(bind_expression(node.this, context))


@bind_node.register
def _(node: exp.Is, context: Context) -> Expression:
    argument = bind_expression(node.this, context)
    is_negated = bool(node.args.get("negate"))
    truth = node.expression
    if isinstance(truth, exp.Null):
        return null_test("is_not_null" if is_negated else "is_null", argument)
    if not isinstance(truth, exp.Boolean):
        raise context.environment.later(f"IS {truth.sql().upper()} is", node)
    wanted = Literal(type=types.BOOLEAN, nullable=False, value=bool(truth.this))
    function = "is_distinct_from" if is_negated else "is_not_distinct_from"
    return compare(function, condition(argument, "IS"), wanted)


@bind_node.register
def _(node: exp.Between, context: Context) -> Expression:
    refuse_extras(node, frozenset({"this", "low", "high"}), context.environment)
    argument = bind_expression(node.this, context)
    low = bind_expression(node.args["low"], context)
    high = bind_expression(node.args["high"], context)
    bounds = compare("greater_equal", argument, low), compare("less_equal", argument, high)
    return connect("and", bounds)


@bind_node.register
def _(node: exp.In, context: Context) -> Expression:
    if node.args.get("query") is not None:
        raise context.environment.later("a subquery in IN is", node)
    if not node.expressions:
        raise context.environment.wrong("syntax error: IN has no values", node)
    argument = bind_expression(node.this, context)
    values = [bind_expression(value, context) for value in node.expressions]
    typed = unify((argument, *values), "IN")
    return _membership(typed[0], typed[1:])


def _membership(argument: Expression, values: tuple[Expression, ...]) -> Expression:
    """IN is an OR; its literals make one InList, a NULL among them stays a NULL."""
    literals = {v.value: v for v in values if isinstance(v, Literal) and v.value is not None}
    parts: list[Expression] = []
    if literals:
        # Values of one type, which is what sorting them needs.
        ordered = tuple(literals[key] for key in sorted(literals))  # type: ignore[type-var]
        parts.append(
            InList(
                argument=argument, values=ordered, type=types.BOOLEAN, nullable=argument.nullable
            )
        )
    for value in values:
        if isinstance(value, Literal) and value.value is None:
            parts.append(null(types.BOOLEAN))
        elif not isinstance(value, Literal):
            parts.append(compare("equal", argument, value))
    return parts[0] if len(parts) == 1 else connect("or", tuple(parts))


@bind_node.register(exp.Like)
@bind_node.register(exp.ILike)
def _(node: exp.Binary, context: Context) -> Expression:
    return _like(node, None, context)


@bind_node.register
def _(node: exp.Escape, context: Context) -> Expression:
    return _like(node.this, node.expression, context)


def _like(node: exp.Expression, escape: exp.Expression | None, context: Context) -> Expression:
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


@bind_node.register
def _(node: exp.Case, context: Context) -> Expression:
    subject = None if node.this is None else bind_expression(node.this, context)
    branches = []
    for branch in node.args["ifs"]:
        test = bind_expression(branch.this, context)
        value = bind_expression(branch.args["true"], context)
        branches.append((test if subject is None else compare("equal", subject, test), value))
    default = node.args.get("default")
    otherwise = null(types.NULL) if default is None else bind_expression(default, context)
    return case(branches, otherwise)


@bind_node.register(exp.Cast)
@bind_node.register(exp.TryCast)
def _(node: exp.Cast, context: Context) -> Expression:
    refuse_extras(node, frozenset({"this", "to", "safe"}), context.environment)
    if node.to.is_type(exp.DType.INTERVAL):
        return _interval_literal(parse_interval(node.this.name), node, context)
    target, argument = sql_type(node.to), bind_expression(node.this, context)
    if not may_cast(argument.type, target):
        raise ProgrammingError(f"a {argument.type} cannot be cast to {target}")
    if isinstance(node, exp.TryCast):
        return try_cast(argument, target)
    return cast(argument, target)


def try_cast(argument: Expression, target: types.SqlType) -> Expression:
    """Bind TRY_CAST: NULL where CAST would raise."""
    if isinstance(argument, Literal):
        try:
            return converted(argument, target)
        except Error:
            return null(target)
    if argument.type == target:
        return argument
    return Cast(argument=argument, type=target, nullable=True, is_try=True)


@bind_node.register
def _(node: exp.Interval, context: Context) -> Expression:
    return _interval_literal(interval_of(node, context), node, context)


def _interval_literal(interval: Interval, node: exp.Expression, context: Context) -> Expression:
    parts = interval.parts()
    if len(parts) > 1:
        what = "an INTERVAL of months and days other than beside + or - is"
        raise context.environment.later(what, node)
    return parts[0]


def interval_of(node: exp.Interval, context: Context) -> Interval:
    """Return what an INTERVAL literal says."""
    unit = node.args.get("unit")
    text = node.this
    if not isinstance(text, exp.Literal):
        raise context.environment.later("an INTERVAL that is not a literal is", node)
    name = plain_name(unit.name if unit is not None else "")
    try:
        return parse_interval(text.name, name)
    except Error as error:
        raise context.environment.place(error, node) from None


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
    type, value = typed(context.environment.now.date())
    return Literal(type=type, nullable=False, value=value)


@bind_node.register
def _(node: exp.CurrentTimestamp, context: Context) -> Expression:
    type, value = typed(context.environment.now)
    return Literal(type=type, nullable=False, value=value)


@bind_node.register
def _(node: exp.Filter, context: Context) -> Expression:
    """aggregate(x) FILTER (WHERE condition): NULL where the condition does not hold."""
    if not isinstance(node.this, exp.Anonymous) or _name(node.this) not in AGGREGATES:
        raise context.environment.later("FILTER without an aggregate is", node)
    test = bind_condition(node.expression.this, context.inside("FILTER"))
    return _aggregate(node.this, context, test)


@bind_node.register
def _(node: exp.Anonymous, context: Context) -> Expression:
    name = _name(node)
    if name in AGGREGATES:
        return _aggregate(node, context, None)
    if name == "now" and not node.expressions:
        type, value = typed(context.environment.now)
        return Literal(type=type, nullable=False, value=value)
    for argument in node.expressions:
        if isinstance(argument, exp.Distinct | exp.Star):
            raise context.environment.wrong(f"{name} does not take {argument.sql()}", node)
    arguments = [bind_expression(argument, context) for argument in node.expressions]
    if name in FORMS:
        return bind_form(name, arguments)
    return bind_call(name, arguments, (*FORMS, *AGGREGATES, "now"))


def _name(node: exp.Anonymous) -> str:
    return plain_name(str(node.this)).lower()


def _aggregate(node: exp.Anonymous, context: Context, test: Expression | None) -> Expression:
    environment, name = context.environment, _name(node)
    if not context.may_aggregate:
        raise environment.wrong(f"an aggregate cannot stand in {context.clause}", node)
    arguments, is_distinct = node.expressions, False
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        arguments, is_distinct = arguments[0].expressions, True
    if len(arguments) == 1 and isinstance(arguments[0], exp.Star):
        if name != "count" or is_distinct:
            raise environment.wrong(f"only count takes *, not {name}", node)
        arguments = []
    elif name == "count" and not arguments:
        arguments = []
    elif len(arguments) != 1:
        if is_distinct and len(arguments) > 1:
            raise environment.later(f"{name} of several DISTINCT columns is", node)
        raise environment.wrong(f"{name} takes one argument, not {len(arguments)}", node)
    inner = context.inside(f"the argument of {name}")
    bound = [bind_expression(argument, inner) for argument in arguments]
    argument = bound[0] if bound else None
    if test is not None:
        one = Literal(type=types.INTEGER, nullable=False, value=1)
        argument = case([(test, one if argument is None else argument)], null(types.NULL))
    aggregate = bind_aggregate(name, argument, is_distinct=is_distinct)
    return replace(aggregate, span=environment.span(node))
