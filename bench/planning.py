"""How long planning takes: from the text to the pipelines, for each TPC-H query.

It runs in one thread, whose processor time is measured: a busy machine does not count.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.options import Options
from bench.tpch import QUERIES, TABLES, generate
from gpudb.catalog import Catalog
from gpudb.sql.bind import bind
from gpudb.sql.lower import lower
from gpudb.sql.optimize import optimize
from gpudb.sql.parse import parse_script
from gpudb.sql.statement import Query
from gpudb.storage.snapshot import Snapshot

REPETITIONS = 15
STAGES = ("parse", "bind", "optimize", "lower")


@dataclass(frozen=True)
class Planning:
    """The median seconds of a query's stages, and the least of their sum."""

    name: str
    stages: dict[str, float]
    least: float

    @property
    def seconds(self) -> float:
        """Return the sum of the stages' medians."""
        return sum(self.stages.values())


def measure_planning(options: Options) -> list[Planning]:
    """Plan each chosen query over loaded tables, nothing kept from one time to the next."""
    import gpudb

    files = generate(options.scale, options.data)
    with gpudb.connect(threads=options.threads) as connection:
        for name in TABLES:
            source = f"SELECT * FROM '{files[name]}' LIMIT {PLANNED_ROWS}"
            connection.execute(f"CREATE TABLE {name} AS {source}")
        snapshot = connection.database.snapshot()
        return [measure(name, QUERIES[name], snapshot) for name in QUERIES if options.has(name)]


# Statistics of so many rows are enough for a plan of the same shape.
PLANNED_ROWS = 100_000


def measure(name: str, sql: str, snapshot: Snapshot) -> Planning:
    """Plan a query several times."""
    samples = [plan_once(sql, snapshot) for _ in range(REPETITIONS + 1)][1:]
    medians = {s: statistics.median(sample[s] for sample in samples) for s in STAGES}
    return Planning(name, medians, min(sum(sample.values()) for sample in samples))


def plan_once(sql: str, snapshot: Snapshot) -> dict[str, float]:
    """Return the seconds of each stage."""
    times = [time.thread_time()]
    (parsed,) = parse_script(sql)
    times.append(time.thread_time())
    statement = bind(parsed, Catalog(snapshot))
    assert isinstance(statement, Query)
    times.append(time.thread_time())
    plan = optimize(statement.plan)
    times.append(time.thread_time())
    lower(plan)
    times.append(time.thread_time())
    return {s: after - before for s, before, after in zip(STAGES, times, times[1:], strict=False)}


def planning_lines(plannings: Sequence[Planning]) -> list[str]:
    """Return the measurements as a table, and their median and worst."""
    header = " ".join(f"{stage:>9}" for stage in (*STAGES, "sum", "least"))
    lines = [f"{'planning':<8} {header}   (ms)"]
    for each in plannings:
        values = [*each.stages.values(), each.seconds, each.least]
        lines.append(f"{each.name:<8} " + " ".join(f"{v * 1e3:9.2f}" for v in values))
    if plannings:
        sums = sorted(each.seconds for each in plannings)
        lines.append(
            f"planning takes {statistics.median(sums) * 1e3:.2f} ms at the median, "
            f"{sums[-1] * 1e3:.2f} ms at the worst"
        )
    return lines
