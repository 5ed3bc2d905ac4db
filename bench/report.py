"""What a run leaves: tables on the screen, and a JSON file with every sample."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.appends import Appends
from bench.case import OURS
from bench.held import Held, Peak
from bench.literals import Shape
from bench.load import Load
from bench.machine import describe_machine, find_commit, find_versions
from bench.made import ROOT
from bench.options import Options
from bench.planning import Planning
from bench.race import Outcome
from bench.startup import Startup

RESULTS = ROOT / "bench" / "results"


def label(group: str, options: Options) -> str:
    """Return the name of a workload at its scale, as in tpch-10."""
    has_scale = group in ("tpch", "ssb") and options.scale != 1.0
    return f"{group}-{options.scale:g}" if has_scale else group


def header(engines: Sequence[str]) -> str:
    """Return the titles of the table of cases."""
    titles = " ".join(f"{f'{name} ms':>22}" for name in (OURS, *engines))
    return (
        f"{'case':<6} {titles} {'ratio':>6} "
        f"{'cold ms':>8} {'compile ms':>11} {'B/row':>6} {'GB/s':>6} {'share':>6}  answer"
    )


@dataclass
class Report:
    """All that a run found out."""

    parts: Sequence[Options]
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    outcomes: list[Outcome] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    startup: Startup | None = None
    plannings: list[Planning] = field(default_factory=list)
    appends: list[Appends] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    held: Held | None = None
    peaks: list[Peak] = field(default_factory=list)
    # What SHOW DEVICE says.
    device: Sequence[object] = ()

    def is_right(self) -> bool:
        """Tell whether all our answers were DuckDB's; a question not answered is not right."""
        return not any(OURS in {**o.differences, **o.failures} for o in self.outcomes)

    def write(self, folder: Path = RESULTS) -> Path:
        """Keep the run as DATE-COMMIT.json and return the file."""
        commit = find_commit()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.began:%Y-%m-%d-%H%M%S}-{commit.replace('+', '-changed')}.json"
        content = {
            "began": self.began.isoformat(timespec="seconds"),
            "commit": commit,
            "machine": describe_machine(),
            "device": list(self.device),
            "versions": find_versions(),
            "options": [
                {k: v for k, v in asdict(each).items() if k != "data"} for each in self.parts
            ],
            "cases": [asdict(outcome) for outcome in self.outcomes],
            "loads": [asdict(load) for load in self.loads],
            "startup": None if self.startup is None else asdict(self.startup),
            "plannings": [asdict(planning) for planning in self.plannings],
            "appends": [asdict(each) for each in self.appends],
            "literals": [asdict(shape) for shape in self.shapes],
            "held": None if self.held is None else asdict(self.held),
            "peaks": [asdict(peak) for peak in self.peaks],
        }
        path.write_text(json.dumps(content, indent=1) + "\n")
        return path


def outcome_line(outcome: Outcome, peers: Sequence[str]) -> str:
    """Return a case's line of the table."""
    engines = " ".join(f"{samples_text(outcome, name):>22}" for name in (OURS, *peers))
    if OURS not in outcome.samples:
        return f"{outcome.name:<6} {engines} {answer_text(outcome)}"
    seconds = outcome.median(OURS)
    rate = outcome.touched_bytes / seconds
    compiled = "+".join(f"{s * 1e3:.0f}" for s in outcome.cold.compile_seconds if s)
    return (
        f"{outcome.name:<6} {engines} {ratio(outcome):6.2f} {outcome.cold.seconds * 1e3:8.0f} "
        f"{compiled:>11} {outcome.touched_bytes / max(1, outcome.rows_scanned):6.1f} "
        f"{rate / 1e9:6.2f} {rate / outcome.bandwidth():6.0%}  {answer_text(outcome)}"
    )


def samples_text(outcome: Outcome, engine: str) -> str:
    """Return an engine's median with least and most, in milliseconds."""
    samples = outcome.samples.get(engine)
    if not samples:
        return "failed" if engine in outcome.failures else "-"
    low, high = min(samples) * 1e3, max(samples) * 1e3
    return f"{outcome.median(engine) * 1e3:.1f} ({low:.1f}-{high:.1f})"


def ratio(outcome: Outcome) -> float:
    """Return how many times as fast as the fastest peer we are."""
    return outcome.fastest_peer() / outcome.median(OURS)


def answer_text(outcome: Outcome) -> str:
    """Return whether the answers are the same, or how they differ."""
    notes = [f"{name} DIFFERS: {text}" for name, text in outcome.differences.items()]
    notes += [f"{name} FAILED: {text[:60]}" for name, text in outcome.failures.items()]
    if OURS not in outcome.differences and outcome.rivals():
        notes.insert(0, "same")
    return "; ".join(notes) or "-"


def mean_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the geometric means of the ratios, by group."""
    lines = []
    for group in dict.fromkeys(outcome.group for outcome in outcomes):
        ratios = [
            ratio(o) for o in outcomes if o.group == group and OURS in o.samples and o.rivals()
        ]
        if ratios:
            mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
            lines.append(f"{group}: {mean:.2f} times as fast as the fastest peer (geometric mean)")
    return lines


def transfer_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Return what it costs that columns are copied to a GPU first; nothing on the cpu."""
    return [
        f"{o.name}: {o.transfer.seconds * 1e3:.1f} ms with its columns copied to the GPU first, "
        f"{o.median(OURS) * 1e3:.1f} with them there; {o.transfer.clock_text}"
        for o in outcomes
        if o.transfer is not None
    ]


def load_lines(loads: Sequence[Load]) -> list[str]:
    """Return the loads as a table."""
    lines = [f"{'load':<10} {'rows':>12} {'s':>8} {'peak MB':>9} {'stored MB':>10} {'of file':>8}"]
    lines += [
        f"{load.engine:<10} {load.rows:12,} {load.seconds:8.2f} {load.peak_bytes / 1e6:9.0f} "
        f"{load.stored_bytes / 1e6:10.1f} {load.stored_bytes / load.file_bytes:8.0%}"
        f"{load.failure and f'  FAILED: {load.failure}'}"
        for load in loads
    ]
    return lines
