"""What a user's function may call: Python's builtins, functions of math, and plain functions."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gpudb.compiler.subset.emit import BOOL, FLOAT, INT, Term
from gpudb.compiler.subset.operators import LEAST, OVERFLOW, as_type, joined, power, truth
from gpudb.compiler.subset.source import plain_function

if TYPE_CHECKING:
    from gpudb.compiler.subset.values import Values

Writer = Callable[["Values", ast.AST, Sequence[Term]], Term]
DOMAIN = "math domain error"
INFINITY = "bits_float(9218868437227405312)"
NAN = "bits_float(9221120237041090560)"


def write_call(values: Values, node: ast.Call) -> Term:
    """Write a call; raises SubsetError for what no kernel can call."""
    if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
        raise values.error(node, "a call takes plain arguments only")
    called: Any = values.resolve(node.func)
    arguments = [values.value(argument) for argument in node.args]
    found = find_builtin(called)
    if found is not None:
        counts, write = found
        if len(arguments) not in counts:
            wanted = " or ".join(map(str, counts[:2]))
            shown = ast.unparse(node.func)
            raise values.error(node, f"{shown} takes {wanted} arguments here, not {len(arguments)}")
        return write(values, node, arguments)
    function = plain_function(called)
    if function is None:
        raise values.error(node, f"{ast.unparse(node.func)} cannot be called in a kernel")
    return values.call(function, arguments, node)


def find_builtin(called: object) -> tuple[Sequence[int], Writer] | None:
    """Return the numbers of arguments that a function takes, and how it is written, or None."""
    return next((entry for known, *entry in CALLS if known is called), None)  # type: ignore[return-value]


def _absolute(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    value = arguments[0]
    if value.type is FLOAT:
        return Term(f"abs({value.text})", FLOAT)
    value = values.hold(as_type(value, INT))
    values.stop(f"{value.text} == {LEAST}", node, OVERFLOW)
    return Term(f"abs({value.text})", INT)


def _least(name: str) -> Writer:
    def write(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
        result, *others = arguments
        for other in others:
            kind = joined(values, node, result, other)
            result = Term(
                f"{name}({as_type(result, kind).text}, {as_type(other, kind).text})", kind
            )
        return result

    return write


def _integer(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    value = arguments[0]
    if value.type is not FLOAT:
        return as_type(value, INT)
    value = values.hold(value)
    inside = f"{value.text} >= -9223372036854775808.0 and {value.text} < 9223372036854775808.0"
    values.stop(f"not ({inside})", node, "the number does not fit an integer of 64 bits")
    return Term(f"int({value.text})", INT)


def _rounded(name: str) -> Writer:
    def write(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
        if arguments[0].type is not FLOAT:
            return as_type(arguments[0], INT)
        return _integer(values, node, [Term(f"{name}({arguments[0].text})", FLOAT)])

    return write


def _truncated(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    return _integer(values, node, arguments)


def _float(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    return as_type(arguments[0], FLOAT)


def _bool(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    return truth(arguments[0])


def _power(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    return power(values, node, arguments[0], arguments[1])


def _float_power(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    return power(values, node, as_type(arguments[0], FLOAT), arguments[1])


def _plain(name: str, outside: str | None = None) -> Writer:
    """Write a function of floats; `outside` is a test of {x}: math has no answer there."""

    def write(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
        held = [values.hold(as_type(a, FLOAT)) for a in arguments]
        if outside is not None:
            values.stop(outside.format(x=held[0].text, y=held[-1].text), node, DOMAIN)
        return Term(f"{name}({', '.join(a.text for a in held)})", FLOAT)

    return write


def _exponential(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    value = values.hold(as_type(arguments[0], FLOAT))
    result = values.hold(Term(f"exp({value.text})", FLOAT))
    values.stop_beyond(result, (value,), node)
    return result


def _logarithm(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    logs = [_plain("log", "{x} <= 0.0")(values, node, [a]) for a in arguments]
    if len(logs) == 1:
        return logs[0]
    base = values.hold(logs[1])
    values.stop(f"{base.text} == 0.0", node, "division by zero")
    return Term(f"({logs[0].text} / {base.text})", FLOAT)


def _scaled(factor: float) -> Writer:
    def write(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
        return Term(f"({as_type(arguments[0], FLOAT).text} * {factor!r})", FLOAT)

    return write


def _is_nan(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    return Term(f"isnan({as_type(arguments[0], FLOAT).text})", BOOL)


def _is_infinite(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    return Term(f"(abs({as_type(arguments[0], FLOAT).text}) == {INFINITY})", BOOL)


def _is_finite(values: Values, node: ast.AST, arguments: Sequence[Term]) -> Term:
    return Term(f"(abs({as_type(arguments[0], FLOAT).text}) < {INFINITY})", BOOL)


MANY = range(2, 33)
INFINITE = f"abs({{x}}) == {INFINITY}"
CALLS: tuple[tuple[Any, Sequence[int], Writer], ...] = (
    (abs, (1,), _absolute),
    (min, MANY, _least("min")),
    (max, MANY, _least("max")),
    (int, (1,), _integer),
    (float, (1,), _float),
    (bool, (1,), _bool),
    (round, (1,), _rounded("rint")),
    (pow, (2,), _power),
    (math.floor, (1,), _rounded("floor")),
    (math.ceil, (1,), _rounded("ceil")),
    (math.trunc, (1,), _truncated),
    (math.fabs, (1,), _plain("abs")),
    (math.sqrt, (1,), _plain("sqrt", "{x} < 0.0")),
    (math.exp, (1,), _exponential),
    (math.log, (1, 2), _logarithm),
    (math.log10, (1,), _plain("log10", "{x} <= 0.0")),
    (math.pow, (2,), _float_power),
    (math.fmod, (2,), _plain("fmod", f"{{y}} == 0.0 or {INFINITY} == abs({{x}})")),
    (math.sin, (1,), _plain("sin", INFINITE)),
    (math.cos, (1,), _plain("cos", INFINITE)),
    (math.tan, (1,), _plain("tan", INFINITE)),
    (math.asin, (1,), _plain("asin", "abs({x}) > 1.0")),
    (math.acos, (1,), _plain("acos", "abs({x}) > 1.0")),
    (math.atan, (1,), _plain("atan")),
    (math.atan2, (2,), _plain("atan2")),
    (math.radians, (1,), _scaled(math.pi / 180.0)),
    (math.degrees, (1,), _scaled(180.0 / math.pi)),
    (math.isnan, (1,), _is_nan),
    (math.isinf, (1,), _is_infinite),
    (math.isfinite, (1,), _is_finite),
)
