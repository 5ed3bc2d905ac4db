"""A dozen golden kernels in numba.cuda's simulator: its threads and atomics, not ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.plain.devices import simulated_queries

ROOT = Path(__file__).parents[3]


def test_kernels_mean_the_same_to_numbas_simulator() -> None:
    command = [sys.executable, "-m", "tests.plain.devices.simulated"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split("\n")[:-1] == ["same"] * len(simulated_queries.QUERIES)
