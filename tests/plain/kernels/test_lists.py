"""Domains of arrays: their order, codes of one in another, unions, texts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gpudb.kernels.domains import Domain, union
from gpudb.kernels.list_values import Runs, held_arrays
from gpudb.kernels.lists import ListDomain, Lists, distinct, list_ranks
from gpudb.storage import types
from gpudb.storage.types import SqlType

random = np.random.default_rng(11)
KINDS: list[tuple[SqlType, pa.DataType, list[Any]]] = [
    (types.SMALLINT, pa.int16(), [-(1 << 15), -1, 0, 1, (1 << 15) - 1]),
    (types.TEXT, pa.string(), ["", "a", "ab", "b", "z,{}", "é"]),
    (types.DOUBLE, pa.float64(), [float("-inf"), -1.5, 0.0, 2.0, float("inf"), float("nan")]),
    (types.decimal(38, 1), pa.decimal128(38, 1), [Decimal(n) for n in (-(10**30), 0, 10**30)]),
]


def lists(kind: int, rows: int) -> tuple[Lists, list[list[int]]]:
    """Return random lists, and the places of their elements in order, NULL the last."""
    element, of, values = KINDS[kind]
    places = [
        [int(p) for p in random.integers(0, len(values) + 1, random.integers(0, 4))]
        for _ in range(rows)
    ]
    listed = [[None if p == len(values) else values[p] for p in row] for row in places]
    return Lists.of_arrow(pa.array(listed, pa.list_(of)), types.array(element)), places


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_lists_are_in_order(kind: int) -> None:
    given, places = lists(kind, 400)
    found, codes = distinct(given)
    expected = sorted({tuple(row) for row in places})
    ranks = list_ranks(found)[codes]
    assert [expected[rank] for rank in ranks] == [tuple(row) for row in places]
    domain = ListDomain(found)
    assert domain.ranks[domain.order].tolist() == list(range(len(found)))


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_codes_and_unions_meet_by_value(kind: int) -> None:
    first, second = (ListDomain(distinct(lists(kind, 60)[0])[0]) for _ in range(2))
    texts = [domain.strings.to_pylist() for domain in (first, second)]
    found = first.codes_in(second)
    known = {text: code for code, text in enumerate(texts[1])}
    assert found.tolist() == [known.get(text, -1) for text in texts[0]]
    together = union([first, second])
    assert isinstance(together, ListDomain)
    assert set(together.strings.to_pylist()) == {*texts[0], *texts[1]}
    as_texts = Domain(second.strings)
    assert as_texts.codes_in(first).tolist() == second.codes_in(first).tolist()
    assert union([as_texts, first]).codes_in(together).min() >= 0
    assert [first.find(text) for text in texts[0]] == list(range(len(first)))
    assert first.find("{}") == known_place(texts[0], "{}")


def known_place(texts: list[str], wanted: str) -> int:
    return texts.index(wanted) if wanted in texts else -1


def test_no_lists_at_all() -> None:
    none = Lists.none(types.array(types.TEXT))
    assert len(distinct(none)[1]) == len(list_ranks(none)) == 0
    domain = ListDomain(none)
    assert domain.find("{a}") == -1
    held = held_arrays(none.empty(3), np.array([True, False, True]))
    assert Runs.of(held).counts.tolist() == [0, 0, 0]


def test_long_common_beginnings() -> None:
    rows = [[0] * 50 + [n] for n in (3, 1, 2)] + [[0] * 50, [0] * 49]
    given = Lists.of_arrow(pa.array(rows, pa.list_(pa.int32())), types.array(types.INTEGER))
    assert list_ranks(given).tolist() == [4, 2, 3, 1, 0]
