"""The workloads of the benchmark, in the order in which they run."""

from __future__ import annotations

from bench.clickbench import CLICKBENCH
from bench.groupby import GROUPBY, SORT
from bench.joins import JOINS
from bench.scan import FILTERS, SCAN
from bench.ssb import SSB
from bench.taxi import TAXI
from bench.tpch import TPCH
from bench.workload import Workload

WORKLOADS: tuple[Workload, ...] = (
    *(TPCH, GROUPBY, JOINS, TAXI, FILTERS, SCAN),
    *(SORT, SSB, CLICKBENCH),
)
