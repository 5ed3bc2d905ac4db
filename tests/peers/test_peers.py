"""The benchmark's peers on small data (`pytest -m peers`): each answers as DuckDB does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.case import CHDB, DATAFUSION, DUCKDB, HYPER, OURS, POLARS
from bench.options import Options
from bench.race import judge
from bench.workload import Workload
from bench.workloads import WORKLOADS

PEERS = (DUCKDB, POLARS, DATAFUSION, CHDB, HYPER)
# What is known: ClickHouse gives 0 for a sum of nothing, and its AVG of BIGINT wraps around; so do
# Polars' products of INTEGER.
KNOWN = {
    ("tpch", "q17"): {CHDB},
    ("clickbench", "c4"): {CHDB},
    **{("ssb", name): {CHDB, POLARS} for name in ("q1.1", "q1.2", "q1.3")},
}


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> Options:
    data = tmp_path_factory.mktemp("data")
    return Options(
        scale=0.01,
        rows=20_000,
        scan_rows=20_000,
        hits_rows=20_000,
        many_rows=20_000,
        engines=PEERS,
        data=data,
    )


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.group)
def test_all_peers_answer_alike(options: Options, tmp_path: Path, workload: Workload) -> None:
    wrong = {}
    with workload.cases(options, tmp_path) as cases:
        for case in cases:
            assert set(case.runs) == {OURS, *PEERS}
            assert set(case.forms) == {OURS, *PEERS}
            judged = judge(case)
            found = {**judged.differences, **judged.failures}
            for name in KNOWN.get((workload.group, case.name), ()):
                found.pop(name, None)
            if found:
                wrong[case.name] = found
    assert wrong == {}
