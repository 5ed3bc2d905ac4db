"""Functions of arrays: of their texts (gpudb.storage.lists), once for each distinct one.

No name in SQL calls these: gpudb.sql.bind.array_forms does, which knows the elements' types.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.sql.functions.registry import function
from gpudb.storage.arrow_types import arrow_type
from gpudb.storage.lists import element_texts, list_texts, read_lists
from gpudb.storage.types import TEXT, Kind, SqlType

Texts: TypeAlias = pa.Array


def _column(part: str | pa.Array, *others: object) -> pa.Array:
    """Return texts, or a constant as often as there are others."""
    if isinstance(part, pa.Array):
        return part.cast(pa.large_string())
    rows = next((len(o) for o in others if isinstance(o, pa.Array | np.ndarray)), 1)
    return pa.array([part], pa.large_string()).take(pa.array(np.zeros(rows, np.int64)))


@function((), (TEXT, TEXT), TEXT, is_host=True, is_rowwise=True)
def array_concat(first: str | pa.Array, second: str | pa.Array) -> pa.Array:
    """The elements of two arrays, one after the other."""
    left, right = _column(first, second), _column(second, first)
    joined = pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(left, 0, -1),
        pc.utf8_slice_codeunits(right, 1),
        pa.scalar(",", pa.large_string()),
    )
    joined = pc.if_else(pc.equal(right, "{}"), left, joined)
    return pc.if_else(pc.equal(left, "{}"), right, joined)


@function((), (TEXT,), TEXT, is_host=True)
def array_item(texts: Texts) -> pa.Array:
    """A text as it stands in an array."""
    return element_texts(texts, TEXT)


@function((), (TEXT, TEXT), TEXT, is_host=True, may_fail=True)
def array_in(texts: Texts, element: str) -> pa.Array:
    """The array that a text says, its elements of a type; raises DataError for a bad text."""
    of = element_type(element)
    try:
        lists = read_lists(texts, pa.large_string() if of.is_text else arrow_type(of))
    except pa.ArrowInvalid as error:
        raise DataError(f"a text is no {of}[]: {error}") from None
    return list_texts(lists, of)


@function((), (TEXT,), TEXT, is_host=True)
def array_out(texts: Texts) -> pa.Array:
    """An array's text."""
    return texts


def element_type(name: str) -> SqlType:
    """Return the type that a type's name says: 'DECIMAL(10,2)'."""
    kind, _, rest = name.partition("(")
    sizes = [int(size) for size in rest.rstrip(")").split(",") if size]
    precision, scale = (*sizes, 0, 0)[:2]
    return SqlType(Kind(kind), precision, scale)
