"""Functions of arrays: of their texts (gpudb.storage.lists), once for each distinct one.

No name in SQL calls these: gpudb.sql.bind.array_forms does, which knows the elements' types.
"""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa

from gpudb.errors import DataError
from gpudb.sql.functions.registry import function
from gpudb.storage.arrow_types import arrow_type
from gpudb.storage.lists import list_texts, read_lists
from gpudb.storage.types import TEXT, Kind, SqlType

Texts: TypeAlias = pa.Array


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
