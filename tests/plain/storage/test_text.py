"""TEXT columns: codes of one dictionary, raw strings, and the turn from one to the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from gpudb.errors import DataError
from gpudb.storage import load, text, types
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import EncodingRequest
from gpudb.storage.memory import transient_table
from gpudb.storage.table import TableVersion
from tests.plain.storage.sample_tables import batch_of

X = ColumnDefinition("x", types.TEXT)


def text_table(*batches: pa.RecordBatch, column: ColumnDefinition = X) -> TableVersion:
    return transient_table("t", (column,), batches, chunk_rows=4)


def forced(kind: str, bits: int = 0, *, not_null: bool = False) -> ColumnDefinition:
    return ColumnDefinition("x", types.TEXT, not_null, EncodingRequest(kind, bits))


def strings_of(table: TableVersion) -> list[str | None]:
    parts = [table.read_strings(index, "x") for index in range(len(table.chunks))]
    return [value for part in parts for value in part.to_pylist()]


def test_codes_are_places_in_the_order_of_first_coming() -> None:
    values = ["b", "a", None, "b", "c", "a", ""]
    table = text_table(batch_of(values, types.TEXT))
    assert table.is_dictionary("X")
    assert table.dictionary("x").strings.to_pylist() == ["b", "a", "c", ""]
    assert table.chunks[0].read_values("x").values.tolist()[:2] == [0, 1]
    assert strings_of(table) == values
    statistics = table.statistics("x")
    assert (statistics.nulls, statistics.minimum, statistics.distinct) == (1, None, 4)
    assert table.chunks[0].columns["x"].zones.minimum is None
    assert table.chunks[0].columns["x"].zones.nulls.tolist() == [1]


def test_dictionary_arrays_load_as_strings_do() -> None:
    indices = pa.array([2, 0, None, 3, 2, 0], pa.int8())
    entries = pa.array(["never", "unused", "seen", None])
    array = pa.DictionaryArray.from_arrays(indices, entries)
    large = pa.DictionaryArray.from_arrays(
        pa.array([1, 0], pa.int64()), pa.array(["seen", "far"], pa.large_string())
    )
    table = text_table(
        pa.record_batch([array], names=["x"]),
        pa.record_batch([array.slice(4)], names=["x"]),
        pa.record_batch([large], names=["x"]),
    )
    assert strings_of(table) == [
        *("seen", "never", None, None, "seen", "never"),
        *("seen", "never", "far", "seen"),
    ]
    assert table.dictionary("x").strings.to_pylist() == ["never", "seen", "far"]


def coded(values: list[int | None], entries: list[str]) -> pa.RecordBatch:
    array = pa.DictionaryArray.from_arrays(pa.array(values, pa.int32()), pa.array(entries))
    return pa.record_batch([array], names=["x"])


def test_dictionaries_of_known_strings_are_translated() -> None:
    table = text_table(
        coded([0, 1, 2, 0], ["a", "b", "c"]),
        coded([1, None, 0], ["c", "b"]),
        coded([0], ["a"]),
        coded([None, None], []),
        coded([0, 1], ["b", "c"]),
    )
    assert table.dictionary("x").strings.to_pylist() == ["a", "b", "c"]
    assert strings_of(table) == [*"abca", "b", None, "c", "a", None, None, "b", "c"]
    assert [chunk.columns["x"].statistics.nulls for chunk in table.chunks] == [0, 1, 2]


def test_batches_of_known_strings_are_codes_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MANY_ROWS", 1)
    monkeypatch.setattr(text, "MANY_STRINGS", 4)
    first = coded([0, 1, 2, 0], ["a", "b", "c"])
    known, unused = coded([1, None, 0], ["b", "c"]), coded([2, 0], ["b", "never", "c"])
    turns = coded([0, 1, 2, 3], [*"efgh"])
    table = text_table(first, known, unused, coded([0, 1, 1], ["d", "a"]), known, turns, known)
    assert table.dictionary("x").strings.to_pylist() == [*"abcde"]
    assert [chunk.columns["x"].is_raw_text for chunk in table.chunks] == [False] * 4 + [True] * 2
    assert strings_of(table) == [
        *("a", "b", "c", "a", "c", None, "b", "c", "b", "d", "a", "a", "c", None, "b"),
        *("e", "f", "g", "h", "c", None, "b"),
    ]


def test_rows_of_short_chunks_meet_dictionaries_of_known_strings(tmp_database: Path) -> None:
    with Database.open(str(tmp_database)) as database:
        with database.begin() as transaction:
            transaction.create_table("t", (X,), chunk_rows=100)
        for batch in (coded([1, None], ["b", "a"]), coded([0, 1, None], ["b", "a"])):
            with database.begin() as transaction:
                transaction.append("t", [batch])
        table = database.table("t")
    assert strings_of(table) == ["a", None, "b", "a", None]


@pytest.mark.parametrize("count", [256, 257, 65_536, 65_537])
def test_codes_of_known_strings_have_room(count: int) -> None:
    codes = [*range(count), *range(count)]
    batch = coded(codes, [f"s{place}" for place in range(count)])
    table = transient_table("t", (X,), [batch, batch], chunk_rows=2 * count)
    assert [chunk.read_values("x").values.tolist() for chunk in table.chunks] == [codes, codes]


@pytest.mark.parametrize("new", [16, 17, 20, 32])
def test_the_first_rows_tell_that_a_column_turns_raw(
    new: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "MANY_STRINGS", 4)
    values = [f"s{place}" if place < new else None for place in range(32)]
    parts = [batch_of(values[begin : begin + 5], types.TEXT) for begin in range(0, 32, 5)]
    table = transient_table("t", (X,), parts, chunk_rows=32)
    # Just half of the rows are not enough.
    assert table.is_dictionary("x") == (new == 16)
    assert strings_of(table) == values


def test_a_batch_may_end_in_nulls_alone() -> None:
    table = text_table(batch_of(["a"], types.TEXT), batch_of([None], types.TEXT))
    assert strings_of(table) == ["a", None]


def test_nulls_alone_and_rows_alone() -> None:
    assert strings_of(text_table(batch_of([None] * 6, types.TEXT))) == [None] * 6
    assert text_table().is_dictionary("x")
    assert len(text_table().dictionary("x")) == 0


def test_distinct_strings_are_stored_raw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MANY_STRINGS", 2)
    values = ["a", "b", "ü", None, "d", "", "f"]
    table = text_table(batch_of(values, types.TEXT))
    assert not table.is_dictionary("x")
    assert strings_of(table) == values
    assert table.chunks[0].columns["x"].is_raw_text
    assert table.statistics("x").nulls == 1


def test_a_column_turns_raw_and_keeps_its_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MANY_STRINGS", 3)
    values = ["a", "a", "b", None, "c", "d", "e", "f", "a", "a", "a"]
    table = text_table(batch_of(values, types.TEXT))
    assert [chunk.columns["x"].is_raw_text for chunk in table.chunks] == [False, True, True]
    assert not table.is_dictionary("x")
    assert table.dictionary("x").strings.to_pylist() == ["a", "b"]
    assert strings_of(table) == values


def test_a_growing_dictionary_turns_raw_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LIMIT_STRINGS", 5)
    values = [f"s{place // 2}" for place in range(16)]
    table = text_table(batch_of(values, types.TEXT))
    assert not table.is_dictionary("x")
    assert strings_of(table) == values


def test_a_raw_column_stays_raw_when_reopened(
    tmp_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "MANY_STRINGS", 3)
    first, second = ["a", "a", "b", "a", "c"], ["d", "e", "f", "a", "a", "a"]
    with Database.open(str(tmp_database)) as database, database.begin() as transaction:
        transaction.create_table("t", (X,), chunk_rows=4)
        transaction.append("t", [batch_of(first, types.TEXT)])
    with Database.open(str(tmp_database)) as database:
        assert database.table("t").is_dictionary("x")
        with database.begin() as transaction:
            transaction.append("t", [batch_of(second, types.TEXT)])
        assert strings_of(database.table("t")) == first + second
    with Database.open(str(tmp_database)) as database:
        assert not database.table("t").is_dictionary("x")
        with database.begin() as transaction:
            transaction.append("t", [batch_of(["a"], types.TEXT)])
        table = database.table("t")
        assert strings_of(table) == [*first, *second, "a"]
        assert table.chunks[-1].columns["x"].is_raw_text


def test_the_dictionary_on_disk_grows_with_commits(tmp_database: Path) -> None:
    everything: list[str | None] = []
    for commit in range(4):
        with Database.open(str(tmp_database)) as database, database.begin() as transaction:
            if commit == 0:
                transaction.create_table("t", (X,), chunk_rows=4)
            values = [f"v{place}" for place in range(commit, commit + 3)]
            transaction.append("t", [batch_of(values, types.TEXT)])
            everything += values
    with Database.open(str(tmp_database)) as database:
        table = database.table("t")
        assert len(table.dictionary("x")) == 6
        assert table.dictionary("x").strings.to_pylist() == [f"v{place}" for place in range(6)]
        assert strings_of(table) == everything
        source = table.dictionary("x").source
        assert source is not None
        assert source.file.path.stat().st_size == source.bytes


def test_what_a_lost_transaction_left_in_a_dictionary_file_is_written_over(
    tmp_database: Path,
) -> None:
    with Database.open(str(tmp_database)) as database, database.begin() as transaction:
        transaction.create_table("t", (X,))
        transaction.append("t", [batch_of(["a", "b"], types.TEXT)])
    (path,) = tmp_database.glob("tables/*/dictionary-0")
    valid = path.read_bytes()
    path.write_bytes(valid + b"a torn block")
    with Database.open(str(tmp_database)) as database:
        assert strings_of(database.table("t")) == ["a", "b"]
        with database.begin() as transaction:
            transaction.append("t", [batch_of(["c"], types.TEXT)])
    assert path.read_bytes().startswith(valid)
    with Database.open(str(tmp_database)) as database:
        assert strings_of(database.table("t")) == ["a", "b", "c"]


@pytest.mark.parametrize("not_null", [False, True])
def test_a_forced_dictionary_refuses_what_overflows_its_codes(not_null: bool) -> None:
    room = 256 if not_null else 255
    column = forced("DICT", 8, not_null=not_null)
    values = [f"v{place}" for place in range(room)]
    assert len(text_table(batch_of(values, types.TEXT), column=column).dictionary("x")) == room
    message = rf"table 't', column 'x', row {room + 3}: no code is left in DICT\(8\) for 'over'"
    with pytest.raises(DataError, match=message):
        text_table(batch_of([*values, "v0", "v1", "over", "more"], types.TEXT), column=column)


def test_a_forced_dictionary_never_turns_raw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MANY_STRINGS", 3)
    values = [f"v{place}" for place in range(20)]
    table = text_table(batch_of(values, types.TEXT), column=forced("DICT", 16))
    assert table.is_dictionary("x")
    assert strings_of(table) == values


def test_encoding_none_is_raw_from_the_start() -> None:
    table = text_table(batch_of(["a"] * 6, types.TEXT), column=forced("NONE"))
    assert not table.is_dictionary("x")
    assert strings_of(table) == ["a"] * 6


def test_many_rows_keep_codes_and_strings_together() -> None:
    random = np.random.default_rng(5)
    places = random.integers(0, 900, 50_000)
    values = [None if place % 50 == 0 else f"string {place}" for place in places]
    batches = [batch_of(values[begin : begin + 999], types.TEXT) for begin in range(0, 50_000, 999)]
    table = transient_table("t", (X,), batches, chunk_rows=7000)
    assert strings_of(table) == values
    assert len(table.dictionary("x")) == len(set(values) - {None})
