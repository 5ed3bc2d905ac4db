"""Loops that find values for several iterations at once: `for row in abreast(4, first, end, step)`.

It means what `range(first, end, step)` does. The assignments with which the body begins, as far as
they read columns only, are made for four rows before the rest of the body is done for the first: on
a GPU all their loads are under way together.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gpudb.compiler.language import Column
from gpudb.compiler.tree import (
    Assign,
    Buffer,
    Call,
    Constant,
    Expression,
    For,
    Function,
    Load,
    Local,
    Operation,
    Store,
    Take,
    nodes_of,
)

if TYPE_CHECKING:
    from gpudb.compiler.check import FunctionChecker

MOST_ABREAST = 8


def bounds_of(checker: FunctionChecker, node: ast.For) -> tuple[int, list[ast.expr]]:
    """Return how many iterations a loop takes at once, and the arguments of its range."""
    match node.iter:
        case ast.Call(func=ast.Name(id="range"), args=arguments) if len(arguments) <= 3:
            return 1, arguments
        case ast.Call(
            func=ast.Name(id="abreast"), args=[ast.Constant(value=int() as count), _, _, _]
        ) if 1 <= count <= MOST_ABREAST:
            return count, node.iter.args[1:]
    raise checker.error(
        node, f"a loop is over range(first, end, step), or abreast(1 to {MOST_ABREAST}, ...)"
    )


def found_first(function: Function, loop: For) -> tuple[Assign, ...]:
    """Return the assignments at the beginning of a loop's body that may be made ahead."""
    everywhere = list(nodes_of(function.body))
    columns = {name for name, kind in function.parameters if isinstance(kind, Column)}
    columns |= {n.name for n in everywhere if isinstance(n, Take)}
    assigned = Counter(n.name for n in everywhere if isinstance(n, Assign | For))
    assigned.update(name for name, _ in function.parameters)
    # What changes while the loop runs.
    changed = {n.name for n in nodes_of(loop.body) if isinstance(n, Assign | For)} - {loop.name}
    found: list[Assign] = []
    for statement in loop.body:
        if not isinstance(statement, Assign) or assigned[statement.name] > 1:
            break
        if not _follows(statement.value, columns, changed - {each.name for each in found}):
            break
        found.append(statement)
    return tuple(found)


def _follows(value: Expression | Buffer, columns: set[str], changed: set[str]) -> bool:
    """Whether a value comes of columns and of what does not change, and does nothing else."""
    match value:
        case Constant():
            return True
        case Local(name=name):
            return name not in changed
        case Buffer(name=name):
            return name in columns
        case Load(pointer=pointer, index=index):
            return pointer in columns and _follows(index, columns, changed)
        case Operation(operands=operands):
            return _all_follow(operands, columns, changed)
        case Call(function=function, arguments=arguments):
            return is_pure(function) and _all_follow(arguments, columns, changed)


def _all_follow(
    values: Sequence[Expression | Buffer], columns: set[str], changed: set[str]
) -> bool:
    return all(_follows(each, columns, changed) for each in values)


def is_pure(function: Function) -> bool:
    """Whether a function changes nothing, and is no word of a device."""
    called = [n.function for n in nodes_of(function.body) if isinstance(n, Call)]
    stores = any(isinstance(n, Store) for n in nodes_of(function.body))
    return not function.is_word and not stores and all(map(is_pure, called))
