"""How long the first answer takes; bench-like, so only where nothing else runs."""

from __future__ import annotations

import subprocess
import sys
import time

START_SECONDS = 0.5


def test_the_command_starts_quickly() -> None:
    command = [sys.executable, "-m", "gpudb", "-c", "SELECT 1"]
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < START_SECONDS
