"""What a query of a known shape costs beside its kernels: other literals, nothing to compile."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.gpudb_engine import Gpudb, open_gpudb
from bench.options import Options
from bench.tpch import QUERIES, generate
from gpudb.compiler.behind import BEHIND

YEARS = ("1993-01-01", "1995-01-01", "1996-01-01", "1997-01-01")
# A literal of each query's text, and what stands there instead: the standard's other parameters.
VARIED = {
    "q1": ("INTERVAL '90'", [f"INTERVAL '{days}'" for days in (60, 70, 80, 100, 110, 120)]),
    "q3": ("1995-03-15", [f"1995-03-{day:02}" for day in (1, 7, 11, 20, 28, 31)]),
    "q4": ("1993-07-01", ["1993-04-01", "1994-01-01", "1995-07-01", "1996-10-01"]),
    "q5": ("1994-01-01", YEARS),
    "q6": ("1994-01-01", YEARS),
    "q10": ("1993-10-01", ["1993-02-01", "1993-12-01", "1994-06-01", "1995-01-01"]),
    "q12": ("1994-01-01", YEARS),
    "q14": ("1995-09-01", ["1993-03-01", "1994-05-01", "1996-02-01", "1997-07-01"]),
}


@dataclass(frozen=True)
class Shape:
    """A query's seconds beyond its kernels' by run, and how many of the runs compiled anything."""

    name: str
    seconds: list[float]
    compiled: int

    @property
    def median(self) -> float:
        """The median of the seconds."""
        return statistics.median(self.seconds)


def variants(name: str) -> Iterator[str]:
    """Yield a query with other literals."""
    literal, others = VARIED[name]
    assert literal in QUERIES[name], name
    for other in others:
        yield QUERIES[name].replace(literal, other)


def measure_literals(options: Options, kernels: Path) -> list[Shape]:
    """Run each query once, and then with other literals."""
    files = generate(options.scale, options.data)
    folder = files["lineitem"].parent / "ours.gpudb"
    ours = open_gpudb(folder, files, threads=options.threads, kernels=kernels, reload=False)
    try:
        return [measure(ours, name) for name in VARIED]
    finally:
        ours.close()


def measure(ours: Gpudb, name: str) -> Shape:
    """Return what the variants of a query cost beyond the running of their kernels."""
    ours.query(QUERIES[name])
    # What is made well behind the first run is not a cost of the next ones.
    BEHIND.wait()
    seconds, compiled = [], 0
    for sql in variants(name):
        _, profile, whole = ours.profile(sql)
        seconds.append(whole - sum(p.run_seconds for p in profile.pipelines))
        compiled += profile.compile_seconds > 0.0
    return Shape(name, seconds, compiled)


def literal_lines(shapes: Sequence[Shape]) -> list[str]:
    """Return the figures in words."""
    return [
        f"{shape.name:<5} other literals: {shape.median * 1e3:.2f} ms beyond the kernels, "
        f"{shape.compiled} of {len(shape.seconds)} compiled"
        for shape in shapes
    ]
