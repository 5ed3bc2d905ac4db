"""Typed functions -> plain Python, for the back ends that run Python: `reference` and `numba`.

What a back end means by an operation is a pattern in its table, such as "wrap({0} + {1})". The
functions that the patterns call are in the namespace that the text runs in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from gpudb.compiler.tree import (
    Assign,
    Break,
    Buffer,
    Call,
    Constant,
    Continue,
    Evaluate,
    Expression,
    For,
    Function,
    If,
    Load,
    Local,
    Operation,
    Return,
    Statement,
    Store,
    Take,
    While,
)


def write_functions(functions: Sequence[Function], operations: Mapping[str, str]) -> str:
    """Return the Python text of checked functions; each is named by its unique name."""
    return "\n\n".join(_Writer(operations).function(function) for function in functions)


class _Writer:
    """Writes one function."""

    def __init__(self, operations: Mapping[str, str]) -> None:
        self.operations = operations
        self.lines: list[str] = []
        self.depth = 1

    def function(self, function: Function) -> str:
        parameters = ", ".join(name for name, _ in function.parameters)
        self.block(function.body)
        return "\n".join([f"def {function.name}({parameters}):", *self.lines])

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    # Expressions

    def value(self, node: Expression | Buffer) -> str:
        match node:
            case Constant():
                return self.constant(node)
            case Local(name=name) | Buffer(name=name):
                return name
            case Operation(name=name, operands=operands):
                return self.operations[name].format(*map(self.value, operands))
            case Load(pointer=pointer, element=element, index=index):
                return f"load_{element}({pointer}, {self.value(index)})"
            case Call(function=function, arguments=arguments):
                return f"{function.name}({', '.join(map(self.value, arguments))})"
        assert_never(node)

    def constant(self, node: Constant) -> str:
        """Return a literal by the pattern of its type: inf and wides have no literal in Python."""
        name = f"constant_{node.type.value}"
        return self.operations[name].format(node.value)

    # Statements

    def block(self, body: Sequence[Statement]) -> None:
        for statement in body:
            self.statement(statement)
        if not body:
            self.line("pass")

    def inside(self, head: str, body: Sequence[Statement]) -> None:
        self.line(head)
        self.depth += 1
        self.block(body)
        self.depth -= 1

    def statement(self, node: Statement) -> None:
        match node:
            case Assign(name=name, value=value):
                self.line(f"{name} = {self.value(value)}")
            case Take(name=name, element=element, table=table, index=index):
                self.line(f"{name} = {element}_column({table}, {self.value(index)})")
            case Store(pointer=pointer, element=element, index=index, value=value):
                self.line(f"store_{element}({pointer}, {self.value(value)}, {self.value(index)})")
            case Evaluate(value=value):
                self.line(self.value(value))
            case If(test=test, body=body, otherwise=otherwise):
                self.inside(f"if {self.value(test)}:", body)
                if otherwise:
                    self.inside("else:", otherwise)
            case While(test=test, body=body):
                self.inside(f"while {self.value(test)}:", body)
            case For(name=name, first=first, end=end, step=step, body=body):
                bounds = ", ".join(map(self.value, (first, end, step)))
                self.inside(f"for {name} in counted({bounds}):", body)
            case Break():
                self.line("break")
            case Continue():
                self.line("continue")
            case Return(value=value):
                self.line(f"return {self.value(value)}" if value is not None else "return")
