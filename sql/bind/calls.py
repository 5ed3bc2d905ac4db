"""Calls of functions: the overload that fits the arguments, its implicit casts, its result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError, NotSupportedError, ProgrammingError
from gpudb.sql.bind.coerce import cast, common_type, is_untyped
from gpudb.sql.bind.operators import evaluated
from gpudb.sql.expr import Call, Expression, Literal
from gpudb.sql.functions import OVERLOADS, Family, FunctionDefinition, get_function
from gpudb.sql.scope import nearest
from gpudb.storage import types
from gpudb.storage.types import Kind, SqlType

# OmniSci's functions that mean nothing here, and what to write instead.
PLACES = "rows lie in no fragments; row_number() OVER () numbers those of an answer"
REFUSED = {
    "offset_in_fragment": PLACES,
    "fragment_id": PLACES,
    "fragment_id_and_offset": PLACES,
    "llm_transform": "no language model is built in; a function of your own may call one",
}


def bind_call(name: str, arguments: Sequence[Expression], others: Sequence[str] = ()) -> Expression:
    """Bind a call of the function that users call `name`; `others` are names to suggest besides.

    Raises ProgrammingError for an unknown name, with the nearest one, and for arguments that no
    overload takes, with those that there are.
    """
    overloads = OVERLOADS.get(name.lower())
    if overloads is None:
        if name.lower() in REFUSED:
            raise NotSupportedError(f"{name} is not supported: {REFUSED[name.lower()]}")
        known = [*OVERLOADS, *others]
        raise ProgrammingError(f"function {name} does not exist{nearest(name, known)}")
    scored = [(score, d) for d in overloads if (score := _score(d, arguments)) is not None]
    if not scored:
        raise _no_overload(name, overloads, arguments)
    definition = min(scored, key=lambda pair: pair[0])[1]
    return _called(definition, arguments)


def bind_operator(function: str, symbol: str, operands: Sequence[Expression]) -> Expression:
    """Bind an operator on integers that is a function without a name of its own."""
    typed = [cast(o, types.INTEGER) if is_untyped(o) else o for o in operands]
    if not all(operand.type.is_integer for operand in typed):
        given = " and ".join(str(operand.type) for operand in typed)
        raise ProgrammingError(f"operator {symbol} does not take {given}; it takes integers")
    return bind_definition(function, typed)


def bind_definition(name: str, arguments: Sequence[Expression]) -> Expression:
    """Bind a call of the function with the registered name, whatever users call it."""
    return _called(get_function(name), arguments)


def _called(definition: FunctionDefinition, arguments: Sequence[Expression]) -> Expression:
    typed = tuple(_cast_argument(definition, i, a) for i, a in enumerate(arguments))
    given = tuple(argument.type for argument in typed)
    constants = () if definition.constants is None else definition.constants(given)
    bound = Call(
        function=definition.name,
        arguments=(*typed, *(big_literal(value) for value in constants)),
        type=definition.result_type(given),
        nullable=definition.may_be_null or any(argument.nullable for argument in typed),
    )
    return host_literal(definition, bound) if definition.is_host else evaluated(bound)


def big_literal(value: int) -> Literal:
    """Return a BIGINT literal."""
    return Literal(type=types.BIGINT, nullable=False, value=value)


def host_literal(definition: FunctionDefinition, bound: Call) -> Expression:
    """Return what a host function gives for literals, or the call."""
    values = [a.value for a in bound.arguments if isinstance(a, Literal)]
    if len(values) < len(bound.arguments):
        return bound
    if any(value is None for value in values):
        return Literal(type=bound.type, nullable=True, value=None)
    try:
        answer = _host_answer(definition, [value for value in values if value is not None])
    except DataError:
        return bound  # it fails where a row asks for it
    return Literal(type=bound.type, nullable=answer is None, value=answer)


def _host_answer(
    definition: FunctionDefinition, values: Sequence[int | float | str]
) -> int | float | str | None:
    if definition.is_scalar:
        answer: int | float | str | None = definition.body(*values)
        return answer
    first, *rest = values
    found = definition.body(_array_of_one(first), *rest)[0].as_py()
    assert found is None or isinstance(found, int | float | str)
    return found


def _array_of_one(value: int | float | str) -> pa.Array | np.ndarray:
    """Return a column of one value; pa.array would load pandas where it is installed."""
    if not isinstance(value, str):
        return np.array([value])
    builder = pa.lib.StringBuilder()
    builder.append(value)
    return builder.finish()


def _cast_argument(definition: FunctionDefinition, index: int, argument: Expression) -> Expression:
    parameter = definition.parameter(index)
    if isinstance(parameter, SqlType):
        return cast(argument, parameter)
    return argument


def _score(definition: FunctionDefinition, arguments: Sequence[Expression]) -> int | None:
    """Return how much `arguments` must change for an overload (0: not at all), None: cannot."""
    least = len(definition.parameters)
    if len(arguments) < least or (len(arguments) > least and not definition.is_variadic):
        return None
    scores = [_argument_score(definition, i, a) for i, a in enumerate(arguments)]
    return None if None in scores else sum(score for score in scores if score is not None)


def _argument_score(definition: FunctionDefinition, index: int, given: Expression) -> int | None:
    parameter = definition.parameter(index)
    if isinstance(parameter, Family):
        return 0 if given.type.kind in parameter.value else None
    assert parameter is not None
    if given.type == parameter or given.type.kind is Kind.NULL:
        return 0
    if is_untyped(given):
        return 3
    if given.type.is_integer and parameter.is_integer:
        return 1
    return 2 if common_type(given.type, parameter) == parameter else None


def _no_overload(
    name: str, overloads: Sequence[FunctionDefinition], arguments: Sequence[Expression]
) -> ProgrammingError:
    given = ", ".join(str(argument.type) for argument in arguments)
    forms = " or ".join(dict.fromkeys(f"{name}({_signature(d)})" for d in overloads))
    return ProgrammingError(f"{name}({given}) does not exist; there is {forms}")


def _signature(definition: FunctionDefinition) -> str:
    names = [
        parameter.name if isinstance(parameter, Family) else str(parameter)
        for parameter in definition.parameters
    ]
    return ", ".join(names) + (", ..." if definition.is_variadic else "")
