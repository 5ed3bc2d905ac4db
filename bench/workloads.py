"""The workloads of the benchmark, in the order in which they run."""

from __future__ import annotations

from bench.clickbench import CLICKBENCH
from bench.groupby import GROUPBY
from bench.joins import JOINS
from bench.scan import SCAN
from bench.ssb import SSB
from bench.tpch import TPCH
from bench.workload import Workload

WORKLOADS: tuple[Workload, ...] = (TPCH, GROUPBY, JOINS, SCAN, SSB, CLICKBENCH)
