"""How the benchmark judges answers whose order leaves a choice, and the rows that it makes up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from bench.duckdb_engine import Duckdb
from bench.hits import KNOWN_USER, PIECE_ROWS, make_pieces
from bench.hits_columns import SCHEMA
from bench.ordered import find_misplaced, is_ordered
from bench.workload import read_questions

TOP = "SELECT k, n FROM t ORDER BY n DESC LIMIT 3"
HIDDEN = "SELECT k FROM t ORDER BY n DESC LIMIT 2 OFFSET 1"
COUNTED = "SELECT n, count(*) AS c FROM t GROUP BY n ORDER BY c DESC, 1 LIMIT 2"


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Duckdb]:
    peer = Duckdb(tmp_path_factory.mktemp("peer") / "peer.duckdb", threads=1)
    values = "('a', 3, 0.1), ('b', 2, 0.2), ('c', 2, 0.3), ('d', 2, 0.4), ('e', NULL, NULL)"
    peer.connection.execute(f"CREATE TABLE t AS SELECT * FROM (VALUES {values}) AS v(k, n, x)")
    yield peer
    peer.close()


@pytest.mark.parametrize(
    ("sql", "columns", "is_right"),
    [
        # NULL comes first where the order descends, then 3; which of the twos comes is open.
        (TOP, [["e", "a", "b"], [None, 3, 2]], True),
        (TOP, [["e", "a", "d"], [None, 3, 2]], True),
        (TOP, [["a", "e", "d"], [3, None, 2]], False),
        (TOP, [["e", "a", "x"], [None, 3, 2]], False),
        (TOP, [["e", "a"], [None, 3]], False),
        (HIDDEN, [["a", "c"]], True),
        (HIDDEN, [["c", "a"]], False),
        (HIDDEN, [["a", "a"]], False),
        ("SELECT k FROM t LIMIT 2", [["d", "b"]], True),
        ("SELECT k FROM t LIMIT 2", [["d", "d"]], False),
        ("SELECT x FROM t ORDER BY 1 LIMIT 2", [[0.1 + 1e-12, 0.2]], True),
        ("SELECT x FROM t ORDER BY 1 LIMIT 2", [[0.1, 0.2 + 1e-6]], False),
        ("SELECT k FROM t ORDER BY k DESC", [["e", "d", "c", "b", "a"]], True),
        ("SELECT k FROM t ORDER BY k DESC", [["e", "d", "c", "a", "b"]], False),
        (COUNTED, [[2, 3], [3, 1]], True),
        (COUNTED, [[2, None], [3, 1]], False),
        ("SELECT k FROM t WHERE n > 9 ORDER BY k", [[]], True),
    ],
)
def test_any_order_among_ties_is_right(
    peer: Duckdb, sql: str, columns: list[list[object]], is_right: bool
) -> None:
    answer = pa.table({f"column {n}": values for n, values in enumerate(columns)})
    expected = peer.query(sql)
    assert (find_misplaced(sql, answer, expected.num_rows, peer) is None) == is_right
    assert find_misplaced(sql, expected, expected.num_rows, peer) is None


def test_only_orders_and_cuts_leave_a_choice() -> None:
    assert is_ordered(TOP)
    assert is_ordered("SELECT k FROM t LIMIT 2")
    assert not is_ordered("SELECT rank() OVER (ORDER BY k) FROM t")


def test_questions_have_names() -> None:
    assert list(read_questions("clickbench")) == [f"c{n}" for n in range(1, 44)]
    assert next(iter(read_questions("groupby"))) == "g1"
    assert read_questions("ssb")["q1.1"].startswith("SELECT sum(lo_extendedprice")


def test_hits_are_the_same_by_seed_and_look_like_hits() -> None:
    (first,) = make_pieces(10_000)
    (again,) = make_pieces(10_000)
    (other,) = make_pieces(10_000, seed=1)
    assert first.equals(again)
    assert not first.equals(other)
    assert first.schema == SCHEMA
    assert len(SCHEMA) == 105
    distinct = {name: len(first[name].unique()) for name in ("WatchID", "UserID", "URL", "OS")}
    assert distinct["WatchID"] == 10_000
    assert 1_000 < distinct["UserID"] < 2_000 < distinct["URL"] < 4_000
    assert KNOWN_USER in first["UserID"].to_pylist()
    phrases = first["SearchPhrase"].to_pylist()
    assert 0.8 < phrases.count("") / 10_000 < 0.9
    lengths = [len(url) for url in first["URL"].to_pylist()]
    assert 50 < sum(lengths) / len(lengths) < 90


def test_hits_come_in_pieces() -> None:
    sizes = [piece.num_rows for piece in make_pieces(PIECE_ROWS + 5)]
    assert sizes == [PIECE_ROWS, 5]


def test_hits_are_written_once(tmp_path: Path) -> None:
    from bench.hits import generate

    path = generate(50, tmp_path)
    stamp = path.stat().st_mtime_ns
    assert generate(50, tmp_path).stat().st_mtime_ns == stamp
