"""Columns that a kernel finds by their addresses in a table: `codes = uint8_column(pieces, 3)`.

A name stands for one such buffer where it is assigned, and is assigned in one place only.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gpudb.compiler import expressions
from gpudb.compiler.language import Column, Pointer, ValueType
from gpudb.compiler.tree import Buffer, Take

if TYPE_CHECKING:
    from gpudb.compiler.check import FunctionChecker


def find_take(checker: FunctionChecker, node: ast.Assign) -> Take | None:
    """Return the statement if it takes a column out of a table."""
    match node:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(func=ast.Name(id=word), args=[table, index], keywords=[]),
        ) if word in checker.program.words.columns:
            pass
        case _:
            return None
    base = expressions.expression(checker, table)
    if base.type != Pointer("int64"):
        raise checker.error(node, f"{word} takes a table of addresses, int64")
    at = expressions.expect(checker, node, expressions.value(checker, index), ValueType.INT)
    element = checker.program.words.columns[word]
    is_known = name in dict(checker.parameters) or checker.type_of(name) is not None
    if is_known or checker.takes.setdefault(name, node) is not node:
        raise checker.error(node, f"{name} is assigned already")
    checker.pointers[name] = Column(element)
    checker.assigned.add(name)
    assert isinstance(base, Buffer)
    return Take(name, element, base.name, at)
