"""Comparisons, three-valued logic and CASE as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gpudb.kernels import library, text
from gpudb.kernels.arithmetic import as_wide
from gpudb.kernels.lists import list_domain
from gpudb.kernels.origins import SAME, OfLiteral
from gpudb.kernels.scope import Scope
from gpudb.kernels.sorting import float_order
from gpudb.kernels.values import BOOL, FLOAT, INT, WIDE, Value, boolean, either, negation
from gpudb.records import replace
from gpudb.sql.expr import Call, Expression, InList, Literal
from gpudb.storage.types import Kind, SqlType

Write = Callable[[Expression, Scope], Value]
# Longer lists are searched instead of compared value by value.
MOST_COMPARED = 16
SYMBOLS = {
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}
WIDE_ORDER = {
    "equal": "wide_equal({a}, {b})",
    "not_equal": "(not wide_equal({a}, {b}))",
    "less": "wide_less({a}, {b})",
    "less_equal": "(not wide_less({b}, {a}))",
    "greater": "wide_less({b}, {a})",
    "greater_equal": "(not wide_less({a}, {b}))",
}


def compare(call: Call, left: Value, right: Value, scope: Scope) -> Value:
    """Write left = <> < <= > >= right; arguments have one type."""
    null = either(left.is_null, right.is_null)
    if call.arguments[0].type.is_text:
        return text.compare(call, left, right, scope)
    if WIDE in (left.kind, right.kind):
        a, b = as_wide(left), as_wide(right)
        return boolean(WIDE_ORDER[call.function].format(a=a, b=b), null)
    if left.kind is FLOAT:
        return boolean(_compare_floats(call.function, left.text, right.text), null)
    a, b = (f"int({v.text})" if v.kind is BOOL else v.text for v in (left, right))
    return boolean(f"({a} {SYMBOLS[call.function]} {b})", null)


def _compare_floats(function: str, a: str, b: str) -> str:
    """Return a comparison in which.

    As in PostgreSQL, NaN equals itself and is the greatest value.
    """
    match function:
        case "equal":
            return f"({a} == {b} or (isnan({a}) and isnan({b})))"
        case "not_equal":
            return f"(not ({a} == {b} or (isnan({a}) and isnan({b}))))"
        case "less":
            return f"({a} < {b} or (isnan({b}) and not isnan({a})))"
        case "less_equal":
            return f"({a} <= {b} or isnan({b}))"
        case "greater":
            return _compare_floats("less", b, a)
    return _compare_floats("less_equal", b, a)


def negate(value: Value) -> Value:
    """Write NOT value."""
    return Value(BOOL, value.is_false, value.null, None if value.is_null is None else value.text)


def connect(call: Call, scope: Scope, write: Write) -> Value:
    """Write AND or OR; an operand that may fail runs only where those before leave it open."""
    before: list[Value] = []
    held: Value | None = None
    for operand in call.arguments:
        known = scope.known()
        with scope.writer.captured() as lines:
            value = write(operand, scope)
        if before and any(line.lstrip().startswith("return ") for line in lines):
            scope.forget_since(known)
            if held is None or before != [held]:
                held = _held(_join(call.function, before), scope)
            _short_circuit(call.function, held, value, lines, scope)
            before = [held]
            continue
        scope.writer.lines.extend(line[4:] for line in lines)
        before.append(value)
    return _join(call.function, before)


def _held(value: Value, scope: Scope) -> Value:
    """Give names to what is true and what is false so far, which later operands change."""
    true, false = scope.writer.name("is_true"), scope.writer.name("is_false")
    scope.writer.line(f"{true} = {value.is_true}")
    scope.writer.line(f"{false} = {value.is_false}")
    return Value(BOOL, true, None, false)


def _short_circuit(
    function: str, held: Value, value: Value, lines: Sequence[str], scope: Scope
) -> None:
    """Write `lines` and what `value` makes of what is `held`, where that leaves it open."""
    writer, true, false = scope.writer, value.is_true, value.is_false
    with writer.block(f"if not {held.is_false if function == 'and' else held.is_true}:"):
        writer.lines.extend(lines)
        if function == "and":
            true = f"({held.is_true} and {true})"
        else:
            false = f"({held.is_false} and {false})"
        writer.line(f"{held.is_true} = {true}")
        writer.line(f"{held.is_false} = {false}")


def _join(function: str, parts: Sequence[Value]) -> Value:
    all_, any_ = (" and ", " or ") if function == "and" else (" or ", " and ")
    true = f"({all_.join(p.is_true for p in parts)})"
    if all(p.is_null is None for p in parts):
        return Value(BOOL, true)
    return Value(BOOL, true, None, f"({any_.join(p.is_false for p in parts)})")


def null_test(call: Call, values: Sequence[Value], scope: Scope) -> Value:
    """Write IS [NOT] NULL and IS [NOT] DISTINCT FROM."""
    if call.function == "is_null":
        return Value(BOOL, values[0].is_null or "False")
    if call.function == "is_not_null":
        null = values[0].is_null
        return Value(BOOL, "True" if null is None else negation(null))
    return distinct(call, values, scope)


def distinct(call: Call, values: Sequence[Value], scope: Scope) -> Value:
    """Write IS [NOT] DISTINCT FROM, which is never NULL."""
    equal = Call(function="equal", arguments=call.arguments, type=call.type, nullable=call.nullable)
    left, right = values
    same = compare(equal, left, right, scope).is_true
    nulls = (left.is_null or "False", right.is_null or "False")
    if nulls != ("False", "False"):
        same = f"({same} or ({nulls[0]} and {nulls[1]}))"
    return Value(BOOL, same if call.function == "is_not_distinct_from" else negation(same))


def in_list(node: InList, value: Value, scope: Scope) -> Value:
    """Write argument IN (literals): comparisons where they are few, a table by code for TEXT."""
    if node.argument.type.is_text:
        wanted = [str(v.value) for v in node.values]
        return text.predicate(value, ("in", tuple(wanted)), text.is_in(wanted), scope)
    name = scope.writer.assign(
        "operand", f"int({value.text})" if value.kind is BOOL else value.text
    )
    operand = Value(value.kind if value.kind is not BOOL else INT, name, value.is_null)
    is_long = len(node.values) > MOST_COMPARED and operand.kind is not WIDE
    if is_long and all(isinstance(v.value, int | float) and _fits(v) for v in node.values):
        return _search(node, operand, scope)
    tests = [_equal_literal(operand, literal, scope) for literal in node.values]
    return boolean(f"({' or '.join(tests)})", operand.null)


def _fits(literal: Literal) -> bool:
    value = literal.value
    return not isinstance(value, int) or -(1 << 63) <= value < 1 << 63


def _search(node: InList, operand: Value, scope: Scope) -> Value:
    """Write a binary search in the sorted list, which is one parameter however long it is."""
    values = np.array([literal.value for literal in node.values])
    text_ = operand.text
    if operand.kind is FLOAT:
        values = float_order(values.astype(np.float64))
        text_ = f"{scope.writer.use(library.float_order, library.float_word)}({text_})"
    listed = np.unique(values.astype(np.int64))
    name, count = scope.writer.constant("listed", listed, SAME), len(listed)
    search = scope.writer.use(library.contains)
    found = f"{search}({name}, {scope.writer.constant('listed_count', count)}, {text_})"
    return boolean(found, operand.null)


def _equal_literal(value: Value, literal: Literal, scope: Scope) -> str:
    other = literal_value(literal, scope)
    if WIDE in (value.kind, other.kind):
        return f"wide_equal({as_wide(value)}, {as_wide(other)})"
    if value.kind is FLOAT:
        return _compare_floats("equal", value.text, other.text)
    return f"{value.text} == {other.text}"


def literal_value(literal: Literal, scope: Scope) -> Value:
    """Write a constant as a parameter, so that another constant reuses the kernel."""
    value, type = literal.value, literal.type
    if value is None:
        return null_value(type)
    if isinstance(value, str):
        found = text.literal(value)
        return replace(found, domain=list_domain(text.domain_of(found), type))
    if type.is_float:
        number = scope.writer.constant("number", float(value), OfLiteral(literal))
        return Value(FLOAT, number)
    if isinstance(value, bool):
        return Value(BOOL, scope.writer.constant("flag", value))
    if not -(1 << 63) <= value < 1 << 63:
        high = scope.writer.constant("number_high", int(value) >> 64)
        low = int(value) & ((1 << 64) - 1)
        low_word = scope.writer.constant("number_low", low - (1 << 64) if low >> 63 else low)
        return Value(WIDE, f"wide_of({high}, {low_word})")
    return Value(INT, scope.writer.constant("number", int(value), OfLiteral(literal)))


def null_value(type: SqlType) -> Value:
    """Return NULL of `type`."""
    if type.is_text:
        return text.null()
    if type.is_float:
        return Value(FLOAT, "0.0", "True")
    if type.kind is Kind.BOOLEAN:
        return Value(BOOL, "False", "True", "False")
    return Value(INT, "0", "True")
