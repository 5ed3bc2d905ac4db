"""Expressions -> text of the kernel language."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import singledispatch

import numpy as np
import pyarrow as pa

from gpudb.compiler.language import ValueType
from gpudb.errors import DataError, NotSupportedError
from gpudb.kernels import answers, arithmetic, casts, list_reads, logic, text, user_calls
from gpudb.kernels.answers import Answers
from gpudb.kernels.arithmetic import INT64, as_float, as_wide, fits, present
from gpudb.kernels.domains import Domain, union
from gpudb.kernels.host import literal_text
from gpudb.kernels.lists import list_domain
from gpudb.kernels.origins import SAME
from gpudb.kernels.scope import Scope
from gpudb.kernels.values import BOOL, FLOAT, INT, WIDE, Value, boolean, either
from gpudb.kernels.writer import Site
from gpudb.late import compute as pc
from gpudb.records import replace
from gpudb.sql.bind.constants import convert
from gpudb.sql.expr import (
    ARITHMETIC,
    ARRAY_READS,
    COMPARISONS,
    NULL_TESTS,
    Call,
    Case,
    Cast,
    ColumnReference,
    Expression,
    InList,
    Literal,
    UserCall,
    UserResult,
)
from gpudb.sql.functions import FunctionDefinition, get_function
from gpudb.sql.user_function import Mode
from gpudb.storage.encodings import wide
from gpudb.storage.encodings.arrays import text_array
from gpudb.storage.types import TEXT, Kind, SqlType


@singledispatch
def write(expression: Expression, scope: Scope) -> Value:
    """Write `expression` at the writer's present place and return its value."""
    raise AssertionError(f"no kernel text for {expression!r}")


@write.register
def _(expression: ColumnReference, scope: Scope) -> Value:
    return scope.read(expression)


@write.register
def _(expression: Literal, scope: Scope) -> Value:
    return logic.literal_value(expression, scope)


@write.register
def _(expression: Cast, scope: Scope) -> Value:
    value = write(expression.argument, scope)
    if expression.argument.type.is_text and not expression.type.is_text:
        return cast_text(expression, value, scope)
    if expression.type.is_text and not expression.argument.type.is_text:
        constant = expression.argument  # what varies is turned into text on the host
        assert isinstance(constant, Literal)
        return text.null() if constant.value is None else text.literal(literal_text(constant))
    return casts.cast(expression, value, scope)


@write.register
def _(expression: InList, scope: Scope) -> Value:
    return logic.in_list(expression, write(expression.argument, scope), scope)


@write.register
def _(expression: Call, scope: Scope) -> Value:
    name = expression.function
    if name in ("and", "or"):
        return logic.connect(expression, scope, write)
    if name in ARRAY_READS:
        return list_reads.array_read(expression, scope, write)
    definition = None if name in OPERATORS else get_function(name)
    if definition is not None and definition.is_host:
        return host_call(expression, definition, scope)
    values = [write(a, scope) for a in expression.arguments]
    if definition is not None:
        return kernel_call(expression, definition, values, scope)
    if name in COMPARISONS:
        return logic.compare(expression, values[0], values[1], scope)
    if name in NULL_TESTS:
        return logic.null_test(expression, values, scope)
    if name == "not":
        return logic.negate(values[0])
    if name == "negate":
        return arithmetic.negate(expression, values[0], scope)
    return arithmetic.binary(expression, values[0], values[1], scope)


@write.register
def _(expression: UserCall, scope: Scope) -> Value:
    if expression.function.mode is Mode.COMPILED:
        values = [write(a, scope) for a in expression.arguments]
        return user_calls.compiled_call(expression, values, scope)
    (varying,) = (a for a in expression.arguments if not isinstance(a, Literal))
    return user_calls.text_call(expression, write(varying, scope), scope)


@write.register
def _(expression: UserResult, scope: Scope) -> Value:
    value = write(expression.value, scope)
    return user_calls.result(expression, value, write(expression.failure, scope), scope)


OPERATORS = frozenset((*ARITHMETIC, *ARRAY_READS, *COMPARISONS, *NULL_TESTS, "not"))


# Branches of CASE: nested ifs are read by recursion.
MOST_NESTED = 16


@write.register
def _(expression: Case, scope: Scope) -> Value:
    return CaseText(expression, scope).write()


class CaseText:
    """CASE as nested ifs that assign one name: a branch is evaluated only where it is taken."""

    def __init__(self, case: Case, scope: Scope) -> None:
        self.case = case
        self.scope = scope
        self.writer = scope.writer
        self.result = self.writer.name("choice")
        self.missing = self.writer.name("choice_null") if case.nullable else None
        fits_int = fits(scope.bounds(case), INT64) if not case.type.is_text else True
        self.kind = _kind(case, fits_int)
        self.domain: Domain | None = None
        # What says that no branch so far was taken, where they are many.
        self.open: str | None = None

    def write(self) -> Value:
        """Write the ifs and return the result."""
        if self.case.type.is_text:
            self._find_domain()
        empty = {FLOAT: "0.0", BOOL: "False", INT: "0", WIDE: "wide(0)"}[self.kind]
        self.writer.line(f"{self.result} = {empty}")
        if self.missing is not None:
            self.writer.line(f"{self.missing} = False")
        self._branches()
        if self.kind is BOOL:
            return boolean(self.result, self.missing)
        return Value(self.kind, self.result, self.missing, domain=self.domain)

    def _find_domain(self) -> None:
        """Unite the branches' domains; their texts are written again, in place, later."""
        values = [b.value for b in self.case.branches] + [self.case.otherwise]
        known = self.scope.known()
        with self.writer.trial():
            domains = [text.domain_of(write(v, self.scope)) for v in values]
        self.scope.forget_since(known)
        self.domain = union([d for d in domains if len(d)] or [text.EMPTY])

    def _branches(self) -> None:
        """Write so many branches inside each other, and what is open behind them further left."""
        count = len(self.case.branches)
        self.open = self.writer.name("is_open") if count > MOST_NESTED else None
        self._branch(0)
        for first in range(MOST_NESTED, count, MOST_NESTED):
            with self.scope.branch(), self.writer.block(f"if {self.open}:"):
                self._branch(first, is_first=True)

    def _branch(self, index: int, *, is_first: bool = False) -> None:
        if index == len(self.case.branches):
            self._assign(self.case.otherwise)
            return
        if self.open is not None and index % MOST_NESTED == 0:
            if index and not is_first:
                self.writer.line(f"{self.open} = True")
                return
            self.writer.line(f"{self.open} = False")
        branch = self.case.branches[index]
        condition = write(branch.condition, self.scope)
        with self.scope.branch(), self.writer.block(f"if {condition.is_true}:"):
            self._assign(branch.value)
        otherwise = self.case.otherwise
        is_last = index + 1 == len(self.case.branches)
        if is_last and isinstance(otherwise, Literal) and otherwise.value in (0, False):
            return  # the result starts as zero
        with self.scope.branch(), self.writer.block("else:"):
            self._branch(index + 1)

    def _assign(self, expression: Expression) -> None:
        value = write(expression, self.scope)
        if self.domain is not None:
            value = text.translated(value, self.domain, self.scope)
        held = as_wide(value) if self.kind is WIDE else value.text
        null = value.is_null
        if null != "True":
            self.writer.line(f"{self.result} = {held}")
        if self.missing is not None and null is not None:
            self.writer.line(f"{self.missing} = {null}")


def _kind(case: Case, fits_int: bool) -> ValueType:
    if case.type.is_float:
        return FLOAT
    if case.type.kind is Kind.BOOLEAN:
        return BOOL
    return INT if fits_int else WIDE


def kernel_call(
    call: Call, definition: FunctionDefinition, values: list[Value], scope: Scope
) -> Value:
    """Write a call of a function written in the kernel language."""
    name = scope.writer.use(definition.body, *definition.uses)
    for index, value in enumerate(values):
        if value.kind is WIDE and not definition.takes_float(index):
            of = call.arguments[index].type
            shown = (*definition.sql_names, call.function)[0]
            message = f"{shown} of {of} beyond 64 bits; cast it to DOUBLE"
            span = call.span
            begin, end = (None, None) if span is None else (span.begin, span.end)
            raise NotSupportedError(message, begin=begin, end=end)
    null = either(*(v.is_null for v in values))
    arguments = [
        scope.writer.assign("argument", _argument(v, a, definition, i))
        for i, (v, a) in enumerate(zip(values, call.arguments, strict=True))
    ]
    if definition.tables is not None:
        given = [a.value if isinstance(a, Literal) else None for a in call.arguments]
        tables = definition.tables(*given)
        arguments += [scope.writer.constant("table", table, SAME) for table in tables]
    joined = ", ".join(arguments)
    if definition.fails is not None:
        test = scope.writer.use(definition.fails, *definition.uses)
        message = definition.message
        site = Site(lambda _, __: DataError(message), call.span)
        scope.fail(present(f"{test}({joined})", null), site)
    if call.type.kind is Kind.BOOLEAN:
        return boolean(f"{name}({joined})", null)
    kind = WIDE if definition.is_wide else FLOAT if call.type.is_float else INT
    return Value(kind, f"{name}({joined})", null)


def _argument(
    value: Value, expression: Expression, definition: FunctionDefinition, index: int
) -> str:
    if definition.takes_float(index):
        return as_float(value, expression.type)
    return f"int({value.text})" if value.kind is BOOL else value.text


def host_call(call: Call, definition: FunctionDefinition, scope: Scope) -> Value:
    """Write a text function as a table over the strings of its one argument that varies."""
    asked = answers.asked_of(call)
    if asked.is_null:
        return logic.null_value(call.type)
    if asked.place < 0:
        return _constant_call(call, definition, scope)
    value = write(call.arguments[asked.place], scope)
    if not len(text.domain_of(value)):
        return logic.null_value(call.type)

    def ask(strings: pa.Array) -> Answers:
        return answers.run(definition, asked.given(strings), call.type)

    try:
        found = text.domain_of(value).derive(("answers", asked.key), ask)
    except DataError as error:
        raise answers.placed(error, call) from None
    if found.failures:
        value = _checked(call, value, found, scope)
    write_table = text.measured
    if call.type.is_text:
        write_table = text.mapped
    elif call.type.kind is Kind.BOOLEAN:
        write_table = text.flagged
    answer = write_table(value, asked.key, found.values, scope)
    if call.type.is_array and answer.domain is not None:
        return replace(answer, domain=list_domain(answer.domain, call.type))
    return answer


def _constant_call(call: Call, definition: FunctionDefinition, scope: Scope) -> Value:
    """Write a call of constants that binding left, since it fails or was no constant then."""
    first, *rest = (a.value for a in call.arguments if isinstance(a, Literal))
    column = text_array([first]) if isinstance(first, str) else np.array([first])
    try:
        found = answers.run(definition, [column, *rest], call.type)
    except DataError as error:
        raise answers.placed(error, call) from None
    if found.failures:
        message = found.failures[0]
        scope.fail("True", Site(lambda _, __: DataError(message), call.span))
        return logic.null_value(call.type)
    answer = found.values[0].as_py()
    return logic.literal_value(
        Literal(type=call.type, nullable=answer is None, value=answer), scope
    )


def _checked(call: Call, value: Value, found: Answers, scope: Scope) -> Value:
    """Stop the kernel where the string is one for which there is no answer."""
    wrong = np.zeros(len(text.domain_of(value)), np.uint8)
    wrong[list(found.failures)] = 1
    code = scope.writer.assign("code", value.text)
    held = replace(value, text=code)
    test = f"({text.lookup(held, wrong, 'wrong', scope)} != 0)"
    messages = found.failures
    site = Site(lambda failed, _: DataError(messages[failed]), call.span)
    scope.fail(present(test, held.null), site, code)
    return held


def cast_text(node: Cast, value: Value, scope: Scope) -> Value:
    """Write a cast from TEXT: each distinct string is converted once.

    A bad one fails where it is met.
    """
    domain = text.domain_of(value)
    if not len(domain):
        return logic.null_value(node.type)

    def parse(strings: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        return parse_text(strings, node.type)

    numbers, wrong = domain.derive(("cast", node.type), parse)
    code = scope.writer.assign("code", value.text)
    held = replace(value, text=code)
    if wrong.any():
        test = f"({text.lookup(held, wrong, 'wrong', scope)} != 0)"
        if node.is_try:
            held = replace(held, null=either(held.null, scope.writer.assign("wrong", test)))
        else:
            site = Site(_cannot_cast(node, domain), node.span)
            scope.fail(present(test, held.null), site, code)
    if wide.is_wide(numbers):
        halves = (wide.high_words(numbers), wide.low_words(numbers))
        high, low = (text.lookup(held, half, "number", scope) for half in halves)
        return Value(WIDE, f"wide_of({high}, {low})", held.null)
    found = text.lookup(held, numbers, "number", scope)
    if node.type.kind is Kind.BOOLEAN:
        return boolean(f"({found} != 0)", held.null)
    return Value(FLOAT if node.type.is_float else INT, found, held.null)


def _cannot_cast(node: Cast, domain: Domain) -> Callable[[int, int], DataError]:
    def error(code: int, _: int) -> DataError:
        string = domain.strings[code].as_py()
        return DataError(f"cannot cast {string!r} to {node.type}; TRY_CAST gives NULL instead")

    return error


def parse_text(strings: pa.Array, type: SqlType) -> tuple[np.ndarray, np.ndarray]:
    """Return the physical values of `strings` as `type`, and which of them have none."""
    plain = PLAIN_INTEGER if type.is_integer else PLAIN_FLOAT if type.kind is Kind.DOUBLE else None
    if plain and pc.all(pc.match_substring_regex(strings, plain)).as_py():
        cast = strings.cast(pa.int64() if type.is_integer else pa.float64())
        low, high = type.value_range or (-math.inf, math.inf)
        values = cast.to_numpy(zero_copy_only=False)
        return values, ((values < low) | (values > high)).astype(np.uint8)
    found = [_parse_one(string, type) for string in strings.to_pylist()]
    wrong = np.array([v is None for v in found], np.uint8)
    if type.is_float:
        return np.array([v or 0 for v in found], np.float64), wrong
    return wide.numbers([int(v or 0) for v in found]), wrong


def _parse_one(string: str, type: SqlType) -> int | float | None:
    try:
        value = convert(string, TEXT, type)
    except DataError:
        return None
    assert not isinstance(value, str)
    return value


PLAIN_INTEGER = r"^-?[0-9]{1,18}$"
PLAIN_FLOAT = r"^-?[0-9]{1,15}(\.[0-9]+)?$"
