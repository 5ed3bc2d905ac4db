"""Functions of many texts in parts, by all workers; and texts in order that stay packed."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import gpudb
from gpudb.errors import DataError
from gpudb.kernels import answers, domains, many_answers, text_codes
from gpudb.kernels.domains import PackedDomain, SortedDomain, packed_domain
from gpudb.kernels.packed_strings import PackedStrings

TEXTS = [f"http://www.ä{n % 30}.de/{n}?q={'x' * (n % 60)}" for n in range(3_000)]
ROWS = pa.table({"n": range(6_004), "x": [*TEXTS, None, "", "日本", None, *TEXTS]})
QUERIES = [
    r"""SELECT regexp_replace(x, '^https?://(?:www\.)?([^/]+)/.*$', '\1') AS k, count(*), min(x),
        max(x) FROM t WHERE x <> '' GROUP BY k ORDER BY k""",
    "SELECT upper(x) AS k, sum(length(x)) FROM t GROUP BY k ORDER BY k NULLS LAST LIMIT 50",
    "SELECT length(x) AS k, count(*) FROM t GROUP BY k ORDER BY k NULLS LAST",
    "SELECT count(*) FROM t WHERE reverse(x) LIKE '%4' OR x LIKE '%7?q=xx'",
    "SELECT n % 3 AS k, min(x), max(x) FROM t GROUP BY k ORDER BY k",
    "SELECT n FROM t ORDER BY x NULLS FIRST, n LIMIT 20 OFFSET 2990",
    "SELECT n, lower(substring(x, 12, 5)) FROM t WHERE n % 100 = 3 ORDER BY 1",
]


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[gpudb.Connection]:
    """A table of raw texts; what is for many of them is done for these."""
    for module in (domains, text_codes):
        monkeypatch.setattr(module, "FEWEST_PACKED", 100)
    monkeypatch.setattr(text_codes, "LEAST_ROWS", 0)
    monkeypatch.setattr(many_answers, "LEAST_STRINGS", 100)
    for module in (domains, many_answers):
        monkeypatch.setattr(module, "PART_STRINGS", 700)
    with gpudb.connect(threads=2, chunk_rows=1_000) as connection:
        connection.execute("CREATE TABLE t (n INTEGER, x TEXT ENCODING NONE)")
        connection.register("rows", ROWS)
        connection.execute("INSERT INTO t SELECT n, x FROM rows")
        yield connection


@pytest.mark.parametrize("query", QUERIES)
def test_answers_are_those_of_duckdb(connection: gpudb.Connection, query: str) -> None:
    theirs = duckdb.connect()
    theirs.register("t", ROWS)
    wanted = theirs.execute(query).fetchall()
    for _ in range(2):
        assert connection.execute(query).fetchall() == wanted


def test_texts_are_answered_in_parts(
    connection: gpudb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    run = answers.run

    def noted(definition, given, result):  # type: ignore[no-untyped-def]
        sizes.append(len(given[0]))
        return run(definition, given, result)

    monkeypatch.setattr(answers, "run", noted)
    connection.execute("SELECT upper(x) AS k, count(*) FROM t GROUP BY k").fetchall()
    assert sum(sizes) == 3_002
    assert len(sizes) > 3


def test_a_wrong_pattern_is_shown_where_it_stands(connection: gpudb.Connection) -> None:
    query = "SELECT regexp_replace(x, '(', '') AS k, count(*) FROM t GROUP BY k"
    with pytest.raises(DataError) as caught:
        connection.execute(query)
    assert caught.value.begin == query.index("regexp_replace")


def test_sorted_strings_stay_packed() -> None:
    strings = pa.array([*TEXTS[::-1], "", "日本"], pa.large_string())
    domain = packed_domain(strings)
    in_order = domain.sorted
    assert isinstance(in_order, SortedDomain)
    assert (len(in_order), in_order.has_null) == (len(strings), False)
    wanted = sorted(strings.to_pylist(), key=str.encode)
    assert in_order.take(np.array([0, 1, 3_001]), None).to_pylist() == [
        "",
        wanted[1],
        "日本",
    ]
    nulls = np.array([True, False])
    assert in_order.take(np.array([-9, 2]), nulls).to_pylist() == [None, wanted[2]]
    assert in_order.strings.to_pylist() == wanted
    assert in_order.find("日本") == 3_001


@pytest.mark.parametrize("count", [1, 7, 900, 100_000])
def test_parts_are_all_strings(count: int) -> None:
    strings = [*TEXTS, "y" * 100_000, "", *TEXTS[:100]]
    packed = PackedStrings.of(pa.array(strings, pa.large_string()))
    assert [s for part in packed.parts(count) for s in part().to_pylist()] == strings
    domain = PackedDomain(PackedStrings.joined([packed, packed]))
    assert domain.strings.to_pylist() == [*strings, *strings]
    assert [s for part in domain.parts() for s in part().to_pylist()] == [*strings, *strings]
