"""`python -m bench paper`: every query on the GPU on paper, its answer compared with the cpu's.

The very PTX of the queries runs over the whole tables, on as many blocks and threads as a large GPU
takes. The seconds are those of the CPU that does so, and say nothing of a GPU's.

Leaves with status 1 if an answer is another one.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.case import OURS, Case
from bench.options import Options, parse_options
from bench.paper_cases import GPU_GROUPS
from bench.race import compare
from bench.workloads import WORKLOADS
from gpudb.devices.choose import paper

SHAPE = (132, 256)
# Millions of rows of every table that queries are about, in some minutes.
DATA = (
    *("--scale", "1", "--rows", "5000000", "--scan-rows", "60000000", "--hits-rows", "1000000"),
    *("--many-rows", "5000000", "--cases", ",".join(GPU_GROUPS), "--engines", ""),
)
HEADER = (
    f"{'case':<6} {'rows':>12} {'launches':>8} {'waits':>6} {'kernels':>8} {'compile s':>10} "
    f"{'run s':>8} {'Mrows/s':>8} {'cpu s':>8}  answer"
)


@dataclass(frozen=True)
class Outcome:
    """A query on paper: rows of tables read, what was asked of the driver, seconds of each part.

    `kernels` ran on paper, `others` on the host. `difference` is from the cpu's answer.
    """

    name: str
    rows: int
    launches: int
    waits: int
    kernels: int
    others: int
    compile_seconds: float
    run_seconds: float
    cpu_seconds: float
    difference: str | None

    def line(self) -> str:
        """Return the query's line of the table."""
        rate = self.rows / max(self.run_seconds, 1e-9) / 1e6
        kernels = f"{self.kernels}+{self.others}" if self.others else str(self.kernels)
        return (
            f"{self.name:<6} {self.rows:>12,} {self.launches:>8} {self.waits:>6} {kernels:>8} "
            f"{self.compile_seconds:>10.2f} {self.run_seconds:>8.2f} {rate:>8.2f} "
            f"{self.cpu_seconds:>8.3f}  {self.difference or 'same'}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen cases and return the exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parse_options([*DATA, *given])
    blocks, threads = SHAPE
    print(f"{blocks} blocks of {threads} threads on paper; seconds are the CPU's\n{HEADER}")
    found = []
    for outcome in outcomes(options):
        found.append(outcome)
        print(outcome.line(), flush=True)
    wrong = [outcome.name for outcome in found if outcome.difference]
    rows, seconds = sum(o.rows for o in found), sum(o.run_seconds for o in found)
    print(f"\n{len(found)} queries, {rows:,} rows in {seconds:.0f} s; {len(wrong)} answers differ")
    return 1 if wrong or not found else 0


def outcomes(options: Options) -> Iterator[Outcome]:
    """Yield the outcomes of the chosen cases."""
    for workload in WORKLOADS:
        names = [name for name in workload.questions if options.has(name)]
        if workload.group not in options.groups or not names:
            continue
        with (
            tempfile.TemporaryDirectory() as kernels,
            workload.cases(options, Path(kernels)) as cases,
        ):
            for case in cases:
                yield run_case(case)


def run_case(case: Case) -> Outcome:
    """Run a query on the cpu, and once more on paper."""
    connection = case.ours.connection
    connection.execute("SET device = 'cpu'")
    expected, _, cpu_seconds = case.ours.profile(case.sql)
    for name, value in zip(("launch_grid", "launch_block"), SHAPE, strict=True):
        connection.execute(f"SET {name} = {value}")
    connection.execute("SET device = 'emulated'")
    log = paper().log
    log.clear()
    answer, profile, _ = case.ours.profile(case.sql)
    places = [p.device for p in profile.pipelines if p.code]
    return Outcome(
        case.name,
        profile.rows_scanned,
        log.count("launch"),
        sum(line.startswith("wait") for line in log),
        places.count("emulated"),
        len(places) - places.count("emulated"),
        profile.compile_seconds,
        sum(p.run_seconds + p.finish_seconds for p in profile.pipelines),
        cpu_seconds,
        compare(case, OURS, answer, expected),
    )
