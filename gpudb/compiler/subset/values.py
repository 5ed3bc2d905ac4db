"""Expressions of a user's function -> text of the kernel language.

What may stop the function, or must not be evaluated (the right side of `and`), becomes lines before
the text; the text itself is then safe to evaluate wherever it stands.
"""

from __future__ import annotations

import ast
import math
import types
from collections.abc import Callable, Sequence
from typing import Protocol

from gpudb.compiler.language import ValueType
from gpudb.compiler.subset.calls import INFINITY, NAN, write_call
from gpudb.compiler.subset.emit import BOOL, FLOAT, INT, ZEROS, Lines, SubsetError, Term
from gpudb.compiler.subset.operators import BINARY, LEAST, as_type, joined, truth, unary
from gpudb.compiler.subset.source import FunctionSource

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


class Callee(Protocol):
    """A translated function, as one that calls it sees it."""

    name: str
    result: ValueType
    may_stop: bool


class Surroundings(Protocol):
    """What an expression needs of the translation around it."""

    may_be_null: bool

    def function(
        self, function: types.FunctionType, kinds: tuple[ValueType, ...], where: SubsetError
    ) -> Callee:
        """Return another function for arguments of `kinds`; raise `where` if it is open."""
        ...

    def stop(self, place: str, message: str) -> int:
        """Return the number of a place where a function stops."""
        ...

    def use_library(self, name: str) -> None:
        """Make a function of FLOAT_LIBRARY callable."""
        ...


class Values:
    """The expressions of one function."""

    def __init__(self, source: FunctionSource, around: Surroundings) -> None:
        self.source, self.around = source, around
        self.out = Lines()
        self.kinds: dict[str, ValueType] = {}
        self.texts: dict[str, str] = {}
        self.may_stop = False

    def error(self, node: ast.AST, message: str) -> SubsetError:
        """Return the error that places `message` at the line of `node`."""
        return self.source.error(node, message)

    def hold(self, value: Term) -> Term:
        """Return `value` under a name."""
        return self.out.held(value)

    def use_library(self, name: str) -> None:
        """Make a function of FLOAT_LIBRARY callable."""
        self.around.use_library(name)

    def stop(self, condition: str, node: ast.AST, message: str) -> None:
        """Write: stop where `condition` holds."""
        number = self.around.stop(self.source.place(node), message)
        with self.out.block(f"if {condition}:"):
            self.out.line(f"return wide_of({number}, 0)")
        self.may_stop = True

    def stop_beyond(self, result: Term, given: Sequence[Term], node: ast.AST) -> None:
        """Write: stop where finite numbers give an infinite one."""
        finite = " and ".join(f"abs({g.text}) < {INFINITY}" for g in given)
        self.stop(f"abs({result.text}) == {INFINITY} and {finite}", node, "math range error")

    # Names

    def resolve(self, node: ast.expr) -> object:
        """Return the Python object that a name or a module's attribute stands for."""
        match node:
            case ast.Name(id=name):
                if name not in self.source.names:
                    raise self.error(node, f"there is no {name}")
                return self.source.names[name]
            case ast.Attribute(value=inner, attr=name):
                holder = self.resolve(inner)
                if isinstance(holder, types.ModuleType) and hasattr(holder, name):
                    found: object = getattr(holder, name)
                    return found
        raise self.error(node, f"{ast.unparse(node)} is nothing that a kernel knows")

    def _name(self, node: ast.Name | ast.Attribute) -> Term:
        if not isinstance(node, ast.Name) or node.id not in self.texts:
            return self._constant(node, self.resolve(node))
        if node.id not in self.kinds:
            raise self.error(node, f"{node.id} is read before it has a value")
        return Term(self.texts[node.id], self.kinds[node.id])

    def binary(self, node: ast.AST, operator: ast.operator, left: Term, right: Term) -> Term:
        """Write an operator of two values."""
        write = BINARY.get(type(operator))
        if write is None:
            raise self.error(node, "this operator is not one of numbers")
        return write(self, node, left, right)

    def _constant(self, node: ast.AST, value: object) -> Term:
        if isinstance(value, bool):
            return Term(str(value), BOOL)
        if isinstance(value, int):
            if not -(1 << 63) <= value < 1 << 63:
                raise self.error(node, f"{value} does not fit an integer of 64 bits")
            return Term(LEAST if value == -(1 << 63) else str(value), INT)
        if isinstance(value, float):
            if math.isfinite(value):
                return Term(repr(value), FLOAT)
            sign = "-" if value < 0 else ""
            return Term(NAN if math.isnan(value) else f"({sign}{INFINITY})", FLOAT)
        if value is None:
            raise self.error(node, "None may only be returned: no argument is ever NULL here")
        raise self.error(node, f"values of type {type(value).__name__} do not stand in kernels")

    # Expressions

    def value(self, node: ast.expr) -> Term:
        """Write an expression and return its value."""
        match node:
            case ast.Constant(value=value):
                return self._constant(node, value)
            case ast.Name() | ast.Attribute():
                return self._name(node)
            case ast.BinOp(left=left, op=operator, right=right):
                return self.binary(node, operator, self.value(left), self.value(right))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
                return self._constant(node, -value)
            case ast.UnaryOp(operand=operand):
                return unary(self, node, self.value(operand))
            case ast.BoolOp(op=operator, values=parts):
                return self._connect(parts, is_and=isinstance(operator, ast.And))
            case ast.Compare():
                return self._compare(node)
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                return self._choose(node, test, body, otherwise)
            case ast.Call():
                return write_call(self, node)
        raise self.error(node, f"{type(node).__name__} is not in the subset that kernels run")

    def condition(self, node: ast.expr) -> Term:
        """Write an expression and return whether it counts as true."""
        return truth(self.value(node))

    def _connect(self, parts: Sequence[ast.expr], *, is_and: bool) -> Term:
        def operand(part: ast.expr) -> Callable[[], Term]:
            return lambda: self._logical(part)

        return self._connected([operand(part) for part in parts], is_and=is_and)

    def _logical(self, node: ast.expr) -> Term:
        value = self.value(node)
        if value.type is not BOOL:
            raise self.error(node, "`and` and `or` connect conditions; compare the number with 0")
        return value

    def _connected(self, parts: Sequence[Callable[[], Term]], *, is_and: bool) -> Term:
        """Write conditions so that one is evaluated only where those before it leave it open."""
        word = "and" if is_and else "or"
        result = parts[0]()
        for part in parts[1:]:
            with self.out.captured() as lines:
                other = part()
            if not lines:
                result = Term(f"({result.text} {word} {other.text})", BOOL)
                continue
            name = self.out.fresh("holds")
            self.out.line(f"{name} = {result.text}")
            with self.out.block(f"if {name}:" if is_and else f"if not {name}:"):
                self.out.lines += lines
                self.out.line(f"{name} = {other.text}")
            result = Term(name, BOOL)
        return result

    def _compare(self, node: ast.Compare) -> Term:
        match node:
            case ast.Compare(
                ops=[ast.In() | ast.NotIn() as operator],
                comparators=[ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items)],
            ) if items:
                value = self.hold(self.value(node.left))
                parts = [self._later(node, value, ast.Eq(), item) for item in items]
                found = self._connected(parts, is_and=False)
                return found if isinstance(operator, ast.In) else Term(f"(not {found.text})", BOOL)
        if not all(type(operator) in COMPARISONS for operator in node.ops):
            raise self.error(node, "numbers are compared by <, <=, >, >=, ==, != or `in (1, 2)`")
        sides = [node.left, *node.comparators]
        if len(sides) == 2:
            return self._compared(node, self.value(sides[0]), node.ops[0], self.value(sides[1]))
        last = self.hold(self.value(sides[0]))

        def link(place: int) -> Callable[[], Term]:
            def write() -> Term:
                nonlocal last
                before, last = last, self.hold(self.value(sides[place + 1]))
                return self._compared(node, before, node.ops[place], last)

            return write

        return self._connected([link(place) for place in range(len(node.ops))], is_and=True)

    def _later(
        self, node: ast.AST, left: Term, operator: ast.cmpop, right: ast.expr
    ) -> Callable[[], Term]:
        return lambda: self._compared(node, left, operator, self.value(right))

    def _compared(self, node: ast.AST, left: Term, operator: ast.cmpop, right: Term) -> Term:
        kind = joined(self, node, left, right)
        sides = as_type(left, kind), as_type(right, kind)
        return Term(f"({sides[0].text} {COMPARISONS[type(operator)]} {sides[1].text})", BOOL)

    def _choose(self, node: ast.AST, test: ast.expr, body: ast.expr, otherwise: ast.expr) -> Term:
        """Write a conditional expression; only the side that is chosen is evaluated."""
        condition = self.hold(self.condition(test))
        sides = []
        for part in (body, otherwise):
            with self.out.captured() as lines:
                value = self.value(part)
            sides.append((value, lines))
        (first, first_lines), (second, second_lines) = sides
        kind = first.type if first.type is second.type else joined(self, node, first, second)
        first, second = as_type(first, kind), as_type(second, kind)
        if not first_lines and not second_lines:
            return Term(f"({first.text} if {condition.text} else {second.text})", kind)
        name = self.out.fresh("choice")
        self.out.line(f"{name} = {ZEROS[kind]}")
        with self.out.block(f"if {condition.text}:"):
            self.out.lines += first_lines
            self.out.line(f"{name} = {first.text}")
        with self.out.block("else:"):
            self.out.lines += second_lines
            self.out.line(f"{name} = {second.text}")
        return Term(name, kind)

    def call(self, function: types.FunctionType, arguments: Sequence[Term], node: ast.AST) -> Term:
        """Write a call of another function of the user's; where it stops, this one does."""
        kinds = tuple(argument.type for argument in arguments)
        where = self.error(node, f"{function.__name__} calls itself, which no kernel can")
        callee = self.around.function(function, kinds, where)
        given = f"{callee.name}({', '.join(argument.text for argument in arguments)})"
        if not callee.may_stop:
            return Term(given, callee.result)
        name = self.out.fresh("answer")
        self.out.line(f"{name} = {given}")
        with self.out.block(f"if wide_high({name}) != 0:"):
            self.out.line(f"return wide_of(wide_high({name}), 0)")
        self.may_stop = True
        return from_word(f"wide_low({name})", callee.result)


def from_word(word: str, kind: ValueType) -> Term:
    """Return the value that an integer of 64 bits stands for."""
    if kind is FLOAT:
        return Term(f"bits_float({word})", FLOAT)
    return Term(f"({word} != 0)", BOOL) if kind is BOOL else Term(word, INT)


def as_word(value: Term) -> str:
    """Return the text of the integer of 64 bits that stands for a value."""
    if value.type is FLOAT:
        return f"float_bits({value.text})"
    return value.text if value.type is INT else f"int({value.text})"
