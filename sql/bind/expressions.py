"""Names, literals, operators, predicates, CASE, CAST and INTERVAL."""

from __future__ import annotations

from sqlglot import exp

from gpudb.errors import Error, ProgrammingError
from gpudb.records import replace
from gpudb.sql.bind.array_forms import bind_all, bind_any, quantifier
from gpudb.sql.bind.coerce import cast, is_untyped, may_cast, unify
from gpudb.sql.bind.constants import converted
from gpudb.sql.bind.context import Context, call, refuse_extras
from gpudb.sql.bind.dispatch import bind_expression, bind_node, reference
from gpudb.sql.bind.forms import case, membership, null, null_test
from gpudb.sql.bind.intervals import Interval, parse_interval
from gpudb.sql.bind.operators import arithmetic, compare, condition, connect, negate
from gpudb.sql.bind.row_comparisons import bind_row_list, bind_row_test, bind_rows
from gpudb.sql.bind.row_values import row_nodes
from gpudb.sql.bind.subqueries import bind_in, bind_quantified
from gpudb.sql.call_tokens import CALL_MARK
from gpudb.sql.dialect import plain_name, sql_type
from gpudb.sql.expr import Call, Cast, Expression, Literal
from gpudb.sql.parameters import literal_of
from gpudb.sql.varied import ask, derived
from gpudb.storage import types


@bind_node.register
def _(node: exp.Paren, context: Context) -> Expression:
    return bind_expression(node.this, context)


@bind_node.register
def _(node: exp.Literal, context: Context) -> Expression:
    literal = literal_of(str(node.this), is_string=node.is_string)
    varied = context.environment.varied
    if varied is None or not may_vary(node, varied.root):
        return literal
    span = context.environment.span(node)
    number = None if span is None else varied.places.get((span.begin, span.end))
    return literal if number is None else varied.hole(number, literal)


def may_vary(node: exp.Expr, root: object) -> bool:
    """Whether a literal stands in the WHERE of `root`, where only its binding looks at it.

    Its text is part of no name there, and of nothing that the parser reads.
    """
    above = node.parent
    if is_interval(above) and isinstance(above, exp.Anonymous):
        # Elsewhere than behind + and - it is read as it stands.
        is_added = isinstance(above.parent, exp.Add | exp.Sub) and above.parent.expression is above
        if not is_added or above.expressions[0] is not node:
            return False
        above = above.parent
    while isinstance(above, VARYING):
        is_date = type(above) is exp.Cast and above.to.is_type(exp.DType.DATE)
        if isinstance(above, exp.Cast) and not is_date:
            return False
        above = above.parent
    return isinstance(above, exp.Where) and above.parent is root


# Operators whose operands are bound as all expressions are.
VARYING = (
    *(exp.And, exp.Or, exp.Not, exp.Paren, exp.Between, exp.In, exp.Cast, exp.Neg),
    *(exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Add, exp.Sub, exp.Mul),
)


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
    refuse_extras(node, frozenset({"this", "table", "db", "catalog"}), context.environment)
    if isinstance(node.this, exp.Star):
        raise context.environment.wrong("* cannot stand in an expression", node)
    name, alias = plain_name(node.name), node.table
    if not alias and name.lower() in context.aliases and not context.scope.find_columns(name):
        return context.aliases[name.lower()]
    return reference(context.column(name, alias or None, node.text("db") or None))


ARITHMETIC: dict[type[exp.Expr], str] = {
    exp.Add: "add",
    exp.Sub: "subtract",
    exp.Mul: "multiply",
    exp.Div: "divide",
    exp.Mod: "modulo",
}
COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "equal",
    exp.NEQ: "not_equal",
    exp.LT: "less",
    exp.LTE: "less_equal",
    exp.GT: "greater",
    exp.GTE: "greater_equal",
    exp.NullSafeEQ: "is_not_distinct_from",
    exp.NullSafeNEQ: "is_distinct_from",
}


ORDERED = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


@bind_node.register(exp.Add)
@bind_node.register(exp.Sub)
def _(node: exp.Binary, context: Context) -> Expression:
    """A literal of months and days is added in two steps."""
    function = ARITHMETIC[type(node)]
    left = bind_expression(node.this, context)
    if is_interval(node.expression):
        for part in interval_parts(node.expression, context):
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
    quantified = bind_quantified(node, context)
    if quantified is not None:
        return quantified
    found = quantifier(node.expression)
    if found is not None and type(node) in ORDERED:
        is_any, inner = found
        bind = bind_any if is_any else bind_all
        value, array = bind_expression(node.this, context), bind_expression(inner, context)
        return bind(COMPARISONS[type(node)], value, array)
    rows = bind_rows(COMPARISONS[type(node)], node, context)
    if rows is not None:
        return rows
    left, right = bind_expression(node.this, context), bind_expression(node.expression, context)
    return compare(COMPARISONS[type(node)], left, right)


@bind_node.register(exp.And)
@bind_node.register(exp.Or)
def _(node: exp.Connector, context: Context) -> Expression:
    function = "and" if isinstance(node, exp.And) else "or"
    parts = tuple(_operand(part, function, context) for part in node.flatten(unnest=False))
    return connect(function, parts)


def _operand(node: exp.Expr, function: str, context: Context) -> Expression:
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
    is_negated = bool(node.args.get("negate"))
    truth, values = node.expression, row_nodes(node.this)
    if values is not None and len(values) > 1 and isinstance(truth, exp.Null):
        return bind_row_test(values, context, is_negated=is_negated)
    argument = bind_expression(node.this, context)
    if isinstance(truth, exp.Null):
        return null_test("is_not_null" if is_negated else "is_null", argument)
    if not isinstance(truth, exp.Boolean):
        raise context.environment.later(f"IS {truth.sql().upper()} is", node)
    wanted = Literal(type=types.BOOLEAN, nullable=False, value=bool(truth.this))
    function = "is_distinct_from" if is_negated else "is_not_distinct_from"
    return compare(function, condition(argument, "IS"), wanted)


@bind_node.register
def _(node: exp.Between, context: Context) -> Expression:
    refuse_extras(node, frozenset({"this", "low", "high", "symmetric"}), context.environment)
    argument = bind_expression(node.this, context)
    low = bind_expression(node.args["low"], context)
    high = bind_expression(node.args["high"], context)
    between = _between(argument, low, high)
    if not node.args.get("symmetric"):
        return between
    return connect("or", (between, _between(argument, high, low)))


def _between(argument: Expression, low: Expression, high: Expression) -> Expression:
    bounds = compare("greater_equal", argument, low), compare("less_equal", argument, high)
    return connect("and", bounds)


@bind_node.register
def _(node: exp.In, context: Context) -> Expression:
    if node.args.get("query") is not None:
        return bind_in(node, context)
    if not node.expressions:
        message = "syntax error: IN has no values"
        if node.args.get("field") is not None:
            message = "syntax error: IN takes values in parentheses; of an array, = ANY(array)"
        raise context.environment.wrong(message, node)
    if isinstance(node.expressions[0], exp.Values):
        return bind_in(node, context)
    row = row_nodes(node.this)
    if row is not None:
        return bind_row_list(row, node, context)
    argument = bind_expression(node.this, context)
    values = [bind_expression(value, context) for value in node.expressions]
    typed = unify((argument, *values), "IN")
    return membership(typed[0], typed[1:])


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
        return _cast_to_interval(node, context)
    target = sql_type(node.to)
    if target.is_array and isinstance(node.this, exp.Array) and not node.this.expressions:
        return Literal(type=target, nullable=False, value="{}")  # ARRAY[]::INTEGER[]
    argument = bind_expression(node.this, context)
    if not may_cast(argument.type, target):
        raise ProgrammingError(f"a {argument.type} cannot be cast to {target}")
    if isinstance(node, exp.TryCast):
        return try_cast(argument, target)
    bound = cast(argument, target)
    # Its place is all of CAST(... AS ...), where an implicit cast stands at its argument.
    return replace(bound, span=None) if isinstance(bound, Cast) else bound


def _cast_to_interval(node: exp.Cast, context: Context) -> Expression:
    argument = bind_expression(node.this, context)
    if argument.type.is_interval:
        return argument
    if not isinstance(argument, Literal) or not is_untyped(argument):
        what = f"a cast of {argument.type} to INTERVAL, other than of a quoted text, is"
        raise context.environment.later(what, node)
    if argument.value is None:
        return null(types.INTERVAL_TIME)
    return parse_interval(str(argument.value)).literal()


def try_cast(argument: Expression, target: types.SqlType) -> Expression:
    """Bind TRY_CAST: NULL where CAST would raise."""
    if isinstance(argument, Literal):
        try:
            return converted(argument, target)
        except Error:
            return null(target)
    if argument.type == target:
        return argument
    if target.is_array:
        return Call(function="try_cast_array", arguments=(argument,), type=target, nullable=True)
    if argument.type.is_array:
        return cast(argument, target)
    return Cast(argument=argument, type=target, nullable=True, is_try=True)


def interval_of(node: exp.Expr) -> Interval | None:
    """Return what an INTERVAL literal says; None for another node."""
    if not is_interval(node):
        return None
    return parse_interval(*(argument.name for argument in node.expressions))


def is_interval(node: exp.Expr | None) -> bool:
    """Whether this is an INTERVAL literal."""
    return isinstance(node, exp.Anonymous) and str(node.this) == f"interval{CALL_MARK}"


def interval_parts(node: exp.Expr, context: Context) -> tuple[Literal, ...]:
    """Return the months and the time that an INTERVAL literal says, each where it says any."""
    first, *units = node.expressions
    unit = [each.name for each in units]
    given = Literal(type=types.TEXT, nullable=False, value=first.name)
    if isinstance(first, exp.Literal) and first.is_string:
        bound = bind_node(first, context)
        assert isinstance(bound, Literal)
        given = bound

    def parts(text: Literal) -> tuple[Literal, ...]:
        return parse_interval(str(text.value), *unit).parts()

    def part(place: int) -> Literal:
        # Another text may have fewer.
        found = derived(lambda text: next(iter(parts(text)[place:]), None), given)
        assert found is not None
        return found

    return tuple([part(place) for place in range(ask(lambda text: len(parts(text)), given))])
