"""README's figures of a run of everything: ratios by kind of work, and what else costs time."""

from __future__ import annotations

import statistics
import textwrap
from collections.abc import Iterator, Sequence

from bench import goals
from bench.appends import in_memory
from bench.case import DUCKDB, OURS
from bench.figures import Run, costs, mean, medians, ratios, read_outcomes, run_line, to_fastest
from bench.goals import GOALS
from bench.race import Outcome

WIDTH = 96
# What follows from single texts is kept as a column by the first of such queries.
KEPT_TEXTS = ("c21", "c22", "c23", "c28", "c29")
FIRST_LIKE = "c21"


def readme_lines(run: Run, name: str) -> Iterator[str]:
    """Yield the lines of README that tell of a run; its parts that did not run are left out."""
    outcomes = read_outcomes(run)
    yield from textwrap.wrap(run_line(run, name), WIDTH)
    yield from (
        "",
        "| work | cases | to DuckDB | to the fastest | least | ahead |",
        "|---|--:|--:|--:|--:|--:|",
    )
    for goal in GOALS:
        chosen = [o for o in outcomes if goal.holds(o.group, o.name) and ratios([o])]
        if chosen:
            yield work_line(goal.work, chosen)
    loads = medians(run["loads"])
    if {OURS, DUCKDB} <= loads.keys():
        fastest = to_fastest(loads)
        yield (
            f"| {goals.LOADING} | 1 | {loads[DUCKDB] / loads[OURS]:.2f} | {fastest:.2f} "
            f"| {fastest:.2f} | {int(fastest >= 1)} |"
        )
    items = [*load_items(run), *cost_items(run, outcomes), *text_items(outcomes)]
    items += [*append_items(run), *memory_items(run, outcomes)]
    if items:
        yield from ("", "In the same run:", "")
    for item in items:
        yield from textwrap.wrap(f"- {item}", WIDTH, subsequent_indent="  ")


def work_line(work: str, outcomes: Sequence[Outcome]) -> str:
    """Return a kind of work's line: means to DuckDB and to the fastest peer, and the least."""
    found = ratios(outcomes)
    to_duckdb = [o.median(DUCKDB) / o.median(OURS) for o in outcomes if o.samples.get(DUCKDB)]
    shown = f"{mean(to_duckdb):.2f}" if to_duckdb else "-"
    ahead = sum(each >= 1 for each in found)
    return f"| {work} | {len(found)} | {shown} | {mean(found):.2f} | {min(found):.2f} | {ahead} |"


def load_items(run: Run) -> Iterator[str]:
    """Yield what loading took, and in which memory."""
    loads = {each["engine"]: each for each in run["loads"] if not each["failure"]}
    seconds = medians(run["loads"])
    if {OURS, DUCKDB} <= loads.keys():
        peaks = {name: f"{loads[name]['peak_bytes'] / 1e9:.1f} GB" for name in (OURS, DUCKDB)}
        others = ", ".join(f"{n} {seconds[n]:.1f} s" for n in loads if n not in (OURS, DUCKDB))
        yield (
            f"{loads[OURS]['rows'] / 1e6:.0f} million rows of lineitem load from Parquet in "
            f"{seconds[OURS]:.1f} s and {peaks[OURS]} of memory at the peak, in DuckDB in "
            f"{seconds[DUCKDB]:.1f} s and {peaks[DUCKDB]}"
            + (f" ({others}; Polars and DataFusion only keep them in memory)." if others else ".")
        )


def cost_items(run: Run, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield what a query costs beside its kernels, and what starting takes."""
    found = dict(costs(outcomes, run))
    if goals.LITERALS in found:
        yield (
            f"A query of known shape with other literals costs {found[goals.LITERALS]:.1f} ms "
            "beyond its kernels (the median of eight of TPC-H)."
        )
    if goals.COMPILE in found:
        yield (
            "The code of a query of a new shape is there after "
            f"{found[goals.COMPILE]:.0f} ms at the 95th percentile."
        )
    if run["plannings"]:
        planned = statistics.median(sum(p["stages"].values()) for p in run["plannings"])
        yield f"Planning anew takes {1e3 * planned:.1f} ms at the median of TPC-H's queries."
    if run["startup"]:
        select = statistics.median(run["startup"]["select_seconds"])
        yield (
            "A fresh process answers its first query over stored data after "
            f'{found[goals.ANSWER] / 1e3:.2f} s, `gpudb -c "SELECT 1"` takes {select:.2f} s.'
        )


def text_items(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield what the first look at texts costs, and what the mean is without what it leaves."""
    texts = [o for o in outcomes if o.group == "clickbench"]
    others = ratios([o for o in texts if o.name not in KEPT_TEXTS])
    for first in texts:
        if first.name == FIRST_LIKE and OURS in first.samples and others:
            yield (
                f"The first `LIKE '%word%'` over ten million texts, read from the disk, is "
                f"answered after {first.cold.seconds:.1f} s, the same query again after "
                f"{1e3 * first.median(OURS):.0f} ms: what follows from single texts is kept as a "
                f"column. Without the {len(KEPT_TEXTS)} queries of ClickBench that gain by that "
                f"its mean is {mean(others):.2f}."
            )


def append_items(run: Run) -> Iterator[str]:
    """Yield what small appends take."""
    took = {engine: f"{1e3 * seconds:.1f}" for engine, seconds in medians(run["appends"]).items()}
    if {OURS, DUCKDB, in_memory(OURS), in_memory(DUCKDB)} <= took.keys():
        yield (
            f"22 rows appended and seen by the next query take {took[OURS]} ms, {took[DUCKDB]} in "
            f"DuckDB; in memory {took[in_memory(OURS)]} and {took[in_memory(DUCKDB)]} ms."
        )


def memory_items(run: Run, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield what a table takes, and what large answers do beside their columns."""
    found = dict(costs(outcomes, run))
    if run["held"]:
        stored, held = run["held"]["stored_bytes"] / run["held"]["rows"], found[goals.HELD]
        yield (
            f"ClickBench's table takes {stored:.0f} bytes a row on disk, and {held:.0f} "
            "in memory when every column has been read once for its distinct values; columns that "
            "are read often are held unpacked and take more."
        )
    large = [p["use"] for p in run["peaks"] if p["use"]["answered"] > p["use"]["touched"]]
    if large:
        peaks = [use["peak"] / use["touched"] for use in large]
        floors = [(use["touched"] + use["answered"]) / use["touched"] for use in large]
        yield (
            "Joins and groups whose answer has millions of rows take "
            f"{min(peaks):.1f} to {max(peaks):.1f} times the bytes of the columns that they touch; "
            f"columns and answer alone are {min(floors):.1f} to {max(floors):.1f} times these."
        )
