"""The benchmark's queries run whole on the GPU on paper, and answer as the cpu does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import main
from gpudb.devices.choose import memory_of, paper

SMALLER = (
    *("--scale", "0.2", "--rows", "1000000", "--scan-rows", "5000000", "--hits-rows", "200000"),
    *("--many-rows", "1000000"),
)
QUERIES = {
    "tpch": 22,
    "groupby": 10,
    "joins": 5,
    "taxi": 4,
    "filters": 7,
    "scan": 1,
    "sort": 5,
    "ssb": 13,
    "clickbench": 43,
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("group", QUERIES)
def test_every_query_answers_as_on_the_cpu(
    group: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["paper", "--cases", group, *SMALLER, "--data", str(tmp_path)])
    printed = capsys.readouterr().out
    # Other tests count what lies in the same memory.
    memory_of(paper()).clear()
    assert status == 0, printed
    last = printed.splitlines()[-1]
    assert last.startswith(f"{QUERIES[group]} queries, ") and last.endswith("; 0 answers differ")
