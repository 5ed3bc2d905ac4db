"""`python -m bench paper` on few rows: right answers pass, another one is told and fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import on_paper
from bench.__main__ import main

ARGUMENTS = ("paper", "--scan-rows", "20000", "--cases", "scan", "--data")


def test_answers_are_compared_with_the_cpus(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([*ARGUMENTS, str(tmp_path)]) == 0
    *_, scan, _, last = capsys.readouterr().out.splitlines()
    # Rows, launches, waits, kernels.
    assert scan.split()[:5] == ["scan", "20,000", "1", "1", "1"]
    assert scan.endswith(" same")
    assert last.startswith("1 queries, 20,000 rows in ")
    monkeypatch.setattr(on_paper, "compare", lambda *_: "row 0: 1, expected 2")
    assert main([*ARGUMENTS, str(tmp_path)]) == 1
    *_, scan, _, last = capsys.readouterr().out.splitlines()
    assert scan.endswith("row 0: 1, expected 2")
    assert last.endswith("; 1 answers differ")
