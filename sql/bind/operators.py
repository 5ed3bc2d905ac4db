"""Arithmetic, comparisons and text operators: which types they take, what they give."""

from __future__ import annotations

from collections.abc import Callable

from gpudb.errors import ProgrammingError
from gpudb.records import replace
from gpudb.sql.bind.coerce import cast, common_type, decimal_type, is_untyped, unify
from gpudb.sql.bind.constants import converted
from gpudb.sql.bind.context import call
from gpudb.sql.expr import Call, Expression, Literal
from gpudb.sql.functions import dates, get_function
from gpudb.sql.parameters import integer_type
from gpudb.sql.varied import derived, of_literals
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType

SYMBOLS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "modulo": "%",
    "equal": "=",
    "not_equal": "<>",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "is_distinct_from": "IS DISTINCT FROM",
    "is_not_distinct_from": "IS NOT DISTINCT FROM",
}


def compare(function: str, left: Expression, right: Expression) -> Call:
    """Bind a comparison; both sides get one type."""
    first, second = unify((left, right), f"operator {SYMBOLS[function]}")
    if first.type.kind is Kind.INTERVAL:
        first, second = interval_order(first), interval_order(second)
    compared = call(function, types.BOOLEAN, first, second)
    return replace(compared, nullable=False) if "distinct" in function else compared


def interval_order(interval: Expression) -> Expression:
    """Return the number by which intervals compare: microseconds, 30 days for a month."""
    return evaluated(call("order_of_interval", types.BIGINT, interval))


def connect(function: str, parts: tuple[Expression, ...]) -> Expression:
    """Bind AND or OR over conditions."""
    conditions = tuple(condition(part, function.upper()) for part in parts)
    return call(function, types.BOOLEAN, *conditions)


def condition(expression: Expression, what: str) -> Expression:
    """Return `expression` as a BOOLEAN; raises ProgrammingError that names `what` and the type."""
    if is_untyped(expression):
        assert isinstance(expression, Literal)
        return converted(expression, types.BOOLEAN)
    if expression.type.kind is not Kind.BOOLEAN:
        raise ProgrammingError(f"{what} takes a BOOLEAN, not {expression.type}")
    return expression


def negate(operand: Expression) -> Expression:
    """Bind unary minus; a number's literal is negated at once."""
    if not (operand.type.is_numeric or operand.type.is_interval):
        raise ProgrammingError(f"operator - does not take {operand.type}")
    negated = derived(_opposite, operand) if isinstance(operand, Literal) else None
    return call("negate", operand.type, operand) if negated is None else negated


def _opposite(literal: Literal) -> Literal | None:
    if literal.value is None:
        return None
    assert not isinstance(literal.value, str)
    return _narrowest(replace(literal, value=-literal.value))


def _narrowest(literal: Literal) -> Literal:
    """Return -2147483648 as an INTEGER, though 2147483648 alone is a BIGINT."""
    is_whole = literal.type.is_integer or literal.type == types.decimal(19, 0)
    if not is_whole or not isinstance(literal.value, int):
        return literal
    return replace(literal, type=integer_type(literal.value))


def arithmetic(function: str, left: Expression, right: Expression) -> Expression:
    """Bind + - * / % by the types of the operands."""
    left, right = _typed_pair(left, right)
    if left.type.is_numeric and right.type.is_numeric:
        return fold(_numeric(function, left, right))
    bind = TEMPORAL.get((function, _family(left.type), _family(right.type)))
    if bind is None:
        raise _no_operator(function, left, right)
    return bind(left, right)


def _no_operator(function: str, left: Expression, right: Expression) -> ProgrammingError:
    symbol = SYMBOLS[function]
    message = f"operator {symbol} does not take {left.type} and {right.type}"
    if function == "add" and (left.type.is_text or right.type.is_text):
        message += "; texts are joined by ||"
    return ProgrammingError(message)


def _typed_pair(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """Give a quoted literal or a bare NULL the type of the other operand."""
    if is_untyped(left) and is_untyped(right):
        # PostgreSQL refuses '1' + '2' as ambiguous; NULL + NULL is a NULL number.
        left, right = _null_number(left), _null_number(right)
        return left, right
    if is_untyped(left):
        return cast(left, right.type), right
    if is_untyped(right):
        return left, cast(right, left.type)
    return left, right


def _null_number(literal: Expression) -> Expression:
    return cast(literal, types.INTEGER) if literal.type.kind is Kind.NULL else literal


def _numeric(function: str, left: Expression, right: Expression) -> Call:
    if left.type.is_float or right.type.is_float:
        return _floating(function, left, right)
    if left.type.is_integer and right.type.is_integer:
        target = common_type(left.type, right.type)
        assert target is not None
        return call(function, target, cast(left, target), cast(right, target))
    return DECIMAL_OPERATORS[function](left, right)


def _floating(function: str, left: Expression, right: Expression) -> Call:
    target = left.type if left.type == right.type else types.DOUBLE
    if function == "modulo":
        raise ProgrammingError("operator % does not take DOUBLE; cast to INTEGER or DECIMAL")
    return call(function, target, cast(left, target), cast(right, target))


def _decimal_sum(function: str) -> Callable[[Expression, Expression], Call]:
    def bind(left: Expression, right: Expression) -> Call:
        a, b = decimal_type(left), decimal_type(right)
        scale = max(a.scale, b.scale)
        whole = max(a.precision - a.scale, b.precision - b.scale)
        target = _capped(whole + scale + 1, scale)
        return call(function, target, _rescaled(left, scale), _rescaled(right, scale))

    return bind


def _rescaled(operand: Expression, scale: int) -> Expression:
    type_ = decimal_type(operand)
    return cast(operand, _capped(type_.precision - type_.scale + scale, scale))


def _decimal_product(left: Expression, right: Expression) -> Call:
    left, right = cast(left, decimal_type(left)), cast(right, decimal_type(right))
    scale = left.type.scale + right.type.scale
    if scale > types.MAX_DECIMAL_PRECISION:
        raise ProgrammingError(
            f"{left.type} * {right.type} has {scale} digits behind the point, "
            f"more than {types.MAX_DECIMAL_PRECISION}; cast one of them to DOUBLE"
        )
    return call("multiply", _capped(left.type.precision + right.type.precision, scale), left, right)


def _decimal_quotient(left: Expression, right: Expression) -> Call:
    return call("divide", types.DOUBLE, cast(left, types.DOUBLE), cast(right, types.DOUBLE))


def _decimal_remainder(left: Expression, right: Expression) -> Call:
    target = common_type(decimal_type(left), decimal_type(right))
    assert target is not None
    return call("modulo", target, cast(left, target), cast(right, target))


def _capped(precision: int, scale: int) -> SqlType:
    return types.decimal(min(precision, types.MAX_DECIMAL_PRECISION), scale)


DECIMAL_OPERATORS: dict[str, Callable[[Expression, Expression], Call]] = {
    "add": _decimal_sum("add"),
    "subtract": _decimal_sum("subtract"),
    "multiply": _decimal_product,
    "divide": _decimal_quotient,
    "modulo": _decimal_remainder,
}


def _quotient(dividend: int, divisor: int) -> int:
    """Return the quotient of whole numbers, rounded towards zero."""
    found = abs(dividend) // abs(divisor)
    return found if (dividend < 0) == (divisor < 0) else -found


EXACT = {
    "add": int.__add__,
    "subtract": int.__sub__,
    "multiply": int.__mul__,
    "divide": _quotient,
}


def fold(bound: Call) -> Expression:
    """Return the literal that exact arithmetic on literals gives, so that it adapts to columns."""
    return of_literals(_folded, bound)


def _folded(bound: Call) -> Expression:
    compute = EXACT.get(bound.function)
    values = [a.value for a in bound.arguments if isinstance(a, Literal)]
    bounds = bound.type.value_range
    if compute is None or bounds is None or len(values) < 2:
        return bound
    first, second = values
    if not isinstance(first, int) or not isinstance(second, int):
        return bound
    if bound.function == "divide" and not second:
        return bound
    value = compute(first, second)
    if not bounds[0] <= value <= bounds[1]:
        return bound
    return Literal(type=bound.type, nullable=False, value=value)


def _family(type_: SqlType) -> str:
    return "INTEGER" if type_.is_integer else type_.kind.value


def _swapped(
    bind: Callable[[Expression, Expression], Expression],
) -> Callable[[Expression, Expression], Expression]:
    return lambda left, right: bind(right, left)


def _negated(
    bind: Callable[[Expression, Expression], Expression],
) -> Callable[[Expression, Expression], Expression]:
    return lambda left, right: bind(left, negate(right))


def _add_days(date: Expression, days: Expression) -> Expression:
    return evaluated(call("add_days", types.DATE, date, cast(days, types.INTEGER)))


def _subtract_dates(end: Expression, begin: Expression) -> Expression:
    return evaluated(call("subtract_dates", types.INTEGER, end, begin))


def add_interval(moment: Expression, interval: Expression) -> Expression:
    """Bind DATE or TIMESTAMP + INTERVAL, a TIMESTAMP as in PostgreSQL, of microseconds at least."""
    if interval.type.kind is Kind.INTERVAL:
        months, time = interval_parts(interval)
        return add_interval(add_interval(moment, months), time)
    is_zoned = moment.type.is_zoned
    precision = moment.type.precision if moment.type.kind is Kind.TIMESTAMP else 6
    if interval.type.kind is Kind.INTERVAL_MONTHS:
        target = replace(types.timestamp(precision), is_zoned=is_zoned)
        units = dates.DAY_SECONDS * 10**precision
        constant = Literal(type=types.BIGINT, nullable=False, value=units)
        return evaluated(
            call("add_months_to_timestamp", target, cast(moment, target), interval, constant)
        )
    target = replace(types.timestamp(max(precision, 6)), is_zoned=is_zoned)
    function = "add_nanoseconds" if precision > 6 else "add_microseconds"
    return evaluated(call(function, target, cast(moment, target), interval))


def interval_parts(interval: Expression) -> tuple[Expression, Expression]:
    """Return the months and the time of an interval of both."""
    return (
        evaluated(call("interval_months", types.INTERVAL_MONTHS, interval)),
        evaluated(call("interval_time", types.INTERVAL_TIME, interval)),
    )


def join_interval(months: Expression, time: Expression) -> Expression:
    """Bind an interval of months and time in one."""
    return evaluated(call("join_interval", types.INTERVAL, months, time))


def _subtract_timestamps(end: Expression, begin: Expression) -> Expression:
    target = types.timestamp(6)
    return evaluated(
        call("subtract_timestamps", types.INTERVAL_TIME, cast(end, target), cast(begin, target))
    )


def _subtract_times(end: Expression, begin: Expression) -> Expression:
    return evaluated(call("subtract_times", types.INTERVAL_TIME, end, begin))


def _shift_time(time: Expression, interval: Expression) -> Expression:
    return evaluated(call("shift_time", types.TIME, time, interval))


def _add_same(left: Expression, right: Expression) -> Expression:
    return fold(call("add", left.type, left, right))


def as_interval(part: Expression) -> Expression:
    """Return an interval of months, or of time, as one of both."""
    zero_months = Literal(type=types.INTERVAL_MONTHS, nullable=False, value=0)
    zero_time = Literal(type=types.INTERVAL_TIME, nullable=False, value=0)
    if part.type.kind is Kind.INTERVAL_MONTHS:
        return join_interval(part, zero_time)
    return join_interval(zero_months, part) if part.type.kind is Kind.INTERVAL_TIME else part


def _add_parts(left: Expression, right: Expression) -> Expression:
    """Add intervals of different kinds by their parts, each of which is checked."""
    pairs = [interval_parts(as_interval(part)) for part in (left, right)]
    return join_interval(*(_add_same(a, b) for a, b in zip(*pairs, strict=True)))


def _scale_interval(interval: Expression, count: Expression) -> Expression:
    """Multiply an interval; what is less than a month of months counts 30 days, as PostgreSQL."""
    kind = interval.type.kind
    if kind is Kind.INTERVAL_MONTHS and not count.type.is_integer:
        return _scale_months(interval, cast(count, types.DOUBLE))
    if kind is Kind.INTERVAL:
        months, time = interval_parts(interval)
        return _add_parts(_scale_interval(months, count), _scale_interval(time, count))
    if count.type.is_integer:
        return fold(call("multiply", interval.type, interval, cast(count, types.BIGINT)))
    return _scale_time(interval, cast(count, types.DOUBLE))


def _scale_time(time: Expression, factor: Expression) -> Expression:
    return evaluated(call("scale_time", types.INTERVAL_TIME, time, factor))


def _scale_months(months: Expression, factor: Expression) -> Expression:
    whole = evaluated(call("scale_months", types.INTERVAL_MONTHS, months, factor))
    rest = evaluated(call("scale_month_rest", types.INTERVAL_TIME, months, factor))
    return join_interval(whole, rest)


def _divide_interval(interval: Expression, divisor: Expression) -> Expression:
    one = Literal(type=types.DOUBLE, nullable=False, value=1.0)
    return _scale_interval(interval, _floating("divide", one, cast(divisor, types.DOUBLE)))


def _add_time(date: Expression, time: Expression) -> Expression:
    return evaluated(call("add_time", types.timestamp(6), date, time))


def evaluated(bound: Call) -> Expression:
    """Return what a kernel function gives for literals; the call where it varies or fails."""
    return of_literals(_evaluated, bound)


def _evaluated(bound: Call) -> Expression:
    values = [a.value for a in bound.arguments if isinstance(a, Literal) and a.value is not None]
    if len(values) < len(bound.arguments):
        return bound
    found = get_function(bound.function)
    try:
        value = found.evaluate(values)
    except (ArithmeticError, ValueError):
        return bound  # Python raises where IEEE 754 has an infinity or NaN
    return bound if value is None else Literal(type=bound.type, nullable=False, value=value)


_TIMES = ("DATE", "TIMESTAMP")
_INTERVALS = (Kind.INTERVAL_MONTHS.value, Kind.INTERVAL_TIME.value, Kind.INTERVAL.value)
_NUMBERS = ("INTEGER", Kind.DECIMAL.value, Kind.FLOAT.value, Kind.DOUBLE.value)
_MIXED = [(a, b) for a in _INTERVALS for b in _INTERVALS if a != b or a == Kind.INTERVAL.value]

TEMPORAL: dict[tuple[str, str, str], Callable[[Expression, Expression], Expression]] = {
    ("add", "DATE", "INTEGER"): _add_days,
    ("add", "INTEGER", "DATE"): _swapped(_add_days),
    ("subtract", "DATE", "INTEGER"): _negated(_add_days),
    ("subtract", "DATE", "DATE"): _subtract_dates,
    ("subtract", "TIMESTAMP", "TIMESTAMP"): _subtract_timestamps,
    ("subtract", "TIMESTAMP", "DATE"): _subtract_timestamps,
    ("subtract", "DATE", "TIMESTAMP"): _subtract_timestamps,
    ("subtract", "TIME", "TIME"): _subtract_times,
    ("add", "TIME", _INTERVALS[1]): _shift_time,
    ("subtract", "TIME", _INTERVALS[1]): _negated(_shift_time),
    **{("add", t, i): add_interval for t in _TIMES for i in _INTERVALS},
    **{("add", i, t): _swapped(add_interval) for t in _TIMES for i in _INTERVALS},
    **{("subtract", t, i): _negated(add_interval) for t in _TIMES for i in _INTERVALS},
    ("add", _INTERVALS[1], "TIME"): _swapped(_shift_time),
    ("add", "DATE", "TIME"): _add_time,
    ("add", "TIME", "DATE"): _swapped(_add_time),
    **{("add", i, i): _add_same for i in _INTERVALS[:2]},
    **{("subtract", i, i): _negated(_add_same) for i in _INTERVALS[:2]},
    **{("add", a, b): _add_parts for a, b in _MIXED},
    **{("subtract", a, b): _negated(_add_parts) for a, b in _MIXED},
    **{("multiply", i, n): _scale_interval for i in _INTERVALS for n in _NUMBERS},
    **{("multiply", n, i): _swapped(_scale_interval) for i in _INTERVALS for n in _NUMBERS},
    **{("divide", i, n): _divide_interval for i in _INTERVALS for n in _NUMBERS},
}
