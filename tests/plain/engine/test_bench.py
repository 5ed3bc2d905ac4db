"""The benchmark itself, on small data: right answers pass, wrong ones do not, figures are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from bench import demo, groupby, load, tpch
from bench.answers import find_difference
from bench.case import DUCKDB, OURS, POLARS, EngineError, Here
from bench.clickbench import CLICKBENCH
from bench.groupby import GROUPBY, SORT
from bench.joins import JOINS
from bench.made import Stamp
from bench.memory import GpuCopies, Memory
from bench.options import GROUPS, USUAL_GROUPS, Options, parse_options
from bench.planning import measure_planning, planning_lines
from bench.race import Cold, Judged, Outcome, find_slow, judge, race
from bench.report import Report, load_lines, mean_lines, outcome_line, transfer_lines
from bench.scan import FILTERS, SCAN
from bench.ssb import SSB
from bench.taxi import TAXI
from bench.tpch import TPCH
from bench.tpch_polars import FRAMES
from bench.workload import Workload
from bench.workloads import WORKLOADS

PEERS = (DUCKDB, POLARS)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def small(data: Path) -> Options:
    return Options(
        scale=0.01,
        rows=20_000,
        scan_rows=50_000,
        hits_rows=20_000,
        many_rows=30_000,
        engines=PEERS,
        data=data,
    )


@pytest.fixture(scope="module")
def memory() -> Iterator[Memory]:
    opened = Memory(threads=2, size_bytes=1 << 20)
    yield opened
    opened.close()


def outcome(**samples: list[float]) -> Outcome:
    return Outcome("q1", "tpch", "SELECT 1", samples, Cold(0.5, [0.02]), 100, 700, 1, [1e9])


def test_tpch_answers_are_the_same(small: Options, memory: Memory, tmp_path: Path) -> None:
    options = replace(small, only=tuple(FRAMES))
    with TPCH.cases(options, tmp_path) as cases:
        assert {case.name for case in cases} == set(FRAMES)
        for case in cases:
            found = race(case, 1, memory)
            assert set(found.samples) == {OURS, DUCKDB, POLARS}
            assert found.differences == {}
            assert found.rows_scanned > 0


def test_groupby_answers_are_the_same(
    small: Options, memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So few groups that none has a single value, whose correlation is NULL to us and NaN to DuckDB.
    monkeypatch.setattr(groupby, "GROUPS", 10)
    with GROUPBY.cases(small, tmp_path) as cases:
        found = [race(case, 1, memory) for case in cases]
    rows = {each.name: each.answer_rows for each in found}
    assert list(rows) == [f"g{number}" for number in range(1, 11)]
    assert rows["g2"] == rows["g6"] == rows["g9"] == 100
    assert rows["g1"] == rows["g4"] == 10
    assert rows["g3"] == rows["g5"] == rows["g7"] == 2_000
    assert 3_900 < rows["g8"] <= 4_000
    assert rows["g10"] == 20_000
    assert [each.differences for each in found if each.differences] == []


def test_scan_reads_seven_bytes_a_row(small: Options, memory: Memory, tmp_path: Path) -> None:
    with SCAN.cases(small, tmp_path) as cases:
        (found,) = [race(case, 2, memory) for case in cases]
    assert found.differences == {}
    assert (found.rows_scanned, found.touched_bytes) == (50_000, 350_000)
    assert len(found.samples[OURS]) == 2


def test_joins_answers_are_the_same(small: Options, tmp_path: Path) -> None:
    with JOINS.cases(small, tmp_path) as cases:
        for case in cases:
            assert set(case.runs) == {OURS, DUCKDB, POLARS}
            judged = judge(case)
            assert judged.rows > 17_000
            assert (judged.differences, judged.failures) == ({}, {})


@pytest.mark.parametrize(
    ("workload", "count"), [(SSB, 13), (CLICKBENCH, 43), (TAXI, 4), (FILTERS, 7), (SORT, 5)]
)
def test_every_query_is_answered_as_by_duckdb(
    small: Options, tmp_path: Path, workload: Workload, count: int
) -> None:
    with workload.cases(replace(small, engines=(DUCKDB,)), tmp_path) as cases:
        assert len(cases) == count
        for case in cases:
            judged = judge(case)
            assert (judged.differences, judged.failures) == ({}, {}), case.sql


def test_only_named_cases_run(data: Path, tmp_path: Path) -> None:
    options = Options(scale=0.01, only=("q6",), engines=(), data=data)
    with TPCH.cases(options, tmp_path) as cases:
        assert [(case.name, set(case.runs)) for case in cases] == [("q6", {OURS, DUCKDB})]


def test_every_workload_can_be_chosen() -> None:
    assert {workload.group for workload in WORKLOADS} < set(GROUPS)
    assert set(USUAL_GROUPS) < set(GROUPS)


def test_planning_is_measured(data: Path) -> None:
    options = Options(scale=0.01, only=("q1", "q6"), data=data)
    found = measure_planning(options)
    assert [each.name for each in found] == ["q1", "q6"]
    assert all(0 < each.least <= sum(each.stages.values()) * 2 for each in found)
    assert planning_lines(found)[-1].startswith("planning takes ")


@pytest.mark.parametrize("engine", [OURS, DUCKDB])
def test_load_tells_rows_memory_and_bytes(data: Path, tmp_path: Path, engine: str) -> None:
    file = tpch.generate(0.01, data)["lineitem"]
    found = load.measure(engine, file, tmp_path / "database", threads=1)
    assert (found.rows, found.file_bytes) == (60_175, file.stat().st_size)
    assert 0 < found.stored_bytes < found.peak_bytes
    assert engine in load_lines([found])[1]


def test_demo_shows_answers_code_and_the_way_on(
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert demo.main(["--scale", "0.01", "--data", str(data)]) == 0
    shown = capsys.readouterr().out
    assert "lineitem  60,175 rows" in shown
    assert shown.count("M rows/s; ") == len(demo.QUERIES) >= 12
    assert "def rows(first, end, step, errors" in shown
    assert shown.rstrip().endswith("demo.gpudb")


def test_options_are_read() -> None:
    options = parse_options(["--scale", "10", "--only", "q1,q6", "--cases", "tpch|load"])
    assert (options.scale, options.only, options.groups) == (10.0, ("q1", "q6"), ("tpch", "load"))
    assert options.has("q6")
    assert not options.has("q3")
    assert parse_options([]).groups == USUAL_GROUPS


def test_unknown_engines_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--engines", "duckdb,sqlite"])
    assert "there is no engine sqlite" in capsys.readouterr().err


def test_unknown_cases_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--cases", "tpcc"])
    assert "there are no cases tpcc" in capsys.readouterr().err


def test_differences_are_found() -> None:
    expected = pa.table({"k": ["a", "b"], "n": [1, 2]})
    assert find_difference(pa.table({"K": ["a", "b"], "N": [1, 2]}), expected) is None
    swapped = pa.table({"k": ["b", "a"], "n": [2, 1]})
    assert find_difference(swapped, expected, is_ordered=False) is None
    assert find_difference(pa.table({"k": ["a", "b"], "n": [1, 3]}), expected) == (
        "column n, row 1: 3, expected 2"
    )
    assert find_difference(expected.slice(0, 1), expected) == (
        "1 rows of 2 columns, expected 2 of 2"
    )


@pytest.mark.parametrize(
    ("got", "wanted", "is_same"),
    [
        (1.0 + 1e-12, 1.0, True),
        (1.0 + 1e-6, 1.0, False),
        (float("nan"), float("nan"), True),
        (Decimal("2.00"), 2, True),
        (Decimal("2.01"), Decimal("2.00"), False),
        (None, 0, False),
        (date(2020, 1, 1), date(2020, 1, 1), True),
    ],
)
def test_values_are_compared_by_type(got: object, wanted: object, is_same: bool) -> None:
    difference = find_difference(pa.table({"v": [got]}), pa.table({"v": [wanted]}))
    assert (difference is None) == is_same


def test_a_wrong_answer_is_reported(small: Options, tmp_path: Path) -> None:
    found = outcome(gpudb=[0.002, 0.001, 0.003], duckdb=[0.008], polars=[0.006])
    report = Report([small], outcomes=[found])
    assert report.is_right()
    assert mean_lines([found]) == ["tpch: 3.00 times as fast as the fastest peer (geometric mean)"]
    assert "2.0 (1.0-3.0)" in outcome_line(found, PEERS)
    assert outcome_line(found, PEERS).endswith("same")
    found.differences[OURS] = "column n, row 1: 3, expected 2"
    assert not report.is_right()
    assert "gpudb DIFFERS: column n" in outcome_line(found, PEERS)
    kept = json.loads(report.write(tmp_path).read_text())
    assert kept["cases"][0]["samples"]["gpudb"] == [0.002, 0.001, 0.003]
    assert set(kept) >= {"commit", "machine", "versions", "options"}


class Failing:
    """A peer that answers once, and then no more."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def answer(self) -> pa.Table:
        return self.table

    def seconds(self) -> float:
        raise EngineError("out of memory")


def test_a_peer_that_fails_is_told_and_does_not_count(
    small: Options, memory: Memory, tmp_path: Path
) -> None:
    with SCAN.cases(replace(small, engines=(DUCKDB,)), tmp_path) as (case,):
        right = case.runs[DUCKDB].answer()
        wrong = pa.table({"amount": pa.array([1], pa.int64())})
        runs = {**case.runs, "right": Failing(right), "wrong": Failing(wrong)}
        found = race(replace(case, runs=runs), 1, memory)
    assert found.failures == {"right": "out of memory", "wrong": "out of memory"}
    assert list(found.differences) == ["wrong"]
    assert found.rivals() == [DUCKDB]
    line = outcome_line(found, (DUCKDB, "right", "wrong"))
    assert line.count("failed") == 2
    assert "same; wrong DIFFERS: column amount" in line
    assert "right FAILED: out of memory" in line


def test_peers_far_behind_take_no_more_turns() -> None:
    samples = {OURS: [9.0, 9.5], DUCKDB: [1.0, 1.4], POLARS: [0.4, 0.2], "late": [3.5, 0.61]}
    assert find_slow(samples, Judged()) == [DUCKDB, "late"]
    # The fastest one is wrong: the others are compared with what is right.
    assert find_slow(samples, Judged(differences={POLARS: "rows"})) == []
    assert find_slow({OURS: [1.0]}, Judged()) == []


def test_our_own_failure_is_not_right(small: Options, memory: Memory, tmp_path: Path) -> None:
    with SCAN.cases(replace(small, engines=(DUCKDB,)), tmp_path) as (case,):
        sql = "SELECT no_such_column FROM readings"
        broken = {**case.runs, OURS: Here(lambda: case.ours.query(sql), case.ours.errors)}
        found = race(replace(case, sql=sql, runs=broken), 1, memory)
    assert "no_such_column" in found.failures[OURS]
    assert not Report([small], outcomes=[found]).is_right()
    assert "gpudb FAILED" in outcome_line(found, PEERS)


def test_stamp_notices_other_data(tmp_path: Path) -> None:
    file, database = tmp_path / "x.parquet", tmp_path / "x.duckdb"
    file.write_bytes(b"1")
    database.touch()
    stamp = Stamp(database, {"x": file})
    assert not stamp.is_current()
    stamp.write()
    assert stamp.is_current()
    file.write_bytes(b"12")
    assert not Stamp(database, {"x": file}).is_current()
    stamp.forget()
    assert not database.exists()


def test_memory_takes_its_turn(memory: Memory) -> None:
    assert memory.measure() > 0


def test_a_race_on_a_gpu_tells_copies_to_it_apart(small: Options, tmp_path: Path) -> None:
    options = replace(
        parse_options(["--device", "emulated", "--engines", "duckdb"]),
        scan_rows=30_000,
        data=small.data,
    )
    memory = GpuCopies(options.device, size_bytes=1 << 20)
    with SCAN.cases(options, tmp_path) as (case,):
        found = race(case, 1, memory)
    memory.close()
    assert not found.differences
    assert found.transfer is not None
    assert found.transfer.seconds > found.transfer.launch_seconds > 0
    assert found.transfer.copied_bytes > 30_000 and found.transfer.copy_seconds > 0
    assert found.bandwidth() > 0
    (line,) = transfer_lines([found])
    assert line.startswith("scan: ") and "with its columns copied to the GPU first" in line
    assert "by the GPU's clock " in line
    assert transfer_lines([outcome(gpudb=[0.1])]) == []
