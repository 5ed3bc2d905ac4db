"""Whether a loop may become SIMD: only if its stores are at places that grow evenly, row by row.

It may be left early if it can be computed before at which row. What is said here is certain where
it says no; LLVM then need not look for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gpudb.compiler.tree import (
    Assign,
    Break,
    Buffer,
    Call,
    Constant,
    Continue,
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
    While,
    calls_of,
    nodes_of,
    statements_of,
    values_of,
)

# What these make of numbers that grow evenly from row to row may grow evenly, too.
_EVEN = frozenset(("int_add", "int_subtract", "int_negate", "int_multiply", "shift_left"))


def may_have_lanes(functions: Sequence[Function]) -> bool:
    """Whether a loop among the functions' may become SIMD: those that certainly cannot are out."""
    return any(is_for_lanes(loop) for f in functions for loop in _inner_loops(f.body))


def _inner_loops(body: Sequence[Statement]) -> Iterator[For]:
    """Yield the counted loops without loops in them."""
    for node in statements_of(body):
        if isinstance(node, For) and not _has_loop(node.body):
            yield node


def _has_loop(body: Sequence[Statement]) -> bool:
    return any(isinstance(node, For | While) for node in statements_of(body))


def is_for_lanes(loop: For) -> bool:
    """Whether a loop without loops in it may become SIMD."""
    statements = list(statements_of(loop.body))
    calls = [c for each in statements for value in values_of(each) for c in calls_of(value)]
    if any(_has_loop(call.function.body) for call in calls):
        return False
    growth, exits = _Growth(loop), list(_exits(loop.body))
    stored = [each.index for each in statements if isinstance(each, Store)]
    # Behind a test of room it is not worth it to gather what stands here and there.
    read = [n.index for n in nodes_of(loop) if isinstance(n, Load)] if exits else []
    return (
        all(map(growth.is_countable, exits))
        and all(map(growth.is_even, (*stored, *read)))
        and all(map(growth.stores_evenly, calls))
        and (not exits or all(growth.is_even(given) for call in calls for given in call.arguments))
    )


def _exits(body: Sequence[Statement]) -> Iterator[Expression | None]:
    """Yield the tests under which a loop is left; None stands for one inside of another."""
    for node in body:
        match node:
            case If(test=test, body=then, otherwise=otherwise):
                if any(isinstance(each, Return | Break) for each in (*then, *otherwise)):
                    yield test
                inner = [each for each in (*then, *otherwise) if isinstance(each, If)]
                yield from (None for _ in _exits(inner))
            case Return() | Break():
                yield None


class _Growth:
    """Tells what may grow by the same from one row of a loop to the next."""

    def __init__(self, loop: For) -> None:
        self.counter = loop.name
        self.values: dict[str, list[Expression]] = {}
        # Names that get a value, or another one of themselves, for some rows only.
        self.uneven: set[str] = set()
        is_certain = True
        for node in loop.body:
            for each in statements_of((node,)):
                if isinstance(each, Assign):
                    self.values.setdefault(each.name, []).append(each.value)
                    is_own = each is node and (is_certain or not _reads(each.value, each.name))
                    self.uneven.update(() if is_own else (each.name,))
            is_certain = is_certain and not _continues(node)

    def is_countable(self, test: Expression | None) -> bool:
        """Whether it may be known before a loop when a test will hold."""
        match test:
            case Operation(operands=operands):
                return all(map(self.is_countable, operands))
            case None:
                return False
        return self.is_even(test)

    def is_even(self, value: Expression | Buffer, seen: frozenset[str] = frozenset()) -> bool:
        """Whether a value may grow evenly, or not at all; `seen` are names that do if it does."""
        match value:
            case Local(name=name) if name in self.uneven:
                return False
            case Local(name=name) if name in self.values and name not in seen:
                return all(self.is_even(each, seen | {name}) for each in self.values[name])
            case Local() | Constant() | Buffer():
                return True
            case Operation(name=name, operands=operands) if name in _EVEN:
                return all(self.is_even(each, seen) for each in operands)
        return self.stays(value)

    def stays(self, value: Expression | Buffer) -> bool:
        """Whether a value is the same for each row, seen from what it is made of."""
        match value:
            case Local(name=name):
                return name != self.counter and name not in self.values
            case Operation(operands=parts) | Call(arguments=parts):
                return all(map(self.stays, parts))
            case Load(index=index):
                return self.stays(index)
        return True

    def stores_evenly(self, call: Call) -> bool:
        """Whether a function may store at places that grow evenly, if it stores."""
        inside = list(statements_of(call.function.body))
        indices = [each.index for each in inside if isinstance(each, Store)]
        calls = [c for each in inside for value in values_of(each) for c in calls_of(value)]
        names = {n.name for index in indices for n in nodes_of(index) if isinstance(n, Local)}
        parameters = [name for name, _ in call.function.parameters]
        if calls or not names <= set(parameters):
            return not indices or all(map(self.is_even, call.arguments))
        given = zip(parameters, call.arguments, strict=True)
        return all(self.is_even(argument) for name, argument in given if name in names)


def _reads(value: Expression, name: str) -> bool:
    return any(isinstance(node, Local) and node.name == name for node in nodes_of(value))


def _continues(node: Statement) -> bool:
    return any(isinstance(each, Continue) for each in statements_of((node,)))
