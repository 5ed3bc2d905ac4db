"""`python -m bench`: runs the chosen cases, prints what they gave, and keeps it as JSON.

    python -m bench             chosen cases (--help tells which)
    python -m bench all         everything, in one run; docs/performance.md is made of it
    python -m bench report      docs/performance.md from what such a run has kept
    python -m bench roofline    how long the memory of GPUs would take: nothing is run on one
    python -m bench paper       the queries on the GPU on paper, their answers compared
    python -m bench spill       queries past memory_limit, beside DuckDB's

Leaves with status 1 if one of our answers is not DuckDB's.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.machine import describe_machine
from bench.options import Options, parse_options

if TYPE_CHECKING:
    from bench.race import Outcome
    from bench.report import Report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and return the exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["roofline"]:
        from bench.roofline import main as roofline

        return roofline(given[1:])
    if given[:1] == ["paper"]:
        from bench.on_paper import main as on_paper

        return on_paper(given[1:])
    if given[:1] == ["spill"]:
        from bench.spill import main as spill

        return spill(given[1:])
    if given[:1] == ["report"]:
        from bench.pages import main as report_pages

        return report_pages(given[1:])
    if given[:1] == ["all"]:
        from bench.everything import parse_parts

        return run(parse_parts(given[1:]))
    return run([parse_options(given)])


def run(parts: Sequence[Options]) -> int:
    """Run parts one after the other into one report."""
    from bench.report import Report

    machine = describe_machine()
    threads = parts[0].threads
    print(f"{machine['cpu']}, {machine['cores']} cores; every engine on {threads} threads")
    report = Report(parts)
    for options in parts:
        with tempfile.TemporaryDirectory() as kernels:
            race_cases(report, options, Path(kernels))
        for lines in costs(report, options):
            print("\n".join(["", *lines]), flush=True)
            report.write()
    print(f"\nkept in {report.write()}")
    return 0 if report.is_right() else 1


def costs(report: Report, options: Options) -> Iterator[list[str]]:
    """Measure what is no race, and yield each in words."""
    groups = options.groups
    if "load" in groups:
        yield measure_loads(report, options)
    if "appends" in groups:
        from bench.appends import append_lines, race_appends

        report.appends += race_appends(options)
        yield append_lines(report.appends)
    if "startup" in groups:
        from bench.startup import measure_startup, startup_lines

        report.startup = measure_startup(options)
        yield startup_lines(report.startup)
    if "planning" in groups:
        from bench.planning import measure_planning, planning_lines

        report.plannings += measure_planning(options)
        yield planning_lines(report.plannings)
    with tempfile.TemporaryDirectory() as kernels:
        if "literals" in groups:
            from bench.literals import literal_lines, measure_literals

            report.shapes += measure_literals(options, Path(kernels))
            yield literal_lines(report.shapes)
        if "memory" in groups:
            from bench.held import held_lines, measure_held, measure_peaks

            report.held = measure_held(options, Path(kernels))
            report.peaks += measure_peaks(options, Path(kernels))
            yield held_lines(report.held, report.peaks)


def measure_loads(report: Report, options: Options) -> list[str]:
    """Load lineitem into every engine."""
    from bench.load import race_loads
    from bench.report import load_lines
    from bench.tpch import generate

    report.loads += race_loads(options, generate(options.scale, options.data)["lineitem"])
    return load_lines(report.loads)


def race_cases(report: Report, options: Options, kernels: Path) -> None:
    """Race the cases of the chosen groups, a line each."""
    from bench.memory import open_bandwidth
    from bench.race import race
    from bench.report import header, label, mean_lines, outcome_line, transfer_lines
    from bench.workloads import WORKLOADS

    chosen = [workload for workload in WORKLOADS if workload.group in options.groups]
    if not chosen:
        return
    memory = open_bandwidth(options.device, options.threads)
    outcomes: list[Outcome] = []
    print(header(options.engines))
    for workload in chosen:
        with workload.cases(options, kernels) as cases:
            for case in cases:
                report.device = case.ours.connection.execute("SHOW DEVICE").fetchall()[0]
                outcome = race(case, options.repetitions, memory)
                outcomes.append(replace(outcome, group=label(workload.group, options)))
                print(outcome_line(outcome, options.engines), flush=True)
        report.outcomes += outcomes[len(outcomes) - len(cases) :]
        report.write()
    memory.close()
    print("\n".join(["", *mean_lines(outcomes), *transfer_lines(outcomes)]))


if __name__ == "__main__":
    sys.exit(main())
