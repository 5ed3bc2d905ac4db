"""Calls of functions that users made."""

from __future__ import annotations

from collections.abc import Sequence

from gpudb.errors import ProgrammingError
from gpudb.sql.bind.coerce import cast, common_type, is_untyped
from gpudb.sql.expr import Expression, Literal, UserCall
from gpudb.sql.user_function import Mode, UserFunction
from gpudb.storage.types import DOUBLE, Kind, SqlType


def bind_user_call(function: UserFunction, arguments: Sequence[Expression]) -> Expression:
    """Bind a call; ProgrammingError for a wrong number of arguments or a type that does not fit."""
    if len(arguments) != len(function.parameters):
        raise ProgrammingError(
            f"{function.signature} takes {len(function.parameters)} arguments, not {len(arguments)}"
        )
    for place, (given, wanted) in enumerate(zip(arguments, function.parameters, strict=True), 1):
        if not is_taken(given, wanted):
            error = ProgrammingError(
                f"argument {place} of {function.signature} is {wanted}, not {given.type};"
                f" write CAST(... AS {wanted})"
            )
            error.begin = None if given.span is None else given.span.begin
            error.end = None if given.span is None else given.span.end
            raise error
    typed = tuple(cast(a, p) for a, p in zip(arguments, function.parameters, strict=True))
    if function.is_strict and any(isinstance(a, Literal) and a.value is None for a in typed):
        return Literal(type=function.result, nullable=True, value=None)
    kernel = function.kernel
    may_be_null = kernel is None or kernel.may_be_null
    # Kernels compute with DOUBLE; the cast rounds.
    is_float = function.mode is Mode.COMPILED and function.result.is_float
    call = UserCall(
        function=function,
        arguments=typed,
        type=DOUBLE if is_float else function.result,
        nullable=may_be_null or any(a.nullable for a in typed),
    )
    return cast(call, function.result)


def is_taken(given: Expression, wanted: SqlType) -> bool:
    """Whether an argument is brought to a parameter's type by itself, as for other functions."""
    if given.type == wanted or given.type.kind is Kind.NULL or is_untyped(given):
        return True
    if given.type.is_integer and wanted.is_integer:
        return True
    return common_type(given.type, wanted) == wanted
