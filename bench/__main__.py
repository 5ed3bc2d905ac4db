"""`python -m bench`: runs the chosen cases, prints what they gave, and keeps it as JSON.

`python -m bench roofline` runs nothing on a GPU, and says how long its memory would take;
`python -m bench paper` runs the queries on the GPU on paper, and compares the answers.

Leaves with status 1 if one of our answers is not DuckDB's.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.machine import describe_machine
from bench.options import Options, parse_options

if TYPE_CHECKING:
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
    options = parse_options(given)
    from bench.report import Report, load_lines

    machine = describe_machine()
    print(f"{machine['cpu']}, {machine['cores']} cores; every engine on {options.threads} threads")
    report = Report(options)
    with tempfile.TemporaryDirectory() as kernels:
        race_cases(report, Path(kernels))
    if "load" in options.groups:
        from bench.load import race_loads
        from bench.tpch import generate

        report.loads += race_loads(options, generate(options.scale, options.data)["lineitem"])
        print("\n".join(["", *load_lines(report.loads)]))
    if "startup" in options.groups:
        from bench.startup import measure_startup, startup_lines

        report.startup = measure_startup(options)
        print("\n".join(["", *startup_lines(report.startup)]))
    if "planning" in options.groups:
        from bench.planning import measure_planning, planning_lines

        report.plannings += measure_planning(options)
        print("\n".join(["", *planning_lines(report.plannings)]))
    print(f"\nkept in {report.write()}")
    return 0 if report.is_right() else 1


def race_cases(report: Report, kernels: Path) -> None:
    """Race the cases of the chosen groups, a line each."""
    from bench.memory import open_bandwidth
    from bench.race import race
    from bench.report import header, mean_lines, outcome_line, transfer_lines
    from bench.workloads import WORKLOADS

    options: Options = report.options
    chosen = [workload for workload in WORKLOADS if workload.group in options.groups]
    if not chosen:
        return
    memory = open_bandwidth(options.device, options.threads)
    print(header(options.engines))
    for workload in chosen:
        with workload.cases(options, kernels) as cases:
            for case in cases:
                report.device = case.ours.connection.execute("SHOW DEVICE").fetchall()[0]
                report.outcomes.append(race(case, options.repetitions, memory))
                print(outcome_line(report.outcomes[-1], options.engines), flush=True)
    memory.close()
    print("\n".join(["", *mean_lines(report.outcomes), *transfer_lines(report.outcomes)]))


if __name__ == "__main__":
    sys.exit(main())
