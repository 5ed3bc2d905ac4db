"""Instructions of a row: counted exactly, the same twice, and growth is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench import instructions
from bench.counted import Count, CountedDevice, add_counters, unsupported
from bench.instructions import (
    TOTAL,
    CaseCounts,
    count_cases,
    find_growth,
    main,
    read_record,
    write_record,
)
from bench.options import Options
from bench.workloads import WORKLOADS
from gpudb.compiler.language import Entry, Pointer, Program, ValueType

ENTRY = Entry("add", (("first", ValueType.INT), ("end", ValueType.INT), ("v", Pointer("int64"))))
ADD = """
def add(first, end, v):
    total = 0
    for i in range(first, end):
        total = total + v[i]
    return total
"""
# The same sum, and a division that keeps LLVM from SIMD.
SLOWER = ADD.replace("v[i]", "v[i] // (v[i] + 1)")


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Options:
    data = tmp_path_factory.mktemp("data")
    return Options(
        rows=20_000, scan_rows=20_000, only=("scan", "g2"), groups=("scan", "groupby"), data=data
    )


@pytest.fixture(scope="module")
def counted(options: Options) -> Iterator[list[CaseCounts]]:
    yield list(count_cases(options))


def test_instructions_can_be_counted_here() -> None:
    assert unsupported() is None


def test_counters_are_added_to_each_run_of_instructions() -> None:
    text = "\t.text\nf:\n\txorl\t%eax, %eax\n.L1:\n\tincq\t%rax\n\tjne\t.L1\n\tnop\n\tretq\n"
    counts = [
        int(line.split("$")[1].split(",")[0])
        for line in add_counters(text, 8).split("\n")
        if line.strip().startswith("addq")
    ]
    assert counts == [1, 2, 2]
    assert [line for line in add_counters(text, 8).split("\n") if line in text.split("\n")] == (
        text.split("\n")
    )


def per_row(text: str, rows: int) -> tuple[int, Count]:
    device = CountedDevice()
    program = Program(text, "", (ENTRY,))
    values = np.arange(rows, dtype=np.int64)
    result = device.compile(program).call("add", [0, rows, values])
    bound = device.compile(program).bind("add", [values])
    assert bound(0, rows) == result
    assert device.counts[program].calls == 2
    return result, device.counts[program]


def test_a_loop_is_counted_by_what_it_executes() -> None:
    total, few = per_row(ADD, 1_000)
    assert total == 1_000 * 999 // 2
    _, many = per_row(ADD, 100_000)
    # Four 64-bit additions in an instruction: a row costs about one instruction, and no more
    # the more rows there are.
    assert 0.5 < many.per_row < 1.5
    assert many.instructions == pytest.approx(100 * few.instructions, rel=0.2)
    _, slower = per_row(SLOWER, 100_000)
    assert slower.per_row > 4 * many.per_row


def test_a_second_run_counts_the_same(options: Options, counted: list[CaseCounts]) -> None:
    assert [case.name for case in counted] == ["groupby.g2", "scan.scan"]
    assert list(counted[1].kernels) == [TOTAL, "pipeline 0: readings -> Group"]
    assert all(count.instructions > 0 for case in counted for count in case.kernels.values())
    assert list(count_cases(options)) == counted


def test_growth_is_found(tmp_path: Path, counted: list[CaseCounts]) -> None:
    record = tmp_path / "instructions.json"
    write_record(record, counted)
    known = read_record(record)
    assert list(find_growth(counted, known)) == []
    (kernel,) = [name for name in counted[1].kernels if name != TOTAL]
    for share, is_growth in ((1.19, False), (1.25, True)):
        before = counted[1].kernels[kernel]
        grown = replace(before, instructions=int(before.instructions * share))
        case = replace(counted[1], kernels={**counted[1].kernels, kernel: grown})
        assert [each.split(":")[0] for each in find_growth([case], known)] == (
            ["scan.scan, pipeline 0"] if is_growth else []
        )
    assert list(find_growth([replace(case, name="scan.new")], known)) == [
        "scan.new is not recorded"
    ]


def test_small_kernels_count_with_their_case(counted: list[CaseCounts]) -> None:
    known = {"a": {TOTAL: 10.0, "little": 1.0}}
    little = CaseCounts("a", {TOTAL: Count(1, 100, 1_000), "little": Count(1, 1, 9)})
    assert list(find_growth([little], known)) == []
    whole = CaseCounts("a", {TOTAL: Count(1, 100, 1_300), "little": Count(1, 1, 9)})
    assert list(find_growth([whole], known)) == ["a, all kernels: 13.00 a row, recorded 10.00"]


def test_the_command_records_and_fails(
    options: Options,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    record = tmp_path / "instructions.json"
    monkeypatch.setattr(instructions, "RECORD", record)
    given = ["--cases", "scan", "--scan-rows", "20000", "--data", str(options.data)]
    assert main([*given, "--record"]) == 0
    assert main(given) == 0
    assert "0 of them grew" in capsys.readouterr().out
    known = {
        name: {k: v / 2 for k, v in each.items()} for name, each in read_record(record).items()
    }
    monkeypatch.setattr(instructions, "read_record", lambda _path: known)
    assert main(given) == 1
    assert "a row, recorded" in capsys.readouterr().out


def test_every_case_is_recorded() -> None:
    recorded = read_record(instructions.RECORD)
    cases = [f"{w.group}.{name}" for w in WORKLOADS for name in w.questions]
    assert sorted(recorded) == sorted(cases)
