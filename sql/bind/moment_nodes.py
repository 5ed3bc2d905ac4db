"""Moments in the grammar: EXTRACT, AT TIME ZONE, INTERVAL n DAY, what the clock says, OVERLAPS."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from gpudb.errors import ProgrammingError
from gpudb.sql.bind.coerce import cast
from gpudb.sql.bind.context import Context
from gpudb.sql.bind.dispatch import bind_expression, bind_node
from gpudb.sql.bind.forms import greatest, least
from gpudb.sql.bind.intervals import parse_interval
from gpudb.sql.bind.moment_forms import age
from gpudb.sql.bind.operators import arithmetic, compare, connect
from gpudb.sql.bind.parts import extract
from gpudb.sql.bind.zones import at_time_zone
from gpudb.sql.expr import Expression, Literal
from gpudb.sql.parameters import typed
from gpudb.storage import types


@bind_node.register
def _(node: exp.Extract, context: Context) -> Expression:
    return extract(node.this.name, bind_expression(node.expression, context))


@bind_node.register
def _(node: exp.AtTimeZone, context: Context) -> Expression:
    moment = bind_expression(node.this, context)
    return at_time_zone(moment, bind_expression(node.args["zone"], context))


@bind_node.register
def _(node: exp.Interval, context: Context) -> Expression:
    """INTERVAL n DAY: so many times an interval of one."""
    unit = node.args.get("unit")
    if unit is None:
        raise context.environment.later("an INTERVAL of an expression without a unit is", node)
    count = bind_expression(node.this, context)
    return arithmetic("multiply", count, parse_interval("1", unit.name).literal())


@bind_node.register
def _(node: exp.Date, context: Context) -> Expression:
    """DATE(x): a cast."""
    return _cast_call(node, types.DATE, context)


@bind_node.register
def _(node: exp.Timestamp, context: Context) -> Expression:
    """TIMESTAMP(x): a cast."""
    return _cast_call(node, types.timestamp(6), context)


def _cast_call(node: exp.Expr, target: types.SqlType, context: Context) -> Expression:
    argument = bind_expression(node.this, context)
    if not (argument.type.is_text or argument.type.kind in (types.Kind.DATE, types.Kind.TIMESTAMP)):
        raise ProgrammingError(f"a {argument.type} cannot be cast to {target}")
    return cast(argument, target)


@bind_node.register
def _(node: exp.Overlaps, context: Context) -> Expression:
    """(a, b) OVERLAPS (c, d): whether two periods share a moment; b and d may be intervals."""
    pairs = [part.expressions for part in (node.this, node.expression)]
    if any(len(pair) != 2 for pair in pairs):
        raise context.environment.wrong("OVERLAPS takes two pairs of a begin and an end", node)
    (a, b), (c, d) = (_period(pair, context) for pair in pairs)
    same = compare("equal", a, c)
    either = connect("and", (compare("less", a, d), compare("less", c, b)))
    return connect("or", (same, either))


def _period(pair: list[exp.Expr], context: Context) -> tuple[Expression, Expression]:
    """Return a period's begin and end in order."""
    begin, end = (bind_expression(part, context) for part in pair)
    if end.type.is_interval:
        end = arithmetic("add", begin, end)
    return least((begin, end)), greatest((begin, end))


def _now(context: Context) -> Literal:
    _, value = typed(context.environment.clock())
    return Literal(type=types.instant(6), nullable=False, value=value)


def _local(context: Context) -> Literal:
    _, value = typed(context.environment.clock())
    return Literal(type=types.timestamp(6), nullable=False, value=value)


def _today(context: Context) -> Literal:
    type_, value = typed(context.environment.clock().date())
    return Literal(type=type_, nullable=False, value=value)


def _time(context: Context) -> Literal:
    type_, value = typed(context.environment.clock().time())
    return Literal(type=type_, nullable=False, value=value)


# Functions without arguments that tell when the statement began, in UTC.
CLOCKS: dict[str, Callable[[Context], Expression]] = {
    "now": _now,
    "transaction_timestamp": _now,
    "statement_timestamp": _now,
    "get_current_timestamp": _now,
    "today": _today,
    "current_localtimestamp": _local,
}


def datetime_call(node: exp.Anonymous, context: Context) -> Expression:
    """DATETIME('NOW') is OmniSci's now(); of another text a cast."""
    (part,) = node.expressions
    bound = bind_expression(part, context)
    value = bound.value if isinstance(bound, Literal) else None
    if isinstance(value, str) and value.strip().upper() == "NOW":
        return _local(context)
    return cast(bound, types.timestamp(6))


def age_call(node: exp.Anonymous, context: Context) -> Expression:
    """AGE(x): what has passed since, up to the begin of today."""
    return age((_today(context), bind_expression(node.expressions[0], context)))


# Functions of one argument that look at the clock.
DATED: dict[str, Callable[[exp.Anonymous, Context], Expression]] = {
    "datetime": datetime_call,
    "age": age_call,
}
BARE_CLOCKS: dict[type[exp.Expr], Callable[[Context], Expression]] = {
    exp.CurrentTimestamp: _now,
    exp.CurrentDate: _today,
    exp.CurrentTime: _time,
    exp.Localtime: _time,
    exp.Localtimestamp: _local,
}


@bind_node.register(exp.CurrentTimestamp)
@bind_node.register(exp.CurrentDate)
@bind_node.register(exp.CurrentTime)
@bind_node.register(exp.Localtime)
@bind_node.register(exp.Localtimestamp)
def _(node: exp.Func, context: Context) -> Expression:
    now = BARE_CLOCKS[type(node)](context)
    digits = None if node.this is None else int(node.this.name)
    if digits is None or digits >= 6:
        return now
    assert isinstance(now, Literal)
    assert isinstance(now.value, int)
    unit = 10 ** (6 - digits)
    return Literal(type=now.type, nullable=False, value=now.value // unit * unit)
