"""The benchmark's queries run whole on the GPU on paper, and answer as the cpu does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import main

SMALLER = (
    *("--scale", "0.1", "--rows", "500000", "--scan-rows", "5000000", "--hits-rows", "200000"),
    *("--many-rows", "500000"),
)


@pytest.mark.timeout(3600)
def test_every_query_answers_as_on_the_cpu(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["paper", *SMALLER, "--data", str(tmp_path)])
    printed = capsys.readouterr().out
    assert status == 0, printed
    assert printed.splitlines()[-1].endswith("; 0 answers differ")
