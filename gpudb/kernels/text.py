"""TEXT inside kernels: codes of a domain, and tables by code for what depends on the strings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from gpudb.kernels.domains import Domain, literals, union
from gpudb.kernels.origins import SAME
from gpudb.kernels.scope import Scope
from gpudb.kernels.values import FLOAT, INT, Value, boolean, either, negation
from gpudb.late import compute as pc
from gpudb.records import replace
from gpudb.sql.expr import Call
from gpudb.storage.encodings.arrays import codes_of, flags_of, text_array

ORDERS = ("less", "less_equal", "greater", "greater_equal")
MIRRORED = {
    "less": "greater",
    "less_equal": "greater_equal",
    "greater": "less",
    "greater_equal": "less_equal",
}
EMPTY = Domain(text_array([]))


def literal(string: str) -> Value:
    """Return a constant: code 0 of a domain of its own."""
    return Value(INT, "0", domain=literals([string]))


def null() -> Value:
    """Return NULL."""
    return Value(INT, "0", "True", domain=EMPTY)


def is_literal(value: Value) -> bool:
    """Whether `value` is one constant string."""
    return value.text == "0" and value.domain is not None and len(value.domain) == 1


def domain_of(value: Value) -> Domain:
    """Return the strings behind `value`."""
    assert value.domain is not None, "a TEXT value has a domain"
    return value.domain


def lookup(value: Value, table: np.ndarray, wanted: str, scope: Scope) -> str:
    """Write table[code], read only where the value is not NULL, and return its text."""
    if len(table) == 0:
        return "0.0" if table.dtype.kind == "f" else "0"
    name = scope.writer.constant(wanted, table, SAME)  # as are the domain and the constants
    if value.null is None:
        return f"{name}[{value.text}]"
    found = scope.writer.name(wanted)
    scope.writer.line(f"{found} = {'0.0' if table.dtype.kind == 'f' else '0'}")
    with scope.writer.block(f"if {negation(value.null)}:"):
        scope.writer.line(f"{found} = {name}[{value.text}]")
    return found


def predicate(
    value: Value, key: object, function: Callable[[pa.Array], pa.Array], scope: Scope
) -> Value:
    """Write a predicate that `function` computes for all strings of the domain at once."""
    return _matching(value, domain_of(value).derive(key, lambda s: _flags(function(s))), scope)


def flagged(value: Value, key: object, answers: pa.Array, scope: Scope) -> Value:
    """Write a predicate, whose answer for each string of the domain is known."""
    return _matching(value, domain_of(value).keep(key, lambda: _flags(answers)), scope)


def _flags(answers: pa.Array) -> np.ndarray:
    return flags_of(answers.fill_null(False))


def _matching(value: Value, flags: np.ndarray, scope: Scope) -> Value:
    if is_literal(value):
        return boolean(scope.writer.constant("matches", bool(flags[0])), value.null)
    return boolean(f"({lookup(value, flags, 'matches', scope)} != 0)", value.null)


def is_in(wanted: Sequence[str]) -> Callable[[pa.Array], pa.Array]:
    """Return the predicate: is one of `wanted`."""
    return lambda strings: pc.is_in(strings, value_set=text_array(wanted).cast(strings.type))


def compare(call: Call, left: Value, right: Value, scope: Scope) -> Value:
    """Write a comparison of two strings by their UTF-8 bytes."""
    null = either(left.null, right.null)
    if not len(domain_of(left)) or not len(domain_of(right)):
        return boolean("False", "True" if null is None else null)
    if call.function in ("equal", "not_equal"):
        a, b = same_domain(left, right, scope)
        return boolean(f"({a} {'==' if call.function == 'equal' else '!='} {b})", null)
    if is_literal(left):
        left, right, function = right, left, MIRRORED[call.function]
    else:
        function = call.function
    if is_literal(right) and not call.arguments[1].type.is_array:
        string = domain_of(right).strings[0]
        order = getattr(pc, function)
        key = (function, string.as_py())
        value = predicate(left, key, lambda s: order(s, string.cast(s.type)), scope)
        return value if right.null is None else boolean(value.text, null)
    return boolean(_ranked(left, right, function, scope), null)


def _ranked(left: Value, right: Value, function: str, scope: Scope) -> str:
    both = union([domain_of(left), domain_of(right)])
    symbols = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">="}
    a, b = (
        lookup(v, both.ranks[domain_of(v).codes_in(both)], "rank", scope) for v in (left, right)
    )
    return f"({a} {symbols[function]} {b})"


def same_domain(left: Value, right: Value, scope: Scope) -> tuple[str, str]:
    """Write both values as codes of one domain.

    The left one's, where the other has to be translated.
    """
    if domain_of(left) is domain_of(right):
        return left.text, right.text
    if is_literal(left) and not is_literal(right):
        b, a = same_domain(right, left, scope)
        return a, b
    return left.text, translated(right, domain_of(left), scope).text


def translated(value: Value, domain: Domain, scope: Scope) -> Value:
    """Write `value` as a code of `domain`; -1 for a string that it lacks."""
    if domain_of(value) is domain:
        return value
    if not len(domain_of(value)):
        return replace(value, domain=domain)
    if is_literal(value):
        code = domain.find(domain_of(value).strings[0].as_py())
        return replace(value, text=scope.writer.constant("code", code), domain=domain)
    codes = domain_of(value).codes_in(domain)
    return replace(value, text=lookup(value, codes, "code", scope), domain=domain)


def mapped(value: Value, key: object, answers: pa.Array, scope: Scope) -> Value:
    """Write a string function, whose answer for each string of the domain is known.

    It is the code of its result in a domain of its own.
    """
    result = domain_of(value).mapped(key, answers)
    if not len(result.domain):
        return null()
    code = scope.writer.assign("code", lookup(value, result.codes, "code", scope))
    missing = f"({code} < 0)" if result.has_nulls else None
    return Value(INT, code, either(value.null, missing), domain=result.domain)


def measured(value: Value, key: object, answers: pa.Array, scope: Scope) -> Value:
    """Write a function from a string to a number, such as its length, whose answers are known."""

    def table() -> tuple[np.ndarray, np.ndarray]:
        dtype = np.float64 if pa.types.is_floating(answers.type) else np.int64
        return codes_of(answers, 0).astype(dtype), flags_of(answers.is_null())

    numbers, missing = domain_of(value).keep(key, table)
    found = scope.writer.assign("measure", lookup(value, numbers, "measure", scope))
    kind = FLOAT if numbers.dtype.kind == "f" else INT
    if not missing.any():
        return Value(kind, found, value.null)
    flag = scope.writer.assign("missing", f"({lookup(value, missing, 'missing', scope)} != 0)")
    return Value(kind, found, either(value.null, flag))


def ranked(value: Value, scope: Scope) -> Value:
    """Write `value` as a code of its sorted domain, so that codes compare as strings do."""
    domain = domain_of(value)
    if not len(domain):
        return value
    return Value(INT, lookup(value, domain.ranks, "rank", scope), value.null, domain=domain.sorted)
