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
from gpudb.storage.lists import element_texts, list_texts, parsed_lists, read_lists
from gpudb.storage.types import BIGINT, BOOLEAN, INTEGER, TEXT, Kind, SqlType

Texts: TypeAlias = pa.Array
# What a text of an element is compared as, by the name that the binder passes on.
COMPARED = {
    "integer": pa.int64(),
    "float": pa.float64(),
    "decimal": pa.decimal128(38, 18),
    "text": pa.large_string(),
}


def _string_lists(texts: Texts) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """Return all elements as texts, and where each array's begin, and how many it has."""
    found = parsed_lists(texts.cast(pa.large_string()), TEXT, pa.large_string())
    offsets = found.offsets.to_numpy()
    return found.values, offsets[:-1], np.diff(offsets)


def _column(part: str | pa.Array, *others: object) -> pa.Array:
    """Return texts, or a constant as often as there are others."""
    if isinstance(part, pa.Array):
        return part.cast(pa.large_string())
    rows = next((len(o) for o in others if isinstance(o, pa.Array | np.ndarray)), 1)
    return pa.array([part], pa.large_string()).take(pa.array(np.zeros(rows, np.int64)))


@function((), (TEXT,), INTEGER, is_host=True)
def array_size(texts: Texts) -> pa.Array:
    """How many elements an array has."""
    _, _, sizes = _string_lists(texts)
    return pa.array(sizes.astype(np.int32), mask=texts.is_null().to_numpy(zero_copy_only=False))


@function((), (TEXT, BIGINT), TEXT, is_host=True, is_rowwise=True, may_be_null=True)
def array_element(texts: str | pa.Array, index: int | np.ndarray) -> pa.Array:
    """The text of the element at an index from 1 on; NULL outside."""
    values, begins, sizes = _string_lists(_column(texts, index))
    places = np.asarray(index, np.int64)
    is_inside = (places >= 1) & (places <= sizes)
    rows = np.where(is_inside, begins + places - 1, 0)
    return values.take(pa.array(rows, mask=~is_inside))


@function((), (TEXT, TEXT), INTEGER, is_host=True, is_rowwise=True, may_be_null=True)
def array_place(texts: str | pa.Array, wanted: str | pa.Array) -> pa.Array:
    """The index of the first element that has a text; NULL where none has."""
    texts = _column(texts, wanted)
    values, begins, sizes = _string_lists(texts)
    owners = np.repeat(np.arange(len(texts)), sizes)
    sought = wanted
    if isinstance(wanted, pa.Array):
        sought = wanted.cast(pa.large_string()).take(pa.array(owners))
    hits = np.flatnonzero(pc.fill_null(pc.equal(values, sought), False))
    found, first = np.unique(owners[hits], return_index=True)
    places = np.zeros(len(texts), np.int32)
    places[found] = hits[first] - begins[found] + 1
    return pa.array(places, mask=places == 0)


@function((), (TEXT, TEXT), BOOLEAN, is_host=True, is_rowwise=True)
def array_holds(texts: str | pa.Array, wanted: str | pa.Array) -> pa.Array:
    """Whether some element has a text."""
    texts = _column(texts, wanted)
    missing = texts.is_null()
    if isinstance(wanted, pa.Array):
        missing = pc.or_(missing, wanted.is_null())
    found = pc.is_valid(array_place(texts, wanted))
    return pc.if_else(missing, pa.scalar(None, pa.bool_()), found)


@function((), (TEXT, TEXT, TEXT, TEXT), INTEGER, is_host=True, is_rowwise=True, may_be_null=True)
def array_any(texts: str | pa.Array, given: str | pa.Array, comparison: str, kind: str) -> pa.Array:
    """1 where a value compares with some element so, else NULL if one is NULL, else 0."""
    texts = _column(texts, given)
    values, _, sizes = _string_lists(texts)
    owners = np.repeat(np.arange(len(texts)), sizes)
    of = COMPARED[kind]
    if isinstance(given, pa.Array):
        left = given.cast(pa.large_string()).take(pa.array(owners))
        is_null = given.is_null().to_numpy(zero_copy_only=False)
    else:
        left, is_null = pa.array([given], pa.large_string()), np.zeros(len(texts), np.bool_)
    typed = _as(left, of)
    compared = getattr(pc, comparison)(
        typed if isinstance(given, pa.Array) else typed[0], _as(values, of)
    )
    is_true = np.zeros(len(texts), np.bool_)
    is_true[owners[np.flatnonzero(pc.fill_null(compared, False))]] = True
    is_open = np.zeros(len(texts), np.bool_)
    is_open[owners[np.flatnonzero(compared.is_null())]] = True
    return pa.array(is_true.astype(np.int32), mask=(is_open & ~is_true) | is_null)


def _as(texts: pa.Array, of: pa.DataType) -> pa.Array:
    if pa.types.is_large_string(of):
        return texts
    values = texts.cast(pa.string()).cast(of)
    return _float_order(values) if pa.types.is_floating(of) else values


def _float_order(values: pa.Array) -> pa.Array:
    """Return integers that compare as the floats do, NaN as the greatest."""
    is_null = values.is_null().to_numpy(zero_copy_only=False)
    floats = pc.fill_null(values, 0.0).to_numpy(zero_copy_only=False) + 0.0
    bits = np.where(np.isnan(floats), np.nan, floats).view(np.int64)
    return pa.array(np.where(bits < 0, bits ^ np.int64((1 << 63) - 1), bits), mask=is_null)


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
