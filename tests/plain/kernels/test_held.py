"""Results in parts: read part by part, or joined column by column."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

from gpudb.kernels.held import LEAST_PART_ROWS, ColumnsInParts, HeldColumn, Relation
from gpudb.storage.types import BIGINT, decimal


def in_parts(*lengths: int) -> tuple[Relation, np.ndarray]:
    """Numbers in parts of these lengths, of which the last part has a NULL; and the numbers."""
    whole = np.arange(sum(lengths), dtype=np.int64)
    parts, begin = [], 0
    for length in lengths:
        nulls = None
        if begin + length == len(whole):
            nulls = np.zeros(length, np.bool_)
            nulls[-1:] = True
        values = whole[begin : begin + length].copy()
        parts.append(Relation(length, {7: HeldColumn(BIGINT, values, nulls)}))
        begin += length
    return Relation(len(whole), ColumnsInParts([7], parts)), whole


def test_small_parts_come_together_and_large_ones_as_they_are() -> None:
    large = LEAST_PART_ROWS
    relation, whole = in_parts(10, 20, large, large + 5, 3)
    slices = list(relation.slices(large + 1))
    assert [part.rows for part in slices] == [30, large, large + 1, 4, 3]
    values = np.concatenate([part.columns[7].values for part in slices])
    assert np.array_equal(values, whole)
    last = slices[-1].columns[7].nulls
    assert last is not None
    assert last.tolist() == [False, False, True]


def test_a_column_that_is_joined_gives_its_parts_back() -> None:
    relation, whole = in_parts(10, 20)
    assert isinstance(relation.columns, ColumnsInParts)
    held = [weakref.ref(columns[7].values) for columns in relation.columns._parts]
    joined = relation.columns[7]
    assert np.array_equal(joined.values, whole)
    assert joined.nulls is not None
    assert joined.nulls.sum() == 1
    assert relation.columns[7] is joined
    assert [reference() for reference in held] == [None, None]
    assert [part.rows for part in relation.slices(16)] == [16, 14]
    assert list(relation.columns) == [7]


def test_parts_are_given_up_as_they_are_read() -> None:
    large = LEAST_PART_ROWS
    relation, whole = in_parts(large, large, large)
    assert isinstance(relation.columns, ColumnsInParts)
    held = [weakref.ref(columns[7].values) for columns in relation.columns._parts]
    seen = []
    for part in relation.slices(2 * large):
        seen.append(part.columns[7].values.copy())
        del part
    assert [reference() for reference in held] == [None, None, None]
    assert np.array_equal(np.concatenate(seen), whole)
    with pytest.raises(LookupError, match="given up"):
        next(iter(relation.slices(large)))
    with pytest.raises(LookupError, match="given up"):
        relation.columns[7]


def test_parts_have_columns_by_other_ids() -> None:
    relation, whole = in_parts(10, 20)
    assert isinstance(relation.columns, ColumnsInParts)
    twice = Relation(30, relation.columns.of({1: 7, 2: 7}))
    (part,) = twice.slices(100)
    assert np.array_equal(part.columns[1].values, whole)
    assert np.array_equal(part.columns[2].values, whole)
    assert np.array_equal(relation.columns[7].values, whole)


def test_high_words_that_only_some_parts_have() -> None:
    digits = decimal(38, 0)
    narrow = Relation(1, {1: HeldColumn(digits, np.array([-5]))})
    wide = Relation(1, {1: HeldColumn(digits, np.array([3]), high=np.array([1]))})
    column = ColumnsInParts([1], [narrow, wide])[1]
    assert column.high is not None
    assert column.high.tolist() == [-1, 1]
    assert column.values.tolist() == [-5, 3]
    assert ColumnsInParts([1], [narrow, narrow])[1].high is None
