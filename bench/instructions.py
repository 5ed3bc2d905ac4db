"""`make bench-check`: the instructions that the benchmark's kernels execute for a row.

    queries over small data -> kernels that count (bench/counted.py) -> compared with the record

Counts do not depend on the machine, its load, or the run. It leaves with status 1 where a kernel,
or a case as a whole, takes over 20% more for a row than recorded. Where that is meant, or kernels
became better, `make bench-check ARGS=--record` writes the record anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import gpudb
from bench.counted import CPU, Count, CountedDevice, counted_device, unsupported
from bench.gpudb_engine import profiled
from bench.options import Options, parse_options
from bench.paper_cases import SMALL
from bench.report import RESULTS
from bench.workload import Workload
from bench.workloads import WORKLOADS
from gpudb.compiler.language import Program
from gpudb.compiler.machine_code import find_versions
from gpudb.profile import Profile

RECORD = RESULTS / "instructions.json"
RECORD_OPTION = "--record"
MOST_GROWTH = 1.2
# A kernel with a smaller share of its case's instructions is judged with the case only.
LEAST_SHARE = 0.01
TOTAL = "all kernels"
# How the text of a pipeline's kernel begins.
GENERATED = "def rows("


@dataclass(frozen=True)
class CaseCounts:
    """A case: by kernel rows and instructions; the whole counts for each row of scanned tables."""

    name: str
    kernels: Mapping[str, Count]

    def share(self, kernel: str) -> float:
        """Return a kernel's part of the case's instructions."""
        return self.kernels[kernel].instructions / max(1, self.kernels[TOTAL].instructions)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the chosen cases, or record all of them; return the exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    is_record = RECORD_OPTION in given
    options = parse_options([*SMALL, *(each for each in given if each != RECORD_OPTION)])
    reason = unsupported()
    if reason is not None:
        print(reason)
        return 1
    cases = list(count_cases(options))
    kernels = sum(len(case.kernels) - 1 for case in cases)
    print(f"{len(cases)} cases, {kernels} kernels, counted for {CPU}")
    if is_record:
        write_record(RECORD, cases)
        print(f"recorded in {RECORD}")
        return 0
    faults = list(find_growth(cases, read_record(RECORD)))
    print("\n".join([*faults, f"{len(faults)} of them grew by more than {MOST_GROWTH - 1:.0%}"]))
    if faults:
        print(f"if that is meant: make bench-check ARGS={RECORD_OPTION}")
    return 1 if faults or not cases else 0


def count_cases(options: Options) -> Iterator[CaseCounts]:
    """Run the chosen cases once each, in one thread, and yield what their kernels executed."""
    for workload in WORKLOADS:
        if workload.group in options.groups:
            yield from count_workload(workload, options)


def count_workload(workload: Workload, options: Options) -> Iterator[CaseCounts]:
    """Yield the counts of a workload's chosen cases."""
    questions = {n: sql for n, sql in workload.questions.items() if options.has(n)}
    files = workload.make_files(options) if questions else {}
    with counted_device() as device, gpudb.connect(threads=1) as connection:
        for name, path in files.items():
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM '{path}'")
        for name, sql in questions.items():
            device.reset()
            _, profile, _ = profiled(connection, sql)
            yield CaseCounts(f"{workload.group}.{name}", counts_of(device, profile))


def counts_of(device: CountedDevice, profile: Profile) -> dict[str, Count]:
    """Return what the last query's kernels executed, by name, and the sum."""
    found: dict[str, Count] = {}
    for program, count in device.counts.items():
        if count.calls:
            name = kernel_name(program, profile)
            # A pipeline has several where it begins anew with a larger table.
            again = sum(each.partition(" (")[0] == name for each in found)
            found[f"{name} ({again + 1})" if again else name] = replace(count)
    total = sum(count.instructions for count in found.values())
    return {TOTAL: Count(1, max(1, profile.rows_scanned), total), **found}


def kernel_name(program: Program, profile: Profile) -> str:
    """Return the pipeline that a program was generated for, or the fixed kernel's name."""
    _, start, rest = program.library.rpartition(GENERATED)
    for pipeline in profile.pipelines:
        if start and start + rest in pipeline.code:
            return f"pipeline {pipeline.index}: {pipeline.source} -> {pipeline.sink}"
    return program.entries[0].name


def find_growth(
    cases: Sequence[CaseCounts], recorded: Mapping[str, Mapping[str, float]]
) -> Iterator[str]:
    """Yield in words where more is executed for a row than recorded.

    A kernel that is new to its case counts with the case: another plan has other kernels.
    """
    for case in cases:
        known = recorded.get(case.name)
        if known is None:
            yield f"{case.name} is not recorded"
            continue
        for name, count in case.kernels.items():
            before = known.get(name)
            if before is None or case.share(name) < LEAST_SHARE:
                continue
            if count.per_row > before * MOST_GROWTH:
                yield f"{case.name}, {name}: {count.per_row:.2f} a row, recorded {before:.2f}"


def write_record(path: Path, cases: Sequence[CaseCounts]) -> None:
    """Keep what was counted."""
    content = {
        "cpu": CPU,
        "versions": dict(zip(("llvmlite", "llvm"), find_versions(), strict=True)),
        "per_row": {
            case.name: {name: round(count.per_row, 4) for name, count in case.kernels.items()}
            for case in cases
        },
    }
    path.write_text(json.dumps(content, indent=1) + "\n")


def read_record(path: Path) -> dict[str, dict[str, float]]:
    """Return the instructions of a row, by case and kernel."""
    found: dict[str, dict[str, float]] = json.loads(path.read_text())["per_row"]
    return found


if __name__ == "__main__":
    sys.exit(main())
