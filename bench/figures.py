"""What a run of everything has kept, read back, and the figures that follow from it."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import goals
from bench.case import OURS
from bench.goals import Limit
from bench.race import Cold, Outcome
from bench.report import ratio

Run = dict[str, Any]
PEERS = ("duckdb", "polars", "datafusion", "chdb", "chdb-core", "tableauhyperapi")


def newest(folder: Path) -> Path:
    """Return the newest run of everything, whose options are those of its parts."""
    for file in sorted(folder.glob("20*.json"), reverse=True):
        if isinstance(json.loads(file.read_text())["options"], list):
            return file
    raise FileNotFoundError(f"{folder} has no run of make bench-all")


def read_outcomes(run: Run) -> list[Outcome]:
    """Return the cases as they were kept."""
    return [Outcome(**{**case, "cold": Cold(**case["cold"])}) for case in run["cases"]]


def ratios(outcomes: Sequence[Outcome]) -> list[float]:
    """Return the ratios of the cases that have one."""
    return [ratio(o) for o in outcomes if o.samples.get(OURS) and o.rivals()]


def mean(values: Sequence[float]) -> float:
    """Return the geometric mean."""
    return math.exp(sum(map(math.log, values)) / len(values))


def medians(measured: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the median seconds by engine; `seconds` of a measurement is a number or a list."""
    found: dict[str, list[float]] = {}
    for each in measured:
        seconds = each["seconds"]
        if not each.get("failure"):
            found.setdefault(each["engine"], []).extend(
                seconds if isinstance(seconds, list) else [seconds]
            )
    return {name: statistics.median(values) for name, values in found.items() if values}


def to_fastest(seconds: Mapping[str, float]) -> float:
    """Return the fastest peer's seconds over ours."""
    return min(each for engine, each in seconds.items() if engine != OURS) / seconds[OURS]


def seconds_text(seconds: float) -> str:
    """Return a time in a fitting unit."""
    return f"{seconds:.2f} s" if seconds >= 1.0 else f"{seconds * 1e3:.2f} ms"


def run_line(run: Run, name: str) -> str:
    """Return which commit ran where, against what."""
    machine, versions = run["machine"], run["versions"]
    return (
        f"Commit {run['commit']}, {run['began'][:10]}, {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_bytes'] / 2**30:.0f} GiB; "
        + ", ".join(f"{name} {version}" for name, version in versions.items() if name in PEERS)
        + f". Every sample is in bench/results/{name}."
    )


def costs(outcomes: Sequence[Outcome], run: Run) -> Iterator[tuple[Limit, float]]:
    """Yield what was measured of each cost, in its unit."""
    compiled = [sum(o.cold.compile_seconds) for o in outcomes if o.cold.compile_seconds]
    if len(compiled) > 1:
        yield goals.COMPILE, 1e3 * statistics.quantiles(compiled, n=20)[-1]
    if run["literals"]:
        shapes = [statistics.median(shape["seconds"]) for shape in run["literals"]]
        yield goals.LITERALS, 1e3 * statistics.median(shapes)
    if run["startup"]:
        yield goals.ANSWER, 1e3 * statistics.median(run["startup"]["answer_seconds"])
    if run["held"]:
        yield goals.HELD, run["held"]["resident_bytes"] / run["held"]["rows"]
    if run["peaks"]:
        worst = max(p["use"]["peak"] / max(1, p["use"]["touched"]) for p in run["peaks"])
        yield goals.PEAK, worst
