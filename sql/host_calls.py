"""What a kernel cannot compute: text made of several columns, or of a number."""

from __future__ import annotations

from collections.abc import Mapping

from gpudb.sql.expr import Call, Cast, Expression, Literal, children, transform, walk
from gpudb.sql.functions import is_host_function


def is_host_only(node: Expression) -> bool:
    """Whether a kernel cannot compute `node`: text out of several columns, or out of a number."""
    if isinstance(node, Cast):
        source = node.argument.type
        return node.type.is_text and not source.is_text and not isinstance(node.argument, Literal)
    if not isinstance(node, Call) or not is_host_function(node.function):
        return False
    varying = [a for a in node.arguments if not isinstance(a, Literal)]
    return len(varying) > 1 or any(not a.type.is_text for a in varying)


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
