"""Arrays in storage: the encoding of lists, hashes of them, chunks of both, what is damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gpudb.errors import OperationalError
from gpudb.kernels.lists import Lists, distinct
from gpudb.storage import manifest, types
from gpudb.storage.arrow import list_column, to_arrow_lists
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings import lists
from gpudb.storage.encodings.encoded import PhysicalColumn
from gpudb.storage.encodings.lists import ListColumn, gathered, hash_lists

GIVEN: list[list[int | None] | None] = [
    [1, 2, None],
    None,
    [],
    [3],
    [None],
    [1, 2, None],
    [-(1 << 63), (1 << 63) - 1],
]


def column(values: list[list[int | None] | None]) -> ListColumn:
    return list_column(pa.array(values, pa.list_(pa.int64())), types.array(types.BIGINT))


def shown(found: ListColumn) -> list[list[int | None] | None]:
    elements = found.elements
    assert isinstance(elements, PhysicalColumn)
    values = pa.array(elements.values, pa.int64(), mask=elements.nulls)
    listed: list[list[int | None] | None] = to_arrow_lists(
        found.offsets, found.nulls, values
    ).to_pylist()
    return listed


@pytest.mark.parametrize(
    "array",
    [
        pa.array(GIVEN, pa.list_(pa.int64())),
        pa.array([[9], *GIVEN, [8]], pa.large_list(pa.int64())).slice(1, len(GIVEN)),
        pa.chunked_array([GIVEN[:3], GIVEN[3:]], pa.list_(pa.int64())),
    ],
)
def test_lists_of_any_kind_come_in(array: pa.Array) -> None:
    assert shown(list_column(array, types.array(types.BIGINT))) == GIVEN


def test_what_lies_under_null_is_left_out() -> None:
    values = pa.array([1, 2, 3, 4], pa.int64())
    mask = pa.array([False, True])
    array = pa.ListArray.from_arrays(pa.array([0, 2, 4], pa.int32()), values, mask=mask)
    assert shown(list_column(array, types.array(types.BIGINT))) == [[1, 2], None]
    fixed = pa.array([[1, 2], None], pa.list_(pa.int64(), 2))
    assert shown(list_column(fixed, types.array(types.BIGINT))) == [[1, 2], None]


def test_rows_are_sliced_and_taken() -> None:
    found = column(GIVEN)
    assert shown(found.slice(2, 3)) == GIVEN[2:5]
    assert shown(found.slice(7, 0)) == []
    assert shown(found.take(np.array([6, 1, 0, 0]))) == [GIVEN[6], None, GIVEN[0], GIVEN[0]]


def test_runs_are_gathered() -> None:
    offsets, places = gathered(np.array([5, 0, 9]), np.array([2, 0, 1]))
    assert offsets.tolist() == [0, 2, 2, 3]
    assert places.tolist() == [5, 6, 9]


def test_equal_lists_have_one_hash() -> None:
    words = np.array([1, 2, 1, 2, 2, 1, 0], np.int64)
    hashes = hash_lists(np.array([0, 2, 4, 6, 6, 7, 7]), words).tolist()
    assert hashes[0] == hashes[1]
    assert hashes[3] == hashes[5]
    assert len(set(hashes)) == 4


def test_lists_of_one_hash_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def same_for_all(offsets: np.ndarray, words: np.ndarray) -> np.ndarray:
        return np.zeros(len(offsets) - 1, np.uint64)

    monkeypatch.setattr("gpudb.kernels.lists.hash_lists", same_for_all)
    known = [value for value in GIVEN if value is not None]
    given = Lists.of_arrow(pa.array(known, pa.list_(pa.int64())), types.array(types.BIGINT))
    found, codes = distinct(given)
    assert codes.tolist() == [0, 1, 2, 3, 0, 4]
    assert found.arrow().to_pylist() == [known[i] for i in (0, 1, 2, 3, 5)]


def test_wide_decimals_and_floats_compare_by_value() -> None:
    of = types.array(types.DOUBLE)
    array = pa.array([[0.0, float("nan")], [-0.0, float("nan")], [0.0]], pa.list_(pa.float64()))
    assert distinct(Lists.of_arrow(array, of))[1].tolist() == [0, 0, 1]
    numbers = pa.array([[10**30], [1], [10**30], [-1]], pa.list_(pa.decimal128(38, 0)))
    wide = Lists.of_arrow(numbers, types.array(types.decimal(38, 0)))
    assert distinct(wide)[1].tolist() == [0, 1, 0, 2]


def test_a_chunk_holds_elements_in_their_own_encoding(tmp_path: Path) -> None:
    path = str(tmp_path / "lists.gpudb")
    definitions = [
        ColumnDefinition("i", types.array(types.BIGINT)),
        ColumnDefinition("s", types.array(types.TEXT)),
    ]
    texts = [["a", "é"], None, [], ["a"], [None], ["b"], ["a"]]
    batch = pa.record_batch(
        [pa.array(GIVEN, pa.list_(pa.int64())), pa.array(texts, pa.list_(pa.string()))],
        names=["i", "s"],
    )
    with Database.open(path) as database, database.begin() as transaction:
        transaction.create_table("t", definitions, chunk_rows=4)
        transaction.append("t", [batch])
    with Database.open(path) as database:
        table = database.table("t")
        assert [chunk.rows for chunk in table.chunks] == [4, 3]
        assert [shown(table.read_lists(i, "i")) for i in (0, 1)] == [GIVEN[:4], GIVEN[4:]]
        assert table.chunks[0].part("i").layout.elements is not None
        assert table.chunks[0].part("i").statistics.nulls == 1
        assert table.dictionary("s").strings.to_pylist() == ["a", "é", "b"]
        assert lists.decode(table.chunks[1].part("s").read()).offsets.tolist() == [0, 1, 2, 3]


def test_arrays_of_the_older_format_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.gpudb"
    with Database.open(str(path)) as database, database.begin() as transaction:
        transaction.create_table("t", [ColumnDefinition("a", types.array(types.BIGINT))])
    file = path / manifest.MANIFEST_NAME
    file.write_bytes(file.read_bytes().replace(b'{"gpudb": 4', b'{"gpudb": 2'))
    with pytest.raises(OperationalError, match="table 't', column 'a'"):
        Database.open(str(path))
