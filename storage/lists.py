"""Arrays as texts: the one text of each list of scalars, as PostgreSQL writes arrays.

    [1, None, 3] <-> {1,NULL,3}      ['a', 'b c', 'NULL', ''] <-> {a,"b c","NULL",""}      [] <-> {}

A column of arrays is a column of these texts: equal arrays have equal texts, so dictionaries,
grouping and joins treat them as any texts. Functions of arrays read lists out of distinct texts.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError
from gpudb.late import compute as pc
from gpudb.storage.types import Kind, SqlType

# A text that must stand in quotes: it has a sign of the form, or white space at its ends, or means
# something else without quotes.
QUOTED = r'^$|[{},"\\\s]|^(?i:null)$'
ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^{},"\\]*?))\s*([,}])', re.DOTALL)


def list_texts(array: pa.Array, element: SqlType) -> pa.Array:
    """Return the texts of lists, whose values are of `element`'s Arrow type: large strings."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if not pa.types.is_large_list(array.type):
        array = array.cast(pa.large_list(array.type.value_type))
    flat = pc.fill_null(element_texts(array.flatten(), element), "NULL")
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), flat.cast(pa.large_string()))
    inner = pc.binary_join(lists, pa.scalar(",", pa.large_string()))
    texts = _around("{", inner, "}")
    if not array.null_count:
        return texts
    return pc.if_else(array.is_valid(), texts, pa.scalar(None, pa.large_string()))


def element_texts(values: pa.Array, element: SqlType) -> pa.Array:
    """Return scalars as they stand in an array's text; NULL stays NULL."""
    if element.kind is Kind.TEXT:
        texts = values.cast(pa.large_string())
        is_quoted = pc.match_substring_regex(texts, QUOTED)
        escaped = pc.replace_substring_regex(texts, r'(["\\])', r"\\\1")
        return pc.if_else(is_quoted, _around('"', escaped, '"'), texts)
    if element.is_float:
        dtype = np.float32 if element.kind is Kind.FLOAT else np.float64
        shown = [None if v is None else _float_text(dtype(v)) for v in values.to_pylist()]
        return pa.array(shown, pa.large_string())
    if pa.types.is_timestamp(values.type) and values.type.tz is not None:
        values = values.cast(pa.timestamp(values.type.unit))
    texts = values.cast(pa.large_string())
    if element.kind is Kind.TIME or (element.kind is Kind.TIMESTAMP and element.precision):
        texts = pc.replace_substring_regex(texts, r"\.?0+$", "")
    if element.kind is Kind.TIMESTAMP:
        texts = _around('"', texts, '"')
    return texts


def _around(before: str, texts: pa.Array, behind: str) -> pa.Array:
    parts = [pa.scalar(part, pa.large_string()) for part in (before, behind, "")]
    return pc.binary_join_element_wise(parts[0], texts, *parts[1:])


def _float_text(value: np.floating) -> str:
    """Return a float in the fewest digits; -0.0 is 0, since the two are equal."""
    text = str(value + 0.0)
    names = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return names.get(text, text.removesuffix(".0"))


def parsed_lists(texts: pa.Array, element: SqlType, value_type: pa.DataType) -> pa.Array:
    """Return the lists of texts that `list_texts` made: large lists of `value_type`."""
    nulls = texts.is_null().to_numpy(zero_copy_only=False)
    has_quotes = pc.any(pc.match_substring(texts, '"')).as_py()
    if has_quotes and element.kind is not Kind.TIMESTAMP:
        lists = [None if t is None else split_text(t) for t in texts.to_pylist()]
        strings = pa.array(lists, pa.large_list(pa.large_string()))
        return _of_values(strings.flatten(), _lengths(strings), nulls, value_type)
    plain = pc.replace_substring(texts.cast(pa.large_string()), '"', "")
    inner = pc.utf8_slice_codeunits(plain, 1, -1)
    strings = pc.split_pattern(inner, ",")
    lengths = _lengths(strings)
    is_empty = pc.fill_null(pc.equal(inner, ""), True).to_numpy(zero_copy_only=False)
    flat = strings.flatten()
    if is_empty.any():
        # Nothing between the braces is no element, where splitting gives one.
        owners = np.repeat(np.arange(len(lengths)), lengths)
        flat = flat.filter(pa.array(~is_empty[owners]))
        lengths = np.where(is_empty, 0, lengths)
    flat = pc.if_else(pc.equal(flat, "NULL"), pa.scalar(None, flat.type), flat)
    return _of_values(flat, lengths, nulls, value_type)


def _lengths(lists: pa.Array) -> np.ndarray:
    found: np.ndarray = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    return found


def _of_values(
    strings: pa.Array, lengths: np.ndarray, nulls: np.ndarray, value_type: pa.DataType
) -> pa.Array:
    values = strings
    if not pa.types.is_large_string(value_type):
        values = strings.cast(pa.string()).cast(value_type)
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    mask = pa.array(nulls) if nulls.any() else None
    return pa.LargeListArray.from_arrays(pa.array(offsets), values, mask=mask)


def read_lists(texts: pa.Array, value_type: pa.DataType) -> pa.Array:
    """Return the lists that texts of any form say: large lists of `value_type`.

    Raises DataError for a text that is no array, pa.ArrowInvalid for an element of another type.
    """
    found = [None if text is None else split_text(text) for text in texts.to_pylist()]
    strings = pa.array(found, pa.large_list(pa.large_string()))
    flat = strings.flatten()
    if not pa.types.is_large_string(value_type):
        flat = flat.cast(pa.string()).cast(value_type)
    mask = strings.is_null() if strings.null_count else None
    return pa.LargeListArray.from_arrays(strings.offsets, flat, mask=mask)


def split_text(text: str) -> list[str | None]:
    """Return the elements of an array's text, NULL as None; raises DataError for a bad text."""
    body = text.strip()
    if not body.startswith("{"):
        raise DataError(f"{text!r} is no array: it is written {{1,2}}")
    if re.fullmatch(r"\{\s*\}", body):
        return []
    found: list[str | None] = []
    place = 1
    while True:
        match = ITEM.match(body, place)
        if match is None or (match[1] is None and match[2] == ""):
            raise DataError(f"{text!r} is no array: it is written {{1,2}}, with texts in quotes")
        if match[1] is not None:
            found.append(re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL))
        else:
            found.append(None if match[2].upper() == "NULL" else match[2])
        place = match.end()
        if match[3] == "}":
            break
    if place != len(body):
        raise DataError(f"{text!r} is no array: something follows the closing brace")
    return found
