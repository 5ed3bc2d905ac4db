"""Comparisons of a column with constants, made on its codes: lanes no wider than these are.

    price >= a and price < b      ->      codes[row] >= limits[0] and codes[row] <= limits[1]

The limits are codes too, of the same width: what the constants are in a chunk's frame of reference,
cut to the codes that stand for a value. LLVM sees narrow loads on both sides and compares them as
they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from gpudb.compiler.language import Pointer
from gpudb.kernels.reads import EncodedReader
from gpudb.kernels.scope import Scope
from gpudb.kernels.writer import Argument, FromChunk, FromLimits
from gpudb.records import dataclass
from gpudb.sql.expr import Call, ColumnReference, Expression, InList, Literal

MIRRORED = {
    "equal": "equal",
    "not_equal": "not_equal",
    "less": "greater",
    "less_equal": "greater_equal",
    "greater": "less",
    "greater_equal": "less_equal",
}
MOST_LISTED = 8
LEAST, GREATEST = -(1 << 63), (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Interval:
    """low <= column <= high; `is_outside` for the opposite, of a column without NULLs."""

    column: ColumnReference
    low: int
    high: int
    is_outside: bool = False


def narrow_tests(
    conjuncts: Sequence[Expression], scope: Scope, intervals: Sequence[Interval] = ()
) -> tuple[list[str], list[str], list[Expression]]:
    """Return the tests on codes, also those for `intervals`, and the conjuncts that are left.

    The tests on codes of 64 bits come apart: in one loop with others they make its lanes wide.
    """
    found, rest = tested_intervals(conjuncts, scope, intervals)
    narrow: list[str] = []
    wide: list[str] = []
    for some in found:
        either = " or ".join(_test(interval, scope) for interval in some)
        tests = wide if _code_type(some[0].column, scope) == "int64" else narrow
        tests.append(f"({either})" if len(some) > 1 or some[0].is_outside else either)
    return narrow, wide, rest


def tested_intervals(
    conjuncts: Sequence[Expression], scope: Scope, intervals: Sequence[Interval] = ()
) -> tuple[list[tuple[Interval, ...]], list[Expression]]:
    """Return what is tested on codes, the intervals of which one has to hold, and what is left."""
    inside: dict[int, Interval] = {}
    for interval in intervals:
        _narrow(inside, interval)
    others: list[tuple[Interval, ...]] = []
    rest: list[Expression] = []
    for conjunct in conjuncts:
        found = find_intervals(conjunct, scope)
        if not found:
            rest.append(conjunct)
        elif len(found) > 1 or found[0].is_outside:
            others.append(found)
        else:
            _narrow(inside, found[0])
    return [*((each,) for each in inside.values()), *others], rest


def is_narrow(conjunct: Expression, scope: Scope) -> bool:
    """Whether a conjunct is tested on codes of less than 64 bits."""
    found = find_intervals(conjunct, scope)
    return bool(found) and _code_type(found[0].column, scope) != "int64"


def _code_type(column: ColumnReference, scope: Scope) -> str:
    reader = scope.reader(column.id)
    assert isinstance(reader, EncodedReader)
    return reader.layout.buffers[0][1]


def _narrow(inside: dict[int, Interval], new: Interval) -> None:
    """Leave of a column's interval what lies in another one, too."""
    known = inside.get(new.column.id, Interval(new.column, LEAST, GREATEST))
    low, high = max(known.low, new.low), min(known.high, new.high)
    inside[new.column.id] = Interval(new.column, low, high)


def find_intervals(conjunct: Expression, scope: Scope) -> tuple[Interval, ...]:
    """Return the intervals of which one holds where the conjunct does.

    None if it has no such form.
    """
    if isinstance(conjunct, InList):
        return _listed(conjunct, scope)
    if not isinstance(conjunct, Call) or len(conjunct.arguments) != 2:
        return ()
    function, (left, right) = conjunct.function, conjunct.arguments
    if isinstance(left, Literal):
        function, left, right = MIRRORED.get(function, ""), right, left
    if function not in MIRRORED or not isinstance(left, ColumnReference):
        return ()
    if not isinstance(right, Literal) or not has_ordered_codes(left, scope):
        return ()
    value = _constant(left, right, function, scope)
    if value is None or (function == "not_equal" and _has_null_code(left, scope)):
        return ()
    return (_interval(left, function, value),)


def _interval(column: ColumnReference, function: str, value: int) -> Interval:
    match function:
        case "less":
            return Interval(column, LEAST, value - 1)
        case "less_equal":
            return Interval(column, LEAST, value)
        case "greater":
            return Interval(column, value + 1, GREATEST)
        case "greater_equal":
            return Interval(column, value, GREATEST)
    return Interval(column, value, value, is_outside=function == "not_equal")


def _listed(conjunct: InList, scope: Scope) -> tuple[Interval, ...]:
    column = conjunct.argument
    if not isinstance(column, ColumnReference) or len(conjunct.values) > MOST_LISTED:
        return ()
    if not has_ordered_codes(column, scope):
        return ()
    values = [_constant(column, literal, "equal", scope) for literal in conjunct.values]
    known = [value for value in values if value is not None]
    return tuple(Interval(column, v, v) for v in known) if len(known) == len(values) else ()


def has_ordered_codes(column: ColumnReference, scope: Scope) -> bool:
    """Whether a column's codes are integers in the order of its values."""
    reader = scope.reader(column.id)
    if not isinstance(reader, EncodedReader):
        return False
    return reader.layout.encoding in ("plain", "frame")


def _has_null_code(column: ColumnReference, scope: Scope) -> bool:
    reader = scope.reader(column.id)
    return isinstance(reader, EncodedReader) and reader.layout.nulls != "none"


def _constant(column: ColumnReference, literal: Literal, function: str, scope: Scope) -> int | None:
    """Return the physical integer of a constant, or None where there is none to compare with."""
    if isinstance(literal.value, str):
        reader = scope.reader(column.id)
        is_equality = function in ("equal", "not_equal")
        if not is_equality or not isinstance(reader, EncodedReader) or reader.domain is None:
            return None
        return reader.domain.find(literal.value)
    return int(literal.value) if isinstance(literal.value, int) else None


def _test(interval: Interval, scope: Scope) -> str:
    reader = scope.reader(interval.column.id)
    assert isinstance(reader, EncodedReader)
    dtype, name = Pointer(_code_type(interval.column, scope)), interval.column.name
    codes = scope.writer.parameter(f"{name}_codes", dtype, FromChunk(interval.column.id, 0))
    limits = scope.writer.parameter(
        f"{name}_limits",
        dtype,
        FromLimits(interval.column.id, interval.low, interval.high),
    )
    if interval.is_outside:
        return f"({codes}[row] < {limits}[0] or {codes}[row] > {limits}[1])"
    return f"({codes}[row] >= {limits}[0] and {codes}[row] <= {limits}[1])"


def code_limits(parts: Sequence[Argument], wanted: FromLimits) -> np.ndarray:
    """Return the least and the greatest code of the wanted values; 1 and 0 where there are none.

    `parts` are a column's codes, its base where it is a frame of reference, and its null code.
    """
    codes, base = parts[0], int(parts[1]) if len(parts) > 2 else 0
    assert isinstance(codes, np.ndarray)
    null_code = int(parts[-1])
    least, greatest = _code_range(codes.dtype)
    if least == 0 <= null_code <= greatest:
        greatest = null_code - 1  # NULL is the greatest of unsigned codes, the least of signed ones
    elif null_code == least:
        least += 1
    elif null_code == greatest:
        greatest -= 1  # of 64 bits, where a value is the least
    low, high = max(wanted.low - base, least), min(wanted.high - base, greatest)
    return np.array([low, high] if low <= high else [1, 0], codes.dtype)


@cache
def _code_range(dtype: np.dtype[Any]) -> tuple[int, int]:
    """Return the least and the greatest code of a width; numpy makes its own answer each time."""
    known = np.iinfo(dtype)
    return int(known.min), int(known.max)
