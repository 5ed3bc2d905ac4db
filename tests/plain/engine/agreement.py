"""Compares answers: rows of two databases exactly, but floats to 1e-9."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from decimal import Decimal

import gpudb

Row = Sequence[object]


def answer(connection: gpudb.Connection, text: str) -> object:
    """Return a statement's rows, or its error with its place."""
    try:
        return connection.execute(text).fetchall()
    except gpudb.Error as error:
        return f"{type(error).__name__} {error}"


def find_difference(ours: Sequence[Row], theirs: Sequence[Row], *, is_ordered: bool) -> str | None:
    """Return what differs, or None."""
    if len(ours) != len(theirs):
        return f"{len(ours)} rows, not {len(theirs)}:\n{ours[:9]}\n{theirs[:9]}"
    mine = [tuple(map(comparable, row)) for row in ours]
    other = [tuple(map(comparable, row)) for row in theirs]
    if not is_ordered:
        mine.sort(key=sort_key)
        other.sort(key=sort_key)
    for place, (a, b) in enumerate(zip(mine, other, strict=True)):
        if not all(map(is_same, a, b)):
            return f"row {place}: {a}, not {b}"
    return None


def comparable(value: object) -> object:
    """Return `value` in a form in which equal values of both databases are equal."""
    if isinstance(value, Decimal):
        return Decimal(0) if value == 0 else value.normalize()
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    return value


def is_same(a: object, b: object) -> bool:
    """Whether two values agree; floats to 1e-9, NaN with NaN."""
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def sort_key(row: Row) -> tuple[str, ...]:
    """Return a key that puts equal rows at the same place, whatever their floats' last digits."""
    return tuple(f"{v + 0.0:.7e}" if isinstance(v, float) else str(v) for v in row)
