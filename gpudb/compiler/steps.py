"""Loops whose step is a constant that the caller passes: `rows(first, end, 1, ...)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gpudb.compiler.tree import Constant, For, Function, If, Local, Statement, While, find_calls
from gpudb.records import replace


def with_known_steps(functions: Sequence[Function]) -> list[Function]:
    """Return the functions with the constants that are passed for the steps of their loops.

    A loop of unknown step asks twice whether it goes on.
    """
    known: dict[str, dict[str, Constant]] = {}
    for name, calls in find_calls(functions).items():
        if len(calls) == 1:
            _, call = calls[0]
            named = zip(call.function.parameters, call.arguments, strict=True)
            known[name] = {n: given for (n, _), given in named if isinstance(given, Constant)}
    return [_with_steps(function, known.get(function.name, {})) for function in functions]


def _with_steps(function: Function, constants: Mapping[str, Constant]) -> Function:
    steps = {n: c for n, c in constants.items() if n not in function.locals}
    return replace(function, body=_block(function.body, steps)) if steps else function


def _block(body: tuple[Statement, ...], steps: Mapping[str, Constant]) -> tuple[Statement, ...]:
    return tuple(_statement(each, steps) for each in body)


def _statement(node: Statement, steps: Mapping[str, Constant]) -> Statement:
    match node:
        case If(body=then, otherwise=otherwise):
            return replace(node, body=_block(then, steps), otherwise=_block(otherwise, steps))
        case While(body=body):
            return replace(node, body=_block(body, steps))
        case For(step=step, body=body):
            known = steps.get(step.name, step) if isinstance(step, Local) else step
            return replace(node, step=known, body=_block(body, steps))
    return node
