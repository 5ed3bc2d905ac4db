"""`python -m bench report [FILE]`: the tables of docs/performance.md and README's figures of a run.

Without a file it takes the newest run of everything. Nothing but what stands between the marks is
typed by a program, and no figure there by hand; what is said of a line that is behind stands in
bench/gaps.toml.
"""

from __future__ import annotations

import json
import math
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench import goals
from bench.appends import in_memory
from bench.case import DUCKDB, ENGINES, OURS
from bench.figures import (
    Run,
    costs,
    mean,
    medians,
    newest,
    ratios,
    read_outcomes,
    run_line,
    seconds_text,
    to_fastest,
)
from bench.goals import GOALS, Goal
from bench.held import Peak
from bench.made import ROOT
from bench.memory_use import MemoryUse
from bench.race import Outcome
from bench.readme import readme_lines
from bench.report import RESULTS, ratio

PAGE = ROOT / "docs" / "performance.md"
README = ROOT / "README.md"
GAPS = ROOT / "bench" / "gaps.toml"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
MOST_TEXT = 120


def main(arguments: Sequence[str]) -> int:
    """Write the tables of a run into both pages; return the exit status."""
    file = Path(arguments[0]) if arguments else newest(RESULTS)
    run: Run = json.loads(file.read_text())
    gaps = tomllib.loads(GAPS.read_text())
    filled = [
        fill(PAGE, page_lines(run, file.name, gaps)),
        fill(README, readme_lines(run, file.name)),
    ]
    if all(filled):
        print(f"{PAGE} and {README}: the figures of {file}")
    return 0 if all(filled) else 1


def fill(page: Path, lines: Iterable[str]) -> bool:
    """Write lines between the marks of a page; tell whether it has them."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        print(f"{page} has no lines {BEGIN} and {END}", file=sys.stderr)
        return False
    text = "\n".join(lines)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
    return True


def page_lines(run: Run, name: str, gaps: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield the lines of docs/performance.md."""
    outcomes = read_outcomes(run)
    engines = [e for e in ENGINES[1:] if any(e in {**o.samples, **o.failures} for o in outcomes)]
    yield run_line(run, name)
    yield from goal_lines(outcomes, run)
    yield from cost_lines(outcomes, run)
    for group in dict.fromkeys(outcome.group for outcome in outcomes):
        chosen = [outcome for outcome in outcomes if outcome.group == group]
        yield from group_lines(group, chosen, engines, gaps.get(group, {}))


APPEND_RATIOS = goals.APPEND_FIRST, goals.APPEND_GOAL


def goal_lines(outcomes: Sequence[Outcome], run: Run) -> Iterator[str]:
    """Yield the table of all kinds of work."""
    yield from ("", "### All kinds of work", "")
    yield "The ratio is the fastest peer's median over ours; above 1 we are ahead."
    yield from ("", "| work | cases | mean | least | first | goal |", "|---|--:|--:|--:|--:|--:|")
    for goal in GOALS:
        found = ratios([o for o in outcomes if goal.holds(o.group, o.name)])
        if found:
            yield goal_line(goal, found)
    loads = medians(run["loads"])
    if OURS in loads and len(loads) > 1:
        first, goal_ratio = goals.LOAD_FIRST, goals.LOAD_GOAL
        shown = f"{to_fastest(loads):.2f} | | {first} | {goal_ratio}"
        yield f"| {goals.LOADING} | 1 | {shown} |"
    appends = medians(run["appends"])
    for work, ours, peer in (
        ("appends, to DuckDB", OURS, DUCKDB),
        ("appends in memory, to DuckDB", in_memory(OURS), in_memory(DUCKDB)),
    ):
        if {ours, peer} <= set(appends):
            times, first, goal_ratio = appends[peer] / appends[ours], *APPEND_RATIOS
            yield f"| {work} | 1 | {times:.2f} | | {first:g} | {goal_ratio:g} |"
    for title, found_medians in (("Loading", loads), ("An append and a query", appends)):
        if found_medians:
            shown = ", ".join(f"{n} {seconds_text(s)}" for n, s in found_medians.items())
            yield from ("", f"{title}: {shown}.")


def goal_line(goal: Goal, found: Sequence[float]) -> str:
    """Return a goal's line."""
    return (
        f"| {goal.work} | {len(found)} | {mean(found):.2f} | {min(found):.2f} "
        f"| {goal.first} | {goal.goal} |"
    )


def cost_lines(outcomes: Sequence[Outcome], run: Run) -> Iterator[str]:
    """Yield the table of costs."""
    found = list(costs(outcomes, run))
    if found:
        yield from ("", "### Costs", "", "| cost | measured | first | goal |", "|---|--:|--:|--:|")
    for limit, value in found:
        yield (
            f"| {limit.cost} | {value:.1f} {limit.unit} | {limit.first:g} {limit.unit} "
            f"| {limit.goal:g} {limit.unit} |"
        )
    for outcome in outcomes:
        if outcome.group == "clickbench" and run["held"]:
            rows = run["held"]["rows"]
            sizes = ", ".join(f"{n} {b / rows:.0f}" for n, b in outcome.stored_bytes.items())
            yield from ("", f"Bytes a row of ClickBench's table on disk: {sizes}.")
            break
    if run["peaks"]:
        yield from peak_lines([Peak(p["name"], MemoryUse(**p["use"])) for p in run["peaks"]])


def peak_lines(peaks: Sequence[Peak]) -> Iterator[str]:
    """Yield the table of peaks; the floor of each is its columns and its answer."""
    yield from ("", "Memory over the bytes of the columns touched:", "")
    yield "| case | columns, MB | answer, MB | peak | floor | peak without the answer |"
    yield "|---|--:|--:|--:|--:|--:|"
    for peak in peaks:
        sizes = f"{peak.use.touched / 1e6:.0f} | {peak.use.answered / 1e6:.0f}"
        yield f"| {peak.name} | {sizes} | {peak.ratio:.1f} | {peak.floor:.1f} | {peak.beside:.1f} |"


def group_lines(
    group: str, outcomes: Sequence[Outcome], engines: Sequence[str], gaps: dict[str, str]
) -> Iterator[str]:
    """Yield a workload's table, and below it what is behind, wrong or failed."""
    yield from ("", f"### {group}", "")
    yield f"| case | gpudb | {' | '.join(engines)} | ratio | floor |"
    yield f"|---|{'--:|' * (len(engines) + 3)}"
    for outcome in outcomes:
        times = " | ".join(cell(outcome, name) for name in (OURS, *engines))
        has_ratio = bool(ratios([outcome]))
        shown = f"{ratio(outcome):.2f}" if has_ratio else "-"
        floor = 1e3 * outcome.touched_bytes / outcome.bandwidth()
        yield f"| {outcome.name} | {times} | {shown} | {floor:.1f} |"
    found = ratios(outcomes)
    if found:
        yield f"| geometric mean |{' |' * (len(engines) + 1)} {mean(found):.2f} | |"
    forms = ", ".join(f"{name}: {form}" for name, form in outcomes[0].forms.items())
    yield from ("", f"Held as {forms}." if forms else "")
    yield from notes(group, outcomes, gaps)


def cell(outcome: Outcome, engine: str) -> str:
    """Return an engine's median in ms, with least and most; or why there is none."""
    samples = outcome.samples.get(engine)
    if not samples:
        return "failed" if engine in outcome.failures else "-"
    shown = (
        f"{1e3 * outcome.median(engine):.1f} ({1e3 * min(samples):.0f}-{1e3 * max(samples):.0f})"
    )
    return f"{shown}, wrong" if engine in outcome.differences else shown


def notes(group: str, outcomes: Sequence[Outcome], gaps: dict[str, str]) -> Iterator[str]:
    """Yield what closes the gap of each line under its first, and what peers could not do."""
    lines = []
    for outcome in outcomes:
        goal = next((g for g in GOALS if g.holds(group, outcome.name)), None)
        (behind,) = ratios([outcome]) or [math.inf]
        if goal is not None and behind < goal.first:
            text = gaps.get(outcome.name, "not looked at yet")
            lines.append(f"- {outcome.name}, {behind:.2f} of {goal.first}: {text}")
    for outcome in outcomes:
        for name, text in {**outcome.differences, **outcome.failures}.items():
            what = "failed" if name in outcome.failures else "is wrong"
            short = " ".join(text.replace("`", "'").replace("|", "/").split())[:MOST_TEXT]
            lines.append(f"- {name} {what} in {outcome.name}: {short}")
    if lines:
        yield from ("", *lines)
