"""What a kernel cannot compute: text made of several columns, or of a number; Python functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gpudb.sql.expr import (
    Call,
    Cast,
    Expression,
    Literal,
    UserCall,
    UserResult,
    children,
    transform,
    walk,
)
from gpudb.sql.functions import is_host_function
from gpudb.sql.user_function import Mode
from gpudb.storage.types import TEXT


def is_host_only(node: Expression) -> bool:
    """Whether a kernel cannot compute `node`: text out of several columns, or out of a number."""
    if isinstance(node, Cast):
        source = node.argument.type
        return node.type.is_text and not source.is_text and not isinstance(node.argument, Literal)
    if isinstance(node, UserCall):
        return node.function.mode is not Mode.COMPILED and not is_over_text(node)
    if not isinstance(node, Call) or not is_host_function(node.function):
        return False
    varying = [a for a in node.arguments if not isinstance(a, Literal)]
    return len(varying) > 1 or any(not a.type.is_text for a in varying)


def is_over_text(call: UserCall) -> bool:
    """Whether a Python function has one argument that varies, a TEXT: a table by its strings."""
    varying = [a for a in call.arguments if not isinstance(a, Literal)]
    is_single = len(varying) == 1 and varying[0].type.is_text
    return is_single and call.function.mode is Mode.PYTHON and call.function.is_strict


def innermost_host_calls(expression: Expression) -> list[Expression]:
    """Return the calls for the host that hold no other such call."""
    return [
        node
        for node in walk(expression)
        if is_host_only(node) and not any(is_host_only(n) for c in children(node) for n in walk(c))
    ]


def outermost_host_calls(expression: Expression) -> list[Expression]:
    """Return the calls for the host that stand in no other such call."""
    if is_host_only(expression):
        return [expression]
    return [call for child in children(expression) for call in outermost_host_calls(child)]


def replace_nodes(expression: Expression, swap: Mapping[Expression, Expression]) -> Expression:
    """Return `expression` with the nodes that `swap` names replaced."""
    return transform(expression, lambda node: swap.get(node, node))


def host_parts(call: Expression) -> tuple[Expression, ...]:
    """Return what the host computes for a call: its value, and for a user's what went wrong."""
    if not isinstance(call, UserCall):
        return (call,)
    return call, replace(call, is_failure=True, type=TEXT, nullable=True)


def read_parts(call: Expression, parts: tuple[Expression, ...]) -> Expression:
    """Return the call over its computed parts: what went wrong counts where the value is read."""
    if len(parts) == 1:
        return parts[0]
    value, failure = parts
    return UserResult(
        value=value, failure=failure, type=call.type, nullable=call.nullable, span=call.span
    )
