"""Predicates of texts, and functions from a text to a number, over arrays of texts that may repeat.

They are those that kernels look up by code: the same functions, asked for each row instead of for
each distinct text. Only the search for a part has a kernel of its own here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from gpudb.kernels import answers
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.substrings import has_part
from gpudb.kernels.text import MIRRORED, is_in
from gpudb.late import compute as pc
from gpudb.sql.expr import COMPARISONS, Call, ColumnReference, Expression, InList, Literal
from gpudb.sql.functions import get_function
from gpudb.sql.functions.search import find_part
from gpudb.storage.arrow import arrow_type
from gpudb.storage.encodings.arrays import array_of, null_mask
from gpudb.storage.types import SqlType

Function = Callable[[pa.Array], pa.Array]


def answered(expression: Expression, strings: pa.Array, fixed: FixedKernels) -> pa.Array:
    """Return what `expression` gives for each of the strings, to which all columns in it refer.

    Raises DataError for wrong constants, unless all strings are NULL.
    """
    match expression:
        case ColumnReference():
            return strings
        case InList(argument=argument, values=values):
            function = is_in([str(literal.value) for literal in values])
        case Call(function="is_null", arguments=(argument,)):
            return pc.is_null(answered(argument, strings, fixed))
        case Call(function="is_not_null", arguments=(argument,)):
            return pc.is_valid(answered(argument, strings, fixed))
        case Call(function=name, arguments=(left, right)) if name in COMPARISONS:
            argument, function = _comparison(name, left, right)
        case Call(arguments=(argument, *others)):
            literals = (other.value for other in others if isinstance(other, Literal))
            constants = [value for value in literals if value is not None]
            function = partial(_called, expression, constants, fixed)
        case _:
            raise AssertionError(f"nothing that follows from a text: {expression!r}")
    return _where_known(expression.type, function, answered(argument, strings, fixed))


def _comparison(name: str, left: Expression, right: Expression) -> tuple[Expression, Function]:
    """Return the text and its comparison with the constant."""
    if isinstance(left, Literal):
        left, right, name = right, left, MIRRORED.get(name, name)
    assert isinstance(right, Literal)
    value, compare = right.value, getattr(pc, name)
    return left, lambda strings: compare(strings, pa.scalar(value, strings.type))


def _called(
    call: Call, constants: Sequence[answers.Value], fixed: FixedKernels, strings: pa.Array
) -> pa.Array:
    part = find_part(call.function, constants)
    held = None if part is None else has_part(strings, part, fixed)
    if held is not None:
        return held
    found = answers.run(get_function(call.function), [strings, *constants], call.type)
    assert not found.failures
    return found.values


def _where_known(type: SqlType, function: Function, strings: pa.Array) -> pa.Array:
    """Return function(strings), which never sees a NULL, NULL where a string is."""
    nulls = null_mask(strings)
    if nulls is None:
        return function(strings)
    if nulls.all():
        return pa.nulls(len(strings), arrow_type(type))
    found = function(strings.drop_null())
    return found.take(array_of(np.cumsum(~nulls) - 1, nulls))
