"""What a kernel cannot compute: text made of several columns, or of a number; Python functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gpudb.errors import NotSupportedError
from gpudb.records import replace
from gpudb.sql.expr import (
    HOST_ARRAYS,
    Call,
    Cast,
    Expression,
    Literal,
    UserCall,
    UserResult,
    children,
    field_ids,
    transform,
    walk,
)
from gpudb.sql.functions import is_host_function
from gpudb.sql.plan import Field, Join, output_fields
from gpudb.sql.stream import reference
from gpudb.sql.user_function import Mode
from gpudb.storage.types import TEXT


def is_host_only(node: Expression) -> bool:
    """Whether a kernel cannot compute `node`.

    Text out of several columns, or out of a number, and arrays.
    """
    if isinstance(node, Cast):
        source = node.argument.type
        return node.type.is_text and not source.is_text and not isinstance(node.argument, Literal)
    if isinstance(node, UserCall):
        return node.function.mode is not Mode.COMPILED and not is_over_text(node)
    if not isinstance(node, Call):
        return False
    if node.function in HOST_ARRAYS:
        return True
    if not is_host_function(node.function):
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


def split_host_calls(
    join: Join, make_field: Callable[[str, Expression], Field]
) -> tuple[Expression | None, dict[Field, Expression], dict[Field, Expression]]:
    """Return a join's condition with fields for what the host computes, by the side that has it."""
    condition = join.condition
    left_ids = {f.id for f in output_fields(join.left)}
    left: dict[Field, Expression] = {}
    right: dict[Field, Expression] = {}
    if condition is None:
        return None, left, right
    for call in outermost_host_calls(condition):
        read = field_ids(call)
        if read & left_ids and read - left_ids:
            raise NotSupportedError(
                "text made of columns of both tables in the condition of an outer join",
                begin=None if call.span is None else call.span.begin,
            )
        held = make_field("text", call)
        (left if read <= left_ids else right)[held] = call
        condition = replace_nodes(condition, {call: reference(held)})
    return condition, left, right


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
