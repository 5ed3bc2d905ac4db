"""Typing of expressions: `ast` -> nodes of `tree`, for the function being checked."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import TYPE_CHECKING

from gpudb.compiler.builtins import BUILTINS, find_join, find_overload
from gpudb.compiler.language import ValueType
from gpudb.compiler.tree import Buffer, Call, Constant, Expression, Load, Local, Operation

if TYPE_CHECKING:
    from gpudb.compiler.check import FunctionChecker

BOOL, INT, FLOAT, WIDE = ValueType.BOOL, ValueType.INT, ValueType.FLOAT, ValueType.WIDE

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
}
_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "negate", ast.Invert: "~", ast.Not: "not"}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_CASTS = {"int": INT, "float": FLOAT, "bool": BOOL, "wide": WIDE}
_VARIADIC = ("min", "max")
MOST_IN_A_ROW = 32


def expression(checker: FunctionChecker, node: ast.expr) -> Expression | Buffer:
    """Type any expression, a pointer's name and a call that returns nothing included."""
    visit = _EXPRESSIONS.get(type(node))
    if visit is None:
        raise checker.error(node, f"{ast.unparse(node)} is not in the kernel language")
    return visit(checker, node)


def value(checker: FunctionChecker, node: ast.expr) -> Expression:
    """Type an expression that must have a value."""
    typed = expression(checker, node)
    if isinstance(typed, Buffer):
        raise checker.error(node, f"{typed.name} is a pointer, not a value")
    type_of(checker, node, typed)
    return typed


def type_of(checker: FunctionChecker, node: ast.AST, typed: Expression) -> ValueType:
    """Return the type of a value; refuses a call that returns nothing."""
    if typed.type is None:
        raise checker.error(node, "this call returns nothing")
    return typed.type


def truth(checker: FunctionChecker, node: ast.expr) -> Expression:
    """Type a condition: an int or a float is true where it is not zero."""
    return _to_bool(checker, node, value(checker, node))


def _to_bool(checker: FunctionChecker, node: ast.AST, typed: Expression) -> Expression:
    if typed.type is BOOL:
        return typed
    if typed.type is INT:
        return Operation(BOOL, "int_to_bool", (typed,))
    if typed.type is FLOAT:
        return Operation(BOOL, "float_to_bool", (typed,))
    raise checker.error(node, "a wide is not a condition")


def convert(typed: Expression, wanted: ValueType) -> Expression:
    """Return `typed` widened to `wanted`, which must be legal."""
    if typed.type is wanted:
        return typed
    if isinstance(typed, Constant):
        return Constant(wanted, float(typed.value) if wanted is FLOAT else int(typed.value))
    if typed.type is BOOL:
        return convert(Operation(INT, "bool_to_int", (typed,)), wanted)
    return Operation(wanted, f"int_to_{wanted.value}", (typed,))


def expect(
    checker: FunctionChecker, node: ast.AST, typed: Expression, wanted: ValueType
) -> Expression:
    """Return `typed` widened to `wanted`; refuses what would narrow."""
    given = type_of(checker, node, typed)
    if find_join(given, wanted) is not wanted:
        raise checker.error(node, f"{given.value} does not stand for {wanted.value}; convert it")
    return convert(typed, wanted)


def operation(
    checker: FunctionChecker, node: ast.AST, name: str, *operands: Expression
) -> Expression:
    """Return the builtin `name` applied to `operands`."""
    given = tuple(type_of(checker, node, operand) for operand in operands)
    overload = find_overload(name, given)
    if overload is None:
        shown = ", ".join(kind.value for kind in given)
        raise checker.error(node, f"{name} does not take ({shown})")
    converted = tuple(map(convert, operands, overload.operands))
    return Operation(overload.result, overload.operation, converted)


def binary(
    checker: FunctionChecker, node: ast.AST, op: ast.operator, left: Expression, right: Expression
) -> Expression:
    """Return `left op right`."""
    if type(op) not in _BINARY:
        raise checker.error(node, "this operator is not in the kernel language")
    return operation(checker, node, _BINARY[type(op)], left, right)


def place(checker: FunctionChecker, node: ast.Subscript) -> tuple[Buffer, Expression]:
    """Return the pointer and the index of `pointer[index]`."""
    base = expression(checker, node.value)
    if not isinstance(base, Buffer):
        raise checker.error(node, f"{ast.unparse(node.value)} is not a pointer")
    return base, expect(checker, node, value(checker, node.slice), INT)


def constant(
    checker: FunctionChecker, node: ast.AST, given: int | float | bool | object
) -> Constant:
    """Return a literal; an int of 64 bits without sign is read as its two's complement."""
    if isinstance(given, bool):
        return Constant(BOOL, given)
    if isinstance(given, float):
        return Constant(FLOAT, given)
    if not isinstance(given, int):
        raise checker.error(node, f"{given!r} is not in the kernel language")
    if not -(2**63) <= given < 2**64:
        raise checker.error(node, f"{given} has more than 64 bits")
    return Constant(INT, given - 2**64 if given >= 2**63 else given)


def _constant(checker: FunctionChecker, node: ast.Constant) -> Expression:
    return constant(checker, node, node.value)


def _name(checker: FunctionChecker, node: ast.Name) -> Expression | Buffer:
    return checker.read(node)


def _binary(checker: FunctionChecker, node: ast.BinOp) -> Expression:
    left = value(checker, node.left)
    return binary(checker, node, node.op, left, value(checker, node.right))


def _unary(checker: FunctionChecker, node: ast.UnaryOp) -> Expression:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            return constant(checker, node, -number)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=float() as number)):
            return Constant(FLOAT, -number)
        case ast.UnaryOp(op=ast.UAdd()):
            raise checker.error(node, "unary + is not in the kernel language")
    operand = value(checker, node.operand)
    if isinstance(node.op, ast.Not):
        operand = _to_bool(checker, node, operand)
    return operation(checker, node, _UNARY[type(node.op)], operand)


def _bool(checker: FunctionChecker, node: ast.BoolOp) -> Expression:
    name = "&" if isinstance(node.op, ast.And) else "|"
    return _in_halves(checker, node, name, [truth(checker, each) for each in node.values])


def _in_halves(
    checker: FunctionChecker, node: ast.AST, name: str, operands: Sequence[Expression]
) -> Expression:
    """Join operands one by one where they are few, else by halves: a deep tree is not walked."""
    if len(operands) <= MOST_IN_A_ROW:
        return reduce(partial(operation, checker, node, name), operands)
    half = len(operands) // 2
    left, right = (_in_halves(checker, node, name, o) for o in (operands[:half], operands[half:]))
    return operation(checker, node, name, left, right)


def _compare(checker: FunctionChecker, node: ast.Compare) -> Expression:
    left, joined = value(checker, node.left), None
    for index, (op, other) in enumerate(zip(node.ops, node.comparators, strict=True)):
        right = value(checker, other)
        if type(op) not in _COMPARE:
            raise checker.error(node, "this comparison is not in the kernel language")
        if index < len(node.ops) - 1 and not isinstance(right, Constant | Local):
            raise checker.error(node, "the middle of a chain of comparisons is a name or a number")
        found = operation(checker, node, _COMPARE[type(op)], left, right)
        joined = found if joined is None else operation(checker, node, "&", joined, found)
        left = right
    assert joined is not None
    return joined


def _select(checker: FunctionChecker, node: ast.IfExp) -> Expression:
    test = truth(checker, node.test)
    then, otherwise = value(checker, node.body), value(checker, node.orelse)
    kind = find_join(type_of(checker, node, then), type_of(checker, node, otherwise))
    if kind is None:
        raise checker.error(node, "float and wide do not join")
    operands = (test, convert(then, kind), convert(otherwise, kind))
    return Operation(kind, f"select_{kind.value}", operands)


def _load(checker: FunctionChecker, node: ast.Subscript) -> Expression:
    pointer, index = place(checker, node)
    return Load(pointer.name, pointer.type.element, index)


def _call(checker: FunctionChecker, node: ast.Call) -> Expression:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise checker.error(node, f"{ast.unparse(node)} is not in the kernel language")
    name = node.func.id
    arguments = [expression(checker, argument) for argument in node.args]
    if name in checker.program.words.replacements:
        return _replaced(checker, node, name, [_no_buffer(checker, node, a) for a in arguments])
    if name in BUILTINS or name in _CASTS:
        return _builtin(checker, node, name, [_no_buffer(checker, node, a) for a in arguments])
    types = tuple(a.type if isinstance(a, Buffer) else type_of(checker, node, a) for a in arguments)
    function = checker.program.function(name, types, checker.source, node)
    return Call(function.result, function, tuple(arguments))


def _no_buffer(checker: FunctionChecker, node: ast.Call, given: Expression | Buffer) -> Expression:
    if isinstance(given, Buffer):
        raise checker.error(node, f"{given.name} is a pointer, not a value")
    return given


def _replaced(
    checker: FunctionChecker, node: ast.Call, name: str, arguments: list[Expression]
) -> Expression:
    """Return a builtin that the device has as a function of its library."""
    typed = operation(checker, node, name, *arguments)
    assert isinstance(typed, Operation)
    types = tuple(type_of(checker, node, operand) for operand in typed.operands)
    called = checker.program.words.replacements[name]
    function = checker.program.function(called, types, checker.source, node)
    return Call(function.result, function, typed.operands)


def _builtin(
    checker: FunctionChecker, node: ast.Call, name: str, arguments: list[Expression]
) -> Expression:
    if name in _CASTS:
        if len(arguments) != 1:
            raise checker.error(node, f"{name} takes one argument")
        return _cast(checker, node, arguments[0], _CASTS[name])
    if name in _VARIADIC and len(arguments) > 2:
        first = operation(checker, node, name, *arguments[:2])
        return _builtin(checker, node, name, [first, *arguments[2:]])
    return operation(checker, node, name, *arguments)


def _cast(
    checker: FunctionChecker, node: ast.Call, typed: Expression, wanted: ValueType
) -> Expression:
    given = type_of(checker, node, typed)
    if wanted is BOOL:
        return _to_bool(checker, node, typed)
    if wanted is INT and given is FLOAT:
        return Operation(INT, "float_to_int", (typed,))
    return expect(checker, node, typed, wanted)


_EXPRESSIONS: dict[type[ast.expr], Callable[..., Expression | Buffer]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _bool,
    ast.Compare: _compare,
    ast.IfExp: _select,
    ast.Subscript: _load,
    ast.Call: _call,
}
