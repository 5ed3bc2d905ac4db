"""Users' Python functions called on the host: once for each distinct arguments, or over batches."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.sql.user_function import Outcome
from gpudb.storage.arrow import arrow_type
from gpudb.storage.encodings.arrays import array_of, codes_of
from gpudb.storage.types import SqlType

Function = Callable[..., Any]
BATCH_ROWS = 1 << 17


def call_distinct(
    name: str,
    function: Function,
    result: SqlType,
    is_strict: bool,
    arrays: Sequence[pa.Array],
    rows: int,
) -> Outcome:
    """Call a function once for each distinct combination of arguments; errors are kept by row."""
    if rows == 0:
        return Outcome(pa.nulls(0, arrow_type(result)))
    firsts, places = distinct_rows(arrays, rows)
    columns = [array.take(array_of(firsts)).to_pylist() for array in arrays]
    answers: list[object] = []
    failures: list[str | None] = []
    for row in range(len(firsts)):
        arguments = [column[row] for column in columns]
        answer, failure = None, None
        if not (is_strict and None in arguments):
            answer, failure = call_once(name, function, arguments)
        answers.append(answer)
        failures.append(failure)
    values = converted(name, answers, failures, result)
    taken = array_of(places)
    if not any(failures):
        return Outcome(values.take(taken))
    return Outcome(values.take(taken), pa.array(failures, pa.large_string()).take(taken))


def call_once(
    name: str, function: Function, arguments: Sequence[object]
) -> tuple[object, str | None]:
    """Return what a function gives, or the message of what it raises."""
    try:
        return function(*arguments), None
    except Exception as error:  # noqa: BLE001 (whatever a user's function raises)
        shown = ", ".join(map(repr, arguments))
        return None, f"{described(name, error)}, called with ({shown})"


def described(name: str, error: Exception) -> str:
    """Return a message that names the function, its line and the exception."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    where = f", line {frames[0].lineno} of {frames[0].filename}" if frames else ""
    return f"function {name}{where}: {type(error).__name__}: {error}".rstrip(": ")


def distinct_rows(arrays: Sequence[pa.Array], rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a row of each distinct combination, and for each row the place of its combination."""
    combined = np.zeros(rows, np.int64)
    for array in arrays:
        encoded = array.dictionary_encode(null_encoding="encode")
        codes = codes_of(encoded.indices, 0).astype(np.int64)
        # The places so far are below `rows`, and so are the codes: no product overflows.
        _, combined = np.unique(
            combined * (len(encoded.dictionary) + 1) + codes, return_inverse=True
        )
    _, firsts, places = np.unique(combined, return_index=True, return_inverse=True)
    return firsts.astype(np.int64), places.astype(np.int64)


def converted(
    name: str, answers: Sequence[object], failures: list[str | None], result: SqlType
) -> pa.Array:
    """Return answers as an array; one that does not fit becomes a failure."""
    wanted = arrow_type(result)
    try:
        return exact_array(answers, wanted)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        pass
    kept: list[object] = []
    for place, answer in enumerate(answers):
        try:
            exact_array([answer], wanted)
            kept.append(answer)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            kind = type(answer).__name__
            failures[place] = f"function {name} gave {answer!r} ({kind}), which is no {result}"
            kept.append(None)
    return exact_array(kept, wanted)


def exact_array(answers: Sequence[object], wanted: pa.DataType) -> pa.Array:
    """Return Python values as an array; TypeError where Arrow would take one for another type."""
    is_integer, is_boolean = pa.types.is_integer(wanted), pa.types.is_boolean(wanted)
    for answer in answers:
        if isinstance(answer, float) and is_integer and not answer.is_integer():
            raise TypeError("a fraction would be lost")
        if answer is not None and is_boolean and not isinstance(answer, bool | np.bool_):
            raise TypeError("a number is no BOOLEAN")
    return pa.array(answers, wanted)


def call_batches(
    name: str,
    function: Function,
    result: SqlType,
    is_strict: bool,
    arrays: Sequence[pa.Array],
    rows: int,
) -> Outcome:
    """Call a function over batches of rows; what goes wrong raises DataError for all of them."""
    wanted = arrow_type(result)
    parts = [
        called_batch(
            name, function, wanted, is_strict, [a.slice(begin, BATCH_ROWS) for a in arrays]
        )
        for begin in range(0, rows, BATCH_ROWS)
    ]
    return Outcome(
        pa.chunked_array(parts, wanted).combine_chunks() if parts else pa.nulls(0, wanted)
    )


def called_batch(
    name: str,
    function: Function,
    wanted: pa.DataType,
    is_strict: bool,
    arrays: Sequence[pa.Array],
) -> pa.Array:
    """Return a function's answer for one batch."""
    rows = len(arrays[0])
    try:
        answer = function(*arrays)
    except Exception as error:
        raise DataError(described(name, error)) from error
    array = as_array(name, answer, wanted)
    if len(array) != rows:
        raise DataError(f"function {name} gave {len(array):,} values for {rows:,} rows")
    if not is_strict or not any(a.null_count for a in arrays):
        return array
    return pc.if_else(all_valid(arrays), array, pa.scalar(None, wanted))


def all_valid(arrays: Sequence[pa.Array]) -> pa.Array:
    """Return where no argument is NULL."""
    valid = arrays[0].is_valid()
    for array in arrays[1:]:
        valid = pc.and_(valid, array.is_valid())
    return valid


def as_array(name: str, answer: object, wanted: pa.DataType) -> pa.Array:
    """Return what a function gave as an array of the wanted type; DataError for what is none."""
    try:
        array = answer if isinstance(answer, pa.Array | pa.ChunkedArray) else pa.array(answer)
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        return array if array.type == wanted else array.cast(wanted)
    except (pa.ArrowException, TypeError, ValueError) as error:
        kind = type(answer).__name__
        raise DataError(
            f"function {name} gave a {kind} that is no array of {wanted}: {error}"
        ) from error
