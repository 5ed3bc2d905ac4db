"""Held columns as Arrow arrays, and what is computed from them on the host."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError, Error
from gpudb.kernels.answer_texts import LEAST_ROWS, written_texts
from gpudb.kernels.answers import Answers, placed, run
from gpudb.kernels.array_calls import called
from gpudb.kernels.domains import Domain, encode
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.held import Failures, HeldColumn, Relation
from gpudb.kernels.lists import list_domain, lists_of
from gpudb.kernels.relations import constant_column
from gpudb.kernels.texts import as_text, held_text
from gpudb.sql.bind.constants import convert
from gpudb.sql.expr import HOST_ARRAYS, Call, Cast, ColumnReference, Expression, Literal, UserCall
from gpudb.sql.functions import get_function
from gpudb.sql.plan import Item
from gpudb.sql.user_function import Outcome
from gpudb.storage.arrow import (
    arrow_type,
    physical,
    to_arrow,
    to_arrow_decimal128,
    to_arrow_text,
)
from gpudb.storage.encodings import wide
from gpudb.storage.encodings.arrays import array_of, codes_of, flags_of, text_array
from gpudb.storage.types import TEXT, Kind, SqlType


def arrow_column(column: HeldColumn, fixed: FixedKernels | None = None) -> pa.Array:
    """Return a held column as an array of its SQL type's Arrow type; `fixed` write many texts."""
    if column.domain is not None and column.type.is_array:
        return _array_column(column, column.domain)
    if column.domain is not None:
        return _text_column(column, column.domain, fixed)
    if column.high is not None:
        return to_arrow_decimal128(column.values, column.high, column.nulls, column.type)
    return to_arrow(column.values, column.nulls, column.type)


def _text_column(column: HeldColumn, domain: Domain, fixed: FixedKernels | None) -> pa.Array:
    codes, wanted = column.values, arrow_type(column.type)
    if fixed is not None and len(codes) >= LEAST_ROWS and not domain.has_null:
        texts = written_texts(fixed, codes, column.nulls, domain)
        if texts is not None:
            return texts.cast(wanted)
    found = domain.take(codes, column.nulls)
    return found if found.type == wanted else found.cast(wanted)


def _array_column(column: HeldColumn, domain: Domain) -> pa.Array:
    lists = lists_of(domain, column.type)
    if not len(lists):
        return pa.nulls(len(column.values), arrow_type(column.type))
    codes = column.values if column.nulls is None else np.where(column.nulls, 0, column.values)
    return lists.take(codes).arrow(column.nulls).cast(arrow_type(column.type))


def host_compute(relation: Relation, results: Sequence[Item]) -> Relation:
    """Return `relation` with the results added as columns."""
    columns = dict(relation.columns)
    outcomes: dict[object, Outcome] = {}
    for item in results:
        call = item.expression
        if isinstance(call, UserCall):
            key = (call.function, call.arguments)
            if key not in outcomes:
                outcomes[key] = _outcome(call, relation)
            columns[item.field.id] = _held_outcome(call, outcomes[key])
        else:
            columns[item.field.id] = _computed(call, relation)
    return Relation(relation.rows, columns)


def _outcome(call: UserCall, relation: Relation) -> Outcome:
    assert call.function.evaluate is not None
    arrays = argument_arrays(call, relation.rows, lambda argument: _array(argument, relation))
    try:
        return call.function.evaluate(arrays, relation.rows)
    except Error as error:
        # Only functions over whole batches raise here: their rows have no errors of their own.
        if call.span is not None:
            error.begin, error.end = call.span.begin, call.span.end
        raise


def _held_outcome(call: UserCall, outcome: Outcome) -> HeldColumn:
    if not call.is_failure:
        return held_values(outcome.values, call.type)
    messages = outcome.failures
    if messages is None:
        messages = pa.nulls(len(outcome.values), pa.large_string())
    return held_text(messages, TEXT)


def argument_arrays(
    call: UserCall, rows: int, array_of_argument: Callable[[Expression], pa.Array]
) -> list[pa.Array]:
    """Return the arguments of a call as arrays of `rows` values, constants repeated."""
    arrays = []
    for argument in call.arguments:
        if isinstance(argument, Literal):
            one = constant_column(argument.type, [argument.value])
            arrays.append(arrow_column(one.take(np.zeros(rows, np.int64))))
        else:
            arrays.append(array_of_argument(argument))
    return arrays


def held_values(array: pa.Array, type: SqlType) -> HeldColumn:
    """Return an array of a type's Arrow type as a held column."""
    if type.is_text:
        return held_text(array, type)
    found = physical(array, type)
    if not wide.is_wide(found.values):
        return HeldColumn(type, found.values, found.nulls)
    low, high = wide.low_words(found.values), wide.high_words(found.values)
    return HeldColumn(type, low, found.nulls, high=high)


def _computed(expression: Expression, relation: Relation) -> HeldColumn:
    if isinstance(expression, Cast):
        source = expression.argument.type
        if source.is_interval:
            return _intervals_as_text(expression, relation)
        array = as_text(_array(expression.argument, relation), expression.argument.type)
        return held_text(array, expression.type)
    assert isinstance(expression, Call)
    if expression.function in HOST_ARRAYS:
        columns = [_argument(a, relation) for a in expression.arguments]
        return called(expression, columns)
    return _called(expression, relation)


def _argument(argument: Expression, relation: Relation) -> HeldColumn:
    if isinstance(argument, Literal):
        one = constant_column(argument.type, [argument.value])
        return one.take(np.zeros(relation.rows, np.int64))
    return relation.columns[_id(argument)]


def _called(call: Call, relation: Relation) -> HeldColumn:
    """Return a host function's answers for all rows."""
    columns = [None if isinstance(a, Literal) else relation.columns[_id(a)] for a in call.arguments]
    constants = [a.value if isinstance(a, Literal) else None for a in call.arguments]
    is_null = np.zeros(relation.rows, np.bool_)
    for column, constant in zip(columns, constants, strict=True):
        if column is None:
            is_null |= constant is None
        elif column.nulls is not None:
            is_null |= column.nulls.view(np.bool_)
    if is_null.all():
        return constant_column(call.type, [None] * relation.rows)
    try:
        if get_function(call.function).is_rowwise:
            return _computed_rows(call, columns, constants, is_null)
        return _computed_distinct(call, columns, constants, is_null)
    except DataError as error:
        raise placed(error, call) from None


def _id(argument: Expression) -> int:
    assert isinstance(argument, ColumnReference)
    return argument.id


def _intervals_as_text(expression: Cast, relation: Relation) -> HeldColumn:
    """Write each distinct interval."""
    column = relation.columns[_id(expression.argument)]
    distinct, places = np.unique(column.values, return_inverse=True)
    shown = text_array([str(convert(v, column.type, TEXT)) for v in distinct.tolist()])
    strings = shown.take(array_of(places.astype(np.int64), column.nulls))
    return held_text(strings, expression.type)


Constants = Sequence[int | float | bool | str | None]


def _computed_rows(
    call: Call, columns: Sequence[HeldColumn | None], constants: Constants, is_null: np.ndarray
) -> HeldColumn:
    """Call a body that takes whole columns."""
    given = [
        constant if column is None else _whole(column)
        for column, constant in zip(columns, constants, strict=True)
    ]
    found = run(get_function(call.function), given, call.type)
    return _held_answers(call, found, np.arange(len(is_null)), is_null)


def _whole(column: HeldColumn) -> pa.Array | np.ndarray:
    if column.domain is None:
        return column.values
    if column.type.is_array:
        # Functions of arrays take their texts.
        return to_arrow_text(column.values, column.nulls, column.domain.strings)
    return arrow_column(column)


def _computed_distinct(
    call: Call, columns: Sequence[HeldColumn | None], constants: Constants, is_null: np.ndarray
) -> HeldColumn:
    """Call a body once for each distinct combination of its arguments."""
    live = np.flatnonzero(~is_null)
    parts = [None if column is None else _distinct(column, live) for column in columns]
    first, places = _combinations([codes for _, codes in filter(None, parts)])
    given = [
        constant if part is None else _taken(part[0], part[1][first])
        for part, constant in zip(parts, constants, strict=True)
    ]
    found = run(get_function(call.function), given, call.type)
    everywhere = np.zeros(len(is_null), np.int64)
    everywhere[live] = places
    return _held_answers(call, found, everywhere, is_null)


def _distinct(column: HeldColumn, rows: np.ndarray) -> tuple[pa.Array | np.ndarray, np.ndarray]:
    """Return values that hold all of the column's at `rows`, and their places by row."""
    if column.domain is not None:
        return column.domain.strings, column.values[rows]
    values = column.values
    if column.high is not None:
        low = values.view(np.uint64).astype(object)
        values = column.high.astype(object) * (1 << 64) + low
    return np.unique(values[rows], return_inverse=True)


def _combinations(codes: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return a row of each distinct combination of codes, and the combination of each row."""
    combined = np.zeros(len(codes[0]), np.int64)
    most = 1
    for part in codes:
        width = int(part.max()) + 1
        if most * width >= 1 << 62:
            combined = np.unique(combined, return_inverse=True)[1]
            most = len(combined)
        combined, most = combined * width + part, most * width
    _, first, places = np.unique(combined, return_index=True, return_inverse=True)
    return first, places


def _taken(values: pa.Array | np.ndarray, places: np.ndarray) -> pa.Array | np.ndarray:
    if isinstance(values, np.ndarray):
        return values[places]
    return values.take(array_of(places.astype(np.int64)))


def _held_answers(
    call: Call, found: Answers, places: np.ndarray, is_null: np.ndarray
) -> HeldColumn:
    """Return the answers at `places` as a column."""
    missing = is_null | flags_of(found.values.is_null()).view(np.bool_)[places]
    nulls = missing if missing.any() else None
    failures = _failures(call, found, places, is_null)
    if call.type.is_text:
        encoded = encode(found.values)
        codes = codes_of(encoded.indices, 0).astype(np.int32)[places]
        domain = list_domain(Domain(encoded.dictionary), call.type)
        return HeldColumn(call.type, codes, nulls, domain=domain, failures=failures)
    if call.type.kind is Kind.BOOLEAN:
        values = flags_of(found.values)
    else:
        values = codes_of(found.values, 0).astype(np.float64 if call.type.is_float else np.int64)
    return HeldColumn(call.type, values[places], nulls, failures=failures)


def _failures(
    call: Call, found: Answers, places: np.ndarray, is_null: np.ndarray
) -> Failures | None:
    if not found.failures:
        return None
    codes = np.zeros(len(found.values), np.int32)
    codes[list(found.failures)] = np.arange(1, len(found.failures) + 1)
    by_row = np.where(is_null, 0, codes[places]).astype(np.int32)
    return Failures(by_row, tuple(found.failures.values()), call.span)


def _array(expression: Expression, relation: Relation) -> pa.Array:
    assert isinstance(expression, ColumnReference)
    return arrow_column(relation.columns[expression.id])


def literal_text(literal: Literal) -> str:
    """Return a constant that is not NULL as text."""
    if literal.type.is_interval and isinstance(literal.value, int):
        return str(convert(literal.value, literal.type, TEXT))
    column = constant_column(literal.type, [literal.value])
    text = as_text(arrow_column(column), literal.type)[0].as_py()
    assert isinstance(text, str)
    return text
