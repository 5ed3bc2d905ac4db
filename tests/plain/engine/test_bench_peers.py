"""Peers in processes of their own, their dialects, and how their answers are made comparable."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.answers import STRICT, find_difference
from bench.case import CHDB, DATAFUSION, HYPER, POLARS, EngineError
from bench.conform import conform, without_nan
from bench.dialects import translate
from bench.duckdb_engine import Duckdb
from bench.parquet_facts import columns_with_nulls, fits_in_memory, memory_bytes
from bench.peer_process import PeerProcess, Setup, without_views
from bench.peers import OPENERS, is_installed
from bench.race import MANY_ROWS, has_same_rows


class Moody:
    """An engine that does as its questions say."""

    form = "nothing"

    def __init__(self, setup: Setup) -> None:
        if not setup.questions:
            raise ValueError("nothing to ask")
        self.setup = setup

    def run(self, name: str) -> object:
        return self.answer(name)

    def answer(self, name: str) -> pa.Table:
        question = self.setup.questions[name]
        if question == "end":
            os._exit(1)
        if question == "sleep":
            time.sleep(60)
        if question == "fail":
            raise KeyError("column")
        threads = os.environ["POLARS_MAX_THREADS"]
        return pa.table({"process": [os.getpid()], "threads": [threads]})

    def close(self) -> None:
        """Nothing is open."""


QUESTIONS = {name: name for name in ("answer", "end", "sleep", "fail")}


@pytest.fixture(scope="module")
def moody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeerProcess]:
    setup = Setup({}, QUESTIONS, tmp_path_factory.mktemp("moody"), threads=3)
    process = PeerProcess(Moody, setup, limit_seconds=60.0)
    process.start()
    yield process
    process.close()


def process_of(peer: PeerProcess) -> int:
    table = peer.run("answer").answer()
    assert table["threads"].to_pylist() == ["3"]
    (number,) = table["process"].to_pylist()
    assert isinstance(number, int)
    return number


def test_a_peer_answers_in_its_own_process(moody: PeerProcess) -> None:
    assert moody.form == "nothing"
    assert process_of(moody) != os.getpid()
    assert 0 < moody.run("answer").seconds() < 60


def test_an_error_is_the_answer_and_the_process_stays(moody: PeerProcess) -> None:
    before = process_of(moody)
    with pytest.raises(EngineError, match="column"):
        moody.run("fail").seconds()
    with pytest.raises(EngineError, match="column"):
        moody.run("fail").answer()
    assert process_of(moody) == before


def test_a_process_that_ends_or_never_answers_is_started_anew(moody: PeerProcess) -> None:
    before = process_of(moody)
    with pytest.raises(EngineError, match="its process ended"):
        moody.run("end").seconds()
    second = process_of(moody)
    assert second != before
    moody.limit_seconds = 0.2
    with pytest.raises(EngineError, match=r"took more than 0\.2 s"):
        moody.run("sleep").seconds()


def test_a_peer_that_cannot_load_fails_each_question(tmp_path: Path) -> None:
    broken = PeerProcess(Moody, Setup({}, {}, tmp_path, threads=1), limit_seconds=60.0)
    broken.start()
    for _ in range(2):
        with pytest.raises(EngineError, match="loading: nothing to ask"):
            broken.run("answer").seconds()
    broken.close()


def test_texts_that_are_views_are_written_once() -> None:
    texts = pa.array(["short", "a text of more than twelve bytes", None], pa.string_view())
    batches = [pa.record_batch({"text": texts, "number": [1, 2, 3]})] * 2
    plain = without_views(pa.Table.from_batches(batches))
    assert plain.schema.types == [pa.large_string(), pa.int64()]
    assert plain["text"].to_pylist() == texts.to_pylist() * 2


def test_every_peer_can_be_opened() -> None:
    assert set(OPENERS) == {POLARS, DATAFUSION, CHDB, HYPER}
    assert is_installed(POLARS)


@pytest.mark.parametrize(
    ("engine", "sql", "translated"),
    [
        (DATAFUSION, "SELECT x.* FROM x JOIN y USING (k)", "SELECT x.* FROM x JOIN y USING (k)"),
        (HYPER, "SELECT x.* FROM x JOIN y USING (k)", "SELECT x.* FROM x JOIN y ON x.k = y.k"),
        (
            HYPER,
            "SELECT 1 FROM x AS a LEFT JOIN y AS b USING (k, l)",
            "SELECT 1 FROM x AS a LEFT JOIN y AS b ON a.k = b.k AND a.l = b.l",
        ),
        (
            CHDB,
            "SELECT 0.06 - 0.01",
            "SELECT CAST(0.06 AS Decimal(15, 2)) - CAST(0.01 AS Decimal(15, 2))",
        ),
        (CHDB, "SELECT a - 0.01 FROM x", "SELECT a - 0.01 FROM x"),
        (
            CHDB,
            "SELECT d FROM x WHERE d > DATE '1998-12-01' ORDER BY d DESC",
            "SELECT d FROM x WHERE d > CAST('1998-12-01' AS DATE) ORDER BY d DESC NULLS FIRST",
        ),
    ],
)
def test_dialects(engine: str, sql: str, translated: str) -> None:
    assert translate(sql, engine) == translated


def test_other_types_of_the_same_values_are_made_comparable() -> None:
    expected = pa.table(
        {
            "n": pa.array([1, 2], pa.int64()),
            "s": pa.array(["ä", None]),
            "d": pa.array([0, 1], pa.date32()),
            "mean": pa.array([1.234567891, None]),
        }
    )
    answer = pa.table(
        {
            "N": pa.array([1, 2], pa.uint16()),
            "S": pa.array(["ä", None], pa.string_view()),
            "D": pa.array([0, 86_400_000], pa.date64()),
            "MEAN": pa.array([Decimal("1.234568"), None], pa.decimal128(19, 6)),
        }
    )
    got, wanted, tolerances = conform(answer, expected)
    assert find_difference(got, wanted, tolerances=tolerances) is None
    strictly = find_difference(got, wanted, tolerances=[STRICT] * 4)
    assert strictly is not None
    assert strictly.startswith("column mean, row 0: 1.2345679")


def test_no_value_is_nan_to_some_and_null_to_others() -> None:
    expected, answer = pa.table({"r": [float("nan"), 1.0]}), pa.table({"r": [None, 1.0]})
    got, wanted, tolerances = conform(answer, expected)
    assert find_difference(got, wanted, tolerances=tolerances) is None
    assert find_difference(answer, expected) == "column r, row 0: None, expected nan"
    assert find_difference(without_nan(answer), without_nan(expected)) is None


def test_values_that_do_not_fit_are_refused() -> None:
    with pytest.raises(pa.ArrowInvalid):
        conform(pa.table({"n": [1.5]}), pa.table({"n": [1]}))
    got, wanted, _ = conform(pa.table({"n": [1]}), pa.table({"n": [1], "m": [2]}))
    assert find_difference(got, wanted) == "1 rows of 1 columns, expected 1 of 2"


def test_large_answers_are_compared_by_hashes(tmp_path: Path) -> None:
    names = ["n", "n"]
    texts = pa.array([f"ä{n}" for n in range(MANY_ROWS)])
    table = pa.table([pa.array(range(MANY_ROWS)), texts], names)
    turned = table.take(pa.array(range(MANY_ROWS - 1, -1, -1)))
    other = pa.table([table.column(0), turned.column(1)], names)
    peer = Duckdb(tmp_path / "x.duckdb", threads=1)
    assert has_same_rows(peer, turned, table)
    assert not has_same_rows(peer, other, table)
    assert not has_same_rows(peer, table.slice(0, 5), table.slice(0, 5))
    peer.close()


def test_parquet_files_tell_nulls_and_sizes(tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": pa.array([1, None], pa.int32()), "b": ["x", "y"]}), file)
    assert columns_with_nulls(file) == {"a"}
    assert memory_bytes(file) == 2 * (4 + 24)
    assert fits_in_memory([file])
