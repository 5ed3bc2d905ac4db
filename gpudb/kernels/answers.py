"""Running host functions: over distinct texts, over distinct rows of several arguments.

    one argument varies       -> its distinct values, one call of an array body
    the others vary too       -> the distinct combinations, grouped by all but the first
    a body of Python values   -> once for each distinct combination

What fails for one row's values is kept with the row and raised only where the row is read.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import field
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.records import dataclass
from gpudb.sql.expr import Call, Literal
from gpudb.sql.functions import FunctionDefinition
from gpudb.storage.encodings.arrays import array_of, text_array
from gpudb.storage.types import Kind, SqlType

Value = int | float | bool | str
# What varies: strings as an Arrow array, other physical values in numpy's; all of one length.
Varying: TypeAlias = pa.Array | np.ndarray
Argument: TypeAlias = pa.Array | np.ndarray | Value


@dataclass(frozen=True)
class Answers:
    """A host function's answers in order, and the messages of those that it could not give."""

    values: pa.Array
    failures: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What a call asks of the values of its argument at `place`; -1 where none varies."""

    key: Hashable
    place: int
    constants: tuple[Value | None, ...]

    @property
    def is_null(self) -> bool:
        """Whether a constant is NULL, and every answer therefore."""
        return any(v is None for i, v in enumerate(self.constants) if i != self.place)

    def given(self, values: Varying) -> list[Argument]:
        """Return the arguments for some values of the one that varies."""
        return [values if constant is None else constant for constant in self.constants]


def asked_of(call: Call) -> Asked:
    """Return what a call with at most one argument that varies asks."""
    constants = tuple(a.value if isinstance(a, Literal) else None for a in call.arguments)
    varying = [i for i, a in enumerate(call.arguments) if not isinstance(a, Literal)]
    place = varying[0] if varying else -1
    key = (call.function, place, *(c for i, c in enumerate(constants) if i != place))
    return Asked(key, place, constants)


def placed(error: DataError, call: Call) -> DataError:
    """Return the error, at the call's place in the text unless it has one."""
    if error.begin is None and call.span is not None:
        error.begin, error.end = call.span.begin, call.span.end
    return error


def run(definition: FunctionDefinition, arguments: Sequence[Argument], result: SqlType) -> Answers:
    """Return the answers for arguments without NULLs; raises DataError for wrong constants."""
    varying = [i for i, a in enumerate(arguments) if is_varying(a)]
    if definition.is_scalar:
        return _each(definition, arguments, result)
    if definition.is_rowwise or varying == [0]:
        return Answers(definition.body(*arguments))
    return _grouped(definition, arguments, result)


def is_varying(argument: Argument) -> bool:
    """Whether this is an array, and no constant."""
    return isinstance(argument, pa.Array | np.ndarray)


def _each(
    definition: FunctionDefinition, arguments: Sequence[Argument], result: SqlType
) -> Answers:
    body = definition.body
    failures: dict[int, str] = {}
    answers: list[Value | None] = []
    for place, values in enumerate(_rows(arguments)):
        try:
            answers.append(body(*values))
        except DataError as error:
            answers.append(None)
            failures[place] = error.message
    return Answers(_answer_array(answers, result), failures)


def _answer_array(answers: Sequence[Value | None], result: SqlType) -> pa.Array:
    if result.is_text:
        return text_array(answers)  # type: ignore[arg-type]
    dtype = np.float64 if result.is_float else np.int64
    nulls = np.array([a is None for a in answers], np.bool_)
    numbers = np.array([0 if a is None else a for a in answers], dtype)
    array = array_of(numbers, nulls if nulls.any() else None)
    return pc.not_equal(array, 0) if result.kind is Kind.BOOLEAN else array


def _rows(arguments: Sequence[Argument]) -> list[tuple[Value, ...]]:
    count = next((len(a) for a in arguments if isinstance(a, pa.Array | np.ndarray)), 1)
    return list(zip(*(_listed(a, count) for a in arguments), strict=True))


def _listed(argument: Argument, count: int) -> list[Value]:
    if isinstance(argument, pa.Array):
        listed: list[Value] = argument.to_pylist()
        return listed
    return argument.tolist() if isinstance(argument, np.ndarray) else [argument] * count


def _grouped(
    definition: FunctionDefinition, arguments: Sequence[Argument], result: SqlType
) -> Answers:
    """Call an array body once for each distinct combination of the arguments behind the first."""
    first, *rest = arguments
    groups: dict[tuple[Value, ...], list[int]] = {}
    for place, values in enumerate(_rows(rest)):
        groups.setdefault(values, []).append(place)
    parts: list[pa.Array] = []
    failures: dict[int, str] = {}
    for values, rows in groups.items():
        try:
            parts.append(definition.body(_taken(first, rows), *values))
        except DataError as error:
            parts.append(_answer_array([None] * len(rows), result))
            failures.update(dict.fromkeys(rows, error.message))
    kind = parts[-1].type
    joined = pa.chunked_array([p.cast(kind) for p in parts]).combine_chunks()
    places = np.array([place for rows in groups.values() for place in rows], np.int64)
    return Answers(joined.take(array_of(np.argsort(places))), failures)


def _taken(first: Argument, rows: list[int]) -> Varying:
    if isinstance(first, str):
        return text_array([first] * len(rows))
    places = np.array(rows, np.int64)
    if isinstance(first, pa.Array):
        return first.take(array_of(places))
    return first[places] if isinstance(first, np.ndarray) else np.full(len(rows), first)
