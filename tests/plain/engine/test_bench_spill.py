"""`python -m bench spill` on few rows: answers are compared, disk is used, another answer fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import spill
from bench.__main__ import main
from bench.case import DUCKDB, OURS


def test_queries_past_the_budget_are_raced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spill, "LIMITS", ("16MB",))
    monkeypatch.setattr(spill, "QUESTIONS", spill.QUESTIONS[2:3])
    assert main(["spill", "--rows", "400000", "--data", str(tmp_path), "--threads", "2"]) == 0
    _, ours, peer = capsys.readouterr().out.splitlines()
    assert ours.split()[:3] == ["sort", "16MB", OURS]
    assert peer.split()[:3] == ["sort", "16MB", DUCKDB]
    assert int(ours.split()[-2]) > 0


def test_another_answer_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    use = spill.Use(1.0, 1.0, 10**6, 0, 5, (7.0,))
    assert spill.print_uses("sort", "1MB", {OURS: use, DUCKDB: use})
    other = spill.Use(1.0, 1.0, 10**6, 0, 5, (8.0,))
    assert not spill.print_uses("sort", "1MB", {OURS: use, DUCKDB: other})
    assert capsys.readouterr().out.splitlines()[-1] == "sort: 5 rows (7.0,), not 5 (8.0,)"
    assert spill.print_uses("sort", "1MB", {OURS: use, DUCKDB: "out of memory"})
    assert not spill.print_uses("sort", "1MB", {OURS: "out of memory", DUCKDB: use})
