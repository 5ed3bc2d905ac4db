"""Races a case: the engines take turns, A B C A B C ..., so that all meet the same machine.

Memory takes its turn too: on a shared machine it is slower at times, and so is all that reads it.
What an engine cannot answer is kept as its failure, and it is out of that race.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from bench.answers import Tolerance, find_difference
from bench.case import DUCKDB, OURS, Case, EngineError
from bench.conform import conform, without_nan
from bench.duckdb_engine import Duckdb
from bench.gpudb_engine import Transfer
from bench.memory import Bandwidth
from bench.ordered import find_misplaced, is_ordered
from gpudb.profile import Profile

# A peer takes no more turns where its best of so many is so many times slower than another's: the
# ratio is to the fastest one.
JUDGED_AFTER = 2
SLOW = 2.0


@dataclass(frozen=True)
class Cold:
    """Our first run of a case, on an empty cache of kernels. Compiling is per pipeline."""

    seconds: float
    compile_seconds: Sequence[float]


@dataclass(frozen=True)
class Outcome:
    """What a case's race gave: seconds of each run by engine, in the order of the runs.

    `failures` says by engine why it has no seconds; `differences` what is wrong with its answer.
    """

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
    failures: dict[str, str] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    stored_bytes: dict[str, int] = field(default_factory=dict)
    # With all columns to be copied to the GPU first; None on the cpu.
    transfer: Transfer | None = None

    def median(self, engine: str) -> float:
        """Return an engine's median seconds."""
        return statistics.median(self.samples[engine])

    def bandwidth(self) -> float:
        """Return the median of memory's bytes a second."""
        return statistics.median(self.bytes_per_second)

    def fastest_peer(self) -> float:
        """Return the median seconds of the fastest other engine; infinite where there is none."""
        return min(map(self.median, self.rivals()), default=float("inf"))

    def rivals(self) -> list[str]:
        """Return the other engines that answered, and did so rightly."""
        return [n for n in self.samples if n != OURS and n not in self.differences]


def race(case: Case, repetitions: int, memory: Bandwidth) -> Outcome:
    """Run a case cold once, then warm in turns, and compare the answers."""
    first, cold_seconds = profile(case)
    judged = judge(case)
    samples, bytes_per_second = take_turns(case, repetitions, memory, judged)
    warm, _ = profile(case)
    return Outcome(
        case.name,
        case.group,
        " ".join(case.sql.split()),
        samples,
        Cold(cold_seconds, [p.compile_seconds for p in first.pipelines]),
        warm.rows_scanned,
        scanned_bytes(warm),
        judged.rows,
        bytes_per_second,
        judged.differences,
        judged.failures,
        dict(case.forms),
        dict(case.stored_bytes),
        None if OURS in judged.failures else case.ours.transfer(case.sql),
    )


def take_turns(
    case: Case, repetitions: int, memory: Bandwidth, judged: Judged
) -> tuple[dict[str, list[float]], list[float]]:
    """Return each engine's seconds by run, and memory's bytes a second; failures are noted."""
    runs = {name: run for name, run in case.runs.items() if name not in judged.failures}
    samples: dict[str, list[float]] = {name: [] for name in runs}
    bytes_per_second = []
    # The first round warms up.
    for repetition in range(repetitions + 1):
        gc.collect()
        bytes_per_second.append(memory.measure())
        for name in list(runs):
            try:
                seconds = runs[name].seconds()
            except EngineError as error:
                judged.failures[name] = str(error)
                del runs[name], samples[name]
                continue
            if repetition:
                samples[name].append(seconds)
        if repetition == JUDGED_AFTER:
            for name in find_slow(samples, judged):
                del runs[name]
    return samples, bytes_per_second


def find_slow(samples: dict[str, list[float]], judged: Judged) -> list[str]:
    """Return the peers that are so far behind another that they cannot be the fastest one."""
    peers = {n: min(s) for n, s in samples.items() if n != OURS}
    fastest = min((peers[n] for n in peers if n not in judged.differences), default=float("inf"))
    return [name for name, best in peers.items() if best > SLOW * fastest]


def profile(case: Case) -> tuple[Profile, float]:
    """Return what a run of ours cost; an empty profile where we cannot answer."""
    try:
        _, found, seconds = case.ours.profile(case.sql)
    except case.ours.errors:
        return Profile(), 0.0
    return found, seconds


def scanned_bytes(profile: Profile) -> int:
    """Return the bytes of tables' columns that the kernels were given, each counted once."""
    return sum(p.touched_bytes for p in profile.pipelines if p.is_scan)


@dataclass
class Judged:
    """What comparing the answers gave, by engine, and the rows of the expected one."""

    rows: int = 0
    differences: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def judge(case: Case) -> Judged:
    """Ask every engine once, DuckDB first, and compare; an answer is dropped when it has been."""
    judged = Judged()
    expected: pa.Table | None = None
    for name in sorted(case.runs, key=lambda name: name != DUCKDB):
        try:
            answer = case.runs[name].answer()
        except EngineError as error:
            judged.failures[name] = str(error)
            continue
        if expected is None:
            judged.rows = answer.num_rows
        if name == DUCKDB:
            expected = answer
        elif expected is not None:
            difference = compare(case, name, answer, expected)
            if difference is not None:
                judged.differences[name] = difference
    return judged


def compare(case: Case, name: str, answer: pa.Table, expected: pa.Table) -> str | None:
    """Return how an engine's answer differs from the expected one, or None."""
    tolerances: list[Tolerance] = []
    if name == OURS:
        answer, expected = without_nan(answer), without_nan(expected)
    else:
        try:
            answer, expected, tolerances = conform(answer, expected)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            return f"of another type: {error}"
    ordered = is_ordered(case.sql)
    if not ordered and has_same_rows(case.peer, answer, expected):
        return None
    difference = find_difference(answer, expected, is_ordered=ordered, tolerances=tolerances)
    if difference is None or not ordered:
        return difference
    return find_misplaced(case.sql, answer, expected.num_rows, case.peer, tolerances)


# Below so many rows sorting them takes no time.
MANY_ROWS = 100_000


def has_same_rows(peer: Duckdb, answer: pa.Table, expected: pa.Table) -> bool:
    """Tell quickly that two large answers have the same rows in any order, to the last bit.

    False means that one has to look.
    """
    if answer.num_rows < MANY_ROWS or not answer.schema.equals(expected.schema):
        return False
    return peer.row_hash(answer) == peer.row_hash(expected)
