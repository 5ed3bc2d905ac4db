"""Arithmetic as Python means it: what a 64-bit integer cannot hold stops the function."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from gpudb.compiler.builtins import find_join
from gpudb.compiler.language import ValueType
from gpudb.compiler.subset.emit import BOOL, FLOAT, INT, Term

if TYPE_CHECKING:
    from gpudb.compiler.subset.values import Values

OVERFLOW = "the integer does not fit 64 bits"
BY_ZERO = "division by zero"
LEAST = "(-9223372036854775807 - 1)"
MOST_POWER = 62

# Python's // and % of floats, as CPython computes them.
FLOAT_LIBRARY = {
    "_float_modulo": """\
def _float_modulo(a, b):
    rest = fmod(a, b)
    if rest != 0.0:
        if (b < 0.0) != (rest < 0.0):
            rest = rest + b
    else:
        rest = -0.0 if b < 0.0 else 0.0
    return rest
""",
    "_float_quotient": """\
def _float_quotient(a, b):
    rest = fmod(a, b)
    whole = (a - rest) / b
    if rest != 0.0 and (b < 0.0) != (rest < 0.0):
        whole = whole - 1.0
    lower = floor(whole)
    return lower + 1.0 if whole - lower > 0.5 else lower
""",
}


def joined(values: Values, node: ast.AST, left: Term, right: Term) -> ValueType:
    """Return the type of both; two bools count as integers, as in Python."""
    found = find_join(left.type, right.type)
    assert found is not None, "there are only three types"
    return INT if found is BOOL else found


def as_type(value: Term, wanted: ValueType) -> Term:
    """Return `value` widened to a type."""
    if value.type is wanted:
        return value
    if wanted is FLOAT and value.text.isdigit():
        return Term(f"{value.text}.0", FLOAT)
    name = {INT: "int", FLOAT: "float", BOOL: "bool"}[wanted]
    return Term(f"{name}({value.text})", wanted)


def _checked(sign: str, overflow: str) -> Callable[[Values, ast.AST, Term, Term], Term]:
    def write(values: Values, node: ast.AST, left: Term, right: Term) -> Term:
        kind = joined(values, node, left, right)
        if kind is FLOAT:
            return Term(f"({left.text} {sign} {right.text})", FLOAT)
        left, right = values.hold(as_type(left, INT)), values.hold(as_type(right, INT))
        values.stop(f"{overflow}({left.text}, {right.text})", node, OVERFLOW)
        return Term(f"({left.text} {sign} {right.text})", INT)

    return write


def stop_at_zero(values: Values, node: ast.AST, divisor: Term) -> None:
    """Write: stop where a divisor is zero, unless it is a constant that is not."""
    is_constant = divisor.text.replace(".", "").isdigit()
    if not is_constant or not float(divisor.text):
        zero = "0.0" if divisor.type is FLOAT else "0"
        values.stop(f"{divisor.text} == {zero}", node, BY_ZERO)


def _divide(values: Values, node: ast.AST, left: Term, right: Term) -> Term:
    right = values.hold(as_type(right, FLOAT))
    stop_at_zero(values, node, right)
    return Term(f"({as_type(left, FLOAT).text} / {right.text})", FLOAT)


def _floor_divide(values: Values, node: ast.AST, left: Term, right: Term) -> Term:
    kind = joined(values, node, left, right)
    left, right = values.hold(as_type(left, kind)), values.hold(as_type(right, kind))
    if kind is FLOAT:
        stop_at_zero(values, node, right)
        values.use_library("_float_quotient")
        return Term(f"_float_quotient({left.text}, {right.text})", FLOAT)
    stop_at_zero(values, node, right)
    if not right.text.isdigit():
        values.stop(f"{left.text} == {LEAST} and {right.text} == -1", node, OVERFLOW)
    return Term(f"({left.text} // {right.text})", INT)


def _modulo(values: Values, node: ast.AST, left: Term, right: Term) -> Term:
    kind = joined(values, node, left, right)
    left, right = values.hold(as_type(left, kind)), values.hold(as_type(right, kind))
    if kind is FLOAT:
        stop_at_zero(values, node, right)
        values.use_library("_float_modulo")
        return Term(f"_float_modulo({left.text}, {right.text})", FLOAT)
    stop_at_zero(values, node, right)
    return Term(f"({left.text} % {right.text})", INT)


def power(values: Values, node: ast.AST, left: Term, right: Term) -> Term:
    """Write `left ** right`: integers to a constant power, or floats."""
    if joined(values, node, left, right) is INT:
        return _integer_power(values, node, as_type(left, INT), right)
    left, right = values.hold(as_type(left, FLOAT)), values.hold(as_type(right, FLOAT))
    values.stop(f"{left.text} == 0.0 and {right.text} < 0.0", node, BY_ZERO)
    fraction = f"{left.text} < 0.0 and {right.text} != floor({right.text})"
    values.stop(fraction, node, "a negative number to a power with a fraction")
    result = values.hold(Term(f"pow({left.text}, {right.text})", FLOAT))
    values.stop_beyond(result, (left, right), node)
    return result


def _integer_power(values: Values, node: ast.AST, base: Term, exponent: Term) -> Term:
    if not exponent.text.isdigit() or int(exponent.text) > MOST_POWER:
        message = f"an integer takes a constant from 0 to {MOST_POWER} as its power; float(x) any"
        raise values.error(node, message)
    result = Term("1", INT)
    base = values.hold(base)
    for _ in range(int(exponent.text)):
        if result.text == "1":
            result = base
            continue
        values.stop(f"multiply_overflows({result.text}, {base.text})", node, OVERFLOW)
        result = values.hold(Term(f"({result.text} * {base.text})", INT))
    return result


def _shift_left(values: Values, node: ast.AST, left: Term, right: Term) -> Term:
    left, right = _integers(values, node, left, right)
    values.stop(f"{right.text} < 0", node, "negative shift count")
    values.stop(f"{right.text} > 63 and {left.text} != 0", node, OVERFLOW)
    result = values.hold(Term(f"({left.text} << {right.text})", INT))
    values.stop(f"({result.text} >> {right.text}) != {left.text}", node, OVERFLOW)
    return result


def _shift_right(values: Values, node: ast.AST, left: Term, right: Term) -> Term:
    left, right = _integers(values, node, left, right)
    values.stop(f"{right.text} < 0", node, "negative shift count")
    return Term(f"({left.text} >> min({right.text}, 63))", INT)


def _integers(values: Values, node: ast.AST, left: Term, right: Term) -> tuple[Term, Term]:
    if FLOAT in (left.type, right.type):
        raise values.error(node, "this operator takes integers, and one of the two is a float")
    return values.hold(as_type(left, INT)), values.hold(as_type(right, INT))


def _bits(sign: str) -> Callable[[Values, ast.AST, Term, Term], Term]:
    def write(values: Values, node: ast.AST, left: Term, right: Term) -> Term:
        if left.type is right.type is BOOL:
            return Term(f"({left.text} {sign} {right.text})", BOOL)
        left, right = _integers(values, node, left, right)
        return Term(f"({left.text} {sign} {right.text})", INT)

    return write


BINARY: dict[type[ast.operator], Callable[[Values, ast.AST, Term, Term], Term]] = {
    ast.Add: _checked("+", "add_overflows"),
    ast.Sub: _checked("-", "subtract_overflows"),
    ast.Mult: _checked("*", "multiply_overflows"),
    ast.Div: _divide,
    ast.FloorDiv: _floor_divide,
    ast.Mod: _modulo,
    ast.Pow: power,
    ast.LShift: _shift_left,
    ast.RShift: _shift_right,
    ast.BitAnd: _bits("&"),
    ast.BitOr: _bits("|"),
    ast.BitXor: _bits("^"),
}


def unary(values: Values, node: ast.UnaryOp, operand: Term) -> Term:
    """Write -x, +x, ~x or not x."""
    if isinstance(node.op, ast.Not):
        return Term(f"(not {truth(operand).text})", BOOL)
    if isinstance(node.op, ast.Invert):
        if operand.type is FLOAT:
            raise values.error(node, "~ takes an integer, not a float")
        return Term(f"(~{as_type(operand, INT).text})", INT)
    if operand.type is BOOL:
        operand = as_type(operand, INT)
    if isinstance(node.op, ast.UAdd):
        return operand
    if operand.type is INT and not operand.text.isdigit():
        operand = values.hold(operand)
        values.stop(f"subtract_overflows(0, {operand.text})", node, OVERFLOW)
    return Term(f"(-{operand.text})", operand.type)


def truth(value: Term) -> Term:
    """Return whether a value counts as true."""
    if value.type is BOOL:
        return value
    return Term(f"({value.text} != {'0' if value.type is INT else '0.0'})", BOOL)
