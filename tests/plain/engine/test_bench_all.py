"""What `make bench-all` measures beside races, and the page that is written of its JSON."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from bench import appends, literals, pages
from bench.__main__ import main
from bench.appends import Appends, append_lines, in_memory
from bench.case import DUCKDB, HYPER, OURS, POLARS
from bench.everything import RACED, parse_parts
from bench.figures import newest
from bench.goals import GOALS
from bench.gpudb_engine import open_gpudb
from bench.held import Held, Peak, held_lines
from bench.literals import VARIED, Shape, literal_lines, variants
from bench.load import Load
from bench.made import size_of
from bench.memory_use import MemoryUse, measure_apart
from bench.options import GROUPS, Options, parse_options
from bench.pages import BEGIN, END
from bench.race import Cold, Outcome
from bench.readme import readme_lines
from bench.report import Report, label
from bench.startup import Startup
from bench.tpch import QUERIES
from bench.workload import discard
from bench.workloads import WORKLOADS


def test_everything_is_everything() -> None:
    loaded, first, second = parse_parts(["--repetitions", "9"])
    groups = {*loaded.groups, *first.groups, *second.groups}
    assert groups == set(GROUPS) - {"scan"}
    assert (loaded.groups, loaded.scale) == (("load",), 10.0)
    assert (first.scale, second.scale, first.repetitions) == (1.0, 10.0, 9)
    assert (first.rows, first.many_rows, first.hits_rows) == (10_000_000, 20_000_000, 10_000_000)
    assert {w.group for w in WORKLOADS} == {*RACED, "scan"}
    small, larger = parse_parts(["--scale", "small", "--cases", "tpch,load"])
    assert (small.groups, larger.groups) == (("tpch",), ("tpch", "load"))
    assert small.scale < larger.scale < 0.1
    assert [label("tpch", part) for part in (first, second)] == ["tpch", "tpch-10"]


def test_cases_that_are_not_there_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_parts(["--cases", "tpcc"])
    assert "there are no cases tpcc" in capsys.readouterr().err


def test_every_case_has_one_goal() -> None:
    for workload in WORKLOADS:
        for name in workload.questions:
            holding = [goal for goal in GOALS if goal.holds(workload.group, name)]
            assert len(holding) == (workload.group != "scan"), (workload.group, name)


@pytest.mark.parametrize("engine", [OURS, DUCKDB, POLARS, in_memory(OURS), in_memory(DUCKDB)])
def test_appends_are_seen_by_the_next_query(
    tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appends, "APPENDS", 4)
    found = appends.measure(engine, tmp_path, 1, 100)
    assert (found.engine, len(found.seconds), found.base_rows) == (engine, 4, 100)
    assert append_lines([found])[0].startswith(f"{engine:<10} 22 rows and a query: ")


def test_an_append_that_is_not_seen_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(appends.OPENERS, OURS, lambda *_: (len, lambda: (22, 0)))
    with pytest.raises(ValueError, match=r"gpudb: \(22, 0\) after 122 rows"):
        appends.measure(OURS, tmp_path, 1, 100)


def test_literals_are_those_of_the_queries() -> None:
    for name in VARIED:
        texts = list(variants(name))
        assert len(set(texts)) == len(texts) >= 4
        assert QUERIES[name] not in texts


def test_other_literals_compile_nothing(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(literals, "VARIED", {"q6": VARIED["q6"]})
    options = Options(scale=0.01, data=tmp_path_factory.mktemp("data"))
    (shape,) = literals.measure_literals(options, tmp_path)
    assert (shape.name, len(shape.seconds), shape.compiled) == ("q6", 4, 0)
    assert "0 of 4 compiled" in literal_lines([shape])[0]
    folder = options.data / "tpch-0.01"
    assert size_of(folder / "ours.gpudb") > 0
    use = measure_apart(folder / "ours.gpudb", tmp_path, 1, [QUERIES["q6"]])
    assert use.touched > 60_000
    assert use.peak > 0
    assert 0 < use.answered < 1_000
    files = {path.stem: path for path in folder.glob("*.parquet")}
    discard(folder, files)
    assert not (folder / "ours.gpudb").exists()
    assert all(path.is_file() for path in files.values())


def test_memory_is_told_in_words() -> None:
    use = MemoryUse(peak=3_000_000, resident=0, touched=1_000_000, answered=500_000)
    lines = held_lines(Held(10, 900, 500, 700), [Peak("j1", use)])
    assert lines == [
        "hits: 90 bytes a row in memory, on disk 50, Parquet 70",
        "j1   peak 3 MB, columns 1, answer 0: 3.0 times the columns, of at least 1.5; 2.5 without "
        "the answer",
    ]


def outcome(group: str, name: str, **samples: list[float]) -> Outcome:
    return Outcome(name, group, "SELECT 1", samples, Cold(0.5, [0.02, 0.01]), 100, 700, 1, [1e9])


def kept(folder: Path) -> Path:
    fast = outcome("groupby", "g1", gpudb=[0.001], duckdb=[0.004], polars=[0.002])
    slow = outcome("tpch", "q2", gpudb=[0.010, 0.030, 0.020], duckdb=[0.008], polars=[0.001])
    slow.differences[POLARS] = "column `a|b`, row 1"
    slow.failures[HYPER] = "took more than 60 s"
    slow.forms[DUCKDB] = "database file"
    hits = outcome("clickbench", "c1", gpudb=[0.001], duckdb=[0.001])
    hits.stored_bytes[OURS] = 500
    startup = Startup([0.1], [0.5], [0.02], [0.002], imports_numba=False, answer_seconds=[0.3])
    report = Report(
        [Options()],
        outcomes=[fast, slow, hits],
        loads=[Load(OURS, 1, 2.0, 1, 1, 1), Load(DUCKDB, 1, 3.0, 1, 1, 1)],
        appends=[
            *(Appends(OURS, [0.001], 0), Appends(DUCKDB, [0.020], 0)),
            *(Appends(in_memory(OURS), [0.002], 0), Appends(in_memory(DUCKDB), [0.006], 0)),
        ],
        shapes=[Shape("q6", [0.002], 0)],
        held=Held(10, 900, 500, 700),
        peaks=[Peak("j1", MemoryUse(900, 0, 100, 300))],
        startup=startup,
    )
    return report.write(folder)


def test_the_page_is_written_of_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, page, gaps = kept(tmp_path), tmp_path / "page.md", tmp_path / "gaps.toml"
    readme = tmp_path / "readme.md"
    for each in (page, readme):
        each.write_text(f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n")
    gaps.write_text("[groupby]\n")
    monkeypatch.setattr(pages, "PAGE", page)
    monkeypatch.setattr(pages, "README", readme)
    monkeypatch.setattr(pages, "GAPS", gaps)
    assert newest(tmp_path) == file
    assert main(["report", str(file)]) == 0
    text = page.read_text()
    assert text.startswith("Before.\n") and text.endswith(f"{END}\nAfter.\n")
    assert "old" not in text
    for line in (
        "| group-by q1-q5, q7 | 1 | 2.00 | 2.00 | 1.5 | 3.0 |",
        "| loading Parquet, lineitem of scale 10 | 1 | 1.50 | | 0.7 | 1.2 |",
        "| appends, to DuckDB | 1 | 20.00 | | 10 | 50 |",
        "| appends in memory, to DuckDB | 1 | 3.00 | | 10 | 50 |",
        "| a fresh process: import to the first answer | 300.0 ms | 500 ms | 200 ms |",
        "| code of a new query shape, until it runs, 95th percentile | 30.0 ms | 80 ms | 40 ms |",
        "| held for a row of ClickBench's table | 90.0 bytes | 200 bytes | 110 bytes |",
        "| case | gpudb | duckdb | polars | hyper | ratio | floor |",
        "| q2 | 20.0 (10-30) | 8.0 (8-8) | 1.0 (1-1), wrong | failed | 0.40 | 0.0 |",
        "- q2, 0.40 of 0.7: not looked at yet",
        "- polars is wrong in q2: column 'a/b', row 1",
        "- hyper failed in q2: took more than 60 s",
        "Bytes a row of ClickBench's table on disk: gpudb 50.",
        "Held as duckdb: database file.",
    ):
        assert line in text.split("\n"), line
    gaps.write_text('[tpch]\nq2 = "the plan joins in another order"\n')
    assert main(["report", str(file)]) == 0
    assert "- q2, 0.40 of 0.7: the plan joins in another order" in page.read_text()
    page.write_text("nothing")
    assert main(["report", str(file)]) == 1
    assert "has no lines" in capsys.readouterr().err
    assert page.read_text() == "nothing"


def test_readme_tells_of_what_was_kept(tmp_path: Path) -> None:
    run = json.loads(kept(tmp_path).read_text())
    text = "\n".join(readme_lines(run, "run.json"))
    assert text.startswith(f"Commit {run['commit']}, ")
    told = " ".join(text.split())
    for line in (
        "| group-by q1-q5, q7 | 1 | 4.00 | 2.00 | 2.00 | 1 |",
        "| TPC-H | 1 | 0.40 | 0.40 | 0.40 | 0 |",
        "| loading Parquet, lineitem of scale 10 | 1 | 1.50 | 1.50 | 1.50 | 1 |",
        "- A query of known shape with other literals costs 2.0 ms beyond its kernels",
        "- The code of a query of a new shape is there after 30 ms at the 95th percentile.",
        "- 22 rows appended and seen by the next query take 1.0 ms, 20.0 in DuckDB",
        "take 9.0 to 9.0 times the bytes of the columns that they touch",
        "columns and answer alone are 4.0 to 4.0 times these.",
    ):
        assert line in told, line
    empty = dict.fromkeys(("loads", "plannings", "appends", "literals", "peaks", "cases"), ())
    nothing = list(readme_lines({**run, **empty, "startup": None, "held": None}, "run.json"))
    assert nothing[-1] == "|---|--:|--:|--:|--:|--:|"


def test_the_page_has_its_place_and_gaps_name_cases() -> None:
    assert BEGIN in pages.PAGE.read_text()
    assert BEGIN in pages.README.read_text()
    cases = {workload.group: set(workload.questions) for workload in WORKLOADS}
    for group, texts in tomllib.loads(pages.GAPS.read_text()).items():
        assert set(texts) <= cases[group.partition("-")[0]]


def test_without_a_run_there_is_no_page(tmp_path: Path) -> None:
    single = {"options": {"scale": 1.0}}
    (tmp_path / "2026-01-01-000000-abc.json").write_text(json.dumps(single))
    with pytest.raises(FileNotFoundError, match="no run of make bench-all"):
        newest(tmp_path)


def test_databases_are_opened_again_after_discarding(tmp_path: Path) -> None:
    options = replace(parse_options(["--discard"]), scan_rows=1_000, data=tmp_path)
    (workload,) = [each for each in WORKLOADS if each.group == "scan"]
    with workload.cases(replace(options, engines=(DUCKDB,)), tmp_path / "kernels") as (case,):
        assert set(case.stored_bytes) == {OURS, DUCKDB}
    folder = tmp_path / "scan-1000"
    assert [path.name for path in folder.iterdir()] == ["readings.parquet"]
    files = workload.make_files(options)
    open_gpudb(folder / "ours.gpudb", files, threads=1, kernels=tmp_path, reload=False).close()
