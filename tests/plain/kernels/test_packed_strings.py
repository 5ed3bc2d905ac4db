"""Strings in compressed blocks are the strings that went in, all of them and some."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from unittest import mock

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.kernels import domains
from gpudb.kernels.domains import Domain, PackedDomain, encode_chunks, held_domain
from gpudb.kernels.packed_strings import BLOCK_BYTES, PackedStrings
from gpudb.storage import dictionary
from gpudb.storage.cache import CACHE
from gpudb.storage.encodings.packed import PATIENCE
from tests.plain.engine.agreement import find_difference

WORDS = ["", "ä", "страница", "http://example.org/", "x" * 300, "?id="]


def made(count: int) -> list[str]:
    random = np.random.default_rng(5)
    picked = random.integers(0, len(WORDS), (count, 3)).tolist()
    return [f"{WORDS[a]}{WORDS[b]}{n}{WORDS[c]}" for n, (a, b, c) in enumerate(picked)]


@pytest.mark.parametrize(
    "strings",
    [
        [],
        [""],
        ["", "a", "b" * (3 * BLOCK_BYTES), "", "c"],
        ["b" * (3 * BLOCK_BYTES), "c" * (2 * BLOCK_BYTES)],
        made(3_000),
    ],
    ids=["none", "empty", "long", "longer", "many"],
)
def test_all_strings_come_back(strings: list[str]) -> None:
    array = pa.array(["before", *strings], pa.large_string()).slice(1)
    packed = PackedStrings.of(array)
    assert packed.strings().to_pylist() == strings
    assert packed.strings().type == pa.large_string()
    for code, string in list(enumerate(strings))[:5]:
        assert packed.take(np.array([code]), None).to_pylist() == [string]


@pytest.mark.parametrize("count", [0, 1, 7, 20_000])
def test_some_strings_are_taken(count: int) -> None:
    strings = made(20_000)
    packed = PackedStrings.of(pa.array(strings, pa.large_string()))
    assert len(packed.blocks) > 20
    assert packed.size_bytes < sum(map(len, strings)) / 2
    codes = np.random.default_rng(3).integers(0, len(strings), count).astype(np.int32)
    assert packed.take(codes, None).to_pylist() == [strings[code] for code in codes]
    nulls = np.arange(count) % 3 == 1
    codes[nulls] = -1_000_000
    wanted = [None if null else strings[c] for c, null in zip(codes, nulls, strict=True)]
    assert packed.take(codes, nulls).to_pylist() == wanted


def test_strings_that_are_asked_for_again_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domains, "FEWEST_PACKED", 10)
    strings = made(1_000)
    (domain, codes) = encode_chunks([pa.array(strings[:600]), pa.array([None, *strings[500:]])])
    assert isinstance(domain, PackedDomain)
    assert (len(domain), domain.has_null) == (1_000, False)
    assert codes[1][:3].tolist() == [-1, 500, 501]
    for _ in range(PATIENCE):
        assert domain.take(np.array([999, 0]), None).to_pylist() == [strings[999], strings[0]]
        assert domain.strings.to_pylist() == strings
    assert domain.strings is domain.strings
    assert domain.take(np.array([999, 0]), None).to_pylist() == [strings[999], strings[0]]
    assert domain.find(strings[77]) == 77


def test_blocks_of_few_rows_are_unpacked_once_and_go_with_their_strings() -> None:
    strings = made(20_000)
    domain = PackedDomain(PackedStrings.of(pa.array(strings, pa.large_string())))
    codes = np.array([19_999, 3, 0, 9_000], np.int32)
    nulls = np.array([False, True, False, False])
    wanted = [strings[19_999], None, strings[0], strings[9_000]]
    before = CACHE.use()
    for _ in range(2):
        assert domain.take(codes, nulls).to_pylist() == wanted
    after = CACHE.use()
    assert (after.misses - before.misses, after.hits - before.hits) == (3, 3)
    assert after.entries - before.entries == 3
    with mock.patch.object(PackedStrings, "block", side_effect=AssertionError):
        assert domain.take(codes, nulls).to_pylist() == wanted
    del domain
    gc.collect()
    assert CACHE.use().entries <= before.entries


def test_blocks_that_the_cache_let_go_are_unpacked_again() -> None:
    strings = made(20_000)
    domain = PackedDomain(PackedStrings.of(pa.array(strings, pa.large_string())))
    codes = np.array([5, 19_000], np.int32)
    for _ in range(2):
        assert domain.take(codes, None).to_pylist() == [strings[5], strings[19_000]]
        CACHE.clear()


def test_few_strings_are_not_packed() -> None:
    assert type(held_domain(pa.array(made(100), pa.large_string()))) is Domain


QUERIES = (
    "SELECT count(DISTINCT url), min(url), max(url) FROM t",
    "SELECT url, count(*) FROM t GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 7",
    "SELECT n, upper(url), length(url) FROM t WHERE url LIKE '%стран%99%' ORDER BY n",
    "SELECT n, url FROM t WHERE url = 'ä77' OR url IS NULL ORDER BY url DESC, n LIMIT 9",
)


@pytest.mark.parametrize("encoding", ["ENCODING NONE", "ENCODING DICT(32)"])
def test_packed_strings_answer_as_others_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(domains, "FEWEST_PACKED", 10)
    monkeypatch.setattr(dictionary, "MANY_STRINGS", 10)
    urls = [None if n % 97 == 5 else url for n, url in enumerate(made(4_500) + made(1_500))]
    rows = pa.table({"n": np.arange(len(urls)), "url": urls})
    peer = duckdb.connect()
    peer.register("t", rows)
    with gpudb.connect(tmp_path / "db") as connection:
        connection.execute(
            f"CREATE TABLE t (n BIGINT, url TEXT {encoding}) WITH (chunk_rows = 2500)"
        )
        connection.register("rows", rows)
        connection.execute("INSERT INTO t SELECT n, url FROM rows")
        for _ in range(PATIENCE):
            for sql in QUERIES:
                found = connection.execute(sql).fetchall()
                wanted = peer.execute(sql).fetchall()
                assert find_difference(found, wanted, is_ordered=True) is None, sql


def test_many_strings_of_a_file_are_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionary, "MANY_STRINGS", 10)
    strings = made(300)
    rows = pa.table({"n": np.arange(len(strings)), "url": strings})
    with gpudb.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (n BIGINT, url TEXT ENCODING DICT(32))")
        connection.register("rows", rows)
        connection.execute("INSERT INTO t SELECT n, url FROM rows WHERE n < 200")
        # What a commit adds comes behind the strings of the file.
        connection.execute("INSERT INTO t SELECT n, url FROM rows WHERE n >= 200")
        connection.execute("INSERT INTO t VALUES (300, 'the last'), (301, 'ä'), (302, NULL)")
    with gpudb.connect(tmp_path / "db") as connection:
        version = connection._engine.snapshot().table("t")
        texts = version.dictionary("url")
        assert texts.is_in_file
        assert len(texts) == len(texts.strings) == 302
        kept = texts.strings
        assert texts.strings is kept
        gone = weakref.ref(kept)
        with texts.held():
            del kept
            assert gone() is texts.strings
        assert gone() is None
        found = connection.execute("SELECT url FROM t ORDER BY n").fetchall()
        assert [url for (url,) in found] == [*strings, "the last", "ä", None]
        connection.execute("UPDATE t SET url = url || '!' WHERE n < 3")
        connection.execute("INSERT INTO t SELECT n + 1000, url FROM rows")
        found = connection.execute("SELECT url FROM t ORDER BY n LIMIT 4").fetchall()
        assert [url for (url,) in found] == [*(f"{s}!" for s in strings[:3]), strings[3]]
        assert connection.execute("SELECT count(DISTINCT url) FROM t").fetchall() == [(305,)]
