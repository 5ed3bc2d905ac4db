"""Arrays that the host makes of whole columns, and texts of them: CALLED has a function for each.

A function gets its arguments as held columns of a value a row, and gives one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from gpudb.errors import DataError
from gpudb.kernels import array_changes
from gpudb.kernels.held import Failures, HeldColumn
from gpudb.kernels.list_casts import cast_domain
from gpudb.kernels.list_values import (
    Columns,
    Runs,
    at_places,
    held_arrays,
    lists_of_values,
    null_rows,
)
from gpudb.kernels.lists import Lists, joined
from gpudb.kernels.texts import as_text, held_text
from gpudb.late import compute as pc
from gpudb.records import replace
from gpudb.sql.expr import Call
from gpudb.sql.functions.matching import Matches
from gpudb.storage.arrow import to_arrow_text
from gpudb.storage.encodings.arrays import array_of
from gpudb.storage.encodings.lists import gathered
from gpudb.storage.types import SqlType


def called(call: Call, columns: Columns) -> HeldColumn:
    """Return what one of expr.HOST_ARRAYS gives, a value a row."""
    if call.function in ("cast_array", "try_cast_array"):
        return _cast_array(call, columns[0])
    if call.function in CHANGES:
        return CHANGES[call.function](call, columns)
    try:
        return CALLED[call.function](call.type, columns)
    except DataError as error:
        if call.span is not None:
            error.begin, error.end = call.span.begin, call.span.end
        raise


def _cast_array(call: Call, column: HeldColumn) -> HeldColumn:
    """Turn texts or arrays into arrays of another type; what fails is NULL, or fails where read."""
    assert column.domain is not None
    cast = cast_domain(column.domain, column.type, call.type)
    codes, nulls = column.values, column.nulls
    if not len(cast.codes):
        return HeldColumn(call.type, np.zeros(len(codes), np.int32), nulls, domain=cast.domain)
    codes = codes if nulls is None else np.where(nulls, 0, codes)
    found = HeldColumn(call.type, cast.codes[codes], nulls, domain=cast.domain)
    if not cast.messages:
        return found
    wrong = cast.wrong[codes] if nulls is None else np.where(nulls, 0, cast.wrong[codes])
    if call.function == "cast_array":
        return replace(found, failures=Failures(wrong.astype(np.int32), cast.messages, call.span))
    missing = wrong > 0 if nulls is None else (wrong > 0) | nulls.astype(np.bool_)
    return replace(found, nulls=missing)


def _make_array(of: SqlType, columns: Columns) -> HeldColumn:
    """Put the values of each row side by side."""
    rows, count = len(columns[0].values), len(columns)
    together = joined([lists_of_values(column, of) for column in columns])
    places = (np.arange(rows)[:, None] + np.arange(count) * rows).ravel()
    offsets = np.arange(rows + 1, dtype=np.int64) * count
    return held_arrays(at_places(together, places, offsets), None)


def _join_arrays(of: SqlType, columns: Columns) -> HeldColumn:
    """Put the elements of the second array behind those of the first."""
    first, second = (Runs.of(column) for column in columns)
    together = joined([first.lists, second.lists])
    begins = np.stack((first.begins, second.begins + len(first.lists.values)), 1).ravel()
    counts = np.stack((first.counts, second.counts), 1).ravel()
    offsets, places = gathered(begins, counts)
    return held_arrays(
        at_places(together, places, np.ascontiguousarray(offsets[::2])), null_rows(columns)
    )


def _slice_array(of: SqlType, columns: Columns) -> HeldColumn:
    """Take the elements of which the numbers, from 1, lie between two bounds."""
    run, nulls = Runs.of(columns[0]), null_rows(columns)
    low = np.maximum(columns[1].values.astype(np.int64), 1)
    high = np.minimum(columns[2].values.astype(np.int64), run.counts)
    counts = np.maximum(high - np.minimum(low, high + 1) + 1, 0)
    if nulls is not None:
        counts = np.where(nulls, 0, counts)
    begins = run.begins + np.where(counts > 0, low - 1, 0)
    offsets, places = gathered(begins, counts)
    return held_arrays(at_places(run.lists, places, offsets), nulls)


def _join_elements(of: SqlType, columns: Columns) -> HeldColumn:
    """Join the elements' texts by a separator; NULL is left out, or is a third argument's text."""
    array, separator, *others = columns
    run, nulls = Runs.of(array), null_rows((array, separator))
    offsets, places = gathered(run.begins, run.counts)
    texts = _element_texts(run.lists).take(array_of(places))
    if others:
        rows = np.repeat(np.arange(len(run.counts)), run.counts)
        texts = pc.coalesce(texts, _strings(others[0]).take(array_of(rows)))
    shown = texts.is_valid().to_numpy(zero_copy_only=False)
    counted = np.concatenate(([0], np.cumsum(shown)))[offsets]
    lists = pa.LargeListArray.from_arrays(array_of(counted), texts.drop_null())
    found = pc.binary_join(lists, _strings(separator))
    if nulls is not None:
        found = pc.if_else(pa.array(nulls), pa.scalar(None, found.type), found)
    return held_text(found, of)


def _element_texts(lists: Lists) -> pa.Array:
    """Return all elements as large strings, each different one written once."""
    values = lists.elements().dictionary_encode()
    texts = as_text(values.dictionary, lists.element).cast(pa.large_string())
    return texts.take(values.indices)


def _strings(column: HeldColumn) -> pa.Array:
    assert column.domain is not None
    codes, nulls = column.values, column.nulls
    return to_arrow_text(codes, nulls, column.domain.strings).cast(pa.large_string())


def _split_tokens(of: SqlType, columns: Columns) -> HeldColumn:
    """Split texts at each of some characters, a constant; empty parts are left out."""
    texts, marks = pc.fill_null(_strings(columns[0]), ""), _strings(columns[1])
    characters = (marks[0].as_py() if len(marks) else None) or ""
    if not characters:
        parts = pa.LargeListArray.from_arrays(pa.array(np.arange(len(texts) + 1)), texts)
    else:
        parts = pc.split_pattern_regex(texts, f"[{re.escape(characters)}]+")
    values, counts = parts.flatten(), pc.list_value_length(parts).to_numpy(zero_copy_only=False)
    is_kept = pc.not_equal(values, "")
    rows = np.repeat(np.arange(len(texts)), counts)[is_kept.to_numpy(zero_copy_only=False)]
    counts = np.bincount(rows, minlength=len(texts))
    return _held_parts(of, null_rows(columns), values.filter(is_kept), counts)


def _split_expression(of: SqlType, columns: Columns) -> HeldColumn:
    """Split texts where a regular expression, a constant, matches."""
    texts, patterns = pc.fill_null(_strings(columns[0]), ""), _strings(columns[1])
    pattern = (patterns[0].as_py() if len(patterns) else None) or ""
    if len(texts) and len(Matches.of(pa.array([""]), pattern, "", "").marked[0].as_py()):
        raise DataError(f"{pattern!r} matches an empty text, so there is nothing to split at")
    # Not split_pattern_regex, which never ends where a match may be empty.
    found = Matches.of(texts, pattern, "", "")
    parts = pc.split_pattern(found.marked, found.opening + found.closing)
    counts = pc.list_value_length(parts).to_numpy(zero_copy_only=False)
    return _held_parts(of, null_rows(columns), parts.flatten(), counts)


def _held_parts(
    of: SqlType, nulls: np.ndarray | None, values: pa.Array, counts: np.ndarray
) -> HeldColumn:
    """Return arrays of `values`, so many for each row as `counts` says."""
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    lists = pa.LargeListArray.from_arrays(array_of(offsets), values)
    return held_arrays(Lists.of_arrow(lists, of), nulls)


def _split_elements(of: SqlType, columns: Columns) -> HeldColumn:
    """Split texts at a separator, a constant; a third argument's text is NULL."""
    text, separator, *others = columns
    nulls, mark = null_rows((text, separator)), _strings(separator)
    if not len(mark) or not mark[0].is_valid:
        return held_arrays(Lists.none(of).empty(len(mark)), nulls)
    strings = pc.fill_null(_strings(text), "")
    if mark[0].as_py():
        parts = pc.split_pattern(strings, mark[0].as_py())
    else:
        parts = pa.LargeListArray.from_arrays(pa.array(np.arange(len(strings) + 1)), strings)
    # Nothing has no parts.
    counts = pc.list_value_length(parts).to_numpy(zero_copy_only=False)
    is_empty = pc.equal(strings, "").to_numpy(zero_copy_only=False)
    owners = np.repeat(is_empty, counts)
    values = parts.flatten().filter(pa.array(~owners))
    if others:
        rows = np.repeat(np.arange(len(strings)), np.where(is_empty, 0, counts))
        same = pc.fill_null(pc.equal(values, _strings(others[0]).take(array_of(rows))), False)
        values = pc.if_else(same, pa.scalar(None, values.type), values)
    return _held_parts(of, nulls, values, np.where(is_empty, 0, counts))


CALLED: dict[str, Callable[[SqlType, Columns], HeldColumn]] = {
    "make_array": _make_array,
    "join_arrays": _join_arrays,
    "slice_array": _slice_array,
    "join_elements": _join_elements,
    "split_elements": _split_elements,
    "split_tokens": _split_tokens,
    "split_expression": _split_expression,
}
CHANGES: dict[str, Callable[[Call, Columns], HeldColumn]] = {
    change.__name__: change
    for change in (
        array_changes.sort_elements,
        array_changes.reverse_elements,
        array_changes.distinct_elements,
        array_changes.remove_element,
        array_changes.least_element,
        array_changes.greatest_element,
        array_changes.sum_elements,
        array_changes.mean_elements,
        array_changes.multiply_elements,
    )
}
