"""Calls of users' functions inside kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext

import numpy as np
import pyarrow as pa

from gpudb.compiler.language import ValueType
from gpudb.errors import DataError
from gpudb.kernels import logic, text
from gpudb.kernels.arithmetic import as_float, present
from gpudb.kernels.domains import Domain
from gpudb.kernels.held import HeldColumn
from gpudb.kernels.host import argument_arrays, held_values
from gpudb.kernels.scope import Scope
from gpudb.kernels.values import BOOL, FLOAT, INT, WIDE, Value, boolean, either, negation
from gpudb.kernels.writer import Site
from gpudb.records import dataclass, replace
from gpudb.sql.expr import Literal, UserCall, UserResult
from gpudb.sql.user_function import KernelText
from gpudb.storage.types import Kind, SqlType

ZEROS = {FLOAT: "0.0", BOOL: "False", INT: "0"}


def compiled_call(call: UserCall, values: Sequence[Value], scope: Scope) -> Value:
    """Write a call of a function that is compiled into the kernel."""
    kernel = call.function.kernel
    assert kernel is not None
    writer = scope.writer
    writer.use_text(kernel.functions)
    writer.is_lengthy = True
    writer.may_be_kept = False
    null = either(*(v.is_null for v in values))
    given = ", ".join(
        writer.assign("argument", _argument(v, a.type))
        for v, a in zip(values, call.arguments, strict=True)
    )
    kind = _kind(call.type)
    called = f"{kernel.name}({given})"
    if not kernel.may_stop and (null is None or kernel.is_total):
        return _value(kind, writer.assign(call.function.name, called), null)
    result = writer.name(call.function.name)
    writer.line(f"{result} = {ZEROS[kind]}")
    missing = null
    if kernel.may_be_null:
        missing = writer.name("missing")
        writer.line(f"{missing} = {null or 'False'}")
    with nullcontext() if null is None else writer.block(f"if {negation(null)}:"):
        _take_answer(call, kernel, called, (result, kind, missing), scope)
    return _value(kind, result, missing)


def _take_answer(
    call: UserCall,
    kernel: KernelText,
    called: str,
    into: tuple[str, ValueType, str | None],
    scope: Scope,
) -> None:
    """Write the call, the error where it stopped, and the result's assignment."""
    writer, (result, kind, missing) = scope.writer, into
    if not kernel.may_stop:
        writer.line(f"{result} = {called}")
        return
    answer = writer.assign("answer", called)
    status = writer.assign("status", f"wide_high({answer})")
    if kernel.stops:
        site = Site(lambda stop, _: DataError(kernel.stops[stop - 1]), call.span)
        scope.fail(f"{status} > 0", site, status)
    word = f"wide_low({answer})"
    found = {FLOAT: f"bits_float({word})", BOOL: f"({word} != 0)", INT: word}
    writer.line(f"{result} = {found[kind]}")
    limits = call.type.value_range
    if kind is INT and limits is not None and call.type.kind is not Kind.BIGINT:
        name, of = call.function.name, call.type
        site = Site(
            lambda value, _: DataError(f"function {name} gave {value}, which does not fit {of}"),
            call.span,
        )
        scope.fail(f"{result} < {limits[0]} or {result} > {limits[1]}", site, result)
    if kernel.may_be_null:
        writer.line(f"{missing} = {status} < 0")


def _argument(value: Value, type: SqlType) -> str:
    return as_float(value, type) if type.is_float else value.text


def _kind(type: SqlType) -> ValueType:
    if type.is_float:
        return FLOAT
    return BOOL if type.kind is Kind.BOOLEAN else INT


def _value(kind: ValueType, result: str, null: str | None) -> Value:
    if kind is BOOL:
        return boolean(result, null)
    return Value(kind, result, null)


@dataclass(frozen=True)
class Table:
    """A function's answers by the code of its argument; `failures` by code, "" for none."""

    answers: HeldColumn
    failures: dict[int, str]

    def flags(self, codes: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return a table of 0 with 1 for `codes`."""
        flags = np.zeros(len(self.answers.values), np.uint8)
        flags[codes] = 1
        return flags


def text_call(call: UserCall, value: Value, scope: Scope) -> Value:
    """Write a call with one TEXT that varies: a table by its strings, each computed once."""
    scope.writer.may_be_kept = False
    domain = text.domain_of(value)
    constants = [a.value for a in call.arguments if isinstance(a, Literal)]
    if not len(domain) or any(c is None for c in constants):
        return logic.null_value(call.type)
    key = (
        call.function,
        *((a.type, a.value) if isinstance(a, Literal) else None for a in call.arguments),
    )
    table = domain.derive(key, lambda strings: compute_table(call, strings))
    code = scope.writer.assign("code", value.text)
    held = replace(value, text=code)
    if table.failures:
        wrong = f"({text.lookup(held, table.flags(list(table.failures)), 'wrong', scope)} != 0)"
        site = Site(lambda code, _: DataError(table.failures[code]), call.span)
        scope.fail(present(wrong, held.null), site, code)
    answers = table.answers
    null = held.null
    if answers.nulls is not None:
        flag = f"({text.lookup(held, table.flags(answers.nulls), 'missing', scope)} != 0)"
        null = either(null, scope.writer.assign("missing", flag))
    if answers.domain is not None and not len(answers.domain):
        return logic.null_value(call.type)
    values = answers.values.view(np.uint8) if answers.values.dtype == np.bool_ else answers.values
    found = scope.writer.assign("found", text.lookup(held, values, "found", scope))
    if call.type.is_text:
        return Value(INT, found, null, domain=answers.domain)
    if call.type.kind is Kind.BOOLEAN:
        return boolean(f"({found} != 0)", null)
    if answers.high is not None:
        high = scope.writer.assign("high", text.lookup(held, answers.high, "found_high", scope))
        return Value(WIDE, scope.writer.assign("wide_found", f"wide_of({high}, {found})"), null)
    return Value(FLOAT if call.type.is_float else INT, found, null)


def compute_table(call: UserCall, strings: pa.Array) -> Table:
    """Return the function's answers for each of `strings`."""
    assert call.function.evaluate is not None
    arrays = argument_arrays(call, len(strings), lambda _: strings)
    outcome = call.function.evaluate(arrays, len(strings))
    failures = (
        {}
        if outcome.failures is None
        else {
            code: message
            for code, message in enumerate(outcome.failures.to_pylist())
            if message is not None
        }
    )
    return Table(held_values(outcome.values, call.type), failures)


def result(node: UserResult, value: Value, failure: Value, scope: Scope) -> Value:
    """Write what a function gave on the host: its error, where there was one, comes here."""
    scope.writer.may_be_kept = False
    domain = text.domain_of(failure)
    if len(domain):
        test = "True" if failure.null is None else negation(failure.null)
        site = Site(_failed(domain), node.span)
        scope.fail(test, site, failure.text)
    return value


def _failed(domain: Domain) -> Callable[[int, int], DataError]:
    return lambda code, _: DataError(domain.strings[code].as_py())
