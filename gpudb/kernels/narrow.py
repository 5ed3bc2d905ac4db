"""Comparisons of a column with constants, made on its codes: lanes of 8, 16 or 32 bits, not of 64.

    price >= a and price < b      ->      codes[row] >= limits[0] and codes[row] <= limits[1]

The limits are codes too, of the same width: what the constants are in a chunk's frame of reference,
cut to the codes that stand for a value. LLVM sees narrow loads on both sides and compares them as
they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gpudb.compiler.language import Pointer
from gpudb.kernels.reads import EncodedReader
from gpudb.kernels.scope import Scope
from gpudb.kernels.writer import Argument, FromChunk, FromLimits
from gpudb.sql.expr import Call, ColumnReference, Expression, Literal

MIRRORED = {
    "equal": "equal",
    "less": "greater",
    "less_equal": "greater_equal",
    "greater": "less",
    "greater_equal": "less_equal",
}
LEAST, GREATEST = -(1 << 63), (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Interval:
    """low <= column <= high."""

    column: ColumnReference
    low: int
    high: int


def narrow_tests(
    conjuncts: Sequence[Expression], scope: Scope
) -> tuple[list[str], list[Expression]]:
    """Return the tests on codes, and the conjuncts that are left."""
    intervals: dict[int, Interval] = {}
    rest: list[Expression] = []
    for conjunct in conjuncts:
        found = find_interval(conjunct, scope)
        if found is None:
            rest.append(conjunct)
            continue
        known = intervals.get(found.column.id, Interval(found.column, LEAST, GREATEST))
        low, high = max(known.low, found.low), min(known.high, found.high)
        intervals[found.column.id] = Interval(found.column, low, high)
    return [_test(interval, scope) for interval in intervals.values()], rest


def find_interval(conjunct: Expression, scope: Scope) -> Interval | None:
    """Return the interval that a comparison of a narrow column with a constant stands for."""
    if not isinstance(conjunct, Call) or len(conjunct.arguments) != 2:
        return None
    function, (left, right) = conjunct.function, conjunct.arguments
    if isinstance(left, Literal):
        function, left, right = MIRRORED.get(function, ""), right, left
    if function not in MIRRORED or not isinstance(left, ColumnReference):
        return None
    if not isinstance(right, Literal) or not _has_narrow_codes(left, scope):
        return None
    value = _constant(left, right, function, scope)
    if value is None:
        return None
    match function:
        case "equal":
            return Interval(left, value, value)
        case "less":
            return Interval(left, LEAST, value - 1)
        case "less_equal":
            return Interval(left, LEAST, value)
        case "greater":
            return Interval(left, value + 1, GREATEST)
    return Interval(left, value, GREATEST)


def _has_narrow_codes(column: ColumnReference, scope: Scope) -> bool:
    reader = scope.reader(column.id)
    if not isinstance(reader, EncodedReader) or reader.layout.encoding != "frame":
        return False
    return reader.layout.buffers[0][1].startswith("uint")


def _constant(column: ColumnReference, literal: Literal, function: str, scope: Scope) -> int | None:
    """Return the physical integer of a constant, or None where there is none to compare with."""
    if isinstance(literal.value, str):
        reader = scope.reader(column.id)
        if function != "equal" or not isinstance(reader, EncodedReader) or reader.domain is None:
            return None
        return reader.domain.find(literal.value)
    return int(literal.value) if isinstance(literal.value, int) else None


def _test(interval: Interval, scope: Scope) -> str:
    reader = scope.reader(interval.column.id)
    assert isinstance(reader, EncodedReader)
    dtype, name = Pointer(reader.layout.buffers[0][1]), interval.column.name
    codes = scope.writer.parameter(f"{name}_codes", dtype, FromChunk(interval.column.id, 0))
    limits = scope.writer.parameter(
        f"{name}_limits",
        dtype,
        FromLimits(interval.column.id, interval.low, interval.high),
    )
    return f"{codes}[row] >= {limits}[0] and {codes}[row] <= {limits}[1]"


def code_limits(frame: Sequence[Argument], wanted: FromLimits) -> np.ndarray:
    """Return the least and the greatest code of the wanted values; 1 and 0 where there are none.

    `frame` is a column in a frame of reference: its codes, base and null code.
    """
    codes, base, null_code = np.asarray(frame[0]), int(frame[1]), int(frame[2])
    greatest = int(np.iinfo(codes.dtype).max)
    if 0 <= null_code <= greatest:
        greatest = null_code - 1  # NULL is the greatest code
    low, high = max(wanted.low - base, 0), min(wanted.high - base, greatest)
    return np.array([low, high] if low <= high else [1, 0], codes.dtype)
