"""Races a case: the engines take turns, A B C A B C ..., so that all meet the same machine.

Memory takes its turn too: on a shared machine it is slower at times, and so is all that reads it.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from bench.answers import find_difference
from bench.case import DUCKDB, OURS, POLARS, Case
from bench.memory import Bandwidth
from bench.ordered import find_misplaced, is_ordered
from gpudb.profile import Profile

WARM_UPS = 2


@dataclass(frozen=True)
class Cold:
    """Our first run of a case, on an empty cache of kernels. Compiling is per pipeline."""

    seconds: float
    compile_seconds: Sequence[float]


@dataclass(frozen=True)
class Outcome:
    """What a case's race gave: seconds of each run by engine, in the order of the runs."""

    name: str
    group: str
    sql: str
    samples: dict[str, list[float]]
    cold: Cold
    rows_scanned: int
    touched_bytes: int
    answer_rows: int
    bytes_per_second: list[float]
    differences: dict[str, str] = field(default_factory=dict)
    # With all columns to be copied to the GPU first; None on the cpu.
    transfer_seconds: float | None = None

    def median(self, engine: str) -> float:
        """Return an engine's median seconds."""
        return statistics.median(self.samples[engine])

    def bandwidth(self) -> float:
        """Return the median of memory's bytes a second."""
        return statistics.median(self.bytes_per_second)

    def fastest_peer(self) -> float:
        """Return the median seconds of the fastest other engine; infinite where there is none."""
        medians = (self.median(name) for name in self.samples if name != OURS)
        return min(medians, default=float("inf"))


def race(case: Case, repetitions: int, memory: Bandwidth) -> Outcome:
    """Run a case cold once, then warm in turns, and compare the answers."""
    _, first, cold_seconds = case.ours.profile(case.sql)
    answers: dict[str, pa.Table] = {}
    for _ in range(WARM_UPS):
        for name, run in case.runs.items():
            answers[name] = run()
    samples: dict[str, list[float]] = {name: [] for name in case.runs}
    bytes_per_second = []
    for _ in range(repetitions):
        gc.collect()
        bytes_per_second.append(memory.measure())
        for name, run in case.runs.items():
            began = time.perf_counter()
            run()
            samples[name].append(time.perf_counter() - began)
    _, warm, _ = case.ours.profile(case.sql)
    return Outcome(
        case.name,
        case.group,
        " ".join(case.sql.split()),
        samples,
        Cold(cold_seconds, [p.compile_seconds for p in first.pipelines]),
        warm.rows_scanned,
        scanned_bytes(warm),
        answers[OURS].num_rows,
        bytes_per_second,
        differences(case, answers),
        case.ours.transfer(case.sql),
    )


def scanned_bytes(profile: Profile) -> int:
    """Return the bytes of tables' columns that the kernels were given, each counted once."""
    return sum(p.touched_bytes for p in profile.pipelines if p.is_scan)


def differences(case: Case, answers: dict[str, pa.Table]) -> dict[str, str]:
    """Return by engine how its answer differs from DuckDB's, where it does."""
    found = {}
    for name, answer in answers.items():
        if name == DUCKDB or DUCKDB not in answers:
            continue
        difference = compare(case, name, answer, answers[DUCKDB])
        if difference is not None:
            found[name] = difference
    return found


def compare(case: Case, name: str, answer: pa.Table, expected: pa.Table) -> str | None:
    """Return how an engine's answer differs from the expected one, or None."""
    if name == POLARS:
        ordered = is_ordered(case.sql)
        return find_difference(answer, expected, is_ordered=ordered, loose=True)
    if not is_ordered(case.sql):
        return find_difference(answer, expected, is_ordered=False)
    return find_misplaced(case.sql, answer, expected.num_rows, case.peer)
