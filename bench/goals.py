"""What is to be reached: ratios to the fastest peer by kind of work, and what costs may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """A line of the table: cases of a group (all where none is named), and ratios as means."""

    work: str
    group: str
    first: float
    goal: float
    names: tuple[str, ...] = ()
    # No case may be below.
    least: float = 0.0

    def holds(self, group: str, name: str) -> bool:
        """Tell whether a case counts here."""
        return group == self.group and (not self.names or name in self.names)


QUICK_GROUPS = ("g1", "g2", "g3", "g4", "g5", "g7")
GOALS = (
    Goal("group-by q1-q5, q7", "groupby", 1.5, 3.0, QUICK_GROUPS, least=1.0),
    Goal("group-by q6, q8-q10", "groupby", 0.8, 1.5, ("g6", "g8", "g9", "g10")),
    Goal("joins, materialised", "joins", 0.8, 1.2),
    Goal("taxi rides", "taxi", 1.5, 3.0, least=1.5),
    Goal("selective filters", "filters", 0.7, 1.0),
    Goal("first rows, full sorts", "sort", 0.5, 1.0),
    Goal("Star Schema Benchmark", "ssb", 1.0, 2.0),
    Goal("Star Schema Benchmark, scale 10", "ssb-10", 1.0, 2.0),
    Goal("TPC-H", "tpch", 0.7, 1.2, least=0.3),
    Goal("TPC-H, scale 10", "tpch-10", 0.7, 1.2, least=0.3),
    Goal("ClickBench, made up", "clickbench", 0.7, 1.3),
)
LOADING = "loading Parquet, lineitem of scale 10"
LOAD_FIRST, LOAD_GOAL = 0.7, 1.2
APPEND_FIRST, APPEND_GOAL = 10.0, 50.0


@dataclass(frozen=True)
class Limit:
    """A cost, in a unit; less is better."""

    cost: str
    unit: str
    first: float
    goal: float


COMPILE = Limit("code of a new query shape, until it runs, 95th percentile", "ms", 80.0, 40.0)
LITERALS = Limit("other literals: all but the kernels, median", "ms", 3.0, 1.0)
ANSWER = Limit("a fresh process: import to the first answer", "ms", 500.0, 200.0)
HELD = Limit("held for a row of ClickBench's table", "bytes", 200.0, 110.0)
PEAK = Limit("peak memory over the columns touched, the worst", "times", 2.5, 1.5)
