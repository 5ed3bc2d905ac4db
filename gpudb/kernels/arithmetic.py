"""Arithmetic as text: 64 bits where the bounds prove them enough, checks or 128 bits where not."""

from __future__ import annotations

from gpudb.errors import DataError
from gpudb.kernels.scope import Scope
from gpudb.kernels.singles import single
from gpudb.kernels.values import FLOAT, INT, WIDE, Value, either, negation
from gpudb.kernels.writer import Site
from gpudb.sql.bounds import Bounds
from gpudb.sql.expr import Call, Expression
from gpudb.storage.types import Kind, SqlType

INT64 = Bounds(-(1 << 63), (1 << 63) - 1)
# The integers that are doubles, too.
EXACT_FLOATS = Bounds(-(1 << 53), 1 << 53)
SYMBOLS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "modulo": "%"}
OVERFLOWS = {
    "add": "add_overflows",
    "subtract": "subtract_overflows",
    "multiply": "multiply_overflows",
}


def fits(inner: Bounds, outer: Bounds) -> bool:
    """Return whether every value of `inner` lies in `outer`."""
    return outer.minimum <= inner.minimum and inner.maximum <= outer.maximum


def range_of(type: SqlType) -> Bounds:
    """Return the integers that `type` allows."""
    low, high = type.value_range or (INT64.minimum, INT64.maximum)
    return Bounds(low, high)


def as_float(value: Value, type: SqlType) -> str:
    """Return the text of `value`, of SQL type `type`, as a float."""
    if value.kind is FLOAT:
        return value.text
    text = f"wide_float({value.text})" if value.kind is WIDE else f"float({value.text})"
    return f"({text} / {float(10**type.scale)!r})" if type.scale else text


def as_wide(value: Value) -> str:
    """Return the text of an integer as 128 bits."""
    return value.text if value.kind is WIDE else f"wide({value.text})"


def shown(number: int, type: SqlType) -> str:
    """Return an integer as SQL shows a value of `type`."""
    if type.kind is not Kind.DECIMAL or not type.scale:
        return str(number)
    digits = str(abs(number)).rjust(type.scale + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[: -type.scale]}.{digits[-type.scale :]}"


def overflow_site(call: Call) -> Site:
    """Return the failure of an operation whose result lies outside its type."""
    left, right = call.arguments[0].type, call.arguments[-1].type
    symbol, type = SYMBOLS.get(call.function, call.function), call.type

    def error(first: int, second: int) -> DataError:
        operation = f"{shown(first, left)} {symbol} {shown(second, right)}"
        return DataError(f"{type} overflow: {operation} is out of range; cast to a wider type")

    return Site(error, call.span)


def unclipped(function: str, a: Bounds, b: Bounds) -> Bounds:
    """Return the exact results of an operation over two intervals."""
    match function:
        case "add":
            return Bounds(a.minimum + b.minimum, a.maximum + b.maximum)
        case "subtract":
            return Bounds(a.minimum - b.maximum, a.maximum - b.minimum)
    products = [x * y for x in (a.minimum, a.maximum) for y in (b.minimum, b.maximum)]
    return Bounds(min(products), max(products))


def binary(call: Call, left: Value, right: Value, scope: Scope) -> Value:
    """Write left + - * / % right."""
    null = either(left.null, right.null)
    if call.function in ("divide", "modulo"):
        return divide(call, left, right, scope)
    if call.type.is_float:
        a, b = (as_float(v, x.type) for v, x in zip((left, right), call.arguments, strict=True))
        return _float(call, f"({a} {SYMBOLS[call.function]} {b})", null, scope)
    result = unclipped(call.function, *(scope.bounds(a) for a in call.arguments))
    if call.type.kind is Kind.DECIMAL and not (
        fits(result, INT64) and left.kind is right.kind is INT
    ):
        return wide(call, left, right, result, scope)
    return narrow(call, left, right, result, scope)


def _float(call: Call, text: str, null: str | None, scope: Scope) -> Value:
    """Return the result of float arithmetic, FLOAT's in 32 bits; what is too large is infinite."""
    if call.type.kind is Kind.FLOAT:
        text = f"{scope.writer.use(single)}({text})"
    return Value(FLOAT, text, null)


def narrow(call: Call, left: Value, right: Value, result: Bounds, scope: Scope) -> Value:
    """Write an operation of 64-bit integers, checked where the result may leave the type."""
    null = either(left.null, right.null)
    text = f"({left.text} {SYMBOLS[call.function]} {right.text})"
    allowed = range_of(call.type)
    if fits(result, allowed):
        return Value(INT, text, null)
    if not fits(result, INT64):
        a, b = scope.writer.assign("left", left.text), scope.writer.assign("right", right.text)
        test = f"{OVERFLOWS[call.function]}({a}, {b})"
        scope.fail(present(test, null), overflow_site(call), a, b)
        text = f"({a} {SYMBOLS[call.function]} {b})"
        if allowed == INT64:
            return Value(INT, text, null)
    name = scope.writer.assign("total", text)
    test = f"({name} < {allowed.minimum} or {name} > {allowed.maximum})"
    scope.fail(present(test, null), overflow_site(call), left.text, right.text)
    return Value(INT, name, null)


def wide(call: Call, left: Value, right: Value, result: Bounds, scope: Scope) -> Value:
    """Write an operation of 128-bit integers; the error compares magnitudes as floats."""
    null = either(left.null, right.null)
    a, b = as_wide(left), as_wide(right)
    if not fits(result, range_of(call.type)):
        a, b = scope.writer.assign("left", a), scope.writer.assign("right", b)
        estimate = f"(wide_float({a}) {SYMBOLS[call.function]} wide_float({b}))"
        limit = repr(float(10**call.type.precision))
        site = Site(lambda _, __: DataError(f"{call.type} overflow"), call.span)
        scope.fail(present(f"abs({estimate}) >= {limit}", null), site)
    return Value(WIDE, f"wide_{call.function}({a}, {b})", null)


def divide(call: Call, left: Value, right: Value, scope: Scope) -> Value:
    """Write a division or a remainder; both truncate toward zero for integers."""
    null = either(left.null, right.null)
    kinds = (left.kind, right.kind)
    if call.type.is_float:
        a, b = (as_float(v, x.type) for v, x in zip((left, right), call.arguments, strict=True))
        b = scope.writer.assign("divisor", b)
        scope.fail(present(f"{b} == 0.0", null), zero_site(call))
        return _float(call, f"({a} / {b})", null, scope)
    if WIDE in kinds:
        b = scope.writer.assign("divisor", as_wide(right))
        scope.fail(present(f"wide_equal({b}, wide(0))", null), zero_site(call))
        safe = b if null is None else f"(wide(1) if wide_equal({b}, wide(0)) else {b})"
        word = "wide_quotient" if call.function == "divide" else "wide_remainder"
        return Value(WIDE, f"{word}({as_wide(left)}, {safe})", null)
    b = scope.writer.assign("divisor", right.text)
    divisor = scope.bounds(call.arguments[1])
    if divisor.minimum <= 0 <= divisor.maximum:
        scope.fail(present(f"{b} == 0", null), zero_site(call))
    return quotient(call, left, b, null, scope)


def quotient(call: Call, left: Value, b: str, null: str | None, scope: Scope) -> Value:
    """Write a 64-bit quotient or remainder whose divisor is not zero (or whose result is NULL)."""
    word = "quotient" if call.function == "divide" else "remainder"
    dividend, divisor = (scope.bounds(a) for a in call.arguments)
    least = range_of(call.type).minimum
    if divisor.minimum <= -1 <= divisor.maximum and dividend.minimum <= least:
        a = scope.writer.assign("dividend", left.text)
        if word == "remainder":
            return Value(INT, f"(0 if {b} == -1 else remainder({a}, {b}))", null)
        test = f"({a} == {least} and {b} == -1)"
        scope.fail(present(test, null), overflow_site(call), a, b)
        return Value(INT, f"quotient({a}, {b})", null)
    return Value(INT, f"{word}({left.text}, {b})", null)


def negate(call: Call, value: Value, scope: Scope) -> Value:
    """Write -value."""
    if value.kind is FLOAT:
        return Value(FLOAT, f"(-{value.text})", value.null)
    if value.kind is WIDE:
        return Value(WIDE, f"wide_negate({value.text})", value.null)
    least = range_of(call.type).minimum
    if call.type.kind is not Kind.DECIMAL and scope.bounds(call.arguments[0]).minimum <= least:
        name = scope.writer.assign("operand", value.text)
        site = Site(
            lambda first, _: DataError(f"{call.type} overflow: -({first}) is out of range"),
            call.span,
        )
        scope.fail(present(f"{name} == {least}", value.null), site, name)
        return Value(INT, f"(-{name})", value.null)
    return Value(INT, f"(-{value.text})", value.null)


def zero_site(call: Expression) -> Site:
    """Return the failure of a division by zero."""
    return Site(lambda _, __: DataError("division by zero"), call.span)


def present(condition: str, null: str | None) -> str:
    """Return the text of: `condition` holds and the value is not NULL."""
    return condition if null is None else f"({condition} and {negation(null)})"
